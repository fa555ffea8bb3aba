import type { PassOutput, PassScan, PassSource } from '@shared/sql/windowPass'
import { type Pace, PassRefused } from './pace'

/** The rows of a scan’s keys, one key after the other, each in the source’s order. A row’s position is its place here. */
export interface KeyedRows {
  /** Where the rows of a key begin, by its number; those of the last one end at the last. Nobody has the key 0. */
  readonly starts: Int32Array
  readonly times: Float64Array
  /** When the rows arrived; and when the last one of those up to the position had. Empty where nobody asks. */
  readonly arrivals: Float64Array
  readonly settled: Float64Array
  /** By value and position, NaN where it is null. */
  readonly values: ReadonlyMap<number, Float64Array>
  /** By value: sums of the first so many positions. */
  readonly totals: ReadonlyMap<number, Float64Array>
  /** By value: how many of the first so many are known; nothing where all are. */
  readonly known: ReadonlyMap<number, Int32Array>
  /** By value, where it is asked how many there are. */
  readonly repeats: ReadonlyMap<number, Repeats>
}

/** By position: where the key has the same value before and after; `none` where it does not, and where the value is null. */
export interface Repeats {
  readonly before: Int32Array
  readonly after: Int32Array
}

/** A source’s rows as they came. */
export interface SourceColumns {
  readonly rows: number
  readonly times: Float64Array
  readonly arrivals: Float64Array | null
  readonly keys: readonly Int32Array[]
  readonly values: readonly Float64Array[]
}

const totalled: ReadonlySet<string> = new Set(['total', 'average', 'any', 'all'])
const counted: ReadonlySet<string> = new Set([...totalled, 'known'])

const valuesOf = (scan: PassScan, isWanted: (output: PassOutput) => boolean): readonly number[] => [
  ...new Set(
    scan.probes
      .flat()
      .filter((output) => output.value >= 0 && isWanted(output))
      .map(({ value }) => value),
  ),
]

/** Of a key, what each output keeps of its newest window, and each bound its position. */
const bytesOfKey = ({ probes }: PassScan): number => {
  const bounds = probes.map(
    (outputs) =>
      new Set(outputs.flatMap(({ window }) => [window.upper, window.lower]).map((one) => JSON.stringify(one))),
  )
  const isWalked = ({ aggregate }: PassOutput): boolean => !counted.has(aggregate) && aggregate !== 'rows'
  const walked = probes.flat().filter(isWalked).length
  // Where its rows begin, twice while they are sorted; and one bound more, of what has arrived.
  return 8 + 28 * walked + 4 * bounds.reduce((sum, { size }) => sum + size + 1, 0)
}

/** Bytes that the rows take, at most; `keys` is how many each scan has. */
export const bytesOfSource = (
  { values, scans, hasArrivals }: PassSource,
  rows: number,
  keys: readonly number[],
): number => {
  const own = 8 + 4 * scans.length + 8 * values + (hasArrivals ? 8 + 16 * scans.length : 0)
  const keyed = scans.map(
    (scan) =>
      8 +
      8 * valuesOf(scan, ({ aggregate, isArrived }) => isArrived || !counted.has(aggregate)).length +
      8 * valuesOf(scan, ({ aggregate }) => aggregate === 'distinct').length +
      8 * valuesOf(scan, ({ aggregate }) => totalled.has(aggregate)).length +
      4 * valuesOf(scan, ({ aggregate }) => counted.has(aggregate)).length,
  )
  const ofKeys = scans.reduce((sum, scan, index) => sum + (keys[index] ?? 1) * bytesOfKey(scan), 0)
  const isDistinct = scans.some((scan) => valuesOf(scan, ({ aggregate }) => aggregate === 'distinct').length > 0)
  // The places of one scan’s rows, and one of its columns, at a time; and where each of its values stood last.
  return rows * (own + 12 + (isDistinct ? 48 : 0) + keyed.reduce((sum, bytes) => sum + bytes, 0)) + ofKeys
}

/** Positions of a scan’s rows in the order of their keys, −1 for what is none of them. */
const placesOf = async (
  keys: Int32Array,
  count: number,
  pace: Pace,
): Promise<{ starts: Int32Array; places: Int32Array }> => {
  const starts = new Int32Array(count + 2)
  const places = new Int32Array(keys.length)
  await pace.slices(keys.length, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const key = keys[row] as number
      if (key > 0) starts[key + 1] = (starts[key + 1] as number) + 1
    }
  })
  for (let key = 1; key < starts.length; key += 1) starts[key] = (starts[key] as number) + (starts[key - 1] as number)
  const next = starts.slice()
  await pace.slices(keys.length, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const key = keys[row] as number
      if (key === 0) {
        places[row] = -1
        continue
      }
      const place = next[key] as number
      places[row] = place
      next[key] = place + 1
    }
  })
  return { starts, places }
}

