import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Runs `work` while no other process does so for the same file. The lock is SQLite's own lock on `path`, which the
 * operating system drops when its holder dies, so that there is no stale lock to guess about.
 */
export const withSetupLock = async <T>(
  path: string,
  work: () => Promise<T>,
  { signal, onWait }: { signal?: AbortSignal; onWait?: () => void } = {},
): Promise<T> => {
  await mkdir(dirname(path), { recursive: true })
  const database = new DatabaseSync(path)
  try {
    for (let waits = 0; ; waits += 1) {
      signal?.throwIfAborted()
      try {
        database.exec('BEGIN EXCLUSIVE')
        break
      } catch (error) {
        if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) throw error
        if (waits === 0) onWait?.()
        await pause(250, undefined, { signal })
      }
    }
    return await work()
  } finally {
    database.close()
  }
}
