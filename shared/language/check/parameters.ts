import type { ParamValue } from '../../plan/plan'
import type { Expression } from '../ast'
import type { Fix } from '../diagnostic'
import type { Operator, OperatorParameter } from '../operators/operator'
import type { Application } from './bindings'
import type { Report } from './report'

interface At {
  readonly report: Report
  readonly file: string
}

/** A number that is written out, `-1` included; null for anything else. */
export const constantNumber = (expression: Expression): number | null => {
  if (expression.kind === 'number') return expression.value
  if (expression.kind !== 'unary' || expression.operator !== '-' || expression.operand.kind !== 'number') return null
  return -expression.operand.value
}

/** The parameters of an application with defaults filled in; those that have neither value nor default are left out. */
export const parameterValues = (application: Application, at: At): Readonly<Record<string, ParamValue>> => {
  const values: Record<string, ParamValue> = {}
  for (const parameter of application.operator.parameters) {
    const expression = application.parameters.get(parameter.name)
    const value = expression ? readParameter(application.operator, parameter, expression, at) : parameter.default
    if (value !== null) values[parameter.name] = value
  }
  return values
}

const readParameter = (
  operator: Operator,
  parameter: OperatorParameter,
  expression: Expression,
  at: At,
): ParamValue | null => {
  if (expression.kind === 'error') return null
  if (expression.kind === 'call' && expression.callee.text === 'tune')
    return readTune(operator, parameter, expression, at)
  const value = constantOf(parameter, expression)
  if (value !== null) return value
  at.report.add(
    at.file,
    'PML1208',
    expression.span,
    {
      operator: operator.name,
      parameter: parameter.name,
      expected: expectationOf(parameter),
      found: foundAs(expression),
    },
    withinFixes(parameter, expression),
  )
  return null
}

/** The nearest number, or the nearest of the texts, that it may be. */
const withinFixes = (parameter: OperatorParameter, expression: Expression): Fix[] => {
  const { type, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, choices } = parameter
  if (expression.kind === 'string' && choices)
    return choices.map((choice) => ({
      title: `Write "${choice}"`,
      edits: [{ span: expression.span, text: `"${choice}"` }],
    }))
  const value = constantNumber(expression)
  if (value === null || (type !== 'int' && type !== 'float')) return []
  const inside = Math.min(Math.max(type === 'int' ? Math.round(value) : value, minimum), maximum)
  return isWithin(parameter, inside) && minimum !== Number.MIN_VALUE
    ? [{ title: `Write ${inside}`, edits: [{ span: expression.span, text: String(inside) }] }]
    : []
}

const constantOf = (parameter: OperatorParameter, expression: Expression): ParamValue | null => {
  switch (parameter.type) {
    case 'int':
    case 'float': {
      const value = constantNumber(expression)
      return value !== null && isWithin(parameter, value) ? value : null
    }
    case 'string':
      return expression.kind === 'string' && (parameter.choices?.includes(expression.value) ?? true)
        ? expression.value
        : null
    case 'duration':
      return expression.kind === 'duration' && expression.micros > 0 ? expression.micros : null
    case 'numbers': {
      if (expression.kind !== 'list' || expression.items.length === 0) return null
      const numbers = expression.items.map(constantNumber).filter((value) => value !== null)
      const isGood = numbers.length === expression.items.length && numbers.every((value) => isWithin(parameter, value))
      return isGood ? numbers : null
    }
  }
}

const isWithin = ({ type, minimum, maximum }: OperatorParameter, value: number): boolean =>
  (type !== 'int' || Number.isInteger(value)) &&
  (minimum === undefined || value >= minimum) &&
  (maximum === undefined || value <= maximum)

const expectationOf = ({ type, minimum, maximum, choices }: OperatorParameter): string => {
  if (choices) return choices.map((choice) => `"${choice}"`).join(' or ')
  const kinds = {
    int: 'a whole number',
    float: 'a number',
    string: 'a text',
    duration: 'a duration such as `1h`',
    numbers: 'a list of numbers',
  }
  if (minimum === Number.MIN_VALUE) return `${kinds[type]} above 0`
  if (minimum !== undefined && maximum !== undefined) return `${kinds[type]} from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `${kinds[type]} of at least ${minimum}`
  return kinds[type]
}

const foundAs = (expression: Expression): string => {
  const value = constantNumber(expression)
  if (value !== null) return String(value)
  switch (expression.kind) {
    case 'string':
      return `"${expression.value}"`
    case 'name':
      return `\`${expression.name.text}\``
    case 'duration':
      return 'a duration'
    case 'list':
      return 'this list'
    case 'range':
      return 'a range (write `tune(…)` around it)'
    default:
      return 'an expression'
  }
}

/** `tune(3..8)`, `tune(0.01..0.3, log)`, `tune([50, 100, 200])`. */
const readTune = (
  operator: Operator,
  parameter: OperatorParameter,
  call: Extract<Expression, { kind: 'call' }>,
  { report, file }: At,
): ParamValue | null => {
  const fail = (problem: string, span = call.span, fixes: Fix[] = []): null => {
    report.add(file, 'PML1211', span, { problem }, fixes)
    return null
  }
  if (!parameter.canTune) return fail(`\`${parameter.name}\` of \`${operator.name}\` cannot be tuned.`)
  const [first, second, ...more] = call.args
  if (!first || more.length > 0) return fail('`tune` takes a range or a list, and perhaps `log`.')
  const isLog = second?.value.kind === 'name' && second.value.name.text === 'log'
  if (second && !isLog) return fail('After the range, `tune` takes only `log`.', second.span)
  const bounds = `\`${parameter.name}\` is ${expectationOf(parameter)}.`
  if (first.value.kind === 'list') {
    const choices = first.value.items.map(constantNumber).filter((value) => value !== null)
    if (choices.length === 0 || choices.length < first.value.items.length)
      return fail('A list to choose from holds numbers.', first.span)
    if (!choices.every((value) => isWithin(parameter, value))) return fail(bounds, first.span)
    return { tune: 'choices', choices }
  }
  if (first.value.kind !== 'range') return fail('`tune` takes a range such as `3..8`, or a list.', first.span)
  const low = constantNumber(first.value.low)
  const high = constantNumber(first.value.high)
  if (low === null || high === null) return fail('Both ends of a range are numbers.', first.span)
  if (low >= high) {
    const turned: Fix = { title: `Write ${high}..${low}`, edits: [{ span: first.value.span, text: `${high}..${low}` }] }
    return fail('The low end of a range is below its high end.', first.span, low > high ? [turned] : [])
  }
  if (!isWithin(parameter, low) || !isWithin(parameter, high)) return fail(bounds, first.span)
  if (isLog && low <= 0) return fail('A range on a logarithmic scale starts above 0.', first.span)
  return { tune: 'range', low, high, isLog, isInteger: parameter.type === 'int' }
}
