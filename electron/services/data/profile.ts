import { type Bins, momentBins, numberBins } from '@shared/data/bins'
import { coverageOf } from '@shared/data/coverage'
import type { ColumnProfile, ColumnSchema, Estimate, Histogram } from '@shared/data/profile'
import type { DataEngine, QueryOptions } from './engine'
import { type Binned, histogramOfCounts, histogramsOf } from './profileBins'
import { type Counted, countColumns } from './profileCounts'
import { aboutValues, type Guess, guessValues, sampledTop, sketchColumn } from './profileSketch'
import { hugeValue, kindOf, numberOf, type ProfileAsk, type ProfileSource } from './profileValues'

/** A column with at most so many values, as far as a sketch tells, is counted value by value: every figure is exact. */
const countedValues = 400_000
/** So is any column of at most so many rows; beyond, quantiles are sketches and top values come from a fixed sample. */
const countedRows = 250_000
/** Up to so many rows it is quicker to count several columns in one statement than each in its own. */
const togetherRows = 20_000
/** So many values at a time, so that memory does not grow with the number of columns; and so many columns. */
const togetherValues = 2_000_000
const togetherColumns = 200
/** Of many rows, so many columns side by side, as the grid asks for them. */
const atOnce = 2

interface Spread extends Omit<Counted, 'values'> {
  readonly histogram: Histogram | null
  readonly estimates: readonly Estimate[]
  readonly sampledRows: number
}

const binsOf = (
  { type }: ColumnSchema,
  { minimum, maximum, quantiles }: Pick<Counted, 'minimum' | 'maximum' | 'quantiles'>,
): Bins | null => {
  const kind = kindOf(type)
  if (kind === 'other') return null
  const [least, greatest] = [numberOf(minimum), numberOf(maximum)]
  if (least === null || greatest === null) return null
  if (kind === 'moment') return momentBins(least, greatest)
  if (quantiles === null) return null
  const [low = 0, high = 0] = [quantiles[0], quantiles.at(-1)]
  return numberBins({ minimum: least, maximum: greatest, low, high }, type === 'int' ? 'int' : 'float')
}

/** Value by value, columns of one native type. */
const countedSpreads = async (ask: ProfileAsk, columns: readonly ColumnSchema[]): Promise<readonly Spread[]> => {
  const counted = await countColumns(ask, columns)
  const histograms = new Map<number, Histogram>()
  const later: { readonly index: number; readonly binned: Binned }[] = []
  for (const [index, column] of columns.entries()) {
    const own = counted[index]
    const bins = own ? binsOf(column, own) : null
    if (!own || !bins) continue
    if (own.values) histograms.set(index, histogramOfCounts(bins, own.values))
    else later.push({ index, binned: { column, bins } })
  }
  const found = await histogramsOf(
    ask,
    later.map(({ binned }) => binned),
  )
  for (const [place, { index }] of later.entries()) {
    const histogram = found[place]
    if (histogram) histograms.set(index, histogram)
  }
  return counted.map(({ values: _, ...own }, index) => ({
    ...own,
    histogram: histograms.get(index) ?? null,
    estimates: [],
    sampledRows: own.rows,
  }))
}

const countedSpread = async (ask: ProfileAsk, column: ColumnSchema): Promise<Spread> => {
  const [spread] = await countedSpreads(ask, [column])
  if (!spread) throw new Error('A column was not counted.')
  return spread
}

/** Very many values: sketches of all rows, and the top values of a sample; null where the sketch says that they can be counted. */
const sketchedSpread = async (ask: ProfileAsk, column: ColumnSchema): Promise<Spread | null> => {
  const sketch = await sketchColumn(ask, column)
  if (sketch.distinct <= countedValues) return null
  const bins = binsOf(column, sketch)
  const [histogram = null] = bins ? await histogramsOf(ask, [{ column, bins }]) : []
  return {
    ...sketch,
    ...(await sampledTop(ask, column, sketch.rows)),
    histogram,
    estimates: ['distinct', ...(kindOf(column.type) === 'number' ? (['quantiles'] as const) : []), 'top'],
  }
}

