import { existsSync, readFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StudioError } from '@shared/errors'
import { z } from 'zod'
import type { Logger } from '../context'
import { writeFileDurably } from './durable'
import { withProcessLock } from './processLock'
import { createQueue } from './queue'

type Values = Record<string, unknown>

export interface Settings {
  /** Without the studio’s own lists of folders. */
  read(): Values
  /** Merge; a value of null takes a setting back to its default. */
  save(change: Values): Promise<Values>
  isTrustedFolder(root: string): boolean
  trustFolder(root: string): Promise<void>
  rememberFolder(root: string): Promise<void>
  recentFolders(): { root: string; name: string }[]
  settled(): Promise<void>
}

const trustedKey = 'trustedFolders'
const recentKey = 'recentFolders'
const keptFolders = 12
/** A change takes milliseconds; a process that was suspended in one must not hold up the others for ever. */
const patienceMs = 20_000

const folders = z.array(z.string()).catch([])
const isOwn = (key: string): boolean => key === trustedKey || key === recentKey

/** `settings.json` of the user: JSON that may be edited by hand, shared by all windows and hosts. */
export const createSettings = (home: string, log: Logger): Settings => {
  const path = join(home, 'settings.json')
  const queue = createQueue()

  // Small, and read rarely; always from disk, since another window may have written it.
  const readAll = (): { values: Values; isDamaged: boolean } => {
    if (!existsSync(path)) return { values: {}, isDamaged: false }
    try {
      return {
        values: z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8'))),
        isDamaged: false,
      }
    } catch (error) {
      log.warn('The settings file could not be read; defaults are used.', error)
      return { values: {}, isDamaged: true }
    }
  }

  const change = (edit: (values: Values) => Values): Promise<Values> =>
    queue.run(() =>
      // From reading to writing: another studio’s change in between would be lost.
      withProcessLock(
        join(home, 'settings.lock'),
        async () => {
          const { values, isDamaged } = readAll()
          // What a person wrote by hand is never overwritten, even where it does not parse.
          if (isDamaged) await rename(path, join(home, `settings.damaged-${Date.now()}.json`))
          const next = edit(values)
          await writeFileDurably(path, `${JSON.stringify(next, null, 2)}\n`)
          return next
        },
        { patienceMs },
      ),
    )

  const withoutOwn = (values: Values): Values =>
    Object.fromEntries(Object.entries(values).filter(([key]) => !isOwn(key)))

  return {
    read: () => withoutOwn(readAll().values),
    async save(edit) {
      if (Object.keys(edit).some(isOwn))
        throw new StudioError('permission_denied', 'Trust and recent folders are not settings.', {
          hint: 'Use “Trust this workspace” in the folder itself.',
        })
      const next = await change((values) =>
        Object.fromEntries(Object.entries({ ...values, ...edit }).filter(([, value]) => value !== null)),
      )
      return withoutOwn(next)
    },
    isTrustedFolder: (root) => folders.parse(readAll().values[trustedKey]).includes(root),
    async trustFolder(root) {
      await change((values) => ({
        ...values,
        [trustedKey]: [...new Set([...folders.parse(values[trustedKey]), root])],
      }))
    },
    async rememberFolder(root) {
      await change((values) => ({
        ...values,
        [recentKey]: [root, ...folders.parse(values[recentKey]).filter((one) => one !== root)].slice(0, keptFolders),
      }))
    },
    recentFolders: () =>
      folders
        .parse(readAll().values[recentKey])
        .filter((root) => existsSync(root))
        .map((root) => ({ root, name: basename(root) || root })),
    settled: queue.settled,
  }
}
