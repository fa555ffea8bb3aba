import { columnPlaces } from '../../graph/columns'
import { type Named, nameAt } from '../../graph/names'
import type { Span } from '../../plan/plan'
import { findOperator } from '../operators/table'
import { words } from '../words'
import type { Analysis } from './analysis'
import { documentationOf, operatorMarkdown } from './completion'

export interface HoverText {
  readonly span: Span
  /** Markdown. */
  readonly text: string
}

/** What stands at an offset: a name with its documentation and type, a column with its type, an operator, a word. */
export function hoverAt(analysis: Analysis, offset: number): HoverText | null {
  const { document, names, columns, columnNames, types } = analysis
  const word = wordAt(document.text, offset)
  if (!word || document.comments.some(({ span }) => span.start <= offset && offset < span.end)) return null
  const isCall = document.text[word.span.end] === '('
  const column = columnPlaces(document, columnNames).find(({ span }) => span.start <= offset && offset <= span.end)
  const found = nameAt(names, offset)
  if (column) {
    const known = columns.get(column.source)?.find(({ name }) => name === column.name)
    const type = known
      ? `${known.type} (\`${known.nativeType}\`${known.isNullable ? ', may be null' : ''})`
      : 'not read'
    return { span: column.span, text: `**${column.name}** · column of ${column.source}\n\n${type}` }
  }
  if (found) return { span: found.place.span, text: describe(analysis, found.named, types.get(found.named.id) ?? null) }
  if (isCall) {
    const side = isInModel(analysis, offset) ? 'model' : 'feature'
    const operator = findOperator(word.text, side) ?? findOperator(word.text, side === 'model' ? 'feature' : 'model')
    if (operator) return { span: word.span, text: operatorMarkdown(operator) }
  }
  const known = words.find((one) => one.word === word.text)
  return known ? { span: word.span, text: `**${known.word}**\n\n${known.documentation}` } : null
}

function describe(analysis: Analysis, named: Named, type: string | null): string {
  const { text } = analysis.document
  const statement = text.slice(named.span.start, named.span.end)
  // A model is too long to quote; its first lines say nothing that its name does not.
  const quoted = named.kind === 'model' ? `model ${named.name}` : statement
  return [
    `**${named.name}** · ${[named.kind, type].filter(Boolean).join(' · ')}`,
    documentationOf(analysis, named),
    `\`\`\`proml\n${quoted}\n\`\`\``,
  ]
    .filter(Boolean)
    .join('\n\n')
}

const isInModel = ({ document }: Analysis, offset: number): boolean =>
  document.declarations.some(
    (one) =>
      one.kind === 'model' &&
      one.statements.some(
        (statement) => statement.kind !== 'use' && statement.span.start <= offset && offset <= statement.span.end,
      ),
  )

const wordAt = (text: string, offset: number): { text: string; span: Span } | null => {
  const pattern = /[\p{L}_][\p{L}\p{N}_]*/gu
  pattern.lastIndex = Math.max(0, text.lastIndexOf('\n', offset - 1) + 1)
  for (let match = pattern.exec(text); match && match.index <= offset; match = pattern.exec(text)) {
    const end = match.index + match[0].length
    if (offset <= end) return { text: match[0], span: { start: match.index, end } }
  }
  return null
}
