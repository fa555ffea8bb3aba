import { StudioError } from '@shared/errors'
import type { TensorColumn } from '@shared/runtime/tensors'
import type { WindowEngine, WorkerAnswer, WorkerRequest } from './messages'

export interface LoadedEngine {
  /** Runs tensors; a worker that does not answer in time is ended, and the next call has a new one. */
  run(inputs: readonly TensorColumn[]): Promise<{ outputs: readonly TensorColumn[]; elapsedMs: number }>
  dispose(): void
}

const loadDeadlineMs = 60_000
const runDeadlineMs = 10_000

type Body = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id'> : never) : never

/** A model in a worker of the window. Made lazily: the first call loads it. */
export const createWindowEngine = (engine: WindowEngine, onnx: Uint8Array<ArrayBuffer>): LoadedEngine => {
  let worker: Worker | null = null
  let loaded: Promise<void> | null = null
  let isCold = true
  let nextId = 1
  const pending = new Map<number, { settle: (answer: WorkerAnswer) => void; fail: (error: StudioError) => void }>()

  const stop = (error: StudioError): void => {
    worker?.terminate()
    worker = null
    loaded = null
    isCold = true
    const waiting = [...pending.values()]
    pending.clear()
    for (const one of waiting) one.fail(error)
  }

  const start = (): Worker => {
    if (worker) return worker
    worker = new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer>) => {
      const one = pending.get(data.id)
      pending.delete(data.id)
      one?.settle(data)
    })
    worker.addEventListener('error', (event) =>
      stop(
        new StudioError('model_failed', 'The window’s engine stopped.', {
          hint: 'Choose another engine; the native one runs in a process of its own.',
          detail: event.message,
        }),
      ),
    )
    return worker
  }

  const ask = (body: Body, deadlineMs: number): Promise<WorkerAnswer> =>
    new Promise((resolve, reject) => {
      const id = nextId++
      const timer = setTimeout(
        () =>
          stop(
            new StudioError(
              'deadline_exceeded',
              `The model did not answer within ${deadlineMs / 1000} s and was stopped.`,
              {
                hint: 'Choose another engine or fewer rows.',
              },
            ),
          ),
        deadlineMs,
      )
      pending.set(id, {
        settle: (answer) => {
          clearTimeout(timer)
          resolve(answer)
        },
        fail: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      start().postMessage({ ...body, id })
    })

  const load = async (): Promise<void> => {
    const answer = await ask({ kind: 'load', engine, onnx }, loadDeadlineMs)
    if (answer.kind === 'refused')
      throw new StudioError('model_refused', `The model is refused: ${answer.reason}`, { detail: answer.detail })
    if (answer.kind === 'failed')
      throw new StudioError('model_failed', 'The window’s engine cannot load this model.', {
        hint: 'Choose another engine.',
        detail: answer.message,
      })
  }

  return {
    async run(inputs) {
      loaded ??= load()
      const current = loaded
      await current.catch((error: unknown) => {
        if (loaded === current) loaded = null
        throw error
      })
      // The first run compiles kernels and shaders; its time would say nothing about the model.
      if (isCold) await ask({ kind: 'run', inputs }, loadDeadlineMs)
      isCold = false
      const answer = await ask({ kind: 'run', inputs }, runDeadlineMs)
      if (answer.kind === 'ran') return answer
      throw new StudioError('model_failed', 'The window’s engine failed on these rows.', {
        hint: 'Choose another engine.',
        detail: answer.kind === 'failed' ? answer.message : undefined,
      })
    },
    dispose: () => stop(new StudioError('cancelled', 'Cancelled.')),
  }
}

/** Why WebGPU cannot be used in this window; null where it can. */
export const webGpuObstacle = async (): Promise<string | null> => {
  const gpu: unknown = Reflect.get(navigator, 'gpu')
  if (typeof gpu !== 'object' || gpu === null) return 'This browser has no WebGPU.'
  try {
    const adapter: unknown = await Reflect.apply(Reflect.get(gpu, 'requestAdapter'), gpu, [])
    return adapter ? null : 'WebGPU finds no graphics adapter on this machine.'
  } catch (error) {
    return `WebGPU does not start: ${error instanceof Error ? error.message : String(error)}`
  }
}
