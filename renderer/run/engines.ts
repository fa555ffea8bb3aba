import type { Engine, Rows } from '@shared/rpc/runtime'
import { type Cell, columnsOf, rowCount, tensorsOf } from '@shared/runtime/tensors'
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

/** Rows through one engine. Predictions are not logged here. */
export const runRows = async (model: RunnableModel, engine: Engine, rows: Rows): Promise<Answer> => {
  if (engine === 'native') {
    const { outputs, elapsedMs } = await studio.runtime.predict({ reference: model.reference, rows, log: false })
    return { engine, outputs, elapsedMs }
  }
  const result = await engineFor(model, engine).run(tensorsOf(model.signature, rows))
  return {
    engine,
    outputs: columnsOf(model.signature, result.outputs, rowCount(rows)),
    elapsedMs: result.elapsedMs,
  }
}
