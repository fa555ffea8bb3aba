import type { ColumnProfile, ValueType } from '@shared/data/profile'
import type { Filter } from '@shared/rpc/data'
import { formatNumber, formatTime } from '../../ui/format'
import { isNumeric } from './cells'

export type Operator = Filter['operator']

export const needsValue = (operator: Operator): boolean => operator !== 'is null' && operator !== 'is not null'

export const operatorsOf = (type: ValueType): readonly Operator[] => {
  if (type === 'string') return ['=', '!=', 'contains', 'is null', 'is not null']
  if (type === 'bool') return ['=', '!=', 'is null', 'is not null']
  return ['=', '!=', '<', '<=', '>', '>=', 'is null', 'is not null']
}

const operatorWords: Partial<Record<Operator, string>> = { '!=': '≠', '<=': '≤', '>=': '≥' }
export const operatorLabel = (operator: Operator): string => operatorWords[operator] ?? operator

/** What was typed as the value that the column compares with; a sentence where it does not fit. */
export const parseFilterValue = (
  text: string,
  type: ValueType,
): { readonly ok: true; readonly value: string | number | boolean } | { readonly ok: false; readonly why: string } => {
  const trimmed = text.trim()
  if (isNumeric(type)) {
    const value = Number(trimmed.replaceAll(',', '').replace('−', '-'))
    return trimmed === '' || Number.isNaN(value) ? { ok: false, why: 'Give a number.' } : { ok: true, value }
  }
  if (type === 'bool') {
    const word = trimmed.toLowerCase()
    return word === 'true' || word === 'false'
      ? { ok: true, value: word === 'true' }
      : { ok: false, why: 'Give true or false.' }
  }
  if (type === 'time' || type === 'date') {
    // A time without a zone is UTC, as the data is.
    const isoText = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?Z?$/.test(trimmed)
    return isoText && !Number.isNaN(Date.parse(trimmed.replace(' ', 'T')))
      ? { ok: true, value: trimmed.replace('T', ' ').replace('Z', '') }
      : { ok: false, why: 'Give a time such as 2001-01-31 or 2001-01-31 06:00.' }
  }
  return { ok: true, value: text }
}

export const filterLabel = (filter: Filter): string => {
  if (!needsValue(filter.operator)) return `${filter.column} ${filter.operator}`
  const value = typeof filter.value === 'number' ? formatNumber(filter.value, 6) : String(filter.value)
  return `${filter.column} ${operatorLabel(filter.operator)} ${value === '' ? '(empty)' : value}`
}

/** The rows behind one bar of a histogram; the last bar includes its upper edge. */
export const binFilters = (profile: ColumnProfile, from: number, to: number): readonly Filter[] => {
  const isLast = profile.histogram?.edges.at(-1) === to
  const edge = (value: number): string | number =>
    profile.type === 'time' || profile.type === 'date' ? formatTime(value) : value
  return [
    { column: profile.name, operator: '>=', value: edge(from) },
    { column: profile.name, operator: isLast ? '<=' : '<', value: edge(to) },
  ]
}

/** The rows with one of the top values. */
export const valueFilter = (profile: ColumnProfile, value: string | null): Filter => {
  if (value === null) return { column: profile.name, operator: 'is null' }
  const parsed = parseFilterValue(value, profile.type)
  return { column: profile.name, operator: '=', value: parsed.ok ? parsed.value : value }
}
