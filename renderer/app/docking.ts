import type { DockviewApi, IDockviewPanel } from 'dockview-react'
import type { Command, PanelParameters } from './contributions'
import { setDock, useNavigation } from './navigation'
import { notify } from './notices'
import { panelIdOf, titleOf } from './panels'
import { useWorkspace } from './workspace'

export type Direction = 'left' | 'right' | 'up' | 'down'

interface Closed {
  readonly type: string
  readonly parameters: PanelParameters
}

let dock: DockviewApi | null = null
const closed: Closed[] = []
const keptClosed = 30

export const isUnsaved = (unsaved: ReadonlySet<string>, parameters: PanelParameters): boolean =>
  typeof parameters.path === 'string' && unsaved.has(parameters.path)

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** What this shell put into a panel of the dock, read back from what may be an old layout. */
const stateOf = (panel: IDockviewPanel): Closed | null => {
  const { type, parameters } = panel.params ?? {}
  if (typeof type !== 'string' || !isRecord(parameters)) return null
  const plain = Object.entries(parameters).filter(
    (entry): entry is [string, string | number | boolean | null] =>
      entry[1] === null || ['string', 'number', 'boolean'].includes(typeof entry[1]),
  )
  return { type, parameters: Object.fromEntries(plain) }
}

const open = (api: DockviewApi, type: string, parameters: PanelParameters): void => {
  const id = panelIdOf(type, parameters)
  const existing = api.getPanel(id)
  if (existing) {
    existing.api.updateParameters({ type, parameters })
    existing.api.setActive()
    return
  }
  api.addPanel({ id, component: 'panel', title: titleOf(type, parameters), params: { type, parameters } })
}

const layoutKey = (): string => `proml.layout.v1:${useWorkspace.getState().info?.root ?? ''}`

const restoreLayout = (api: DockviewApi): void => {
  const text = localStorage.getItem(layoutKey())
  if (text === null) return
  try {
    api.fromJSON(JSON.parse(text))
  } catch {
    // A layout that cannot be read is not worth a start that fails.
    localStorage.removeItem(layoutKey())
    api.clear()
  }
}

const whenWorkspaceIsKnown = (run: () => void): void => {
  if (useWorkspace.getState().info) {
    run()
    return
  }
  const stop = useWorkspace.subscribe(({ info }) => {
    if (!info) return
    stop()
    run()
  })
}

let onRestored: (isEmpty: boolean) => void = () => {}

/** Told once the layout of the workspace is back; with nothing in it on a first start. */
export const setRestoredListener = (listener: (isEmpty: boolean) => void): void => {
  onRestored = listener
}

export const attachDock = (api: DockviewApi): void => {
  dock = api
  whenWorkspaceIsKnown(() => {
    restoreLayout(api)
    api.onDidLayoutChange(() => localStorage.setItem(layoutKey(), JSON.stringify(api.toJSON())))
    api.onDidRemovePanel((panel) => {
      const state = stateOf(panel)
      if (state) closed.splice(0, Math.max(0, closed.length + 1 - keptClosed))
      if (state) closed.push(state)
    })
    const tellActive = (): void => {
      const panel = api.activePanel
      useNavigation.setState({ activePanel: panel ? stateOf(panel) : null })
    }
    api.onDidActivePanelChange(tellActive)
    tellActive()
    setDock({ open: (type, parameters) => open(api, type, parameters) })
    onRestored(api.panels.length === 0)
  })
}

/** Brings the newest panel of one of these types to the front, unless one is there; false where none is open. */
export const activatePanelOf = (types: readonly string[]): boolean => {
  const panels = dock?.panels.filter((panel) => types.includes(stateOf(panel)?.type ?? '')) ?? []
  if (!panels.some((panel) => panel.api.isActive)) panels.at(-1)?.api.setActive()
  return panels.length > 0
}

/** Close what shows a path, or lies below it, after it went away. */
export const closePanelsOf = (path: string): void => {
  for (const panel of dock?.panels ?? []) {
    const shown = stateOf(panel)?.parameters.path
    if (typeof shown === 'string' && (shown === path || shown.startsWith(`${path}/`))) panel.api.close()
  }
}

