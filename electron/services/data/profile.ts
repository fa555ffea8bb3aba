import { type Bins, momentBins, numberBins } from '@shared/data/bins'
import { coverageOf } from '@shared/data/coverage'
import type { ColumnProfile, ColumnSchema, Estimate, Histogram } from '@shared/data/profile'
import { quoteName } from '@shared/sql/quote'
import type { DataEngine, QueryOptions } from './engine'

/** A column with at most so many values, as far as a sketch tells, is counted value by value: every figure is exact. */
const countedValues = 400_000
/** So is any column of at most so many rows; beyond, quantiles are sketches and top values come from a fixed sample. */
const countedRows = 250_000
const sampleRows = 200_000
const topCount = 12
/** The square of a larger one is no number. */
const hugeValue = 1e150
const shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const

interface Source {
  /** Rows as a table expression, filters applied. */
  readonly from: string
  readonly parameters: readonly unknown[]
}

type Kind = 'number' | 'moment' | 'other'

const kindOf = (type: ColumnSchema['type']): Kind => {
  if (type === 'int' || type === 'float') return 'number'
  return type === 'date' || type === 'time' ? 'moment' : 'other'
}

/** The column as what is measured: finite doubles, ms since 1970, or text. */
const measured = ({ name, type, nativeType }: ColumnSchema): string => {
  const column = quoteName(name)
  switch (kindOf(type)) {
    case 'number': {
      if (type === 'int') return column
      const double = nativeType === 'DOUBLE' || nativeType === 'FLOAT' ? column : `cast(${column} as double)`
      return `case when isfinite(${double}) then ${double} end`
    }
    case 'moment':
      return `case when isfinite(${column}) then epoch_ms(cast(${column} as timestamp)) end`
    case 'other':
      return type === 'bool' || type === 'string' ? column : `cast(${column} as varchar)`
  }
}

const nonFinite = ({ type, nativeType }: ColumnSchema, column: string): string => {
  const isFloat = type === 'float' && !nativeType.startsWith('DECIMAL')
  return isFloat || kindOf(type) === 'moment' ? `count(*) filter (where not isfinite(${column}))` : '0::bigint'
}

export const numberOf = (value: unknown): number | null =>
  value === null || value === undefined || !Number.isFinite(Number(value)) ? null : Number(value)

