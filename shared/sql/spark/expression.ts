import type { ValueType } from '../../data/profile'
import { StudioError } from '../../errors'
import type { Expr } from '../../plan/plan'
import { type ExpressionDialect, expressionCompiler, type Literal } from '../expressionCompiler'
import { vectorLengthMark } from '../vectors'
import { sparkText } from './quote'

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

const literal = ({ value, type }: Literal): string => {
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

/** From here on a double has no digits after the point, and may leave the integers of 64 bits. */
const wholeFrom = sparkDouble(2 ** 52)

/** Digits after the point are moved before it, as DuckDB does; Spark’s own `round` goes by the number’s decimal text. */
const rounded = (sql: string, digits: number): string => {
  if (digits === 0) return `round(${sql})`
  const factor = sparkDouble(10 ** digits)
  const moved = `(round(${sql} * ${factor}) / ${factor})`
  return `(case when abs(${sql} * ${factor}) <= ${sparkDouble(Number.MAX_VALUE)} then ${moved} else ${sql} end)`
}

const call: ExpressionDialect['call'] = (expr, { args, double, isAbsent }) => {
  const [a = 'null', b = 'null'] = args
  switch (expr.fn) {
    case 'hour':
    case 'minute':
    case 'day':
    case 'month':
    case 'year':
    case 'weekday':
      return `${expr.fn}(${a})`
    case 'floor':
    case 'ceil': {
      // Spark's answer is an integer of 64 bits.
      const x = double(0)
      return `(case when abs(${x}) < ${wholeFrom} then ${cast(`${expr.fn}(${x})`, 'double')} else ${x} end)`
    }
    case 'round': {
      const digits = expr.args[1]
      if (isAbsent(1)) return rounded(double(0), 0)
      if (digits?.op === 'literal' && typeof digits.value === 'number') return rounded(double(0), digits.value)
      throw new StudioError('not_supported', '`round` needs its digits as a number that stands in the program.')
    }
    case 'hash':
      return `(${cast(`conv(substring(md5(${cast(a, 'string')}), 1, 15), 16, 10)`, 'bigint')} % ${b})`
    case 'vector':
      return expr.args[0]?.type === 'vector'
        ? `(${ofLength(expr.args[0], a, b)})`
        : `array_repeat(${cast(a, 'float')}, ${cast(b, 'int')})`
    default:
      return null
  }
}

/** A row expression as Spark SQL in ANSI mode, with the same answers as `compileExpression` has in DuckDB. */
export const compileSparkExpression = expressionCompiler({
  cast: (sql, type) => cast(sql, sparkTypeOf(type)),
  literal,
  duration: (micros) => `make_dt_interval(0, 0, 0, ${cast(`'${(micros / 1e6).toFixed(6)}'`, 'decimal(18, 6)')})`,
  zero: sparkDouble(0),
  finite: sparkFinite,
  call,
})

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
