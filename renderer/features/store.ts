import { type StudioErrorData, toStudioError } from '@shared/errors'
import type { FeatureSummary } from '@shared/rpc/features'
import { create } from 'zustand'
import { onEvent, studio, useConnection } from '../app/studio'
import type { Chosen } from './search'

interface FeaturesState {
  /** Null until they are read. */
  readonly features: readonly FeatureSummary[] | null
  /** Why the list could not be read; what was read before stays. */
  readonly error: StudioErrorData | null
  readonly query: string
  readonly chosen: Chosen
}

export const useFeatures = create<FeaturesState>(() => ({ features: null, error: null, query: '', chosen: {} }))

let isFollowing = false

export const readFeatures = async (): Promise<void> => {
  try {
    useFeatures.setState({ features: await studio.features.list({}), error: null })
  } catch (thrown) {
    useFeatures.setState({ error: toStudioError(thrown).toData() })
  }
}

const readQuietly = (): void => {
  readFeatures().catch(() => {})
}

/** Read the list when it is first looked at, and again whenever a `.proml` file changes. */
export const followFeatures = (): void => {
  if (isFollowing) return
  isFollowing = true
  readQuietly()
  onEvent('workspace', 'changed', ({ paths }) => {
    if (paths.some((path) => path === '' || path.endsWith('.proml'))) readQuietly()
  })
  useConnection.subscribe(({ opened }, before) => {
    if (opened !== before.opened) readQuietly()
  })
}
