import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { digestOf, digestOfFile, publishFile, temporaryBeside, writeFileDurably } from '../workspace/durable'
import type { Workspace } from '../workspace/root'

/** A column by what it holds: its part’s identity, and its place among the part’s columns. */
export interface CachedColumn {
  readonly id: string
  readonly name: string
}

const entrySchema = z.object({
  version: z.literal(1),
  digest: z.string(),
  rows: z.number(),
  bytes: z.number(),
  columns: z.array(z.object({ id: z.string(), name: z.string() })),
})

export interface CachedSet extends z.infer<typeof entrySchema> {
  readonly path: string
  readonly usedAt: number
}

/** Training sets that were computed, by what they hold. What it says of a file is checked before the file is used. */
export interface TrainingSetCache {
  /** The last used first. */
  list(): Promise<CachedSet[]>
  /** Copies the file where it is what was kept; it is forgotten and false is answered where it is not. */
  take(set: CachedSet, output: string): Promise<boolean>
  /** Whether the file is what was kept. */
  isWhole(set: CachedSet): Promise<boolean>
  keep(path: string, set: Pick<CachedSet, 'digest' | 'rows' | 'columns'>): Promise<void>
}

/** Together; the least lately used go first. */
const defaultLimitBytes = 4 * 1024 ** 3
const mostSets = 200
const leftMs = 3_600_000

export const createTrainingSetCache = (
  workspace: Workspace,
  { limitBytes = defaultLimitBytes }: { readonly limitBytes?: number } = {},
): TrainingSetCache => {
  const folder = (): string => workspace.internal('cache', 'training')
  const pathOf = (name: string, ending: 'parquet' | 'json'): string => join(folder(), `${name}.${ending}`)

  const read = async (name: string): Promise<CachedSet[]> => {
    try {
      const entry = entrySchema.parse(JSON.parse(await readFile(pathOf(name, 'json'), 'utf8')))
      const path = pathOf(name, 'parquet')
      const [{ size }, { mtimeMs }] = [await stat(path), await stat(pathOf(name, 'json'))]
      return size === entry.bytes ? [{ ...entry, path, usedAt: mtimeMs }] : []
    } catch {
      return []
    }
  }

  const names = async (): Promise<string[]> => readdir(folder()).catch(() => [])

  const list = async (): Promise<CachedSet[]> => {
    const kept = (await names()).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
    const found = await Promise.all(kept.map(read))
    return found.flat().sort((a, b) => b.usedAt - a.usedAt)
  }

  const forget = async (path: string): Promise<void> => {
    // What says that it is there goes first.
    await rm(path.replace(/parquet$/, 'json'), { force: true })
    await rm(path, { force: true })
  }

  const use = async ({ path }: CachedSet): Promise<void> => {
    const now = new Date()
    await utimes(path.replace(/parquet$/, 'json'), now, now).catch(() => {})
  }

  const forgetOldest = async (): Promise<void> => {
    let bytes = 0
    const sets = await list()
    for (const [index, set] of sets.entries()) {
      bytes += set.bytes
      if (bytes > limitBytes || index >= mostSets) await forget(set.path)
    }
    // What is told of by nothing: a studio was killed in the middle.
    const known = new Set(sets.flatMap(({ path }) => [path, path.replace(/parquet$/, 'json')]))
    for (const name of await names()) {
      const path = join(folder(), name)
      const found = await stat(path).catch(() => null)
      if (found && !known.has(path) && Date.now() - found.mtimeMs > leftMs) await rm(path, { force: true })
    }
  }

  return {
    list,
    async take(set, output) {
      try {
        await copyFile(set.path, output, constants.COPYFILE_FICLONE)
      } catch (error) {
        // Another studio on the same workspace let go of it since it was listed.
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
        throw error
      }
      if ((await digestOfFile(output)) === set.digest) {
        await use(set)
        return true
      }
      await rm(output, { force: true })
      await forget(set.path)
      return false
    },
    async isWhole(set) {
      if ((await digestOfFile(set.path).catch(() => null)) === set.digest) {
        await use(set)
        return true
      }
      await forget(set.path)
      return false
    },
    async keep(path, { digest, rows, columns }) {
      const { size } = await stat(path)
      if (size > limitBytes) return
      await mkdir(folder(), { recursive: true })
      const name = digestOf(JSON.stringify(columns)).slice('sha256:'.length)
      const target = pathOf(name, 'parquet')
      const temporary = temporaryBeside(target)
      try {
        await copyFile(path, temporary, constants.COPYFILE_FICLONE)
        // An entry of the same name tells of what is replaced now.
        await rm(pathOf(name, 'json'), { force: true })
        await publishFile(temporary, target)
      } finally {
        await rm(temporary, { force: true })
      }
      const entry = { version: 1, digest, rows, bytes: size, columns }
      await writeFileDurably(pathOf(name, 'json'), JSON.stringify(entry))
      await forgetOldest()
    },
  }
}