const extreme = (value: unknown, type: ColumnSchema['type']): number | string | boolean | null => {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean' || typeof value === 'string') return value
  const number = Number(value)
  switch (type) {
    case 'time':
      return new Date(number).toISOString()
    case 'date':
      return new Date(number).toISOString().slice(0, 10)
    default:
      return number
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** `quantile_cont` of values `v` that stand `n` times each, `cum` of them up to each: the ranks on both sides, and between them. */
const countedQuantiles = (kind: Kind, total: number): string => {
  if (kind === 'other' || total === 0) return 'null'
  const at = (rank: number): string => `min(v) filter (where cum > ${rank})::double`
  const parts = shares.map((share) => {
    const place = share * (total - 1)
    const [low, high] = [Math.floor(place), Math.ceil(place)]
    return low === high ? at(low) : `${at(low)} + (${at(high)} - ${at(low)}) * ${(place - low).toFixed(12)}::double`
  })
  return `[${parts.join(', ')}]`
}

const binOf = (bins: Bins): string =>
  `greatest(0, least(${bins.count - 1}, cast(floor((v - (${bins.start})::double) / ${bins.step}::double) as bigint)))`

const histogramOf = (bins: Bins | null, rows: readonly Readonly<Record<string, unknown>>[]): Histogram | null => {
  if (!bins) return null
  const counts = new Array<number>(bins.count).fill(0)
  for (const { bin, n } of rows) counts[Number(bin)] = Number(n)
  return { edges: [...bins.edges], counts }
}

interface Ask {
  readonly engine: DataEngine
  readonly source: Source
  readonly column: ColumnSchema
  readonly options: QueryOptions
}

/** What is the same for any number of rows: one pass, and cheap. */
const wholeOf = async ({ engine, source, column, options }: Ask, rows: number) => {
  const kind = kindOf(column.type)
  const isNumber = kind === 'number'
  const isText = column.type === 'string'
  // Names of our own only: a file may have a column `v`.
  const inner = `(select ${quoteName(column.name)} as raw, ${measured(column)} as v from ${source.from}) m`
  const [whole] = await engine.rows(
    `select count(*) as n, count(raw) as known, count(v) as measured, ${nonFinite(column, 'raw')} as nonfinite,
       ${rows <= countedRows ? 'null' : 'approx_count_distinct(v)'} as about, min(v) as minimum, max(v) as maximum,
       ${isNumber ? 'avg(v)' : 'null'} as mean,
       ${isNumber ? `stddev_samp(case when abs(v::double) <= ${hugeValue} then v::double end)` : 'null'} as stddev,
       ${isText ? '[min(length(v)), avg(length(v)), max(length(v))]' : 'null'} as lengths
     from ${inner}`,
    source.parameters,
    options,
  )
  return whole ?? {}
}

interface Spread {
  readonly distinct: number
  readonly quantiles: readonly number[] | null
  readonly histogram: Histogram | null
  readonly top: ColumnProfile['top']
  readonly estimates: readonly Estimate[]
  readonly sampledRows: number
}

type Cut = (quantiles: readonly number[] | null) => Bins | null

/** Value by value: what is distinct is counted once, and all figures are read off the counts. */
const countedSpread = async (ask: Ask, total: number, rows: number, cut: Cut): Promise<Spread> => {
  const { engine, source, column, options } = ask
  const kind = kindOf(column.type)
  const name = quoteName(column.name)
  const counts = `select raw, any_value(v) as v, count(*) as n from (select ${name} as raw, ${measured(column)} as v from ${source.from}) m where raw is not null group by raw`
  const top = `(select list({'value': cast(raw as varchar), 'n': n} order by n desc, cast(raw as varchar)) from (select raw, n from counts order by n desc, cast(raw as varchar) limit ${topCount}))`
  const query = async (select: string) =>
    (await engine.rows(`with counts as materialized (${counts}) ${select}`, source.parameters, options))[0]
  // Other texts than the values’ own are alike where the values are not (1.0 and 1.00): they are counted as they are measured.
  const ordered =
    kind === 'other'
      ? ''
      : `, cums as materialized (select v, n, sum(n) over (order by v rows unbounded preceding) as cum from counts where v is not null)`
  const first = await query(
    `${ordered} select (select count(distinct v) from counts) as distinct_values, ${top} as top,
       ${kind === 'other' ? 'null' : `(select ${countedQuantiles(kind, total)} from cums)`} as quantiles`,
  )
  const quantiles = Array.isArray(first?.quantiles) ? first.quantiles.map(Number) : null
  const bins = cut(quantiles)
  // Of the counts, which are fewer than the rows.
  const binned = bins
    ? await engine.rows(
        `with counts as materialized (${counts}) select ${binOf(bins)} as bin, sum(n) as n from counts where v is not null group by bin`,
        source.parameters,
        options,
      )
    : []
  return {
    distinct: Number(first?.distinct_values ?? 0),
    quantiles,
    histogram: histogramOf(bins, binned),
    top: listOf(first?.top).map((one) => {
      const { value, n } = one as { value: unknown; n: unknown }
      return { value: String(value), count: Number(n) }
    }),
    estimates: [],
    sampledRows: rows,
  }
}

/** Very many values: sketches of all rows, and the top values of a sample. */
const sketchedSpread = async (ask: Ask, about: number, rows: number, cut: Cut): Promise<Spread> => {
  const { engine, source, column, options } = ask
  const kind = kindOf(column.type)
  const value = measured(column)
  const query = (sql: string) => engine.rows(sql, source.parameters, options)
  const [sketch] =
    kind === 'other'
      ? []
      : await query(
          `select approx_quantile(v::double, [${shares.join(', ')}]) as quantiles from (select ${value} as v from ${source.from}) m`,
        )
  const quantiles = Array.isArray(sketch?.quantiles) ? sketch.quantiles.map(Number) : null
  const bins = cut(quantiles)
  const binned = bins
    ? await query(
        `select ${binOf(bins)} as bin, count(*) as n from (select ${value} as v from ${source.from}) m where v is not null group by bin`,
      )
    : []
  const sample = `(select ${quoteName(column.name)} as raw from ${source.from} using sample reservoir(${sampleRows} rows) repeatable (17))`
  const top = await query(
    `select cast(raw as varchar) as value, count(*) as n from ${sample} m where raw is not null group by m.raw order by n desc, value limit ${topCount}`,
  )
  return {
    distinct: about,
    quantiles,
    histogram: histogramOf(bins, binned),
    top: top.map(({ value, n }) => ({ value: String(value), count: Number(n) })),
    estimates: ['distinct', ...(kind === 'other' ? [] : (['quantiles'] as const)), 'top'],
    sampledRows: Math.min(rows, sampleRows),
  }
}

/** The figures of one column: three passes at most. Each that is an estimate says so. */
export const profileColumn = async (
  engine: DataEngine,
  source: Source,
  column: ColumnSchema,
  expectedRows: number,
  options: QueryOptions = {},
): Promise<ColumnProfile> => {
  const ask: Ask = { engine, source, column, options }
  const kind = kindOf(column.type)
  const isNumber = kind === 'number'
  const whole = await wholeOf(ask, expectedRows)
  const rows = Number(whole.n ?? 0)
  const about = numberOf(whole.about) ?? 0
  const minimum = numberOf(kind === 'other' ? null : whole.minimum)
  const maximum = numberOf(kind === 'other' ? null : whole.maximum)
  const cut: Cut = (quantiles) => {
    if (minimum === null || maximum === null || quantiles === null) return null
    const [low = 0, high = 0] = [quantiles[0], quantiles.at(-1)]
    return isNumber
      ? numberBins({ minimum, maximum, low, high }, column.type === 'int' ? 'int' : 'float')
      : momentBins(minimum, maximum)
  }
  const isCounted = rows <= countedRows || about <= countedValues
  const spread = isCounted
    ? await countedSpread(ask, Number(whole.measured ?? 0), rows, cut)
    : await sketchedSpread(ask, about, rows, cut)
  const { quantiles, histogram, estimates } = spread
  const [p01 = 0, p05 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0, p99 = 0] = quantiles ?? []
  const isHuge = Math.max(Math.abs(minimum ?? 0), Math.abs(maximum ?? 0)) > hugeValue
  const [shortest, mean, longest] = listOf(whole.lengths).map(numberOf)
  return {
    name: column.name,
    type: column.type,
    rows,
    nulls: rows - Number(whole.known ?? 0),
    nonFinite: Number(whole.nonfinite ?? 0),
    distinct: spread.distinct,
    isDistinctExact: !estimates.includes('distinct'),
    min: extreme(whole.minimum, column.type),
    max: extreme(whole.maximum, column.type),
    mean: numberOf(whole.mean),
    stddev: isHuge ? null : numberOf(whole.stddev),
    quantiles: quantiles && isNumber ? { p01, p05, p25, p50, p75, p95, p99 } : null,
    histogram,
    top: [...spread.top],
    sampledRows: spread.sampledRows,
    estimates: [...estimates],
    ...(shortest != null && mean != null && longest != null ? { lengths: { min: shortest, mean, max: longest } } : {}),
    ...(kind === 'moment' && histogram ? { coverage: coverageOf(histogram) } : {}),
  }
}
