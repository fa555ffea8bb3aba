import { StudioError } from '../errors'
import type { Expr, SourcePlan } from '../plan/plan'
import { compileExpression, normalised } from './expression'
import { quoteName } from './quote'

/** Places of a source's columns by name: a source may have thousands, and each is looked up for many features. */
const places = new WeakMap<SourcePlan, ReadonlyMap<string, number>>()

const placesOf = (source: SourcePlan): ReadonlyMap<string, number> => {
  const known = places.get(source)
  if (known) return known
  // Of two of one name, the first is meant.
  const made = new Map(source.columns.map(({ name }, index) => [name, index] as const).reverse())
  places.set(source, made)
  return made
}

/**
 * Columns go by position inside the statement (`c0`, `c1`, …), so that no name that a file or a person chose meets
 * another name of ours.
 */
export const columnAlias = (source: SourcePlan, name: string): string => {
  const index = placesOf(source).get(name)
  if (index === undefined)
    throw new StudioError('missing_column', `The source \`${source.name}\` has no column \`${name}\`.`, {
      hint: 'Check the file’s columns; they may have changed since the program was checked.',
      place: { column: name },
    })
  return `c${index}`
}

/** Every column of the source, normalised, read from a table expression. */
export const sourceRows = (source: SourcePlan, table: string): string => {
  const columns = source.columns.map(
    ({ name, type }, index) => `${normalised(`r.${quoteName(name)}`, type)} as c${index}`,
  )
  return `select ${columns.join(', ')} from ${table} r`
}

export const compileOver = (expr: Expr, source: SourcePlan, relation: string): string =>
  compileExpression(expr, { column: (name) => `${relation}.${columnAlias(source, name)}` })

/** Microseconds since 1970. */
export const micros = (sql: string): string => `epoch_us(${sql}::timestamp)`

/** What decides between rows of one time: the source’s row key, then all of its other columns. */
export const tieBreakers = (source: SourcePlan, relation: string): string[] => {
  const names = new Set([...source.rowKey, ...source.columns.map(({ name }) => name)])
  if (source.timeColumn !== null) names.delete(source.timeColumn)
  return [...names].map((name) => `${relation}.${columnAlias(source, name)}`)
}
