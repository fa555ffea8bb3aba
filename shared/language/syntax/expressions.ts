import type { Argument, BinaryOperator, DurationLiteral, Expression, Identifier } from '../ast'
import type { Cursor } from './cursor'
import { spanOf, type Token } from './lexer'

/** Deepest nesting that is read. Everything that walks the tree recurses at most this deep. */
export const nestingLimit = 200

const binaryPowers: ReadonlyMap<string, { readonly operator: BinaryOperator; readonly power: number }> = new Map(
  (
    [
      ['or', 1],
      ['and', 2],
      ['=', 4],
      ['!=', 4],
      ['<', 4],
      ['<=', 4],
      ['>', 4],
      ['>=', 4],
      ['+', 5],
      ['-', 5],
      ['*', 6],
      ['/', 6],
      ['%', 6],
    ] as const
  ).map(([operator, power]) => [operator, { operator, power }]),
)
const notPower = 3
const comparisonPower = 4
const negationPower = 7
/** Above comparison: for a limit such as `auc >= 0.6 + 0.05`. */
export const limitPower = comparisonPower + 1

/** Words that continue a declaration or an expression and so never begin one. */
const continuing: ReadonlySet<string> = new Set(['from', 'by', 'where', 'over', 'lag', 'then', 'else', 'and', 'or'])

interface Read {
  readonly expression: Expression
  readonly height: number
}

const leaf = (expression: Expression): Read => ({ expression, height: 1 })

export const parseExpression = (cursor: Cursor, minimumPower = 0): Expression =>
  read(cursor, minimumPower, 0).expression

const read = (cursor: Cursor, minimumPower: number, depth: number): Read => {
  if (depth >= nestingLimit) return tooDeep(cursor)
  let left = readPrefix(cursor, depth)
  for (;;) {
    const token = cursor.peek()
    const isOperator = token.kind === 'punctuation' || (token.kind === 'name' && !token.isQuoted)
    const binary = isOperator ? binaryPowers.get(token.text) : undefined
    if (!binary || binary.power < minimumPower) return left
    cursor.next()
    const right = read(cursor, binary.power + 1, depth + 1)
    const span = { start: left.expression.span.start, end: right.expression.span.end }
    const height = Math.max(left.height, right.height) + 1
    if (height > nestingLimit) {
      cursor.fail('PML1005', spanOf(token), { limit: nestingLimit })
      left = leaf({ kind: 'error', span })
      skipOperators(cursor)
      continue
    }
    left = {
      expression: {
        kind: 'binary',
        span,
        operator: binary.operator,
        operatorSpan: spanOf(token),
        left: left.expression,
        right: right.expression,
      },
      height,
    }
  }
}

/** After a chain grew too long, the rest of it is passed over, so that it is told once. */
const skipOperators = (cursor: Cursor): void => {
  let depth = 0
  while (!cursor.isAtEnd() && !cursor.isNewStatement()) {
    if (depth === 0 && ([')', ']', '}', ','] as const).some((close) => cursor.isPunctuation(close))) return
    const { text, kind } = cursor.next()
    if (kind !== 'punctuation') continue
    if (text === '(' || text === '[' || text === '{') depth++
    else if (text === ')' || text === ']' || text === '}') depth--
  }
}

const tooDeep = (cursor: Cursor): Read => {
  const start = cursor.peek().start
  cursor.fail('PML1005', spanOf(cursor.peek()), { limit: nestingLimit })
  skipOperators(cursor)
  return leaf({ kind: 'error', span: cursor.spanFrom(start) })
}

const missing = (cursor: Cursor): Read => {
  cursor.failExpected('an expression')
  const at = cursor.previousEnd()
  return leaf({ kind: 'error', span: { start: at, end: at } })
}

const readPrefix = (cursor: Cursor, depth: number): Read => {
  const token = cursor.peek()
  switch (token.kind) {
    case 'number':
      cursor.next()
      return leaf({ kind: 'number', span: spanOf(token), value: token.value, isInteger: /^\d+$/.test(token.text) })
    case 'duration':
      cursor.next()
      return leaf(durationOf(token))
    case 'size':
      cursor.next()
      return leaf({ kind: 'size', span: spanOf(token), bytes: token.value })
    case 'string':
      cursor.next()
      return leaf({ kind: 'string', span: spanOf(token), value: token.text })
    case 'name':
      return readName(cursor, token, depth)
    case 'punctuation':
      return readPunctuation(cursor, token, depth)
    case 'end':
      return missing(cursor)
  }
}

const readPunctuation = (cursor: Cursor, token: Token, depth: number): Read => {
  if (token.text === '-') return readUnary(cursor, '-', depth)
  if (token.text === '[') {
    cursor.next()
    const { items, height } = readItems(cursor, token, ']', depth)
    return { expression: { kind: 'list', span: cursor.spanFrom(token.start), items }, height }
  }
  if (token.text !== '(') return missing(cursor)
  cursor.next()
  const inner = read(cursor, 0, depth + 1)
  cursor.close(token, ')')
  return { expression: inner.expression, height: inner.height + 1 }
}

