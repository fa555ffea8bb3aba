import { shownReference } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import type { Workspace } from '../workspace/root'
import { type CsvFiles, explainCsv, plainReading } from './csvTable'
import { type BadLine, findBadLine } from './jsonLines'
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
  /CSV Error|when sniffing|Parquet|parquet|magic bytes|TProtocol|TTransport|Malformed JSON|JSON|Invalid unicode|Snappy|ZSTD|LZ4|Arrow|thrift|Conversion Error|IO Error|INTERNAL Error|Invalid Error|buffer|Corrupt/i

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

const jsonError = (file: string, { line, reason }: BadLine, detail: string): StudioError =>
  new StudioError('unreadable_file', `\`${file}\`: line ${line} ${reason}.`, {
    hint: 'Each line of the file is one JSON object; mend that line, or write the file again.',
    place: { file, line },
    detail,
  })

/** What went wrong while a table was read, said about the file where it is the file’s fault. */
export const explainReadFailure = async (
  { csv, workspace }: { readonly csv: CsvFiles; readonly workspace: Workspace },
  table: Table,
  error: unknown,
): Promise<StudioError> => {
  const failure = toStudioError(error)
  const detail = failure.detail ?? failure.message
  if (failure.code === 'engine_failed' && table.format === 'csv') {
    if (/CSV Error on Line|sniffing|CSV Parser/.test(detail))
      return (await explainCsv(csv, table, table.reading ?? plainReading)) ?? csvError(table, detail)
  }
  if (failure.code === 'engine_failed' && table.format === 'json' && /JSON|maximum_object_size/.test(detail))
    for (const file of table.files) {
      const bad = await findBadLine(file).catch(() => null)
      if (bad) return jsonError(workspace.relative(file), bad, detail)
    }
  const culprit = table.files.length > 1 ? table.files.find((file) => detail.includes(file)) : undefined
  const named = culprit === undefined ? table.path : workspace.relative(culprit)
  if (failure.code !== 'engine_failed' || !blamesFile.test(detail)) return failure
  return new StudioError(
    'unreadable_file',
    `\`${shownReference(named)}\` cannot be read as ${formatNames[table.format]}.`,
    {
      hint: 'The file is damaged, unfinished, or not what its name says; get it again from where it came from.',
      place: {
        file: named,
        line: /line (\d+)/i.exec(detail)?.[1] ? Number(/line (\d+)/i.exec(detail)?.[1]) : undefined,
      },
      detail,
    },
  )
}
