import type { ValueType } from '../data/profile'
import { StudioError } from '../errors'
import { quoteName } from '../sql/quote'

/** What a materialised table holds of a value: the engine’s own text of it, which names it exactly; null for null. */
export type CellText = string | null

/**
 * A value as a program reads it: whole numbers beyond 2^53 as bigint, times and dates as ISO texts in UTC, vectors as
 * lists of numbers.
 */
export type CellValue = string | number | bigint | boolean | null | readonly (number | null)[]

/** A column as the text of its cells. Infinite and not-a-number too. */
export const cellSql = (column: string, type: ValueType): string =>
  type === 'time' ? `${quoteName(column)}::timestamp::varchar` : `${quoteName(column)}::varchar`

const numberOf = (text: string): number => {
  switch (text) {
    case 'inf':
      return Number.POSITIVE_INFINITY
    case '-inf':
      return Number.NEGATIVE_INFINITY
    default:
      return Number(text)
  }
}

export const cellValue = (text: CellText, type: ValueType): CellValue => {
  if (text === null) return null
  switch (type) {
    case 'bool':
      return text === 'true'
    case 'int': {
      const number = Number(text)
      return Number.isSafeInteger(number) ? number : BigInt(text)
    }
    case 'float':
      return numberOf(text)
    case 'time':
      return /^\d{4}-\d\d-\d\d \d/.test(text) ? `${text.replace(' ', 'T')}Z` : text
    case 'vector':
      return text === '[]'
        ? []
        : text
            .slice(1, -1)
            .split(', ')
            .map((one) => (one === 'NULL' ? null : numberOf(one)))
    default:
      return text
  }
}

const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null)

/** What JSON can hold of it: whole numbers beyond 2^53 as texts, NaN and infinities as null. */
export const jsonCell = (text: CellText, type: ValueType): Exclude<CellValue, bigint> => {
  const value = cellValue(text, type)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return finite(value)
  return typeof value === 'object' && value !== null ? value.map(finite) : value
}

/** A key’s value as SQL whose answer `keyText` makes a text of; equal keys have equal texts. */
export const keySql = (column: string, type: ValueType): string => {
  const name = quoteName(column)
  if (type === 'time') return `epoch_us(${name}::timestamp)::varchar`
  // A double as it is: its text here is the one that a caller’s number has.
  return type === 'float' ? `${name}::double` : `${name}::varchar`
}

const refuse = (text: string, name: string, type: ValueType, hint: string): never => {
  throw new StudioError('invalid_input', `\`${text}\` is no value of the key \`${name}\`, which is of type ${type}.`, {
    hint,
  })
}

const microsOf = (text: string): bigint | null => {
  const [, head, fraction = ''] = /^(.*?:\d\d)(?:\.(\d{1,6}))?$/.exec(text.replace(/(?:[zZ]|\+00(?::?00)?)$/, '')) ?? []
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : undefined
  const ms = Date.parse(`${(head ?? day ?? '').replace(' ', 'T')}Z`)
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** A key’s value, as a person or a program says it, as the text by which it is found. */
const keyPart = (text: string, name: string, type: ValueType): string => {
  switch (type) {
    case 'int':
      return /^[+-]?\d+$/.test(text) ? String(BigInt(text)) : refuse(text, name, type, 'Write a whole number.')
    case 'float':
      return text.trim() !== '' && Number.isFinite(Number(text))
        ? String(Number(text))
        : refuse(text, name, type, 'Write a number.')
    case 'bool':
      return text === 'true' || text === 'false' ? text : refuse(text, name, type, 'Write true or false.')
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) ? text : refuse(text, name, type, 'Write it like 2001-01-05.')
    case 'time':
      return String(microsOf(text) ?? refuse(text, name, type, 'Write it like 2001-01-05T18:30:00, in UTC.'))
    default:
      return text
  }
}

/** The text of a key from its parts’ texts, as `keySql` gives them. */
export const keyText = (parts: readonly unknown[]): string => JSON.stringify(parts.map(String))

export interface KeyColumn {
  readonly name: string
  readonly type: ValueType
}

/** A key that somebody asks for, by the names of its parts: all of them, and nothing else. */
export const askedKey = (columns: readonly KeyColumn[], asked: Readonly<Record<string, string>>): string => {
  const names = columns.map(({ name }) => `\`${name}\``).join(', ')
  const other = Object.keys(asked).find((name) => !columns.some((column) => column.name === name))
  if (other !== undefined)
    throw new StudioError('invalid_input', `There is no key \`${other}\`.`, { hint: `The keys are ${names}.` })
  return keyText(
    columns.map(({ name, type }) => {
      const text = Object.hasOwn(asked, name) ? asked[name] : undefined
      if (text !== undefined) return keyPart(text, name, type)
      throw new StudioError('invalid_input', `The key \`${name}\` is missing.`, { hint: `The keys are ${names}.` })
    }),
  )
}
