import type { PassAggregate, PassOutput } from '@shared/sql/windowPass'
import type { KeyedRows, Repeats } from './keyedRows'
import { PassRefused } from './pace'

/** A chunk’s windows: positions `low` (inclusive) to `high` (exclusive) of the rows of `keys`. */
export interface Windows {
  /** Their place in the chunk. */
  readonly first: number
  readonly rows: number
  readonly keys: Int32Array
  readonly moments: Float64Array
  readonly low: Int32Array
  readonly high: Int32Array
  /** All rows before this position have arrived; it may lie anywhere. */
  readonly settled: Int32Array
}

/** Writes a value for each window; NaN is null. */
export type Compute = (windows: Windows, into: Float64Array) => void

export interface Aggregate {
  readonly compute: Compute
  /** Whether each window is gone through from its first row to its last. */
  readonly isWalked: boolean
}

const none = Number.NaN

/** How many of a window’s values are known: without `known`, all. */
type CountKnown = (from: number, to: number) => number
export const countKnown = (known: Int32Array | undefined): CountKnown =>
  known ? (from, to) => (known[to] as number) - (known[from] as number) : (from, to) => to - from

/** From the totals at both ends. Each aggregate has a loop of its own, which the engine of JavaScript compiles for it. */
const fromTotals = (aggregate: PassAggregate, totals: Float64Array, known: Int32Array | undefined): Compute => {
  const count = countKnown(known)
  const total = (from: number, to: number): number => (totals[to] as number) - (totals[from] as number)
  const each =
    (value: (from: number, to: number) => number): Compute =>
    ({ rows, low, high }, into) => {
      for (let row = 0; row < rows; row += 1) {
        const [from, to] = [low[row] as number, high[row] as number]
        into[row] = count(from, to) > 0 ? value(from, to) : none
      }
    }
  switch (aggregate) {
    case 'average':
      return each((from, to) => total(from, to) / count(from, to))
    case 'any':
      return each((from, to) => (total(from, to) > 0 ? 1 : 0))
    case 'all':
      return each((from, to) => (total(from, to) === count(from, to) ? 1 : 0))
    default:
      return each(total)
  }
}

const fromKnown = (known: Int32Array | undefined): Compute => {
  const count = countKnown(known)
  return ({ rows, low, high }, into) => {
    for (let row = 0; row < rows; row += 1) into[row] = count(low[row] as number, high[row] as number)
  }
}

const countRows: Compute = ({ rows, low, high }, into) => {
  for (let row = 0; row < rows; row += 1) into[row] = (high[row] as number) - (low[row] as number)
}

const edge =
  (values: Float64Array, isLast: boolean): Compute =>
  ({ rows, low, high }, into) => {
    for (let row = 0; row < rows; row += 1) {
      const [from, to] = [low[row] as number, high[row] as number]
      into[row] = to > from ? (values[isLast ? to - 1 : from] as number) : none
    }
  }

/** What has been walked of a key’s newest window. */
interface Walked {
  /** By key: the positions that are in it. */
  readonly low: Int32Array
  readonly high: Int32Array
}

const walkedOf = ({ starts }: KeyedRows): Walked => ({
  low: new Int32Array(starts.length).fill(-1),
  high: new Int32Array(starts.length),
})

/**
 * Where a key’s window is to be walked on from: behind its last one, if that began with the same row, else from its own
 * beginning, and then with nothing added up yet. What comes back is remembered as walked.
 */
const goOn = ({ low, high }: Walked, key: number, from: number, to: number): number => {
  const end = high[key] as number
  const position = low[key] === from && end <= to ? end : from
  low[key] = from
  high[key] = to
  return position
}

/**
 * Values are added up from the window’s first row to its last, as a loop over it would: that is what makes a sum of floats the
 * same everywhere. Where a key’s next window begins with the same row, it goes on where the last one ended.
 */
const addUp = (keyed: KeyedRows, values: Float64Array, isMean: boolean): Compute => {
  const walked = walkedOf(keyed)
  const sums = new Float64Array(keyed.starts.length)
  const counts = new Int32Array(keyed.starts.length)
  return ({ rows, keys, low, high }, into) => {
    for (let row = 0; row < rows; row += 1) {
      const key = keys[row] as number
      const [from, to] = [low[row] as number, high[row] as number]
      let position = goOn(walked, key, from, to)
      let sum = position > from ? (sums[key] as number) : 0
      let count = position > from ? (counts[key] as number) : 0
      for (; position < to; position += 1) {
        const value = values[position] as number
        if (!Number.isNaN(value)) {
          sum += value
          count += 1
        }
      }
      sums[key] = sum
      counts[key] = count
      if (!Number.isFinite(sum)) throw new PassRefused('A sum is not finite.')
      into[row] = count === 0 ? none : isMean ? sum / count : sum
    }
  }
}

/** The first of the least or of the greatest values; while it is in the window, only what is new is looked at. */
const extreme = (keyed: KeyedRows, values: Float64Array, isMax: boolean): Compute => {
  const walked = walkedOf(keyed)
  /** By key: the position of the value, −1 where there is none. */
  const best = new Int32Array(keyed.starts.length).fill(-1)
  return ({ rows, keys, low, high }, into) => {
    for (let row = 0; row < rows; row += 1) {
      const key = keys[row] as number
      const [from, to] = [low[row] as number, high[row] as number]
      const goesOn =
        (walked.low[key] as number) >= 0 &&
        (walked.low[key] as number) <= from &&
        (walked.high[key] as number) <= to &&
        (best[key] as number) >= from
      let at = goesOn ? (best[key] as number) : -1
      for (let position = goesOn ? (walked.high[key] as number) : from; position < to; position += 1) {
        const value = values[position] as number
        if (Number.isNaN(value)) continue
        if (at < 0 || (isMax ? value > (values[at] as number) : value < (values[at] as number))) at = position
      }
      walked.low[key] = from
      walked.high[key] = to
      best[key] = at
      into[row] = at < 0 ? none : (values[at] as number)
    }
  }
}

