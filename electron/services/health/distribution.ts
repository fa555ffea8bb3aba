import type { CurrentColumn } from '@shared/health/judge'
import { kolmogorovSmirnovFromSteps } from '@shared/health/statistics'
import { quoteName, quoteText } from '@shared/sql/quote'
import type { BaselineColumn } from '@shared/training/run'
import type { QueryEngine } from '../runtime/dependencies'

/** Rows of the prediction log as a table expression. */
export const logTable = (files: readonly string[]): string =>
  `read_parquet([${files.map(quoteText).join(', ')}], union_by_name = true)`

const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : 'null')

/**
 * How far a vector lies from the centre of those in training, to five digits as the baseline has it; null where it is missing
 * or as long as none of theirs.
 */
const distance = (column: string, centre: readonly number[]): string => {
  const name = quoteName(column)
  const far = `list_distance(${name}::double[], [${centre.map(numberText).join(', ')}]::double[])`
  const rounded = `list_transform([${far}], lambda d: case when d > 0 then round(d / pow(10, floor(log10(d)) - 4)) * pow(10, floor(log10(d)) - 4) else d end)[1]`
  return `(case when len(${name}) = ${centre.length} then ${rounded} end)`
}

/**
 * A numeric column as the model sees it: float32, what is not finite as null. Edges and samples of the baseline are compared at the
 * same precision, so that 0.1 stored once as float32 and once as float64 stays one value.
 */
const numeric = (column: string, { centre }: BaselineColumn): string => {
  const value = `cast(${centre ? distance(column, centre) : quoteName(column)} as FLOAT)`
  return `case when isfinite(${value}) then ${value} end`
}

const numericBin = (edges: readonly number[]): string => {
  // First and last bin are open-ended; a bin holds its left edge.
  const inner = edges.slice(1, -1)
  const arms = inner.map((edge, bin) => `when x < cast(${numberText(edge)} as FLOAT) then ${bin}`)
  return arms.length === 0
    ? 'case when x is not null then 0 end'
    : `case when x is null then null ${arms.join(' ')} else ${inner.length} end`
}

const truth = (value: string): string => {
  const text = value.toLowerCase()
  return text === '1' || text === '1.0' ? 'true' : text === '0' || text === '0.0' ? 'false' : text
}

const categoryBin = (baseline: BaselineColumn): string => {
  const categories = baseline.categories ?? []
  const arms = categories.map(
    ({ value }, bin) => `when ${quoteText(baseline.kind === 'boolean' ? truth(value) : value)} then ${bin}`,
  )
  const other = categories.length
  return arms.length === 0
    ? `case when x is not null then ${other} end`
    : `case when x is null then null else case x ${arms.join(' ')} else ${other} end end`
}

const cumulative = async (
  engine: QueryEngine,
  table: string,
  column: string,
  baseline: BaselineColumn,
  sample: readonly number[],
  signal: AbortSignal,
): Promise<{ value: number; below: number; upTo: number }[]> => {
  const rows = await engine.rows(
    // One sort of both sides together; joining the sample onto the values would look at every pair.
    `with v as (
        select ${numeric(column, baseline)} as x, 1 as n, 0 as is_sample from ${table}
        union all select cast(unnest([${sample.map(numberText).join(', ')}]) as FLOAT), 0, 1),
      g as (select x, sum(n) as n, max(is_sample) as is_sample from v where x is not null group by x),
      c as (select x, n, is_sample, sum(n) over (order by x rows unbounded preceding) as up_to from g)
    select cast(x as DOUBLE) as value, cast(up_to as DOUBLE) as up_to, cast(up_to - n as DOUBLE) as below
    from c where is_sample = 1 order by x`,
    [],
    { signal },
  )
  return rows.map((row) => ({ value: Number(row.value), below: Number(row.below), upTo: Number(row.up_to) }))
}

/** What the log holds of one column, binned as the baseline is. */
export const currentColumn = async (
  engine: QueryEngine,
  table: string,
  baseline: BaselineColumn,
  column: string,
  signal: AbortSignal,
): Promise<CurrentColumn> => {
  const isNumeric = baseline.histogram !== null
  const value = isNumeric
    ? numeric(column, baseline)
    : baseline.kind === 'boolean'
      ? `lower(cast(try_cast(${quoteName(column)} as BOOLEAN) as VARCHAR))`
      : `cast(${quoteName(column)} as VARCHAR)`
  const bin = baseline.histogram ? numericBin(baseline.histogram.edges) : categoryBin(baseline)
  const found = await engine.rows(
    `select ${bin} as bin, count(*) as n from (select ${value} as x from ${table}) group by 1`,
    [],
    { signal },
  )
  const size = baseline.histogram ? baseline.histogram.counts.length : (baseline.categories ?? []).length + 1
  const counts = new Array<number>(size).fill(0)
  let nulls = 0
  for (const row of found) {
    if (row.bin === null) nulls = Number(row.n)
    else counts[Number(row.bin)] = Number(row.n)
  }
  const values = counts.reduce((a, b) => a + b, 0)
  const sample = Float32Array.from(baseline.sample ?? [])
  const ks =
    sample.length > 0 && values > 0
      ? kolmogorovSmirnovFromSteps(
          [...sample],
          await cumulative(engine, table, column, baseline, [...sample], signal),
          values,
        )
      : null
  return { rows: values + nulls, nulls, counts, ks }
}
