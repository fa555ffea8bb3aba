import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { SelectionRange } from 'vscode-languageserver-types'
import { stepExpression } from '../../graph/names'
import type { Span } from '../../plan/plan'
import type { Declaration, Document, Expression } from '../ast'
import { childrenOf } from '../check/order'
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
  const { parts, expressions } = insideOf(declaration)
  const inside = [
    ...[declaration.name.span, ...parts].filter((span) => span !== null && span !== undefined),
    ...expressions.flatMap((expression) =>
      expression ? expressionsAround(expression, offset).map(({ span }) => span) : [],
    ),
  ]
  const around = inside.filter((each) => contains(each, offset))
  for (const span of around.sort((a, b) => b.end - b.start - (a.end - a.start))) {
    const outer = spans.at(-1)
    const isInside = outer !== undefined && outer.start <= span.start && span.end <= outer.end
    if (isInside && span.end - span.start < outer.end - outer.start) spans.push(span)
  }
  return spans
}

interface Inside {
  readonly parts: readonly (Span | null | undefined)[]
  readonly expressions: readonly (Expression | null | undefined)[]
}

function insideOf(declaration: Declaration): Inside {
  switch (declaration.kind) {
    case 'source':
      return { parts: [], expressions: declaration.args.map(({ value }) => value) }
    case 'entity':
      return { parts: declaration.keys.map(({ name }) => name.span), expressions: [] }
    case 'feature': {
      const { definition: body, attributes } = declaration
      return {
        parts: [body?.span, ...attributes.map(({ span }) => span)],
        expressions: [body?.expression, body?.where, ...attributes.map(({ value }) => value)],
      }
    }
    case 'model': {
      const { observe, predict, statements, steps, train, validate, health } = declaration
      const blocks = [train, validate, health]
      return {
        parts: [
          ...[observe?.span, predict?.span, ...blocks.map((block) => block?.span), ...steps.map(({ span }) => span)],
          ...blocks.flatMap((block) => block?.clauses.map(({ span }) => span) ?? []),
          ...statements.flatMap(({ span, name }) => [span, name.span]),
        ],
        expressions: [
          ...[observe?.where, predict?.expression, ...steps.map(stepExpression)],
          ...statements.map(({ expression }) => expression),
        ],
      }
    }
  }
}

/** Every expression around an offset, the outermost first. */
export const expressionsAround = (expression: Expression, offset: number): Expression[] =>
  contains(expression.span, offset)
    ? [expression, ...childrenOf(expression).flatMap((part) => expressionsAround(part, offset))]
    : []
