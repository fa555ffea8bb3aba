import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver-types'
import { metrics } from '../check/clauses'
import type { OperatorParameter } from '../operators/operator'
import type { Reader } from '../operators/readers'
import { findOperator } from '../operators/table'
import type { Analysis } from './analysis'
import type { ItemKey } from './completionItem'
import type { CompletionPlace } from './context'
import type { OpenCall } from './openCall'
import { rangeOf } from './text'

export const inOrder = (labels: readonly string[], kind: CompletionItemKind): CompletionItem[] =>
  labels.map((label, index) => ({ label, kind, sortText: `0${String(index).padStart(2, '0')}` }))

export const metricItems: readonly CompletionItem[] = [...new Set([...metrics.binary, ...metrics.regression])].map(
  (label) => ({
    label,
    kind: CompletionItemKind.EnumMember,
    detail: 'metric',
    sortText: `2${label}`,
  }),
)

export const readerItem = ({ name, arguments: [first], isRead }: Reader): CompletionItem => ({
  label: name,
  kind: CompletionItemKind.Function,
  detail: isRead ? 'reader' : 'reader, by its schema',
  insertText: first?.type === 'secret' ? `${name}($1)` : `${name}("$1")`,
  insertTextFormat: InsertTextFormat.Snippet,
  sortText: `${isRead ? 0 : 1}${name}`,
  data: { kind: 'reader', name } satisfies ItemKey,
})

/** The arguments that stand by name, and what the one at the cursor takes. */
export const readerArguments = (reader: Reader, call: OpenCall): CompletionItem[] => {
  const argument = reader.arguments.find(({ name }, index) =>
    call.parameter ? name === call.parameter : index === 0 && call.position === 0,
  )
  const secret = argument?.type === 'secret' ? [snippetItem('secret', 'secret("$1")', 'looked up when it runs')] : []
  const choices = inOrder(
    (argument?.choices ?? []).map((one) => JSON.stringify(one)),
    CompletionItemKind.EnumMember,
  )
  if (call.parameter) return [...choices, ...secret]
  const named = reader.arguments.slice(1).filter(({ name }) => !call.named.includes(name))
  return [
    ...secret,
    ...named.map(({ name, documentation }) => ({
      label: `${name}:`,
      kind: CompletionItemKind.Property,
      detail: documentation,
      insertText: `${name}: `,
    })),
  ]
}

/** The files of other namespaces, in the place of what the text holds so far. */
export const importPaths = (analysis: Analysis, start: number, offset: number): CompletionItem[] => {
  const quote = analysis.document.text.slice(offset).search(/["\r\n]|$/)
  const range = rangeOf(analysis.text, { start, end: offset + quote })
  return analysis.elsewhere().map(({ file }) => ({
    label: file,
    kind: CompletionItemKind.File,
    filterText: file,
    textEdit: { range, newText: file },
  }))
}

export function argumentItems({
  call,
  side,
  isTuned,
}: Extract<CompletionPlace, { kind: 'argument' }>): CompletionItem[] {
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
