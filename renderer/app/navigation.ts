import { create } from 'zustand'
import type { ActivityId, PanelParameters } from './contributions'
import { notify } from './notices'
import { panelForFile } from './panels'

export type BottomTab = 'problems' | 'jobs' | 'output'

interface Navigation {
  readonly activity: ActivityId
  readonly isSideBarOpen: boolean
  readonly sideBarWidth: number
  readonly isBottomOpen: boolean
  readonly bottomHeight: number
  readonly bottomTab: BottomTab
  /** The panel that has the focus of the middle, as the dock tells it. */
  readonly activePanel: { readonly type: string; readonly parameters: PanelParameters } | null
}

const frameKey = 'proml.frame.v1'

const frame = {
  activity: 'explore' as ActivityId,
  isSideBarOpen: true,
  sideBarWidth: 232,
  isBottomOpen: false,
  bottomHeight: 168,
  bottomTab: 'problems' as BottomTab,
}

const remembered = (): typeof frame => {
  try {
    return { ...frame, ...JSON.parse(localStorage.getItem(frameKey) ?? '{}') }
  } catch {
    return frame
  }
}

export const useNavigation = create<Navigation>(() => ({ ...remembered(), activePanel: null }))

useNavigation.subscribe(({ activePanel: _, ...kept }) => {
  localStorage.setItem(frameKey, JSON.stringify(kept))
})

const narrow = (): MediaQueryList => matchMedia('(max-width: 760px)')

/** A narrow window, or a wide one at a high zoom: the side bar then lies over the middle instead of beside it. */
const isNarrow = (): boolean => narrow().matches

/** Fold the side bar whenever the window becomes narrow. */
export const followWidth = (): (() => void) => {
  const fold = (): void => {
    if (isNarrow()) useNavigation.setState({ isSideBarOpen: false })
  }
  fold()
  const media = narrow()
  media.addEventListener('change', fold)
  return () => media.removeEventListener('change', fold)
}

/** What the dock does for navigation; set once it is there. */
export interface Dock {
  open(type: string, parameters: PanelParameters): void
}

let dock: Dock | null = null
const waiting: (readonly [string, PanelParameters])[] = []

export const setDock = (next: Dock): void => {
  dock = next
  for (const [type, parameters] of waiting.splice(0)) dock.open(type, parameters)
}

/** Open a panel, or bring it to the front if it is open; `line`, `column` and `revealedAt` only move within it. */
export const openPanel = (type: string, parameters: PanelParameters): void => {
  if (isNarrow()) useNavigation.setState({ isSideBarOpen: false })
  if (dock) dock.open(type, parameters)
  else waiting.push([type, parameters])
}

interface Place {
  /** 1-based. */
  readonly line?: number
  readonly column?: number
}

/** Open a file in the panel for its ending, at a place in it where one is given. */
export const openFile = (path: string, place: Place = {}): void => {
  const panel = panelForFile(path)
  if (!panel) {
    notify({
      kind: 'info',
      title: `Nothing here opens ${path}.`,
      hint: 'Text, tables, notebooks and Pro-ML files open in the studio.',
    })
    return
  }
  if (place.line === undefined) openPanel(panel.type, { path })
  else openPanel(panel.type, { path, line: place.line, column: place.column ?? 1, revealedAt: Date.now() })
}

export const showActivity = (activity: ActivityId): void => useNavigation.setState({ activity, isSideBarOpen: true })

export const showBottom = (bottomTab: BottomTab): void => useNavigation.setState({ bottomTab, isBottomOpen: true })

export const toggleSideBar = (): void =>
  useNavigation.setState(({ isSideBarOpen }) => ({ isSideBarOpen: !isSideBarOpen }))

export const toggleBottom = (): void => useNavigation.setState(({ isBottomOpen }) => ({ isBottomOpen: !isBottomOpen }))

/** Documents with unsaved text, by path; their tabs carry a mark. */
export const useDocuments = create<{ readonly unsaved: ReadonlySet<string> }>(() => ({ unsaved: new Set() }))

export const setDocumentState = (path: string, state: 'saved' | 'unsaved'): void =>
  useDocuments.setState(({ unsaved }) => {
    if (unsaved.has(path) === (state === 'unsaved')) return { unsaved }
    const next = new Set(unsaved)
    if (state === 'unsaved') next.add(path)
    else next.delete(path)
    return { unsaved: next }
  })
