import type { ValueType } from '../../data/profile'
import { StudioError } from '../../errors'
import type { Expr } from '../../plan/plan'
import { cast, sparkDouble } from './expression'

/** A window as the list of its rows, oldest first: structs of `ts` and of the values `v0`, `v1`, …. */
export interface RowList {
  /** The list. */
  readonly rows: string
  /** The field of the argument’s value in a row; null for `count()`. */
  readonly value: string | null
  readonly valueType: ValueType | undefined
  /** The list of the values that are known, oldest first. */
  readonly known: () => string
}

const literalNumber = (arg: Expr | undefined, name: string): number => {
  if (arg?.op === 'literal' && typeof arg.value === 'number') return arg.value
  if (arg?.op === 'duration') return arg.micros
  throw new StudioError('invalid_input', `\`${name}\` needs a number that stands in the program.`)
}

/** Names a value inside an expression: SQL has no `let`, a list of one has. */
export const letting = (name: string, sql: string, body: string): string =>
  `element_at(transform(array(${sql}), ${name} -> ${body}), 1)`

const zero = sparkDouble(0)

/** Floats are added up in the window’s order, as everywhere. */
const floatSum = (list: string): string => `aggregate(${list}, ${zero}, (a, x) -> a + x)`

const wholeSum = (list: string): string =>
  `aggregate(${list}, cast(0 as decimal(38, 0)), (a, x) -> cast(a + x as decimal(38, 0)))`

const doubles = ({ known, valueType }: RowList): string =>
  valueType === 'float' ? known() : `transform(${known()}, x -> cast(x as double))`

/** Welford’s formula, as DuckDB has it. */
const variance = (list: string): string => {
  const n = `(a.n + ${sparkDouble(1)})`
  const mean = `(a.m + (x - a.m) / ${n})`
  const start = `named_struct('n', ${zero}, 'm', ${zero}, 's', ${zero})`
  const next = `named_struct('n', ${n}, 'm', ${mean}, 's', a.s + (x - ${mean}) * (x - a.m))`
  return `aggregate(${list}, ${start}, (a, x) -> ${next}, a -> case when a.n > 1 then a.s / (a.n - 1) end)`
}

const quantile = (list: string, q: number): string => {
  const place = `((size(s) - 1) * ${sparkDouble(q)})`
  const at = (fn: 'floor' | 'ceil'): string => `element_at(s, cast(${fn}(${place}) as int) + 1)`
  const share = `(${place} - floor(${place}))`
  const between = `${at('floor')} * (1 - ${share}) + ${at('ceil')} * ${share}`
  return letting('s', `array_sort(${list})`, `case when size(s) > 0 then ${between} end`)
}

/** Each value once with how often it is there, `n` below zero: the least of these is the most frequent, then least value. */
const counted = (list: string): string =>
  `transform(array_distinct(${list}), x -> named_struct('n', - size(filter(${list}, y -> y = x)), 'x', x))`

const mode = (list: string): string => letting('s', list, `array_min(${counted('s')}).x`)

const top = (list: string, count: number): string => {
  const first = `slice(array_sort(${counted('s')}), 1, ${count})`
  return letting('s', list, `case when size(s) > 0 then to_json(transform(${first}, z -> z.x)) end`)
}

const edge = ({ rows, value }: RowList, which: 'first' | 'last'): string =>
  `case when size(${rows}) > 0 then element_at(${rows}, ${which === 'first' ? 1 : -1}).${value} end`

/** Weights halve with every half-life before the window’s newest row. */
const ewma = ({ rows, value }: RowList, halfLife: number): string => {
  const weight = `pow(${sparkDouble(0.5)}, (element_at(${rows}, -1).ts - r.ts) / ${sparkDouble(halfLife)})`
  const next = `named_struct('t', a.t + r.${value} * ${weight}, 'w', a.w + ${weight})`
  const start = `named_struct('t', ${zero}, 'w', ${zero})`
  return `aggregate(filter(${rows}, r -> r.${value} is not null), ${start}, (a, r) -> ${next}, a -> a.t / nullif(a.w, ${zero}))`
}

/** One aggregate of the rows of a list. Empty windows: 0 for `count` and `distinct`, null for the rest. */
export const aggregateList = (aggregate: string, args: readonly Expr[], list: RowList): string => {
  const { rows, known, valueType } = list
  const isFloat = valueType === 'float'
  switch (aggregate) {
    case 'count':
      return list.value === null ? `size(${rows})` : `size(${known()})`
    case 'sum':
      return `case when size(${known()}) > 0 then ${isFloat ? floatSum(known()) : wholeSum(known())} end`
    case 'mean':
      return `(${isFloat ? floatSum(known()) : cast(wholeSum(known()), 'double')} / nullif(${cast(`size(${known()})`, 'double')}, ${zero}))`
    case 'any':
      return `case when size(${known()}) > 0 then exists(${known()}, x -> x) end`
    case 'all':
      return `case when size(${known()}) > 0 then forall(${known()}, x -> x) end`
    case 'min':
      return `array_min(${known()})`
    case 'max':
      return `array_max(${known()})`
    case 'stddev':
      return `sqrt(${variance(doubles(list))})`
    case 'variance':
      return variance(doubles(list))
    case 'median':
      return quantile(doubles(list), 0.5)
    case 'quantile':
      return quantile(doubles(list), literalNumber(args[1], 'quantile'))
    case 'distinct':
    case 'approx_distinct':
      return `size(array_distinct(${known()}))`
    case 'mode':
      return mode(known())
    case 'top':
      return top(known(), literalNumber(args[1], 'top'))
    case 'first':
      return edge(list, 'first')
    case 'last':
    case 'latest':
      return edge(list, 'last')
    case 'ewma':
      return ewma(list, literalNumber(args[1], 'ewma'))
    default:
      throw new StudioError('not_supported', `The aggregate \`${aggregate}\` cannot be computed.`, {
        hint: 'Use another aggregate; this version does not know how to compute it.',
      })
  }
}
