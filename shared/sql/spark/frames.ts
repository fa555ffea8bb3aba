import type { AggregateDefinition } from '../scan'
import { asksForArrival, chrononHop, windowEnds } from '../windows'

/** Rows and moments are compared by their microsecond, for Feathr’s rule by their second. */
export type Clock = 'ts' | 'second'

/** A window’s ends as distances before the moment, by its clock: rows count that are older than `upper`, and not than `lower`. */
export interface Distances {
  readonly clock: Clock
  readonly upper: number
  /** The nearest distance at which a row is too old; null: there is none, or it is no constant distance. */
  readonly lower: number | null
}

const second = 1_000_000

export const distancesOf = ({ lagMicros, window }: AggregateDefinition): Distances => {
  const clock = window.rule === 'feathr' ? 'second' : 'ts'
  const upper = lagMicros + (window.rule === 'open' || window.rule === 'chronon' ? 1 : 0)
  if (window.kind !== 'time' || window.rule === 'chronon') return { clock, upper, lower: null }
  const start = lagMicros + window.micros
  return { clock, upper, lower: window.rule === 'open' || window.rule === 'feast' ? start + 1 : start }
}

const bound = (distance: number): string => {
  if (distance === 0) return 'current row'
  return distance > 0 ? `${distance} preceding` : `${-distance} following`
}

/** A `range` frame; `from` null: from the first row on. Both distances are in microseconds before the moment, inclusive. */
export const rangeFrame = (from: number | null, to: number): string =>
  `range between ${from === null ? 'unbounded preceding' : bound(from)} and ${bound(to)}`

/** A frame over `ts` that holds all rows of the window, and the condition on a row `r` at a moment `p.ts` that says which are its own. */
export interface ListFrame {
  readonly frame: string
  readonly conditions: readonly string[]
}

export const listFrame = (definition: AggregateDefinition, hasArrival: boolean): ListFrame => {
  const { window, lagMicros } = definition
  const { upper, lower } = distancesOf(definition)
  const ends = windowEnds(definition)
  const start = lagMicros + (window.kind === 'time' ? window.micros : 0)
  const arrived = hasArrival && asksForArrival(definition) ? ['r.arrival <= p.ts'] : []
  const newerThan = ends.lower === null ? [] : [`r.ts > ${ends.lower}`]
  switch (window.rule) {
    case 'feathr':
      return {
        frame: rangeFrame(window.kind === 'time' ? start + second : null, lagMicros - second),
        conditions: [...newerThan, `r.ts <= ${ends.upper}`],
      }
    case 'chronon':
      return {
        frame: rangeFrame(window.kind === 'time' ? start + chrononHop(window.micros) : null, upper),
        conditions: newerThan,
      }
    default:
      return { frame: rangeFrame(lower === null ? null : lower - 1, upper), conditions: arrived }
  }
}
