import type { Document, Expression } from '../ast'
import type { Token } from '../syntax/lexer'

/** Where the tree says that two tokens stand closer than their kinds alone would say. */
export interface Tightness {
  /** Ends of names that are called: no space before the parenthesis. */
  readonly calledAt: ReadonlySet<number>
  /** Starts of `-` signs that belong to the number after them. */
  readonly signAt: ReadonlySet<number>
  /** Starts of the `/` in `70/15/15`. */
  readonly sharesIn: readonly { readonly start: number; readonly end: number }[]
}

export const tightnessOf = (document: Document): Tightness => {
  const calledAt = new Set<number>()
  const signAt = new Set<number>()
  const sharesIn: { start: number; end: number }[] = []
  const visit = (expression: Expression | null | undefined): void => {
    switch (expression?.kind) {
      case 'call':
        calledAt.add(expression.callee.span.end)
        for (const argument of expression.args) visit(argument.value)
        return
      case 'unary':
        if (expression.operator === '-') signAt.add(expression.span.start)
        visit(expression.operand)
        return
      case 'binary':
        visit(expression.left)
        visit(expression.right)
        return
      case 'conditional':
        visit(expression.condition)
        visit(expression.then)
        visit(expression.otherwise)
        return
      case 'range':
        visit(expression.low)
        visit(expression.high)
        return
      case 'list':
        for (const item of expression.items) visit(item)
    }
  }
  for (const declaration of document.declarations) {
    switch (declaration.kind) {
      case 'source':
        if (declaration.reader) calledAt.add(declaration.reader.span.end)
        for (const argument of declaration.args) visit(argument.value)
        break
      case 'entity':
        calledAt.add(declaration.name.span.end)
        break
      case 'feature':
        visit(declaration.definition?.expression)
        visit(declaration.definition?.where)
        for (const attribute of declaration.attributes) visit(attribute.value)
        break
      case 'model':
        visit(declaration.observe?.where)
        visit(declaration.predict?.expression)
        for (const step of declaration.steps) {
          if (step.kind === 'filter') visit(step.condition)
          else if (step.kind === 'top' || step.kind === 'sort') visit(step.by)
        }
        for (const statement of declaration.statements) visit(statement.expression)
        for (const clause of [declaration.train, declaration.validate, declaration.health].flatMap(
          (block) => block?.clauses ?? [],
        )) {
          if (clause.kind === 'split') sharesIn.push(clause.span)
          else if ('limit' in clause) visit(clause.limit)
          else if ('expression' in clause) visit(clause.expression)
          else if ('value' in clause) visit(clause.value)
        }
    }
  }
  return { calledAt, signAt, sharesIn }
}

const noneAfter: ReadonlySet<string> = new Set(['(', '[', '..'])
const noneBefore: ReadonlySet<string> = new Set([')', ']', ',', ':', '..'])

/** What stands between two tokens of one line. */
export const gapBetween = (left: Token, right: Token, tight: Tightness): '' | ' ' => {
  const isRightPunctuation = right.kind === 'punctuation'
  if (left.kind === 'punctuation') {
    if (noneAfter.has(left.text)) return ''
    if (left.text === '-' && tight.signAt.has(left.start)) return ''
    if (left.text === '/' && isShare(left, tight)) return ''
    if (left.text === '{' && isRightPunctuation && right.text === '}') return ''
  }
  if (!isRightPunctuation) return ' '
  if (noneBefore.has(right.text)) return ''
  if (right.text === '(' && tight.calledAt.has(left.end)) return ''
  // `vector[8]`: the only bracket that stands behind a name.
  if (right.text === '[' && left.kind === 'name' && left.text === 'vector') return ''
  if (right.text === '/' && isShare(right, tight)) return ''
  return ' '
}

const isShare = (token: Token, { sharesIn }: Tightness): boolean =>
  sharesIn.some(({ start, end }) => token.start > start && token.end < end)
