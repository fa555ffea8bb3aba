import { createHash } from 'node:crypto'
import { extname, join } from 'node:path'
import type { TableSchema } from '@shared/data/profile'
import { StudioError, toStudioError } from '@shared/errors'
import type { FrameNote } from '@shared/kernels/frame'
import { quoteText } from '@shared/sql/quote'
import type { Workspace } from '../workspace/root'
import { type CsvFiles, type CsvReading, plainReading } from './csvTable'
import type { DataEngine } from './engine'
import { copyFolder, filesOf, forgetEarlier, isGlob, literalList, stateOf } from './files'
import { type Part, partitionsOf, type Unions } from './unions'

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
  /** Parquet files whose footers say how many rows and nulls there are: a list for DuckDB. */
  readonly footers?: string
  /** Of one CSV with very many columns: what says them without reading it all. */
  readonly sniff?: string
  /** Folders of the files spell columns. */
  readonly hasPartitions?: boolean
  /** Of a dataframe of a kernel: which copy of it this is. */
  readonly frame?: FrameNote
  /** Of a CSV: how it is read. */
  readonly reading?: CsvReading
}

export interface TableTools {
  readonly workspace: Workspace
  readonly engine: DataEngine
  readonly csv: CsvFiles
  readonly unions: Unions
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
  { workspace, engine, csv, unions }: TableTools,
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
  const stats = files.map((file) => ({ file, ...(stateOf(file) ?? { size: 0, mtimeMs: 0, ctimeMs: 0 }) }))
  const empty = stats.find(({ size }) => size === 0)
  if (empty)
    throw new StudioError('unreadable_file', `\`${workspace.relative(empty.file)}\` is empty.`, {
      hint: 'Write the file again, or take it out of the source.',
      place: { file: path },
    })
  const sizeBytes = stats.reduce((sum, { size }) => sum + size, 0)
  const stamp = createHash('sha256').update(JSON.stringify(stats)).digest('hex')
  // Said in any case: left to itself, DuckDB also takes the folders above the workspace for partitions.
  const partitions = partitionsOf(files.map(workspace.relative))
  const table = (sql: string): Table => ({
    path,
    format,
    sql,
    files,
    sizeBytes,
    stamp,
    hasPartitions: partitions.length > 0,
  })
  const hive = `, hive_partitioning = ${partitions.length > 0}`
  const parquet = async (parts: readonly Part[]): Promise<Table> => {
    const list = literalList(parts.map(({ read }) => read))
    const read = ({ read }: Part): string => `read_parquet(${literalList([read])}${hive})`
    const { isMixed } = await unions.check(`${stamp} ${path}`, parts, 'typed', read)
    return { ...table(`read_parquet(${list}${hive}${isMixed ? ', union_by_name = true' : ''})`), footers: list }
  }
  const sameFiles = files.map((file): Part => ({ file, read: file }))
  switch (format) {
    case 'sqlite':
    case 'postgres':
    case 'parquet':
      return parquet(sameFiles)
    case 'csv': {
      const { parts, options, isWide, skipped } = await csv.open(path, stats, reading, signal)
      const sql = (some: readonly Part[], sample: number | null): string =>
        `read_csv(${literalList(some.map(({ read }) => read))}, ${options(sample)}${hive}`
      const { isMixed } = await unions.check(
        `${stamp} ${path} ${JSON.stringify(reading)}`,
        parts,
        'text',
        (part) => `${sql([part], 2000)})`,
      )
      const union = isMixed || parts.length > 1 ? ', union_by_name = true)' : ')'
      const sniff =
        isWide && parts[0] && parts.length === 1
          ? { sniff: `sniff_csv(${quoteText(parts[0].read)}, ${options(null)})` }
          : {}
      return {
        ...table(`${sql(parts, null)}${union}`),
        ...sniff,
        reading,
        ...(reading.skipsBadRows ? { skipped } : {}),
      }
    }
    case 'json': {
      const how = (sample: number): string =>
        `format = 'newline_delimited', ignore_errors = false, sample_size = ${sample}${hive}`
      const read = ({ read }: Part): string => `read_json(${literalList([read])}, ${how(2000)})`
      const { isMixed } = await unions.check(`${stamp} ${path}`, sameFiles, 'text', read)
      const union = isMixed || files.length > 32 ? ', union_by_name = true' : ''
      return table(`read_json(${literalList(files)}, ${how(-1)}${union})`)
    }
    case 'arrow': {
      const converted: Part[] = []
      for (const { file, size, mtimeMs, ctimeMs } of stats) {
        const folder = copyFolder(workspace, 'arrow', file)
        const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
        const name = `${hash(file)}-${hash(`lists\n${size}\n${mtimeMs}\n${ctimeMs}`)}.parquet`
        const cached = join(folder, name)
        if (!stateOf(cached)) {
          await engine
            .convertArrow(file, cached, { signal })
            .catch((error: unknown) => refuseArrow(error, workspace.relative(file)))
          await forgetEarlier(folder, name)
        }
        converted.push({ file, read: cached })
      }
      return parquet(converted)
    }
  }
}
