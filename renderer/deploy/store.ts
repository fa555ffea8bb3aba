import type { StudioErrorData } from '@shared/errors'
import { toStudioError } from '@shared/errors'
import type { Bundle, Remote, Transfer } from '@shared/registry/registry'
import type { Run } from '@shared/training/run'
import { create } from 'zustand'
import { onEvent, studio, useConnection } from '../app/studio'
import { withNewer } from './merge'

export type RunSummary = Omit<Run, 'curves' | 'trials'>

interface DeployState {
  readonly state: 'loading' | 'ready' | 'failed'
  readonly error: StudioErrorData | null
  readonly remotes: readonly Remote[]
  /** Newest first. */
  readonly transfers: readonly Transfer[]
  /** Newest first. */
  readonly bundles: readonly Bundle[]
  /** Runs that succeeded, newest first. */
  readonly runs: readonly RunSummary[]
  /** Names of registries that are being asked now. */
  readonly checking: ReadonlySet<string>
}

export const useDeploy = create<DeployState>(() => ({
  state: 'loading',
  error: null,
  remotes: [],
  transfers: [],
  bundles: [],
  runs: [],
  checking: new Set(),
}))

export const isUnfinished = ({ state }: Transfer): boolean => state !== 'done' && state !== 'cancelled'

/** How many transfers have not arrived yet. */
export const queuedCount = ({ transfers }: Pick<DeployState, 'transfers'>): number =>
  transfers.filter(isUnfinished).length

export const refreshDeploy = async (): Promise<void> => {
  try {
    const [remotes, transfers, bundles, runs] = await Promise.all([
      studio.registry.remotes({}),
      studio.registry.outbox({}),
      studio.registry.bundles({}),
      studio.training.runs({}),
    ])
    useDeploy.setState((before) => ({
      state: 'ready',
      error: null,
      remotes,
      transfers: withNewer(transfers, before.transfers),
      bundles,
      runs: runs.filter((run) => run.state === 'succeeded'),
    }))
  } catch (thrown) {
    useDeploy.setState({ state: 'failed', error: toStudioError(thrown).toData() })
  }
}

const takeTransfer = (transfer: Transfer): void =>
  useDeploy.setState(({ transfers }) => {
    const at = transfers.findIndex((one) => one.id === transfer.id)
    return { transfers: at < 0 ? [transfer, ...transfers] : transfers.with(at, transfer) }
  })

const takeRemote = (remote: Remote): void =>
  useDeploy.setState(({ remotes }) => ({ remotes: remotes.map((one) => (one.name === remote.name ? remote : one)) }))

/** Ask a registry; the answer is shown, and returned. */
export const checkRemote = async (name: string): Promise<Remote> => {
  useDeploy.setState(({ checking }) => ({ checking: new Set([...checking, name]) }))
  try {
    const remote = await studio.registry.checkRemote({ name })
    takeRemote(remote)
    return remote
  } finally {
    useDeploy.setState(({ checking }) => ({ checking: new Set([...checking].filter((one) => one !== name)) }))
  }
}

let followers = 0
let stopFollowing = (): void => {}

/** Keep the store in step while something shows it. Returns the way to stop. */
export const followDeploy = (): (() => void) => {
  followers += 1
  if (followers === 1) {
    const refresh = (): void => {
      refreshDeploy().catch(() => {})
    }
    const stops = [
      onEvent('registry', 'changed', refresh),
      onEvent('registry', 'transfer', takeTransfer),
      onEvent('training', 'changed', refresh),
      useConnection.subscribe(({ opened }, before) => {
        if (opened !== before.opened) refresh()
      }),
    ]
    stopFollowing = () => {
      for (const stop of stops) stop()
    }
    refresh()
  }
  return () => {
    followers -= 1
    if (followers === 0) stopFollowing()
  }
}
