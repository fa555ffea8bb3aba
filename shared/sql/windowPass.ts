import type { SourcePlan } from '../plan/plan'
import { columnAlias, compileOver } from './columns'
import { nativeTypeOf } from './expression'
import type { Part, Probe, Scan } from './scan'
import { keyColumns, keyCondition, keyNames } from './scanKeys'
import { type ShortNames, shortNames } from './shortNames'
import { asksForArrival, type Moment, windowMoments } from './windows'

/**
 * Windows that are computed by a pass of our own over rows in the order of time, in place of SQL: the same values, to the
 * last bit. The engine’s process reads two relations of numbers, which says SQL, and writes one table.
 */
export interface WindowPass {
  /** The table that it makes: a row for each of the moments, in their order, and a `double` for each output. */
  readonly table: string
  readonly sources: readonly PassSource[]
  /** `double`: the place in their order, 0, 1, …, and `ts`, NaN where there is none; then an `integer` key for each probe. */
  readonly moments: PassRelation
}

/** Nothing in it is null. */
export interface PassRelation {
  readonly sql: string
  /** What its rows are sorted by where they do not come in the order of the first column. */
  readonly order: string
}

export interface PassSource {
  /** A relation with at least as many rows, to be counted. */
  readonly counted: string
  /**
   * `double`: where `isOrdered`, the place in the source’s order; `ts`; where `hasArrivals`, when it arrived; then an
   * `integer` key for each scan, 0 where the row is none of its rows; then a `double` for each value, NaN where it is null.
   */
  readonly rows: PassRelation
  readonly isOrdered: boolean
  readonly hasArrivals: boolean
  /** How many, and the places of those that are integers. */
  readonly values: number
  readonly exact: readonly number[]
  readonly scans: readonly PassScan[]
}

export interface PassScan {
  /** A relation of its keys, which are numbered from 1; null where there is one only. */
  readonly keys: string | null
  /** In the order of the moments’ keys. */
  readonly probes: readonly (readonly PassOutput[])[]
}

export interface PassOutput {
  readonly column: string
  readonly aggregate: PassAggregate
  /** Place among the source’s values. */
  readonly value: number
  /** Whether only rows count that had arrived by the moment. */
  readonly isArrived: boolean
  readonly window: { readonly upper: Moment; readonly lower: Moment | null; readonly rows: number | null }
  /** Of `quantile`. */
  readonly fraction: number
}

/**
 * `rows`: how many; `known`: of how many the value is known. `total` and `average` are of integers and booleans, from
 * running totals; `sum` and `mean` of floats, added up from the window’s first row to its last.
 */
export type PassAggregate =
  | 'rows'
  | 'known'
  | 'total'
  | 'average'
  | 'any'
  | 'all'
  | 'sum'
  | 'mean'
  | 'min'
  | 'max'
  | 'stddev'
  | 'variance'
  | 'quantile'
  | 'distinct'
  | 'first'
  | 'last'

type Slot = Scan['slots'][number]

/** Times and integers further from zero than this are not told apart by a `double`. */
const mostMicros = 2 ** 50
const numbers: ReadonlySet<string> = new Set(['int', 'float', 'bool'])
/** Values that are numbered where all that is asked of them is whether they are the same. */
const named: ReadonlySet<string> = new Set(['string', 'time', 'date'])

const asPass = ({ definition: { aggregate, args } }: Pick<Slot, 'definition'>): PassAggregate | null => {
  const isFloat = args[0]?.type === 'float'
  switch (aggregate) {
    case 'count':
      return args.length === 0 ? 'rows' : 'known'
    case 'sum':
      return isFloat ? 'sum' : 'total'
    case 'mean':
      return isFloat ? 'mean' : 'average'
    case 'median':
    case 'quantile':
      return 'quantile'
    case 'latest':
      return 'last'
    case 'distinct':
    case 'approx_distinct':
      return 'distinct'
    case 'any':
    case 'all':
    case 'min':
    case 'max':
    case 'stddev':
    case 'variance':
    case 'first':
    case 'last':
      return aggregate
    default:
      return null
  }
}

const fractionOf = ({ definition: { aggregate, args } }: Pick<Slot, 'definition'>): number | null => {
  if (aggregate !== 'quantile') return 0.5
  const [, fraction] = args
  if (fraction?.op !== 'literal' || typeof fraction.value !== 'number') return null
  return fraction.value >= 0 && fraction.value <= 1 ? fraction.value : null
}

