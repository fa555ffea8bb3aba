import { createHash } from 'node:crypto'
import { extname, join } from 'node:path'
import type { TableSchema } from '@shared/data/profile'
import { StudioError, toStudioError } from '@shared/errors'
import type { Workspace } from '../workspace/root'
import { type CsvFiles, type CsvReading, plainReading } from './csvTable'
import type { DataEngine } from './engine'
import { filesOf, forgetEarlier, isGlob, literalList, stateOf } from './files'

/** A file, or the files of a glob, as DuckDB reads them. */
export interface Table {
  /** Workspace-relative, as it was named; the reference of what is no file. */
  readonly path: string
  readonly format: TableSchema['format']
  /** A table expression: `read_parquet('…')`. */
  readonly sql: string
  /** Absolute. */
  readonly files: readonly string[]
  readonly sizeBytes: number
  /** Changes when a file does. */
  readonly stamp: string
  /** Of a CSV that is read without its bad rows: how many those are. */
  readonly skipped?: number
  /** Of a CSV: how it is read. */
  readonly reading?: CsvReading
}

export interface TableTools {
  readonly workspace: Workspace
  readonly engine: DataEngine
  readonly csv: CsvFiles
}

const formats: Readonly<Record<string, TableSchema['format']>> = {
  '.parquet': 'parquet',
  '.pq': 'parquet',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.json': 'json',
  '.ndjson': 'json',
  '.jsonl': 'json',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.ipc': 'arrow',
}

/** By the ending of a name. */
export const formatOf = (path: string): TableSchema['format'] | null => formats[extname(path).toLowerCase()] ?? null

const refuseArrow = (error: unknown, path: string): never => {
  const failure = toStudioError(error)
  if (failure.code === 'cancelled') throw failure
  throw new StudioError('unreadable_file', `\`${path}\` cannot be read as Arrow.`, {
    hint: 'The file is damaged, unfinished, or not what its name says; get it again from where it came from.',
    place: { file: path },
    detail: failure.detail ?? failure.message,
  })
}

/**
 * How to read a workspace path, or several files as one table. Nothing is read but a CSV’s first bytes; Arrow files are first written as Parquet
 * under `.proml/tmp/arrow`, once for each content.
 */
export const openTable = async (
  { workspace, engine, csv }: TableTools,
  named: string | readonly string[],
  { reading = plainReading, signal }: { readonly reading?: CsvReading; readonly signal?: AbortSignal } = {},
): Promise<Table> => {
  const path = typeof named === 'string' ? named : (named[0] ?? '')
  const format = formatOf(path)
  const files = typeof named === 'string' ? filesOf(workspace, named) : named.map(workspace.resolve)
  const first = files[0]
  if (!first)
    throw isGlob(path)
      ? new StudioError('not_found', `No file fits \`${path}\`.`, {
          hint: 'Check the pattern; it is relative to the workspace folder, and `*` stays within a folder (`**` does not).',
          place: { file: path },
        })
      : new StudioError('not_found', `There is no file \`${path}\`.`, {
          hint: 'Check the path; it is relative to the workspace folder.',
          place: { file: path },
        })
  if (!format)
    throw new StudioError('not_supported', `\`${path}\` is not a table that the studio reads.`, {
      hint: 'Parquet, CSV, NDJSON and Arrow files can be opened.',
      place: { file: path },
    })
  const stats = files.map((file) => ({ file, ...(stateOf(file) ?? { size: 0, mtimeMs: 0 }) }))
  const empty = stats.find(({ size }) => size === 0)
  if (empty)
    throw new StudioError('unreadable_file', `\`${workspace.relative(empty.file)}\` is empty.`, {
      hint: 'Write the file again, or take it out of the source.',
      place: { file: path },
    })
  const sizeBytes = stats.reduce((sum, { size }) => sum + size, 0)
  const stamp = createHash('sha256').update(JSON.stringify(stats)).digest('hex')
  const table = (sql: string): Table => ({ path, format, sql, files, sizeBytes, stamp })
  switch (format) {
    case 'sqlite':
    case 'postgres':
    case 'parquet':
      return table(`read_parquet(${literalList(files)})`)
    case 'csv': {
      const { sql, skipped } = await csv.open(path, stats, reading, signal)
      return { ...table(sql), reading, ...(reading.skipsBadRows ? { skipped } : {}) }
    }
    case 'json':
      return table(
        `read_json(${literalList(files)}, format = 'newline_delimited', ignore_errors = false, sample_size = -1)`,
      )
    case 'arrow': {
      const converted: string[] = []
      for (const { file, size, mtimeMs } of stats) {
        const folder = workspace.internal('tmp', 'arrow')
        const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
        const name = `${hash(file)}-${hash(`${size}\n${mtimeMs}`)}.parquet`
        const cached = join(folder, name)
        if (!stateOf(cached)) {
          await engine
            .convertArrow(file, cached, { signal })
            .catch((error: unknown) => refuseArrow(error, workspace.relative(file)))
          await forgetEarlier(folder, name)
        }
        converted.push(cached)
      }
      return table(`read_parquet(${literalList(converted)})`)
    }
  }
}
