import type { StudioErrorData } from '../errors'
import type { Declaration, Document, UseStatement } from '../language/ast'
import type { TextEdit } from '../language/diagnostic'
import { parse } from '../language/syntax/parser'
import { reservedWords } from '../language/words'
import { buildGraph } from './build'
import type { FeatureGraph, GraphEdit, GraphNode } from './graph'
import type { KnownColumns } from './meaning'
import { declarationId, type Named, type NameTable, nameTable } from './names'

export type GraphEditResult =
  | { readonly ok: true; readonly edits: readonly TextEdit[] }
  | { readonly ok: false; readonly error: StudioErrorData }

/** Text edits that make the change and nothing else; a change that would not, or that would not parse, is refused. */
export function applyGraphEdit(document: Document, edit: GraphEdit, columns?: KnownColumns): GraphEditResult {
  switch (edit.kind) {
    case 'rename':
      return renameName(document, edit.node, edit.name, columns)
    case 'parameter':
      return changeParameter(document, edit.node, edit.parameter, edit.text)
  }
}

/** Edits of one document; their spans do not overlap and mean the text before any of them. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = []
  let at = 0
  for (const edit of inOrder(edits)) {
    parts.push(text.slice(at, edit.span.start), edit.text)
    at = edit.span.end
  }
  return parts.join('') + text.slice(at)
}

/** The edits that, applied to the text after `edits`, restore `text` to the byte. */
export function invertTextEdits(text: string, edits: readonly TextEdit[]): TextEdit[] {
  let shift = 0
  return inOrder(edits).map((edit) => {
    const start = edit.span.start + shift
    shift += edit.text.length - (edit.span.end - edit.span.start)
    return { span: { start, end: start + edit.text.length }, text: text.slice(edit.span.start, edit.span.end) }
  })
}

const inOrder = (edits: readonly TextEdit[]): TextEdit[] => [...edits].sort((a, b) => a.span.start - b.span.start)

/** A file, and what it is read with. */
interface Surroundings {
  readonly document: Document
  readonly columns?: KnownColumns
  readonly others: readonly Document[]
}

const refuse = (code: StudioErrorData['code'], message: string, hint: string): GraphEditResult => ({
  ok: false,
  error: { code, message, hint },
})

const isIdentifier = (name: string): boolean => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)

/**
 * Renames whatever the id names (a graph node, an entity, a model) at every place of the file that means it; where one of the
 * `others` declares it, that file is renamed by a call of its own.
 */
export function renameName(
  document: Document,
  id: string,
  name: string,
  columns?: KnownColumns,
  others: readonly Document[] = [],
): GraphEditResult {
  const table = nameTable(document, columns, others)
  const named = table.byId.get(id) ?? foreignNamed(table, id)
  if (!named)
    return refuse('not_found', 'This name is no longer in the text.', 'Look at the text; the graph follows it.')
  if (name === named.name) return { ok: true, edits: [] }
  if (!isIdentifier(name))
    return refuse('invalid_input', `“${name}” is not a name.`, 'Use letters, digits and _, and begin with a letter.')
  if (reservedWords.has(name))
    return refuse('invalid_input', `“${name}” is a word of the language.`, 'Choose another name.')
  const clash = clashing(document, table.names, named, name) ?? declaredElsewhere(others, named, name)
  if (clash)
    return refuse('already_exists', `“${name}” is already the name of a ${clash.kind}.`, 'Choose another name.')

  const edits = named.places.map(({ span, role }): TextEdit => {
    if (role !== 'bare use' || named.kind !== 'use') return { span, text: name }
    return { span, text: `${name} = ${document.text.slice(span.start, span.end)}` }
  })
  const collapsed = collapsedUse(document, named, name)
  const all = collapsed ? [collapsed, ...edits.slice(1)] : edits
  return meansTheSame({ document, columns, others }, table, named, name, all)
    ? { ok: true, edits: all }
    : refuse('conflict', `Called “${name}”, it would be taken for something else.`, 'Choose another name.')
}

/** Has no statement in this file; no edit asks for its place. */
const foreignNamed = (table: NameTable, id: string): Named | null => {
  const foreign = table.foreign.get(id)
  const nowhere = { start: 0, end: 0 }
  return foreign ? { ...foreign, model: null, nameSpan: nowhere, span: nowhere } : null
}

const declaredElsewhere = (others: readonly Document[], named: Named, name: string): Declaration | null =>
  named.model === null
    ? (others.flatMap(({ declarations }) => declarations).find((declaration) => declaration.name.text === name) ?? null)
    : null

/** Names of the file meet everywhere; names of a model meet in that model, and so does a feature that it uses by its own name. */
function clashing(document: Document, names: readonly Named[], named: Named, name: string): Named | null {
  const models = new Set<string | null>([named.model])
  for (const declaration of document.declarations)
    if (declaration.kind === 'model' && named.kind === 'feature' && usesBare(declaration.statements, named.name))
      models.add(declaration.name.text)
  return (
    names.find(
      (other) => other.id !== named.id && other.name === name && (other.model === null || models.has(other.model)),
    ) ?? null
  )
}

