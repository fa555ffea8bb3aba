import type { ColumnSchema } from '@shared/data/profile'
import type { DataEngine, QueryOptions } from './engine'

/** Rows as a table expression, filters applied. */
export interface ProfileSource {
  readonly from: string
  readonly parameters: readonly unknown[]
}

/** Whom a profile asks, and how. */
export interface ProfileAsk {
  readonly engine: DataEngine
  readonly source: ProfileSource
  readonly options: QueryOptions
}

export type Kind = 'number' | 'moment' | 'other'

export const shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const
export const topCount = 12
/** The square of a larger one is no number. */
export const hugeValue = 1e150

export const kindOf = (type: ColumnSchema['type']): Kind => {
  if (type === 'int' || type === 'float') return 'number'
  return type === 'date' || type === 'time' ? 'moment' : 'other'
}

/** A column as what is measured: finite doubles, ms since 1970, or text. `column` is its quoted name, or what it is called. */
export const measured = ({ type, nativeType }: ColumnSchema, column: string): string => {
  switch (kindOf(type)) {
    case 'number': {
      if (type === 'int') return column
      const double = nativeType === 'DOUBLE' || nativeType === 'FLOAT' ? column : `cast(${column} as double)`
      return `case when isfinite(${double}) then ${double} end`
    }
    case 'moment':
      return `case when isfinite(${column}) then epoch_ms(cast(${column} as timestamp)) end`
    case 'other':
      return type === 'bool' || type === 'string' ? column : `cast(${column} as varchar)`
  }
}

/** Whether a value is NaN or infinite; null where none of the column can be. */
export const nonFinite = ({ type, nativeType }: ColumnSchema, column: string): string | null => {
  const isFloat = type === 'float' && !nativeType.startsWith('DECIMAL')
  return isFloat || kindOf(type) === 'moment' ? `not isfinite(${column})` : null
}

export const numberOf = (value: unknown): number | null =>
  value === null || value === undefined || !Number.isFinite(Number(value)) ? null : Number(value)

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
