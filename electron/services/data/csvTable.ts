import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BadRow,
  type BadRows,
  badRowPlace,
  type CsvEncoding,
  csvEncodings,
  withoutBadRowsHint,
} from '@shared/data/csv'
import { readReference, type SourceTarget, shownReference } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import type { Workspace } from '../workspace/root'
import { decoderOf } from './csvRecode'
import type { CsvReport } from './csvScan'
import { type CsvDialect, csvOptions, delimiterOf } from './dialect'
import type { DataEngine } from './engine'
import { copyFolder, firstBytes, forgetEarlier, type StatedFile } from './files'
import { createSharedWork } from './shared'
import type { Part } from './unions'

/** How a CSV is to be read, where somebody said so. */
export interface CsvReading extends CsvDialect {
  readonly skipsBadRows: boolean
  readonly encoding: CsvEncoding | null
}

export const plainReading: CsvReading = { skipsBadRows: false, encoding: null }

/** Types of a CSV come from all of its rows up to this size, from its first 200,000 beyond. */
const wholeSniffBytes = 64 * 1024 ** 2
/** So many bad rows are described; all are counted. */
export const keptBadRows = 1000

export const csvReading = ({ options }: Pick<SourceTarget, 'options'>): CsvReading => {
  const text = (name: string): string | undefined => {
    const value = options[name]
    return typeof value === 'string' ? value : undefined
  }
  const delimiter = text('delimiter')
  if (delimiter !== undefined && (delimiter.length !== 1 || /["\r\n]/.test(delimiter) || delimiter > '\x7f'))
    throw new StudioError('invalid_input', `\`${delimiter}\` cannot stand between the columns of a CSV.`, {
      hint: 'The delimiter is one ASCII sign that is no quotation mark and no line end, such as `;`.',
    })
  return {
    skipsBadRows: text('bad_rows') === 'skip',
    encoding: csvEncodings.find((one) => one === text('encoding')) ?? null,
    delimiter,
    decimal: text('decimal'),
  }
}

interface Head {
  readonly text: string
  readonly encoding: string
  readonly delimiter: string
}

const headOf = (path: string, reading: CsvReading): Head => {
  const bytes = firstBytes(path)
  const encoding = decoderOf(reading.encoding, bytes)
  const text = new TextDecoder(encoding).decode(bytes)
  return { text, encoding, delimiter: reading.delimiter ?? delimiterOf(text) }
}

/** DuckDB refuses a file whose lines end in several ways. */
const hasMixedEnds = (text: string): boolean => new Set(text.slice(0, -1).match(/\r\n|\r|\n/g) ?? []).size > 1

const countedRows = (count: number): string =>
  count === 1 ? '1 more line is' : `${count.toLocaleString('en-US')} more lines are`

/** A CSV of a server or store: read through a copy that has a name nobody knows. */
const isElsewhere = (path: string): boolean => {
  const target = readReference(path)
  return target !== null && target.kind !== 'csv'
}

const hintOf = (rows: readonly BadRow[], path: string): string => {
  const [first] = rows
  const mend = first?.reason.includes('UTF-8')
    ? 'Save the file as UTF-8, or say its `encoding: "windows-1252"`.'
    : first?.reason.includes('quotation mark')
      ? 'Close the quotation mark, or write it twice inside a quoted value.'
      : 'Mend that line, or put values that hold the delimiter into quotation marks.'
  if (isElsewhere(path)) return `${mend} Or save a copy in the workspace, which can be read without such lines.`
  const what = readReference(path)?.path ?? path
  return `${mend} ${withoutBadRowsHint(what)}`
}

/** Of a file of the workspace, or of a copy of what lies elsewhere, which is called what a person calls it. */
export const badRowsError = (path: string, { total, rows: told }: BadRows): StudioError => {
  const rows = isElsewhere(path) ? told.map((row) => ({ ...row, file: shownReference(path) })) : told
  const [first] = rows
  const more = total > 1 ? `, and ${countedRows(total - 1)} wrong` : ''
  const place = first ? badRowPlace(first) : 'a line'
  return new StudioError('unreadable_file', `\`${first?.file ?? path}\`: ${place} ${first?.reason}${more}.`, {
    hint: hintOf(rows, path),
    place: { file: first?.file ?? path, line: first?.line, column: first?.column ?? undefined },
  })
}

/** Bad rows of files, and copies of files that DuckDB cannot read as they are. */
export interface CsvFiles {
  badRows(files: readonly string[], reading: CsvReading, keep: number, signal?: AbortSignal): Promise<BadRows>
  /** What to read in place of the files and how, and how many rows that leaves out. */
  open(path: string, files: readonly StatedFile[], reading: CsvReading, signal?: AbortSignal): Promise<OpenedCsv>
}

export interface OpenedCsv {
  readonly parts: readonly Part[]
  /** Of `read_csv`, with so many rows sampled; as many as are right where null. */
  options(sampleRows: number | null): string
  /** It has more columns than are quickly listed. */
  readonly isWide: boolean
  readonly skipped: number
}

/** Of the columns of a file, by the delimiters among its first bytes. */
const wideDelimiters = 2000

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

export const createCsvFiles = (workspace: Workspace, engine: DataEngine): CsvFiles => {
  /** What was left out of a copy, by its path; read anew after a restart. */
  const reports = new Map<string, CsvReport>()
  const making = createSharedWork<CsvReport>()

  const told = (reports: readonly (readonly [string, CsvReport])[], keep: number): BadRows => ({
    total: reports.reduce((sum, [, { total }]) => sum + total, 0),
    rows: reports
      .flatMap(([file, { rows }]) => rows.map((row) => ({ file: workspace.relative(file), ...row })))
      .slice(0, keep),
  })

  const copyOf = async (
    { file, size, mtimeMs, ctimeMs }: StatedFile,
    reading: CsvReading,
    signal?: AbortSignal,
  ): Promise<{ path: string; report: CsvReport }> => {
    const { encoding, delimiter } = headOf(file, reading)
    const name = `${short(file)}-${short(JSON.stringify([size, mtimeMs, ctimeMs, encoding, delimiter]))}.csv`
    const folder = copyFolder(workspace, 'csv', file)
    const path = join(folder, name)
    const known = reports.get(path)
    const isThere = existsSync(path)
    if (known && isThere) return { path, report: known }
    const output = isThere ? undefined : path
    const report = await making.do(
      path,
      (stop) => engine.scanCsv(file, { delimiter, encoding, keep: keptBadRows, output }, { signal: stop }),
      signal,
    )
    reports.set(path, report)
    if (!isThere) await forgetEarlier(folder, name)
    return { path, report }
  }

  return {
    async badRows(files, reading, keep, signal) {
      const scanned: (readonly [string, CsvReport])[] = []
      for (const file of files) {
        const { encoding, delimiter } = headOf(file, reading)
        scanned.push([file, await engine.scanCsv(file, { delimiter, encoding, keep }, { signal })])
      }
      return told(scanned, keep)
    },

    async open(path, files, reading, signal) {
      const heads = files.map(({ file }) => headOf(file, reading))
      const [head] = heads
      if (!head) throw new StudioError('internal', 'A table of no files was opened.')
      const bytes = files.reduce((sum, { size }) => sum + size, 0)
      const options = (sampleRows: number | null): string =>
        csvOptions(head.text, sampleRows ?? (bytes > wholeSniffBytes ? 200_000 : -1), {
          ...reading,
          delimiter: head.delimiter,
        })
      const isPlain =
        !reading.skipsBadRows && heads.every(({ encoding, text }) => encoding === 'utf-8' && !hasMixedEnds(text))
      const [record = ''] = head.text.split(/[\r\n]/, 1)
      const isWide = record.split(head.delimiter).length > wideDelimiters
      if (isPlain) return { parts: files.map(({ file }) => ({ file, read: file })), options, isWide, skipped: 0 }
      const copies: { part: Part; report: CsvReport }[] = []
      for (const file of files) {
        const { path: read, report } = await copyOf(file, reading, signal)
        copies.push({ part: { file: file.file, read }, report })
      }
      const bad = told(
        copies.map(({ part, report }) => [part.file, report]),
        keptBadRows,
      )
      const read = copies.filter(({ report }) => report.goodRecords > 0)
      if (bad.total > 0 && (!reading.skipsBadRows || read.length === 0)) throw badRowsError(path, bad)
      return { parts: read.map(({ part }) => part), options, isWide, skipped: bad.total }
    },
  }
}

/** A CSV that DuckDB refused: the lines that are wrong, or null where it is none of them. */
export const explainCsv = async (
  csv: CsvFiles,
  { path, files }: { readonly path: string; readonly files: readonly string[] },
  reading: CsvReading,
): Promise<StudioError | null> => {
  try {
    const bad = await csv.badRows(files, reading, 1)
    return bad.total > 0 ? badRowsError(path, bad) : null
  } catch (error) {
    const failure = toStudioError(error)
    return failure.code === 'cancelled' ? failure : null
  }
}
