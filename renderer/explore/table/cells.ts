import { counted } from '@shared/counted'
import type { ColumnSchema, ValueType } from '@shared/data/profile'
import { formatTime } from '../../ui/format'

/** One value as the grid shows it. What is missing, not a number, infinite or empty never looks like a value. */
export interface Cell {
  readonly kind: 'value' | 'null' | 'nan' | 'infinite' | 'empty'
  readonly text: string
}

const nullCell: Cell = { kind: 'null', text: 'NULL' }
const emptyCell: Cell = { kind: 'empty', text: 'empty' }

const wholeNumber = new Intl.NumberFormat('en-US')
const fraction = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 })

const minus = (text: string): string => text.replace('-', '−')

const numberCell = (value: number): Cell => {
  if (Number.isNaN(value)) return { kind: 'nan', text: 'NaN' }
  if (!Number.isFinite(value)) return { kind: 'infinite', text: value > 0 ? '∞' : '−∞' }
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-6 || size >= 1e15)) return { kind: 'value', text: minus(value.toExponential(5)) }
  return { kind: 'value', text: minus(fraction.format(value)) }
}

const timeCell = (value: number): Cell => ({ kind: 'value', text: formatTime(value) })

/** How a decoded Arrow value reads. Times come as ms since 1970, 64-bit integers as bigint. */
export const cellOf = (value: unknown, type: ValueType): Cell => {
  if (value === null || value === undefined) return nullCell
  if (value === '') return emptyCell
  if (typeof value === 'bigint') return { kind: 'value', text: minus(wholeNumber.format(value)) }
  if (value instanceof Date) return timeCell(value.getTime())
  if (typeof value === 'number') {
    if (type === 'time') return timeCell(value)
    if (type === 'date') return { kind: 'value', text: formatTime(value).slice(0, 10) }
    return numberCell(value)
  }
  if (typeof value === 'boolean') return { kind: 'value', text: value ? 'true' : 'false' }
  if (typeof value === 'string') return { kind: 'value', text: value }
  if (value instanceof Uint8Array) return { kind: 'value', text: counted(value.length, 'byte') }
  return { kind: 'value', text: String(value) }
}

/** The same value for the clipboard: no separators, missing as nothing, times as ISO text. */
export const plainTextOf = (value: unknown, type: ValueType): string => {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' && Number.isFinite(value) && (type === 'time' || type === 'date')) {
    const text = new Date(value).toISOString()
    return type === 'date' ? text.slice(0, 10) : text
  }
  return String(value)
}

export const isNumeric = (type: ValueType): boolean => type === 'int' || type === 'float' || type === 'duration'

/** What people call the type; the engine’s own name is in the tooltip. */
export const typeLabel = (column: Pick<ColumnSchema, 'type' | 'nativeType'>): string =>
  column.type === 'time' ? 'timestamp' : column.type === 'unknown' ? column.nativeType.toLowerCase() : column.type
