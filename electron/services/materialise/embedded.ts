import { existsSync } from 'node:fs'
import { StudioError } from '@shared/errors'
import type { CellText } from '@shared/features/cells'
import { type OnlineTable, onlineTableSchema } from '@shared/rpc/materialise'
import { z } from 'zod'
import {
  inTransaction,
  isDamage,
  moveAside,
  type OwnDatabase,
  openOrRemake,
  openOwnDatabase,
} from '../workspace/ownDatabase'
import { withProcessLock } from '../workspace/processLock'
import type { OnlineRow, OnlineStore } from './onlineStore'
import type { Unneeded } from './unneeded'

/** `PRAGMA user_version`; what another version left is made again. */
const format = 1
const cellsSchema = z.array(z.string().nullable())

const tablesSql = `
CREATE TABLE live (entity TEXT NOT NULL, grp TEXT NOT NULL, version TEXT NOT NULL, header TEXT NOT NULL, PRIMARY KEY (entity, grp)) STRICT;
CREATE TABLE cell (version TEXT NOT NULL, key TEXT NOT NULL, cells TEXT NOT NULL, PRIMARY KEY (version, key)) STRICT, WITHOUT ROWID;
`
/** Rows of a version that is not read are removed so many at a time, so that nobody waits long. */
const removedAtOnce = 20_000

const damaged = (cause: unknown): StudioError =>
  new StudioError('unreadable_file', 'The serving table of this workspace is damaged.', {
    hint: 'Materialise again with `--online`: it is made anew.',
    place: { file: '.proml/online.db' },
    cause,
  })

const prepare = (database: OwnDatabase, version: number): number => {
  if (version !== format) database.exec(`DROP TABLE IF EXISTS live; DROP TABLE IF EXISTS cell; ${tablesSql}`)
  return format
}

const liveTables = (database: OwnDatabase, entity?: string): OnlineTable[] =>
  database
    .prepare('SELECT header FROM live WHERE ?1 IS NULL OR entity = ?1 ORDER BY entity, grp')
    .all(entity ?? null)
    .map(({ header }) => onlineTableSchema.parse(JSON.parse(String(header))))

/** In the transaction of whoever calls. */
const forget = (database: OwnDatabase, entity: string | undefined, unneeded: Unneeded): OnlineTable[] => {
  const byEntity = Map.groupBy(liveTables(database, entity), (table) => table.entity)
  const gone = [...byEntity.values()].flatMap((tables) => [...unneeded(tables)])
  const remove = database.prepare('DELETE FROM live WHERE entity = ? AND grp = ?')
  for (const table of gone) remove.run(table.entity, table.group)
  return gone
}

/** The workspace’s own serving tables: one SQLite file, where readers see one version and never wait for a writer. */
export const openEmbeddedStore = (path: string): OnlineStore => {
  let database: OwnDatabase | null = null
  const opened = (): OwnDatabase => {
    database ??= openOwnDatabase(path, prepare)
    return database
  }
  /** Reading makes no file. */
  const reading = <T>(empty: T, work: (database: OwnDatabase) => T): T => {
    if (!database && !existsSync(path)) return empty
    try {
      return work(opened())
    } catch (error) {
      throw isDamage(error) || error instanceof z.ZodError || error instanceof SyntaxError ? damaged(error) : error
    }
  }

  const removeUnread = async (now: OwnDatabase, signal: AbortSignal): Promise<void> => {
    const remove = now.prepare(
      'DELETE FROM cell WHERE (version, key) IN (SELECT version, key FROM cell WHERE version NOT IN (SELECT version FROM live) LIMIT ?)',
    )
    while (!signal.aborted && Number(remove.run(removedAtOnce).changes) > 0)
      await new Promise((resolve) => setImmediate(resolve))
  }

  const insertAll = (now: OwnDatabase, version: string, rows: readonly OnlineRow[]): void =>
    inTransaction(now, () => {
      const insert = now.prepare('INSERT INTO cell (version, key, cells) VALUES (?, ?, ?)')
      for (const { key, cells } of rows) insert.run(version, key, JSON.stringify(cells))
    })

  return {
    check: async () => {},

    tables: async (entity) => reading([], (now) => liveTables(now, entity)),

    replace: (table, batches, { signal, unneeded, onRows }) => {
      const write = async (): Promise<OnlineTable[]> => {
        database?.close()
        // Every value can be computed again.
        database = openOrRemake(path, prepare)
        const now = database
        await removeUnread(now, signal)
        for await (const rows of batches) {
          signal.throwIfAborted()
          insertAll(now, table.version, rows)
          onRows(rows.length)
        }
        signal.throwIfAborted()
        const gone = inTransaction(now, () => {
          now
            .prepare('INSERT OR REPLACE INTO live (entity, grp, version, header) VALUES (?, ?, ?, ?)')
            .run(table.entity, table.group, table.version, JSON.stringify(table))
          const others = (tables: readonly OnlineTable[]) =>
            unneeded(tables).filter(({ version }) => version !== table.version)
          return forget(now, table.entity, others)
        })
        await removeUnread(now, signal)
        return gone
      }
      const guarded = async (): Promise<OnlineTable[]> => {
        try {
          return await write()
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

    remove: async (entity, unneeded, signal) => {
      if (!existsSync(path)) return []
      return withProcessLock(
        `${path}.lock`,
        async () => {
          const gone = reading([], (now) => inTransaction(now, () => forget(now, entity, unneeded)))
          await removeUnread(opened(), signal)
          return gone
        },
        { signal },
      )
    },

    read: async (entity, choose, keys) =>
      reading(null, (now) =>
        inTransaction(
          now,
          () => {
            const table = choose(liveTables(now, entity))
            const find = now.prepare('SELECT cells FROM cell WHERE version = ? AND key = ?')
            const rows = keys.map((key): readonly CellText[] | null => {
              const found = find.get(table.version, key)
              return found ? cellsSchema.parse(JSON.parse(String(found.cells))) : null
            })
            return { table, rows }
          },
          'DEFERRED',
        ),
      ) ?? { table: choose([]), rows: [] },

    async close() {
      database?.close()
      database = null
    },
  }
}