const placed = async (values: Float64Array, places: Int32Array, rows: number, pace: Pace): Promise<Float64Array> => {
  const made = new Float64Array(rows)
  await pace.slices(values.length, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const place = places[row] as number
      if (place >= 0) made[place] = values[row] as number
    }
  })
  return made
}

/** Sums are exact below 2^53; so that differences of them are too, so must be the sum of what is added, whatever its sign. */
const totalsOf = async (values: Float64Array, pace: Pace): Promise<Float64Array> => {
  const totals = new Float64Array(values.length + 1)
  let [total, size] = [0, 0]
  await pace.slices(values.length, (from, to) => {
    for (let place = from; place < to; place += 1) {
      const value = values[place] as number
      if (!Number.isNaN(value)) {
        total += value
        size += Math.abs(value)
      }
      totals[place + 1] = total
    }
  })
  if (size >= Number.MAX_SAFE_INTEGER) throw new PassRefused('Sums of integers leave 53 bits.')
  return totals
}

/** Null where all are known. */
const knownOf = async (values: Float64Array, pace: Pace): Promise<Int32Array | null> => {
  const known = new Int32Array(values.length + 1)
  let count = 0
  await pace.slices(values.length, (from, to) => {
    for (let place = from; place < to; place += 1) {
      const value = values[place] as number
      if (!Number.isNaN(value)) count += 1
      known[place + 1] = count
    }
  })
  return count === values.length ? null : known
}

/**
 * Where each value stands before and after in the rows of its key: a window has it for the first time where it stands
 * before the window, or nowhere. Of nulls `before` is in every window, and `after` in none, so that they never count.
 */
const repeatsOf = async (values: Float64Array, starts: Int32Array, pace: Pace): Promise<Repeats> => {
  const before = new Int32Array(values.length)
  const after = new Int32Array(values.length)
  const last = new Map<number, number>()
  let key = 0
  await pace.slices(values.length, (from, to) => {
    for (let place = from; place < to; place += 1) {
      while ((starts[key + 1] as number) <= place) key += 1
      const value = values[place] as number
      after[place] = values.length
      if (Number.isNaN(value)) {
        before[place] = values.length
        after[place] = -1
        continue
      }
      const earlier = last.get(value) ?? -1
      const isOwn = earlier >= (starts[key] as number)
      before[place] = isOwn ? earlier : -1
      if (isOwn) after[earlier] = place
      last.set(value, place)
    }
  })
  return { before, after }
}

/** For each position, the latest of the key’s rows up to there. */
const latestOf = async (values: Float64Array, starts: Int32Array, pace: Pace): Promise<Float64Array> => {
  const latest = values.slice()
  let key = 0
  await pace.slices(latest.length, (from, to) => {
    for (let place = from; place < to; place += 1) {
      while ((starts[key + 1] as number) <= place) key += 1
      if (place > (starts[key] as number))
        latest[place] = Math.max(latest[place] as number, latest[place - 1] as number)
    }
  })
  return latest
}

/** `index` is the scan’s place in its source, `count` how many keys it has. */
export const keyedRows = async (
  scan: PassScan,
  { times, arrivals, keys, values }: SourceColumns,
  { index, count, pace }: { readonly index: number; readonly count: number; readonly pace: Pace },
): Promise<KeyedRows> => {
  const own = keys[index] ?? new Int32Array(0)
  const { starts, places } = await placesOf(own, count, pace)
  const rows = starts.at(-1) ?? 0
  const isAsked = arrivals !== null && scan.probes.some((outputs) => outputs.some(({ isArrived }) => isArrived))
  const arrived = isAsked ? await placed(arrivals, places, rows, pace) : new Float64Array(0)
  const made = {
    starts,
    arrivals: arrived,
    settled: await latestOf(arrived, starts, pace),
    times: await placed(times, places, rows, pace),
    values: new Map<number, Float64Array>(),
    totals: new Map<number, Float64Array>(),
    known: new Map<number, Int32Array>(),
    repeats: new Map<number, Repeats>(),
  }
  const isCounted = ({ aggregate }: PassOutput): boolean => counted.has(aggregate)
  for (const value of valuesOf(scan, () => true)) {
    const sorted = await placed(values[value] ?? new Float64Array(0), places, rows, pace)
    const asked = scan.probes.flat().filter((output) => output.value === value)
    const isDistinct = ({ aggregate }: PassOutput): boolean => aggregate === 'distinct'
    const isValueAsked = (output: PassOutput): boolean => output.isArrived || !(isCounted(output) || isDistinct(output))
    if (asked.some(isValueAsked)) made.values.set(value, sorted)
    if (asked.some(isDistinct)) made.repeats.set(value, await repeatsOf(sorted, starts, pace))
    const known = asked.some(isCounted) ? await knownOf(sorted, pace) : null
    if (known) made.known.set(value, known)
    if (asked.some(({ aggregate }) => totalled.has(aggregate))) made.totals.set(value, await totalsOf(sorted, pace))
  }
  return made
}
