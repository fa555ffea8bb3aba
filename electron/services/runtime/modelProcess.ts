import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import type { TensorColumn } from '@shared/runtime/tensors'
import type { Logger } from '../context'
import type { RuntimeAnswer, RuntimeRequest } from './messages'

export interface RunnableModel {
  readonly digest: string
  /** The model’s bytes, checked; asked for only where the process does not hold the model yet. */
  readonly bytes: () => Promise<Uint8Array>
}

export interface CallLimits {
  readonly deadlineMs: number
  readonly signal?: AbortSignal
}

/** Runs models in a child process that is killed at a call’s deadline; the next call has a new one. */
export interface ModelProcess {
  run(
    model: RunnableModel,
    inputs: readonly TensorColumn[],
    limits: CallLimits,
  ): Promise<{ outputs: readonly TensorColumn[]; elapsedMs: number }>
  /** Milliseconds of single-row calls, warm. */
  time(
    model: RunnableModel,
    inputs: readonly TensorColumn[],
    calls: number,
    limits: CallLimits,
  ): Promise<readonly number[]>
  dispose(): Promise<void>
}

export interface ModelProcessOptions {
  /** Folder with `runtime-process.js`. */
  readonly code: string
  readonly log: Logger
  readonly loadDeadlineMs?: number
  /** Resident memory at which a model is stopped. Watched where the system tells it (Linux). */
  readonly memoryLimitBytes?: number
}

type Body<K extends RuntimeRequest['kind']> = K extends RuntimeRequest['kind']
  ? Omit<Extract<RuntimeRequest, { kind: K }>, 'id'>
  : never

interface Pending {
  /** The process that was asked; another one’s end does not concern this call. */
  readonly child: ChildProcess
  readonly settle: (answer: RuntimeAnswer) => void
  readonly fail: (error: StudioError) => void
}

const pageBytes = 4096
const residentBytes = async (pid: number): Promise<number> => {
  if (process.platform !== 'linux') return 0
  try {
    const pages = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]
    return Number(pages) * pageBytes
  } catch {
    return 0
  }
}

const deadlineError = (deadlineMs: number): StudioError =>
  new StudioError(
    'deadline_exceeded',
    `The model did not answer within ${(deadlineMs / 1000).toLocaleString('en')} s and was stopped.`,
    {
      hint: 'Send fewer rows at once, or allow it more time.',
    },
  )

