import type { Expr } from '../plan/plan'
import { quoteText } from './quote'

/** Marks DuckDB’s error about a vector of the wrong length; its name, how many numbers it has and should have follow. */
export const vectorLengthMark = 'proml-vector-length|'

/** A list of numbers as float32; without any one of them (null, NaN, infinite, beyond float32) there is no vector. */
export const wholeVector = (sql: string): string => {
  const numbers = `list_transform(${sql}::double[], lambda x: try_cast(x as float))`
  return `(case when coalesce(list_bool_and(list_transform(${numbers}, lambda x: coalesce(isfinite(x), false))), true) then ${numbers} end)`
}

/** The vector, which has so many numbers; another length is an error that names it. */
export const ofLength = (vector: Expr, sql: string, length: string): string => {
  const name = vector.op === 'column' || vector.op === 'feature' ? vector.name : ''
  const message = `${quoteText(`${vectorLengthMark}${name}|`)} || len(${sql}) || '|' || ${length}`
  return `(case when ${sql} is null or len(${sql}) = ${length} then ${sql} else error(${message}) end)`
}

export const filledVector = (number: string, length: string): string =>
  `list_transform(range(${length}), lambda i: (${number})::float)`
