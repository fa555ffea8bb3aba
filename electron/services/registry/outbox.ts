import { randomUUID } from 'node:crypto'
import { StudioError, toStudioError } from '@shared/errors'
import type { Transfer } from '@shared/registry/registry'
import { inTransaction, type OwnDatabase } from '../workspace/ownDatabase'
import { RegistryError } from './remote'
import { isProcessAlive } from './store/blobs'
import { readTransfer } from './transfers'

export interface NewTransfer {
  readonly remote: string
  readonly repository: string
  readonly tag: string
  readonly digest: string
  readonly bytesTotal: number
}

export interface OutboxOptions {
  readonly database: OwnDatabase
  /** Carry one transfer to its end; may be repeated. */
  readonly carry: (
    transfer: Transfer,
    report: (progress: { bytesSent: number; bytesSkipped: number }) => void,
    signal: AbortSignal,
  ) => Promise<void>
  readonly onChange: (transfer: Transfer) => void
  readonly onError: (message: string, error: unknown) => void
  readonly backoff?: { readonly baseMs: number; readonly capMs: number }
  readonly random?: () => number
}

export interface Outbox {
  /** Inside the caller's transaction; call `wake` after it. Returns the entry's id. */
  insert(transfer: NewTransfer): string
  wake(): void
  list(): Transfer[]
  get(id: string): Transfer
  retry(id: string): Transfer
  cancel(id: string): Transfer
  /** What waits for this registry is tried now: it has been seen to answer. */
  encourage(remote: string): void
  /** Nothing that is not finished runs until a person says so. */
  blockUnfinished(reason: string, hint: string): void
  close(): Promise<void>
}

const concurrency = 2
const pollMs = 5_000
const reportMs = 200

/** Runners of this process that are at work; a runner of this process that is not among them is a leftover. */
const liveRunners = new Set<string>()

/** AWS Architecture Blog, “Exponential Backoff And Jitter”: full jitter. */
export const backoffMs = (
  attempts: number,
  random: number,
  { baseMs, capMs }: { readonly baseMs: number; readonly capMs: number },
): number => Math.round(random * Math.min(capMs, baseMs * 2 ** Math.min(attempts, 30)))

const finished = new Set<Transfer['state']>(['done', 'cancelled'])

