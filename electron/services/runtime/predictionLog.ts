import { randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Rows } from '@shared/rpc/runtime'
import { type Cell, rowCount, type SignatureInput } from '@shared/runtime/tensors'
import { quoteText } from '@shared/sql/quote'
import type { Signature } from '@shared/training/run'
import type { ServiceContext } from '../context'
import type { QueryEngine } from './dependencies'

export interface LoggedBatch {
  readonly engine: Engine
  readonly rows: Rows
  readonly outputs: Readonly<Record<string, readonly Cell[]>>
  readonly elapsedMs: number
}

/**
 * Predictions kept for health: `.proml/serving/<reference>/<uuid>.parquet`. Single answers are appended to `pending.ndjson` (synced
 * before the call returns) and turned into Parquet a little later; a crash between loses and doubles nothing, because a sealed part
 * and its Parquet file carry one name.
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

const columnTypes: Readonly<Record<SignatureInput['tensor'], string>> = {
  float32: 'DOUBLE',
  int64: 'BIGINT',
  bool: 'BOOLEAN',
  string: 'VARCHAR',
}

/** Columns of the log besides the inputs, in order. */
const ownColumns: Readonly<Record<string, string>> = {
  __output: 'DOUBLE',
  __time: 'TIMESTAMP',
  __key: 'VARCHAR',
  __logged_at: 'TIMESTAMP',
  __engine: 'VARCHAR',
  __batch_ms: 'DOUBLE',
  __batch_rows: 'BIGINT',
}

export const logColumns = (signature: Signature): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(signature.inputs.map((input) => [input.name, columnTypes[input.tensor]])),
  ...ownColumns,
})

/** `.proml/serving` folder of a reference; a reference is checked before it comes here. */
export const servingFolderName = (reference: string): string => reference.replace(':', '-')

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const linesOf = (signature: Signature, batch: LoggedBatch): string => {
  const count = rowCount(batch.rows)
  const output = batch.outputs[signature.outputs[0]?.name ?? ''] ?? []
  const loggedAt = new Date().toISOString().replace('Z', '')
  let text = ''
  for (let row = 0; row < count; row += 1) {
    const value = output[row]
    const line: Record<string, Cell> = {}
    for (const input of signature.inputs) line[input.name] = batch.rows[input.name]?.[row] ?? null
    line.__output = typeof value === 'string' || value === undefined || value === null ? null : Number(value)
    line.__logged_at = loggedAt
    line.__engine = batch.engine
    line.__batch_ms = batch.elapsedMs
    line.__batch_rows = count
    text += `${JSON.stringify(line)}\n`
  }
  return text
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

  /** One writer a model at a time. */
  const inTurn = <T>(reference: string, work: () => Promise<T>): Promise<T> => {
    const result = (turns.get(reference) ?? Promise.resolve()).then(work)
    turns.set(
      reference,
      result.catch(() => {}),
    )
    return result
  }

  const seal = async (reference: string): Promise<void> => {
    const pending = join(folder(reference), pendingName)
    if (await exists(pending)) await rename(pending, join(folder(reference), `${randomUUID()}.ndjson`))
    pendingRows.set(reference, 0)
  }

  const compact = async (reference: string): Promise<void> => {
    const place = folder(reference)
    await seal(reference)
    const names = await readdir(place).catch(() => [])
    const sealed = names.filter((name) => name.endsWith('.ndjson') && name !== pendingName)
    if (sealed.length === 0) return
    const columns = Object.entries(logColumns(await signatureOf(reference)))
      .map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`)
      .join(', ')
    for (const name of sealed) {
      const source = join(place, name)
      const target = source.replace(/\.ndjson$/, '.parquet')
      // A line that a crash cut off was never acknowledged; DuckDB reads it as a row of nulls.
      if (!(await exists(target)))
        await engine.copy(
          `select * from read_json(${quoteText(source)}, format = 'newline_delimited', ignore_errors = true, columns = {${columns}}) where __logged_at is not null`,
          target,
          'parquet',
        )
      await rm(source, { force: true })
    }
  }

  const flush = (reference: string): Promise<void> => {
    const timer = timers.get(reference)
    clearTimeout(timer)
    timers.delete(reference)
    return inTurn(reference, () => compact(reference))
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
      await inTurn(reference, async () => {
        const place = folder(reference)
        await mkdir(place, { recursive: true })
        // A line that an earlier crash cut off must not swallow the next one.
        if (!pendingRows.has(reference)) await seal(reference)
        const handle = await open(join(place, pendingName), 'a')
        try {
          await handle.writeFile(linesOf(signature, batch))
          await handle.datasync()
        } finally {
          await handle.close()
        }
      })
      const waiting = (pendingRows.get(reference) ?? 0) + count
      pendingRows.set(reference, waiting)
      if (waiting >= flushAtRows) await flush(reference)
      else flushSoon(reference)
    },
    appendQuery: (reference, sql, signal) =>
      inTurn(reference, async () => {
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
