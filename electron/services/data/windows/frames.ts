import type { Moment } from '@shared/sql/windows'
import type { KeyedRows } from './keyedRows'

/** For each of a chunk’s moments, how many rows lie before the first of the window: positions in `KeyedRows`. */
export type Bound = (keys: Int32Array, moments: Float64Array) => Int32Array

const distanceOf = (moment: Moment): number | null => {
  const [only, ...others] = moment
  return only && 'minus' in only && others.length === 0 ? only.minus : null
}

/** As SQL computes it, exactly: whole numbers far from 2^53. */
const momentAt = (moment: Moment, time: number): number => {
  let at = time
  for (const step of moment) at -= 'minus' in step ? step.minus : ((at % step.cutTo) + step.cutTo) % step.cutTo
  return at
}

/**
 * The last position up to a moment’s bound, for moments that ascend from chunk to chunk: each key’s position only ever
 * moves on. Null is the bound before every row.
 */
export const boundOf = (
  { starts, times }: Pick<KeyedRows, 'starts' | 'times'>,
  moment: Moment | null,
  chunkRows: number,
): Bound => {
  const positions = new Int32Array(chunkRows)
  if (moment === null)
    return (keys) => {
      for (let row = 0; row < keys.length; row += 1) positions[row] = starts[keys[row] as number] as number
      return positions
    }
  const at = starts.slice()
  const distance = distanceOf(moment)
  return (keys, moments) => {
    for (let row = 0; row < keys.length; row += 1) {
      const key = keys[row] as number
      const time = moments[row] as number
      const bound = distance === null ? momentAt(moment, time) : time - distance
      const end = starts[key + 1] as number
      let position = at[key] as number
      while (position < end && (times[position] as number) <= bound) position += 1
      at[key] = position
      positions[row] = position
    }
    return positions
  }
}

/** The window of the last `rows` before the upper bound. */
export const lastRows = (
  low: Int32Array,
  high: Int32Array,
  rows: number,
  into: Int32Array,
  count: number,
): Int32Array => {
  for (let row = 0; row < count; row += 1) into[row] = Math.max(low[row] as number, (high[row] as number) - rows)
  return into
}
