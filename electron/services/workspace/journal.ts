import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileDurably } from './durable'
import { createQueue } from './queue'
import type { Workspace } from './root'

const entrySchema = z.object({ path: z.string(), text: z.string(), savedAt: z.number() })
type JournalEntry = z.infer<typeof entrySchema>

export interface Journal {
  write(path: string, text: string | null): Promise<void>
  list(): Promise<JournalEntry[]>
  settled(): Promise<void>
}

/** Unsaved text under `.proml/journal`, one file a document, named by its path’s digest. */
export const createJournal = (workspace: Workspace): Journal => {
  const queue = createQueue()
  const folder = workspace.internal('journal')
  const fileOf = (path: string): string =>
    join(folder, `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`)

  const readEntry = async (name: string): Promise<JournalEntry | null> => {
    try {
      return entrySchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))
    } catch {
      // Only a file that is none of ours can be torn: ours are published whole.
      return null
    }
  }

  return {
    write: (path, text) =>
      queue.run(async () => {
        const relative = workspace.relative(workspace.resolve(path))
        if (text === null) await rm(fileOf(relative), { force: true })
        else
          await writeFileDurably(
            fileOf(relative),
            JSON.stringify({ path: relative, text, savedAt: Date.now() } satisfies JournalEntry),
          )
      }),
    list: async () => {
      const names = await readdir(folder).catch(() => [])
      const entries = await Promise.all(names.filter((name) => name.endsWith('.json')).map(readEntry))
      return entries.filter((entry) => entry !== null).sort((a, b) => b.savedAt - a.savedAt)
    },
    settled: queue.settled,
  }
}
