import type { Comment, Document } from '../ast'
import { lex, type Token } from '../syntax/lexer'
import { parse } from '../syntax/parser'
import { type Break, layoutOf, lineWidth, type Measure } from './layout'
import { gapBetween, type Tightness, tightnessOf } from './tokens'

/** Comments before a token, with how they stood. */
interface Lead {
  readonly text: string
  /** First on its line: it keeps a line of its own. Otherwise it stays behind the token before it. */
  readonly isOwnLine: boolean
  /** Nothing can follow it on its line. */
  readonly endsLine: boolean
  readonly hasBlankBefore: boolean
}

interface Item {
  readonly token: Token
  readonly leads: readonly Lead[]
  readonly hasBlankBefore: boolean
}

/**
 * The canonical text. Tokens and comments are kept one by one, only the space between them is made anew; a text with
 * syntax errors comes back as it is. `format(format(text)) = format(text)`, and the tree stays the same but for spans.
 */
export const format = (text: string): string => {
  const document = parse(text)
  if (document.errors.length > 0) return text
  const items = itemsOf(document)
  const tight = tightnessOf(document)
  const layout = layoutOf(
    document,
    items.map(({ token }) => token),
    measureOf(items, tight),
  )
  return print(items, tight, layout.breaks, layout.wide)
}

const itemsOf = (document: Document): readonly Item[] => {
  const { text, comments } = document
  const { tokens } = lex(text)
  let next = 0
  let end = 0
  return tokens.map((token) => {
    const leads: Lead[] = []
    for (let comment = comments[next]; comment && comment.span.start < token.start; comment = comments[++next]) {
      const between = text.slice(end, comment.span.start)
      leads.push(leadOf(comment, text, between, end === 0))
      end = comment.span.end
    }
    const hasBlankBefore = hasBlank(text.slice(end, token.start))
    end = token.end
    return { token, leads, hasBlankBefore }
  })
}

const hasBlank = (space: string): boolean => space.indexOf('\n') !== space.lastIndexOf('\n')

const leadOf = ({ kind, span }: Comment, text: string, between: string, isFirst: boolean): Lead => {
  const raw = text.slice(span.start, span.end)
  const isOwnLine = isFirst || between.includes('\n')
  return {
    text: kind === 'line' ? raw.trimEnd() : raw.replaceAll('\r\n', '\n'),
    isOwnLine,
    endsLine: kind !== 'block' || isOwnLine,
    hasBlankBefore: hasBlank(between),
  }
}

const measureOf = (items: readonly Item[], tight: Tightness): Measure => {
  const indexAt = new Map(items.map(({ token }, index) => [token.start, index]))
  return (span, wide) => {
    let width = 0
    let before: Token | null = null
    for (let index = indexAt.get(span.start) ?? items.length; index < items.length; index++) {
      const item = items[index]
      if (!item || item.token.end > span.end || item.token.kind === 'end') break
      if (before) {
        width += wide.has(item.token.start) ? 2 : gapBetween(before, item.token, tight).length
        for (const lead of item.leads) width += widthOf(lead)
      }
      width += written(item.token).length
      before = item.token
    }
    return width
  }
}

const widthOf = ({ text, endsLine }: Lead): number =>
  endsLine || text.includes('\n') ? Number.POSITIVE_INFINITY : text.length + 1

const written = ({ kind, text, isQuoted, raw }: Token): string => (kind === 'string' || isQuoted ? raw : text)

const print = (
  items: readonly Item[],
  tight: Tightness,
  breaks: ReadonlyMap<number, Break>,
  wide: ReadonlySet<number>,
): string => {
  const out: string[] = []
  let lastCharacter = ''
  let column = 0
  let indent = 0
  let before: Token | null = null
  let mustBreak = false
  const depthAfter = depths(items)

  const write = (text: string) => {
    if (text === '') return
    out.push(text)
    lastCharacter = text.at(-1) ?? ''
    const newline = text.lastIndexOf('\n')
    column = newline < 0 ? column + text.length : text.length - newline - 1
  }
  const newLine = (at: number, isBlankWanted: boolean) => {
    if (lastCharacter === '') return
    const isAfterOpen = before?.kind === 'punctuation' && before.text === '{' && lastCharacter === '{'
    write(isBlankWanted && !isAfterOpen ? '\n\n' : '\n')
    write(' '.repeat(at))
  }

  for (const [index, { token, leads, hasBlankBefore }] of items.entries()) {
    const broken = token.kind === 'end' ? { indent: 0, keepsBlank: false } : breaks.get(token.start)
    const isClosing = token.kind === 'punctuation' && token.text === '}'
    const inner = broken ? (isClosing ? broken.indent + 2 : broken.indent) : indent + 2
    for (const lead of leads) {
      if (lead.isOwnLine) newLine(inner, lead.hasBlankBefore && (broken !== undefined || depthAfter[index] === 0))
      else if (mustBreak) newLine(inner, false)
      else if (!['', '(', '['].includes(lastCharacter)) write(' ')
      write(lead.text)
      mustBreak = lead.endsLine
    }
    if (token.kind === 'end') break
    if (broken) {
      newLine(broken.indent, broken.keepsBlank && hasBlankBefore)
      indent = broken.indent
    } else if (mustBreak) newLine(indent + 2, false)
    else if (before) {
      const gap = wide.has(token.start) ? '  ' : leads.length > 0 ? ' ' : gapBetween(before, token, tight)
      const isAfterComma = before.kind === 'punctuation' && before.text === ',' && (depthAfter[index - 1] ?? 0) > 0
      if (isAfterComma && column + gap.length + chunkWidth(items, index, tight) > lineWidth) newLine(indent + 2, false)
      else write(gap)
    }
    write(written(token))
    mustBreak = false
    before = token
  }
  return out.length === 0 ? '' : `${out.join('')}\n`
}

/** How many parentheses and brackets are open after each token. */
const depths = (items: readonly Item[]): readonly number[] => {
  let depth = 0
  return items.map(({ token: { kind, text } }) => {
    if (kind === 'punctuation' && (text === '(' || text === '[')) depth++
    else if (kind === 'punctuation' && (text === ')' || text === ']')) depth--
    return depth
  })
}

/** Width up to the next comma, or to the end of the parentheses: what stays together when a line is broken. */
const chunkWidth = (items: readonly Item[], from: number, tight: Tightness): number => {
  let width = 0
  let depth = 0
  for (let index = from; index < items.length; index++) {
    const item = items[index]
    if (!item || item.token.kind === 'end') break
    const { token } = item
    const previous = index > from ? items[index - 1]?.token : undefined
    if (previous) width += gapBetween(previous, token, tight).length
    width += written(token).length
    if (token.kind !== 'punctuation') continue
    if (token.text === '(' || token.text === '[') depth++
    else if (token.text === ')' || token.text === ']') depth--
    if (depth < 0 || (token.text === ',' && depth === 0)) break
  }
  return width
}
