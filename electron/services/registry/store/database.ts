import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StudioError } from '@shared/errors'

export type StateDatabase = DatabaseSync

/** Each entry brings the file one version further; never edit one that was released. */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE artifact (
    digest TEXT PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL,
    created_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE ref (
    name TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL REFERENCES artifact (digest), updated_at INTEGER NOT NULL,
    PRIMARY KEY (name, tag)
  ) STRICT;
  CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    remote TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'blocked', 'done', 'cancelled')),
    bytes_total INTEGER NOT NULL, bytes_sent INTEGER NOT NULL DEFAULT 0, bytes_skipped INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER, reason TEXT, hint TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, runner TEXT
  ) STRICT;
  CREATE INDEX outbox_state ON outbox (state);
  CREATE TABLE upload (
    target TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
    location TEXT NOT NULL, acknowledged INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (target, repository, digest)
  ) STRICT;
  CREATE TABLE capability (target TEXT PRIMARY KEY, has_chunks INTEGER NOT NULL) STRICT;
  `,
]

const isDamage = (error: unknown): boolean =>
  // SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), with their extended forms.
  error instanceof Error && 'errcode' in error && [11, 26].includes(Number(error.errcode) & 0xff)

const open = (path: string): StateDatabase => {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  try {
    // A workspace may come from a stranger: nothing in its schema may do more than hold data.
    database.exec(
      'PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;',
    )
    inTransaction(database, () => {
      const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
      if (version > migrations.length)
        throw new StudioError('not_supported', 'This workspace was last used with a newer Pro-ML Studio.', {
          hint: 'Update Pro-ML Studio, or move `.proml/state.db` away: what it holds is made again.',
        })
      for (const migration of migrations.slice(version)) database.exec(migration)
      database.exec(`PRAGMA user_version = ${migrations.length}`)
      database.prepare('PRAGMA quick_check').all()
    })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** `state.db`. Losing it costs at most a repeated upload; so nothing stands in it alone that cannot be made again. */
export const openStateDatabase = (path: string): StateDatabase => {
  mkdirSync(dirname(path), { recursive: true })
  try {
    return open(path)
  } catch (error) {
    if (!isDamage(error)) throw error
    // Kept beside for whoever wants to look; bundles and tags come back from the layout.
    for (const ending of ['', '-wal', '-shm'])
      if (existsSync(path + ending)) renameSync(path + ending, `${path}.damaged${ending}`)
    return open(path)
  }
}

/** All or nothing, also across a crash. `work` must not await. */
export const inTransaction = <T>(database: StateDatabase, work: () => T): T => {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
