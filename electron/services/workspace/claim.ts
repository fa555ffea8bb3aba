import type { Logger } from '../context'
import { tryProcessLock } from './processLock'
import type { Workspace } from './root'

/** Which of the studios that have a folder open had it first: it holds the lock, the others say so. */
export interface Claim {
  /** Another studio’s window has this folder open. */
  isHeldElsewhere(): boolean
  release(): void
}

const retryMs = 2_000

/** Takes the folder’s lock, or asks again until its holder lets go; `onGained` is called where that took waiting. */
export const claimWorkspace = (workspace: Workspace, log: Logger, onGained: () => void): Claim => {
  let release: (() => void) | null = null
  let isHeldElsewhere = false
  let timer: NodeJS.Timeout | undefined

  const take = (): void => {
    try {
      release = tryProcessLock(workspace.internal('lock'))
      isHeldElsewhere = release === null
    } catch (error) {
      // A drive that knows no locks: nothing is known of others then.
      log.warn('The folder cannot be locked; another studio that has it open would not be noticed.', error)
      isHeldElsewhere = false
    }
  }

  const retry = (): void => {
    take()
    if (isHeldElsewhere) wait()
    else onGained()
  }

  const wait = (): void => {
    timer = setTimeout(retry, retryMs)
    timer.unref()
  }

  take()
  if (isHeldElsewhere) wait()
  return {
    isHeldElsewhere: () => isHeldElsewhere,
    release() {
      clearTimeout(timer)
      release?.()
      release = null
    },
  }
}

/** For commands, which come and go beside a window. */
export const noClaim: Claim = { isHeldElsewhere: () => false, release: () => {} }
