import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { StudioError } from '@shared/errors'
import { quoteText } from '@shared/sql/quote'
import type { Logger } from '../context'
import { digestOfFile, publishFile, temporaryBeside } from '../workspace/durable'
import type { EngineAnswer, EngineRequest, EngineResult, EngineSettings, EngineWork, SqlValue } from './engineMessages'

export type EngineState = 'idle' | 'busy' | 'starting' | 'stopped'

export interface QueryOptions {
  readonly signal?: AbortSignal
  /** 0…1, as DuckDB estimates it; not every statement tells. */
  readonly onProgress?: (fraction: number) => void
}

export interface CopyOptions extends QueryOptions {
  readonly parameters?: readonly unknown[]
}

/**
 * DuckDB in a process of its own, started when first needed and again after it died. Paths in SQL are absolute; only
 * the workspace can be read or written. Statements run side by side, each on its own connection.
 * Failures: `engine_failed` (with DuckDB’s own words as detail), `cancelled`.
 */
export interface DataEngine {
  rows(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Promise<Record<string, unknown>[]>
  /** One Arrow IPC stream. */
  arrow(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Promise<Uint8Array<ArrayBuffer>>
  run(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Promise<{ rowsChanged: number }>
  /** The rows of a query as a file that is there whole or not at all. */
  copy(
    sql: string,
    absolutePath: string,
    format: 'parquet' | 'csv',
    options?: CopyOptions,
  ): Promise<{ rows: number; digest: string }>
  /** An Arrow IPC file’s rows as a Parquet file, the same way. */
  convertArrow(input: string, output: string, options?: QueryOptions): Promise<{ rows: number }>
  status(): { state: EngineState; version: string | null; restarts: number; pid: number | null }
  dispose(): Promise<void>
}

export interface EngineOptions {
  /** Folder with `duckdb-process.js`. */
  readonly code: string
  /** What may be read and written. */
  readonly root: string
  /** Folder for what does not fit into memory; emptied when the process ends. Inside `root`. */
  readonly temporaryFolder: string
  readonly log: Logger
  readonly onState?: (state: EngineState) => void
  /** Cores − 1, at least 1. */
  readonly threads?: number
  /** Half of the machine’s memory. */
  readonly memoryLimitBytes?: number
}

interface Waiting {
  readonly child: ChildProcess
  readonly settle: (result: EngineResult) => void
  readonly fail: (error: StudioError) => void
  readonly onProgress?: (fraction: number) => void
}

interface Running {
  readonly child: ChildProcess
  readonly ready: Promise<void>
}

/** An interrupt stops a statement within milliseconds; a process that does not answer one is killed. */
const interruptGraceMs = 800
const startDeadlineMs = 20_000
/** Waits before the first, second, … start in a row that led to no answered statement. */
const backOffMs = [0, 0, 250, 1000, 4000]

const sqlValue = (value: unknown): SqlValue => {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return value
    default:
      throw new StudioError('internal', 'A parameter of a query has no value that SQL knows.')
  }
}

const died = (why: string): StudioError =>
  new StudioError('engine_failed', 'The data engine stopped while it was working on this.', {
    hint: 'It starts again by itself: try once more. If the same file stops it each time, the file is damaged.',
    detail: why,
  })

const failure = (message: string): StudioError => {
  if (message.startsWith('INTERRUPT')) return new StudioError('cancelled', 'Cancelled.')
  if (message.startsWith('Out of Memory'))
    return new StudioError('engine_failed', 'The data engine ran out of memory.', {
      hint: 'Close other programs, or work on fewer rows or columns.',
      detail: message,
    })
  return new StudioError('engine_failed', `The data engine refused: ${message.split('\n')[0]}`, {
    hint: 'Check the file and the expression that it names.',
    detail: message,
  })
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Spill files of processes that were killed, and of no living one. */
const sweep = (folder: string): void => {
  try {
    for (const name of readdirSync(folder)) {
      const pid = /^engine-(\d+)-/.exec(name)?.[1]
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true })
    }
  } catch {
    // No folder yet: nothing to sweep.
  }
}

export const createDataEngine = (options: EngineOptions): DataEngine => {
  const waiting = new Map<number, Waiting>()
  let running: Running | null = null
  let version: string | null = null
  let state: EngineState = 'stopped'
  let starts = 0
  let fruitlessStarts = 0
  let nextId = 1
  let isDisposed = false

  const setState = (next: EngineState): void => {
    if (next === state) return
    state = next
    options.onState?.(next)
  }

  const settled = (): void => {
    if (running && state !== 'starting') setState(waiting.size > 0 ? 'busy' : 'idle')
  }

  const launch = (): Running => {
    const spill = join(options.temporaryFolder, `engine-${process.pid}-${randomUUID()}`)
    sweep(options.temporaryFolder)
    mkdirSync(spill, { recursive: true })
    const settings: EngineSettings = {
      allowedFolders: [options.root.endsWith(sep) ? options.root : options.root + sep],
      temporaryFolder: spill,
      threads: options.threads ?? Math.max(1, availableParallelism() - 1),
      memoryLimitBytes: options.memoryLimitBytes ?? Math.floor(totalmem() / 2),
    }
    const child = fork(join(options.code, 'duckdb-process.js'), [JSON.stringify(settings)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', UV_THREADPOOL_SIZE: '8' },
      execArgv: [],
    })
    starts += 1
    fruitlessStarts += 1
    setState('starting')
    child.stderr?.on('data', (text: Buffer) => options.log.warn('Data engine', text.toString().slice(0, 2000)))
    const ready = new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => child.kill('SIGKILL'), startDeadlineMs)
      const gone = (why: string): void => {
        clearTimeout(deadline)
        if (running?.child === child) {
          running = null
          setState('stopped')
        }
        rmSync(spill, { recursive: true, force: true })
        reject(
          new StudioError('engine_failed', 'The data engine could not be started.', {
            hint: 'Run `proml doctor`; it checks what the engine needs.',
            detail: why,
          }),
        )
        for (const [id, one] of waiting)
          if (one.child === child) {
            waiting.delete(id)
            one.fail(died(why))
          }
      }
      child.on('error', (error) => gone(error.message))
      child.on('exit', (code, signal) => gone(signal ?? `exit ${code}`))
      child.on('message', (answer: EngineAnswer) => {
        switch (answer.kind) {
          case 'ready':
            clearTimeout(deadline)
            version = answer.version
            setState('idle')
            return resolve()
          case 'refused':
            return gone(answer.message)
          case 'progress':
            return waiting.get(answer.id)?.onProgress?.(answer.fraction)
          case 'done':
            fruitlessStarts = 0
            waiting.get(answer.id)?.settle(answer.result)
            return
          case 'failed':
            fruitlessStarts = 0
            waiting.get(answer.id)?.fail(failure(answer.message))
        }
      })
    })
    ready.catch(() => {})
    return { child, ready }
  }

  const engine = async (): Promise<Running> => {
    if (isDisposed) throw new StudioError('engine_failed', 'The data engine is closed.')
    if (!running) {
      const wait = backOffMs[Math.min(fruitlessStarts, backOffMs.length - 1)] ?? 0
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    }
    // The wait may have outlasted the service.
    if (isDisposed) throw new StudioError('engine_failed', 'The data engine is closed.')
    running ??= launch()
    await running.ready
    return running
  }

  const ask = async (work: EngineWork, { signal, onProgress }: QueryOptions = {}): Promise<EngineResult> => {
    const cancelled = (): StudioError => new StudioError('cancelled', 'Cancelled.')
    if (signal?.aborted) throw cancelled()
    const { child } = await engine()
    if (signal?.aborted) throw cancelled()
    return new Promise<EngineResult>((resolve, reject) => {
      const id = nextId++
      let killTimer: NodeJS.Timeout | undefined
      const end = (): void => {
        clearTimeout(killTimer)
        signal?.removeEventListener('abort', onAbort)
        waiting.delete(id)
        settled()
      }
      const onAbort = (): void => {
        const cancel: EngineRequest = { id, kind: 'cancel' }
        if (child.connected) child.send(cancel)
        killTimer = setTimeout(() => {
          end()
          child.kill('SIGKILL')
          reject(cancelled())
        }, interruptGraceMs)
      }
      waiting.set(id, {
        child,
        onProgress,
        settle: (result) => {
          end()
          resolve(result)
        },
        fail: (error) => {
          end()
          reject(signal?.aborted ? cancelled() : error)
        },
      })
      settled()
      signal?.addEventListener('abort', onAbort, { once: true })
      const request: EngineRequest = { id, kind: 'work', work }
      child.send(request, (error) => {
        if (error) waiting.get(id)?.fail(died(error.message))
      })
    })
  }

  const toFile = async (
    path: string,
    write: (temporary: string) => Promise<EngineResult>,
  ): Promise<{ rows: number; digest: string }> => {
    await mkdir(dirname(path), { recursive: true })
    const temporary = temporaryBeside(path)
    try {
      const result = await write(temporary)
      const digest = await digestOfFile(temporary)
      await publishFile(temporary, path)
      return { rows: result.kind === 'run' ? result.rowsChanged : 0, digest }
    } finally {
      await rm(temporary, { force: true })
    }
  }

  return {
    async rows(sql, parameters = [], queryOptions) {
      const result = await ask({ kind: 'rows', sql, parameters: parameters.map(sqlValue) }, queryOptions)
      return result.kind === 'rows' ? result.rows : []
    },
    async arrow(sql, parameters = [], queryOptions) {
      const result = await ask({ kind: 'arrow', sql, parameters: parameters.map(sqlValue) }, queryOptions)
      return result.kind === 'arrow' ? result.bytes : new Uint8Array()
    },
    async run(sql, parameters = [], queryOptions) {
      const result = await ask({ kind: 'run', sql, parameters: parameters.map(sqlValue) }, queryOptions)
      return { rowsChanged: result.kind === 'run' ? result.rowsChanged : 0 }
    },
    copy: (sql, absolutePath, format, { parameters = [], ...queryOptions } = {}) =>
      toFile(absolutePath, (temporary) => {
        const how = format === 'parquet' ? 'format parquet, compression zstd' : 'format csv, header'
        return ask(
          {
            kind: 'run',
            sql: `copy (${sql}) to ${quoteText(temporary)} (${how})`,
            parameters: parameters.map(sqlValue),
          },
          queryOptions,
        )
      }),
    convertArrow: (input, output, queryOptions) =>
      toFile(output, (temporary) => ask({ kind: 'convertArrow', input, output: temporary }, queryOptions)),
    status: () => ({
      state,
      version,
      restarts: Math.max(0, starts - 1),
      pid: running?.child.pid ?? null,
    }),
    async dispose() {
      isDisposed = true
      const dying = running?.child
      if (!dying) return
      const ended = new Promise<void>((resolve) => dying.once('exit', () => resolve()))
      dying.kill('SIGKILL')
      await ended
    },
  }
}
