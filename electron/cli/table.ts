import type { ValueType } from '@shared/data/profile'
import { printable } from './printable'

export type Cell = string | number | boolean | null | readonly number[]

/** A value as JSON can hold it: times as ISO texts in UTC, whole numbers beyond 2^53 as texts, NaN as null. */
export const cellOf = (value: unknown, type: ValueType): Cell => {
  if (value === null || value === undefined) return null
  if (type === 'time' || type === 'date') {
    const text = new Date(Number(value)).toISOString()
    return type === 'date' ? text.slice(0, 10) : text
  }
  // A list comes as its text; one that is a vector has nothing but numbers in it.
  if (type === 'vector' && typeof value === 'string') return JSON.parse(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return typeof value === 'boolean' ? value : String(value)
}

export const printTable = (
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
  print: (line: string) => void,
): void => {
  const shown = (cell: Cell): string =>
    cell === null ? '–' : Array.isArray(cell) ? `[${cell.join(', ')}]` : String(cell)
  const lines = [names, ...rows.map((row) => row.map(shown))].map((line) => line.map((cell) => printable(cell)))
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  for (const line of lines)
    print(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}
