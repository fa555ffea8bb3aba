import type { Span } from '../../plan/plan'
import type { Identifier, SyntaxProblem, TypedName, TypeName } from '../ast'
import { spanOf, type Token } from './lexer'
import { type SyntaxCode, type SyntaxParams, syntaxError } from './syntaxError'

export const declarationKeywords: ReadonlySet<string> = new Set([
  'source',
  'entity',
  'feature',
  'model',
  'namespace',
  'import',
])
export const statementKeywords: ReadonlySet<string> = new Set([
  'observe',
  'predict',
  'use',
  'let',
  'output',
  'train',
  'validate',
  'health',
])
/** Statements about the candidates of a request, with what tells each from a name of the same spelling. */
const rankingWords: ReadonlyMap<string, 'by' | 'number' | 'name' | 'value'> = new Map([
  ['rank', 'by'],
  ['sort', 'by'],
  ['group', 'by'],
  ['distinct', 'by'],
  ['top', 'number'],
  ['union', 'name'],
  ['filter', 'value'],
] as const)

/** After a name these go on with its expression: `source and …` declares nothing. */
const connectives: ReadonlySet<string> = new Set(['and', 'or', 'then', 'else', 'from', 'by', 'where', 'over', 'lag'])

const found = (token: Token): string => {
  if (token.kind === 'end') return 'the end of the file'
  if (token.kind === 'string') return 'a text'
  return `\`${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}\``
}

/** A place in the tokens, with the errors met so far. Reading never goes past the final `end` token. */
export class Cursor {
  readonly errors: SyntaxProblem[] = []
  private index = 0
  private lastErrorAt = -1
  private furthest = -1

  constructor(private readonly tokens: readonly Token[]) {}

  peek(ahead = 0): Token {
    const at = Math.min(this.index + ahead, this.tokens.length - 1)
    if (at > this.furthest) this.furthest = at
    const token = this.tokens[at]
    if (!token) throw new RangeError('a token list ends with an end token')
    return token
  }

  position(): number {
    return this.index
  }

  isAtEnd(): boolean {
    return this.peek().kind === 'end'
  }

  next(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.index++
    return token
  }

  /** End of the furthest token looked at so far. */
  reach(): number {
    return this.tokens[this.furthest]?.end ?? 0
  }

  /** Whether the end of the tokens was seen, if only from afar. */
  hasSeenEnd(): boolean {
    return this.furthest === this.tokens.length - 1
  }

  /** End of the last token read. */
  previousEnd(): number {
    return this.tokens[this.index - 1]?.end ?? 0
  }

  spanFrom(start: number): Span {
    return { start, end: Math.max(start, this.previousEnd()) }
  }

  isPunctuation(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'punctuation' && token.text === text
  }

  isWord(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'name' && !token.isQuoted && token.text === text
  }

  takePunctuation(text: string): Token | null {
    return this.isPunctuation(text) ? this.next() : null
  }

  takeWord(text: string): Token | null {
    return this.isWord(text) ? this.next() : null
  }

  /** One message a place: what follows from a mistake already told is not told again. */
  fail<C extends SyntaxCode>(code: C, span: Span, params: SyntaxParams<C>): void {
    if (this.lastErrorAt === this.index) return
    this.lastErrorAt = this.index
    this.errors.push(syntaxError(code, span, params))
  }

  failExpected(expected: string): void {
    const token = this.peek()
    this.fail('PML1001', spanOf(token), { expected, found: found(token) })
  }

  expectPunctuation(text: string): Token | null {
    const token = this.takePunctuation(text)
    if (!token) this.failExpected(`\`${text}\``)
    return token
  }

  expectWord(text: string): Token | null {
    const token = this.takeWord(text)
    if (!token) this.failExpected(`\`${text}\``)
    return token
  }

  expectName(what: string): Identifier | null {
    const token = this.peek()
    if (token.kind === 'name' && !this.isNewStatement()) {
      this.next()
      return { text: token.text, span: spanOf(token) }
    }
    this.failExpected(what)
    return null
  }

