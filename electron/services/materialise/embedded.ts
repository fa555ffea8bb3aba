import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StudioError } from '@shared/errors'
import type { CellText } from '@shared/features/cells'
import { type OnlineTable, onlineTableSchema } from '@shared/rpc/materialise'
import { z } from 'zod'
import { withProcessLock } from '../workspace/processLock'
import type { OnlineRow, OnlineStore } from './onlineStore'

/** `PRAGMA user_version`; what another version left is made again. */
const format = 1
const cellsSchema = z.array(z.string().nullable())

const tablesSql = `
CREATE TABLE live (entity TEXT NOT NULL, grp TEXT NOT NULL, version TEXT NOT NULL, header TEXT NOT NULL, PRIMARY KEY (entity, grp)) STRICT;
CREATE TABLE cell (version TEXT NOT NULL, key TEXT NOT NULL, cells TEXT NOT NULL, PRIMARY KEY (version, key)) STRICT, WITHOUT ROWID;
`
/** Rows of a version that is not read are removed so many at a time, so that nobody waits long. */
const removedAtOnce = 20_000

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), with their extended forms. */
const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && [11, 26].includes(Number(error.errcode) & 0xff)

const damaged = (cause: unknown): StudioError =>
  new StudioError('unreadable_file', 'The serving table of this workspace is damaged.', {
    hint: 'Materialise again with `--online`: it is made anew.',
    place: { file: '.proml/online.db' },
    cause,
  })

const open = (path: string): DatabaseSync => {
  mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path, { timeout: 10_000 })
  try {
    // A workspace may come from a stranger: nothing in its schema may do more than hold data.
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    transaction(database, 'IMMEDIATE', () => {
      const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
      if (version === format) return
      database.exec('DROP TABLE IF EXISTS live; DROP TABLE IF EXISTS cell;')
      database.exec(tablesSql)
      database.exec(`PRAGMA user_version = ${format}`)
    })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Kept beside, for whoever wants to look: every value can be computed again. */
const moveAside = (path: string): void => {
  for (const ending of ['', '-wal', '-shm'])
    if (existsSync(path + ending)) renameSync(path + ending, `${path}.damaged${ending}`)
}

const openAnew = (path: string): DatabaseSync => {
  try {
    return open(path)
  } catch (error) {
    if (!isDamage(error)) throw error
    moveAside(path)
    return open(path)
  }
}

const transaction = <T>(database: DatabaseSync, kind: 'IMMEDIATE' | 'DEFERRED', work: () => T): T => {
  database.exec(`BEGIN ${kind}`)
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

const liveTables = (database: DatabaseSync, entity?: string): OnlineTable[] =>
  database
    .prepare('SELECT header FROM live WHERE ?1 IS NULL OR entity = ?1 ORDER BY entity, grp')
    .all(entity ?? null)
    .map(({ header }) => onlineTableSchema.parse(JSON.parse(String(header))))

/** The workspace’s own serving tables: one SQLite file, where readers see one version and never wait for a writer. */
export const openEmbeddedStore = (path: string): OnlineStore => {
  let database: DatabaseSync | null = null
  const opened = (): DatabaseSync => {
    database ??= open(path)
    return database
  }
  /** Reading makes no file. */
  const reading = <T>(empty: T, work: (database: DatabaseSync) => T): T => {
    if (!database && !existsSync(path)) return empty
    try {
      return work(opened())
    } catch (error) {
      throw isDamage(error) || error instanceof z.ZodError || error instanceof SyntaxError ? damaged(error) : error
    }
  }

  const removeUnread = async (now: DatabaseSync, signal: AbortSignal): Promise<void> => {
    const remove = now.prepare(
      'DELETE FROM cell WHERE (version, key) IN (SELECT version, key FROM cell WHERE version NOT IN (SELECT version FROM live) LIMIT ?)',
    )
    while (!signal.aborted && Number(remove.run(removedAtOnce).changes) > 0)
      await new Promise((resolve) => setImmediate(resolve))
  }

  const insertAll = (now: DatabaseSync, version: string, rows: readonly OnlineRow[]): void =>
    transaction(now, 'IMMEDIATE', () => {
      const insert = now.prepare('INSERT INTO cell (version, key, cells) VALUES (?, ?, ?)')
      for (const { key, cells } of rows) insert.run(version, key, JSON.stringify(cells))
    })

  return {
    check: async () => {},

    tables: async (entity) => reading([], (now) => liveTables(now, entity)),

    replace: (table, batches, { signal, onRows }) => {
      const write = async (): Promise<void> => {
        database?.close()
        database = openAnew(path)
        const now = database
        await removeUnread(now, signal)
        for await (const rows of batches) {
          signal.throwIfAborted()
          insertAll(now, table.version, rows)
          onRows(rows.length)
        }
        signal.throwIfAborted()
        transaction(now, 'IMMEDIATE', () =>
          now
            .prepare('INSERT OR REPLACE INTO live (entity, grp, version, header) VALUES (?, ?, ?, ?)')
            .run(table.entity, table.group, table.version, JSON.stringify(table)),
        )
        await removeUnread(now, signal)
      }
      const guarded = async (): Promise<void> => {
        try {
          await write()
        } catch (error) {
          if (!isDamage(error)) throw error
          database?.close()
          database = null
          moveAside(path)
          throw damaged(error)
        }
      }
      // One writer at a time: what no table reads then was left by one that died.
      return withProcessLock(`${path}.lock`, guarded, { signal })
    },

    read: async (entity, choose, keys) =>
      reading(null, (now) =>
        transaction(now, 'DEFERRED', () => {
          const table = choose(liveTables(now, entity))
          const find = now.prepare('SELECT cells FROM cell WHERE version = ? AND key = ?')
          const rows = keys.map((key): readonly CellText[] | null => {
            const found = find.get(table.version, key)
            return found ? cellsSchema.parse(JSON.parse(String(found.cells))) : null
          })
          return { table, rows }
        }),
      ) ?? { table: choose([]), rows: [] },

    async close() {
      database?.close()
      database = null
    },
  }
}