/**
 * Counting is the quicker way where there are few values, and the slower where nearly all differ. The first rows say which
 * of the two is tried; where they mislead, the figures are exact though they need not be, or a sketch decides.
 */
const spreadOf = async (ask: ProfileAsk, column: ColumnSchema, guess: Guess | undefined): Promise<Spread> => {
  if (!guess) return countedSpread(ask, column)
  const isCounted =
    !guess.isDense && (guess.values <= countedValues || (await aboutValues(ask, column)) <= countedValues)
  return (isCounted ? null : await sketchedSpread(ask, column)) ?? countedSpread(ask, column)
}

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

const profileOf = ({ name, type }: ColumnSchema, spread: Spread): ColumnProfile => {
  const { rows, quantiles, histogram, estimates, minimum, maximum } = spread
  const isNumber = kindOf(type) === 'number'
  const [p01 = 0, p05 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0, p99 = 0] = quantiles ?? []
  const isHuge = isNumber && Math.max(Math.abs(numberOf(minimum) ?? 0), Math.abs(numberOf(maximum) ?? 0)) > hugeValue
  const [shortest, mean, longest] = spread.lengths
  return {
    name,
    type,
    rows,
    nulls: rows - spread.known,
    nonFinite: spread.nonFinite,
    distinct: spread.distinct,
    isDistinctExact: !estimates.includes('distinct'),
    min: extreme(minimum, type),
    max: extreme(maximum, type),
    mean: spread.mean,
    stddev: isHuge ? null : spread.stddev,
    quantiles: quantiles && isNumber ? { p01, p05, p25, p50, p75, p95, p99 } : null,
    histogram,
    top: [...spread.top],
    sampledRows: spread.sampledRows,
    estimates: [...estimates],
    ...(shortest != null && mean != null && longest != null ? { lengths: { min: shortest, mean, max: longest } } : {}),
    ...(kindOf(type) === 'moment' && histogram ? { coverage: coverageOf(histogram) } : {}),
  }
}

/** Columns of one native type, as many as go into one statement. */
const batchesOf = (columns: readonly ColumnSchema[], rows: number): readonly (readonly ColumnSchema[])[] => {
  const size = Math.max(1, Math.min(togetherColumns, Math.floor(togetherValues / Math.max(1, rows))))
  return [...Map.groupBy(columns, ({ nativeType }) => nativeType).values()].flatMap((alike) =>
    Array.from({ length: Math.ceil(alike.length / size) }, (_, index) => alike.slice(index * size, (index + 1) * size)),
  )
}

/**
 * The figures of columns, in their order. Each that is an estimate says so. Of few rows, several columns at a time; of many, each
 * in a pass or two, and four where nearly all of its values differ.
 */
export const profileColumns = async (
  engine: DataEngine,
  source: ProfileSource,
  columns: readonly ColumnSchema[],
  expectedRows: number,
  options: QueryOptions = {},
): Promise<ColumnProfile[]> => {
  const ask: ProfileAsk = { engine, source, options }
  const profiles = new Map<ColumnSchema, ColumnProfile>()
  if (expectedRows > togetherRows) {
    // One iterator for both: each takes the next column when it is done with its last, and none where one failed.
    const guesses = expectedRows > countedRows ? await guessValues(ask, columns, expectedRows) : []
    const waiting = columns.entries()
    let isFailed = false
    const work = async (): Promise<void> => {
      try {
        for (const [index, column] of waiting) {
          if (isFailed) return
          profiles.set(column, profileOf(column, await spreadOf(ask, column, guesses[index])))
        }
      } catch (error) {
        isFailed = true
        throw error
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  } else
    for (const batch of batchesOf(columns, expectedRows)) {
      const spreads = await countedSpreads(ask, batch)
      for (const [index, column] of batch.entries()) {
        const spread = spreads[index]
        if (spread) profiles.set(column, profileOf(column, spread))
      }
    }
  return columns.flatMap((column) => profiles.get(column) ?? [])
}
