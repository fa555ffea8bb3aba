import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'

/** A value of a SQLite column, with whole numbers as `bigint`. */
export type SqliteValue = null | bigint | number | string | Uint8Array

/** How a column is kept: its type, and each value as one of it. */
export interface SqliteColumn {
  readonly type: DuckDBType
  readonly read: (value: SqliteValue) => DuckDBValue
}

/** What values a column has been seen to hold; SQLite holds a column to no type. */
export interface SqliteSurvey {
  add(value: SqliteValue): void
  /** The type that all of them fit; `declared` decides where they leave a choice. */
  column(declared: string): SqliteColumn
}

const exactLimit = 2n ** 53n
const dateForm = /^(\d{4})-(\d\d)-(\d\d)$/
const timeForm = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))?$/
const dayMs = 86_400_000

/** Days since 1970; null where the text is no day of the calendar. */
const daysOf = (text: string): number | null => {
  const found = dateForm.exec(text)
  if (!found) return null
  const moment = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]))
  return Number.isFinite(moment) && new Date(moment).toISOString().startsWith(text) ? moment / dayMs : null
}

/** Microseconds since 1970, UTC where no offset stands; null where the text is no moment. */
export const microsOf = (text: string): bigint | null => {
  const found = timeForm.exec(text)
  if (!found) return null
  const days = daysOf(text.slice(0, 10))
  const [hour, minute, second] = [found[4], found[5], found[6] ?? '0'].map(Number)
  if (days === null || hour === undefined || minute === undefined || second === undefined) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  const offset = (Number(found[9] ?? 0) * 60 + Number(found[10] ?? 0)) * (found[8] === '-' ? -1 : 1)
  const seconds = BigInt(days) * 86_400n + BigInt(hour * 3600 + (minute - offset) * 60 + second)
  return seconds * 1_000_000n + BigInt((found[7] ?? '').padEnd(6, '0').slice(0, 6))
}

const booleans: SqliteColumn = { type: BOOLEAN, read: (value) => value === 1n }
const integers: SqliteColumn = { type: BIGINT, read: (value) => (typeof value === 'bigint' ? value : null) }
const numbers: SqliteColumn = { type: DOUBLE, read: Number }
const texts: SqliteColumn = {
  type: VARCHAR,
  read: (value) => (value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value)),
}
const blobs: SqliteColumn = {
  type: BLOB,
  read: (value) => (value instanceof Uint8Array ? new DuckDBBlobValue(value) : null),
}
const dates: SqliteColumn = {
  type: DATE,
  read: (value) => {
    const days = daysOf(String(value))
    return days === null ? null : new DuckDBDateValue(days)
  },
}
const times: SqliteColumn = {
  type: TIMESTAMP,
  read: (value) => {
    const text = String(value)
    const micros = microsOf(text.length === 10 ? `${text} 00:00` : text)
    return micros === null ? null : new DuckDBTimestampValue(micros)
  },
}

/** By the declared type alone, in the order of SQLite’s own rules: for a column that holds no value yet. */
const declaredColumn = (declared: string): SqliteColumn => {
  if (/BOOL/.test(declared)) return booleans
  if (/DATETIME|TIMESTAMP/.test(declared)) return times
  if (/^DATE$/.test(declared)) return dates
  if (/INT/.test(declared)) return integers
  if (/CHAR|CLOB|TEXT/.test(declared)) return texts
  if (/BLOB/.test(declared)) return blobs
  return /REAL|FLOA|DOUB|DEC|NUM/.test(declared) ? numbers : texts
}

export const surveyColumn = (): SqliteSurvey => {
  let [whole, real, text, blob, dateTexts, timeTexts] = [0, 0, 0, 0, 0, 0]
  let isFlag = true
  let isExact = true
  const addText = (value: string): void => {
    text += 1
    // What broke the form once needs no second look.
    if (dateTexts + timeTexts !== text - 1 || value.length < 10 || value.length > 35) return
    if (daysOf(value) !== null) dateTexts += 1
    else if (microsOf(value) !== null) timeTexts += 1
  }
  return {
    add(value) {
      if (value === null) return
      if (typeof value === 'bigint') {
        whole += 1
        isFlag &&= value === 0n || value === 1n
        isExact &&= value <= exactLimit && value >= -exactLimit
      } else if (typeof value === 'number') real += 1
      else if (typeof value === 'string') addText(value)
      else blob += 1
    },
    column(said) {
      const declared = said.toUpperCase()
      const seen = whole + real + text + blob
      if (seen === 0) return declaredColumn(declared)
      if (whole === seen) {
        if (isFlag && /BOOL/.test(declared)) return booleans
        // SQLite stores 5.00 in a DECIMAL column as the whole number 5.
        return isExact && /REAL|FLOA|DOUB|DEC|NUMERIC/.test(declared) ? numbers : integers
      }
      if (whole + real === seen && isExact) return numbers
      if (blob === seen) return blobs
      if (text === seen && dateTexts === seen) return /DATETIME|TIMESTAMP/.test(declared) ? times : dates
      return text === seen && dateTexts + timeTexts === seen ? times : texts
    },
  }
}
