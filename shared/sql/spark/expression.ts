import type { ValueType } from '../../data/profile'
import { StudioError } from '../../errors'
import type { Expr } from '../../plan/plan'
import type { ExpressionScope } from '../expression'
import { vectorLengthMark } from '../vectors'
import { sparkText } from './quote'

type Call = Extract<Expr, { op: 'call' }>

const sparkTypes: Readonly<Record<ValueType, string>> = {
  bool: 'boolean',
  int: 'bigint',
  float: 'double',
  string: 'string',
  date: 'date',
  time: 'timestamp_ntz',
  duration: 'interval day to second',
  vector: 'array<float>',
  unknown: 'string',
}

/** The Spark type of a value type. */
export const sparkTypeOf = (type: ValueType): string => sparkTypes[type]

export const cast = (sql: string, type: string): string => `cast(${sql} as ${type})`

const signed = (value: number, suffix: string): string => {
  const text = `${Math.abs(value)}${suffix}`
  return value < 0 ? `(-${text})` : text
}

/** A double that is read back as exactly this one; `0.1` alone would be a decimal. */
export const sparkDouble = (value: number): string =>
  Number.isFinite(value) ? signed(value, 'D') : cast('null', 'double')

const literal = ({ value, type }: Extract<Expr, { op: 'literal' }>): string => {
  if (value === null) return cast('null', sparkTypeOf(type))
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return type === 'string' ? sparkText(value) : cast(sparkText(value), sparkTypeOf(type))
  return type === 'int' && Number.isInteger(value) ? signed(value, 'L') : sparkDouble(value)
}

/** NaN and infinities are read as null: NaN is greater than every number here. */
export const sparkFinite = (sql: string): string =>
  `case when abs(${sql}) <= ${sparkDouble(Number.MAX_VALUE)} then ${sql} end`

/** As `wholeVector` of DuckDB: float32, and without any one of its numbers there is no vector. */
const wholeVector = (sql: string): string => {
  const numbers = `transform(${cast(sql, 'array<double>')}, x -> ${cast('x', 'float')})`
  const isWhole = `forall(${numbers}, x -> x is not null and abs(x) <= 3.4028235E38D)`
  return `case when ${isWhole} then ${numbers} end`
}

/** The vector, which has so many numbers; another length is an error that names it. */
const ofLength = (vector: Expr, sql: string, length: string): string => {
  const name = vector.op === 'column' || vector.op === 'feature' ? vector.name : ''
  const message = `concat(${sparkText(`${vectorLengthMark}${name}|`)}, ${cast(`size(${sql})`, 'string')}, '|', ${cast(length, 'string')})`
  return `case when ${sql} is null or size(${sql}) = ${length} then ${sql} else raise_error(${message}) end`
}

/** Calls that may give a number that is not finite, although their operands are. */
const mayOverflow: ReadonlySet<string> = new Set(['+', '-', '*', '/', 'neg', 'exp', 'abs', 'sqrt'])
/** Calls that hand on what is not finite, so that one check at their end is enough. */
const handsOn: ReadonlySet<string> = new Set(['+', '-', '*', 'neg', 'abs'])

const isDoubleCall = (expr: Expr): expr is Call =>
  expr.op === 'call' && expr.type === 'float' && mayOverflow.has(expr.fn)

/** From here on a double has no digits after the point, and may leave the integers of 64 bits. */
const wholeFrom = sparkDouble(2 ** 52)

/** Digits after the point are moved before it, as DuckDB does; Spark’s own `round` goes by the number’s decimal text. */
const rounded = (sql: string, digits: number): string => {
  if (digits === 0) return `round(${sql})`
  const factor = sparkDouble(10 ** digits)
  const moved = `(round(${sql} * ${factor}) / ${factor})`
  return `(case when abs(${sql} * ${factor}) <= ${sparkDouble(Number.MAX_VALUE)} then ${moved} else ${sql} end)`
}

