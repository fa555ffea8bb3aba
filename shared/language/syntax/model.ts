import type { ClauseBlock, Expression, ModelDeclaration, ModelStatement, RankingStep } from '../ast'
import { nearest } from '../nearest'
import { parseBlock } from './clauses'
import { type Cursor, statementKeywords } from './cursor'
import { parseExpression } from './expressions'
import { spanOf } from './lexer'
import { parseRank, parseStep } from './ranking'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type ModelParts = Mutable<
  Pick<ModelDeclaration, 'observe' | 'predict' | 'rank' | 'train' | 'validate' | 'health'> & {
    statements: ModelStatement[]
    steps: RankingStep[]
  }
>

/** `model name { … }` */
export const parseModel = (cursor: Cursor, documentation: string): ModelDeclaration | null => {
  const start = cursor.next().start
  const name = cursor.expectName('the model’s name')
  if (!name) return null
  const parts: ModelParts = {
    observe: null,
    predict: null,
    rank: null,
    train: null,
    validate: null,
    health: null,
    statements: [],
    steps: [],
  }
  const open = cursor.peek()
  if (cursor.expectPunctuation('{')) {
    while (!cursor.isAtEnd() && !cursor.isPunctuation('}') && !cursor.isDeclarationStart()) {
      const before = cursor.position()
      parseStatement(cursor, parts)
      if (cursor.position() === before) cursor.next()
    }
    cursor.close(open, '}')
  }
  return { kind: 'model', span: cursor.spanFrom(start), name, documentation, ...parts }
}

const parseStatement = (cursor: Cursor, parts: ModelParts): void => {
  const token = cursor.peek()
  const start = token.start
  if (cursor.isRankingStart()) {
    if (token.text === 'rank') {
      once(cursor, parts.rank !== null, token)
      parts.rank = parseRank(cursor)
    } else {
      const step = parseStep(cursor)
      if (step) parts.steps.push(step)
    }
    return
  }
  if (token.kind !== 'name' || token.isQuoted || !statementKeywords.has(token.text)) {
    const [guess = null] = token.kind === 'name' ? nearest(token.text, statementKeywords, 1) : []
    const expected =
      '`observe`, `predict`, `rank by`, `use`, `let`, `output`, `train`, `validate`, `health`, a ranking step or `}`'
    cursor.fail('PML1009', spanOf(token), { word: token.text, nearest: guess, expected })
    cursor.next()
    cursor.skipUntil(() => cursor.isPunctuation('}') || cursor.isNewStatement())
    return
  }
  switch (token.text) {
    case 'train':
    case 'validate':
    case 'health': {
      const block: ClauseBlock = parseBlock(cursor, token.text)
      once(cursor, parts[token.text] !== null, token)
      parts[token.text] = block
      return
    }
    case 'observe': {
      once(cursor, parts.observe !== null, token)
      cursor.next()
      const source = cursor.expectName('a source')
      if (!source) return
      const where = cursor.takeWord('where') ? parseExpression(cursor) : null
      parts.observe = { span: cursor.spanFrom(start), source, where }
      return
    }
    case 'predict': {
      once(cursor, parts.predict !== null, token)
      const named = parseNamed(cursor, 'the label’s name')
      if (named) parts.predict = { span: cursor.spanFrom(start), ...named }
      return
    }
    case 'use':
      parseUse(cursor, parts.statements)
      return
    default: {
      const kind = token.text === 'let' ? 'let' : 'output'
      const named = parseNamed(cursor, kind === 'let' ? 'a name' : 'the output’s name')
      if (named) parts.statements.push({ kind, span: cursor.spanFrom(start), ...named })
    }
  }
}

const once = (cursor: Cursor, isRepeated: boolean, token: { text: string; start: number; end: number }): void => {
  if (isRepeated) cursor.fail('PML1008', spanOf(token), { clause: token.text })
}

/** `keyword name = expression` */
const parseNamed = (cursor: Cursor, what: string) => {
  cursor.next()
  const name = cursor.expectName(what)
  if (!name) return null
  const end = name.span.end
  const expression: Expression = cursor.expectPunctuation('=')
    ? parseExpression(cursor)
    : { kind: 'error', span: { start: end, end } }
  return { name, expression }
}

const parseUse = (cursor: Cursor, statements: ModelStatement[]): void => {
  const start = cursor.next().start
  const name = cursor.expectName('a column or a feature')
  if (!name) return
  const expression = cursor.takePunctuation('=') ? parseExpression(cursor) : null
  const by = cursor.takeWord('by') ? cursor.nameOrNames('a column') : []
  statements.push({ kind: 'use', span: cursor.spanFrom(start), name, expression, by })
}
