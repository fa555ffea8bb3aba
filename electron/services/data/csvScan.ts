import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import type { BadRow } from '@shared/data/csv'
import { faultOf, quotedRecord, readRecord, valuesOf } from './csvRecords'

export interface CsvReport {
  readonly total: number
  /** The header among them, where there is one. */
  readonly goodRecords: number
  readonly rows: readonly Omit<BadRow, 'file'>[]
  /** The first line that ends otherwise than those before it. */
  readonly mixedLine: number | null
}

export interface CsvScanOptions {
  readonly delimiter: string
  /** How many bad rows are described; all are counted. */
  readonly keep: number
  /** Where the good records go, each ended with `\n`. */
  readonly output: string | null
  readonly isCancelled: () => boolean
}

/** DuckDB’s own limit of a line. */
export const longestRecordBytes = 2_000_000
const chunkBytes = 1024 ** 2
const shownCharacters = 200

const mark = Buffer.from('\ufeff')

const clip = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes.subarray(0, 4 * shownCharacters)).toString('utf8')
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? ''
  const characters = [...line]
  return characters.length > shownCharacters || bytes.length > 4 * shownCharacters
    ? `${characters.slice(0, shownCharacters).join('')}…`
    : line
}

/**
 * Every record of a CSV once, in bounded memory: the good ones go to `output`, the others are told with their lines. DuckDB
 * counts records where a person counts lines, and passes over a quotation mark that is never closed; this does neither. A
 * record that a stray quotation mark stretched over several lines costs its first line only: reading goes on after that.
 */
export const scanCsv = async (
  input: string,
  { delimiter: sign, keep, output, isCancelled }: CsvScanOptions,
): Promise<CsvReport> => {
  const delimiter = sign.charCodeAt(0)
  const file = openSync(input, 'r')
  const written = output === null ? null : openSync(output, 'w')
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  const flush = (): void => {
    if (written === null || pendingBytes === 0) return
    const all = Buffer.concat(pending)
    for (let done = 0; done < all.length; ) done += writeSync(written, all, done)
    pending = []
    pendingBytes = 0
  }
  const write = (record: Uint8Array): void => {
    if (written === null) return
    // A copy: the buffer that it lies in is used again.
    pending.push(Buffer.from(record), Buffer.of(10))
    pendingBytes += record.length + 1
    if (pendingBytes > chunkBytes) flush()
  }

  let buffer = Buffer.alloc(2 * chunkBytes)
  let stop = 0
  let start = 0
  let isLast = false
  /** Position in the file of `buffer[0]`. */
  let base = 0
  const load = (): void => {
    buffer.copy(buffer, 0, start, stop)
    base += start
    stop -= start
    start = 0
    if (buffer.length - stop < chunkBytes) {
      const larger = Buffer.alloc(buffer.length * 2)
      buffer.copy(larger, 0, 0, stop)
      buffer = larger
    }
    const count = readSync(file, buffer, stop, chunkBytes, base + stop)
    stop += count
    isLast = count === 0
  }

  let line = 1
  let total = 0
  let goodRecords = 0
  let expected: number | null = null
  let names: readonly string[] = []
  let firstEnd: string | null = null
  let mixedLine: number | null = null
  const rows: Omit<BadRow, 'file'>[] = []
  const refuse = (reason: string, lastLine: number, field: number | null, bytes: Uint8Array): void => {
    total += 1
    if (rows.length >= keep) return
    const column = field === null ? null : (names[field] ?? null)
    rows.push({ line, lastLine, column, reason, text: clip(bytes) })
  }
  /** Passes over what is left of a line that is too long to hold. */
  const skipLine = async (): Promise<void> => {
    for (;;) {
      const rest = buffer.subarray(start, stop)
      const ends = [rest.indexOf(10), rest.indexOf(13)].filter((one) => one >= 0)
      const found = ends.length > 0 ? start + Math.min(...ends) : stop
      if (found + 1 < stop || (found < stop && isLast)) {
        start = found + (buffer[found] === 13 && buffer[found + 1] === 10 ? 2 : 1)
        return
      }
      start = found
      if (isLast) return
      load()
      if (isCancelled()) throw new Error('INTERRUPT Error: Interrupted!')
      await breathe()
    }
  }

  try {
    load()
    if (buffer.subarray(0, 3).equals(mark)) start = 3
    for (;;) {
      if (start >= stop) {
        if (isLast) break
        load()
        if (isCancelled()) throw new Error('INTERRUPT Error: Interrupted!')
        await breathe()
        continue
      }
      const record = readRecord(buffer, start, stop, { delimiter, isLast })
      const length = record ? record.end - start : stop - start
      if (!record && length <= longestRecordBytes) {
        load()
        continue
      }
      if (length > longestRecordBytes) {
        const whole = readRecord(buffer, start, stop, { delimiter, isLast: true })
        if (whole?.firstBreak != null) {
          const isOpen = whole.quoteFault?.kind === 'open'
          const reason = isOpen ? 'opens a quotation mark that is not closed within 2 MB' : 'is longer than 2 MB'
          refuse(reason, line, whole.quoteFault?.field ?? null, buffer.subarray(start, stop))
          start = whole.firstBreak
        } else {
          refuse('is longer than 2 MB', line, null, buffer.subarray(start, stop))
          await skipLine()
        }
        line += 1
        continue
      }
      if (!record) continue
      const bytes = buffer.subarray(start, record.end)
      if (record.lineEnd !== '') {
        firstEnd ??= record.lineEnd
        if (record.lineEnd !== firstEnd) mixedLine ??= line
      }
      if (expected === null) {
        expected = record.fields
        names = valuesOf(bytes, delimiter).map(String)
      }
      const isBlank = bytes.length === 0 && expected > 1
      const fault = isBlank ? null : faultOf(record, bytes, { expected, delimiter })
      const lastLine = line + record.innerBreaks
      if (fault && record.quoteFault && record.firstBreak !== null) {
        refuse(fault.reason, line, fault.field, bytes)
        start = record.firstBreak
        line += 1
        continue
      }
      if (fault) refuse(fault.reason, lastLine, fault.field, bytes)
      else if (!isBlank) {
        goodRecords += 1
        write(record.hasBareQuote ? quotedRecord(bytes, delimiter) : bytes)
      }
      line = lastLine + 1
      start = record.next
    }
    flush()
    return { total, goodRecords, rows, mixedLine }
  } finally {
    closeSync(file)
    if (written !== null) closeSync(written)
  }
}
