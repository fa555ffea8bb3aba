import { binsAimed, momentSteps } from '@shared/data/bins'
import type { ColumnSchema } from '@shared/data/profile'
import { quoteName } from '@shared/sql/quote'
import {
  hugeValue,
  type Kind,
  kindOf,
  listOf,
  measured,
  nonFinite,
  numberOf,
  type ProfileAsk,
  shares,
  topCount,
} from './profileValues'

/** A column with no more values than this comes with the count of each, and its histogram needs no further pass. */
const listedValues = 20_000
/** Of many columns at once, fewer. */
const listedOfMany = 2048

interface Listed {
  /** Ascending. */
  readonly values: readonly number[]
  readonly counts: readonly number[]
}

/** What the counts of a column's values say. */
export interface Counted {
  readonly rows: number
  readonly known: number
  readonly nonFinite: number
  readonly distinct: number
  readonly minimum: unknown
  readonly maximum: unknown
  readonly mean: number | null
  readonly stddev: number | null
  readonly lengths: readonly (number | null)[]
  readonly quantiles: readonly number[] | null
  readonly top: readonly { readonly value: string; readonly count: number }[]
  /** Measured values and how many rows have each, moments by the bin; null where there are too many. */
  readonly values: Listed | null
}

/**
 * Each column's different values with how many rows have them. One column alone: DuckDB then counts a column that is
 * stored with a dictionary by its entries, not by its values. Several of one type: in one scan of the rows.
 */
const grouped = (columns: readonly ColumnSchema[], from: string): string => {
  const names = columns.map(({ name }) => quoteName(name))
  if (names.length === 1)
    return `select 0 as c, raw, count(*) as n from (select ${names[0]} as raw from ${from}) s group by raw`
  return `select c, raw, count(*) as n
    from (select unnest([${names.map((_, index) => index).join(', ')}]) as c, unnest([${names.join(', ')}]) as raw from ${from}) s
    group by c, raw`
}

/** Of a number column, from a sum as exact as its type allows. */
const meanOf = ({ type, nativeType }: ColumnSchema): string => {
  const wide = /HUGEINT/.test(nativeType) ? 'double' : /BIGINT/.test(nativeType) ? 'hugeint' : 'bigint'
  return `sum(${type === 'float' ? 'v' : `v::${wide}`} * n) / sum(n) filter (where v is not null)`
}

/** Other values may be one where they are measured: 1.0 and 1.00, two moments of one millisecond. */
const distinctOf = ({ type, nativeType }: ColumnSchema): string =>
  type === 'int' || type === 'bool' || nativeType === 'DOUBLE' || nativeType === 'VARCHAR' || type === 'date'
    ? 'count(v)'
    : 'count(distinct v)'

/** The values below and above each quantile's place, from `v`, up to which there are `cum`. */
const ranks = shares
  .flatMap((share) =>
    ['floor', 'ceil'].map(
      (round) => `min(v) filter (where cum > ${round}(${share}::double * (measured::double - 1)))::double`,
    ),
  )
  .join(', ')

const countsOf = (columns: readonly ColumnSchema[], column: ColumnSchema, from: string): string =>
  `counts as materialized (select c, raw, n, ${measured(column, 'raw')} as v from (${grouped(columns, from)}) g)`

/** Numbers one by one, where they are few; moments by the bins of their histogram, which their extremes decide. */
const listsOf = (kind: Kind, most: number): string => {
  if (kind === 'other') return ''
  const cases = momentSteps.map((step) => `when maximum - minimum <= ${binsAimed * step} then ${step}`)
  const few =
    kind === 'number'
      ? `select c, v, n from counts semi join (select c from facts where kept <= ${most}) few using (c) where v is not null`
      : `select c, v, sum(n) as n from (
           select c, floor(v / step) * step as v, n
           from counts join (select c, case ${cases.join(' ')} end as step from facts) steps using (c)
           where v is not null and step is not null) s group by c, v`
  return `, lists as (select c, list(v::double order by v) as listed, list(n order by v) as times from (${few}) f group by c)`
}

/** Columns of one native type; one statement, one scan. */
const countedSql = (columns: readonly ColumnSchema[], column: ColumnSchema, from: string): string => {
  const kind = kindOf(column.type)
  const isAlone = columns.length === 1
  const isOdd = nonFinite(column, 'raw')
  const lists = listsOf(kind, isAlone ? listedValues : listedOfMany)
  return `with ${countsOf(columns, column, from)},
    facts as materialized (
      select c, sum(n) as total, sum(n) filter (where raw is not null) as known,
        ${isOdd ? `sum(n) filter (where ${isOdd})` : '0'} as odd, count(v) as kept, ${distinctOf(column)} as different,
        min(v) as minimum, max(v) as maximum, ${kind === 'number' ? meanOf(column) : 'null'} as mean,
        ${column.type === 'string' ? '[min(length(v)), sum(length(v) * n) / sum(n) filter (where v is not null), max(length(v))]' : 'null'} as lengths
      from counts group by c),
    firsts as (
      select c, raw, n, v from counts where raw is not null
      ${isAlone ? `order by n desc, v, raw limit ${topCount}` : `qualify row_number() over (partition by c order by n desc, v, raw) <= ${topCount}`}),
    tops as (select c, list({'value': cast(raw as varchar), 'n': n} order by n desc, v, raw) as top from firsts group by c)${lists}
    select facts.*, top${lists === '' ? '' : ', listed, times'}
    from facts left join tops using (c)${lists === '' ? '' : ' left join lists using (c)'}`
}

