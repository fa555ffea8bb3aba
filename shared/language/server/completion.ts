import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver-types'
import { valueTypes } from '../../data/profile'
import { type NameKind, statementId } from '../../graph/names'
import { insidePath } from '../check/readers'
import { written } from '../check/report'
import { featureNamed } from '../check/symbols'
import type { OperatorRole, OperatorSide } from '../operators/operator'
import { findReader, readers } from '../operators/readers'
import { findOperator, operatorsWith } from '../operators/table'
import { type WordPlace, words } from '../words'
import type { Analysis } from './analysis'
import type { ItemKey } from './completionItem'
import { argumentItems, importPaths, inOrder, metricItems, readerArguments, readerItem } from './completionValues'
import { type CompletionPlace, completionPlace } from './context'
import type { OpenCall } from './openCall'

const windows = ['15m', '1h', '3h', '1d', '7d', '4w', '20 rows', 'all']

/** What may be written at an offset, most likely first. Documentation comes when an item is looked at. */
export function completions(analysis: Analysis, offset: number): CompletionItem[] {
  const { document } = analysis
  const place = completionPlace(document.text, offset, document.comments)
  switch (place.kind) {
    case 'none':
      return []
    case 'file':
      return wordItems('file')
    case 'type':
      return valueTypes
        .filter((type) => type !== 'unknown')
        .map((type) => ({ label: type, kind: CompletionItemKind.TypeParameter }))
    case 'entity':
      return declared(analysis, 'entity')
    case 'source':
      return declared(analysis, 'source')
    case 'reader':
      return readers.map(readerItem)
    case 'reader argument': {
      const reader = findReader(place.call.callee)
      return reader ? readerArguments(reader, place.call) : []
    }
    case 'import path':
      return importPaths(analysis, place.start, offset)
    case 'import':
      return importable(analysis, place.from)
    case 'feature':
      return declared(analysis, 'feature')
    case 'source clause':
      return wordItems('source')
    case 'column':
      return columnItems(analysis, place.source)
    case 'window':
      return inOrder(windows, CompletionItemKind.Value)
    case 'value':
      return inOrder(place.values, CompletionItemKind.EnumMember)
    case 'argument':
      return argumentItems(place)
    case 'model statement':
      return [...wordItems('model'), ...['by', 'where'].flatMap((word) => wordItems('feature', word))]
    case 'clause':
      return [...wordItems(place.block), ...(place.block === 'validate' ? metricItems : [])]
    default:
      return expressionItems(analysis, place)
  }
}

type ExpressionPlace = Extract<
  CompletionPlace,
  { kind: 'feature expression' | 'use' | 'row expression' | 'step expression' | 'model expression' }
>

function expressionItems(analysis: Analysis, place: ExpressionPlace): CompletionItem[] {
  switch (place.kind) {
    case 'feature expression':
      return [
        ...parameterItems(place.call, 'feature'),
        ...columnItems(analysis, place.source),
        ...(place.source ? [] : declared(analysis, 'feature')),
        ...operatorItems('aggregate'),
        ...operatorItems('row'),
        ...wordItems('feature'),
        ...wordItems('expression'),
      ]
    case 'use':
      return [...columnItems(analysis, place.source), ...declared(analysis, 'feature')]
    case 'row expression':
      return [
        ...columnItems(analysis, place.source),
        ...declared(analysis, 'feature'),
        ...operatorItems('row'),
        ...wordItems('expression'),
        ...wordItems('feature', 'by'),
      ]
    case 'step expression':
      return [
        ...columnItems(analysis, place.source),
        ...modelNames(analysis, place.model, true),
        ...operatorItems('row'),
        ...wordItems('expression'),
      ]
    case 'model expression':
      return [
        ...parameterItems(place.call, 'model'),
        ...modelNames(analysis, place.model),
        ...operatorItems(
          ...(place.isOutput ? (['output'] as const) : (['transform', 'algorithm', 'combinator'] as const)),
        ),
        ...wordItems('expression'),
      ]
  }
}

const wordItems = (place: WordPlace, only?: string): CompletionItem[] =>
  words
    .filter((word) => word.place === place && (only === undefined || word.word === only))
    .map((word) => ({
      label: word.word,
      kind: word.snippet ? CompletionItemKind.Snippet : CompletionItemKind.Keyword,
      insertText: word.snippet,
      insertTextFormat: word.snippet ? InsertTextFormat.Snippet : undefined,
      sortText: `4${word.word}`,
      data: { kind: 'word', word: word.word, place } satisfies ItemKey,
    }))

const completionKind: Readonly<Record<NameKind, CompletionItemKind>> = {
  source: CompletionItemKind.File,
  entity: CompletionItemKind.Class,
  feature: CompletionItemKind.Field,
  model: CompletionItemKind.Module,
  use: CompletionItemKind.Variable,
  label: CompletionItemKind.Variable,
  let: CompletionItemKind.Variable,
  output: CompletionItemKind.Variable,
}

