import { namesIn } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { FeatureDeclaration } from '../ast'
import { type CheckedSource, sourceNamed } from '../check/symbols'
import { findReader } from '../operators/readers'
import { findOperator } from '../operators/table'
import { words } from '../words'
import type { Analysis } from './analysis'
import { documentationOf, operatorMarkdown, readerMarkdown } from './describe'
import { type ColumnStatistics, statisticsOfColumn } from './statistics'
import { columnAt, type Target, targetAt } from './target'
import { contains, lineStart } from './text'
import { usersOf } from './users'
import type { Snapshot } from './workspace'

export interface HoverText {
  readonly span: Span
  /** Markdown. */
  readonly text: string
}

/** What stands at an offset: a name with its documentation and type, a column with its type and statistics, an operator, a word. */
export async function hoverAt(
  snapshot: Snapshot,
  analysis: Analysis,
  offset: number,
  statistics: ColumnStatistics,
): Promise<HoverText | null> {
  const { document } = analysis
  if (document.comments.some(({ span }) => span.start <= offset && offset < span.end)) return null
  const column = columnAt(analysis, offset)
  // A bare use is a name and a column in one place; the column says more.
  if (column) return { span: column.span, text: await describeColumn(analysis, column.source, column.name, statistics) }
  const target = targetAt(snapshot, analysis, offset)
  if (target?.kind === 'name') return { span: target.span, text: await describeName(snapshot, target, statistics) }
  return describeWord(analysis, offset)
}

function describeWord(analysis: Analysis, offset: number): HoverText | null {
  const { text } = analysis.document
  const word = wordAt(text, offset)
  if (!word) return null
  if (text[word.span.end] === '(') {
    const side = isInModel(analysis, offset) ? 'model' : 'feature'
    const operator = findOperator(word.text, side) ?? findOperator(word.text, side === 'model' ? 'feature' : 'model')
    if (operator) return { span: word.span, text: operatorMarkdown(operator) }
    const reader = findReader(word.text)
    if (reader) return { span: word.span, text: readerMarkdown(reader) }
  }
  const known = words.find((one) => one.word === word.text)
  return known ? { span: word.span, text: `**${known.word}**\n\n${known.documentation}` } : null
}

async function describeColumn(
  { namespace }: Analysis,
  source: string,
  name: string,
  statistics: ColumnStatistics,
): Promise<string> {
  const known = namespace.columns.get(source)?.find((column) => column.name === name)
  const type = known ? `${known.type} (\`${known.nativeType}\`${known.isNullable ? ', may be null' : ''})` : 'not read'
  const checked = namespace.symbols && sourceNamed(namespace.symbols, source)
  const live = known && checked ? await statisticsOfColumn(statistics, checked, name) : ''
  return [`**${name}** · column of ${source}`, type, live].filter(Boolean).join('\n\n')
}

async function describeName(
  snapshot: Snapshot,
  { home, named }: Extract<Target, { kind: 'name' }>,
  statistics: ColumnStatistics,
): Promise<string> {
  const type = home.namespace.types.get(named.id)
  const statement = home.document.text.slice(named.span.start, named.span.end)
  // A model is too long to quote; its first lines say nothing that its name does not.
  const quoted = named.kind === 'model' ? `model ${named.name}` : statement
  return [
    `**${named.name}** · ${[named.kind, type].filter(Boolean).join(' · ')}`,
    documentationOf(home, named),
    `\`\`\`proml\n${quoted}\n\`\`\``,
    named.kind === 'feature' ? await describeFeature(snapshot, home, named.name, statistics) : '',
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** Who uses it, and what its source’s columns look like. */
async function describeFeature(
  snapshot: Snapshot,
  { namespace }: Analysis,
  name: string,
  statistics: ColumnStatistics,
): Promise<string> {
  const feature = namespace.symbols?.features.get(name)
  if (!feature) return ''
  const models = [...(usersOf(snapshot).get(feature) ?? [])].map(({ declaration }) => `\`${declaration.name.text}\``)
  const used = models.length === 0 ? 'Used by no model.' : `Used by ${models.join(', ')}.`
  const columns = feature.source ? columnsOf(feature.declaration, feature.source) : []
  const live = await Promise.all(
    columns.map(async (column) => {
      const text = feature.source ? await statisticsOfColumn(statistics, feature.source, column) : ''
      return text && `**${column}** of ${feature.source?.declaration.name.text}: ${text}`
    }),
  )
  return [used, ...live].filter(Boolean).join('\n\n')
}

const shownColumns = 2

/** The columns whose values a feature is computed from, not those it only joins or filters by. */
const columnsOf = ({ definition }: FeatureDeclaration, { columns }: CheckedSource): string[] => {
  const names = definition ? namesIn(definition.expression).map(({ text }) => text) : []
  return [...new Set(names)].filter((name) => columns?.has(name)).slice(0, shownColumns)
}

const isInModel = ({ document }: Analysis, offset: number): boolean =>
  document.declarations.some(
    (one) =>
      one.kind === 'model' &&
      one.statements.some((statement) => statement.kind !== 'use' && contains(statement.span, offset)),
  )

const wordAt = (text: string, offset: number): { text: string; span: Span } | null => {
  const pattern = /[\p{L}_][\p{L}\p{N}_]*/gu
  pattern.lastIndex = lineStart(text, offset)
  for (let match = pattern.exec(text); match && match.index <= offset; match = pattern.exec(text)) {
    const end = match.index + match[0].length
    if (offset <= end) return { text: match[0], span: { start: match.index, end } }
  }
  return null
}
