import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { SelectionRange } from 'vscode-languageserver-types'
import type { Span } from '../../plan/plan'
import type { Document, Expression } from '../ast'
import { contains, rangeOf } from './text'

/** What is selected when a selection grows: the name, the expressions around it, the statement, the declaration, the file. */
export function selectionAt(document: Document, text: TextDocument, offset: number): SelectionRange {
  let range: SelectionRange = { range: rangeOf(text, { start: 0, end: document.text.length }) }
  for (const span of spansAround(document, offset)) range = { range: rangeOf(text, span), parent: range }
  return range
}

/** From the outermost in; each lies inside the one before. */
function spansAround(document: Document, offset: number): Span[] {
  const declaration = document.declarations.find(({ span }) => contains(span, offset))
  if (!declaration) return []
  const spans: Span[] = [declaration.span]
  const parts: (Span | null | undefined)[] = [declaration.name.span]
  const expressions: (Expression | null | undefined)[] = []
  if (declaration.kind === 'feature') {
    const body = declaration.definition
    parts.push(body?.span, ...declaration.attributes.map(({ span }) => span))
    expressions.push(body?.expression, body?.where, ...declaration.attributes.map(({ value }) => value))
  }
  if (declaration.kind === 'source') expressions.push(...declaration.args.map(({ value }) => value))
  if (declaration.kind === 'model') {
    const blocks = [declaration.train, declaration.validate, declaration.health]
    parts.push(declaration.observe?.span, declaration.predict?.span, ...blocks.map((block) => block?.span))
    parts.push(...blocks.flatMap((block) => block?.clauses.map(({ span }) => span) ?? []))
    parts.push(...declaration.statements.flatMap(({ span, name }) => [span, name.span]))
    expressions.push(declaration.observe?.where, declaration.predict?.expression)
    expressions.push(...declaration.statements.map(({ expression }) => expression))
  }
  const inside = [
    ...parts.filter((span) => span !== null && span !== undefined),
    ...expressions.flatMap((expression) =>
      expression ? expressionsAround(expression, offset).map(({ span }) => span) : [],
    ),
  ]
  for (const span of inside
    .filter((each) => contains(each, offset))
    .sort((a, b) => b.end - b.start - (a.end - a.start))) {
    const outer = spans.at(-1)
    if (
      outer &&
      outer.start <= span.start &&
      span.end <= outer.end &&
      (outer.start < span.start || span.end < outer.end)
    )
      spans.push(span)
  }
  return spans
}

/** Every expression around an offset, the outermost first. */
export const expressionsAround = (expression: Expression, offset: number): Expression[] =>
  contains(expression.span, offset)
    ? [expression, ...partsOf(expression).flatMap((part) => expressionsAround(part, offset))]
    : []

export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'call':
      return expression.args.map(({ value }) => value)
    case 'unary':
      return [expression.operand]
    case 'binary':
      return [expression.left, expression.right]
    case 'conditional':
      return [expression.condition, expression.then, expression.otherwise]
    case 'range':
      return [expression.low, expression.high]
    case 'list':
      return expression.items
    default:
      return []
  }
}
