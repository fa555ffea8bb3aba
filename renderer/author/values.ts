import type { ColumnProfile } from '@shared/data/profile'
import { type StudioErrorData, toStudioError } from '@shared/errors'
import { create } from 'zustand'
import { studio } from '../app/studio'

/** A model’s first rows and the profile of each of its inputs, for one saved version of its file. */
export type Values =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: StudioErrorData }
  | {
      readonly state: 'ready'
      readonly arrow: Uint8Array
      readonly rows: number
      readonly profiles: ReadonlyMap<string, ColumnProfile>
    }

export const sampledObservations = 20_000
const previewRows = 100

export const useValues = create<{ readonly byKey: ReadonlyMap<string, Values> }>(() => ({ byKey: new Map() }))

export const valuesKey = (path: string, model: string, digest: string): string => `${digest} ${model} ${path}`

const put = (key: string, values: Values): void =>
  // A handful of versions is enough to go back and forth; older ones are computed anew.
  useValues.setState(({ byKey }) => ({
    byKey: new Map([...byKey].filter(([other]) => other !== key).slice(-7)).set(key, values),
  }))

/** Computes them unless they are there or on their way. Failure is shown where the values would stand. */
export async function loadValues(path: string, model: string, digest: string): Promise<void> {
  const key = valuesKey(path, model, digest)
  const known = useValues.getState().byKey.get(key)
  if (known && known.state !== 'failed') return
  put(key, { state: 'loading' })
  try {
    const { arrow, rows, profiles } = await studio.features.preview({
      path,
      model,
      limit: sampledObservations,
      rows: previewRows,
    })
    put(key, { state: 'ready', arrow, rows, profiles: new Map(profiles.map((profile) => [profile.name, profile])) })
  } catch (error) {
    put(key, { state: 'failed', error: toStudioError(error).toData() })
  }
}
