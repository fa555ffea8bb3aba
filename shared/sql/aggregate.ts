import type { ValueType } from '../data/profile'
import { StudioError } from '../errors'
import type { Expr } from '../plan/plan'
import { nativeTypeOf } from './expression'

/**
 * How one aggregate is computed from a window that is a run of positions `low + 1 … high` in the source’s own order.
 *
 * Counts and sums of integers are differences of prefix sums, which are exact whatever their order. Everything else
 * walks the positions in order, so that floats are added up as a loop over the window would.
 */
export interface AggregateRequest {
  readonly aggregate: string
  readonly args: readonly Expr[]
  readonly type: ValueType
}

/** SQL texts that an aggregate may use of one window. */
export interface Window {
  readonly low: string
  readonly high: string
  /** Whether every position from `low + 1` to `high` belongs to the window: not so where rows arrive late. */
  readonly isRun: boolean
  /** The list of positions of the window, ascending. */
  readonly positions: () => string
  /** The list of the first argument’s values over the positions, ascending, nulls included. */
  readonly values: () => string
  /** The array of the first argument’s values by position. */
  readonly array: () => string
  /** The first argument’s value in the window’s first or last row, of a run. */
  readonly first: () => string
  readonly last: () => string
  /** Sum of the first argument over a run, where it is an integer or a boolean (0, 1), or how often it is known. Exact. */
  readonly total: (kind: 'sum' | 'known') => string
  /** The array of event times by position, in microseconds. */
  readonly times: () => string
}

const numericLiteral = (arg: Expr | undefined, name: string): number => {
  if (arg?.op === 'literal' && typeof arg.value === 'number') return arg.value
  if (arg?.op === 'duration') return arg.micros
  throw new StudioError('invalid_input', `\`${name}\` needs a number that stands in the program.`)
}

const known = (window: Window): string => (window.isRun ? window.total('known') : `list_count(${window.values()})`)

const isExact = (type: ValueType | undefined): boolean => type === 'int' || type === 'bool'

const sum = (window: Window, type: ValueType | undefined): string => {
  if (window.isRun && isExact(type)) return window.total('sum')
  const values = type === 'bool' ? `list_transform(${window.values()}, lambda x: x::bigint)` : window.values()
  return `list_sum(${values})`
}

const doubles = (window: Window, type: ValueType | undefined): string =>
  type === 'float' ? window.values() : `${window.values()}::double[]`

const edge = (window: Window, which: 'first' | 'last'): string => {
  if (window.isRun) return window[which]()
  return `${window.array()}[${window.positions()}[${which === 'first' ? '1' : '-1'}]]`
}

/**
 * The fraction as a double: DuckDB reads `0.9999999999999999` as a decimal, and rounds it. Which of 0 and −0 it finds
 * depends on how it sorts: with 0 added, both are 0.
 */
const quantile = (values: string, fraction: number): string =>
  `list_aggregate(${values}, 'quantile_cont', ${fraction.toExponential()}::double) + 0::double`

/** Weights halve with every half-life before the window’s newest row; the mean is the same from any other moment. */
const ewma = (window: Window, halfLife: number): string => {
  const { positions, times } = window
  const array = window.array()
  const newest = window.isRun ? window.high : `${positions()}[-1]`
  const weight = `pow(0.5::double, (${times()}[${newest}] - ${times()}[i])::double / ${halfLife})`
  const over = (term: string): string => `list_sum(list_transform(${positions()}, lambda i: ${term}))`
  const weights = over(`case when ${array}[i] is not null then ${weight} end`)
  return `(${over(`${array}[i]::double * ${weight}`)} / nullif(${weights}, 0))`
}

/** The most frequent values, the least first among equally frequent ones, as a JSON array. */
const top = (window: Window, count: number): string => {
  const values = `list_filter(${window.values()}, lambda x: x is not null)`
  const counted = `list_transform(list_distinct(v), lambda x: {'n': -len(list_filter(v, lambda y: y = x)), 'x': x})`
  return `case when ${known(window)} > 0 then (select to_json(list_transform(list_sort(${counted})[:${count}], lambda s: s.x))::varchar from (select ${values} as v)) end`
}

/** One aggregate as a SQL expression. Empty windows: 0 for `count` and `distinct`, null for the rest. */
export const compileAggregate = ({ aggregate, args, type }: AggregateRequest, window: Window): string => {
  const argument = args[0]?.type
  const as = (sql: string): string => `(${sql})::${nativeTypeOf(type)}`
  switch (aggregate) {
    case 'count':
      if (args.length > 0) return as(known(window))
      return as(window.isRun ? `${window.high} - ${window.low}` : `len(${window.positions()})`)
    case 'sum':
      return as(`case when ${known(window)} > 0 then ${sum(window, argument)} end`)
    case 'mean':
      return as(`(${sum(window, argument)})::double / nullif(${known(window)}, 0)`)
    case 'any':
      return as(`case when ${known(window)} > 0 then ${sum(window, 'bool')} > 0 end`)
    case 'all':
      return as(`case when ${known(window)} > 0 then ${sum(window, 'bool')} = ${known(window)} end`)
    case 'min':
      return as(`list_min(${window.values()})`)
    case 'max':
      return as(`list_max(${window.values()})`)
    case 'stddev':
      return as(`list_stddev_samp(${doubles(window, argument)})`)
    case 'variance':
      return as(`list_var_samp(${doubles(window, argument)})`)
    case 'median':
      return as(quantile(doubles(window, argument), 0.5))
    case 'quantile':
      return as(quantile(doubles(window, argument), numericLiteral(args[1], 'quantile')))
    case 'distinct':
    case 'approx_distinct':
      return as(`coalesce(list_unique(${window.values()}), 0)`)
    case 'mode':
      // Of equally frequent values DuckDB takes the one that comes first: sorted, the least.
      return as(`list_mode(list_sort(${window.values()}))`)
    case 'top':
      return as(top(window, numericLiteral(args[1], 'top')))
    case 'first':
      return as(edge(window, 'first'))
    case 'last':
    case 'latest':
      return as(edge(window, 'last'))
    case 'ewma':
      return as(ewma(window, numericLiteral(args[1], 'ewma')))
    default:
      throw new StudioError('not_supported', `The aggregate \`${aggregate}\` cannot be computed.`, {
        hint: 'Use another aggregate; this version does not know how to compute it.',
      })
  }
}

/** What a window without any row gives. */
export const emptyValue = (aggregate: string): string | null =>
  aggregate === 'count' || aggregate === 'distinct' || aggregate === 'approx_distinct' ? '0' : null
