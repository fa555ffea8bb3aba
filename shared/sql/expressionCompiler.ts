import type { ValueType } from '../data/profile'
import { StudioError } from '../errors'
import type { Expr } from '../plan/plan'

/** What the leaves of an expression are called in the statement around it. */
export interface ExpressionScope {
  readonly column: (name: string) => string
  readonly feature?: (name: string) => string
}

export type Call = Extract<Expr, { op: 'call' }>
export type Literal = Extract<Expr, { op: 'literal' }>

/** The operands of a call, compiled, and what is known of them. */
export interface Operands {
  readonly args: readonly string[]
  /** The operand as a double. */
  double(index: number): string
  /** Whether the operand is not there, or is null itself. */
  isAbsent(index: number): boolean
}

/** What the engines write each in their own way. Everything else is SQL that all of them read alike. */
export interface ExpressionDialect {
  cast(sql: string, type: ValueType): string
  literal(value: Literal): string
  duration(micros: number): string
  /** Zero, as a double is divided by it. */
  readonly zero: string
  /** NaN and infinities are read as null. */
  finite(sql: string): string
  /** A call that is the engine’s own; null where it is not. */
  call(call: Call, operands: Operands): string | null
}

/** Calls that may give a number that is not finite, although their operands are. */
const mayOverflow: ReadonlySet<string> = new Set(['+', '-', '*', '/', 'neg', 'exp', 'abs', 'sqrt'])
/** Calls that hand on what is not finite, so that one check at their end is enough. */
const handsOn: ReadonlySet<string> = new Set(['+', '-', '*', 'neg', 'abs'])

const isDoubleCall = (expr: Expr): boolean => expr.op === 'call' && expr.type === 'float' && mayOverflow.has(expr.fn)

/** Null where the call is not the same in every engine. */
const plainCall = (
  { fn, type }: Call,
  { args, double, isAbsent }: Operands,
  { zero }: ExpressionDialect,
): string | null => {
  const [a = 'null', b = 'null', c = 'null'] = args
  switch (fn) {
    case '+':
    case '-':
    case '*':
      return type === 'float' ? `(${double(0)} ${fn} ${double(1)})` : `(${a} ${fn} ${b})`
    case '/':
      return `(${double(0)} / nullif(${double(1)}, ${zero}))`
    case '%':
      return `(${a} % nullif(${b}, 0))`
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'and':
    case 'or':
      return `(${a} ${fn} ${b})`
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
    case 'lower':
    case 'upper':
    case 'length':
    case 'abs':
      return `${fn}(${a})`
    case 'log1p': {
      // Kahan's formula: exact where 1 + x loses x's digits.
      const x = double(0)
      const u = `(1 + ${x})`
      return `(case when ${x} > -1 then case when ${u} = 1 then ${x} else ln(${u}) * (${x} / (${u} - 1)) end end)`
    }
    case 'ln':
      return `(case when ${a} > 0 then ln(${double(0)}) end)`
    case 'exp':
      return `exp(${double(0)})`
    case 'sqrt':
      return `(case when ${a} >= 0 then sqrt(${double(0)}) end)`
    case 'clip': {
      const whens = [
        isAbsent(1) ? '' : `when ${a} < ${b} then ${b}`,
        isAbsent(2) ? '' : `when ${a} > ${c} then ${c}`,
      ].join(' ')
      return whens.trim() === '' ? a : `(case ${whens} else ${a} end)`
    }
    default:
      return null
  }
}

/** Row expressions as the SQL of one engine. */
export const expressionCompiler = (dialect: ExpressionDialect) => {
  const call = (expr: Call, scope: ExpressionScope): string => {
    const args = expr.args.map((arg) => {
      const sql = compile(arg, scope)
      return isDoubleCall(arg) && !handsOn.has(expr.fn) ? `(${dialect.finite(sql)})` : sql
    })
    const operands: Operands = {
      args,
      double: (index) => {
        const sql = args[index] ?? 'null'
        return expr.args[index]?.type === 'float' ? sql : dialect.cast(sql, 'float')
      },
      isAbsent: (index) => {
        const arg = expr.args[index]
        return arg === undefined || (arg.op === 'literal' && arg.value === null)
      },
    }
    const sql = dialect.call(expr, operands) ?? plainCall(expr, operands, dialect)
    if (sql !== null) return sql
    throw new StudioError('not_supported', `\`${expr.fn}\` cannot be computed from tables.`, {
      hint: 'It belongs into the model (`let`), or is not known to this version.',
    })
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
        return dialect.literal(expr)
      case 'duration':
        return dialect.duration(expr.micros)
      case 'call': {
        const sql = call(expr, scope)
        // The engines' own answers are wider or narrower than 64 bits (`hour`, `length`, `round` of an integer).
        return expr.type === 'int' ? dialect.cast(sql, 'int') : sql
      }
    }
  }
  return (expr: Expr, scope: ExpressionScope): string => {
    const sql = compile(expr, scope)
    return isDoubleCall(expr) ? `(${dialect.finite(sql)})` : sql
  }
}
