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
import type { Span } from '../../plan/plan'
import { insidePath } from '../check/readers'
import { findReader } from '../operators/readers'
import type { Analysis } from './analysis'
import {
  columnAt,
  declared,
  familyOf,
  importPlaces,
  meanings,
  type Place,
  placesOf,
  type Target,
  targetAt,
} from './target'
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
  const feature = target.home.namespace.symbols?.features.get(target.named.name)
  const meant = feature?.entity ?? feature?.source
  const home = meant && snapshot.analysis(meant.file)
  return home ? { analysis: home, span: meant.declaration.name.span } : null
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
  if (target?.kind !== 'name') return null
  return { span: target.span, name: target.alias?.slice(target.alias.indexOf(':') + 1) ?? target.named.name }
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
  const changes: Record<string, TextEdit[]> = {}
  for (const { analysis: each, id } of filesToRename(snapshot, analysis, target)) {
    const renamed = renameName(each.document, id, name, each.namespace.columnNames, each.seen)
    if (!renamed.ok) return each === analysis ? renamed : { ok: false, error: inFile(renamed.error, each.file) }
    if (renamed.edits.length > 0) changes[each.uri] = renamed.edits.map((edit) => protocolEdit(each.text, edit))
  }
  if (target.alias === null)
    for (const { analysis: each, span } of importPlaces(snapshot, target))
      changes[each.uri] = [...(changes[each.uri] ?? []), protocolEdit(each.text, { span, text: name })]
  return { ok: true, edit: { changes } }
}

/** What an import calls otherwise keeps its name where it is declared, and is renamed where it is called so. */
function filesToRename(
  snapshot: Snapshot,
  analysis: Analysis,
  target: Extract<Target, { kind: 'name' }>,
): { readonly analysis: Analysis; readonly id: string }[] {
  const { home, named, alias } = target
  if (named.model !== null) return [{ analysis: home, id: named.id }]
  if (alias !== null)
    return familyOf(snapshot, analysis)
      .filter((each) => each.names.foreign.has(alias))
      .map((each) => ({ analysis: each, id: alias }))
  return [
    { analysis: home, id: named.id },
    ...meanings(snapshot, target).filter(({ analysis: each, id }) => id === named.id && each.names.foreign.has(id)),
  ]
}

const inFile = (error: StudioErrorData, file: string): StudioErrorData => ({
  ...error,
  message: `In \`${file}\`: ${error.message}`,
})

/** The data files that sources read and the programs that imports name, to open them from the text. */
export const linksOf = ({ document, text }: Analysis, uriOf: (path: string) => string): DocumentLink[] => {
  const link = (span: Span, path: string, tooltip: string): DocumentLink[] => {
    const inside = insidePath(path)
    // A glob means many files.
    return inside === null || inside === '' || /[*?[{]/.test(inside)
      ? []
      : [{ range: rangeOf(text, { start: span.start + 1, end: span.end - 1 }), target: uriOf(inside), tooltip }]
  }
  const data = document.declarations.flatMap((declaration) => {
    if (declaration.kind !== 'source') return []
    const reader = findReader(declaration.reader?.text ?? '')
    const [first] = declaration.args
    return reader?.arguments[0]?.type === 'path' && first?.value.kind === 'string'
      ? link(first.value.span, first.value.value, 'Open the data')
      : []
  })
  const programs = document.imports.flatMap(({ from }) => (from ? link(from.span, from.text, 'Open the program') : []))
  return [...programs, ...data]
}