export const createModelProcess = (options: ModelProcessOptions): ModelProcess => {
  const { loadDeadlineMs = 30_000, memoryLimitBytes = 6 * 1024 ** 3 } = options
  const threads = Math.max(1, availableParallelism() - 1)
  const pending = new Map<number, Pending>()
  let child: ChildProcess | null = null
  let loaded = new Set<string>()
  let nextId = 1
  let isDisposed = false
  // One call at a time, so that a deadline counts one call’s own time and a kill hits no other.
  let turn: Promise<unknown> = Promise.resolve()

  const start = (): ChildProcess => {
    if (child) return child
    if (isDisposed) throw new StudioError('cancelled', 'Cancelled.')
    const made = fork(join(options.code, 'runtime-process.js'), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [],
    })
    child = made
    loaded = new Set()
    made.stderr?.on('data', (text: Buffer) => options.log.warn('Model process', text.toString().slice(0, 2000)))
    made.on('message', (answer: RuntimeAnswer) => {
      const waiting = pending.get(answer.id)
      pending.delete(answer.id)
      waiting?.settle(answer)
    })
    const gone = (why: string): void => {
      if (child === made) child = null
      for (const waiting of [...pending.values()].filter((one) => one.child === made))
        waiting.fail(
          new StudioError('model_failed', 'The model brought its process down.', {
            hint: 'Nothing else was affected. Check where the model comes from before running it again.',
            detail: why,
          }),
        )
    }
    made.on('error', (error) => gone(error.message))
    made.on('exit', (code, signal) => gone(signal ?? `exit ${code}`))
    return made
  }

  const kill = (): void => {
    const dying = child
    child = null
    dying?.kill('SIGKILL')
  }

  const ask = <K extends RuntimeRequest['kind']>(body: Body<K>, limits: CallLimits): Promise<RuntimeAnswer> =>
    new Promise((resolve, reject) => {
      if (limits.signal?.aborted) throw new StudioError('cancelled', 'Cancelled.')
      const id = nextId++
      const asked = start()
      const end = (): void => {
        clearTimeout(timer)
        clearInterval(watch)
        limits.signal?.removeEventListener('abort', onAbort)
        pending.delete(id)
      }
      const stop = (error: StudioError): void => {
        end()
        kill()
        reject(error)
      }
      const onAbort = (): void => stop(new StudioError('cancelled', 'Cancelled.'))
      const timer = setTimeout(() => stop(deadlineError(limits.deadlineMs)), limits.deadlineMs)
      const watch = setInterval(async () => {
        if (asked.pid !== undefined && (await residentBytes(asked.pid)) > memoryLimitBytes && pending.has(id))
          stop(
            new StudioError(
              'model_failed',
              `The model took more than ${Math.round(memoryLimitBytes / 1024 ** 3)} GB of memory and was stopped.`,
              {
                hint: 'Send fewer rows at once.',
              },
            ),
          )
      }, 100)
      pending.set(id, {
        child: asked,
        settle: (answer) => {
          end()
          resolve(answer)
        },
        fail: (error) => {
          end()
          reject(error)
        },
      })
      limits.signal?.addEventListener('abort', onAbort)
      const request = { ...body, id } satisfies Omit<RuntimeRequest, 'kind'>
      asked.send(request, (error) => {
        if (error)
          pending.get(id)?.fail(new StudioError('model_failed', 'The model process does not answer.', { cause: error }))
      })
    })

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  const ensureLoaded = async (model: RunnableModel, limits: CallLimits): Promise<void> => {
    start()
    if (loaded.has(model.digest)) return
    const bytes = await model.bytes()
    const deadlineMs = Math.max(limits.deadlineMs, loadDeadlineMs)
    const answer = await ask<'load'>({ kind: 'load', digest: model.digest, bytes, threads }, { ...limits, deadlineMs })
    if (answer.kind === 'failed')
      throw new StudioError('model_refused', 'The engine cannot load this model.', {
        hint: 'It may use operators that this version does not know; the log holds the engine’s own words.',
        detail: answer.message,
      })
    loaded.add(model.digest)
  }

  const call = <K extends 'run' | 'time'>(
    model: RunnableModel,
    body: Body<K>,
    limits: CallLimits,
  ): Promise<RuntimeAnswer> =>
    inTurn(async () => {
      if (isDisposed || limits.signal?.aborted) throw new StudioError('cancelled', 'Cancelled.')
      await ensureLoaded(model, limits)
      let answer = await ask(body, limits)
      if (answer.kind === 'absent') {
        // The process kept more recent models instead.
        loaded.delete(model.digest)
        await ensureLoaded(model, limits)
        answer = await ask(body, limits)
      }
      if (answer.kind === 'failed')
        throw new StudioError('model_failed', 'The model failed on these rows.', {
          hint: 'Compare the rows with the model’s inputs; the log holds the engine’s own words.',
          detail: answer.message,
        })
      return answer
    })

  return {
    async run(model, inputs, limits) {
      const answer = await call<'run'>(model, { kind: 'run', digest: model.digest, inputs }, limits)
      if (answer.kind !== 'ran')
        throw new StudioError('internal', 'The model process gave an answer to another question.')
      return answer
    },
    async time(model, inputs, calls, limits) {
      const answer = await call<'time'>(model, { kind: 'time', digest: model.digest, inputs, calls }, limits)
      if (answer.kind !== 'timed')
        throw new StudioError('internal', 'The model process gave an answer to another question.')
      return answer.callsMs
    },
    async dispose() {
      isDisposed = true
      const dying = child
      if (!dying) return
      const gone = new Promise<void>((resolve) => dying.once('exit', () => resolve()))
      kill()
      await gone
    },
  }
}
