import { toStudioError } from '@shared/errors'
import { create } from 'zustand'

export interface Notice {
  readonly id: number
  readonly kind: 'error' | 'info'
  /** What happened, in one sentence. */
  readonly title: string
  /** Why, where it is known. */
  readonly detail?: string
  /** What to do about it. */
  readonly hint?: string
  /** Stays until it is dismissed, as errors do: there is something to read. */
  readonly isKept?: boolean
  readonly action?: { readonly label: string; readonly run: () => void }
}

interface Notices {
  readonly shown: readonly Notice[]
  /** Everything said in this session, newest last; read by Output. */
  readonly history: readonly (Notice & { readonly at: number })[]
}

export const useNotices = create<Notices>(() => ({ shown: [], history: [] }))

const keptHistory = 500
const shownAtOnce = 4
const infoStaysMs = 6_000
let nextId = 1

export const dismissNotice = (id: number): void =>
  useNotices.setState(({ shown }) => ({ shown: shown.filter((notice) => notice.id !== id) }))

/** Tell something in a toast. Errors stay until dismissed. */
export const notify = (notice: Omit<Notice, 'id'>): void => {
  const full = { ...notice, id: nextId++ }
  useNotices.setState(({ shown, history }) => ({
    shown: [...shown.filter((other) => other.title !== full.title), full].slice(-shownAtOnce),
    history: [...history, { ...full, at: Date.now() }].slice(-keptHistory),
  }))
  if (full.kind === 'info' && !full.isKept) setTimeout(() => dismissNotice(full.id), infoStaysMs)
}

/** Tell a failure; a cancel is none. */
export const notifyError = (thrown: unknown): void => {
  const error = toStudioError(thrown)
  if (error.code === 'cancelled') return
  const place = error.place?.file ? `${error.place.file}${error.place.line ? `:${error.place.line}` : ''}` : undefined
  notify({ kind: 'error', title: error.message, detail: place, hint: error.hint })
}

/** Run something from an event handler; its failure becomes a notice. */
export const attempt = (work: () => Promise<unknown>): void => {
  work().catch(notifyError)
}