const readUnary = (cursor: Cursor, operator: '-' | 'not', depth: number): Read => {
  const token = cursor.next()
  const operand = read(cursor, operator === '-' ? negationPower : notPower, depth + 1)
  const span = cursor.spanFrom(token.start)
  return { expression: { kind: 'unary', span, operator, operand: operand.expression }, height: operand.height + 1 }
}

const readName = (cursor: Cursor, token: Token, depth: number): Read => {
  if (!token.isQuoted) {
    if (cursor.isNewStatement()) return missing(cursor)
    switch (token.text) {
      case 'true':
      case 'false':
        cursor.next()
        return leaf({ kind: 'bool', span: spanOf(token), value: token.text === 'true' })
      case 'null':
        cursor.next()
        return leaf({ kind: 'null', span: spanOf(token) })
      case 'not':
        return readUnary(cursor, 'not', depth)
      case 'if':
        if (!(cursor.isPunctuation('(', 1) && cursor.hasCommaInside(1))) return readConditional(cursor, depth)
    }
    if (continuing.has(token.text)) return missing(cursor)
  }
  cursor.next()
  const name: Identifier = { text: token.text, span: spanOf(token) }
  const open = cursor.peek()
  if (!cursor.takePunctuation('(')) return leaf({ kind: 'name', span: name.span, name })
  const { args, height } = readArguments(cursor, open, depth)
  return { expression: { kind: 'call', span: cursor.spanFrom(token.start), callee: name, args }, height }
}

const readConditional = (cursor: Cursor, depth: number): Read => {
  const start = cursor.next().start
  const condition = read(cursor, 0, depth + 1)
  cursor.expectWord('then')
  const then = read(cursor, 0, depth + 1)
  cursor.expectWord('else')
  const otherwise = read(cursor, 0, depth + 1)
  return {
    expression: {
      kind: 'conditional',
      span: cursor.spanFrom(start),
      condition: condition.expression,
      // biome-ignore lint/suspicious/noThenProperty: a tree of plain data, never awaited
      then: then.expression,
      otherwise: otherwise.expression,
    },
    height: Math.max(condition.height, then.height, otherwise.height) + 1,
  }
}

/** An argument or list item: an expression, or `low..high`. */
const readRange = (cursor: Cursor, depth: number): Read => {
  const low = read(cursor, 0, depth + 1)
  if (!cursor.takePunctuation('..')) return low
  const high = read(cursor, 0, depth + 1)
  const span = { start: low.expression.span.start, end: Math.max(high.expression.span.end, cursor.previousEnd()) }
  return {
    expression: { kind: 'range', span, low: low.expression, high: high.expression },
    height: Math.max(low.height, high.height) + 1,
  }
}

const readItems = (cursor: Cursor, open: Token, close: string, depth: number) => {
  const items: Expression[] = []
  let height = 1
  while (!cursor.isAtEnd() && !cursor.isPunctuation(close)) {
    const item = readRange(cursor, depth)
    items.push(item.expression)
    height = Math.max(height, item.height + 1)
    if (!cursor.takePunctuation(',')) break
  }
  cursor.close(open, close)
  return { items, height }
}

const readArguments = (cursor: Cursor, open: Token, depth: number): { args: Argument[]; height: number } => {
  const args: Argument[] = []
  let height = 1
  while (!cursor.isAtEnd() && !cursor.isPunctuation(')')) {
    const token = cursor.peek()
    const isNamed = token.kind === 'name' && cursor.isPunctuation(':', 1)
    const name = isNamed ? { text: token.text, span: spanOf(token) } : null
    if (isNamed) {
      cursor.next()
      cursor.next()
    }
    const value = readRange(cursor, depth)
    args.push({
      span: cursor.spanFrom(name ? token.start : value.expression.span.start),
      name,
      value: value.expression,
    })
    height = Math.max(height, value.height + 1)
    if (!cursor.takePunctuation(',')) break
  }
  cursor.close(open, ')')
  return { args, height }
}

/** The arguments of a call whose name was read already: `parquet("…")`. */
export const parseArguments = (cursor: Cursor): Argument[] => {
  const open = cursor.peek()
  return cursor.expectPunctuation('(') ? readArguments(cursor, open, 0).args : []
}

const durationOf = (token: Token): DurationLiteral => ({
  kind: 'duration',
  span: spanOf(token),
  micros: token.value,
})

export const parseDuration = (cursor: Cursor): DurationLiteral | null => {
  const token = cursor.peek()
  if (token.kind === 'duration') {
    cursor.next()
    return durationOf(token)
  }
  cursor.failExpected('a duration such as `15m`')
  return null
}
