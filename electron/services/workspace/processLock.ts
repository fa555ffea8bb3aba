import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { StudioError } from '@shared/errors'

export interface ProcessLockOptions {
  readonly signal?: AbortSignal
  /** Called once, where another process holds the lock. */
  readonly onWait?: () => void
  /** Gives up with `engine_busy` after this; waits for ever where it is not given. */
  readonly patienceMs?: number
}

const firstWaitMs = 5
const longestWaitMs = 250

const isHeld = (error: unknown): boolean => error instanceof Error && /locked|busy/i.test(error.message)

/**
 * Takes the lock on `path` and returns what lets it go, or null where someone holds it. It is SQLite's own lock, which
 * the operating system drops when its holder dies, so that there is no stale lock to guess about.
 */
export const tryProcessLock = (path: string): (() => void) | null => {
  mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path)
  try {
    database.exec('BEGIN EXCLUSIVE')
    return () => database.close()
  } catch (error) {
    database.close()
    if (isHeld(error)) return null
    throw error
  }
}

/** Runs `work` while nobody else, in this process or another, does so for the same file. */
export const withProcessLock = async <T>(
  path: string,
  work: () => Promise<T>,
  { signal, onWait, patienceMs = Number.POSITIVE_INFINITY }: ProcessLockOptions = {},
): Promise<T> => {
  const startedAt = performance.now()
  for (let wait = firstWaitMs; ; wait = Math.min(longestWaitMs, wait * 2)) {
    signal?.throwIfAborted()
    const release = tryProcessLock(path)
    if (release) {
      try {
        return await work()
      } finally {
        release()
      }
    }
    if (wait === firstWaitMs) onWait?.()
    if (performance.now() - startedAt > patienceMs)
      throw new StudioError('engine_busy', 'Another Pro-ML Studio has been writing to this for too long.', {
        hint: 'Continue or end the other one (it may be stopped in a terminal), then try again.',
        detail: path,
      })
    // Not all at the same moment.
    await pause(wait * (0.5 + Math.random() / 2), undefined, { signal })
  }
}
