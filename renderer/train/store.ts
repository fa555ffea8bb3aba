import { type StudioErrorData, toStudioError } from '@shared/errors'
import type { MetricPoint, Run } from '@shared/training/run'
import { create } from 'zustand'
import { openPanel } from '../app/navigation'
import { attempt } from '../app/notices'
import { onEvent, studio, useConnection } from '../app/studio'

export type RunSummary = Omit<Run, 'curves' | 'trials'>

/** A model that can be trained. */
export interface TrainableModel {
  readonly path: string
  readonly model: string
  readonly hasErrors: boolean
}

interface TrainState {
  /** Models of the folder's programs, in their order. */
  readonly models: readonly TrainableModel[]
  /** Newest first. */
  readonly runs: readonly RunSummary[]
  readonly state: 'loading' | 'ready' | 'failed'
  readonly error: StudioErrorData | null
  /** Whole runs, of those that a panel shows. */
  readonly details: ReadonlyMap<string, Run>
  readonly detailErrors: ReadonlyMap<string, StudioErrorData>
  readonly metrics: ReadonlyMap<string, readonly MetricPoint[]>
}

export const useTrain = create<TrainState>(() => ({
  models: [],
  runs: [],
  state: 'loading',
  error: null,
  details: new Map(),
  detailErrors: new Map(),
  metrics: new Map(),
}))

const withEntry = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> =>
  new Map([...map, [key, value]])

const without = <V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> =>
  new Map([...map].filter(([one]) => one !== key))

export const readRuns = async (): Promise<void> => {
  try {
    const runs = await studio.training.runs({})
    useTrain.setState({ runs, state: 'ready', error: null })
  } catch (thrown) {
    useTrain.setState({ state: 'failed', error: toStudioError(thrown).toData() })
  }
}

export const readRun = async (id: string): Promise<void> => {
  try {
    const run = await studio.training.run({ id })
    useTrain.setState(({ details, detailErrors }) => ({
      details: withEntry(details, id, run),
      detailErrors: without(detailErrors, id),
    }))
  } catch (thrown) {
    const error = toStudioError(thrown).toData()
    useTrain.setState(({ detailErrors }) => ({ detailErrors: withEntry(detailErrors, id, error) }))
  }
}

const reading = new Set<string>()

/** All points of a run from its file; points that arrive meanwhile are in the file too. */
export const readMetrics = async (id: string): Promise<void> => {
  if (reading.has(id)) return
  reading.add(id)
  try {
    const points = await studio.training.metrics({ id })
    useTrain.setState(({ metrics }) => ({ metrics: withEntry(metrics, id, points) }))
  } finally {
    reading.delete(id)
  }
}

const keyOf = (point: MetricPoint): string => `${point.name} ${point.step} ${point.trial ?? ''}`

const addPoints = (id: string, points: readonly MetricPoint[]): void =>
  useTrain.setState(({ metrics }) => {
    const before = metrics.get(id)
    if (!before) return { metrics }
    const known = new Set(before.slice(-2 * points.length - 50).map(keyOf))
    return { metrics: withEntry(metrics, id, [...before, ...points.filter((point) => !known.has(keyOf(point)))]) }
  })

const followers = { count: 0, stop: (): void => {} }

const listen = (): (() => void) => {
  const stops = [
    onEvent('training', 'changed', ({ id, state }) => {
      attempt(readRuns)
      if (state === 'removed') {
        useTrain.setState(({ details, metrics }) => ({ details: without(details, id), metrics: without(metrics, id) }))
        attempt(() => readRun(id))
        return
      }
      const { details, metrics } = useTrain.getState()
      if (details.has(id)) attempt(() => readRun(id))
      if (metrics.has(id)) attempt(() => readMetrics(id))
    }),
    onEvent('training', 'metric', ({ id, points }) => addPoints(id, points)),
    useConnection.subscribe(({ opened }, before) => {
      if (opened === before.opened) return
      attempt(readRuns)
      for (const id of useTrain.getState().details.keys()) attempt(() => readRun(id))
      for (const id of useTrain.getState().metrics.keys()) attempt(() => readMetrics(id))
    }),
  ]
  attempt(readRuns)
  return () => {
    for (const stop of stops) stop()
  }
}

/** Side bar and panels share one subscription; the last to go ends it. */
export const followTrain = (): (() => void) => {
  if (followers.count++ === 0) followers.stop = listen()
  return () => {
    if (--followers.count === 0) followers.stop()
  }
}

/** The job of a run; the services name it after the run. */
export const jobIdOf = (runId: string): string => `train:${runId}`

export const readModels = async (): Promise<void> => {
  useTrain.setState({ models: await studio.language.models({}) })
}

export const startTraining = async (path: string, model: string): Promise<void> => {
  const { runId } = await studio.training.start({ path, model })
  openPanel('run', { id: runId })
}

export const removeRun = async (id: string): Promise<void> => {
  await studio.training.remove({ id })
}
