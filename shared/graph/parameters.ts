import type { Expression, FeatureDeclaration, SourceDeclaration } from '../language/ast'
import { featureKinds, statuses, systems } from '../language/check/attributes'
import type { OperatorSide } from '../language/operators/operator'
import { findOperator } from '../language/operators/table'
import type { Span } from '../plan/plan'
import type { GraphControl, GraphParameter } from './graph'
import { parameterOf, replaceableAggregates } from './operators'

type Draft = Omit<GraphParameter, 'text'>

/** The parameters that stand in an expression: literals and named arguments, each with the exact place it is written at. */
export function expressionParameters(text: string, expression: Expression, side: OperatorSide): GraphParameter[] {
  return named(text, fromExpression(expression, side, ''))
}

export function featureParameters(text: string, feature: FeatureDeclaration): GraphParameter[] {
  const body = feature.definition
  const drafts: Draft[] = []
  if (body) {
    const { expression, window, lag, where, from } = body
    if (from && window && expression.kind === 'call') {
      const choices = replaceableAggregates(expression.callee.text, expression.args)
      if (choices.length > 1)
        drafts.push({ name: 'aggregate', span: expression.callee.span, control: 'choice', choices: [...choices] })
    }
    drafts.push(...fromExpression(expression, 'feature', ''))
    if (where)
      drafts.push({
        name: 'where',
        span: where.span,
        control: 'text',
        documentation: 'Only rows for which this holds.',
      })
    if (window?.kind === 'time')
      drafts.push({
        name: 'over',
        span: window.duration.span,
        control: 'duration',
        documentation: 'How far back the window reaches.',
      })
    if (window?.kind === 'rows') {
      const span = integerIn(text, window.span)
      if (span) drafts.push({ name: 'rows', span, control: 'number', documentation: 'How many rows the window holds.' })
    }
    if (lag)
      drafts.push({
        name: 'lag',
        span: lag.span,
        control: 'duration',
        documentation: 'How long before the moment the window ends.',
      })
  }
  for (const attribute of feature.attributes) {
    if (attribute.value)
      drafts.push({
        name: attribute.name.text,
        span: attribute.value.span,
        control: attributeChoices[attribute.name.text] ? 'choice' : controlOf(attribute.value),
        choices: attributeChoices[attribute.name.text],
        documentation: attributeDocumentation[attribute.name.text],
      })
  }
  return named(text, drafts)
}

export function sourceParameters(text: string, source: SourceDeclaration): GraphParameter[] {
  const drafts: Draft[] = source.args.map((argument, index) => ({
    name: argument.name?.text ?? (index === 0 ? 'path' : `argument ${index + 1}`),
    span: argument.value.span,
    control: controlOf(argument.value),
  }))
  if (source.time)
    drafts.push({
      name: 'time',
      span: source.time.span,
      control: 'text',
      documentation: 'The column that says when a row happened.',
    })
  if (source.created)
    drafts.push({
      name: 'created',
      span: source.created.span,
      control: 'text',
      documentation: 'The column that says when a row arrived.',
    })
  return named(text, drafts)
}

const attributeChoices: Readonly<Record<string, readonly string[]>> = {
  status: statuses,
  kind: featureKinds,
  like: systems,
}

const attributeDocumentation: Readonly<Record<string, string>> = {
  default: 'Stands in where nothing is known.',
  unit: 'Unit of the values.',
  owner: 'Who answers for it.',
  like: 'Whose rule the window keeps.',
}

function fromExpression(expression: Expression, side: OperatorSide, prefix: string): Draft[] {
  switch (expression.kind) {
    case 'call':
      return fromCall(expression, side, prefix)
    case 'binary': {
      const isComparison = ['=', '!=', '<', '<=', '>', '>='].includes(expression.operator)
      return [expression.left, expression.right].flatMap((operand) =>
        isLiteral(operand)
          ? [
              {
                name: `${prefix}${isComparison ? 'threshold' : 'constant'}`,
                span: operand.span,
                control: controlOf(operand),
              },
            ]
          : fromExpression(operand, side, prefix),
      )
    }
    case 'unary':
      return fromExpression(expression.operand, side, prefix)
    case 'conditional':
      return [
        ...fromExpression(expression.condition, side, prefix),
        ...(['then', 'otherwise'] as const).flatMap((branch) =>
          isLiteral(expression[branch])
            ? [
                {
                  name: `${prefix}${branch === 'then' ? 'then' : 'else'}`,
                  span: expression[branch].span,
                  control: controlOf(expression[branch]),
                },
              ]
            : fromExpression(expression[branch], side, prefix),
        ),
      ]
    case 'number':
    case 'string':
    case 'bool':
    case 'null':
    case 'duration':
    case 'size':
    case 'range':
    case 'list':
    case 'name':
    case 'error':
      return []
  }
}

function fromCall(call: Extract<Expression, { kind: 'call' }>, side: OperatorSide, prefix: string): Draft[] {
  const operator = findOperator(call.callee.text, side)
  return call.args.flatMap((argument, index): Draft[] => {
    const { value } = argument
    if (!isLiteral(value) && !isTune(value))
      return fromExpression(value, side, `${value.kind === 'call' ? `${value.callee.text}.` : prefix}`)
    const fact = parameterOf(operator, argument, index)
    const name = argument.name?.text ?? fact?.name ?? `argument ${index + 1}`
    return [
      {
        name: `${prefix}${name}`,
        span: value.span,
        control: fact?.choices?.length && !isTune(value) ? 'choice' : controlOf(value),
        choices: fact?.choices?.map((choice) => JSON.stringify(choice)),
        documentation: fact?.documentation,
      },
    ]
  })
}

const isTune = (expression: Expression): boolean => expression.kind === 'call' && expression.callee.text === 'tune'

const isLiteral = (expression: Expression): boolean => {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'bool':
    case 'null':
    case 'duration':
    case 'size':
    case 'range':
      return true
    case 'list':
      return expression.items.every(isLiteral)
    case 'unary':
      return expression.operator === '-' && isLiteral(expression.operand)
    case 'name':
    case 'call':
    case 'binary':
    case 'conditional':
    case 'error':
      return false
  }
}

const controlOf = (expression: Expression): GraphControl => {
  switch (expression.kind) {
    case 'number':
      return 'number'
    case 'bool':
      return 'bool'
    case 'duration':
      return 'duration'
    case 'call':
      return isTune(expression) ? 'tune' : 'text'
    case 'unary':
      return controlOf(expression.operand)
    default:
      return 'text'
  }
}

const integerIn = (text: string, span: Span): Span | null => {
  const match = /\d[\d_]*/.exec(text.slice(span.start, span.end))
  return match ? { start: span.start + match.index, end: span.start + match.index + match[0].length } : null
}

/** Fills in the text and makes names unique: `threshold`, `threshold 2`. */
function named(text: string, drafts: readonly Draft[]): GraphParameter[] {
  const seen = new Map<string, number>()
  return drafts.map((draft) => {
    const count = (seen.get(draft.name) ?? 0) + 1
    seen.set(draft.name, count)
    return {
      ...draft,
      name: count === 1 ? draft.name : `${draft.name} ${count}`,
      text: text.slice(draft.span.start, draft.span.end),
    }
  })
}
