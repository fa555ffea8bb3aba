import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { valueTypeSchema } from '@shared/data/profile'
import { z } from 'zod'
import { digestOfFile, syncFolder, writeFileDurably } from '../workspace/durable'
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

const daysSchema = z.record(z.string(), daySchema)

/** `manifest.json`, beside the files of the days. A day that it names has a file that was whole before it was named. */
export const manifestSchema = z.object({
  version: z.literal(1),
  entity: z.string(),
  /** Digest of all that decides what values come out of given rows. */
  identity: z.string(),
  keys: z.array(columnSchema),
  features: z.array(columnSchema),
  days: daysSchema,
})
export type Manifest = z.infer<typeof manifestSchema>

const manifestFile = 'manifest.json'
const notesFile = 'manifest.notes.ndjson'

/** Names of a program are plain; what a stranger’s is made of stays one folder. */
const folderName = (entity: string): string => entity.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^\.+/, '_') || '_'

/** Days that were finished since the manifest was written; each is checked by its digests before it is believed. */
const readNotes = async (folder: string): Promise<Record<string, BackfillDay>> => {
  const text = await readFile(join(folder, notesFile), 'utf8').catch(() => '')
  const days: Record<string, BackfillDay> = {}
  for (const line of text.split('\n'))
    try {
      Object.assign(days, daysSchema.parse(JSON.parse(line)))
    } catch {
      // Whoever wrote this line died in it: nothing comes after it.
      break
    }
  return days
}

/** What a folder’s manifest says, with what was finished since it was written. */
export const readManifest = async (folder: string): Promise<Manifest | null> => {
  // Before the manifest: whoever takes them over into it removes them after that.
  const notes = await readNotes(folder)
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, manifestFile), 'utf8')))
    return { ...manifest, days: { ...manifest.days, ...notes } }
  } catch {
    // None, or one of another version: everything is computed again.
    return null
  }
}

const note = async (folder: string, days: Readonly<Record<string, BackfillDay>>): Promise<void> => {
  const file = await open(join(folder, notesFile), 'a')
  try {
    const isNew = (await file.stat()).size === 0
    await file.appendFile(`${JSON.stringify(days)}\n`)
    await file.sync()
    if (isNew) await syncFolder(folder)
  } finally {
    await file.close()
  }
}

/** The notes go when they stand in the manifest; were they to stay, they would say the same. */
const write = async (folder: string, manifest: Manifest): Promise<void> => {
  await writeFileDurably(join(folder, manifestFile), `${JSON.stringify(manifest, null, 1)}\n`)
  await rm(join(folder, notesFile), { force: true })
}

/** `.proml/features/<entity>/<identity>/<day>.parquet` */
export interface BackfillFolder {
  readonly path: string
  readonly lock: string
  file(day: string): string
  read(): Promise<Manifest | null>
  /** The whole manifest, which takes the notes over. A long range would be slow if each few days wrote it anew. */
  write(manifest: Manifest): Promise<void>
  /** Days that were finished just now, after `write`. */
  note(days: Readonly<Record<string, BackfillDay>>): Promise<void>
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
    write: (manifest) => write(path, manifest),
    note: (days) => note(path, days),
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
      if (manifest && Object.keys(manifest.days).length > 0)
        found.push({ folder: workspace.relative(folder), manifest })
    }
  return found
}
