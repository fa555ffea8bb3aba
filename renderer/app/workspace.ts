import type { WorkspaceEntry, WorkspaceInfo } from '@shared/rpc/workspace'
import { create } from 'zustand'
import { onEvent, studio, useConnection } from './studio'

interface WorkspaceState {
  readonly info: WorkspaceInfo | null
  readonly entries: readonly WorkspaceEntry[]
  readonly isTruncated: boolean
  readonly state: 'loading' | 'ready' | 'failed'
}

/** The open folder and its files; every list of files in the window reads this one. */
export const useWorkspace = create<WorkspaceState>(() => ({
  info: null,
  entries: [],
  isTruncated: false,
  state: 'loading',
}))

export const refreshTree = async (): Promise<void> => {
  const tree = await studio.workspace.tree({})
  useWorkspace.setState({ entries: tree.entries, isTruncated: tree.isTruncated, state: 'ready' })
}

const readAll = async (): Promise<void> => {
  try {
    const info = await studio.workspace.info({})
    useWorkspace.setState({ info })
    await refreshTree()
  } catch {
    useWorkspace.setState({ state: 'failed' })
  }
}

export const followWorkspace = (): (() => void) => {
  const stops = [
    onEvent('workspace', 'changed', () => {
      refreshTree().catch(() => {})
    }),
    // Another folder means other services and another layout: the window starts anew.
    onEvent('workspace', 'opened', (info) => {
      if (info.root === useWorkspace.getState().info?.root) useWorkspace.setState({ info })
      else location.reload()
    }),
    useConnection.subscribe(({ opened }, before) => {
      if (opened !== before.opened && before.opened > 0) readAll().catch(() => {})
    }),
  ]
  readAll().catch(() => {})
  return () => {
    for (const stop of stops) stop()
  }
}
