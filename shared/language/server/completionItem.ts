import { type CompletionItem, type MarkupContent, MarkupKind } from 'vscode-languageserver-types'
import { z } from 'zod'
import { sourceNamed } from '../check/symbols'
import { findReader } from '../operators/readers'
import { findOperator, operatorsWith } from '../operators/table'
import { words } from '../words'
import { documentationOf, operatorMarkdown, readerMarkdown } from './describe'
import { type ColumnStatistics, statisticsOfColumn } from './statistics'
import { declared } from './target'
import type { Workspace } from './workspace'

const operatorRoles = ['row', 'aggregate', 'transform', 'algorithm', 'combinator', 'output'] as const

/** What an item stands for: enough to find its documentation once a person looks at it. */
const itemKeySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('word'), word: z.string(), place: z.string() }),
  z.object({ kind: z.literal('operator'), name: z.string(), role: z.enum(operatorRoles) }),
  z.object({
    kind: z.literal('parameter'),
    operator: z.string(),
    side: z.enum(['feature', 'model']),
    name: z.string(),
  }),
  z.object({ kind: z.literal('reader'), name: z.string() }),
  z.object({ kind: z.literal('name'), uri: z.string(), id: z.string() }),
  z.object({ kind: z.literal('column'), uri: z.string(), source: z.string(), column: z.string() }),
])
export type ItemKey = z.infer<typeof itemKeySchema>

/** The item with its documentation; as it was where there is none. */
export async function resolveItem(
  item: CompletionItem,
  workspace: Workspace,
  statistics: ColumnStatistics,
): Promise<CompletionItem> {
  const key = itemKeySchema.safeParse(item.data)
  const documentation = key.success ? await documentationFor(key.data, workspace, statistics) : ''
  return documentation ? { ...item, documentation: markdown(documentation) } : item
}

function documentationFor(key: ItemKey, workspace: Workspace, statistics: ColumnStatistics): Promise<string> | string {
  switch (key.kind) {
    case 'word':
      return words.find(({ word, place }) => word === key.word && place === key.place)?.documentation ?? ''
    case 'operator': {
      const operator = operatorsWith(key.role).find(({ name }) => name === key.name)
      return operator ? operatorMarkdown(operator) : ''
    }
    case 'reader': {
      const reader = findReader(key.name)
      return reader ? readerMarkdown(reader) : ''
    }
    case 'parameter':
      return findOperator(key.operator, key.side)?.parameters.find(({ name }) => name === key.name)?.documentation ?? ''
    case 'name': {
      const analysis = workspace.at(key.uri)
      const found = analysis && declared(workspace.now(), analysis, key.id)
      return found ? documentationOf(found.home, found.named) : ''
    }
    case 'column': {
      const { symbols } = workspace.at(key.uri)?.namespace ?? {}
      const source = symbols && sourceNamed(symbols, key.source)
      return source ? statisticsOfColumn(statistics, source, key.column) : ''
    }
  }
}

const markdown = (value: string): MarkupContent => ({ kind: MarkupKind.Markdown, value })
