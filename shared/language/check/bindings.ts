import type { Span } from '../../plan/plan'
import type { Argument, BinaryOperator, Expression } from '../ast'
import type { Fix } from '../diagnostic'
import { nearest } from '../nearest'
import { leadingParameters, type Operator, type OperatorSide, signatureOf } from '../operators/operator'
import { callableNames, findOperator } from '../operators/table'
import { type Report, replacements } from './report'

/** An application of an operator, however it is written: `a + b`, `-a`, `if c then a else b`, `f(a, n: 1)`. */
export interface Application {
  readonly operator: Operator
  readonly inputs: readonly Expression[]
  readonly parameters: ReadonlyMap<string, Expression>
}

/** What an expression applies; null for names and literals, and after a mistake that was told. */
export const applicationOf = (
  expression: Expression,
  side: OperatorSide,
  at: { readonly report: Report; readonly file: string },
): Application | null => {
  switch (expression.kind) {
    case 'unary':
      return symbol(expression.operator === '-' ? 'neg' : 'not', [expression.operand])
    case 'binary':
      return symbol(expression.operator, [expression.left, expression.right])
    case 'conditional':
      return symbol('if', [expression.condition, expression.then, expression.otherwise])
    case 'call':
      return bindCall(expression, side, at)
    default:
      return null
  }
}

const symbol = (name: BinaryOperator | 'neg' | 'not' | 'if', inputs: readonly Expression[]): Application | null => {
  const operator = findOperator(name, 'feature')
  return operator && { operator, inputs, parameters: new Map() }
}

const roleNames = {
  row: 'a function of one row',
  aggregate: 'an aggregate',
  transform: 'a transform',
  algorithm: 'an algorithm',
  combinator: 'a combinator',
  output: 'an output function',
} as const

const bindCall = (
  call: Extract<Expression, { kind: 'call' }>,
  side: OperatorSide,
  { report, file }: { readonly report: Report; readonly file: string },
): Application | null => {
  const name = call.callee.text
  const operator = findOperator(name, side)
  if (!operator || (operator.isSymbol && name !== 'if')) {
    const other = findOperator(name, side === 'feature' ? 'model' : 'feature')
    const [role] = other?.roles ?? []
    if (other && role) report.add(file, 'PML1111', call.callee.span, { name, role: roleNames[role], side })
    else {
      const near = nearest(name, callableNames(side))
      report.add(file, 'PML1106', call.callee.span, { name, nearest: near }, replacements(call.callee.span, near))
    }
    return null
  }
  const inputs: Expression[] = []
  const parameters = new Map<string, Expression>()
  const isRepeated = operator.inputs.some((input) => input.isRepeated)
  let isBad = false
  const leading = [...leadingParameters(operator)]
  const following = operator.parameters.filter((parameter) => !parameter.isLeading)
  const setParameter = (parameter: string, argument: Argument) => {
    if (parameters.has(parameter)) report.add(file, 'PML1209', argument.span, { operator: name, parameter })
    else parameters.set(parameter, argument.value)
  }
  for (const argument of call.args) {
    if (argument.name) {
      if (operator.parameters.some((parameter) => parameter.name === argument.name?.text))
        setParameter(argument.name.text, argument)
      else {
        isBad = true
        unknownParameter(operator, argument, argument.name.span, { report, file })
      }
    } else if (argument.value.kind === 'string' && leading[0]) setParameter(leading.shift()?.name ?? '', argument)
    else if (isRepeated || inputs.length < operator.inputs.length) inputs.push(argument.value)
    else {
      const parameter = following.shift()
      if (parameter) setParameter(parameter.name, argument)
      else {
        isBad = true
        tooMany(operator, call, { report, file })
      }
    }
  }
  const needed = operator.inputs.filter((input) => !input.isOptional).length
  if (inputs.length < needed) {
    if (!isBad)
      report.add(file, 'PML1205', call.span, {
        operator: name,
        signature: signatureOf(operator),
        found: call.args.length,
      })
    return null
  }
  for (const parameter of operator.parameters)
    if (parameter.isRequired && !parameters.has(parameter.name) && !isBad) {
      isBad = true
      report.add(file, 'PML1207', call.span, {
        operator: name,
        parameter: parameter.name,
        documentation: parameter.documentation,
      })
    }
  return isBad ? null : { operator, inputs, parameters }
}

const tooMany = (
  operator: Operator,
  call: { readonly span: Span; readonly args: readonly Argument[] },
  { report, file }: { readonly report: Report; readonly file: string },
): void =>
  report.add(file, 'PML1205', call.span, {
    operator: operator.name,
    signature: signatureOf(operator),
    found: call.args.length,
  })

const unknownParameter = (
  operator: Operator,
  argument: Argument,
  span: Span,
  { report, file }: { readonly report: Report; readonly file: string },
): void => {
  const known = operator.parameters.map(({ name }) => name)
  const parameter = argument.name?.text ?? ''
  const near = nearest(parameter, known)
  const fixes: Fix[] = replacements(span, near)
  report.add(file, 'PML1206', span, { operator: operator.name, parameter, nearest: near, known }, fixes)
}
