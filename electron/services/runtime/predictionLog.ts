import { randomUUID } from 'node:crypto'
import { access, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { rowCount } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import type { ServiceContext } from '../context'
import { syncFolder } from '../workspace/durable'
import { withProcessLock } from '../workspace/processLock'
import type { QueryEngine } from './dependencies'
import { type LoggedBatch, linesOf, sealedSql } from './loggedRows'

/**
 * Predictions kept for health: `.proml/serving/<reference>/<uuid>.parquet`. Single answers are appended to `pending.ndjson` (synced
 * before the call returns) and turned into Parquet a little later; a crash between loses and doubles nothing, because a sealed part
 * and its Parquet file carry one name. Any number of processes may do so for one folder: one lock guards the pending file, another
 * the sealed ones, and the system lets go of both for whoever is killed.
 */
export interface PredictionLog {
  folder(reference: string): string
  append(reference: string, signature: Signature, batch: LoggedBatch): Promise<void>
  /** Rows of a query that already has the log’s columns. */
  appendQuery(reference: string, sql: string, signal: AbortSignal): Promise<void>
  /** Everything appended so far as Parquet. */
  flush(reference: string): Promise<void>
  dispose(): Promise<void>
}

const pendingName = 'pending.ndjson'
/** What is pending is already safe; whoever looks flushes first. Fewer, larger files otherwise. */
const flushAfterMs = 30_000
const flushAtRows = 5_000
/** An append takes milliseconds; a process that was suspended in one must not hold up the others’ answers for ever. */
const patienceMs = { pending: 20_000, sealed: 120_000 } as const

/** `.proml/serving` folder of a reference; a reference is checked before it comes here. */
export const servingFolderName = (reference: string): string => reference.replace(':', '-')

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Adds whole lines, synced; what does not fit is taken back, so that trying again doubles nothing. */
const appendDurably = async (handle: FileHandle, text: string): Promise<void> => {
  const { size } = await handle.stat()
  try {
    await handle.writeFile(text)
    await handle.datasync()
  } catch (error) {
    await handle.truncate(size).catch(() => {})
    throw error
  }
}

/** Whether the last call wrote its last line to the end: one that was killed must not swallow the next one’s first. */
const endsWhole = async (path: string): Promise<boolean> => {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    if (size === 0) return true
    const last = Buffer.alloc(1)
    await handle.read(last, 0, 1, size - 1)
    return last[0] === 0x0a
  } finally {
    await handle.close()
  }
}

export const createPredictionLog = (
  { workspace, log }: Pick<ServiceContext, 'workspace' | 'log'>,
  engine: QueryEngine,
  signatureOf: (reference: string) => Promise<Signature>,
): PredictionLog => {
  const turns = new Map<string, Promise<unknown>>()
  const timers = new Map<string, NodeJS.Timeout>()
  const pendingRows = new Map<string, number>()
  const folder = (reference: string): string => workspace.internal('serving', servingFolderName(reference))

  /** In order, and one of a kind at a time for a model. */
  const inTurn = <T>(reference: string, kind: 'append' | 'compact' | 'query', work: () => Promise<T>): Promise<T> => {
    const key = `${kind} ${reference}`
    const result = (turns.get(key) ?? Promise.resolve()).then(work)
    turns.set(
      key,
      result.catch(() => {}),
    )
    return result
  }

  const locked = <T>(reference: string, what: 'pending' | 'sealed', work: () => Promise<T>): Promise<T> =>
    withProcessLock(workspace.internal('locks', `${servingFolderName(reference)}.${what}`), work, {
      patienceMs: patienceMs[what],
    })

  /** With the lock on what is pending. */
  const seal = async (reference: string): Promise<void> => {
    const pending = join(folder(reference), pendingName)
    if (await exists(pending)) await rename(pending, join(folder(reference), `${randomUUID()}.ndjson`))
  }

  const compactSealed = async (reference: string): Promise<void> => {
    const place = folder(reference)
    const names = await readdir(place).catch(() => [])
    const sealed = names.filter((name) => name.endsWith('.ndjson') && name !== pendingName)
    if (sealed.length === 0) return
    const signature = await signatureOf(reference)
    for (const name of sealed) {
      const source = join(place, name)
      const target = source.replace(/\.ndjson$/, '.parquet')
      if (!(await exists(target))) await engine.copy(sealedSql(source, signature), target, 'parquet')
      await rm(source, { force: true })
    }
  }

  const compact = async (reference: string): Promise<void> => {
    if (!(await exists(folder(reference)))) return
    await locked(reference, 'pending', () => seal(reference))
    pendingRows.set(reference, 0)
    await locked(reference, 'sealed', () => compactSealed(reference))
  }

  const appendLines = async (reference: string, text: string): Promise<void> => {
    const place = folder(reference)
    const pending = join(place, pendingName)
    await mkdir(place, { recursive: true })
    await locked(reference, 'pending', async () => {
      const isThere = await exists(pending)
      const isWhole = !isThere || (await endsWhole(pending))
      if (!isWhole) await seal(reference)
      const handle = await open(pending, 'a')
      try {
        await appendDurably(handle, text)
      } finally {
        await handle.close()
      }
      if (!isThere || !isWhole) await syncFolder(place)
    })
  }

  const flush = (reference: string): Promise<void> => {
    const timer = timers.get(reference)
    clearTimeout(timer)
    timers.delete(reference)
    return inTurn(reference, 'compact', () => compact(reference))
  }

  const flushSoon = (reference: string): void => {
    clearTimeout(timers.get(reference))
    const timer = setTimeout(
      () => flush(reference).catch((error: unknown) => log.warn('Predictions wait to be compacted.', error)),
      flushAfterMs,
    )
    timer.unref()
    timers.set(reference, timer)
  }

  return {
    folder,
    flush,
    append: async (reference, signature, batch) => {
      const count = rowCount(batch.rows)
      await inTurn(reference, 'append', () => appendLines(reference, linesOf(signature, batch)))
      const waiting = (pendingRows.get(reference) ?? 0) + count
      pendingRows.set(reference, waiting)
      if (waiting >= flushAtRows) await flush(reference)
      else flushSoon(reference)
    },
    appendQuery: (reference, sql, signal) =>
      inTurn(reference, 'query', async () => {
        const place = folder(reference)
        await mkdir(place, { recursive: true })
        await engine.copy(sql, join(place, `${randomUUID()}.parquet`), 'parquet', { signal })
      }),
    async dispose() {
      for (const timer of timers.values()) clearTimeout(timer)
      // What is pending stays on disk and is compacted when somebody looks.
      await Promise.allSettled(turns.values())
    },
  }
}
