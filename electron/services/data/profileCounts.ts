import type { ColumnSchema } from '@shared/data/profile'
import { quoteName } from '@shared/sql/quote'
import {
  hugeValue,
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
  /** Measured values and how many rows have each; null where there are too many. */
  readonly values: { readonly values: readonly number[]; readonly counts: readonly number[] } | null
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

/** The sum of a number column's values as exactly as its type can be summed. */
const sumOf = ({ type, nativeType }: ColumnSchema): string => {
  if (type === 'float') return 'sum(v * n)'
  if (/HUGEINT/.test(nativeType)) return 'sum(v::double * n)'
  return /BIGINT/.test(nativeType) ? 'sum(v::hugeint * n)' : 'sum(v::bigint * n)'
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

/** All figures but the histogram, read off the counts. Columns of one native type; one statement, one scan. */
const countedSql = (columns: readonly ColumnSchema[], column: ColumnSchema, from: string): string => {
  const kind = kindOf(column.type)
  const isNumber = kind === 'number'
  const isOdd = nonFinite(column, 'raw')
  const numbers = `, spreads as (
      select c, sqrt(sum(n * (v::double - mean) * (v::double - mean)) / (sum(n) - 1)) as stddev
      from counts join facts using (c) where abs(v::double) <= ${hugeValue} group by c),
    cums as (select c, v, sum(n) over (partition by c order by v rows unbounded preceding) as cum from counts where v is not null),
    places as (select c, [${ranks}] as ranks from cums join facts using (c) group by c)`
  const lists = `, lists as (
      select c, list(v::double order by v) as listed, list(n order by v) as times
      from counts semi join (select c from facts where kept <= ${columns.length === 1 ? listedValues : listedOfMany}) few using (c) where v is not null group by c)`
  return `with counts as materialized (select c, raw, n, ${measured(column, 'raw')} as v from (${grouped(columns, from)}) g),
    facts as materialized (
      select c, sum(n) as total, sum(n) filter (where raw is not null) as known, sum(n) filter (where v is not null) as measured,
        ${isOdd ? `sum(n) filter (where ${isOdd})` : '0'} as odd, count(v) as kept, ${distinctOf(column)} as different,
        min(v) as minimum, max(v) as maximum,
        ${isNumber ? `${sumOf(column)} / sum(n) filter (where v is not null)` : 'null'} as mean,
        ${column.type === 'string' ? '[min(length(v)), sum(length(v) * n) / sum(n) filter (where v is not null), max(length(v))]' : 'null'} as lengths
      from counts group by c),
    firsts as (
      select c, raw, n, v from counts where raw is not null
      ${columns.length === 1 ? `order by n desc, v limit ${topCount}` : `qualify row_number() over (partition by c order by n desc, v) <= ${topCount}`}),
    tops as (select c, list({'value': cast(raw as varchar), 'n': n} order by n desc, v) as top from firsts group by c)
    ${isNumber ? numbers : ''}${kind === 'other' ? '' : lists}
    select facts.*, top${isNumber ? ', stddev, ranks' : ''}${kind === 'other' ? '' : ', listed, times'}
    from facts left join tops using (c)
      ${isNumber ? 'left join spreads using (c) left join places using (c)' : ''} ${kind === 'other' ? '' : 'left join lists using (c)'}`
}

/** Between the two values around each place, as NumPy does it. */
const quantilesOf = (ranks: readonly number[], total: number): readonly number[] | null => {
  if (ranks.length === 0 || total === 0) return null
  return shares.map((share, index) => {
    const place = share * (total - 1)
    const [low = 0, high = 0] = [ranks[2 * index], ranks[2 * index + 1]]
    return low === high ? low : low + (high - low) * (place - Math.floor(place))
  })
}

const countedOf = (row: Readonly<Record<string, unknown>>): Counted => ({
  rows: Number(row.total ?? 0),
  known: Number(row.known ?? 0),
  nonFinite: Number(row.odd ?? 0),
  distinct: Number(row.different ?? 0),
  minimum: row.minimum,
  maximum: row.maximum,
  mean: numberOf(row.mean),
  stddev: numberOf(row.stddev),
  lengths: listOf(row.lengths).map(numberOf),
  quantiles: quantilesOf(listOf(row.ranks).map(Number), Number(row.measured ?? 0)),
  top: listOf(row.top).map((one) => {
    const { value, n } = one as { value: unknown; n: unknown }
    return { value: String(value), count: Number(n) }
  }),
  values: Array.isArray(row.listed) ? { values: row.listed.map(Number), counts: listOf(row.times).map(Number) } : null,
})

/** The figures of columns of one native type, value by value; all exact. */
export const countColumns = async (
  { engine, source, options }: ProfileAsk,
  columns: readonly ColumnSchema[],
): Promise<readonly Counted[]> => {
  const [first] = columns
  if (!first) return []
  const rows = await engine.rows(countedSql(columns, first, source.from), source.parameters, options)
  const byColumn = new Map(rows.map((row) => [Number(row.c), row]))
  return columns.map((_, index) => countedOf(byColumn.get(index) ?? {}))
}
