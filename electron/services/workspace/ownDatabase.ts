import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A SQLite file of the studio’s own in a workspace: nothing in it that could not be made again. */
export type OwnDatabase = DatabaseSync

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), with their extended forms. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && [11, 26].includes(Number(error.errcode) & 0xff)

/** Kept beside, for whoever wants to look. */
export const moveAside = (path: string): void => {
  for (const ending of ['', '-wal', '-shm'])
    if (existsSync(path + ending)) renameSync(path + ending, `${path}.damaged${ending}`)
}

/** All or nothing, also across a crash. `work` must not await. */
export const inTransaction = <T>(
  database: OwnDatabase,
  work: () => T,
  kind: 'IMMEDIATE' | 'DEFERRED' = 'IMMEDIATE',
): T => {
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

/** What brings the tables from the version that the file has, 0 for a new one, to the version that is returned. */
type Prepare = (database: OwnDatabase, version: number) => number

export const openOwnDatabase = (path: string, prepare: Prepare): OwnDatabase => {
  mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path, { timeout: 10_000 })
  try {
    // A workspace may come from a stranger: nothing in its schema may do more than hold data.
    database.exec(
      'PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;',
    )
    inTransaction(database, () => {
      const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
      database.exec(`PRAGMA user_version = ${prepare(database, version)}`)
    })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** The same; a damaged file is put aside, and a new one made. */
export const openOrRemake = (path: string, prepare: Prepare): OwnDatabase => {
  try {
    return openOwnDatabase(path, prepare)
  } catch (error) {
    if (!isDamage(error)) throw error
    moveAside(path)
    return openOwnDatabase(path, prepare)
  }
}
