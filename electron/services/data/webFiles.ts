import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { TableSchema } from '@shared/data/profile'
import { StudioError, toStudioError } from '@shared/errors'
import { z } from 'zod'
import type { Logger } from '../context'
import { publishFile, writeFileDurably } from '../workspace/durable'
import type { Workspace } from '../workspace/root'
import { type Ask, download } from './download'
import type { DataEngine } from './engine'
import { createSharedWork } from './shared'

/** Copies of files of servers, each with what its server said of it. */
export interface WebFiles {
  /**
   * The copy of a file, absolute. One that is here serves; `isFresh` asks the server whether it has changed, and takes the
   * one that is here where no answer comes.
   */
  copyOf(file: WebFile, options: { readonly isFresh: boolean; readonly signal?: AbortSignal }): Promise<string>
}

export interface WebFile {
  readonly url: URL
  readonly format: TableSchema['format']
  readonly ask: Ask
  /** What a person calls it. */
  readonly name: string
}

const copyName = z.string().regex(/^[0-9a-f]{32}-[0-9a-f]{32}\.(parquet|csv|ndjson|arrow)$/)
const keptEarlier = 2

/** A copy is found by the file that names it, and by nothing else: a workspace may come from a stranger. */
const noteSchema = z.object({
  url: z.string(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** Not told by notes of former versions. */
  length: z.number().nullable().default(null),
  file: copyName,
  /** Those before it: a query may be about to open one. */
  earlier: z.array(copyName).max(8),
  askedAt: z.string(),
})
type Note = z.infer<typeof noteSchema>

const endings: Readonly<Partial<Record<TableSchema['format'], string>>> = {
  parquet: 'parquet',
  csv: 'csv',
  json: 'ndjson',
  arrow: 'arrow',
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

export const createWebFiles = (workspace: Workspace, engine: DataEngine, log: Logger): WebFiles => {
  const work = createSharedWork<string>()
  const folder = (): string => workspace.internal('cache', 'files')

  const noted = async (path: string, url: string): Promise<Note | null> => {
    try {
      const note = noteSchema.parse(JSON.parse(await readFile(path, 'utf8')))
      return note.url === url && existsSync(join(folder(), note.file)) ? note : null
    } catch {
      return null
    }
  }

  const fetchAnew = async (
    file: WebFile,
    notePath: string,
    before: Note | null,
    signal: AbortSignal,
  ): Promise<string> => {
    const scratch = await engine.scratch('download')
    try {
      const output = join(scratch.path, 'file')
      const got = await download({ ask: file.ask, url: file.url, known: before, output, signal })
      const askedAt = new Date().toISOString()
      if (got === null && before) {
        await writeFileDurably(notePath, JSON.stringify({ ...before, askedAt }))
        return join(folder(), before.file)
      }
      if (got === null) throw new StudioError('internal', 'A server says that nothing has changed of what is not here.')
      if (got.bytes === 0)
        throw new StudioError('unreadable_file', `${file.name} is empty.`, { hint: 'Check what the server gives.' })
      const name = `${basename(notePath, '.json')}-${got.digest.slice(0, 32)}.${endings[file.format]}`
      await publishFile(output, join(folder(), name))
      const { etag, lastModified, length } = got
      const earlier = before ? [before.file, ...before.earlier].filter((one) => one !== name) : []
      const kept = earlier.slice(0, keptEarlier)
      const note: Note = { url: file.url.href, etag, lastModified, length, file: name, earlier: kept, askedAt }
      await writeFileDurably(notePath, JSON.stringify(note))
      for (const one of earlier.slice(keptEarlier)) await rm(join(folder(), one), { force: true }).catch(() => {})
      return join(folder(), name)
    } finally {
      await scratch.remove()
    }
  }

  return {
    async copyOf(file, { isFresh, signal }) {
      const { url, format, name } = file
      await mkdir(folder(), { recursive: true })
      const notePath = join(folder(), `${short(`${format} ${url.href}`)}.json`)
      const before = await noted(notePath, url.href)
      if (before && !isFresh) return join(folder(), before.file)
      try {
        return await work.do(notePath, (stop) => fetchAnew(file, notePath, before, stop), signal)
      } catch (error) {
        if (!before || toStudioError(error).code !== 'source_unreachable') throw error
        log.warn(`${name} cannot be asked; its copy of ${before.askedAt} is used.`)
        return join(folder(), before.file)
      }
    },
  }
}
