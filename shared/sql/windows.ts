import type { FeatureDefinition } from '../plan/plan'

type AggregateDefinition = Extract<FeatureDefinition, { form: 'aggregate' }>

/** The end of a window at a moment `p.ts`, as SQL: the latest time, in microseconds, of a row that lies before the end. */
export interface WindowEnds {
  readonly upper: string
  /** Null where the window reaches back to the first row. */
  readonly lower: string | null
}

const second = 1_000_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/**
 * Chronon rounds a window’s start down to a hop that depends on its length: `Resolution.scala` of Chronon 0.0.114.
 */
export const chrononHop = (micros: number): number =>
  micros >= 12 * day ? day : micros >= 12 * hour ? hour : 5 * minute

const earlier = (sql: string, micros: number): string => {
  if (micros === 0) return sql
  return micros > 0 ? `${sql} - ${micros}` : `${sql} + ${-micros}`
}

/** Rounded down, before 1970 too. */
const cut = (sql: string, hop: number): string => `((${sql}) - (((${sql}) % ${hop}) + ${hop}) % ${hop})`

/** The last microsecond of the second in which Feathr’s `t − micros` lies: it compares whole seconds. */
const endOfSecond = (micros: number): string => {
  const moment = earlier(cut('p.ts', second), micros)
  return earlier(micros % second === 0 ? moment : cut(moment, second), 1 - second)
}

/** Whether a row must have arrived by the moment: the other systems do not ask, and their rules are kept exactly. */
export const asksForArrival = ({ window }: AggregateDefinition): boolean =>
  window.rule === 'open' || window.rule === 'inclusive'

/** How long before the moment the window ends, in microseconds, where its rule lets that be said without rounding. */
export const upperDistance = ({ lagMicros, window }: AggregateDefinition): number =>
  lagMicros + (window.rule === 'open' || window.rule === 'chronon' ? 1 : 0)

export const windowEnds = (definition: AggregateDefinition): WindowEnds => {
  const { lagMicros, window } = definition
  const isTime = window.kind === 'time'
  const start = lagMicros + (isTime ? window.micros : 0)
  const upper = window.rule === 'feathr' ? endOfSecond(lagMicros) : earlier('p.ts', upperDistance(definition))
  if (!isTime) return { upper, lower: null }
  switch (window.rule) {
    case 'open':
    case 'feast':
      return { upper, lower: earlier('p.ts', start + 1) }
    case 'inclusive':
      return { upper, lower: earlier('p.ts', start) }
    case 'feathr':
      return { upper, lower: endOfSecond(start) }
    case 'chronon':
      return { upper, lower: `${cut(earlier('p.ts', start), chrononHop(window.micros))} - 1` }
  }
}
