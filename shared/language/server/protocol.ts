import type { ColumnProfile, TableSchema } from '../../data/profile'
import type { StudioErrorData } from '../../errors'
import type { FeatureGraph, GraphEdit } from '../../graph/graph'
import type { GraphLayout } from '../../graph/layout'
import type { Span } from '../../plan/plan'
import type { Diagnostic, TextEdit } from '../diagnostic'
import type { ProgramText } from './programs'

/** What the studio asks its language server beyond the Language Server Protocol. */
export const graphRequest = 'proml/graph'
export interface GraphParams {
  readonly uri: string
  /** Null asks for the file’s first model, or, where it has none, for its sources and features. */
  readonly model: string | null
}
export interface GraphAnswer {
  readonly version: number
  readonly models: readonly string[]
  readonly graph: FeatureGraph
  readonly layout: GraphLayout
}

export const graphEditRequest = 'proml/graphEdit'
export interface GraphEditParams {
  readonly uri: string
  readonly edit: GraphEdit
}
export type GraphEditAnswer =
  | { readonly ok: true; readonly version: number; readonly edits: readonly TextEdit[] }
  | { readonly ok: false; readonly error: StudioErrorData }

export const outlineRequest = 'proml/outline'
export interface OutlineParams {
  readonly uri: string
}
export interface OutlineItem {
  readonly id: string
  readonly kind: 'source' | 'entity' | 'feature' | 'model'
  readonly name: string
  readonly detail: string
  readonly span: Span
  readonly line: number
}

/** Asked of the page: the columns of a file, or why there are none. */
export const schemaRequest = 'proml/schema'
export type SchemaReply = { readonly schema: TableSchema } | { readonly failed: StudioErrorData }

/** Asked of the page: every `.proml` file of the workspace as it is on disk. */
export const programsRequest = 'proml/programs'

/** Asked of the page: the files of a published feature set, or why they are not there. */
export const featureSetRequest = 'proml/featureSet'
export type FeatureSetReply = { readonly files: readonly ProgramText[] | null } | { readonly failed: string }

/** Asked of the page: what changes whenever a data file does, and the profile of one of its columns. */
export const stampRequest = 'proml/stamp'
export const profileRequest = 'proml/profile'
export interface ProfileParams {
  readonly path: string
  readonly column: string
}
export type ProfileReply = { readonly profile: ColumnProfile } | { readonly failed: string }

/** Sent with every check to the studio: the diagnostics as the checker made them, with their mends and fixes. */
export const checkedNotification = 'proml/checked'
export interface CheckedParams {
  readonly uri: string
  /** Null where the file is not open: the text is the one on disk. */
  readonly version: number | null
  readonly diagnostics: readonly Diagnostic[]
  readonly elapsedMs: number
}

/** Tells the server that files changed on disk, so that what it knows of them is read anew. */
export const filesChangedNotification = 'proml/filesChanged'
export interface FilesChangedParams {
  /** Workspace-relative; absent where any may have changed. */
  readonly paths?: readonly string[]
}
