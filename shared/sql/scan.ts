import type { ValueType } from '../data/profile'
import { StudioError } from '../errors'
import type { FeatureDefinition, SourcePlan } from '../plan/plan'
import { compileAggregate, type Window } from './aggregate'
import { columnAlias, compileOver, micros, tieBreakers } from './columns'
import { quoteText } from './quote'
import { asksForArrival, upperDistance, windowEnds } from './windows'

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
  /** Moments, over the probe `p`, up to which the last time is looked up; `start`: before the key’s first row. */
  readonly bounds: ShortNames
  /** Distances for which the newest row that has arrived is looked up. */
  readonly newest: ShortNames
  /** Running totals by time: `sum:v0`, `known:v0`. */
  readonly totals: ShortNames
  /** Arrays by position: `values:v0`, `sum:v0`, `known:v0`. */
  readonly arrays: ShortNames
  /** Expressions over the bounds and the arrays `w`: ends of windows, differences of totals, lists of positions. */
  readonly frames: ShortNames
}

/** The time before every time: each key has one such row, so that a look-up always finds something. */
const start = '(-4611686018427387904)'

/** A scan without keys has a constant one, so that all of its SQL reads alike. */
const keyNames = (scan: Scan): string[] => (scan.keys.length === 0 ? ['k0'] : scan.keys.map((_, index) => `k${index}`))

const keyColumns = ({ source, keys }: Scan): string[] =>
  keys.length === 0 ? ['0 as k0'] : keys.map((key, index) => `s.${columnAlias(source, key)} as k${index}`)

/** Joins a relation by key values; `0` stands for the key of a scan without keys. */
export const keyCondition = (expressions: readonly string[], relation: string): string =>
  (expressions.length === 0 ? ['0'] : expressions).map((sql, index) => `${sql} = ${relation}.k${index}`).join(' and ')

const rowCondition = ({ source, keys, filter }: Scan): string =>
  [
    ...keys.map((key) => `s.${columnAlias(source, key)} is not null`),
    ...(filter ? [compileOver(filter, source, 's')] : []),
    'true',
  ].join(' and ')

const windowOf = (definition: AggregateDefinition, source: SourcePlan, needs: Needs): Window => {
  const { window, args } = definition
  const { values, bounds, totals, arrays, frames } = needs
  const hasArrival = source.createdColumn !== null && asksForArrival(definition)
  const ends = windowEnds(definition)
  const upper = bounds.of(ends.upper)
  const lower = bounds.of(ends.lower ?? 'start')
  // Late rows are filtered out first and counted then.
  const isCounted = window.kind === 'rows' && !hasArrival
  const high = `${upper}.g`
  const low = isCounted ? `greatest(${lower}.g, ${high} - ${window.rows})` : `${lower}.g`
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
    total(kind) {
      if (isCounted) {
        const total = arrays.of(`${kind}:${value}`)
        return `q.${frames.of(`coalesce(w.${total}[${high}], 0) - coalesce(w.${total}[${low}], 0)`)}`
      }
      const total = totals.of(`${kind}:${value}`)
      return `q.${frames.of(`${upper}.${total} - ${lower}.${total}`)}`
    },
    times: () => 'q.times',
  }
}

const slotValue = (slot: Scan['slots'][number], source: SourcePlan, needs: Needs): string => {
  const { definition, type, alias } = slot
  const { aggregate, args, window } = definition
  const isNewest = window.kind === 'all' && (aggregate === 'latest' || aggregate === 'last')
  if (source.createdColumn !== null && isNewest && args[0] && asksForArrival(definition)) {
    const value = needs.values.of(compileOver(args[0], source, 's'))
    const position = needs.newest.of(String(upperDistance(definition)))
    return `q.${needs.arrays.of(`values:${value}`)}[q.${position}] as ${alias}`
  }
  return `${compileAggregate({ aggregate, args, type }, windowOf(definition, source, needs))} as ${alias}`
}

