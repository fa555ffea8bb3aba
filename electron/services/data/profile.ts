import { type Bins, momentBins, numberBins } from '@shared/data/bins'
import type { ColumnProfile, ColumnSchema, Histogram } from '@shared/data/profile'
import { quoteName } from '@shared/sql/quote'
import type { DataEngine, QueryOptions } from './engine'

/** Up to here every figure is exact; beyond, quantiles, histogram and top values come from a fixed sample. */
const exactRows = 5_000_000
const sampleRows = 1_000_000
/** The square of a larger one is no number. */
const hugeValue = 1e150
const topCount = 12
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

const numberOf = (value: unknown): number | null =>
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

const histogramOf = async (
  engine: DataEngine,
  { from, parameters }: Source,
  value: string,
  bins: Bins,
  options: QueryOptions,
): Promise<Histogram> => {
  const last = bins.count - 1
  const rows = await engine.rows(
    `select greatest(0, least(${last}, cast(floor((v - (${bins.start})::double) / ${bins.step}::double) as bigint))) as bin, count(*) as n
     from (select ${value} as v from ${from}) where v is not null group by bin`,
    parameters,
    options,
  )
  const counts = new Array<number>(bins.count).fill(0)
  for (const row of rows) counts[Number(row.bin)] = Number(row.n)
  return { edges: [...bins.edges], counts }
}

const topOf = async (
  engine: DataEngine,
  { from, parameters }: Source,
  column: string,
  options: QueryOptions,
): Promise<ColumnProfile['top']> => {
  const rows = await engine.rows(
    `select cast(v as varchar) as value, count(*) as n from (select ${column} as v from ${from}) m
     where v is not null group by m.v order by n desc, value limit ${topCount}`,
    parameters,
    options,
  )
  return rows.map(({ value, n }) => ({ value: String(value), count: Number(n) }))
}

/** The figures of one column: three passes at most. */
export const profileColumn = async (
  engine: DataEngine,
  source: Source,
  column: ColumnSchema,
  rows: number,
  options: QueryOptions = {},
): Promise<ColumnProfile> => {
  const isExact = rows <= exactRows
  const sample: Source = isExact
    ? source
    : {
        ...source,
        from: `(select ${quoteName(column.name)} from ${source.from} using sample reservoir(${sampleRows} rows) repeatable (17))`,
      }
  const value = measured(column)
  const kind = kindOf(column.type)
  const isNumber = kind === 'number'
  const distinct = isExact ? 'count(distinct v)' : 'approx_count_distinct(v)'
  const quantileSql = kind === 'other' ? 'null' : `quantile_cont(v::double, [${shares.join(', ')}])`
  // Names of our own only: a file may have a column `v`.
  const inner = `(select ${quoteName(column.name)} as raw, ${value} as v from ${source.from}) m`
  const [whole] = await engine.rows(
    `select count(*) as n, count(*) - count(raw) as nulls, ${nonFinite(column, 'raw')} as nonfinite,
       ${distinct} as distinct_values, min(v) as minimum, max(v) as maximum,
       ${isNumber ? 'avg(v)' : 'null'} as mean, ${isNumber ? `stddev_samp(greatest(-${hugeValue}, least(${hugeValue}, v::double)))` : 'null'} as stddev,
       ${isExact ? quantileSql : 'null'} as quantiles
     from ${inner}`,
    source.parameters,
    options,
  )
  const quantiles =
    isExact || kind === 'other'
      ? whole?.quantiles
      : (
          await engine.rows(
            `select ${quantileSql} as quantiles from (select ${value} as v from ${sample.from})`,
            sample.parameters,
            options,
          )
        )[0]?.quantiles
  const list = Array.isArray(quantiles) ? quantiles.map(Number) : null
  const [p01 = 0, p05 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0, p99 = 0] = list ?? []
  const minimum = numberOf(kind === 'other' ? null : whole?.minimum)
  const maximum = numberOf(kind === 'other' ? null : whole?.maximum)
  const isHuge = Math.max(Math.abs(minimum ?? 0), Math.abs(maximum ?? 0)) > hugeValue
  const bins =
    minimum === null || maximum === null || list === null
      ? null
      : isNumber
        ? numberBins({ minimum, maximum, low: p01, high: p99 }, column.type === 'int' ? 'int' : 'float')
        : momentBins(minimum, maximum)
  return {
    name: column.name,
    type: column.type,
    rows: Number(whole?.n ?? 0),
    nulls: Number(whole?.nulls ?? 0),
    nonFinite: Number(whole?.nonfinite ?? 0),
    distinct: Number(whole?.distinct_values ?? 0),
    isDistinctExact: isExact,
    min: extreme(whole?.minimum, column.type),
    max: extreme(whole?.maximum, column.type),
    mean: numberOf(whole?.mean),
    stddev: isHuge ? null : numberOf(whole?.stddev),
    quantiles: list && isNumber ? { p01, p05, p25, p50, p75, p95, p99 } : null,
    histogram: bins ? await histogramOf(engine, sample, value, bins, options) : null,
    top: await topOf(engine, sample, quoteName(column.name), options),
    sampledRows: isExact ? rows : Math.min(rows, sampleRows),
  }
}
