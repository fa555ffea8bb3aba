import { type StudioError, toStudioError } from '@shared/errors'
import type { HealthReport } from '@shared/health/report'
import { create } from 'zustand'
import { onEvent, studio, useConnection } from '../app/studio'

export interface ServedModel {
  readonly reference: string
  readonly model: string
  readonly rows: number
  readonly lastAt: number
  readonly labelled: number
}

export type ReportState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: StudioError }
  /** `isStale` while a newer one is being made. */
  | { readonly kind: 'ready'; readonly report: HealthReport; readonly isStale: boolean }

interface HealthState {
  readonly models: readonly ServedModel[] | null
  readonly modelsError: StudioError | null
  readonly reports: Readonly<Record<string, ReportState>>
}

export const useHealth = create<HealthState>(() => ({ models: null, modelsError: null, reports: {} }))

export const refreshModels = async (): Promise<void> => {
  try {
    useHealth.setState({ models: await studio.health.models({}), modelsError: null })
  } catch (error) {
    useHealth.setState({ modelsError: toStudioError(error) })
  }
}

const put = (reference: string, state: ReportState): void =>
  useHealth.setState(({ reports }) => ({ reports: { ...reports, [reference]: state } }))

export const loadReport = async (reference: string): Promise<void> => {
  const known = useHealth.getState().reports[reference]
  put(reference, known?.kind === 'ready' ? { ...known, isStale: true } : { kind: 'loading' })
  try {
    put(reference, { kind: 'ready', report: await studio.health.report({ reference }), isStale: false })
  } catch (error) {
    put(reference, { kind: 'failed', error: toStudioError(error) })
  }
}

export const addLabels = async (
  reference: string,
  path: string,
): Promise<{ readonly matched: number; readonly unmatched: number }> => studio.health.labels({ reference, path })

let users = 0
let stopFollowing = (): void => {}
/** Many predictions in a row ask for one new report. */
const quietMs = 800

/** While anything of this activity is shown: models in service and open reports, kept in step. */
export const followHealth = (): (() => void) => {
  users += 1
  if (users === 1) {
    const timers = new Map<string, ReturnType<typeof setTimeout>>()
    const soon = ({ reference }: { readonly reference: string }): void => {
      clearTimeout(timers.get(reference))
      timers.set(
        reference,
        setTimeout(() => {
          void refreshModels()
          if (useHealth.getState().reports[reference]) void loadReport(reference)
        }, quietMs),
      )
    }
    const stops = [
      onEvent('runtime', 'logged', soon),
      onEvent('health', 'changed', soon),
      useConnection.subscribe(({ opened }, before) => {
        if (opened !== before.opened) void refreshModels()
      }),
      () => {
        for (const timer of timers.values()) clearTimeout(timer)
      },
    ]
    stopFollowing = () => {
      for (const stop of stops) stop()
    }
    void refreshModels()
  }
  return () => {
    users -= 1
    if (users === 0) stopFollowing()
  }
}
