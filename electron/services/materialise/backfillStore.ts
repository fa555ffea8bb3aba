import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { valueTypeSchema } from '@shared/data/profile'
import { z } from 'zod'
import { digestOfFile, writeFileDurably } from '../workspace/durable'
import type { Workspace } from '../workspace/root'

const columnSchema = z.object({ name: z.string(), type: valueTypeSchema })

const daySchema = z.object({
  /** Digest of the rows that may count at the end of the day. */
  inputs: z.string(),
  /** Of the day’s file. */
  digest: z.string(),
  rows: z.number(),
  bytes: z.number(),
})
export type BackfillDay = z.infer<typeof daySchema>

/** `manifest.json`, beside the files of the days. A day that it names has a file that was whole before it was named. */
export const manifestSchema = z.object({
  version: z.literal(1),
  entity: z.string(),
  /** Digest of all that decides what values come out of given rows. */
  identity: z.string(),
  keys: z.array(columnSchema),
  features: z.array(columnSchema),
  days: z.record(z.string(), daySchema),
})
export type Manifest = z.infer<typeof manifestSchema>

const manifestFile = 'manifest.json'

/** Names of a program are plain; what a stranger’s is made of stays one folder. */
const folderName = (entity: string): string => entity.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^\.+/, '_') || '_'

const readManifest = async (folder: string): Promise<Manifest | null> => {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, manifestFile), 'utf8')))
  } catch {
    // None, or one of another version: everything is computed again.
    return null
  }
}

/** `.proml/features/<entity>/<identity>/<day>.parquet` */
export interface BackfillFolder {
  readonly path: string
  readonly lock: string
  file(day: string): string
  read(): Promise<Manifest | null>
  write(manifest: Manifest): Promise<void>
  /** Whether the day’s file is what was written. */
  isWhole(day: string, digest: string): Promise<boolean>
}

export const backfillFolder = async (
  workspace: Workspace,
  entity: string,
  identity: string,
): Promise<BackfillFolder> => {
  const path = workspace.internal('features', folderName(entity), identity.replace('sha256:', '').slice(0, 32))
  await mkdir(path, { recursive: true })
  const file = (day: string): string => join(path, `${day}.parquet`)
  return {
    path,
    lock: join(path, 'lock'),
    file,
    read: async () => {
      const found = await readManifest(path)
      return found?.identity === identity ? found : null
    },
    write: (manifest) => writeFileDurably(join(path, manifestFile), `${JSON.stringify(manifest, null, 1)}\n`),
    isWhole: async (day, digest) => (await digestOfFile(file(day)).catch(() => null)) === digest,
  }
}

/** Every manifest of the workspace, with its folder. */
export const listBackfills = async (workspace: Workspace): Promise<{ folder: string; manifest: Manifest }[]> => {
  const root = workspace.internal('features')
  const names = async (path: string): Promise<string[]> => (await readdir(path).catch(() => [])).sort()
  const found: { folder: string; manifest: Manifest }[] = []
  for (const entity of await names(root))
    for (const identity of await names(join(root, entity))) {
      const folder = join(root, entity, identity)
      const manifest = await readManifest(folder)
      if (manifest) found.push({ folder: workspace.relative(folder), manifest })
    }
  return found
}
