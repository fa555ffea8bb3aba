import type { ValueType } from '../data/profile'
import { StudioError } from '../errors'
import type { FeatureDefinition, FrameWindow, SourcePlan } from '../plan/plan'
import { compileAggregate, type Window } from './aggregate'
import { columnAlias, compileOver, micros, tieBreakers } from './columns'
import { quoteText } from './quote'

export type AggregateDefinition = Extract<FeatureDefinition, { form: 'aggregate' }>

/** Features over one source, one list of keys and one filter: they share the order, the look-ups and the arrays. */
export interface Scan {
  readonly name: string
  readonly source: SourcePlan
  readonly keys: readonly string[]
  readonly filter: AggregateDefinition['filter']
  /** Values by alias, each computed once whatever number of observation columns asks for it. */
  readonly slots: readonly {
    readonly alias: string
    readonly definition: AggregateDefinition
    readonly type: ValueType
  }[]
  /** Key expressions over the observations `o`, one list for each way in which the entity is named. */
  readonly probes: readonly (readonly string[])[]
}

/** A named part of the statement; materialized where it is read more than once. */
export interface Part {
  readonly name: string
  readonly sql: string
  readonly isMaterialized: boolean
}

/** Marks DuckDB’s error about two rows with one key; the source and the key follow, divided by `|`. */
export const duplicateKeyMark = 'proml-duplicate-key|'

/** Gives each distinct key a short name. */
const shortNames = (prefix: string) => {
  const names = new Map<string, string>()
  return {
    of(key: string): string {
      const found = names.get(key) ?? `${prefix}${names.size}`
      names.set(key, found)
      return found
    },
    map: <T>(each: (key: string, name: string) => T): T[] => [...names].map(([key, name]) => each(key, name)),
  }
}
type ShortNames = ReturnType<typeof shortNames>

/** What the slots of a scan need of the parts below them. */
interface Needs {
  /** Argument expressions over the rows. */
  readonly values: ShortNames
  /** Distances before the observation, in µs, at which the last row is looked up. */
  readonly bounds: ShortNames
  /** Distances for which the newest row that has arrived is looked up. */
  readonly newest: ShortNames
  /** Arrays by position: `values:v0`, `sum:v0`, `known:v0`. */
  readonly arrays: ShortNames
  /** Expressions over the positions `p` and the arrays `w`: ends of windows, lists of positions. */
  readonly frames: ShortNames
}

/** A scan without keys has a constant one, so that all of its SQL reads alike. */
const keyNames = (scan: Scan): string[] => (scan.keys.length === 0 ? ['k0'] : scan.keys.map((_, index) => `k${index}`))

const keyColumns = ({ source, keys }: Scan): string[] =>
  keys.length === 0 ? ['0 as k0'] : keys.map((key, index) => `s.${columnAlias(source, key)} as k${index}`)

const equalKeys = (keys: readonly string[], right: string): string =>
  keys.map((key) => `p.${key} = ${right}.${key}`).join(' and ')

const notNull = (expressions: readonly string[]): string => expressions.map((one) => `${one} is not null`).join(' and ')

const rowCondition = ({ source, keys, filter }: Scan): string =>
  [
    ...keys.map((key) => `s.${columnAlias(source, key)} is not null`),
    ...(filter ? [compileOver(filter, source, 's')] : []),
    'true',
  ].join(' and ')

/**
 * Right-open windows [t − L − W, t − L) hold what lies at most t − L − 1 µs but not at most t − L − W − 1 µs; inclusive
 * ones (t − L − W, t − L] are the same, one microsecond later.
 */
const upperDistance = ({ lagMicros, window }: AggregateDefinition): number =>
  lagMicros + (window.kind === 'time' && window.isInclusive ? 0 : 1)

const lowOf = (window: FrameWindow, bounds: ShortNames, distance: number, hasArrival: boolean): string => {
  const upper = bounds.of(String(distance))
  const base = `coalesce(p.${upper}_base, 0)`
  switch (window.kind) {
    case 'time':
      return `coalesce(p.${bounds.of(String(distance + window.micros))}, ${base})`
    case 'rows':
      // Late rows are filtered out first and counted then.
      return hasArrival ? base : `greatest(${base}, coalesce(p.${upper}, 0) - ${window.rows})`
    case 'all':
      return base
  }
}

