import { createHash } from 'node:crypto'
import { closeSync, globSync, openSync, readSync, statSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { TableSchema } from '@shared/data/profile'
import { StudioError, toStudioError } from '@shared/errors'
import { quoteText } from '@shared/sql/quote'
import type { Workspace } from '../workspace/root'
import { csvOptions } from './dialect'
import type { DataEngine } from './engine'

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

/** Types of a CSV come from all of its rows up to this size, from its first 200,000 beyond. */
const wholeSniffBytes = 64 * 1024 ** 2

const sizeOf = (path: string): { size: number; mtimeMs: number } | null => {
  try {
    const { size, mtimeMs } = statSync(path)
    return { size, mtimeMs }
  } catch {
    return null
  }
}

const filesOf = (workspace: Workspace, path: string): { files: string[]; isGlob: boolean } => {
  const absolute = workspace.resolve(path)
  if (sizeOf(absolute)) return { files: [absolute], isGlob: false }
  if (!/[*?[]/.test(path)) return { files: [], isGlob: false }
  const found = globSync(absolute).filter((file) => workspace.resolve(file) === file)
  return { files: found.sort(), isGlob: true }
}

export const firstBytes = (path: string): Buffer => {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(256 * 1024)
    return buffer.subarray(0, readSync(file, buffer))
  } finally {
    closeSync(file)
  }
}

/** DuckDB expands globs in every path; a file’s own brackets and stars are told apart by brackets around them. */
const literalPath = (path: string): string => path.replace(/[*?[]/g, (one) => `[${one}]`)

const refuseArrow = (error: unknown, path: string): never => {
  const failure = toStudioError(error)
  if (failure.code === 'cancelled') throw failure
  throw new StudioError('unreadable_file', `\`${path}\` cannot be read as Arrow.`, {
    hint: 'The file is damaged, unfinished, or not what its name says; get it again from where it came from.',
    place: { file: path },
    detail: failure.detail ?? failure.message,
  })
}

/** What a file was before it changed; a query that still reads it has it open. */
const forgetEarlier = async (folder: string, name: string): Promise<void> => {
  const stem = name.slice(0, name.indexOf('-') + 1)
  for (const other of await readdir(folder).catch(() => []))
    if (other.startsWith(stem) && other !== name) await rm(join(folder, other), { force: true }).catch(() => {})
}

/**
 * How to read a workspace path, or several files as one table. Nothing is read but a CSV’s first bytes; Arrow files are first written as Parquet
 * under `.proml/tmp/arrow`, once for each content.
 */
export const openTable = async (
  workspace: Workspace,
  engine: DataEngine,
  named: string | readonly string[],
): Promise<Table> => {
  const path = typeof named === 'string' ? named : (named[0] ?? '')
  const format = formatOf(path)
  const files = typeof named === 'string' ? filesOf(workspace, named).files : named.map(workspace.resolve)
  const first = files[0]
  if (!first)
    throw new StudioError('not_found', `There is no file \`${path}\`.`, {
      hint: 'Check the path; it is relative to the workspace folder.',
      place: { file: path },
    })
  if (!format)
    throw new StudioError('not_supported', `\`${path}\` is not a table that the studio reads.`, {
      hint: 'Parquet, CSV, NDJSON and Arrow files can be opened.',
      place: { file: path },
    })
  const stats = files.map((file) => ({ file, ...(sizeOf(file) ?? { size: 0, mtimeMs: 0 }) }))
  if (stats.some(({ size }) => size === 0))
    throw new StudioError('unreadable_file', `\`${workspace.relative(first)}\` is empty.`, {
      hint: 'Write the file again, or take it out of the source.',
      place: { file: path },
    })
  const sizeBytes = stats.reduce((sum, { size }) => sum + size, 0)
  const stamp = createHash('sha256').update(JSON.stringify(stats)).digest('hex')
  const list = (paths: readonly string[]): string => `[${paths.map((one) => quoteText(literalPath(one))).join(', ')}]`
  const table = (sql: string): Table => ({ path, format, sql, files, sizeBytes, stamp })
  switch (format) {
    case 'sqlite':
    case 'postgres':
    case 'parquet':
      return table(`read_parquet(${list(files)})`)
    case 'csv': {
      const sample = sizeBytes > wholeSniffBytes ? 200_000 : -1
      return table(`read_csv(${list(files)}, ${csvOptions(firstBytes(first).toString('utf8'), sample)})`)
    }
    case 'json':
      return table(`read_json(${list(files)}, format = 'newline_delimited', ignore_errors = false, sample_size = -1)`)
    case 'arrow': {
      const converted: string[] = []
      for (const { file, size, mtimeMs } of stats) {
        const folder = workspace.internal('tmp', 'arrow')
        const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
        const name = `${hash(file)}-${hash(`${size}\n${mtimeMs}`)}.parquet`
        const cached = join(folder, name)
        if (!sizeOf(cached)) {
          await engine.convertArrow(file, cached).catch((error: unknown) => refuseArrow(error, path))
          await forgetEarlier(folder, name)
        }
        converted.push(cached)
      }
      return table(`read_parquet(${list(converted)})`)
    }
  }
}
