import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver-types'
import { valueTypes } from '../../data/profile'
import { declarationId, type NameKind, statementId } from '../../graph/names'
import { metrics } from '../check/clauses'
import { written } from '../check/report'
import { readers } from '../check/sources'
import type { OperatorParameter, OperatorRole, OperatorSide } from '../operators/operator'
import { findOperator, operatorsWith } from '../operators/table'
import { type WordPlace, words } from '../words'
import type { Analysis } from './analysis'
import type { ItemKey } from './completionItem'
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
  { kind: 'feature expression' | 'use' | 'row expression' | 'model expression' }
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

const inOrder = (labels: readonly string[], kind: CompletionItemKind): CompletionItem[] =>
  labels.map((label, index) => ({ label, kind, sortText: `0${String(index).padStart(2, '0')}` }))

const metricItems: readonly CompletionItem[] = [...new Set([...metrics.binary, ...metrics.regression])].map(
  (label) => ({
    label,
    kind: CompletionItemKind.EnumMember,
    detail: 'metric',
    sortText: `2${label}`,
  }),
)

const readerItem = (reader: string): CompletionItem => ({
  label: reader,
  kind: CompletionItemKind.Function,
  insertText: `${reader}("$1")`,
  insertTextFormat: InsertTextFormat.Snippet,
})

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

/** What the files of the namespace declare, this one’s first. */
function declared(analysis: Analysis, kind: 'entity' | 'source' | 'feature'): CompletionItem[] {
  const names = [analysis, ...analysis.others].flatMap(({ document }) =>
    document.declarations.flatMap((one) => (one.kind === kind ? [one.name.text] : [])),
  )
  return [...new Set(names)].map((name) => nameItem(analysis, kind, name, `${kind}:${name}`))
}

/** The names that a `let` may read: the model’s own, and the features it uses under their own names. */
function modelNames(analysis: Analysis, model: string): CompletionItem[] {
  const declaration = analysis.document.declarations.find((one) => one.kind === 'model' && one.name.text === model)
  if (declaration?.kind !== 'model') return []
  const { features } = analysis.namespace.symbols ?? {}
  return declaration.statements.flatMap((statement) => {
    const { kind, name } = statement
    if (kind === 'output') return []
    const feature = kind === 'use' && !statement.expression && statement.by.length > 0 ? features?.get(name.text) : null
    return feature
      ? [nameItem(analysis, 'feature', name.text, declarationId(feature.declaration))]
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

function argumentItems({ call, side, isTuned }: Extract<CompletionPlace, { kind: 'argument' }>): CompletionItem[] {
  const parameter = findOperator(call.callee, side)?.parameters.find(({ name }) => name === call.parameter)
  if (!isTuned) return parameter ? valueItems(parameter) : []
  return [
    snippetItem('range', '$1..$2', 'between two numbers'),
    snippetItem('list', '[$1]', 'one of these'),
    { label: 'log', kind: CompletionItemKind.Keyword, detail: 'evenly over orders of magnitude' },
  ]
}

const valueItems = ({ choices, default: value, canTune, type }: OperatorParameter): CompletionItem[] => [
  ...inOrder(
    (choices ?? []).map((choice) => JSON.stringify(choice)),
    CompletionItemKind.EnumMember,
  ),
  ...(value !== null && !choices && type !== 'duration'
    ? [{ label: JSON.stringify(value), kind: CompletionItemKind.Value, detail: 'if left out', sortText: '10' }]
    : []),
  ...(canTune ? [snippetItem('tune', 'tune($1..$2)', 'let the search find it')] : []),
]

const snippetItem = (label: string, insertText: string, detail: string): CompletionItem => ({
  label,
  kind: CompletionItemKind.Snippet,
  detail,
  insertText,
  insertTextFormat: InsertTextFormat.Snippet,
  sortText: `2${label}`,
})