const windowOf = (definition: AggregateDefinition, source: SourcePlan, needs: Needs): Window => {
  const { window, args } = definition
  const { values, bounds, arrays, frames } = needs
  const hasArrival = source.createdColumn !== null
  const distance = upperDistance(definition)
  const high = `coalesce(p.${bounds.of(String(distance))}, 0)`
  const low = lowOf(window, bounds, distance, hasArrival)
  const value = args[0] ? values.of(compileOver(args[0], source, 's')) : ''
  const run = `range(${low} + 1, ${high} + 1)`
  const arrived = `list_filter(${run}, lambda i: w.arrivals[i] <= p.ts)`
  const late = window.kind === 'rows' ? `${arrived}[-${window.rows}:]` : arrived
  const positions = (): string => `q.${frames.of(hasArrival ? late : run)}`
  const array = (): string => `q.${arrays.of(`values:${value}`)}`
  return {
    low: `q.${frames.of(low)}`,
    high: `q.${frames.of(high)}`,
    isRun: !hasArrival,
    positions,
    array,
    values: () => `list_transform(${positions()}, lambda i: ${array()}[i])`,
    total: (kind) => `q.${arrays.of(`${kind}:${value}`)}`,
    times: () => 'q.times',
  }
}

const slotValue = (slot: Scan['slots'][number], source: SourcePlan, needs: Needs): string => {
  const { definition, type, alias } = slot
  const { aggregate, args, window } = definition
  const isNewest = window.kind === 'all' && (aggregate === 'latest' || aggregate === 'last')
  if (source.createdColumn !== null && isNewest && args[0]) {
    const value = needs.values.of(compileOver(args[0], source, 's'))
    const position = needs.newest.of(String(upperDistance(definition)))
    return `q.${needs.arrays.of(`values:${value}`)}[q.${position}] as ${alias}`
  }
  return `${compileAggregate({ aggregate, args, type }, windowOf(definition, source, needs))} as ${alias}`
}

/** Every row with its position `g` in the scan’s one order: key, time, arrival, row key, content. */
const rowsPart = (scan: Scan, timeColumn: string, rows: string, needs: Needs): Part => {
  const { source, name } = scan
  const time = micros(`s.${columnAlias(source, timeColumn)}`)
  const arrival =
    source.createdColumn === null
      ? time
      : `coalesce(${micros(`s.${columnAlias(source, source.createdColumn)}`)}, ${time})`
  const keys = keyNames(scan)
  const order = [...keys, 'ts', 'arrival', ...tieBreakers(source, 's')]
  const values = needs.values.map((sql, alias) => `${sql} as ${alias}`)
  const kept = [...keys, 'ts', 'arrival', ...needs.values.map((_, alias) => alias)]
  return {
    name: `${name}_rows`,
    isMaterialized: true,
    sql: `select ${kept.join(', ')}, row_number() over (order by ${order.join(', ')}) as g
  from (select ${[...keyColumns(scan), `${time} as ts`, `${arrival} as arrival`, ...values, 's.*'].join(', ')}
    from ${rows} s where ${rowCondition(scan)}) s where ts is not null`,
  }
}

/** The last position of each time of each key, and the position before the key’s first. */
const timesPart = (scan: Scan): Part => {
  const keys = keyNames(scan).join(', ')
  return {
    name: `${scan.name}_times`,
    isMaterialized: true,
    sql: `select ${keys}, ts, max(g) as g, min(min(g)) over (partition by ${keys}) - 1 as base
  from ${scan.name}_rows group by ${keys}, ts`,
  }
}

/** One row of arrays by position: values, and running totals that are exact because they are of integers. */
const arraysPart = (scan: Scan, needs: Needs): Part => {
  const totals: string[] = []
  const over = 'over (order by g rows unbounded preceding)'
  const arrays = needs.arrays.map((key, alias) => {
    const [kind, value = ''] = key.split(':')
    if (kind === 'values') return `list(${value} order by g) as ${alias}`
    totals.push(
      kind === 'sum'
        ? `sum(coalesce(${value}::bigint, 0)) ${over} as t${alias}`
        : `count(${value}) ${over} as t${alias}`,
    )
    return `list(t${alias} order by g) as ${alias}`
  })
  const needsArrival = scan.source.createdColumn !== null
  const needsTimes = scan.slots.some(({ definition }) => definition.aggregate === 'ewma')
  return {
    name: `${scan.name}_arrays`,
    isMaterialized: true,
    sql: `select ${[
      'count(*) as size',
      ...arrays,
      ...(needsArrival ? ['list(arrival order by g) as arrivals'] : []),
      ...(needsTimes ? ['list(ts order by g) as times'] : []),
    ].join(', ')} from (select ${['*', ...totals].join(', ')} from ${scan.name}_rows)`,
  }
}

/** The keys and moments at which values are asked for, each once. */
const probesPart = (scan: Scan, observations: string): Part => {
  const branches = scan.probes.map((expressions) => {
    const columns = expressions.length === 0 ? ['0'] : expressions
    const named = columns.map((sql, index) => `${sql} as k${index}`)
    return `select ${named.join(', ')}, o.ts from ${observations} o where ${notNull([...columns, 'o.ts'])}`
  })
  return {
    name: `${scan.name}_probes`,
    isMaterialized: true,
    sql: `select distinct * from (${branches.join(' union all ')})`,
  }
}