/** Keys as small numbers: everything below compares those. */
const idsPart = (scan: Scan, rows: string): Part => {
  const keys = keyNames(scan).join(', ')
  return {
    name: `${scan.name}_ids`,
    isMaterialized: true,
    sql: `select ${keys}, row_number() over (order by ${keys}) as id
  from (select distinct ${keyColumns(scan).join(', ')} from ${rows} s where ${rowCondition(scan)})`,
  }
}

/** The rows that count, with their position `g` in the scan’s one order (key, time, arrival, row key, content) where a value needs it. */
const rowsPart = (scan: Scan, timeColumn: string, rows: string, needs: Needs): Part => {
  const { source, name, keys } = scan
  const time = micros(`s.${columnAlias(source, timeColumn)}`)
  const arrival =
    source.createdColumn === null
      ? time
      : `coalesce(${micros(`s.${columnAlias(source, source.createdColumn)}`)}, ${time})`
  const values = needs.values.map((sql, alias) => `${sql} as ${alias}`)
  const order = ['id', 'ts', 'arrival', ...tieBreakers(source, 's')]
  const kept = ['id', 'ts', 'arrival', ...needs.values.map((_, alias) => alias)]
  if (needsPositions(scan, needs)) kept.push(`row_number() over (order by ${order.join(', ')}) as g`)
  const columns = keys.map((key) => `s.${columnAlias(source, key)}`)
  return {
    name: `${name}_rows`,
    isMaterialized: true,
    sql: `select ${kept.join(', ')}
  from (select ${['i.id', `${time} as ts`, `${arrival} as arrival`, ...values, 's.*'].join(', ')}
    from ${rows} s join ${name}_ids i on ${keyCondition(columns, 'i')} where ${rowCondition(scan)}) s where ts is not null`,
  }
}

const needsTimes = (scan: Scan): boolean => scan.slots.some(({ definition }) => definition.aggregate === 'ewma')

const needsPositions = (scan: Scan, needs: Needs): boolean =>
  scan.source.createdColumn !== null || needsTimes(scan) || needs.arrays.map(() => true).length > 0

const totalOf = (key: string): { kind: string; value: string } => {
  const [kind = '', value = ''] = key.split(':')
  return { kind, value }
}

/** Every time of every key, with the number of rows up to it and the totals up to it: exact, being of integers. */
const timesPart = (scan: Scan, needs: Needs): Part => {
  const totals = needs.totals.map((key, alias) => {
    const { kind, value } = totalOf(key)
    return { alias, sql: kind === 'sum' ? `coalesce(sum(${value}::bigint), 0)` : `count(${value})` }
  })
  const own = totals.map(({ alias, sql }) => `${sql} as ${alias}`)
  const running = totals.map(({ alias }) => `sum(${alias}) over w as ${alias}`)
  return {
    name: `${scan.name}_times`,
    isMaterialized: true,
    sql: `select ${['id', 'ts', '(sum(n) over w)::bigint as g', ...running].join(', ')} from (
    select ${['id', 'ts', 'count(*) as n', ...own].join(', ')} from ${scan.name}_rows group by id, ts
    union all select ${['id', start, '0', ...totals.map(() => '0')].join(', ')} from ${scan.name}_ids
  ) window w as (order by id, ts rows unbounded preceding)`,
  }
}

/** One row of arrays by position. */
const arraysPart = (scan: Scan, needs: Needs): Part => {
  const running: string[] = []
  const over = 'over (order by g rows unbounded preceding)'
  const arrays = needs.arrays.map((key, alias) => {
    const { kind, value } = totalOf(key)
    if (kind === 'values') return `list(${value} order by g) as ${alias}`
    const total = kind === 'sum' ? `sum(coalesce(${value}::bigint, 0))` : `count(${value})`
    running.push(`${total} ${over} as t${alias}`)
    return `list(t${alias} order by g) as ${alias}`
  })
  if (scan.source.createdColumn !== null) arrays.push('list(arrival order by g) as arrivals')
  if (needsTimes(scan)) arrays.push('list(ts order by g) as times')
  return {
    name: `${scan.name}_arrays`,
    isMaterialized: true,
    sql: `select ${arrays.join(', ')} from (select ${['*', ...running].join(', ')} from ${scan.name}_rows)`,
  }
}

