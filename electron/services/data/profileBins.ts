import { type Bins, binAt, lastOfBins } from '@shared/data/bins'
import type { ColumnSchema, Histogram } from '@shared/data/profile'
import { quoteName, quoteText } from '@shared/sql/quote'
import { listOf, measured, type ProfileAsk } from './profileValues'

export interface Binned {
  readonly column: ColumnSchema
  readonly bins: Bins
}

/** From the counts of the values, with no further pass. */
export const histogramOfCounts = (
  bins: Bins,
  { values, counts }: { readonly values: readonly number[]; readonly counts: readonly number[] },
): Histogram => {
  const found = new Array<number>(bins.count).fill(0)
  for (const [index, value] of values.entries()) {
    const bin = binAt(bins, value)
    found[bin] = (found[bin] ?? 0) + (counts[index] ?? 0)
  }
  return { edges: [...bins.edges], counts: found }
}

/** The counts of the bins, where each ends with its greatest number; as `binAt` does it. */
const countsOf = ({ column, bins }: Binned): string => {
  // As texts: a number that is written out would be a decimal of fewer digits.
  const ends = [...lastOfBins(bins).map(String), 'infinity'].map(quoteText).join(', ')
  return `map_values(histogram((${measured(column, quoteName(column.name))})::double, [${ends}]::double[]))`
}

/** One more pass over the rows, for all of them. */
export const histogramsOf = async (
  { engine, source, options }: ProfileAsk,
  all: readonly Binned[],
): Promise<readonly Histogram[]> => {
  if (all.length === 0) return []
  const parts = all.map((one, index) => `${countsOf(one)} as h${index}`)
  const [row] = await engine.rows(`select ${parts.join(', ')} from ${source.from}`, source.parameters, options)
  return all.map(({ bins }, index) => {
    const counts = listOf(row?.[`h${index}`]).map(Number)
    return { edges: [...bins.edges], counts: Array.from({ length: bins.count }, (_, bin) => counts[bin] ?? 0) }
  })
}
