import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Workspace } from '../workspace/root'
import { createSharedWork } from './shared'

/** A source that is no file of its own, as it was in one state: a Parquet file of the cache. */
export interface Snapshots {
  /**
   * The file of a reference in a state; `make` writes it whole where it is not there yet. Who asks for one that is in the
   * making waits for it; when all who wait have left, the making is cancelled.
   */
  of(
    reference: string,
    state: string,
    make: (output: string, signal: AbortSignal) => Promise<unknown>,
    signal?: AbortSignal,
  ): Promise<string>
  /** The newest file of a reference in any state, or null. */
  newest(reference: string): Promise<{ readonly path: string; readonly madeAt: number } | null>
}

/** A query may be about to open an earlier state, so that the last few stay. */
const keptStates = 3

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

export const createSnapshots = (workspace: Workspace): Snapshots => {
  const making = createSharedWork<string>()
  const folder = (): string => workspace.internal('cache', 'sources')

  const statesOf = async (reference: string): Promise<{ path: string; madeAt: number }[]> => {
    const names = (await readdir(folder()).catch(() => [])).filter(
      (name) => name.startsWith(`${short(reference)}-`) && name.endsWith('.parquet'),
    )
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(folder(), name)
        return { path, madeAt: (await stat(path).catch(() => null))?.mtimeMs ?? 0 }
      }),
    )
    return found.sort((a, b) => b.madeAt - a.madeAt)
  }

  const forgetEarlier = async (reference: string, path: string): Promise<void> => {
    const earlier = (await statesOf(reference)).filter((state) => state.path !== path)
    for (const state of earlier.slice(keptStates - 1)) await rm(state.path, { force: true }).catch(() => {})
  }

  return {
    async of(reference, state, make, signal) {
      const path = join(folder(), `${short(reference)}-${short(state)}.parquet`)
      if (existsSync(path)) return path
      return making.do(
        path,
        async (stop) => {
          await make(path, stop)
          await forgetEarlier(reference, path)
          return path
        },
        signal,
      )
    },
    newest: async (reference) => (await statesOf(reference))[0] ?? null,
  }
}
