import type { FeatureDefinition } from '../plan/plan'

type AggregateDefinition = Extract<FeatureDefinition, { form: 'aggregate' }>

/** What is done to a moment, one after the other: microseconds taken off it, or itself cut down to a multiple of some. */
export type Moment = readonly ({ readonly minus: number } | { readonly cutTo: number })[]

/** The end of a window at a moment `p.ts`: the latest time, in microseconds, of a row that lies before the end. */
export interface WindowMoments {
  readonly upper: Moment
  /** Null where the window reaches back to the first row. */
  readonly lower: Moment | null
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
const endOfSecond = (micros: number): Moment => [
  { cutTo: second },
  { minus: micros },
  ...(micros % second === 0 ? [] : [{ cutTo: second }]),
  { minus: 1 - second },
]

/** Whether a row must have arrived by the moment: the other systems do not ask, and their rules are kept exactly. */
export const asksForArrival = ({ window }: AggregateDefinition): boolean =>
  window.rule === 'open' || window.rule === 'inclusive'

/** How long before the moment the window ends, in microseconds, where its rule lets that be said without rounding. */
export const upperDistance = ({ lagMicros, window }: AggregateDefinition): number =>
  lagMicros + (window.rule === 'open' || window.rule === 'chronon' ? 1 : 0)

export const windowMoments = (definition: AggregateDefinition): WindowMoments => {
  const { lagMicros, window } = definition
  const isTime = window.kind === 'time'
  const start = lagMicros + (isTime ? window.micros : 0)
  const upper = window.rule === 'feathr' ? endOfSecond(lagMicros) : [{ minus: upperDistance(definition) }]
  if (!isTime) return { upper, lower: null }
  switch (window.rule) {
    case 'open':
    case 'feast':
      return { upper, lower: [{ minus: start + 1 }] }
    case 'inclusive':
      return { upper, lower: [{ minus: start }] }
    case 'feathr':
      return { upper, lower: endOfSecond(start) }
    case 'chronon':
      return { upper, lower: [{ minus: start }, { cutTo: chrononHop(window.micros) }, { minus: 1 }] }
  }
}

export const momentSql = (moment: Moment): string =>
  moment.reduce((sql, step) => ('minus' in step ? earlier(sql, step.minus) : cut(sql, step.cutTo)), 'p.ts')

/** The same as SQL. */
export const windowEnds = (definition: AggregateDefinition): { upper: string; lower: string | null } => {
  const { upper, lower } = windowMoments(definition)
  return { upper: momentSql(upper), lower: lower === null ? null : momentSql(lower) }
}