const nameItem = (analysis: Analysis, kind: NameKind, name: string, id: string): CompletionItem => ({
  label: name,
  kind: completionKind[kind],
  detail: [kind, analysis.namespace.types.get(id)].filter(Boolean).join(' · '),
  insertText: plainly(name),
  sortText: `1${name}`,
  data: { kind: 'name', uri: analysis.uri, id } satisfies ItemKey,
})

/** What the files of the namespace declare, this one’s first, and what they import. */
function declared(analysis: Analysis, kind: 'entity' | 'source' | 'feature'): CompletionItem[] {
  const names = [analysis.document, ...analysis.seen].flatMap(({ declarations }) =>
    declarations.flatMap((one) => (one.kind === kind ? [one.name.text] : [])),
  )
  return [...new Set(names)].map((name) => nameItem(analysis, kind, name, `${kind}:${name}`))
}

/** What a file of another namespace declares, for an import that says its file already. */
function importable(analysis: Analysis, from: string | null): CompletionItem[] {
  const file = from === null ? null : insidePath(from)
  return analysis
    .elsewhere()
    .filter((other) => file === null || other.file === file)
    .flatMap((other) =>
      other.document.declarations
        .filter(({ kind }) => kind !== 'model')
        .map(({ kind, name }) => ({
          ...nameItem(analysis, kind, name.text, ''),
          detail: `${kind} of ${other.file}`,
          data: { kind: 'name', uri: other.uri, id: `${kind}:${name.text}` } satisfies ItemKey,
        })),
    )
}

/** The names that a `let` may read: the model’s own, and the features it uses under their own names. */
function modelNames(analysis: Analysis, model: string, withOutputs = false): CompletionItem[] {
  const declaration = analysis.document.declarations.find((one) => one.kind === 'model' && one.name.text === model)
  if (declaration?.kind !== 'model') return []
  const { symbols, columnNames } = analysis.namespace
  const observed = columnNames.get(declaration.observe?.source.text ?? '')
  return declaration.statements.flatMap((statement) => {
    const { kind, name } = statement
    if (kind === 'output' && !withOutputs) return []
    // A use under the feature’s own name declares no name of its own.
    const isFeature =
      kind === 'use' &&
      !statement.expression &&
      (statement.by.length > 0 || !observed?.has(name.text)) &&
      symbols !== null &&
      featureNamed(symbols, name.text) !== undefined
    return isFeature
      ? [nameItem(analysis, 'feature', name.text, `feature:${name.text}`)]
      : [nameItem(analysis, kind, name.text, statementId(declaration, statement))]
  })
}

const columnItems = ({ namespace: { columns }, uri }: Analysis, source: string | null): CompletionItem[] => {
  const tables = source === null ? [...columns] : [[source, columns.get(source) ?? []] as const]
  return tables.flatMap(([name, each]) =>
    each.map((column) => ({
      label: column.name,
      kind: CompletionItemKind.Field,
      detail: `column of ${name} · ${column.type}`,
      insertText: plainly(column.name),
      sortText: `0${column.name}`,
      data: { kind: 'column', uri, source: name, column: column.name } satisfies ItemKey,
    })),
  )
}

/** In backquotes where it is no identifier; absent where it is written as it is called. */
const plainly = (name: string): string | undefined => (written(name) === name ? undefined : written(name))

const operatorItems = (...roles: OperatorRole[]): CompletionItem[] => roles.flatMap((role) => itemsOf(role))

const itemsOf = (role: OperatorRole): CompletionItem[] =>
  operatorsWith(role)
    .filter((operator) => !operator.isSymbol && operator.lowerings.length > 0)
    .map((operator) => ({
      label: operator.name,
      kind: CompletionItemKind.Function,
      detail: role,
      insertText: operator.inputs.every((input) => input.isOptional) ? `${operator.name}()` : `${operator.name}($1)`,
      insertTextFormat: InsertTextFormat.Snippet,
      sortText: `${role === 'output' ? 0 : 3}${operator.name}`,
      data: { kind: 'operator', name: operator.name, role } satisfies ItemKey,
    }))

/** The parameters of the open call that are not written yet. */
const parameterItems = (call: OpenCall | null, side: OperatorSide): CompletionItem[] =>
  (call ? (findOperator(call.callee, side)?.parameters ?? []) : [])
    .filter(({ name }) => !call?.named.includes(name))
    .map((parameter) => ({
      label: `${parameter.name}:`,
      kind: CompletionItemKind.Property,
      detail: `parameter of ${call?.callee}${parameter.default === null ? '' : ` · ${JSON.stringify(parameter.default)} if left out`}`,
      insertText: `${parameter.name}: `,
      sortText: `05${parameter.name}`,
      data: { kind: 'parameter', operator: call?.callee ?? '', side, name: parameter.name } satisfies ItemKey,
    }))
