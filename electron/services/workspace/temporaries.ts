import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Logger } from '../context'
import { temporaryBeside } from './durable'
import { tryProcessLock, withProcessLock } from './processLock'
import { openWorkspaceRoot, type Workspace } from './root'

/** A file or folder that is needed only for a while, or until it gets its real name. */
export interface Temporary {
  readonly path: string
  /** Removes what is still there. */
  remove(): Promise<void>
}

/**
 * Temporary files and folders of this process on one workspace. Each is noted before it is made; what a process left that
 * was killed is removed by the next one. Whether a writer lives is told by its lock, which the system drops as it dies.
 */
export interface Temporaries {
  /** For what will be published as `path`. */
  beside(path: string): Promise<Temporary>
  /** A new folder in the temporary folder; its name begins with `kind`. */
  folder(kind: string): Promise<Temporary>
  dispose(): Promise<void>
}

interface Writer {
  readonly notes: string
  release(): void
}

const writerLock = /^([0-9a-f-]{36})\.lock$/
const ownFile = /^\.[0-9a-f-]{36}\.part$/
const ownFolder = /^[a-z]+-[0-9a-f-]{36}$/
const patienceMs = 60_000

/** Where a note leads, or null where it names what is none of ours: a workspace may come from a stranger. */
const noted = (workspace: Workspace, folder: string, text: string): string | null => {
  try {
    const path = workspace.resolve(text)
    const name = basename(path)
    return ownFile.test(name) || (dirname(path) === folder && ownFolder.test(name)) ? path : null
  } catch {
    return null
  }
}

export const createTemporaries = ({
  root,
  folder,
  log,
}: {
  readonly root: string
  /** Inside `root`. */
  readonly folder: string
  readonly log: Logger
}): Temporaries => {
  const workspace = openWorkspaceRoot(root)
  const writers = join(folder, 'writers')
  let own: Promise<Writer> | null = null

  /** With the lock on the list of writers. */
  const removeLeftBy = async (id: string): Promise<string[]> => {
    const lock = join(writers, `${id}.lock`)
    const release = tryProcessLock(lock)
    if (!release) return []
    const notes = join(writers, id)
    const removed: string[] = []
    try {
      for (const name of await readdir(notes).catch(() => [])) {
        const text = await readFile(join(notes, name), 'utf8')
        const path = noted(workspace, folder, text)
        if (path !== null) {
          await rm(path, { recursive: true, force: true })
          removed.push(text)
        }
        await rm(join(notes, name), { force: true })
      }
      await rm(notes, { recursive: true, force: true })
    } finally {
      release()
    }
    await rm(lock, { force: true })
    return removed
  }

  /** A writer that is just being made must not look dead: nobody makes or removes one at the same time. */
  const guarded = <T>(work: () => Promise<T>): Promise<T> =>
    withProcessLock(join(writers, 'lock'), work, { patienceMs })

  const sweep = async (): Promise<void> => {
    for (const name of await readdir(writers).catch(() => [])) {
      const id = writerLock.exec(name)?.[1]
      if (id === undefined) continue
      try {
        const removed = await removeLeftBy(id)
        if (removed.length > 0) log.info('Removed what a studio left that ended in the middle of its work.', removed)
      } catch (error) {
        // Another program may have it open; the next sweep tries again.
        log.warn('What a studio left that ended in the middle of its work could not be removed.', error)
      }
    }
  }

  const enter = async (): Promise<Writer> =>
    guarded(async () => {
      await sweep()
      const id = randomUUID()
      const release = tryProcessLock(join(writers, `${id}.lock`))
      if (!release) throw new Error('A new lock is held by someone.')
      const notes = join(writers, id)
      await mkdir(notes, { recursive: true })
      return { notes, release }
    })

  const note = async (path: string): Promise<Temporary> => {
    own ??= enter().catch((error: unknown) => {
      own = null
      throw error
    })
    const { notes } = await own
    const entry = join(notes, randomUUID())
    await writeFile(entry, workspace.relative(path), { flag: 'wx' })
    return {
      path,
      remove: async () => {
        await rm(path, { recursive: true, force: true })
        await rm(entry, { force: true })
      },
    }
  }

  return {
    beside: (path) => note(temporaryBeside(path)),
    async folder(kind) {
      if (own) await guarded(sweep)
      const made = await note(join(folder, `${kind}-${randomUUID()}`))
      await mkdir(made.path, { recursive: true })
      return made
    },
    async dispose() {
      const writer = await own?.catch(() => null)
      own = null
      if (!writer) return
      writer.release()
      // What is still noted is left to the next one.
      await rmdir(writer.notes)
        .then(() => rm(`${writer.notes}.lock`, { force: true }))
        .catch(() => {})
    },
  }
}
