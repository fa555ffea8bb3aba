import { type Dialect, type ForeignToken, foreignTokens, Untranslatable } from './tokens'

/** Deepest nesting that is read; more is nothing a person wrote. */
const deepest = 100

/** Walks the tokens of one foreign expression, and keeps what is learnt on the way. */
export interface Reader {
  readonly dialect: Dialect
  readonly rename: (name: string) => string
  /** Names that it reads, in order, each once. */
  readonly names: Set<string>
  /** What about its meaning is different. */
  readonly remarks: Set<string>
  peek(ahead?: number): ForeignToken
  next(): ForeignToken
  isSymbol(text: string, ahead?: number): boolean
  isWord(text: string, ahead?: number): boolean
  takeSymbol(text: string): boolean
  takeWord(text: string): boolean
  expectSymbol(text: string): void
  expectWord(text: string): void
  /** Reads something that may hold others of its kind. */
  nested<T>(read: () => T): T
  fail(reason: string): never
}

const end: ForeignToken = { kind: 'end', text: '', isQuoted: false }

export const createReader = (text: string, dialect: Dialect, rename: Reader['rename']): Reader => {
  const tokens = foreignTokens(text)
  let at = 0
  let depth = 0
  const fail = (reason: string): never => {
    throw new Untranslatable(reason)
  }
  const reader: Reader = {
    dialect,
    rename,
    names: new Set(),
    remarks: new Set(),
    peek: (ahead = 0) => tokens[at + ahead] ?? end,
    next: () => tokens[at++] ?? end,
    isSymbol: (symbol, ahead) => reader.peek(ahead).kind === 'symbol' && reader.peek(ahead).text === symbol,
    isWord: (word, ahead) => {
      const token = reader.peek(ahead)
      return token.kind === 'name' && !token.isQuoted && token.text.toLowerCase() === word
    },
    takeSymbol: (symbol) => reader.isSymbol(symbol) && reader.next().kind === 'symbol',
    takeWord: (word) => reader.isWord(word) && reader.next().kind === 'name',
    expectSymbol: (symbol) => {
      const found = reader.peek()
      if (!reader.takeSymbol(symbol))
        fail(`\`${symbol}\` is missing ${found.kind === 'end' ? 'at the end' : `before \`${found.text}\``}.`)
    },
    expectWord: (word) => {
      if (!reader.takeWord(word)) fail(`\`${word.toUpperCase()}\` is missing.`)
    },
    nested: (read) => {
      if (++depth > deepest) fail('It is nested too deeply.')
      const result = read()
      depth--
      return result
    },
    fail,
  }
  return reader
}