const usesBare = (statements: readonly { kind: string; name: { text: string }; expression: unknown }[], name: string) =>
  statements.some((statement) => statement.kind === 'use' && !statement.expression && statement.name.text === name)

/** `use far = distance` renamed to `distance` is written `use distance`, as it was before it was renamed to `far`. */
function collapsedUse(document: Document, named: Named, name: string): TextEdit | null {
  if (named.kind !== 'use') return null
  const use = document.declarations
    .flatMap((declaration) => (declaration.kind === 'model' ? declaration.statements : []))
    .find(
      (statement): statement is UseStatement => statement.kind === 'use' && statement.span.start === named.span.start,
    )
  const { expression } = use ?? {}
  if (!use || use.by.length > 0 || expression?.kind !== 'name' || expression.name.text !== name) return null
  const span = { start: use.name.span.start, end: expression.span.end }
  const written = document.text.slice(span.start, span.end)
  return /^[^\s/]+\s*=\s*[^\s/]+$/.test(written)
    ? { span, text: document.text.slice(expression.span.start, expression.span.end) }
    : null
}

/** The law of renaming: afterwards every other name has the places it had, and this one has its own under the new name. */
function meansTheSame(
  { document, columns, others }: Surroundings,
  table: NameTable,
  named: Named,
  name: string,
  edits: readonly TextEdit[],
): boolean {
  const after = parse(applyTextEdits(document.text, edits))
  if (after.errors.length > document.errors.length) return false
  const renamed = (other: { readonly id: string; readonly name: string }) => (other.id === named.id ? name : other.name)
  const modelOf = ({ model }: Named) => (named.kind === 'model' && model === named.name ? name : model)
  const expected = [
    ...table.names.map((other) => placeCount({ ...other, name: renamed(other), model: modelOf(other) })),
    ...[...table.foreign.values()].map((other) => placeCount({ ...other, name: renamed(other), model: null })),
  ].sort()
  const next = nameTable(after, columns, table.byId.has(named.id) ? others : withRenamed(others, named.id, name))
  const actual = [...next.names, ...[...next.foreign.values()].map((other) => ({ ...other, model: null }))]
    .map(placeCount)
    .sort()
  return expected.length === actual.length && expected.every((line, index) => line === actual[index])
}

const placeCount = ({ kind, model, name, places }: Pick<Named, 'kind' | 'model' | 'name' | 'places'>): string =>
  `${kind}:${model ?? ''}/${name}:${places.length}`

const withRenamed = (documents: readonly Document[], id: string, name: string): Document[] =>
  documents.map((document) => ({
    ...document,
    declarations: document.declarations.map((declaration) =>
      declarationId(declaration) === id ? { ...declaration, name: { ...declaration.name, text: name } } : declaration,
    ),
  }))

/** The graph that a node is found in: its model’s, or the file’s for sources and features. */
const graphOf = (document: Document, node: string): FeatureGraph => {
  const slash = node.indexOf('/')
  return buildGraph(document, slash < 0 ? null : node.slice(node.indexOf(':') + 1, slash))
}

function changeParameter(document: Document, id: string, parameter: string, text: string): GraphEditResult {
  const before = graphOf(document, id)
  const node = before.nodes.find((candidate) => candidate.id === id)
  const index = node?.parameters.findIndex((candidate) => candidate.name === parameter) ?? -1
  const found = node?.parameters[index]
  if (!node || !found)
    return refuse('not_found', 'This parameter is no longer in the text.', 'Look at the text; the graph follows it.')
  if (text === found.text) return { ok: true, edits: [] }
  const edits: TextEdit[] = [{ span: found.span, text }]
  const after = parse(applyTextEdits(document.text, edits))
  const isSound =
    after.errors.length <= document.errors.length && isOnlyChange(before, graphOf(after, id), node, index, text)
  return isSound
    ? { ok: true, edits }
    : refuse('invalid_input', `“${text}” cannot stand for ${parameter}.`, `Write it like ${found.text}.`)
}

/** The law of changing: every other node and every other parameter reads as before, and this one reads as it was given. */
function isOnlyChange(
  before: FeatureGraph,
  after: FeatureGraph,
  node: GraphNode,
  index: number,
  text: string,
): boolean {
  const written = (graph: FeatureGraph, replaced: string | null) =>
    graph.nodes.map((other) => [
      other.id,
      other.documentation,
      other.parameters.map((parameter, at) =>
        other.id === node.id && at === index && replaced !== null ? replaced : parameter.text,
      ),
    ])
  const edges = (graph: FeatureGraph) => graph.edges.map((edge) => edge.id).sort()
  // A `where` may read other columns, so only the edges between nodes are compared, never the words inside.
  return (
    JSON.stringify(written(before, text)) === JSON.stringify(written(after, null)) &&
    JSON.stringify(edges(before)) === JSON.stringify(edges(after))
  )
}
