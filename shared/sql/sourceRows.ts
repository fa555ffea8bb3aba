import type { SourcePlan } from '../plan/plan'
import { columnAlias, compileOver, micros, sourceRows, tieBreakers } from './columns'
import type { Part, Scan } from './scan'

/** What a source’s rows are read for. */
export interface SourceUse {
  readonly source: SourcePlan
  readonly scans: readonly Scan[]
  readonly isObserved: boolean
  /** Whether somebody needs the rows’ place in the source’s order. */
  readonly isOrdered: boolean
}

/** How often the statement reads the relation: a scan over time reads it for its keys and for its rows. */
const readers = ({ source, scans, isObserved }: SourceUse): number =>
  scans.length * (source.timeColumn === null ? 1 : 2) + (isObserved ? 1 : 0)

/** The filter that everybody has who reads the source: it is put where the file is read. */
const commonFilter = ({ scans, isObserved }: SourceUse): Scan['filter'] => {
  const [first, ...others] = scans
  if (!first || isObserved) return null
  const text = JSON.stringify(first.filter)
  return others.every(({ filter }) => JSON.stringify(filter) === text) ? first.filter : null
}

/**
 * A source’s rows, read once however many read them: the columns `c0…`, and over a source with time `ts` and `arrival`,
 * in microseconds, and `n`, the place in the order of time, arrival, row key and content. DuckDB reads and keeps of the
 * columns those that somebody needs.
 */
export const sourcePart = (name: string, use: SourceUse, table: string): Part => {
  const { source, isOrdered } = use
  const filter = commonFilter(use)
  const where = filter ? ` where ${compileOver(filter, source, 's')}` : ''
  const rows = sourceRows(source, table)
  const isMaterialized = readers(use) > 1
  const { timeColumn, createdColumn } = source
  if (timeColumn === null) return { name, isMaterialized, sql: filter ? `select * from (${rows}) s${where}` : rows }
  const time = micros(`s.${columnAlias(source, timeColumn)}`)
  const arrival = createdColumn === null ? null : micros(`s.${columnAlias(source, createdColumn)}`)
  const columns = ['s.*', `${time} as ts`, ...(arrival === null ? [] : [`coalesce(${arrival}, ${time}) as arrival`])]
  const timed = `select ${columns.join(', ')} from (${rows}) s${where}`
  const order = ['ts nulls first', ...(arrival === null ? [] : ['arrival']), ...tieBreakers(source, 's')]
  return {
    name,
    isMaterialized,
    sql: isOrdered
      ? `select s.*, row_number() over () as n from (select s.* from (${timed}) s order by ${order.join(', ')}) s`
      : timed,
  }
}
