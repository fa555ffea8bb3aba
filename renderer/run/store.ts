import { type StudioError, toStudioError } from '@shared/errors'
import type { Engine, ModelSummary } from '@shared/rpc/runtime'
import { create } from 'zustand'
import { onEvent, studio, useConnection } from '../app/studio'
import type { RunnableModel } from './engines'
import { webGpuObstacle } from './windowEngine'

export type ModelState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly model: RunnableModel }
  | { readonly kind: 'failed'; readonly error: StudioError }

interface RunState {
  readonly models: readonly ModelSummary[] | null
  readonly modelsError: StudioError | null
  readonly loaded: Readonly<Record<string, ModelState>>
  readonly engine: Engine
  /** Why an engine is not there; undefined while it is being found out. */
  readonly obstacles: Readonly<Partial<Record<Engine, string | null>>>
  /** Whether predictions of the window are kept for health. */
  readonly isLogging: boolean
}

export const useRun = create<RunState>(() => ({
  models: null,
  modelsError: null,
  loaded: {},
  engine: 'wasm',
  obstacles: { wasm: null, native: null },
  isLogging: true,
}))

export const setEngine = (engine: Engine): void => useRun.setState({ engine })
export const setLogging = (isLogging: boolean): void => useRun.setState({ isLogging })

export const refreshModels = async (): Promise<void> => {
  try {
    useRun.setState({ models: await studio.runtime.models({}), modelsError: null })
  } catch (error) {
    useRun.setState({ modelsError: toStudioError(error) })
  }
}

const put = (reference: string, state: ModelState): void =>
  useRun.setState(({ loaded }) => ({ loaded: { ...loaded, [reference]: state } }))

/** A model that failed is asked for again. */
export const loadModel = async (reference: string): Promise<void> => {
  const known = useRun.getState().loaded[reference]
  if (known && known.kind !== 'failed') return
  put(reference, { kind: 'loading' })
  try {
    const { onnx, digest, signature, golden } = await studio.runtime.model({ reference })
    put(reference, { kind: 'ready', model: { reference, digest, signature, onnx, golden } })
  } catch (error) {
    put(reference, { kind: 'failed', error: toStudioError(error) })
  }
}

let users = 0
let stopFollowing = (): void => {}

/** While anything of this activity is shown: the list of models, kept in step. */
export const followModels = (): (() => void) => {
  users += 1
  if (users === 1) {
    const refresh = (): void => void refreshModels()
    const stops = [
      onEvent('training', 'changed', ({ state }) => {
        if (state !== 'running') refresh()
      }),
      onEvent('registry', 'changed', refresh),
      useConnection.subscribe(({ opened }, before) => {
        if (opened !== before.opened) refresh()
      }),
    ]
    stopFollowing = () => {
      for (const stop of stops) stop()
    }
    refresh()
    if (useRun.getState().obstacles.webgpu === undefined)
      webGpuObstacle().then((obstacle) =>
        useRun.setState(({ obstacles }) => ({ obstacles: { ...obstacles, webgpu: obstacle } })),
      )
  }
  return () => {
    users -= 1
    if (users === 0) stopFollowing()
  }
}
