import { closeSync, openSync, readSync } from 'node:fs'
import { shownReference } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import { quoteText } from '@shared/sql/quote'
import { csvProbeOptions } from './dialect'
import type { DataEngine } from './engine'
import type { Table } from './tables'

const formatNames = {
  parquet: 'Parquet',
  csv: 'CSV',
  json: 'newline-delimited JSON',
  arrow: 'Arrow',
  sqlite: 'SQLite',
  postgres: 'PostgreSQL',
} as const

/** DuckDB’s words that blame the file, as opposed to the query. */
const blamesFile =
  /CSV Error|when sniffing|Parquet|parquet|magic bytes|TProtocol|TTransport|Malformed JSON|JSON|Invalid unicode|Snappy|ZSTD|LZ4|Arrow|thrift|Conversion Error|IO Error|INTERNAL Error|Corrupt/i

const csvLine = (detail: string): { line: number | undefined; reason: string } => {
  const line = /CSV Error on Line: (\d+)/.exec(detail)?.[1]
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(detail)
  const conversion = /Error when converting column "([^"]*)"[^\n]*\n?\s*(Could not convert[^\n]*)?/.exec(detail)
  const reason = counts
    ? `has ${counts[2]} values where ${counts[1]} are expected`
    : /unterminated quote/i.test(detail)
      ? 'opens a quotation mark that is never closed'
      : /unicode/i.test(detail)
        ? 'is not UTF-8 text'
        : conversion
          ? `has a value that does not fit column \`${conversion[1]}\``
          : 'cannot be read'
  return { line: line === undefined ? undefined : Number(line), reason }
}

const csvHints: Readonly<Record<string, string>> = {
  'is not UTF-8 text': 'Save the file as UTF-8.',
  'opens a quotation mark that is never closed': 'Close the quotation mark, or write it twice inside a quoted value.',
}

const csvError = (table: Table, detail: string): StudioError => {
  const { line, reason } = csvLine(detail)
  const where = line === undefined ? '' : `line ${line} `
  return new StudioError('unreadable_file', `\`${shownReference(table.path)}\`: ${where}${reason}.`, {
    hint: csvHints[reason] ?? 'Mend that line, or put values that hold the delimiter into quotation marks.',
    place: { file: table.path, line },
    detail,
  })
}

const headOf = (path: string): string => {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(64 * 1024)
    return buffer.subarray(0, readSync(file, buffer)).toString('utf8')
  } finally {
    closeSync(file)
  }
}

/** DuckDB’s guess at a CSV failed as a whole; reading it as plain text by the header tells the line. */
const findBadLine = async (engine: DataEngine, table: Table): Promise<StudioError | null> => {
  for (const file of table.files) {
    const sql = `select count(*) from read_csv(${quoteText(file)}, ${csvProbeOptions(headOf(file))})`
    try {
      await engine.rows(sql)
    } catch (error) {
      const { detail } = toStudioError(error)
      if (detail && /CSV Error on Line/.test(detail)) return csvError(table, detail)
    }
  }
  return null
}

/** What went wrong while a table was read, said about the file where it is the file’s fault. */
export const explainReadFailure = async (engine: DataEngine, table: Table, error: unknown): Promise<StudioError> => {
  const failure = toStudioError(error)
  const detail = failure.detail ?? failure.message
  if (failure.code === 'engine_failed' && table.format === 'csv') {
    if (/CSV Error on Line/.test(detail)) return csvError(table, detail)
    if (/sniffing/.test(detail)) return (await findBadLine(engine, table)) ?? csvError(table, detail)
  }
  if (failure.code !== 'engine_failed' || !blamesFile.test(detail)) return failure
  return new StudioError(
    'unreadable_file',
    `\`${shownReference(table.path)}\` cannot be read as ${formatNames[table.format]}.`,
    {
      hint: 'The file is damaged, unfinished, or not what its name says; get it again from where it came from.',
      place: {
        file: table.path,
        line: /line (\d+)/i.exec(detail)?.[1] ? Number(/line (\d+)/i.exec(detail)?.[1]) : undefined,
      },
      detail,
    },
  )
}
