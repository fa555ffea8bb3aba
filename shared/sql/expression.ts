import type { ValueType } from '../data/profile'
import type { Expr } from '../plan/plan'
import { type ExpressionDialect, expressionCompiler, type Literal } from './expressionCompiler'
import { quoteText } from './quote'
import { filledVector, ofLength, wholeVector } from './vectors'

const nativeTypes: Readonly<Record<ValueType, string>> = {
  bool: 'boolean',
  int: 'bigint',
  float: 'double',
  string: 'varchar',
  date: 'date',
  time: 'timestamp',
  duration: 'interval',
  vector: 'float[]',
  unknown: 'varchar',
}

/** The DuckDB type of a value type. */
export const nativeTypeOf = (type: ValueType): string => nativeTypes[type]

/** A double that is read back as exactly this one; `0.1` alone would be a decimal. */
const doubleLiteral = (value: number): string =>
  Number.isFinite(value) ? `(${value.toExponential()}::double)` : 'null::double'

const literal = ({ value, type }: Literal): string => {
  if (value === null) return `null::${nativeTypeOf(type)}`
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string')
    return type === 'string' ? quoteText(value) : `${quoteText(value)}::${nativeTypeOf(type)}`
  return type === 'int' && Number.isInteger(value) ? `(${value}::bigint)` : doubleLiteral(value)
}

/** NaN and infinities are read as null. */
export const finite = (sql: string): string => `case when isfinite(${sql}) then ${sql} end`

const call: ExpressionDialect['call'] = (expr, { args, double, isAbsent }) => {
  const [a = 'null', b = 'null'] = args
  switch (expr.fn) {
    case 'hour':
    case 'minute':
    case 'day':
    case 'month':
    case 'year':
      return `extract(${expr.fn} from ${a})`
    case 'weekday':
      return `(isodow(${a}) - 1)`
    case 'floor':
    case 'ceil':
      return `${expr.fn}(${double(0)})`
    case 'round':
      return `round(${double(0)}, ${isAbsent(1) ? 0 : `(${b})::integer`})`
    case 'hash':
      // Sixty bits of a digest that every engine has.
      return `(('0x' || md5(${a}::varchar)[1:15])::bigint % ${b})`
    case 'vector':
      return expr.args[0]?.type === 'vector' ? ofLength(expr.args[0], a, b) : filledVector(a, b)
    default:
      return null
  }
}

/**
 * A row expression as DuckDB SQL. Columns are taken to be normalised (`normalised`): finite or null. Three-valued logic;
 * x/0, what is not finite, and functions outside their domain are null. `weekday`: 0 is Monday. An `int` that leaves 64 bits is an error.
 */
export const compileExpression = expressionCompiler({
  cast: (sql, type) => `${sql}::${nativeTypeOf(type)}`,
  literal,
  duration: (micros) => `to_microseconds(${micros})`,
  zero: '0',
  finite,
  call,
})

/** A source’s column as the language reads it: 64-bit integers, finite doubles, UTC microseconds. */
export const normalised = (sql: string, type: ValueType): string => {
  switch (type) {
    case 'float':
      return finite(`${sql}::double`)
    case 'time':
    case 'date':
      return finite(`${sql}::${nativeTypeOf(type)}`)
    case 'int':
    case 'bool':
    case 'string':
      return `${sql}::${nativeTypeOf(type)}`
    case 'vector':
      return wholeVector(sql)
    case 'duration':
    case 'unknown':
      return sql
  }
}

/** Names of the columns that an expression reads. */
export const columnsOf = (expr: Expr): string[] => {
  switch (expr.op) {
    case 'column':
      return [expr.name]
    case 'call':
      return expr.args.flatMap(columnsOf)
    case 'feature':
    case 'literal':
    case 'duration':
      return []
  }
}
