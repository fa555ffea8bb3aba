import type { ValueType } from '../data/profile'
import { StudioError } from '../errors'
import type { Expr } from '../plan/plan'
import { quoteText } from './quote'
import { filledVector, ofLength, wholeVector } from './vectors'

/** What the leaves of an expression are called in the statement around it. */
export interface ExpressionScope {
  readonly column: (name: string) => string
  readonly feature?: (name: string) => string
}

type Call = Extract<Expr, { op: 'call' }>

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

const literal = ({ value, type }: Extract<Expr, { op: 'literal' }>): string => {
  if (value === null) return `null::${nativeTypeOf(type)}`
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string')
    return type === 'string' ? quoteText(value) : `${quoteText(value)}::${nativeTypeOf(type)}`
  return type === 'int' && Number.isInteger(value) ? `(${value}::bigint)` : doubleLiteral(value)
}

/** NaN and infinities are read as null. */
export const finite = (sql: string): string => `case when isfinite(${sql}) then ${sql} end`

/** Calls that may give a number that is not finite, although their operands are. */
const mayOverflow: ReadonlySet<string> = new Set(['+', '-', '*', '/', 'neg', 'exp', 'abs', 'sqrt'])
/** Calls that hand on what is not finite, so that one check at their end is enough. */
const handsOn: ReadonlySet<string> = new Set(['+', '-', '*', 'neg', 'abs'])

const isDoubleCall = (expr: Expr): expr is Call =>
  expr.op === 'call' && expr.type === 'float' && mayOverflow.has(expr.fn)

const call = (expr: Call, scope: ExpressionScope): string => {
  const operand = (arg: Expr): string => {
    const sql = compile(arg, scope)
    return isDoubleCall(arg) && !handsOn.has(expr.fn) ? `(${finite(sql)})` : sql
  }
  const args = expr.args.map(operand)
  const [a = 'null', b = 'null', c = 'null'] = args
  const double = (sql: string, index: number): string => (expr.args[index]?.type === 'float' ? sql : `${sql}::double`)
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
      return `(${double(a, 0)} / nullif(${double(b, 1)}, 0))`
    case '%':
      return `(${a} % nullif(${b}, 0))`
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return `(${a} ${expr.fn} ${b})`
    case '!=':
      return `(${a} <> ${b})`
    case 'and':
    case 'or':
      return `(${a} ${expr.fn} ${b})`
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
    case 'hour':
    case 'minute':
    case 'day':
    case 'month':
    case 'year':
      return `extract(${expr.fn} from ${a})`
    case 'weekday':
      return `(isodow(${a}) - 1)`
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
    case 'ceil':
      return `${expr.fn}(${double(a, 0)})`
    case 'round':
      return `round(${double(a, 0)}, ${isAbsent(1) ? 0 : `(${b})::integer`})`
    case 'clip': {
      const whens = [
        isAbsent(1) ? '' : `when ${a} < ${b} then ${b}`,
        isAbsent(2) ? '' : `when ${a} > ${c} then ${c}`,
      ].join(' ')
      return whens.trim() === '' ? a : `(case ${whens} else ${a} end)`
    }
    case 'hash':
      // Sixty bits of a digest that every engine has.
      return `(('0x' || md5(${a}::varchar)[1:15])::bigint % ${b})`
    case 'vector':
      return expr.args[0]?.type === 'vector' ? ofLength(expr.args[0], a, b) : filledVector(a, b)
    case 'lower':
    case 'upper':
    case 'length':
      return `${expr.fn}(${a})`
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
      return `to_microseconds(${expr.micros})`
    case 'call': {
      const sql = call(expr, scope)
      // DuckDB's own answers are wider or narrower (`hour` is a BIGINT, `length` too, `round` of an integer is not).
      return expr.type === 'int' ? `${sql}::bigint` : sql
    }
  }
}

/**
 * A row expression as DuckDB SQL. Columns are taken to be normalised (`normalised`): finite or null. Three-valued logic;
 * x/0, what is not finite, and functions outside their domain are null. `weekday`: 0 is Monday. An `int` that leaves 64 bits is an error.
 */
export const compileExpression = (expr: Expr, scope: ExpressionScope): string => {
  const sql = compile(expr, scope)
  return isDoubleCall(expr) ? `(${finite(sql)})` : sql
}

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
