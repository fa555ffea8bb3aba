import { isUtf8 } from 'node:buffer'

/** What is wrong with one record; nothing for a good one. */
export interface RecordFault {
  readonly reason: string
  /** Index of the field at fault. */
  readonly field: number | null
}

export interface CsvRecord {
  /** Index after its line end. */
  readonly next: number
  /** Index of its line end, or the end of the text. */
  readonly end: number
  readonly fields: number
  /** Line ends inside quotation marks. */
  readonly innerBreaks: number
  /** Index after the first of them. */
  readonly firstBreak: number | null
  /** Text follows a closing quotation mark, or the mark is never closed: index of the field. */
  readonly quoteFault: { readonly field: number; readonly kind: 'open' | 'after' } | null
  /** A quotation mark stands in a value that has none around it. */
  readonly hasBareQuote: boolean
  readonly hasHighByte: boolean
  readonly lineEnd: '\n' | '\r' | '\r\n' | ''
}

const quote = 0x22
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** The record that begins at `start`; null where `bytes` ends before it does and `isLast` is false. */
export const readRecord = (
  bytes: Uint8Array,
  start: number,
  stop: number,
  { delimiter, isLast }: { readonly delimiter: number; readonly isLast: boolean },
): CsvRecord | null => {
  let fields = 1
  let innerBreaks = 0
  let firstBreak: number | null = null
  let quoteFault: CsvRecord['quoteFault'] = null
  let hasBareQuote = false
  let hasHighByte = false
  let at = start
  let fieldStart = start
  const ended = (end: number, next: number, lineEnd: CsvRecord['lineEnd']): CsvRecord => ({
    ...{ next, end, fields, innerBreaks, firstBreak, quoteFault, hasBareQuote, hasHighByte, lineEnd },
  })
  while (at < stop) {
    const byte = bytes[at] as number
    if (byte === quote && at === fieldStart) {
      at += 1
      let isClosed = false
      while (at < stop) {
        const inner = bytes[at] as number
        at += 1
        if (inner === quote) {
          if (at < stop && bytes[at] === quote) at += 1
          else if (at >= stop && !isLast) return null
          else {
            isClosed = true
            break
          }
        } else if (inner === lineFeed || (inner === carriageReturn && bytes[at] !== lineFeed)) {
          innerBreaks += 1
          firstBreak ??= at
        } else if (inner >= 0x80) hasHighByte = true
      }
      if (!isClosed) {
        if (!isLast) return null
        quoteFault ??= { field: fields - 1, kind: 'open' }
        return ended(stop, stop, '')
      }
      const after = bytes[at]
      if (at < stop && after !== delimiter && after !== lineFeed && after !== carriageReturn)
        quoteFault ??= { field: fields - 1, kind: 'after' }
      fieldStart = -1
      continue
    }
    if (byte === delimiter) {
      fields += 1
      fieldStart = at + 1
    } else if (byte === lineFeed) return ended(at, at + 1, '\n')
    else if (byte === carriageReturn) {
      if (at + 1 >= stop && !isLast) return null
      return bytes[at + 1] === lineFeed && at + 1 < stop ? ended(at, at + 2, '\r\n') : ended(at, at + 1, '\r')
    } else if (byte === quote) hasBareQuote = true
    else if (byte >= 0x80) hasHighByte = true
    at += 1
  }
  return isLast ? ended(stop, stop, '') : null
}

/** The values of one record, as bytes, without their quotation marks. */
export const valuesOf = (record: Uint8Array, delimiter: number): Buffer[] => {
  const values: Buffer[] = []
  let value: number[] = []
  let isQuoted = false
  let isFresh = true
  for (let at = 0; at < record.length; at += 1) {
    const byte = record[at] as number
    if (isQuoted) {
      if (byte !== quote) value.push(byte)
      else if (record[at + 1] === quote) value.push(record[++at] as number)
      else isQuoted = false
    } else if (byte === quote && isFresh) isQuoted = true
    else if (byte === delimiter) {
      values.push(Buffer.from(value))
      value = []
      isFresh = true
      continue
    } else value.push(byte)
    isFresh = false
  }
  return [...values, Buffer.from(value)]
}

/** The record with each value that needs them in quotation marks. */
export const quotedRecord = (record: Uint8Array, delimiter: number): Buffer =>
  Buffer.concat(
    valuesOf(record, delimiter).flatMap((value, index) => {
      const isPlain = !value.some((byte) => byte === quote || byte === delimiter || byte === 10 || byte === 13)
      const parts = isPlain ? [value] : [Buffer.from(`"${value.toString('latin1').replaceAll('"', '""')}"`, 'latin1')]
      return index === 0 ? parts : [Buffer.of(delimiter), ...parts]
    }),
  )

const counted = (count: number): string => (count === 1 ? '1 value' : `${count} values`)

export const faultOf = (
  record: CsvRecord,
  bytes: Uint8Array,
  { expected, delimiter }: { readonly expected: number; readonly delimiter: number },
): RecordFault | null => {
  const { quoteFault, fields } = record
  if (quoteFault?.kind === 'open')
    return { reason: 'opens a quotation mark that is never closed', field: quoteFault.field }
  if (quoteFault) return { reason: 'has text after a closing quotation mark', field: quoteFault.field }
  if (fields !== expected) {
    // An empty value too many, after a delimiter at the end of the line: nothing is lost.
    const isTrailing = fields === expected + 1 && bytes[bytes.length - 1] === delimiter
    if (!isTrailing)
      return {
        reason: `has ${counted(fields)} where ${expected === 1 ? '1 is' : `${expected} are`} expected`,
        field: null,
      }
  }
  if (record.hasHighByte && !isUtf8(bytes)) {
    const field = valuesOf(bytes, delimiter).findIndex((value) => !isUtf8(value))
    return { reason: 'is not UTF-8 text', field: field < 0 ? null : field }
  }
  return null
}
