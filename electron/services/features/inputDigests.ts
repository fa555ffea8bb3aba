import type { BigIntStats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { Table } from '../data/tables'
import { digestOf, digestOfFile, writeFileDurably } from '../workspace/durable'
import type { Workspace } from '../workspace/root'

/**
 * What tables hold, told by the bytes of their files. A file is read again when its place on the disk, its size or one of
 * its times differs; a change within this time of the look before could leave all of them as they were, so that what was
 * that new then is read again too.
 */
const settledMs = 2_000
const keptFiles = 2_000

const knownSchema = z.record(z.string(), z.object({ state: z.string(), digest: z.string() }))
type Known = z.infer<typeof knownSchema>

export interface InputDigest {
  readonly digest: string
  /** Whether the files are still those that the digest was taken of. */
  isStill(): Promise<boolean>
}

export interface InputDigests {
  /** Null where the files change while they are read. */
  of(table: Table): Promise<InputDigest | null>
}

const stateOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ')

const isSettled = ({ mtimeMs, ctimeMs }: BigIntStats): boolean =>
  Date.now() - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs) > settledMs

/** The file that stands for a table of a database: what is read is that and nothing else. */
const copyOf = (sql: string): string | null =>
  /^read_parquet\(\['((?:[^']|'')*)'\](?:,[^']*)?\)$/.exec(sql)?.[1]?.replaceAll("''", "'") ?? null

export const createInputDigests = (workspace: Workspace): InputDigests => {
  const file = (): string => workspace.internal('cache', 'digests.json')
  let known: Promise<Known> | null = null

  const read = async (): Promise<Known> => {
    try {
      return knownSchema.parse(JSON.parse(await readFile(file(), 'utf8')))
    } catch {
      return {}
    }
  }

  const keep = async (path: string, state: string, digest: string): Promise<void> => {
    const others = Object.entries((await known) ?? {}).filter(([name]) => name !== path)
    const kept = Object.fromEntries([...others.slice(-keptFiles + 1), [path, { state, digest }]])
    known = Promise.resolve(kept)
    await writeFileDurably(file(), JSON.stringify(kept)).catch(() => {})
  }

  const ofFile = async (path: string): Promise<{ digest: string; state: string } | null> => {
    known ??= read()
    const before = await stat(path, { bigint: true })
    const state = stateOf(before)
    const name = workspace.relative(path)
    const kept = (await known)[name]
    if (kept?.state === state) return { digest: kept.digest, state }
    const digest = await digestOfFile(path)
    const after = await stat(path, { bigint: true })
    if (stateOf(after) !== state) return null
    if (isSettled(before)) await keep(name, state, digest)
    return { digest, state }
  }

  return {
    async of(table) {
      const isDatabase = table.format === 'sqlite' || table.format === 'postgres'
      const copy = isDatabase ? copyOf(table.sql) : null
      // A database’s own file does not tell what is still in its log.
      const paths = copy === null ? (isDatabase ? [] : table.files) : [copy]
      if (paths.length === 0) return null
      const found: { digest: string; state: string }[] = []
      for (const path of paths) {
        const one = await ofFile(path).catch(() => null)
        if (!one) return null
        found.push(one)
      }
      // How a text is read was seen in its first bytes; names of folders may be columns.
      const how = copy === null ? [table.sql, ...paths.map(workspace.relative)] : []
      return {
        digest: digestOf(JSON.stringify([...how, ...found.map(({ digest }) => digest)])),
        isStill: async () => {
          for (const [index, path] of paths.entries()) {
            const now = await stat(path, { bigint: true }).catch(() => null)
            if (!now || stateOf(now) !== found[index]?.state) return false
          }
          return true
        },
      }
    },
  }
}