/** The newest row among those that had arrived, at each moment at which that changes. */
const newestParts = (scan: Scan, needs: Needs): Part[] => {
  const keys = keyNames(scan).join(', ')
  return needs.newest.map((distance, alias) => ({
    name: `${scan.name}_${alias}`,
    isMaterialized: true,
    sql: `select ${keys}, ts, max(g) as g from (
    select ${keys}, ts, max(g) over (partition by ${keys} order by ts range unbounded preceding) as g
    from (select ${keys}, greatest(ts + ${distance}, arrival) as ts, g from ${scan.name}_rows)
  ) group by ${keys}, ts`,
  }))
}

/** One `ASOF` join a distinct bound. Its right side is unique by key and time: on ties `ASOF` picks as it likes. */
const positionsPart = (scan: Scan, needs: Needs): Part => {
  const keys = keyNames(scan)
  const joins = [
    ...needs.bounds.map(
      (distance, alias) =>
        `asof left join ${scan.name}_times ${alias} on ${equalKeys(keys, alias)} and p.ts - ${distance} >= ${alias}.ts`,
    ),
    ...needs.newest.map(
      (_, alias) =>
        `asof left join ${scan.name}_${alias} ${alias} on ${equalKeys(keys, alias)} and p.ts >= ${alias}.ts`,
    ),
  ]
  const columns = [
    ...needs.bounds.map((_, alias) => `${alias}.g as ${alias}, ${alias}.base as ${alias}_base`),
    ...needs.newest.map((_, alias) => `${alias}.g as ${alias}`),
  ]
  return {
    name: `${scan.name}_positions`,
    isMaterialized: false,
    sql: `select ${[...keys.map((key) => `p.${key}`), 'p.ts', ...columns].join(', ')}
  from ${scan.name}_probes p ${joins.join('\n  ')}`,
  }
}

/** `values` are over `q`: the arrays, and what the frames say of each probe. */
const valuesPart = (scan: Scan, needs: Needs, values: readonly string[]): Part => {
  const keys = keyNames(scan)
  const frames = needs.frames.map((sql, alias) => `${sql} as ${alias}`)
  const newest = needs.newest.map((_, alias) => `p.${alias}`)
  return {
    name: scan.name,
    isMaterialized: true,
    sql: `select ${[...keys.map((key) => `q.${key}`), 'q.ts', ...values].join(', ')}
  from (select ${[...keys.map((key) => `p.${key}`), 'p.ts', 'w.*', ...newest, ...frames].join(', ')}
    from ${scan.name}_positions p, ${scan.name}_arrays w) q`,
  }
}

/** For a source without time: the row of each key; two rows with one key is an error that names it. */
const timelessPart = (scan: Scan, rows: string): Part => {
  const { source, keys, name } = scan
  const other = scan.slots.find(({ definition }) => definition.aggregate !== 'latest')
  if (other)
    throw new StudioError(
      'invalid_input',
      `\`${other.definition.aggregate}\` over \`${source.name}\` needs an event time.`,
      { hint: 'Name the source’s `time` column, or use `latest`.' },
    )
  const key =
    keys.length === 0
      ? "''"
      : keyNames(scan)
          .map((one) => `${one}::varchar`)
          .join(" || ', ' || ")
  const message = `${quoteText(`${duplicateKeyMark}${source.name}|`)} || ${key}`
  const values = scan.slots.map(({ alias, definition }) => {
    const value = definition.args[0] ? compileOver(definition.args[0], source, 's') : 'null'
    return { alias, sql: `first(${value}) as ${alias}` }
  })
  const names = keyNames(scan)
  const kept = values.map(({ alias }) => `case when n > 1 then error(${message}) else ${alias} end as ${alias}`)
  return {
    name,
    isMaterialized: true,
    sql: `select ${[...names, ...kept].join(', ')} from (
    select ${[...keyColumns(scan), 'count(*) as n', ...values.map(({ sql }) => sql)].join(', ')}
    from ${rows} s where ${rowCondition(scan)} group by ${names.join(', ')})`,
  }
}

/**
 * The statement’s parts for one scan; the last, named like the scan, has the keys `k0…`, the moment `ts` (where the source has a time) and
 * one column a slot. `rows` is a relation of the source’s normalised rows, `observations` one that the probes read as
 * `o` and whose event time is `o.ts`, in microseconds.
 */
export const compileScan = (scan: Scan, rows: string, observations: string): Part[] => {
  const { timeColumn } = scan.source
  if (timeColumn === null) return [timelessPart(scan, rows)]
  const needs: Needs = {
    values: shortNames('v'),
    bounds: shortNames('b'),
    newest: shortNames('n'),
    arrays: shortNames('a'),
    frames: shortNames('f'),
  }
  const values = scan.slots.map((slot) => slotValue(slot, scan.source, needs))
  return [
    rowsPart(scan, timeColumn, rows, needs),
    timesPart(scan),
    arraysPart(scan, needs),
    probesPart(scan, observations),
    ...newestParts(scan, needs),
    positionsPart(scan, needs),
    valuesPart(scan, needs, values),
  ]
}