const dockDirection = { left: 'left', right: 'right', up: 'top', down: 'bottom' } as const

/** Into the neighbouring group if there is one that way, else into a new group on that side. */
const movePanel = (direction: Direction): void => {
  const panel = dock?.activePanel
  if (!dock || !panel) return
  const neighbour = dock.adjacentGroupInDirection(panel.group, direction)
  const target = dock.groups.find((group) => group.id === neighbour?.id)
  if (target) panel.api.moveTo({ group: target, position: 'center' })
  else if (panel.group.panels.length > 1) panel.api.moveTo({ group: panel.group, position: dockDirection[direction] })
  else notify({ kind: 'info', title: `There is nothing to the ${direction} to move to.` })
}

const focusGroup = (step: 1 | -1): void => {
  if (!dock || dock.groups.length === 0) return
  const at = dock.activeGroup ? dock.groups.indexOf(dock.activeGroup) : -1
  const next = dock.groups[(at + step + dock.groups.length) % dock.groups.length]
  next?.activePanel?.api.setActive()
  focusPanel()
}

/** Put the keyboard into the active panel: into its own first stop, else onto the panel. */
const focusPanel = (): void => {
  const content = document.querySelector('.dv-active-group .dv-active-tab')
  if (content instanceof HTMLElement) content.focus()
}

const cycleTab = (step: 1 | -1): void => {
  const group = dock?.activeGroup
  if (!group?.activePanel) return
  const at = group.panels.indexOf(group.activePanel)
  group.panels[(at + step + group.panels.length) % group.panels.length]?.api.setActive()
}

const hasPanel = (): boolean => Boolean(dock?.activePanel)

export const dockCommands: readonly Command[] = [
  ...(['left', 'right', 'up', 'down'] as const).map((direction) => ({
    id: `dock.move.${direction}`,
    title: `Move panel ${direction}`,
    category: 'View',
    keys: `Mod+Alt+Shift+${{ left: 'Left', right: 'Right', up: 'Up', down: 'Down' }[direction]}`,
    when: hasPanel,
    run: () => movePanel(direction),
  })),
  { id: 'dock.focusNext', title: 'Focus next group', category: 'View', keys: 'F6', run: () => focusGroup(1) },
  {
    id: 'dock.focusPrevious',
    title: 'Focus previous group',
    category: 'View',
    keys: 'Shift+F6',
    run: () => focusGroup(-1),
  },
  {
    id: 'dock.nextTab',
    title: 'Next tab',
    category: 'View',
    keys: 'Mod+Alt+PageDown',
    when: hasPanel,
    run: () => cycleTab(1),
  },
  {
    id: 'dock.previousTab',
    title: 'Previous tab',
    category: 'View',
    keys: 'Mod+Alt+PageUp',
    when: hasPanel,
    run: () => cycleTab(-1),
  },
  {
    id: 'dock.close',
    title: 'Close panel',
    category: 'View',
    keys: 'Alt+W',
    when: hasPanel,
    run: () => dock?.activePanel?.api.close(),
  },
  {
    id: 'dock.closeOthers',
    title: 'Close other panels of the group',
    category: 'View',
    when: hasPanel,
    run: () => {
      for (const panel of [...(dock?.activeGroup?.panels ?? [])]) if (panel !== dock?.activePanel) panel.api.close()
    },
  },
  {
    id: 'dock.reopen',
    title: 'Reopen closed panel',
    category: 'View',
    keys: 'Alt+Shift+W',
    run: () => {
      const last = closed.pop()
      if (last && dock) open(dock, last.type, last.parameters)
    },
  },
  {
    id: 'dock.maximize',
    title: 'Maximise or restore panel',
    category: 'View',
    keys: 'Alt+M',
    when: hasPanel,
    run: () => {
      const api = dock?.activePanel?.api
      if (api?.isMaximized()) api.exitMaximized()
      else api?.maximize()
    },
  },
]
