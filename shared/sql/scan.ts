import type { ValueType } from '../data/profile'
import type { FeatureDefinition, SourcePlan } from '../plan/plan'
import { rowNeeds } from './scanNeeds'
import { probeParts } from './scanProbes'
import { rowParts } from './scanRows'
import { timelessPart } from './timeless'

export type AggregateDefinition = Extract<FeatureDefinition, { form: 'aggregate' }>

/** Features over one source, one list of keys and one filter: they share the order, the times and the totals. */
export interface Scan {
  readonly name: string
  readonly source: SourcePlan
  readonly keys: readonly string[]
  readonly filter: AggregateDefinition['filter']
  readonly slots: readonly {
    readonly alias: string
    readonly definition: AggregateDefinition
    readonly type: ValueType
  }[]
  /** Key expressions over the observations `o` and what they ask for, one for each way in which the entity is named. */
  readonly probes: readonly Probe[]
}

export interface Probe {
  readonly name: string
  readonly columns: readonly string[]
  /** Aliases of slots. */
  readonly asked: ReadonlySet<string>
}

/** Features whose definitions have the same identity are computed by one scan. */
export const scanIdentity = ({
  source,
  keys,
  filter,
}: Pick<AggregateDefinition, 'source' | 'keys' | 'filter'>): string => JSON.stringify([source, keys, filter])

/** A named part of the statement; materialized where it is read more than once. */
export interface Part {
  readonly name: string
  readonly sql: string
  readonly isMaterialized: boolean
}

export interface CompiledScan {
  readonly parts: readonly Part[]
  /** Whether the source’s rows need their place `n` in the source’s own order. */
  readonly isOrdered: boolean
}

/**
 * The statement’s parts for one scan. Where the source has a time, there is one relation for each probe, named like it,
 * with the observations’ `row_number` and one column for each slot that it asks for; otherwise one, named like the
 * scan, with the keys and the slots. `rows` is a relation of the source’s rows (`sourcePart`), `observations` one that
 * the probes read as `o`, with `row_number` and the event time `ts` in microseconds.
 */
export const compileScan = (scan: Scan, rows: string, observations: string): CompiledScan => {
  if (scan.source.timeColumn === null) return { parts: [timelessPart(scan, rows)], isOrdered: false }
  const needs = rowNeeds()
  // What the probes need of the rows is known when they are compiled.
  const probes = scan.probes.flatMap((probe) => probeParts(scan, probe, observations, needs))
  return {
    parts: [...rowParts(scan, rows, needs), ...probes],
    isOrdered: !(needs.lasts.isEmpty && needs.lists.isEmpty && !needs.isFetched),
  }
}