const isArrived = (source: SourcePlan, { definition }: Pick<Slot, 'definition'>): boolean =>
  source.createdColumn !== null && asksForArrival(definition)

/** Whether a pass computes it: what is made of numbers, or is their number. */
export const isPassed = (source: SourcePlan, slot: Omit<Slot, 'alias'>): boolean => {
  const { definition, type } = slot
  const { window, args, lagMicros } = definition
  const aggregate = asPass(slot)
  if (aggregate === null || source.timeColumn === null || !numbers.has(type)) return false
  const argument = args[0]?.type
  const isRead = argument === undefined || numbers.has(argument) || (named.has(argument) && aggregate === 'distinct')
  if (!isRead && aggregate !== 'known') return false
  return fractionOf(slot) !== null && Math.abs(lagMicros) + (window.kind === 'time' ? window.micros : 0) < mostMicros
}

/** Whether the order of rows of one time tells: where it does not, they need not be sorted. */
const isOrderTold = ({ aggregate, window }: PassOutput): boolean =>
  window.rows !== null || !['rows', 'known', 'total', 'average', 'any', 'all', 'distinct'].includes(aggregate)

const columnOf = (probe: Probe, slot: Slot): string => `${probe.name}_${slot.alias}`

/** A slot’s value as SQL over a row `relation` of the pass’s table. */
export const passedValue = (relation: string, probe: Probe, slot: Slot): string => {
  const column = `${relation}.${columnOf(probe, slot)}`
  return `nullif(${column}, 'nan'::double)::${nativeTypeOf(slot.type)}`
}

/** The scan with those of its slots; null where it has none. */
export const scanOfSlots = (scan: Scan, isWanted: (slot: Slot) => boolean): Scan | null => {
  const slots = scan.slots.filter(isWanted)
  const wanted = new Set(slots.map(({ alias }) => alias))
  const probes = scan.probes
    .map((probe) => ({ ...probe, asked: new Set([...probe.asked].filter((alias) => wanted.has(alias))) }))
    .filter(({ asked }) => asked.size > 0)
  return probes.length === 0 ? null : { ...scan, slots, probes }
}

interface PassValues {
  readonly names: ShortNames
  readonly exact: Set<number>
  /** What is numbered: `n0`, `n1`, … */
  readonly numbered: ShortNames
}

const outputOf = (probe: Probe, slot: Slot, source: SourcePlan, values: PassValues): PassOutput => {
  const { definition } = slot
  const { args, window } = definition
  const [argument] = args
  const aggregate = asPass(slot) ?? 'rows'
  const value = (): number => {
    if (!argument) return -1
    const sql = compileOver(argument, source, 's')
    const number = (): string => {
      if (numbers.has(argument.type)) return `(${sql})::double`
      if (aggregate === 'distinct') return `${values.numbered.of(sql)}.number`
      return `case when (${sql}) is not null then 1::double end`
    }
    const place = Number(values.names.of(`coalesce(${number()}, 'nan'::double)`))
    if (argument.type === 'int') values.exact.add(place)
    return place
  }
  return {
    ...{ column: columnOf(probe, slot), aggregate, value: value(), fraction: fractionOf(slot) ?? 0 },
    isArrived: isArrived(source, slot),
    window: { ...windowMoments(definition), rows: window.kind === 'rows' ? window.rows : null },
  }
}

const keysOf = ({ name, keys }: Scan): string | null => (keys.length === 0 ? null : `${name}_keys`)

/** A source’s values of an expression, numbered as they come. */
const numbersPart = (rows: string, sql: string, alias: string): Part => ({
  name: `${rows}_${alias}`,
  isMaterialized: true,
  sql: `select v, (row_number() over ())::double as number
  from (select distinct ${sql} as v from ${rows} s) where v is not null`,
})

/** The scans’ keys, numbered as they come: values do not depend on it. */
const keysPart = (scan: Scan, rows: string): readonly Part[] => {
  const name = keysOf(scan)
  const names = keyNames(scan).join(', ')
  if (name === null) return []
  const sql = `select ${names}, (row_number() over ())::integer as id
  from (select distinct ${keyColumns(scan).join(', ')} from ${rows} s)`
  return [{ name, isMaterialized: true, sql }]
}