  /** `a` or `(a, b, c)`. */
  nameOrNames(what: string): Identifier[] {
    const open = this.takePunctuation('(')
    if (!open) {
      const single = this.expectName(what)
      return single ? [single] : []
    }
    const names: Identifier[] = []
    while (!this.isAtEnd() && !this.isPunctuation(')')) {
      const item = this.expectName(what)
      if (!item) break
      names.push(item)
      if (!this.takePunctuation(',')) break
    }
    this.close(open, ')')
    return names
  }

  close(open: Token, text: string): void {
    if (this.takePunctuation(text)) return
    if (this.isAtEnd() || this.isNewStatement())
      this.fail('PML1006', spanOf(open), { open: open.text, close: text, missed: this.spanFrom(this.previousEnd()) })
    else this.failExpected(`\`${text}\``)
  }

  /** A keyword at the start of a line, with what must follow it: nothing before it can go on through it. */
  isNewStatement(): boolean {
    const token = this.peek()
    return token.isFirstOnLine && (this.isDeclarationStart() || this.isStatementStart())
  }

  isDeclarationStart(ahead = 0): boolean {
    const token = this.peek(ahead)
    const next = this.peek(ahead + 1)
    return (
      token.kind === 'name' &&
      !token.isQuoted &&
      declarationKeywords.has(token.text) &&
      next.kind === 'name' &&
      (next.isQuoted || !connectives.has(next.text))
    )
  }

  /** Whether a comma stands directly inside a bracket, which tells `if(a, b, c)` from `if (a) then b else c`. */
  hasCommaInside(open: number): boolean {
    let depth = 0
    for (let ahead = open + 1; ; ahead++) {
      const { kind, text, isFirstOnLine } = this.peek(ahead)
      if (kind === 'end' || (isFirstOnLine && this.isDeclarationStart(ahead))) return false
      if (kind !== 'punctuation') continue
      if (text === '(' || text === '[' || text === '{') depth++
      else if (text === ')' || text === ']' || text === '}') {
        if (depth === 0) return false
        depth--
      } else if (text === ',' && depth === 0) return true
    }
  }

  isStatementStart(): boolean {
    const token = this.peek()
    if (token.kind !== 'name' || token.isQuoted) return false
    if (this.isRankingStart()) return true
    if (!statementKeywords.has(token.text)) return false
    const isBlock = token.text === 'train' || token.text === 'validate' || token.text === 'health'
    return isBlock ? this.isPunctuation('{', 1) : this.peek(1).kind === 'name'
  }

  isRankingStart(): boolean {
    const token = this.peek()
    const wanted = token.kind === 'name' && !token.isQuoted ? rankingWords.get(token.text) : undefined
    const next = this.peek(1)
    switch (wanted) {
      case undefined:
        return false
      case 'by':
        return this.isWord('by', 1)
      case 'number':
        return next.kind === 'number'
      case 'name':
        return next.kind === 'name' && !connectives.has(next.text)
      case 'value':
        return next.kind === 'name' ? !connectives.has(next.text) : next.kind === 'number' || next.text === '('
    }
  }

  /** A type: `float`, or `vector[8]`. */
  expectType(what = 'a type'): TypeName | null {
    const name = this.expectName(what)
    if (!name) return null
    const open = this.peek()
    if (name.text !== 'vector' || !this.takePunctuation('[')) return { ...name, length: null }
    const token = this.peek()
    const length = token.kind === 'number' ? this.next().value : null
    if (length === null) this.failExpected('the length of the vector')
    this.close(open, ']')
    return { text: name.text, span: this.spanFrom(name.span.start), length }
  }

  /** `(a: int, b: string)`, of which the opening parenthesis was read. */
  typedNames(open: Token, what: string): TypedName[] {
    const names: TypedName[] = []
    while (!this.isAtEnd() && !this.isPunctuation(')')) {
      const name = this.expectName(what)
      if (!name) break
      names.push({ name, type: this.takePunctuation(':') ? this.expectType() : null })
      if (!this.takePunctuation(',')) break
    }
    this.close(open, ')')
    return names
  }

  /** Passes over tokens until `isStop`, or a declaration at the start of a line. */
  skipUntil(isStop: () => boolean): void {
    while (!this.isAtEnd() && !isStop()) {
      if (this.peek().isFirstOnLine && this.isDeclarationStart()) return
      this.next()
    }
  }
}
