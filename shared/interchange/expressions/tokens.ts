/** Two expression languages that foreign feature definitions are written in: Feathr's MVEL, and Spark's SQL. */
export type Dialect = 'mvel' | 'sql'

export interface ForeignToken {
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'end'
  /** A name or string without its quotes, otherwise as written. */
  readonly text: string
  /** A name in backquotes is never a word of the language. */
  readonly isQuoted: boolean
}

/** Said of an expression that cannot be carried; caught by `translate` and nowhere else. */
export class Untranslatable extends Error {
  override readonly name = 'Untranslatable'
}

const patterns = {
  space: /\s+/y,
  number: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}_])/uy,
  name: /[\p{L}_$][\p{L}\p{M}\p{N}_]*/uy,
  quotedName: /`([^`]+)`/y,
  string: /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y,
  symbol: /&&|\|\||==|!=|<>|<=|>=|[-+*/%()<>=!?:,.[\]]/y,
}

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }
const withoutEscapes = (text: string): string =>
  text.replaceAll(/\\(.)/gs, (_, character: string) => controls[character] ?? character)

export const foreignTokens = (text: string): readonly ForeignToken[] => {
  const tokens: ForeignToken[] = []
  let at = 0
  const take = (kind: ForeignToken['kind'], found: RegExpExecArray, value: string, isQuoted = false): void => {
    tokens.push({ kind, text: value, isQuoted })
    at += found[0].length
  }
  while (at < text.length) {
    const space = match(patterns.space, text, at)
    const number = match(patterns.number, text, at)
    const name = match(patterns.name, text, at)
    const quoted = match(patterns.quotedName, text, at)
    const string = match(patterns.string, text, at)
    const symbol = match(patterns.symbol, text, at)
    if (space) at += space[0].length
    else if (number) take('number', number, number[0])
    else if (name) take('name', name, name[0])
    else if (quoted) take('name', quoted, quoted[1] ?? '', true)
    else if (string) take('string', string, withoutEscapes(string[1] ?? string[2] ?? ''))
    else if (symbol) take('symbol', symbol, symbol[0])
    else throw new Untranslatable(`\`${text[at]}\` has no counterpart.`)
  }
  return [...tokens, { kind: 'end', text: '', isQuoted: false }]
}
