import { create } from 'zustand'
import { closePanelsOf } from '../../app/docking'
import { openFile } from '../../app/navigation'
import { attempt, notify } from '../../app/notices'
import { studio } from '../../app/studio'
import { refreshTree, useWorkspace } from '../../app/workspace'
import { freeName, parentOf } from './tree'

interface FilesState {
  readonly expanded: ReadonlySet<string>
  readonly focused: string | null
  /** The line whose name is being edited. */
  readonly renaming: string | null
}

export const useFiles = create<FilesState>(() => ({ expanded: new Set(), focused: null, renaming: null }))

export const setExpanded = (path: string, change: 'open' | 'close' | 'toggle'): void =>
  useFiles.setState(({ expanded }) => {
    const next = new Set(expanded)
    const opens = change === 'open' || (change === 'toggle' && !expanded.has(path))
    if (opens) next.add(path)
    else next.delete(path)
    return { expanded: next }
  })

export const collapseAll = (): void => useFiles.setState({ expanded: new Set() })

/** Open every folder above a path and put the focus on it. */
export const revealInTree = (path: string): void =>
  useFiles.setState(({ expanded }) => {
    const next = new Set(expanded)
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) next.add(folder)
    return { expanded: next, focused: path }
  })

/** The folder that a new thing goes into: the focused one, or the one around the focused file. */
const targetFolder = (): string => {
  const { focused } = useFiles.getState()
  const entry = useWorkspace.getState().entries.find((one) => one.path === focused)
  if (!entry) return ''
  return entry.kind === 'folder' ? entry.path : parentOf(entry.path)
}

const beginRename = (path: string): void => {
  revealInTree(path)
  useFiles.setState({ renaming: path })
}

export const newFile = (folder = targetFolder()): void =>
  attempt(async () => {
    const path = freeName(useWorkspace.getState().entries, folder, 'untitled.md')
    await studio.workspace.write({ path, text: '', expectedDigest: null })
    await refreshTree()
    beginRename(path)
  })

export const newFolder = (folder = targetFolder()): void =>
  attempt(async () => {
    const path = freeName(useWorkspace.getState().entries, folder, 'folder')
    await studio.workspace.createFolder({ path })
    await refreshTree()
    beginRename(path)
  })

export const renameTo = (path: string, name: string): void => {
  useFiles.setState({ renaming: null })
  const parent = parentOf(path)
  const to = parent === '' ? name : `${parent}/${name}`
  if (name.trim() === '' || to === path) return
  attempt(async () => {
    await studio.workspace.rename({ from: path, to })
    closePanelsOf(path)
    await refreshTree()
    revealInTree(to)
    if (useWorkspace.getState().entries.some((entry) => entry.path === to && entry.kind === 'file')) openFile(to)
  })
}

/** Into the trash, with the way back in the notice. */
export const removePath = (path: string): void =>
  attempt(async () => {
    const { trashedAs } = await studio.workspace.remove({ path })
    closePanelsOf(path)
    await refreshTree()
    notify({
      kind: 'info',
      title: `${path} was moved to the trash.`,
      detail: `It lies in ${trashedAs}.`,
    })
  })