/** The keys and moments at which values are asked for, each once. */
const probesPart = (scan: Scan, observations: string): Part => {
  const branches = scan.probes.map(
    (expressions) =>
      `select i.id, o.ts from ${observations} o join ${scan.name}_ids i on ${keyCondition(expressions, 'i')} where o.ts is not null`,
  )
  return {
    name: `${scan.name}_probes`,
    isMaterialized: true,
    sql: `select distinct id, ts from (${branches.join(' union all ')})`,
  }
}

/** The newest row among those that had arrived, at each moment at which that changes. */
const newestParts = (scan: Scan, needs: Needs): Part[] =>
  needs.newest.map((distance, alias) => ({
    name: `${scan.name}_${alias}`,
    isMaterialized: true,
    sql: `select id, ts, max(g) as g from (
    select id, ts, max(g) over (partition by id order by ts range unbounded preceding) as g
    from (select id, greatest(ts + ${distance}, arrival) as ts, g from ${scan.name}_rows)
  ) group by id, ts`,
  }))

/**
 * Values by key and moment, one `ASOF` join a distinct bound. Its right side is unique by key and time: on ties `ASOF`
 * picks as it likes. `values` are over `q`: the arrays, and what the frames say of each probe.
 */
const valuesPart = (scan: Scan, needs: Needs, values: readonly string[]): Part => {
  const { name } = scan
  const joins = [
    ...needs.bounds.map((moment, alias) =>
      moment === 'start'
        ? `join ${name}_times ${alias} on p.id = ${alias}.id and ${alias}.ts = ${start}`
        : `asof join ${name}_times ${alias} on p.id = ${alias}.id and ${moment} >= ${alias}.ts`,
    ),
    ...needs.newest.map(
      (_, alias) => `asof left join ${name}_${alias} ${alias} on p.id = ${alias}.id and p.ts >= ${alias}.ts`,
    ),
    ...(needsPositions(scan, needs) ? [`cross join ${name}_arrays w`] : []),
  ]
  const columns = [
    'p.id',
    'p.ts',
    ...(needsPositions(scan, needs) ? ['w.*'] : []),
    ...needs.newest.map((_, alias) => `${alias}.g as ${alias}`),
    ...needs.frames.map((sql, alias) => `${sql} as ${alias}`),
  ]
  return {
    name,
    isMaterialized: true,
    sql: `select ${['q.id', 'q.ts', ...values].join(', ')}
  from (select ${columns.join(', ')}
    from ${name}_probes p
    ${joins.join('\n    ')}) q`,
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
 * The statement’s parts for one scan. Where the source has a time, the last, named like the scan, has `id`, the moment
 * `ts` and one column a slot, and `<name>_ids` tells the keys `k0…` of each `id`; otherwise it has the keys and the
 * slots. `rows` is a relation of the source’s normalised rows, `observations` one that the probes read as `o` and
 * whose event time is `o.ts`, in microseconds.
 */
export const compileScan = (scan: Scan, rows: string, observations: string): Part[] => {
  const { timeColumn } = scan.source
  if (timeColumn === null) return [timelessPart(scan, rows)]
  const needs: Needs = {
    values: shortNames('v'),
    bounds: shortNames('b'),
    newest: shortNames('n'),
    totals: shortNames('s'),
    arrays: shortNames('a'),
    frames: shortNames('f'),
  }
  const values = scan.slots.map((slot) => slotValue(slot, scan.source, needs))
  return [
    idsPart(scan, rows),
    rowsPart(scan, timeColumn, rows, needs),
    timesPart(scan, needs),
    ...(needsPositions(scan, needs) ? [arraysPart(scan, needs)] : []),
    probesPart(scan, observations),
    ...newestParts(scan, needs),
    valuesPart(scan, needs, values),
  ]
}
