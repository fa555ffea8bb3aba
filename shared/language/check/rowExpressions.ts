import type { ValueType } from '../../data/profile'
import type { Expr, Span } from '../../plan/plan'
import type { Expression, Identifier } from '../ast'
import type { NullRule, Operator } from '../operators/operator'
import { findOperator } from '../operators/table'
import { type Application, applicationOf } from './bindings'
import { parameterValues } from './parameters'
import type { Report } from './report'
import { className, commonType, filledType, fits, isNumber, typeName } from './types'
import { asVector, lengthMend } from './vectors'

/** An expression with its type. `expr` is of use only where no error was told about it. */
export interface Typed {
  readonly expr: Expr
  readonly type: ValueType
  readonly isNullable: boolean
  /** How many numbers a vector has, where that is known. */
  readonly length?: number | null
}

export interface RowScope {
  readonly report: Report
  readonly file: string
  /** What a name stands for; tells the mistake and answers `unknown` where it stands for nothing. */
  resolve(name: Identifier): Typed
}

const literal = (value: number | string | boolean | null, type: ValueType): Typed => ({
  expr: { op: 'literal', value, type },
  type,
  isNullable: value === null,
})

/** What follows a mistake that was told: nothing more is told about it. */
export const unknown: Typed = { expr: { op: 'column', name: '', type: 'unknown' }, type: 'unknown', isNullable: false }

/** Types an expression over one row and turns it into a plan's `Expr`. */
export const checkRow = (expression: Expression, scope: RowScope): Typed => {
  switch (expression.kind) {
    case 'number':
      return literal(expression.value, expression.isInteger ? 'int' : 'float')
    case 'string':
      return literal(expression.value, 'string')
    case 'bool':
      return literal(expression.value, 'bool')
    case 'null':
      return literal(null, 'unknown')
    case 'error':
      return unknown
    case 'name':
      return scope.resolve(expression.name)
    case 'duration':
      return notAValue(expression, 'A duration', scope)
    case 'size':
      return notAValue(expression, 'A size', scope)
    case 'range':
      return notAValue(expression, 'A range', scope)
    case 'list':
      return notAValue(expression, 'A list', scope)
    case 'unary':
    case 'binary':
    case 'conditional':
    case 'call': {
      const application = applicationOf(expression, 'feature', scope)
      if (!application) {
        if (expression.kind === 'call') for (const argument of expression.args) readAnyway(argument.value, scope)
        return unknown
      }
      if (application.operator.roles.includes('aggregate')) {
        scope.report.add(scope.file, 'PML1402', expression.span, { aggregate: application.operator.name })
        return unknown
      }
      return apply(application, expression, scope)
    }
  }
}

/** Names inside a call that failed are still checked; what is no value (a range, say) is passed over. */
const readAnyway = (expression: Expression, scope: RowScope): void => {
  const isValue = !['range', 'list', 'duration', 'size'].includes(expression.kind)
  if (isValue) checkRow(expression, scope)
}

const notAValue = (expression: Expression, what: string, { report, file }: RowScope): Typed => {
  report.add(file, 'PML1213', expression.span, { what })
  return unknown
}

/** Types the inputs of a row function or an aggregate, and gives its arguments: inputs, then parameters. */
export const apply = (application: Application, expression: Expression, scope: RowScope): Typed => {
  const { operator } = application
  const inputs = application.inputs.map((input) => checkRow(input, scope))
  const areGood = inputs.map((input, index) => fitsInput(operator, input, index, application, scope))
  const result = areGood.every(Boolean) ? resultOf(operator, inputs, expression, scope) : 'unknown'
  const length = result === 'vector' ? commonLength(operator.name, inputs, expression, scope) : null
  const type = length === 'told' ? 'unknown' : result
  const parameters = parameterValues(application, scope)
  const args = [
    ...inputs.map((input) =>
      typeof length === 'number' && isNumber(input.type) ? asVector(input.expr, length) : input.expr,
    ),
    ...operator.parameters.map(({ name, type: kind }): Expr => {
      const value = parameters[name] ?? null
      if (kind === 'duration' && typeof value === 'number') return { op: 'duration', micros: value, type: 'duration' }
      if (typeof value === 'number') return { op: 'literal', value, type: kind === 'int' ? 'int' : 'float' }
      return {
        op: 'literal',
        value: typeof value === 'string' ? value : null,
        type: kind === 'string' ? 'string' : 'float',
      }
    }),
  ]
  return {
    expr: { op: 'call', fn: operator.name, args, type },
    type,
    isNullable: isNullable(operator, inputs),
    length: length === 'told' ? null : length,
  }
}

