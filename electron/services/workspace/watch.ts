import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Logger } from '../context'
import { isHidden } from './tree'

export interface FolderWatcher {
  /** Begin to watch; later calls do nothing. */
  start(): void
  /** A change that the studio itself made: told in any case, also where the system cannot watch. */
  note(...paths: readonly string[]): void
  stop(): void
}

const quietMs = 100
/** More than this at once is told as the folder itself. */
const mostPaths = 1_000
const mostFolders = 4_000

type Seen = (path: string) => void

/**
 * One watcher a folder, new folders as they come. Node 24's own recursive watching on Linux watches every file by its
 * inode and no longer sees a file once it was replaced by a rename, which is how every durable write ends.
 */
const watchFolders = (root: string, seen: Seen, failed: (error: unknown) => void): (() => void) => {
  const watchers = new Map<string, FSWatcher>()
  let isStopped = false
  const isWanted = (path: string): boolean => path === '' || path === '.git' || !path.split('/').some(isHidden)

  const close = (path: string): void => {
    for (const [folder, watcher] of watchers)
      if (folder === path || folder.startsWith(`${path}/`)) {
        watcher.close()
        watchers.delete(folder)
      }
  }

  const add = async (path: string): Promise<void> => {
    if (isStopped || watchers.has(path) || !isWanted(path) || watchers.size >= mostFolders) return
    const below = (name: string): string => (path === '' ? name : `${path}/${name}`)
    try {
      const watcher = watch(join(root, path), (kind, name) => {
        if (name === null) return
        seen(below(name))
        // A name came or went; if it is a folder now, look into it too.
        if (kind === 'rename') enter(below(name), seen).catch(failed)
      })
      watcher.unref()
      watcher.on('error', () => close(path))
      watchers.set(path, watcher)
    } catch (error) {
      failed(error)
      return
    }
    if (path === '.git') return
    for (const entry of await readdir(join(root, path), { withFileTypes: true }).catch(() => []))
      if (entry.isDirectory()) await add(below(entry.name))
  }

  const enter = async (path: string, tell: Seen): Promise<void> => {
    if (!isWanted(path)) return
    const inside = await readdir(join(root, path)).catch(() => null)
    if (inside === null) {
      close(path)
      return
    }
    // What was put into a new folder before it was watched.
    for (const name of inside) tell(`${path}/${name}`)
    await add(path)
  }

  add('').catch(failed)
  return () => {
    isStopped = true
    for (const watcher of watchers.values()) watcher.close()
  }
}

const watchRecursively = (root: string, seen: Seen, failed: (error: unknown) => void): (() => void) => {
  const watcher = watch(root, { recursive: true }, (_, name) => seen((name ?? '').split(sep).join('/')))
  watcher.unref()
  watcher.on('error', (error) => {
    failed(error)
    watcher.close()
  })
  return () => watcher.close()
}

export const watchFolder = (options: {
  root: string
  log: Logger
  onChange(paths: ReadonlySet<string>): void
  /** `.git/HEAD` changed. */
  onBranch(): void
}): FolderWatcher => {
  let stopWatching: (() => void) | null = null
  let isStopped = false
  let timer: NodeJS.Timeout | null = null
  let changed = new Set<string>()
  let isBranchChanged = false

  const flush = (): void => {
    timer = null
    const paths = changed
    changed = new Set()
    if (paths.size > 0) options.onChange(paths.size > mostPaths ? new Set(['']) : paths)
    if (isBranchChanged) options.onBranch()
    isBranchChanged = false
  }
  const schedule = (): void => {
    if (isStopped) return
    timer ??= setTimeout(flush, quietMs)
    timer.unref()
  }
  const seen: Seen = (path) => {
    if (path === '.git/HEAD') isBranchChanged = true
    else if (path.split('/').some(isHidden)) return
    else changed.add(path)
    schedule()
  }
  const failed = (error: unknown): void =>
    options.log.warn('Changes of files made elsewhere are not noticed here.', error)

  return {
    start() {
      if (stopWatching || isStopped) return
      try {
        const begin = process.platform === 'linux' ? watchFolders : watchRecursively
        stopWatching = begin(options.root, seen, failed)
      } catch (error) {
        failed(error)
      }
    },
    note(...paths) {
      for (const path of paths) changed.add(path)
      schedule()
    },
    stop() {
      isStopped = true
      if (timer) clearTimeout(timer)
      stopWatching?.()
    },
  }
}