/** A key’s number, 0 where there is none, and what joins it. */
const numbered = (scan: Scan, columns: readonly string[], alias: string): { id: string; join: string } => {
  const keys = keysOf(scan)
  if (keys === null) return { id: '1', join: '' }
  return { id: `coalesce(${alias}.id, 0)`, join: `left join ${keys} ${alias} on ${keyCondition(columns, alias)}` }
}

const sourceOfPass = (
  scans: readonly Scan[],
  rows: string,
): { readonly source: PassSource; readonly parts: readonly Part[] } => {
  const [first] = scans
  const source = first?.source
  if (!source) throw new Error('A pass over no scan.')
  const values: PassValues = { names: shortNames(''), exact: new Set(), numbered: shortNames('n') }
  const passScans = scans.map((scan) => ({
    keys: keysOf(scan),
    probes: scan.probes.map((probe) =>
      scan.slots.filter(({ alias }) => probe.asked.has(alias)).map((slot) => outputOf(probe, slot, source, values)),
    ),
  }))
  const outputs = passScans.flatMap(({ probes }) => probes.flat())
  const [isOrdered, hasArrivals] = [outputs.some(isOrderTold), outputs.some((output) => output.isArrived)]
  const keys = scans.map((scan, index) => {
    const own = scan.keys.map((key) => `s.${columnAlias(source, key)}`)
    const { id, join } = numbered(scan, own, `i${index}`)
    const isCounted = scan.filter ? `case when ${compileOver(scan.filter, source, 's')} then ${id} else 0 end` : id
    return { id: `(${isCounted})::integer`, join }
  })
  const columns = [
    ...(isOrdered ? ['s.n::double'] : []),
    's.ts::double',
    ...(hasArrivals ? ['s.arrival::double'] : []),
    ...keys.map(({ id }) => id),
    ...values.names.map((sql) => sql),
  ]
  const joins = [
    ...keys.map(({ join }) => join),
    ...values.numbered.map((sql, alias) => `left join ${rows}_${alias} ${alias} on ${sql} = ${alias}.v`),
  ]
  const sql = `select ${columns.join(', ')}
  from ${rows} s ${joins.join(' ')}
  where s.ts is not null`
  return {
    source: {
      ...{ counted: rows, rows: { sql, order: isOrdered ? 's.n' : 's.ts' }, isOrdered, hasArrivals },
      ...{ values: values.names.map((sql) => sql).length, exact: [...values.exact], scans: passScans },
    },
    parts: values.numbered.map((sql, alias) => numbersPart(rows, sql, alias)),
  }
}

/**
 * The pass over scans whose slots are all passed, the parts that it needs, and the sources whose rows it needs in their
 * order. `rowsName` names the relation of a source’s rows.
 */
export const compilePass = (
  scans: readonly Scan[],
  rowsName: (source: SourcePlan) => string,
): { readonly pass: WindowPass | null; readonly parts: readonly Part[]; readonly ordered: ReadonlySet<SourcePlan> } => {
  if (scans.length === 0) return { pass: null, parts: [], ordered: new Set() }
  const sources = [...new Set(scans.map(({ source }) => source))]
  const own = sources.map((source) => scans.filter((scan) => scan.source === source))
  const passes = own.map((ownScans, index) => sourceOfPass(ownScans, rowsName(sources[index] as SourcePlan)))
  const keys = own.flat().flatMap((scan) => scan.probes.map((probe) => numbered(scan, probe.columns, probe.name)))
  const columns = [
    'o.row_number::double',
    "coalesce(o.ts::double, 'nan'::double)",
    ...keys.map(({ id }) => `(${id})::integer`),
  ]
  const sql = `select ${columns.join(', ')} from observations o ${keys.map(({ join }) => join).join(' ')}`
  return {
    pass: { table: 'passed', sources: passes.map(({ source }) => source), moments: { sql, order: 'o.row_number' } },
    parts: [...scans.flatMap((scan) => keysPart(scan, rowsName(scan.source))), ...passes.flatMap((made) => made.parts)],
    ordered: new Set(sources.filter((_, index) => passes[index]?.source.isOrdered)),
  }
}
