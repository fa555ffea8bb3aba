import type { PassAggregate, PassOutput } from '@shared/sql/windowPass'
import { type Aggregate, type Compute, countKnown, quantileOf, type Windows } from './aggregates'
import type { KeyedRows } from './keyedRows'
import { PassRefused } from './pace'

/**
 * Windows of which only those rows count that had arrived by the moment. Up to a position all have: there the window is
 * a run, whose totals are known. Of the few after it, each is asked.
 */
const none = Number.NaN
const noValues = new Float64Array(0)

/** Counts and sums of integers of a window: of its settled part by totals, of the others one by one. */
const counted = ({ aggregate, value }: PassOutput, keyed: KeyedRows): Compute => {
  const { arrivals } = keyed
  const values = keyed.values.get(value) ?? noValues
  const totals = keyed.totals.get(value) ?? noValues
  const known = countKnown(keyed.known.get(value))
  const isOfRows = aggregate === 'rows'
  const needsTotal = aggregate !== 'rows' && aggregate !== 'known'
  return ({ rows, moments, low, high, settled }, into) => {
    for (let row = 0; row < rows; row += 1) {
      const [from, to, moment] = [low[row] as number, high[row] as number, moments[row] as number]
      const run = Math.max(from, Math.min(settled[row] as number, to))
      let count = isOfRows ? run - from : known(from, run)
      let total = needsTotal ? (totals[run] as number) - (totals[from] as number) : 0
      for (let position = run; position < to; position += 1) {
        if ((arrivals[position] as number) > moment) continue
        const one = isOfRows ? 1 : (values[position] as number)
        if (Number.isNaN(one)) continue
        count += 1
        total += one
      }
      into[row] = finished(aggregate, total, count)
    }
  }
}

const finished = (aggregate: PassAggregate, total: number, count: number): number => {
  if (aggregate === 'rows' || aggregate === 'known') return count
  if (count === 0) return none
  if (aggregate === 'average') return total / count
  if (aggregate === 'any') return total > 0 ? 1 : 0
  return aggregate === 'all' ? (total === count ? 1 : 0) : total
}

/** The newest row that has arrived: found from the window’s end. */
const newest = ({ value }: PassOutput, { arrivals, values }: KeyedRows): Compute => {
  const own = values.get(value) ?? noValues
  return ({ rows, moments, low, high }, into) => {
    for (let row = 0; row < rows; row += 1) {
      const [from, moment] = [low[row] as number, moments[row] as number]
      let position = (high[row] as number) - 1
      while (position >= from && (arrivals[position] as number) > moment) position -= 1
      into[row] = position < from ? none : (own[position] as number)
    }
  }
}

/** What is made of the values of a window’s rows, in their order, NaN where they are null. */
const reduced = (aggregate: PassAggregate, fraction: number, values: Float64Array): number => {
  if (aggregate === 'rows') return values.length
  if (aggregate === 'distinct') return new Set(values.filter((value) => !Number.isNaN(value))).size
  if (aggregate === 'first') return values.length === 0 ? none : (values[0] as number)
  if (aggregate === 'last') return values.length === 0 ? none : (values.at(-1) as number)
  let [count, sum, size, mean, square, least, greatest] = [0, 0, 0, 0, 0, none, none]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    count += 1
    sum += value
    size += Math.abs(value)
    const before = value - mean
    mean += before / count
    square += (value - mean) * before
    if (count === 1 || value < least) least = value
    if (count === 1 || value > greatest) greatest = value
  }
  switch (aggregate) {
    case 'min':
      return least
    case 'max':
      return greatest
    case 'quantile':
      return quantileOf(values.filter((value) => !Number.isNaN(value)).sort(), fraction)
    case 'stddev':
    case 'variance':
      if (!Number.isFinite(square)) throw new PassRefused('A variance is not finite.')
      return count < 2 ? none : aggregate === 'stddev' ? Math.sqrt(square / (count - 1)) : square / (count - 1)
    case 'sum':
    case 'mean':
      if (!Number.isFinite(sum)) throw new PassRefused('A sum is not finite.')
      return count === 0 ? none : aggregate === 'mean' ? sum / count : sum
    default:
      if (size >= Number.MAX_SAFE_INTEGER) throw new PassRefused('Sums of integers leave 53 bits.')
      return finished(aggregate, sum, count)
  }
}

/** Gathers each window’s rows that have arrived, the last so many of them, and makes a value of theirs. */
const gathered = ({ aggregate, value, fraction, window }: PassOutput, keyed: KeyedRows): Compute => {
  const { arrivals } = keyed
  const own = keyed.values.get(value) ?? noValues
  const most = window.rows ?? Number.POSITIVE_INFINITY
  let scratch = new Float64Array(256)
  const gather = (windows: Windows, row: number): Float64Array => {
    const [from, to, moment] = [windows.low[row] as number, windows.high[row] as number, windows.moments[row] as number]
    const length = Math.min(to - from, most)
    if (scratch.length < length) scratch = new Float64Array(2 * length)
    // From the end, because the last ones are wanted.
    let place = scratch.length
    for (let position = to - 1; position >= from && scratch.length - place < most; position -= 1) {
      if ((arrivals[position] as number) > moment) continue
      place -= 1
      scratch[place] = own.length === 0 ? 0 : (own[position] as number)
    }
    return scratch.subarray(place)
  }
  return (windows, into) => {
    for (let row = 0; row < windows.rows; row += 1) into[row] = reduced(aggregate, fraction, gather(windows, row))
  }
}

const totalled: ReadonlySet<PassAggregate> = new Set(['rows', 'known', 'total', 'average', 'any', 'all'])

export const arrivedAggregateOf = (output: PassOutput, keyed: KeyedRows): Aggregate => {
  const { aggregate, window } = output
  if (window.rows === null && totalled.has(aggregate)) return { compute: counted(output, keyed), isWalked: true }
  if (aggregate === 'last') return { compute: newest(output, keyed), isWalked: true }
  return { compute: gathered(output, keyed), isWalked: true }
}