/** What needs the values in their order, or twice, of columns with too many to list. */
const orderedSql = (columns: readonly ColumnSchema[], column: ColumnSchema, from: string): string =>
  `with ${countsOf(columns, column, from)},
    facts as materialized (select c, sum(n) as measured, ${meanOf(column)} as mean from counts where v is not null group by c),
    spreads as (
      select c, sqrt(sum(n * (v::double - mean) * (v::double - mean)) / (sum(n) - 1)) as stddev
      from counts join facts using (c) where abs(v::double) <= ${hugeValue} group by c),
    cums as (select c, v, sum(n) over (partition by c order by v rows unbounded preceding) as cum from counts where v is not null),
    places as (select c, [${ranks}] as ranks from cums join facts using (c) group by c)
    select c, measured, stddev, ranks from places left join spreads using (c) join facts using (c)`

/** Between the two values around each place, as NumPy does it. */
const between = (total: number, valueAt: (rank: number, index: number) => number): readonly number[] =>
  shares.map((share, index) => {
    const place = share * (total - 1)
    const [low, high] = [valueAt(Math.floor(place), 2 * index), valueAt(Math.ceil(place), 2 * index + 1)]
    return low === high ? low : low + (high - low) * (place - Math.floor(place))
  })

const orderedOf = ({ values, counts }: Listed, mean: number | null): Pick<Counted, 'quantiles' | 'stddev'> => {
  const cums: number[] = []
  let [total, some, squares] = [0, 0, 0]
  for (const [index, count] of counts.entries()) {
    const value = values[index] ?? 0
    total += count
    cums.push(total)
    if (mean === null || Math.abs(value) > hugeValue) continue
    some += count
    squares += count * (value - mean) ** 2
  }
  return {
    quantiles: total === 0 ? null : between(total, (rank) => values[cums.findIndex((cum) => cum > rank)] ?? Number.NaN),
    stddev: some > 1 && mean !== null ? Math.sqrt(squares / (some - 1)) : null,
  }
}

const countedOf = (row: Readonly<Record<string, unknown>>, kind: Kind): Counted => {
  const mean = numberOf(row.mean)
  const values = Array.isArray(row.listed)
    ? { values: row.listed.map(Number), counts: listOf(row.times).map(Number) }
    : null
  return {
    rows: Number(row.total ?? 0),
    known: Number(row.known ?? 0),
    nonFinite: Number(row.odd ?? 0),
    distinct: Number(row.different ?? 0),
    minimum: row.minimum,
    maximum: row.maximum,
    mean,
    lengths: listOf(row.lengths).map(numberOf),
    ...(values && kind === 'number' ? orderedOf(values, mean) : { quantiles: null, stddev: null }),
    top: listOf(row.top).map((one) => {
      const { value, n } = one as { value: unknown; n: unknown }
      return { value: String(value), count: Number(n) }
    }),
    values,
  }
}

/** The figures of columns of one native type, value by value; all exact. */
export const countColumns = async (
  { engine, source, options }: ProfileAsk,
  columns: readonly ColumnSchema[],
): Promise<readonly Counted[]> => {
  const [first] = columns
  if (!first) return []
  const kind = kindOf(first.type)
  const ask = async (sql: string): Promise<Map<number, Record<string, unknown>>> =>
    new Map((await engine.rows(sql, source.parameters, options)).map((row) => [Number(row.c), row]))
  const rows = await ask(countedSql(columns, first, source.from))
  const found = columns.map((_, index) => countedOf(rows.get(index) ?? {}, kind))
  const many =
    kind === 'number' ? [...found.keys()].filter((index) => !found[index]?.values && rows.get(index)?.kept) : []
  if (many.length === 0) return found
  const ordered = await ask(
    orderedSql(
      many.flatMap((index) => columns[index] ?? []),
      first,
      source.from,
    ),
  )
  for (const [place, index] of many.entries()) {
    const [row, own] = [ordered.get(place), found[index]]
    if (!row || !own) continue
    const ranks = listOf(row.ranks).map(Number)
    const quantiles = between(Number(row.measured), (_, at) => ranks[at] ?? Number.NaN)
    found[index] = { ...own, quantiles, stddev: numberOf(row.stddev) }
  }
  return found
}
