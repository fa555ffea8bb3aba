import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { SourceTarget } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import { quoteText } from '@shared/sql/quote'
import type { Workspace } from '../workspace/root'
import type { DataEngine } from './engine'
import type { Snapshots } from './snapshots'
import type { Table } from './tables'

export interface SqliteTools {
  readonly workspace: Workspace
  readonly engine: DataEngine
  readonly snapshots: Snapshots
}

/** How a refusal of SQLite begins in the engine’s own words, and what it says to a person. */
const refusals: readonly (readonly [start: string, message: (path: string) => string, hint: string])[] = [
  [
    'SQLite not a database',
    (path) => `\`${path}\` is not a SQLite database.`,
    'Check the path; a database that is encrypted cannot be read.',
  ],
  [
    'SQLite damaged',
    (path) => `The database \`${path}\` is damaged or unfinished.`,
    'Copy it again from where it came from, or mend it with `sqlite3 file .recover`.',
  ],
  [
    'SQLite locked',
    (path) => `The database \`${path}\` is locked by another program.`,
    'Let that program finish, or read a copy of the database.',
  ],
  [
    'SQLite not opened',
    (path) => `The database \`${path}\` cannot be opened for reading.`,
    'A program may have left it in the middle of a change: open it once with that program, and check that you may read it.',
  ],
  [
    'SQLite refused',
    (path) => `The database \`${path}\` cannot be read.`,
    'Check the table or view with the program that made it.',
  ],
]

const explained = (error: unknown, path: string, table?: string): StudioError => {
  const failure = toStudioError(error)
  const detail = failure.detail ?? failure.message
  const place = { file: path }
  if (detail.startsWith('SQLite no table: ')) {
    const names = detail.slice('SQLite no table: '.length)
    const known: readonly string[] = names.startsWith('[') ? JSON.parse(names).map(String) : []
    return new StudioError('not_found', `\`${path}\` has no table \`${table}\`.`, {
      hint: known.length > 0 ? `It has ${known.map((name) => `\`${name}\``).join(', ')}.` : 'It has no tables at all.',
      place,
    })
  }
  const found = refusals.find(([start]) => detail.startsWith(start))
  if (!found) return failure
  const [, message, hint] = found
  return new StudioError('unreadable_file', message(path), { hint, place, detail })
}

const databaseAt = async (workspace: Workspace, path: string): Promise<string> => {
  const absolute = workspace.resolve(path)
  const found = await stat(absolute).catch(() => null)
  if (found?.isFile() && found.size > 0) return absolute
  throw found?.isFile()
    ? new StudioError('unreadable_file', `\`${path}\` is empty.`, {
        hint: 'Write the database again, or take it out of the source.',
        place: { file: path },
      })
    : new StudioError('not_found', `There is no file \`${path}\`.`, {
        hint: 'Check the path; it is relative to the workspace folder.',
        place: { file: path },
      })
}

/** A file system’s clock may tick no more often. */
const clockTickMs = 25
const settlingTries = 8

/**
 * Of the database and its write-ahead log. The files are not opened: closing one would drop the locks that this process may
 * hold on it. Their times say enough once the tick of the last change has passed.
 */
const stateOf = async (path: string): Promise<string> => {
  for (let attempt = 1; ; attempt += 1) {
    const found = await Promise.all([path, `${path}-wal`].map((one) => stat(one, { bigint: true }).catch(() => null)))
    // Reading alone makes an empty log.
    const files = found.filter((one) => one !== null && one.size > 0n)
    const age = Math.min(...files.map((one) => Date.now() - Number(one?.mtimeMs ?? 0)))
    if (age >= clockTickMs || attempt === settlingTries)
      // A change of the status tells of a write whose time was set back; of the log it tells that somebody opened it.
      return [...files.map((one) => `${one?.ino} ${one?.size} ${one?.mtimeNs}`), found[0]?.ctimeNs].join('\n')
    await pause(clockTickMs)
  }
}

/** Tables and views of a database of the workspace. */
export const listTables = async (
  { workspace, engine }: Omit<SqliteTools, 'snapshots'>,
  path: string,
): Promise<string[]> => {
  const database = await databaseAt(workspace, path)
  const tables = await engine.sqliteTables(database).catch((error: unknown) => {
    throw explained(error, path)
  })
  return tables.map(({ name }) => name)
}

/** A database is no table; which ones it has is what to do about it. */
export const refuseWithoutTable = async (tools: Omit<SqliteTools, 'snapshots'>, path: string): Promise<never> => {
  const tables = await listTables(tools, path)
  const [first] = tables
  throw new StudioError('invalid_input', `\`${path}\` is a database: say which table.`, {
    hint:
      first === undefined
        ? 'It has no tables at all.'
        : `It has ${tables
            .slice(0, 20)
            .map((name) => `\`${name}\``)
            .join(', ')}; in a program write \`sqlite("${path}", table: "${first}")\`.`,
    place: { file: path },
  })
}

/** A table of a SQLite database: read as it is now, and once for each state of the file. */
export const openSqlite = async (
  { workspace, engine, snapshots }: SqliteTools,
  reference: string,
  { path, options }: SourceTarget,
  signal?: AbortSignal,
): Promise<Table> => {
  const { table } = options
  if (typeof table !== 'string')
    throw new StudioError('invalid_input', `\`${reference}\` names no table.`, {
      hint: 'Write it as `sqlite:data/shop.db?table=orders`.',
    })
  const database = await databaseAt(workspace, path)
  const state = await stateOf(database)
  const snapshot = await snapshots
    .of(reference, state, (output, stop) => engine.convertSqlite(database, table, output, { signal: stop }), signal)
    .catch((error: unknown) => {
      throw explained(error, path, table)
    })
  const { size } = await stat(snapshot)
  return {
    path: reference,
    format: 'sqlite',
    sql: `read_parquet([${quoteText(snapshot)}])`,
    footers: `[${quoteText(snapshot)}]`,
    files: [database],
    sizeBytes: size,
    stamp: state,
  }
}
