import { randomUUID } from 'node:crypto'
import { StudioError, toStudioError } from '@shared/errors'
import type { Job, JobKind } from '@shared/jobs/job'
import type { jobsContract } from '@shared/rpc/jobs'
import type { Emit, Service } from '../context'

/** What the work of a job may do: tell how far it is, write lines, notice a cancel. */
export interface JobHandle {
  readonly id: string
  readonly signal: AbortSignal
  /** `fraction` 0…1, or null while unknown. */
  progress(fraction: number | null, message?: string): void
  log(line: string): void
}

export interface JobRunner {
  /** Start work in the background; the job is there at once and its end arrives as an event. */
  start(
    options: { kind: JobKind; title: string; id?: string },
    work: (job: JobHandle) => Promise<Record<string, unknown> | undefined>,
  ): Job
  /** The same, and wait: resolves with the finished job's result, rejects with its error. */
  finished(id: string): Promise<Record<string, unknown>>
}

export type JobsService = Service<typeof jobsContract> & JobRunner

/** Finished jobs kept in the list; older ones are forgotten. */
const keptJobs = 200
const keptLines = 20_000
/** At most this often, so that a busy job does not flood the window. */
const progressIntervalMs = 50

interface Entry {
  job: Job
  readonly controller: AbortController
  readonly lines: string[]
  dropped: number
  readonly end: Promise<Record<string, unknown>>
  lastEmit: number
  later: NodeJS.Timeout | undefined
}

export const createJobsService = (emit: Emit<typeof jobsContract>): JobsService => {
  const entries = new Map<string, Entry>()

  const update = (entry: Entry, change: Partial<Job>): void => {
    const stateChanged = change.state !== undefined && change.state !== entry.job.state
    entry.job = { ...entry.job, ...change }
    const wait = stateChanged ? 0 : entry.lastEmit + progressIntervalMs - Date.now()
    if (wait > 0) {
      // The last word of a burst is told too, only later.
      entry.later ??= setTimeout(() => tell(entry), wait)
      entry.later.unref()
      return
    }
    tell(entry)
  }

  const tell = (entry: Entry): void => {
    clearTimeout(entry.later)
    entry.later = undefined
    entry.lastEmit = Date.now()
    emit('changed', entry.job)
  }

  const forgetOldest = (): void => {
    for (const [id, entry] of entries) {
      if (entries.size <= keptJobs) return
      if (entry.job.endedAt !== null) entries.delete(id)
    }
  }

  const find = (id: string): Entry => {
    const entry = entries.get(id)
    if (!entry)
      throw new StudioError('not_found', `There is no job ${id}.`, { hint: 'It may be from an earlier session.' })
    return entry
  }

  const start: JobRunner['start'] = ({ kind, title, id = randomUUID() }, work) => {
    const controller = new AbortController()
    const startedAt = Date.now()
    const job: Job = {
      id,
      kind,
      title,
      state: 'running',
      progress: null,
      message: '',
      startedAt,
      endedAt: null,
      remainingMs: null,
      canCancel: true,
      error: null,
      result: null,
    }
    const handle: JobHandle = {
      id,
      signal: controller.signal,
      progress(fraction, message) {
        // What was still on its way when the job ended must not bring it back.
        if (entry.job.endedAt !== null) return
        const elapsed = Date.now() - startedAt
        const remainingMs = fraction !== null && fraction > 0.02 ? (elapsed / fraction) * (1 - fraction) : null
        update(entry, { progress: fraction, remainingMs, ...(message === undefined ? {} : { message }) })
      },
      log(line) {
        entry.lines.push(line)
        if (entry.lines.length > keptLines) {
          entry.lines.shift()
          entry.dropped += 1
        }
      },
    }
    const run = async (): Promise<Record<string, unknown>> => {
      try {
        const result = (await work(handle)) ?? {}
        update(entry, {
          state: 'succeeded',
          progress: 1,
          endedAt: Date.now(),
          remainingMs: null,
          canCancel: false,
          result,
        })
        return result
      } catch (thrown) {
        const error = controller.signal.aborted ? new StudioError('cancelled', 'Cancelled.') : toStudioError(thrown)
        handle.log(error.detail ? `${error.message}\n${error.detail}` : error.message)
        update(entry, {
          state: error.code === 'cancelled' ? 'cancelled' : 'failed',
          endedAt: Date.now(),
          remainingMs: null,
          canCancel: false,
          message: error.message,
          error: { code: error.code, message: error.message, hint: error.hint },
        })
        throw error
      }
    }
    let begin = (): void => {}
    const gate = new Promise<void>((resolve) => {
      begin = resolve
    })
    const entry: Entry = { job, controller, lines: [], dropped: 0, lastEmit: 0, later: undefined, end: gate.then(run) }
    // A job nobody waits for still ends in its own state; the rejection is for those who ask.
    entry.end.catch(() => {})
    entries.set(id, entry)
    forgetOldest()
    emit('changed', job)
    begin()
    return job
  }

  return {
    start,
    finished: (id) => find(id).end,
    handlers: {
      list: async () => [...entries.values()].map((entry) => entry.job).reverse(),
      get: async ({ id }) => find(id).job,
      cancel: async ({ id }) => {
        const entry = find(id)
        if (entry.job.endedAt === null) {
          update(entry, { message: 'Stopping…' })
          entry.controller.abort()
        }
        return {}
      },
      log: async ({ id, from }) => {
        const { lines, dropped } = find(id)
        return { lines: lines.slice(Math.max(0, from - dropped)), next: dropped + lines.length }
      },
    },
    async dispose() {
      for (const entry of entries.values()) entry.controller.abort()
      await Promise.allSettled([...entries.values()].map((entry) => entry.end))
    },
  }
}