export const createOutbox = (options: OutboxOptions): Outbox => {
  const { database, onChange } = options
  const backoff = options.backoff ?? { baseMs: 1_000, capMs: 300_000 }
  const random = options.random ?? Math.random
  const runner = `${process.pid}:${randomUUID()}`
  const active = new Map<string, { controller: AbortController; end: Promise<void>; target: string }>()
  let timer: NodeJS.Timeout | null = null
  let isClosed = false
  liveRunners.add(runner)

  const rows = (where: string, ...parameters: (string | number)[]): Transfer[] =>
    database
      .prepare(`SELECT * FROM outbox WHERE ${where}`)
      .all(...parameters)
      .map(readTransfer)

  const get = (id: string): Transfer => {
    const [found] = rows('id = ?', id)
    if (found === undefined)
      throw new StudioError('not_found', 'There is no such transfer.', { hint: 'Look at the list of transfers.' })
    return found
  }

  /** Only from one of `from`, so that a cancel that came meanwhile stands. */
  const move = (
    id: string,
    from: readonly Transfer['state'][],
    to: Transfer['state'],
    more: { reason?: string | null; hint?: string | null; nextAttemptAt?: number | null; attempts?: number } = {},
  ): boolean => {
    const marks = from.map(() => '?').join(', ')
    const { changes } = database
      .prepare(
        `UPDATE outbox SET state = ?, reason = ?, hint = ?, next_attempt_at = ?, attempts = attempts + ?, updated_at = ?, runner = ?
         WHERE id = ? AND state IN (${marks})`,
      )
      .run(
        to,
        more.reason ?? null,
        more.hint ?? null,
        more.nextAttemptAt ?? null,
        more.attempts ?? 0,
        Date.now(),
        to === 'running' ? runner : null,
        id,
        ...from,
      )
    if (Number(changes) === 0) return false
    onChange(get(id))
    return true
  }

  const isDead = (owner: string): boolean => {
    if (owner === runner) return true
    const processId = Number(owner.split(':')[0])
    return processId === process.pid ? !liveRunners.has(owner) : !isProcessAlive(processId)
  }

  /** What a killed process was carrying is queued again: every step may be repeated. */
  const recover = (): void => {
    const running = database.prepare(`SELECT id, runner FROM outbox WHERE state = 'running'`).all()
    for (const row of running) {
      const id = String(row.id)
      if (!active.has(id) && isDead(String(row.runner ?? '0:none'))) move(id, ['running'], 'queued')
    }
  }

  const settle = (id: string, error: unknown, attempts: number): void => {
    const failure = toStudioError(error)
    if (failure.code === 'registry_unreachable') {
      const asked = failure instanceof RegistryError ? (failure.retryAfterMs ?? 0) : 0
      const waitMs = Math.max(asked, backoffMs(attempts, random(), backoff))
      move(id, ['running'], 'waiting', {
        reason: failure.message,
        hint: failure.hint,
        nextAttemptAt: Date.now() + waitMs,
      })
      return
    }
    if (failure.code === 'cancelled') move(id, ['running'], 'queued')
    else {
      options.onError(`Transfer ${id} is blocked: ${failure.message}`, failure.detail)
      move(id, ['running'], 'blocked', { reason: failure.message, hint: failure.hint ?? 'Retry it.' })
    }
  }

  const carry = async (transfer: Transfer, controller: AbortController): Promise<void> => {
    const { id } = transfer
    let last = 0
    let latest = { bytesSent: 0, bytesSkipped: 0 }
    const save = (): void => {
      last = Date.now()
      const { changes } = database
        .prepare(`UPDATE outbox SET bytes_sent = ?, bytes_skipped = ?, updated_at = ? WHERE id = ? AND runner = ?`)
        .run(latest.bytesSent, latest.bytesSkipped, last, id, runner)
      // Another process withdrew it.
      if (Number(changes) === 0) controller.abort()
      else onChange(get(id))
    }
    try {
      await options.carry(
        transfer,
        (progress) => {
          latest = progress
          if (Date.now() - last >= reportMs) save()
        },
        controller.signal,
      )
      save()
      move(id, ['running'], 'done')
    } catch (error) {
      settle(id, error, transfer.attempts)
    }
  }

  const begin = (transfer: Transfer): void => {
    const isTaken = inTransaction(database, () => {
      const { changes } = database
        .prepare(`UPDATE outbox SET bytes_sent = 0, bytes_skipped = 0 WHERE id = ? AND state IN ('queued', 'waiting')`)
        .run(transfer.id)
      return Number(changes) === 1
    })
    if (!isTaken || !move(transfer.id, ['queued', 'waiting'], 'running', { attempts: 1 })) return
    const controller = new AbortController()
    const end = carry(get(transfer.id), controller)
      .catch((error: unknown) => options.onError('The outbox stumbled.', error))
      .finally(() => {
        active.delete(transfer.id)
        wake()
      })
    active.set(transfer.id, { controller, end, target: targetOf(transfer) })
  }

  const targetOf = (transfer: Transfer): string => `${transfer.remote}\n${transfer.repository}\n${transfer.tag}`

  const step = (): void => {
    if (isClosed) return
    recover()
    const now = Date.now()
    const due = rows(`state = 'queued' OR (state = 'waiting' AND next_attempt_at <= ?) ORDER BY sequence`, now)
    for (const transfer of due) {
      if (active.size >= concurrency) break
      // Two pushes to one tag never overlap; the later one waits for the withdrawn one to let go.
      const isBusy = [...active.values()].some((one) => one.target === targetOf(transfer))
      if (!isBusy && !active.has(transfer.id)) begin(transfer)
    }
    const [next] = rows(`state = 'waiting' ORDER BY next_attempt_at LIMIT 1`)
    const waitMs =
      next?.nextAttemptAt == null ? pollMs : Math.min(pollMs, Math.max(10, next.nextAttemptAt - Date.now()))
    schedule(waitMs)
  }

  const schedule = (delayMs: number): void => {
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => {
      timer = null
      try {
        step()
      } catch (error) {
        options.onError('The outbox stumbled.', error)
        if (!isClosed) schedule(pollMs)
      }
    }, delayMs)
    // Waiting alone keeps no program alive: `proml push --wait` waits for its transfer itself.
    timer.unref()
  }

  const wake = (): void => {
    if (!isClosed) schedule(0)
  }

  return {
    wake,
    get,
    list: () => rows('1 = 1 ORDER BY sequence DESC LIMIT 1000'),

    insert({ remote, repository, tag, digest, bytesTotal }) {
      const now = Date.now()
      const rivals = rows(
        `remote = ? AND repository = ? AND tag = ? AND state NOT IN ('done', 'cancelled')`,
        remote,
        repository,
        tag,
      )
      for (const rival of rivals) {
        if (rival.digest === digest) {
          // The same wish again: no second entry, but no further waiting either.
          move(rival.id, ['waiting', 'blocked'], 'queued')
          return rival.id
        }
        move(rival.id, ['queued', 'running', 'waiting', 'blocked'], 'cancelled', {
          reason: 'A later push to the same tag replaced it.',
        })
        active.get(rival.id)?.controller.abort()
      }
      const id = randomUUID()
      database
        .prepare(
          `INSERT INTO outbox (id, remote, repository, tag, digest, state, bytes_total, created_at, updated_at)
           VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?)`,
        )
        .run(id, remote, repository, tag, digest, bytesTotal, now, now)
      onChange(get(id))
      return id
    },

    retry(id) {
      const transfer = get(id)
      if (!move(id, ['waiting', 'blocked'], 'queued') && finished.has(transfer.state))
        throw new StudioError('invalid_input', `This transfer is ${transfer.state}.`, {
          hint: 'Push the bundle again.',
        })
      wake()
      return get(id)
    },

    cancel(id) {
      const transfer = get(id)
      if (!move(id, ['queued', 'running', 'waiting', 'blocked'], 'cancelled') && transfer.state === 'done')
        throw new StudioError('invalid_input', 'This transfer has arrived already.', {
          hint: 'Remove the tag in the registry itself.',
        })
      active.get(id)?.controller.abort()
      return get(id)
    },

    encourage(remote) {
      for (const { id } of rows(`remote = ? AND state = 'waiting'`, remote)) move(id, ['waiting'], 'queued')
      wake()
    },

    blockUnfinished(reason, hint) {
      for (const { id } of rows(`state IN ('queued', 'running', 'waiting')`))
        move(id, ['queued', 'running', 'waiting'], 'blocked', { reason, hint })
    },

    async close() {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
      for (const { controller } of active.values()) controller.abort()
      await Promise.allSettled([...active.values()].map((one) => one.end))
      liveRunners.delete(runner)
    },
  }
}
