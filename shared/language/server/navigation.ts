import type { TextDocument } from 'vscode-languageserver-textdocument'
import {
  type DocumentHighlight,
  DocumentHighlightKind,
  type DocumentLink,
  type Location,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver-types'
import type { StudioErrorData } from '../../errors'
import { renameName } from '../../graph/edit'
import { declarationId } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { Analysis } from './analysis'
import { columnAt, declared, familyOf, type Place, placesOf, type Target, targetAt } from './target'
import { protocolEdit, rangeOf } from './text'
import type { Snapshot } from './workspace'

export const locationOf = ({ analysis, span }: Place): Location => ({
  uri: analysis.uri,
  range: rangeOf(analysis.text, span),
})

/** Where the name at an offset is declared; for a column, the source that it comes from. */
export function definitionAt(snapshot: Snapshot, analysis: Analysis, offset: number): Place | null {
  // A bare use is a name and a column in one place: it stands where it is declared, so the column leads further.
  const column = columnAt(analysis, offset)
  const target = column ? null : targetAt(snapshot, analysis, offset)
  const found = column
    ? declared(snapshot, analysis, `source:${column.source}`)
    : target?.kind === 'name'
      ? target
      : null
  return found && { analysis: found.home, span: found.named.nameSpan }
}

/** The entity that the feature at an offset describes, or the source that a column comes from. */
export function typeDefinitionAt(snapshot: Snapshot, analysis: Analysis, offset: number): Place | null {
  const target = targetAt(snapshot, analysis, offset)
  if (target?.kind !== 'name' || target.named.kind !== 'feature') return definitionAt(snapshot, analysis, offset)
  const feature = analysis.namespace.symbols?.features.get(target.named.name)
  const entity = feature?.entity ?? feature?.source
  const found = entity && declared(snapshot, analysis, declarationId(entity.declaration))
  return found ? { analysis: found.home, span: found.named.nameSpan } : null
}

export function referencesAt(
  snapshot: Snapshot,
  analysis: Analysis,
  offset: number,
  withDeclaration: boolean,
): Location[] {
  const target = targetAt(snapshot, analysis, offset)
  if (!target) return []
  return placesOf(snapshot, analysis, target)
    .filter((place) => withDeclaration || !isDeclaration(target, place))
    .map(locationOf)
}

const isDeclaration = (target: Target, { analysis, span }: Place): boolean =>
  target.kind === 'name' && target.home.file === analysis.file && target.named.nameSpan.start === span.start

/** The places in one file, for marking them while the cursor stands on one. */
export function highlightsAt(snapshot: Snapshot, analysis: Analysis, offset: number): DocumentHighlight[] {
  const target = targetAt(snapshot, analysis, offset)
  if (!target) return []
  return placesOf(snapshot, analysis, target)
    .filter((place) => place.analysis.file === analysis.file)
    .map((place) => ({
      range: rangeOf(analysis.text, place.span),
      kind: isDeclaration(target, place) ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
    }))
}

export function renamable(snapshot: Snapshot, analysis: Analysis, offset: number): { span: Span; name: string } | null {
  const target = targetAt(snapshot, analysis, offset)
  return target?.kind === 'name' ? { span: target.span, name: target.named.name } : null
}

export type RenameResult =
  | { readonly ok: true; readonly edit: WorkspaceEdit }
  | { readonly ok: false; readonly error: StudioErrorData }

/** Every place of the workspace that means the name, or the reason why no place may change. */
export function renameAt(snapshot: Snapshot, analysis: Analysis, offset: number, name: string): RenameResult {
  const target = targetAt(snapshot, analysis, offset)
  if (target?.kind !== 'name')
    return {
      ok: false,
      error: {
        code: 'invalid_input',
        message: 'Only names that a program declares can be renamed here.',
        hint: 'A column keeps the name that its file gives it; give a use a name of its own.',
      },
    }
  const { home, named } = target
  const changes: Record<string, TextEdit[]> = {}
  const touched = named.model === null ? familyOf(snapshot, home) : [home]
  for (const each of touched) {
    if (each !== home && !each.names.foreign.has(named.id)) continue
    const documents = each.others.map(({ document }) => document)
    const renamed = renameName(each.document, named.id, name, each.namespace.columnNames, documents)
    if (!renamed.ok) return each === home ? renamed : { ok: false, error: inFile(renamed.error, each.file) }
    if (renamed.edits.length > 0) changes[each.uri] = renamed.edits.map((edit) => protocolEdit(each.text, edit))
  }
  return { ok: true, edit: { changes } }
}

const inFile = (error: StudioErrorData, file: string): StudioErrorData => ({
  ...error,
  message: `In \`${file}\`: ${error.message}`,
})

/** The data files that sources read, to open them from the text. */
export const linksOf = (analysis: Analysis, text: TextDocument, uriOf: (path: string) => string): DocumentLink[] =>
  analysis.document.declarations.flatMap((declaration) => {
    const path = declaration.kind === 'source' ? declaration.args[0]?.value : undefined
    if (path?.kind !== 'string' || !isPlainPath(path.value)) return []
    const span = { start: path.span.start + 1, end: path.span.end - 1 }
    return [{ range: rangeOf(text, span), target: uriOf(path.value.replace(/^(\.\/)+/, '')), tooltip: 'Open the data' }]
  })

/** A glob means many files, and an address none of the workspace. */
const isPlainPath = (path: string): boolean => path !== '' && !/[*?[{]|^[\w+.-]+:|^\/|\\|(^|\/)\.\.(\/|$)/.test(path)