const call = (expr: Call, scope: ExpressionScope): string => {
  const operand = (arg: Expr): string => {
    const sql = compile(arg, scope)
    return isDoubleCall(arg) && !handsOn.has(expr.fn) ? `(${sparkFinite(sql)})` : sql
  }
  const args = expr.args.map(operand)
  const [a = 'null', b = 'null', c = 'null'] = args
  const double = (sql: string, index: number): string =>
    expr.args[index]?.type === 'float' ? sql : cast(sql, 'double')
  const isAbsent = (index: number): boolean => {
    const arg = expr.args[index]
    return arg === undefined || (arg.op === 'literal' && arg.value === null)
  }
  switch (expr.fn) {
    case '+':
    case '-':
    case '*':
      return expr.type === 'float' ? `(${double(a, 0)} ${expr.fn} ${double(b, 1)})` : `(${a} ${expr.fn} ${b})`
    case '/':
      return `(${double(a, 0)} / nullif(${double(b, 1)}, ${sparkDouble(0)}))`
    case '%':
      return `(${a} % nullif(${b}, 0))`
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'and':
    case 'or':
      return `(${a} ${expr.fn} ${b})`
    case '!=':
      return `(${a} <> ${b})`
    case 'not':
      return `(not ${a})`
    case 'neg':
      return `(- ${a})`
    case 'if':
      return `(case when ${a} then ${b} else ${c} end)`
    case 'coalesce':
      return `coalesce(${args.join(', ')})`
    case 'is_null':
      return `(${a} is null)`
    case 'vector':
      return expr.args[0]?.type === 'vector'
        ? `(${ofLength(expr.args[0], a, b)})`
        : `array_repeat(${cast(a, 'float')}, ${cast(b, 'int')})`
    case 'hour':
    case 'minute':
    case 'day':
    case 'month':
    case 'year':
    case 'weekday':
    case 'lower':
    case 'upper':
    case 'length':
      return `${expr.fn}(${a})`
    case 'log1p': {
      // Kahan's formula: exact where 1 + x loses x's digits.
      const x = double(a, 0)
      const u = `(1 + ${x})`
      return `(case when ${x} > -1 then case when ${u} = 1 then ${x} else ln(${u}) * (${x} / (${u} - 1)) end end)`
    }
    case 'ln':
      return `(case when ${a} > 0 then ln(${double(a, 0)}) end)`
    case 'exp':
      return `exp(${double(a, 0)})`
    case 'sqrt':
      return `(case when ${a} >= 0 then sqrt(${double(a, 0)}) end)`
    case 'abs':
      return `abs(${a})`
    case 'floor':
    case 'ceil': {
      // Spark's answer is an integer of 64 bits.
      const x = double(a, 0)
      return `(case when abs(${x}) < ${wholeFrom} then ${cast(`${expr.fn}(${x})`, 'double')} else ${x} end)`
    }
    case 'round': {
      const digits = expr.args[1]
      if (isAbsent(1)) return rounded(double(a, 0), 0)
      if (digits?.op === 'literal' && typeof digits.value === 'number') return rounded(double(a, 0), digits.value)
      throw new StudioError('not_supported', '`round` needs its digits as a number that stands in the program.')
    }
    case 'clip': {
      const whens = [
        isAbsent(1) ? '' : `when ${a} < ${b} then ${b}`,
        isAbsent(2) ? '' : `when ${a} > ${c} then ${c}`,
      ].join(' ')
      return whens.trim() === '' ? a : `(case ${whens} else ${a} end)`
    }
    case 'hash':
      // Sixty bits of a digest that every engine has.
      return `(${cast(`conv(substring(md5(${cast(a, 'string')}), 1, 15), 16, 10)`, 'bigint')} % ${b})`
    default:
      throw new StudioError('not_supported', `\`${expr.fn}\` cannot be computed from tables.`, {
        hint: 'It belongs into the model (`let`), or is not known to this version.',
      })
  }
}

const compile = (expr: Expr, scope: ExpressionScope): string => {
  switch (expr.op) {
    case 'column':
      return scope.column(expr.name)
    case 'feature': {
      if (scope.feature) return scope.feature(expr.name)
      throw new StudioError('not_supported', `The feature \`${expr.name}\` cannot stand here.`)
    }
    case 'literal':
      return literal(expr)
    case 'duration':
      return `make_dt_interval(0, 0, 0, ${cast(`'${(expr.micros / 1e6).toFixed(6)}'`, 'decimal(18, 6)')})`
    case 'call': {
      const sql = call(expr, scope)
      // Spark's own answers are narrower (`hour`, `length`).
      return expr.type === 'int' ? cast(sql, 'bigint') : sql
    }
  }
}

/** A row expression as Spark SQL in ANSI mode, with the same answers as `compileExpression` has in DuckDB. */
export const compileSparkExpression = (expr: Expr, scope: ExpressionScope): string => {
  const sql = compile(expr, scope)
  return isDoubleCall(expr) ? `(${sparkFinite(sql)})` : sql
}

/** A source’s column as the language reads it: 64-bit integers, finite doubles, UTC microseconds. */
export const sparkNormalised = (sql: string, type: ValueType): string => {
  switch (type) {
    case 'float':
      return sparkFinite(cast(sql, 'double'))
    case 'int':
    case 'bool':
    case 'string':
    case 'time':
    case 'date':
      return cast(sql, sparkTypeOf(type))
    case 'vector':
      return wholeVector(sql)
    case 'duration':
    case 'unknown':
      return sql
  }
}
