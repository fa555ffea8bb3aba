import { type FSWatcher, watch } from 'node:fs'
import { sep } from 'node:path'
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

export const watchFolder = (options: {
  root: string
  log: Logger
  onChange(paths: ReadonlySet<string>): void
  /** `.git/HEAD` changed. */
  onBranch(): void
}): FolderWatcher => {
  let watcher: FSWatcher | null = null
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
  const seen = (name: string): void => {
    const path = name.split(sep).join('/')
    if (path === '.git/HEAD') isBranchChanged = true
    else if (path.split('/').some(isHidden)) return
    else changed.add(path)
    schedule()
  }

  return {
    start() {
      if (watcher || isStopped) return
      try {
        watcher = watch(options.root, { recursive: true }, (_, name) => seen(name ?? ''))
        watcher.unref()
        watcher.on('error', (error) => {
          options.log.warn('Changes of files are no longer noticed.', error)
          watcher?.close()
        })
      } catch (error) {
        options.log.warn('Changes of files made elsewhere are not noticed here.', error)
      }
    },
    note(...paths) {
      for (const path of paths) changed.add(path)
      schedule()
    },
    stop() {
      isStopped = true
      if (timer) clearTimeout(timer)
      watcher?.close()
    },
  }
}
