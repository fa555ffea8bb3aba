import { StudioError } from '@shared/errors'
import type { Engine, Rows } from '@shared/rpc/runtime'
import { type Cell, columnsOf, largestDifference, rowCount, tensorsOf } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import { studio } from '../app/studio'
import { createWindowEngine, type LoadedEngine } from './windowEngine'

export interface RunnableModel {
  readonly reference: string
  readonly digest: string
  readonly signature: Signature
  readonly onnx: Uint8Array<ArrayBuffer>
  readonly golden: {
    readonly inputs: Rows
    readonly outputs: Record<string, number[]>
    readonly labels: readonly number[]
  }
}

export interface Answer {
  readonly engine: Engine
  readonly outputs: Record<string, readonly Cell[]>
  readonly elapsedMs: number
}

export const engineNames: Readonly<Record<Engine, string>> = { webgpu: 'WebGPU', wasm: 'WASM', native: 'Native' }
export const engineOrder: readonly Engine[] = ['webgpu', 'wasm', 'native']

/** Largest difference of a probability to Python’s that still counts as the same model. */
export const agreementTolerance = 1e-5

/** Workers of the window, one a model and engine; the oldest model’s are ended when a third comes. */
const loaded = new Map<string, LoadedEngine>()
const mostLoaded = 4

const engineFor = (model: RunnableModel, engine: 'webgpu' | 'wasm'): LoadedEngine => {
  const key = `${engine} ${model.digest}`
  const known = loaded.get(key)
  if (known) return known
  for (const [old, one] of loaded) {
    if (loaded.size < mostLoaded) break
    loaded.delete(old)
    one.dispose()
  }
  const made = createWindowEngine(engine, model.onnx)
  loaded.set(key, made)
  return made
}

/** Models that WebGPU has been seen to compute as Python does, by digest and worker. */
const proved = new WeakSet<LoadedEngine>()

/**
 * A graphics driver, or a kernel that ONNX Runtime lacks for it, can make WebGPU answer with wrong numbers and no error. So its
 * first run is the golden rows, and a model that comes out otherwise than in Python is not run there at all.
 */
const proveOnGolden = async (model: RunnableModel, engine: LoadedEngine): Promise<void> => {
  const rows = rowCount(model.golden.inputs)
  if (proved.has(engine) || rows === 0) return
  const { outputs } = await engine.run(tensorsOf(model.signature, model.golden.inputs))
  const difference = largestDifference(model.golden.outputs, columnsOf(model.signature, outputs, rows))
  if (difference > agreementTolerance)
    throw new StudioError(
      'model_failed',
      `WebGPU computes this model otherwise than Python (by ${difference.toPrecision(2)}).`,
      {
        hint: 'Choose WASM or Native; they are compared on the same golden rows below.',
      },
    )
  proved.add(engine)
}

/** Rows through one engine. Predictions are not logged here. */
export const runRows = async (model: RunnableModel, engine: Engine, rows: Rows): Promise<Answer> => {
  if (engine === 'native') {
    const { outputs, elapsedMs } = await studio.runtime.predict({ reference: model.reference, rows, log: false })
    return { engine, outputs, elapsedMs }
  }
  const window = engineFor(model, engine)
  if (engine === 'webgpu') await proveOnGolden(model, window)
  const result = await window.run(tensorsOf(model.signature, rows))
  return {
    engine,
    outputs: columnsOf(model.signature, result.outputs, rowCount(rows)),
    elapsedMs: result.elapsedMs,
  }
}
