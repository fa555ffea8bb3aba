import type { Span } from '../../plan/plan'
import type { Comment, SyntaxProblem } from '../ast'
import { syntaxError } from './syntaxError'

export type TokenKind = 'name' | 'number' | 'duration' | 'size' | 'string' | 'punctuation' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** The name without backquotes, the string's content, otherwise as written. */
  readonly text: string
  /** As it stands in the file. */
  readonly raw: string
  readonly start: number
  readonly end: number
  /** Numbers as they are, durations in microseconds, sizes in bytes. */
  readonly value: number
  /** A backquoted name is never a keyword. */
  readonly isQuoted: boolean
  readonly isFirstOnLine: boolean
}

export interface LexResult {
  /** Ends with a token of kind `end`. */
  readonly tokens: readonly Token[]
  readonly comments: readonly Comment[]
  readonly errors: readonly SyntaxProblem[]
}

export const durationMicros: Readonly<Record<string, number>> = {
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
  d: 86_400e6,
  w: 604_800e6,
}
export const sizeBytes: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 }

const space = /\s+/uy
const name = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy
const number = /\d+(?:\.(?!\.)\d+)?(?:[eE][+-]?\d+)?/uy
const unit = /[\p{L}_][\p{L}\p{N}_]*/uy
const twoCharacters = new Set(['!=', '<=', '>=', '..'])
const oneCharacter = new Set('(){}[],:=<>+-*/%.')
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' }

const isAsciiNamePart = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95

/** End of the name that starts at an offset, or the offset itself where none does. ASCII is read without a pattern. */
const nameEnd = (text: string, at: number): number => {
  const first = text.charCodeAt(at)
  if (first < 128 && !(isAsciiNamePart(first) && (first < 48 || first > 57))) return at
  let end = at
  while (isAsciiNamePart(text.charCodeAt(end))) end++
  return text.charCodeAt(end) < 128 || end >= text.length ? end : at + (matchAt(name, text, at)?.length ?? 0)
}

/** End of the white space that starts at an offset. */
const spaceEnd = (text: string, at: number): number => {
  let end = at
  for (;;) {
    const code = text.charCodeAt(end)
    if (code === 32 || (code >= 9 && code <= 13)) end++
    else if (code < 128 || end >= text.length) return end
    else {
      const more = matchAt(space, text, end)?.length ?? 0
      if (more === 0) return end
      end += more
    }
  }
}

const matchAt = (pattern: RegExp, text: string, at: number): string | null => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

/**
 * Reads any text; what is no token becomes an error and is passed over. `from` is the start of the text or the end of a
 * token; no token begins at or after `to`, but the last may go beyond it.
 */
export const lex = (text: string, from = 0, to = text.length): LexResult => {
  const tokens: Token[] = []
  const comments: Comment[] = []
  const errors: SyntaxProblem[] = []
  let at = from === 0 && text.startsWith('\uFEFF') ? 1 : from
  let isFirstOnLine = from === 0

  const push = (kind: TokenKind, end: number, content: string, value = 0, isQuoted = false) => {
    // A content as long as what is written is what is written.
    const raw = content.length === end - at ? content : text.slice(at, end)
    tokens.push({ kind, text: content, raw, start: at, end, value, isQuoted, isFirstOnLine })
    isFirstOnLine = false
    at = end
  }

  const readString = () => {
    let content = ''
    let end = at + 1
    for (; end < text.length; end++) {
      const character = text[end]
      if (character === '"' || character === '\n' || character === '\r') break
      if (character !== '\\') content += character
      else {
        const next = text[end + 1] ?? ''
        if (next === '\n' || next === '\r' || next === '') continue
        content += escapes[next] ?? `\\${next}`
        end++
      }
    }
    if (text[end] === '"') return push('string', end + 1, content)
    errors.push(syntaxError('PML1002', { start: at, end }, {}))
    push('string', end, content)
  }

  const readNumber = () => {
    const digits = matchAt(number, text, at) ?? ''
    const suffix = matchAt(unit, text, at + digits.length) ?? ''
    const end = at + digits.length + suffix.length
    const written = text.slice(at, end)
    if (suffix === '') return push('number', end, written, Number(digits))
    const micros = durationMicros[suffix]
    if (micros !== undefined) return push('duration', end, written, Number(digits) * micros)
    const bytes = sizeBytes[suffix]
    if (bytes !== undefined) return push('size', end, written, Number(digits) * bytes)
    errors.push(syntaxError('PML1007', { start: at, end }, { text: written }))
    push('number', end, written, Number(digits))
  }

  const readBackquoted = () => {
    let end = at + 1
    while (end < text.length && text[end] !== '`' && text[end] !== '\n') end++
    if (text[end] === '`' && end > at + 1) return push('name', end + 1, text.slice(at + 1, end), 0, true)
    errors.push(syntaxError('PML1004', { start: at, end: at + 1 }, { character: '`' }))
    at++
  }

  const readComment = (): boolean => {
    if (text.charCodeAt(at) !== 47) return false
    if (text.startsWith('//', at)) {
      const newline = text.indexOf('\n', at)
      let end = newline < 0 ? text.length : newline
      if (text[end - 1] === '\r') end--
      const isDocumentation = text.startsWith('///', at) && text[at + 3] !== '/'
      comments.push({ kind: isDocumentation ? 'documentation' : 'line', span: { start: at, end } })
      at = end
      return true
    }
    if (!text.startsWith('/*', at)) return false
    const close = text.indexOf('*/', at + 2)
    const end = close < 0 ? text.length : close + 2
    if (close < 0) errors.push(syntaxError('PML1003', { start: at, end: at + 2 }, {}))
    comments.push({ kind: 'block', span: { start: at, end } })
    if (text.slice(at, end).includes('\n')) isFirstOnLine = true
    at = end
    return true
  }

  const characterAt = (offset: number): string => String.fromCodePoint(text.codePointAt(offset) ?? 0xfffd)

  const readPunctuation = () => {
    const one = text[at] ?? ''
    const two = text.charCodeAt(at + 1) === (one === '.' ? 46 : 61) ? text.slice(at, at + 2) : ''
    if (twoCharacters.has(two)) return push('punctuation', at + 2, two)
    if (oneCharacter.has(one)) return push('punctuation', at + 1, one)
    const character = characterAt(at)
    const end = at + character.length
    // A run of unreadable characters is one mistake.
    const last = errors[errors.length - 1]
    if (last?.code === 'PML1004' && last.span.end === at) {
      const span = { start: last.span.start, end }
      errors[errors.length - 1] = syntaxError('PML1004', span, { character: `\`${characterAt(span.start)}\`` })
    } else errors.push(syntaxError('PML1004', { start: at, end }, { character: `\`${character}\`` }))
    at = end
  }

  while (at < to) {
    const blankEnd = spaceEnd(text, at)
    if (blankEnd > at) {
      if (text.slice(at, blankEnd).includes('\n')) isFirstOnLine = true
      at = blankEnd
      continue
    }
    if (readComment()) continue
    const wordEnd = nameEnd(text, at)
    const character = text[at] ?? ''
    if (wordEnd > at) push('name', wordEnd, text.slice(at, wordEnd))
    else if (character >= '0' && character <= '9') readNumber()
    else if (character === '"') readString()
    else if (character === '`') readBackquoted()
    else readPunctuation()
  }
  push('end', at, '')
  return { tokens, comments, errors }
}

export const spanOf = (token: { start: number; end: number }): Span => ({ start: token.start, end: token.end })
