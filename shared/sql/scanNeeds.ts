import type { SourcePlan } from '../plan/plan'
import { compileAggregate, type Window } from './aggregate'
import { compileOver } from './columns'
import type { AggregateDefinition, Scan } from './scan'
import { type ShortNames, shortNames } from './shortNames'
import { asksForArrival, upperDistance, windowEnds } from './windows'

/** What the slots of a scan need of its rows and times. */
export interface RowNeeds {
  /** Argument expressions over the rows. */
  readonly values: ShortNames
  /** Running totals by time: `sum:v0`, `known:v0`. */
  readonly totals: ShortNames
  /** Values of the last row of each time: `v0`. */
  readonly lasts: ShortNames
  /** Running totals by position: `sum:v0`, `known:v0`. */
  readonly counted: ShortNames
  /** Lists by position for windows that are walked: `v0`, `arrival`, `ts`. */
  readonly lists: ShortNames
  /** Whether a row is looked up by its position. */
  isFetched: boolean
}

/** What the slots that are asked for in one way need beside each probe `p`. */
export interface ProbeNeeds {
  /** Moments up to which the last time is looked up; `start`: before the key’s first row. */
  readonly bounds: ShortNames
  /** Distances for which the newest row that has arrived is looked up. */
  readonly newest: ShortNames
  /** Positions whose rows are looked up. */
  readonly fetches: ShortNames
  /** Expressions over all those: ends of windows, differences of totals, lists of positions. */
  readonly frames: ShortNames
  /** Whether a window is walked, which costs time in proportion to its rows. */
  isWalked: boolean
}

export const rowNeeds = (): RowNeeds => ({
  ...{ values: shortNames('v'), totals: shortNames('s'), lasts: shortNames('l'), counted: shortNames('t') },
  ...{ lists: shortNames('a'), isFetched: false },
})

export const probeNeeds = (): ProbeNeeds => ({
  ...{ bounds: shortNames('b'), newest: shortNames('n'), fetches: shortNames('r'), frames: shortNames('f') },
  isWalked: false,
})

const windowOf = (definition: AggregateDefinition, source: SourcePlan, needs: RowNeeds, probe: ProbeNeeds): Window => {
  const { window, args } = definition
  const { bounds, frames } = probe
  const hasArrival = source.createdColumn !== null && asksForArrival(definition)
  const ends = windowEnds(definition)
  const upper = bounds.of(ends.upper)
  const lower = bounds.of(ends.lower ?? 'start')
  // Late rows are filtered out first and counted then.
  const isCounted = window.kind === 'rows' && !hasArrival
  const high = `${upper}.g`
  const low = isCounted ? `greatest(${lower}.g, ${high} - ${window.rows})` : `${lower}.g`
  const value = args[0] ? needs.values.of(compileOver(args[0], source, 's')) : ''
  const fetch = (position: string): string => {
    needs.isFetched = true
    return probe.fetches.of(position)
  }
  const listOf = (name: string): string => {
    probe.isWalked = true
    return needs.lists.of(name)
  }
  const positions = (): string => {
    probe.isWalked = true
    const run = `range(${low} + 1, ${high} + 1)`
    if (!hasArrival) return `q.${frames.of(run)}`
    const arrived = `list_filter(${run}, lambda i: w.${listOf('arrival')}[i] <= p.ts)`
    return `q.${frames.of(window.kind === 'rows' ? `${arrived}[-${window.rows}:]` : arrived)}`
  }
  const array = (): string => `q.${listOf(value)}`
  const unlessEmpty = (sql: string): string => `q.${frames.of(`case when ${high} > ${low} then ${sql} end`)}`
  return {
    low: `q.${frames.of(low)}`,
    high: `q.${frames.of(high)}`,
    isRun: !hasArrival,
    positions,
    array,
    values: () => `list_transform(${positions()}, lambda i: ${array()}[i])`,
    first: () => unlessEmpty(`${fetch(`${low} + 1`)}.${value}`),
    last: () => unlessEmpty(`${upper}.${needs.lasts.of(value)}`),
    total(kind) {
      const total = needs.totals.of(`${kind}:${value}`)
      if (!isCounted) return `q.${frames.of(`${upper}.${total} - ${lower}.${total}`)}`
      return `q.${frames.of(`${upper}.${total} - coalesce(${fetch(low)}.${needs.counted.of(`${kind}:${value}`)}, 0)`)}`
    },
    times: () => `q.${listOf('ts')}`,
  }
}

/** A slot’s value as SQL over a row `q` that has the frames. */
export const slotValue = (
  slot: Scan['slots'][number],
  source: SourcePlan,
  needs: RowNeeds,
  probe: ProbeNeeds,
): string => {
  const { definition, type, alias } = slot
  const { aggregate, args, window } = definition
  const isNewest = window.kind === 'all' && (aggregate === 'latest' || aggregate === 'last')
  if (source.createdColumn !== null && isNewest && args[0] && asksForArrival(definition)) {
    const value = needs.values.of(compileOver(args[0], source, 's'))
    const position = probe.newest.of(String(upperDistance(definition)))
    needs.isFetched = true
    return `q.${probe.frames.of(`${probe.fetches.of(`${position}.g`)}.${value}`)} as ${alias}`
  }
  return `${compileAggregate({ aggregate, args, type }, windowOf(definition, source, needs, probe))} as ${alias}`
}
