import type { ColumnSchema } from '@shared/data/profile'
import { quoteName } from '@shared/sql/quote'
import type { Counted } from './profileCounts'
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

/** A guess at how many values a column has looks at so many rows, and at half of them. */
const probedRows = 16_384
const sampleRows = 200_000

export interface Guess {
  readonly values: number
  /** Nearly every one of the first rows has a value of its own. */
  readonly isDense: boolean
}

/**
 * How many different values each column of so many rows may have, from the first rows: as many more as the second half of
 * them had more than the first. Sorted ones go on at that pace, few mixed ones have all been seen. One statement for all.
 */
export const guessValues = async (
  { engine, source, options }: ProfileAsk,
  columns: readonly ColumnSchema[],
  rows: number,
): Promise<readonly Guess[]> => {
  const values = columns.map((column, index) => `${measured(column, quoteName(column.name))} as v${index}`)
  const figures = columns.map(
    (_, index) =>
      `approx_count_distinct(v${index}) as whole${index}, approx_count_distinct(case when is_early then v${index} end) as half${index}`,
  )
  const [found] = await engine.rows(
    `with firsts as materialized (
       select ${values.join(', ')}, row_number() over () <= ${probedRows / 2} as is_early from ${source.from} limit ${probedRows})
     select ${figures.join(', ')} from firsts`,
    source.parameters,
    options,
  )
  return columns.map((_, index) => {
    const [half, whole] = ['half', 'whole'].map((name) => Math.max(1, Number(found?.[`${name}${index}`] ?? 1)))
    const growth = Math.min(1, Math.max(0, Math.log2((whole ?? 1) / (half ?? 1))))
    return { values: (whole ?? 1) * (rows / probedRows) ** growth, isDense: (whole ?? 1) > 0.8 * probedRows }
  })
}

/** A HyperLogLog of all rows. */
export const aboutValues = async ({ engine, source, options }: ProfileAsk, column: ColumnSchema): Promise<number> => {
  const [found] = await engine.rows(
    `select approx_count_distinct(${measured(column, quoteName(column.name))}) as about from ${source.from}`,
    source.parameters,
    options,
  )
  return Number(found?.about ?? 0)
}

/** Very many values: what is cheap of all rows and exact, with a HyperLogLog and a t-digest, in one pass. */
export const sketchColumn = async (
  { engine, source, options }: ProfileAsk,
  column: ColumnSchema,
): Promise<Omit<Counted, 'top' | 'values'>> => {
  const isNumber = kindOf(column.type) === 'number'
  const isOdd = nonFinite(column, 'raw')
  // Names of our own only: a file may have a column `v`.
  const [row] = await engine.rows(
    `select count(*) as n, count(raw) as known, ${isOdd ? `count(*) filter (where ${isOdd})` : '0'} as odd,
       approx_count_distinct(v) as about, min(v) as minimum, max(v) as maximum, ${isNumber ? 'avg(v)' : 'null'} as mean,
       ${isNumber ? `stddev_samp(case when abs(v::double) <= ${hugeValue} then v::double end)` : 'null'} as stddev,
       ${isNumber ? `approx_quantile(v::double, [${shares.join(', ')}])` : 'null'} as quantiles,
       ${column.type === 'string' ? '[min(length(v)), avg(length(v)), max(length(v))]' : 'null'} as lengths
     from (select ${quoteName(column.name)} as raw, ${measured(column, quoteName(column.name))} as v from ${source.from}) m`,
    source.parameters,
    options,
  )
  return {
    rows: Number(row?.n ?? 0),
    known: Number(row?.known ?? 0),
    nonFinite: Number(row?.odd ?? 0),
    distinct: Number(row?.about ?? 0),
    minimum: row?.minimum,
    maximum: row?.maximum,
    mean: numberOf(row?.mean),
    stddev: numberOf(row?.stddev),
    lengths: listOf(row?.lengths).map(numberOf),
    quantiles: Array.isArray(row?.quantiles) ? row.quantiles.map(Number) : null,
  }
}

/** The most frequent values of a fixed sample of some 200,000 rows, each taken by the same chance. */
export const sampledTop = async (
  { engine, source, options }: ProfileAsk,
  column: ColumnSchema,
  rows: number,
): Promise<{ readonly top: Counted['top']; readonly sampledRows: number }> => {
  const percent = Math.min(100, (100 * sampleRows) / Math.max(1, rows))
  const found = await engine.rows(
    `with groups as (select raw, count(*) as n
       from (select ${quoteName(column.name)} as raw from ${source.from} using sample ${percent}% (bernoulli, 17)) s group by raw),
     firsts as (select raw, n from groups where raw is not null order by n desc, ${measured(column, 'raw')}, raw limit ${topCount})
     select cast(raw as varchar) as value, n, (select sum(n) from groups) as total
     from firsts order by n desc, ${measured(column, 'raw')}, raw`,
    source.parameters,
    options,
  )
  return {
    top: found.map(({ value, n }) => ({ value: String(value), count: Number(n) })),
    sampledRows: found.length === 0 ? Math.min(rows, sampleRows) : Number(found[0]?.total),
  }
}
