import { type CompletionItem, CompletionItemKind, InsertTextFormat, MarkupKind } from 'vscode-languageserver-types'
import { valueTypes } from '../../data/profile'
import type { Named, NameKind } from '../../graph/names'
import { type Operator, type OperatorRole, type OperatorSide, signatureOf } from '../operators/operator'
import { findOperator, operatorsWith } from '../operators/table'
import { type WordPlace, words } from '../words'
import type { Analysis } from './analysis'
import { completionPlace } from './context'

const readers = ['parquet', 'csv', 'json', 'arrow']
const windows = ['15m', '1h', '3h', '1d', '7d', '4w', '20 rows', 'all']
const metrics = ['auc', 'accuracy', 'log_loss', 'brier', 'f1', 'rmse', 'mae', 'r2']

/** What may be written at an offset, most likely first. */
export function completions(analysis: Analysis, text: string, offset: number): CompletionItem[] {
  const place = completionPlace(text, offset)
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
      return nameItems(analysis, 'entity')
    case 'source':
      return nameItems(analysis, 'source')
    case 'reader':
      return readers.map((reader) => ({
        label: reader,
        kind: CompletionItemKind.Function,
        insertText: `${reader}("$1")`,
        insertTextFormat: InsertTextFormat.Snippet,
      }))
    case 'source clause':
      return wordItems('source')
    case 'column':
      return columnItems(analysis, place.source)
    case 'window':
      return windows.map((window, index) => ({ label: window, kind: CompletionItemKind.Value, sortText: `0${index}` }))
    case 'status':
      return ['draft', 'reviewed', 'deprecated'].map((label) => ({ label, kind: CompletionItemKind.EnumMember }))
    case 'feature expression':
      return [
        ...parameterItems(place.callee, 'feature'),
        ...columnItems(analysis, place.source),
        ...(place.source ? [] : nameItems(analysis, 'feature')),
        ...operatorItems('aggregate'),
        ...operatorItems('row'),
        ...wordItems('feature'),
        ...wordItems('expression'),
      ]
    case 'model statement':
      return [...wordItems('model'), ...['by', 'where'].flatMap((word) => wordItems('feature', word))]
    case 'use':
      return [...columnItems(analysis, place.source), ...nameItems(analysis, 'feature')]
    case 'row expression':
      return [
        ...columnItems(analysis, place.source),
        ...nameItems(analysis, 'feature'),
        ...operatorItems('row'),
        ...wordItems('expression'),
        ...wordItems('feature', 'by'),
      ]
    case 'model expression':
      return [
        ...parameterItems(place.callee, 'model'),
        ...modelNames(analysis, place.model),
        ...operatorItems(
          ...(place.isOutput ? (['output'] as const) : (['transform', 'algorithm', 'combinator'] as const)),
        ),
        ...wordItems('expression'),
      ]
    case 'clause':
      return [
        ...wordItems(place.block),
        ...metrics.map((label) => ({
          label,
          kind: CompletionItemKind.EnumMember,
          detail: 'metric',
          sortText: `2${label}`,
        })),
      ]
  }
}

const wordItems = (place: WordPlace, only?: string): CompletionItem[] =>
  words
    .filter((word) => word.place === place && (only === undefined || word.word === only))
    .map((word) => ({
      label: word.word,
      kind: word.snippet ? CompletionItemKind.Snippet : CompletionItemKind.Keyword,
      documentation: markdown(word.documentation),
      insertText: word.snippet,
      insertTextFormat: word.snippet ? InsertTextFormat.Snippet : undefined,
      sortText: `4${word.word}`,
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

const nameItem = (analysis: Analysis, named: Named): CompletionItem => ({
  label: named.name,
  kind: completionKind[named.kind],
  detail: [named.kind, analysis.types.get(named.id)].filter(Boolean).join(' · '),
  documentation: markdown(documentationOf(analysis, named)),
  sortText: `1${named.name}`,
})

const nameItems = (analysis: Analysis, kind: NameKind): CompletionItem[] =>
  analysis.names.names.filter((named) => named.kind === kind).map((named) => nameItem(analysis, named))

/** The names that a `let` may read: the model’s own, and the features it uses under their own names. */
function modelNames(analysis: Analysis, model: string): CompletionItem[] {
  const declaration = analysis.document.declarations.find((one) => one.kind === 'model' && one.name.text === model)
  if (declaration?.kind !== 'model') return []
  return declaration.statements.flatMap((statement) => {
    if (statement.kind === 'output') return []
    const named =
      analysis.names.byId.get(`${statement.kind}:${model}/${statement.name.text}`) ??
      analysis.names.byId.get(`feature:${statement.name.text}`)
    return named ? [nameItem(analysis, named)] : []
  })
}

const columnItems = (analysis: Analysis, source: string | null): CompletionItem[] => {
  const tables = source === null ? [...analysis.columns] : [[source, analysis.columns.get(source) ?? []] as const]
  return tables.flatMap(([name, columns]) =>
    columns.map((column) => ({
      label: column.name,
      kind: CompletionItemKind.Field,
      detail: `column of ${name} · ${column.type}`,
      insertText: /^[\p{L}_][\p{L}\p{N}_]*$/u.test(column.name) ? undefined : `\`${column.name}\``,
      sortText: `0${column.name}`,
    })),
  )
}

const operatorItems = (...roles: OperatorRole[]): CompletionItem[] =>
  roles.flatMap((role) =>
    operatorsWith(role)
      .filter((operator) => !operator.isSymbol && operator.lowerings.length > 0)
      .map((operator) => ({
        label: operator.name,
        kind: CompletionItemKind.Function,
        detail: role,
        documentation: markdown(operatorMarkdown(operator)),
        insertText: operator.inputs.every((input) => input.isOptional) ? `${operator.name}()` : `${operator.name}($1)`,
        insertTextFormat: InsertTextFormat.Snippet,
        sortText: `${role === 'output' ? 0 : 3}${operator.name}`,
      })),
  )

const parameterItems = (callee: string | null, side: OperatorSide): CompletionItem[] =>
  (callee === null ? [] : (findOperator(callee, side)?.parameters ?? [])).map((parameter) => ({
    label: `${parameter.name}:`,
    kind: CompletionItemKind.Property,
    detail: `parameter of ${callee}${parameter.default === null ? '' : ` · ${JSON.stringify(parameter.default)} if left out`}`,
    documentation: markdown(parameter.documentation),
    insertText: `${parameter.name}: `,
    sortText: `05${parameter.name}`,
  }))

export const operatorMarkdown = (operator: Operator): string =>
  [
    `\`\`\`proml\n${signatureOf(operator)}\n\`\`\``,
    operator.documentation,
    [...operator.inputs, ...operator.parameters]
      .filter((parameter) => parameter.documentation)
      .map((parameter) => `- \`${parameter.name}\`: ${parameter.documentation}`)
      .join('\n'),
    operator.example ? `\`\`\`proml\n${operator.example}\n\`\`\`` : '',
  ]
    .filter(Boolean)
    .join('\n\n')

export const documentationOf = (analysis: Analysis, named: Named): string =>
  analysis.document.declarations.find((one) => `${one.kind}:${one.name.text}` === named.id)?.documentation ?? ''

const markdown = (value: string) => (value ? { kind: MarkupKind.Markdown, value } : undefined)
