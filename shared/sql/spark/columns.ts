import type { Expr, SourcePlan } from '../../plan/plan'
import { columnAlias, tieBreakers } from '../columns'
import { compileSparkExpression, sparkNormalised } from './expression'
import { sparkName } from './quote'

/** Every column of the source, normalised, as `c0`, `c1`, …, read from a relation. */
export const sparkRows = (source: SourcePlan, table: string): string => {
  const columns = source.columns.map(
    ({ name, type }, index) => `${sparkNormalised(`r.${sparkName(name)}`, type)} as c${index}`,
  )
  return `select ${columns.join(', ')} from ${table} r`
}

export const compileSparkOver = (expr: Expr, source: SourcePlan, relation: string): string =>
  compileSparkExpression(expr, { column: (name) => `${relation}.${columnAlias(source, name)}` })

/** Microseconds since 1970. The session’s zone is UTC. */
export const sparkMicros = (sql: string): string => `unix_micros(cast(cast(${sql} as timestamp_ntz) as timestamp))`

/** What decides between rows of one time, nulls last; columns whose type is not known may have no order. */
export const sparkTies = (source: SourcePlan, relation: string): string[] => {
  const unordered = new Set(
    source.columns.flatMap(({ type }, index) => (type === 'unknown' ? [`${relation}.c${index}`] : [])),
  )
  return tieBreakers(source, relation)
    .filter((column) => !unordered.has(column))
    .map((column) => `${column} nulls last`)
}
