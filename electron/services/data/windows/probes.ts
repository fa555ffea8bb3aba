import type { PassOutput, PassScan } from '@shared/sql/windowPass'
import { type Aggregate, aggregateOf, type Windows } from './aggregates'
import { arrivedAggregateOf } from './arrived'
import { type Bound, boundOf, lastRows } from './frames'
import type { KeyedRows } from './keyedRows'
import type { Pace } from './pace'

/** One way of naming a scan’s keys: keys and moments of a chunk in, a column for each output. */
export type Probe = (
  keys: Int32Array,
  moments: Float64Array,
  put: (values: Float64Array<ArrayBuffer>) => void,
) => Promise<void>

const chunkRows = 2048
/** Rows of windows that are walked until others have their turn: those of a quantile, sorted, take half a second. */
const mostWalked = 1 << 22

/** The chunk’s windows, cut where they have that many rows together. */
const slicesOf = (windows: Windows): readonly Windows[] => {
  const { rows, keys, moments, low, high, settled } = windows
  const slices: Windows[] = []
  let [from, walked] = [0, 0]
  for (let row = 0; row < rows; row += 1) {
    walked += (high[row] as number) - (low[row] as number)
    if (walked < mostWalked && row < rows - 1) continue
    const to = row + 1
    slices.push({
      ...{ first: from, rows: to - from, keys: keys.subarray(from, to), moments: moments.subarray(from, to) },
      ...{ low: low.subarray(from, to), high: high.subarray(from, to), settled: settled.subarray(from, to) },
    })
    from = to
    walked = 0
  }
  return slices
}

interface Computed {
  readonly upper: Bound
  readonly lower: Bound
  /** Up to where all rows have arrived. */
  readonly settled: Bound
  readonly rows: number | null
  readonly aggregate: Aggregate
}

export const probesOf = (scan: PassScan, keyed: KeyedRows, pace: Pace): Probe[] =>
  scan.probes.map((outputs) => {
    const bounds = new Map<string, Bound>()
    const boundFor = (name: string, make: () => Bound): Bound => {
      const bound = bounds.get(name) ?? make()
      bounds.set(name, bound)
      return bound
    }
    const computedOf = (output: PassOutput): Computed => {
      const { upper, lower, rows } = output.window
      const ofMoment = (moment: typeof lower): Bound =>
        boundFor(JSON.stringify(moment), () => boundOf(keyed, moment, chunkRows))
      const high = ofMoment(upper)
      const arrived = { starts: keyed.starts, times: keyed.settled }
      return {
        ...{ upper: high, lower: ofMoment(lower) },
        settled: output.isArrived ? boundFor('settled', () => boundOf(arrived, [{ minus: 0 }], chunkRows)) : high,
        // Of rows that have arrived, the last ones are counted when it is known which have.
        rows: output.isArrived ? null : rows,
        aggregate: output.isArrived ? arrivedAggregateOf(output, keyed) : aggregateOf(output, keyed),
      }
    }
    const computed = outputs.map(computedOf)
    const lows = new Int32Array(chunkRows)
    const values = new Float64Array(chunkRows)
    return async (keys, moments, put) => {
      const positions = new Map<Bound, Int32Array>()
      for (const bound of bounds.values()) positions.set(bound, bound(keys, moments))
      const rows = keys.length
      for (const { upper, lower, settled, rows: most, aggregate } of computed) {
        const high = positions.get(upper) ?? lows
        const from = positions.get(lower) ?? lows
        const low = most === null ? from : lastRows(from, high, most, lows, rows)
        const windows: Windows = { first: 0, rows, keys, moments, low, high, settled: positions.get(settled) ?? high }
        const slices = aggregate.isWalked ? slicesOf(windows) : [windows]
        for (const [index, slice] of slices.entries()) {
          if (index > 0) await pace.rest()
          aggregate.compute(slice, values.subarray(slice.first))
        }
        put(values.subarray(0, rows))
      }
    }
  })
