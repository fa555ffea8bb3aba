import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import type { Logger } from '../context'
import { tryProcessLock } from './processLock'
import { openWorkspaceRoot, type Workspace } from './root'

/** A folder with the place for the studio’s own files in it. */
export interface OpenedFolder {
  readonly workspace: Workspace
  /** After everything that writes there has ended. */
  close(): void
}

const passing = /^\.proml-[0-9a-f-]{36}$/
/** Who has just made one has not locked it yet. */
const youngMs = 60_000

const make = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    throw new StudioError('permission_denied', 'The studio cannot write into this folder.', {
      hint: 'It keeps its own files in `.proml` there, and needs a place while it reads: check the folder’s permissions, or open a copy of it.',
      cause: error,
    })
  }
}

/** What was left by one that was killed while it read. */
const sweep = (root: string, log: Logger): void => {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory() || !passing.test(entry.name)) continue
    const path = join(root, entry.name)
    try {
      if (Date.now() - statSync(path).mtimeMs < youngMs) continue
      const release = tryProcessLock(join(path, 'lock'))
      if (!release) continue
      release()
      rmSync(path, { recursive: true, force: true })
      log.info('Removed what a command left that ended while it read.', path)
    } catch (error) {
      log.warn('What a command left that ended while it read could not be removed.', error)
    }
  }
}

/** A place that goes with whoever reads, beside those of others who read at the same time. */
const passingFolder = (root: string, log: Logger): OpenedFolder => {
  const name = `.proml-${randomUUID()}`
  const path = join(root, name)
  make(path)
  const release = tryProcessLock(join(path, 'lock'))
  // Nothing that version control should tell of meanwhile.
  writeFileSync(join(path, '.gitignore'), '*\n')
  const close = (): void => {
    process.off('exit', close)
    release?.()
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    } catch (error) {
      log.warn('What was needed while a folder was read could not be removed.', error)
    }
  }
  // A process that ends because nobody reads its output ends at once.
  process.once('exit', close)
  return { workspace: openWorkspaceRoot(root, name), close }
}

/**
 * Opens a folder. Where it is only read, and has no `.proml` of its own, nothing stays in it: copies and what does not
 * fit into memory then lie in a folder inside it (nothing else may be written) that goes at the end.
 */
export const openFolder = (folder: string, log: Logger, isOnlyRead = false): OpenedFolder => {
  const workspace = openWorkspaceRoot(folder)
  const kept = workspace.internal()
  sweep(workspace.root, log)
  if (isOnlyRead && !existsSync(kept)) return passingFolder(workspace.root, log)
  make(kept)
  return { workspace, close: () => {} }
}
