import type { Expr } from '../../plan/plan'
import { written } from './report'

/**
 * A value as a vector of so many numbers: a list must have as many, and a number stands in every place.
 */
export const asVector = (expr: Expr, length: number): Expr => ({
  op: 'call',
  fn: 'vector',
  args: [expr, { op: 'literal', value: length, type: 'int' }],
  type: 'vector',
})

/** Where the length of a source’s vectors is to be written. */
export const lengthMend = (column: string): string =>
  `Write it in the source, as in \`schema (${written(column)}: vector[8])\`.`
