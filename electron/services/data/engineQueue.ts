import type { ChildProcess } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'
import { sep } from 'node:path'
import type { StudioError } from '@shared/errors'
import type { Logger } from '../context'
import type { Temporaries } from '../workspace/temporaries'
import { type EngineChild, endProcess, startEngineChild } from './engineChild'
import { cancelled, closed, crashLoop, died, failure } from './engineFailures'
import type { EngineAnswer, EngineRequest, EngineResult, EngineWork } from './engineMessages'

export type EngineState = 'idle' | 'busy' | 'starting' | 'stopped'

export interface EngineStatus {
  readonly state: EngineState
  readonly version: string | null
  readonly restarts: number
  readonly pid: number | null
}

export interface QueryOptions {
  readonly signal?: AbortSignal
  /** 0…1, as DuckDB estimates it; not every statement tells. */
  readonly onProgress?: (fraction: number) => void
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
  /** How long nothing is started after several starts in a row that led to nothing. */
  readonly restMs?: number
}

export interface Ask extends QueryOptions {
  /** Whether it may be asked again where a process had to be ended that somebody else kept busy. */
  readonly isRepeatable?: boolean
}

export interface EngineQueue {
  ask(work: EngineWork, how?: Ask): Promise<EngineResult>
  status(): EngineStatus
  dispose(): Promise<void>
}

interface Waiting {
  readonly process: ChildProcess
  readonly settle: (result: EngineResult) => void
  readonly fail: (error: StudioError) => void
  /** The process is gone. */
  readonly lose: (why: string) => void
  readonly onProgress?: (fraction: number) => void
}

/** An interrupt stops a statement within milliseconds; a process that does not answer one is killed. */
const interruptGraceMs = 800
/** Waits before the first, second, … start in a row that led to no answered statement; after the last one it rests. */
const backOffMs = [0, 0, 250, 1000, 4000]
const restMs = 30_000

/** Asks one process after another: a dead one is replaced, and what it was asked by the innocent is asked again. */
export const createEngineQueue = (options: EngineOptions, temporaries: Temporaries): EngineQueue => {
  const { root, log } = options
  const waiting = new Map<number, Waiting>()
  /** Killed by us, because one of its statements could not be cancelled otherwise. */
  const givenUp = new WeakSet<ChildProcess>()
  let running: Promise<EngineChild> | null = null
  let current: EngineChild | null = null
  let sweeping: Promise<unknown> = Promise.resolve()
  let version: string | null = null
  let state: EngineState = 'stopped'
  let starts = 0
  let fruitlessStarts = 0
  let restUntil = 0
  let nextId = 1
  let isDisposed = false

  const setState = (next: EngineState): void => {
    if (next === state) return
    state = next
    options.onState?.(next)
  }

  const settled = (): void => {
    if (current && state !== 'starting') setState(waiting.size > 0 ? 'busy' : 'idle')
  }

  const forget = (process: ChildProcess): void => {
    if (current?.process !== process) return
    current = null
    running = null
    restUntil = Date.now() + (options.restMs ?? restMs)
    setState('stopped')
  }

  const onAnswer = (answer: EngineAnswer): void => {
    switch (answer.kind) {
      case 'progress':
        waiting.get(answer.id)?.onProgress?.(answer.fraction)
        break
      case 'refusedPass':
        log.info('Windows are computed by statements, which takes longer.', answer.why)
        break
      case 'done':
        fruitlessStarts = 0
        waiting.get(answer.id)?.settle(answer.result)
        break
      case 'failed':
        fruitlessStarts = 0
        waiting.get(answer.id)?.fail(failure(answer.message))
    }
  }

  const launch = async (): Promise<EngineChild> => {
    const spill = await temporaries.folder('engine')
    const remove = (): void => {
      const removed = spill.remove().catch((error: unknown) => log.warn('A spill folder could not be removed.', error))
      sweeping = Promise.all([sweeping, removed])
    }
    if (isDisposed) {
      remove()
      throw closed()
    }
    const settings = {
      allowedFolders: [root.endsWith(sep) ? root : root + sep],
      temporaryFolder: spill.path,
      threads: options.threads ?? Math.max(1, availableParallelism() - 1),
      memoryLimitBytes: options.memoryLimitBytes ?? Math.floor(totalmem() / 2),
    }
    starts += 1
    fruitlessStarts += 1
    setState('starting')
    const made = startEngineChild(options.code, settings, log, {
      onAnswer,
      onGone: (why) => {
        forget(made.process)
        remove()
        for (const one of [...waiting.values()]) if (one.process === made.process) one.lose(why)
      },
    })
    current = made
    made.ready.then(
      (found) => {
        version = found
        if (current === made) setState('idle')
      },
      () => {},
    )
    return made
  }

  const engine = async (): Promise<ChildProcess> => {
    if (isDisposed) throw closed()
    if (!running) {
      const rest = restUntil - Date.now()
      if (fruitlessStarts >= backOffMs.length && rest > 0) throw crashLoop(fruitlessStarts, rest)
      const wait = backOffMs[Math.min(fruitlessStarts, backOffMs.length - 1)] ?? 0
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    }
    // The wait may have outlasted the service.
    if (isDisposed) throw closed()
    running ??= launch().catch((error: unknown) => {
      running = null
      throw error
    })
    const { process, ready } = await running
    await ready
    return process
  }

  const giveUp = (process: ChildProcess): void => {
    givenUp.add(process)
    // That it answered nothing is no sign that it cannot start.
    fruitlessStarts = 0
    forget(process)
    process.kill('SIGKILL')
  }

  /** Null where it is to be asked again: the process was given up for somebody else’s sake, or was dead before it was asked. */
  const attempt = (process: ChildProcess, work: EngineWork, { signal, onProgress, isRepeatable = true }: Ask) =>
    new Promise<EngineResult | null>((resolve, reject) => {
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
        if (process.connected) process.send(cancel)
        killTimer = setTimeout(() => {
          end()
          giveUp(process)
          reject(cancelled())
        }, interruptGraceMs)
      }
      const fail = (error: StudioError): void => {
        end()
        reject(signal?.aborted ? cancelled() : error)
      }
      const lose = (why: string): void => {
        if (givenUp.has(process) && isRepeatable && !signal?.aborted) {
          end()
          resolve(null)
        } else fail(died(why))
      }
      const settle = (result: EngineResult): void => {
        end()
        resolve(result)
      }
      waiting.set(id, { process, onProgress, settle, fail, lose })
      settled()
      signal?.addEventListener('abort', onAbort, { once: true })
      const request: EngineRequest = { id, kind: 'work', work }
      process.send(request, (error) => {
        if (!error || !waiting.has(id)) return
        // Its end is not told yet.
        forget(process)
        end()
        resolve(null)
      })
    })

  const ask = async (work: EngineWork, how: Ask = {}): Promise<EngineResult> => {
    for (;;) {
      if (how.signal?.aborted) throw cancelled()
      const process = await engine()
      if (how.signal?.aborted) throw cancelled()
      const result = await attempt(process, work, how)
      if (result) return result
    }
  }

  return {
    ask,
    status: () => ({
      state,
      version,
      restarts: Math.max(0, starts - 1),
      pid: current?.process.pid ?? null,
    }),
    async dispose() {
      isDisposed = true
      const last = await running?.catch(() => null)
      if (last) await endProcess(last.process)
      await sweeping
    },
  }
}