/** Null where no input says it; where they differ, or a number would stand for one of unknown length, that is told. */
const commonLength = (
  operator: string,
  inputs: readonly Typed[],
  { span }: Expression,
  { report, file }: RowScope,
): number | null | 'told' => {
  const lengths = [...new Set(inputs.flatMap(({ type, length }) => (type === 'vector' && length ? [length] : [])))]
  const [length = null] = lengths
  if (lengths.length > 1) {
    report.add(file, 'PML1214', span, { operator, widths: lengths })
    return 'told'
  }
  if (length !== null || !inputs.some(({ type }) => isNumber(type))) return length
  const name = inputs.flatMap(({ expr }) => (expr.op === 'column' || expr.op === 'feature' ? [expr.name] : []))[0] ?? ''
  report.add(file, 'PML1532', span, { name, mend: lengthMend(name) })
  return 'told'
}

const fitsInput = (
  operator: Operator,
  input: Typed,
  index: number,
  application: Application,
  { report, file }: RowScope,
): boolean => {
  const declared = operator.inputs[Math.min(index, operator.inputs.length - 1)]
  const expression = application.inputs[index]
  if (!declared || !expression || fits(input.type, declared.type, 'feature')) return true
  report.add(file, 'PML1201', expression.span, {
    operator: operator.name === 'neg' ? '-' : operator.name,
    input: declared.name,
    expected: className(declared.type),
    found: typeName(input.type),
    mend: null,
  })
  return false
}

const comparisons: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>='])

const resultOf = (operator: Operator, inputs: readonly Typed[], expression: Expression, scope: RowScope): ValueType => {
  if (inputs.some((input) => input.type === 'unknown' && !isNull(input.expr))) {
    const isFixed = !['numeric', 'first', 'common'].includes(operator.result)
    return isFixed ? fixed(operator.result) : 'unknown'
  }
  if (comparisons.has(operator.name)) {
    unify(operator.name, inputs, expression, scope)
    return 'bool'
  }
  switch (operator.result) {
    case 'numeric':
      return inputs.every(({ type }) => type === 'int') && operator.parameters.length === 0 ? 'int' : 'float'
    case 'first':
      return inputs[0]?.type ?? 'unknown'
    case 'common':
      return unify(operator.name, operator.name === 'if' ? inputs.slice(1) : inputs, expression, scope)
    default:
      return operator.result
  }
}

const isNull = (expr: Expr): boolean => expr.op === 'literal' && expr.value === null

/** Tells a value that is nothing but null, of which no type can be known. */
export const tellBareNull = (
  { expr, type }: Typed,
  span: Span,
  { report, file }: Pick<RowScope, 'report' | 'file'>,
): void => {
  if (type === 'unknown' && isNull(expr)) report.add(file, 'PML1213', span, { what: 'Null alone' })
}

const fixed = (result: Operator['result']): ValueType =>
  result === 'numeric' || result === 'first' || result === 'common' ? 'unknown' : result

const unify = (
  operator: string,
  inputs: readonly Typed[],
  expression: Expression,
  { report, file }: RowScope,
): ValueType => {
  let type: ValueType = 'unknown'
  for (const input of inputs) {
    const common: ValueType | null =
      operator === 'coalesce' ? filledType(type, input.type) : commonType(type, input.type)
    if (common === null) {
      const span = expression.kind === 'binary' ? expression.operatorSpan : expression.span
      report.add(file, 'PML1202', span, { operator, left: typeName(type), right: typeName(input.type) })
      return 'unknown'
    }
    type = common
  }
  return type
}

const isNullable = (operator: Operator, inputs: readonly Typed[]): boolean =>
  nullableBy(operator.nulls, operator.name === 'if' ? inputs.slice(1) : inputs) &&
  !isDivisionByConstant(operator, inputs)

/** `x / 2` is null only where x is: the divisor is a number that is not zero. */
const isDivisionByConstant = (operator: Operator, inputs: readonly Typed[]): boolean => {
  const [left, right] = inputs
  if ((operator.name !== '/' && operator.name !== '%') || !left || !right) return false
  return (
    !left.isNullable && right.expr.op === 'literal' && typeof right.expr.value === 'number' && right.expr.value !== 0
  )
}

export const nullableBy = (rule: NullRule, inputs: readonly { readonly isNullable: boolean }[]): boolean => {
  switch (rule) {
    case 'always':
      return true
    case 'never':
      return false
    case 'propagate':
      return inputs.some((input) => input.isNullable)
    case 'all':
      return inputs.every((input) => input.isNullable)
  }
}

/** Whether a name is an aggregate, for a feature's own expression. */
export const isAggregate = (name: string): boolean =>
  findOperator(name, 'feature')?.roles.includes('aggregate') ?? false