/** Welford’s sums, as DuckDB adds them up (1962, “Note on a method for calculating corrected sums of squares and products”). */
const spread = (keyed: KeyedRows, values: Float64Array, isDeviation: boolean): Compute => {
  const walked = walkedOf(keyed)
  const means = new Float64Array(keyed.starts.length)
  const squares = new Float64Array(keyed.starts.length)
  const counts = new Int32Array(keyed.starts.length)
  return ({ rows, keys, low, high }, into) => {
    for (let row = 0; row < rows; row += 1) {
      const key = keys[row] as number
      const [from, to] = [low[row] as number, high[row] as number]
      let position = goOn(walked, key, from, to)
      let [mean, square, count] =
        position > from ? [means[key] as number, squares[key] as number, counts[key] as number] : [0, 0, 0]
      for (; position < to; position += 1) {
        const value = values[position] as number
        if (Number.isNaN(value)) continue
        count += 1
        const before = value - mean
        mean += before / count
        square += (value - mean) * before
      }
      means[key] = mean
      squares[key] = square
      counts[key] = count
      if (!Number.isFinite(square)) throw new PassRefused('A variance is not finite.')
      const variance = square / (count - 1)
      into[row] = count < 2 ? none : isDeviation ? Math.sqrt(variance) : variance
    }
  }
}

/**
 * How many different values there are. Both ends of a key’s windows only move on: a row that comes in counts if its value
 * was not there, one that goes out if it is not there any more.
 */
const differing = (keyed: KeyedRows, { before, after }: Repeats): Compute => {
  const walked = { low: keyed.starts.slice(), high: keyed.starts.slice() }
  const counts = new Int32Array(keyed.starts.length)
  return ({ rows, keys, low, high }, into) => {
    for (let row = 0; row < rows; row += 1) {
      const key = keys[row] as number
      const [from, to] = [low[row] as number, high[row] as number]
      const first = walked.low[key] as number
      let count = counts[key] as number
      for (let position = walked.high[key] as number; position < to; position += 1)
        if ((before[position] as number) < first) count += 1
      for (let position = first; position < from; position += 1) if ((after[position] as number) >= to) count -= 1
      walked.low[key] = from
      walked.high[key] = to
      counts[key] = count
      into[row] = count
    }
  }
}

/** Between the two nearest values, as `quantile_cont` is: Hyndman and Fan’s seventh definition (1996). */
const quantile = (values: Float64Array, fraction: number): Compute => {
  let sorted = new Float64Array(256)
  return ({ rows, low, high }, into) => {
    let [last, lastFrom, lastTo] = [none, -1, -1]
    for (let row = 0; row < rows; row += 1) {
      const [from, to] = [low[row] as number, high[row] as number]
      if (from !== lastFrom || to !== lastTo) {
        if (sorted.length < to - from) sorted = new Float64Array(2 * (to - from))
        let count = 0
        for (let position = from; position < to; position += 1) {
          const value = values[position] as number
          if (!Number.isNaN(value)) {
            sorted[count] = value
            count += 1
          }
        }
        last = quantileOf(sorted.subarray(0, count).sort(), fraction)
        lastFrom = from
        lastTo = to
      }
      into[row] = last
    }
  }
}

export const quantileOf = (sorted: Float64Array, fraction: number): number => {
  if (sorted.length === 0) return none
  const place = (sorted.length - 1) * fraction
  const [below, above] = [Math.floor(place), Math.ceil(place)]
  const [low, high] = [sorted[below] as number, sorted[above] as number]
  // As in SQL, −0 is 0: which of both stands first among equals depends on the sort.
  return below === above ? low + 0 : low * (1 - (place - below)) + high * (place - below) + 0
}

const walks: ReadonlySet<string> = new Set(['sum', 'mean', 'min', 'max', 'stddev', 'variance', 'quantile'])

export const aggregateOf = (output: PassOutput, keyed: KeyedRows): Aggregate => ({
  compute: computeOf(output, keyed),
  isWalked: walks.has(output.aggregate),
})

const computeOf = ({ aggregate, value, fraction }: PassOutput, keyed: KeyedRows): Compute => {
  const values = keyed.values.get(value) ?? new Float64Array(0)
  const totals = keyed.totals.get(value) ?? new Float64Array(0)
  const known = keyed.known.get(value)
  switch (aggregate) {
    case 'rows':
      return countRows
    case 'known':
      return fromKnown(known)
    case 'total':
    case 'average':
    case 'any':
    case 'all':
      return fromTotals(aggregate, totals, known)
    case 'sum':
    case 'mean':
      return addUp(keyed, values, aggregate === 'mean')
    case 'min':
    case 'max':
      return extreme(keyed, values, aggregate === 'max')
    case 'stddev':
    case 'variance':
      return spread(keyed, values, aggregate === 'stddev')
    case 'quantile':
      return quantile(values, fraction)
    case 'distinct':
      return differing(keyed, keyed.repeats.get(value) ?? { before: new Int32Array(0), after: new Int32Array(0) })
    case 'first':
    case 'last':
      return edge(values, aggregate === 'last')
  }
}
