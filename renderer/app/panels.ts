import type { PanelDefinition, PanelParameters } from './contributions'

const definitions = new Map<string, PanelDefinition>()

export const registerPanels = (panels: readonly PanelDefinition[]): void => {
  for (const panel of panels) definitions.set(panel.type, panel)
}

export const panelDefinition = (type: string): PanelDefinition | undefined => definitions.get(type)

/** The panel that opens a file: the longest ending that fits wins. */
export const panelForFile = (path: string): PanelDefinition | undefined => {
  const name = path.toLowerCase()
  let best: { panel: PanelDefinition; length: number } | undefined
  for (const panel of definitions.values())
    for (const ending of panel.opens ?? [])
      if (name.endsWith(ending.toLowerCase()) && ending.length > (best?.length ?? 0))
        best = { panel, length: ending.length }
  return best?.panel
}

/** Where in a panel to look is not part of what the panel is: the same file at another line is the same panel. */
const placeParameters = new Set(['line', 'column', 'revealedAt'])

export const panelIdOf = (type: string, parameters: PanelParameters): string => {
  const identity = Object.entries(parameters)
    .filter(([name]) => !placeParameters.has(name))
    .sort(([a], [b]) => a.localeCompare(b))
  return `${type}:${JSON.stringify(identity)}`
}

export const titleOf = (type: string, parameters: PanelParameters): string =>
  panelDefinition(type)?.title(parameters) ?? fileName(String(parameters.path ?? type))

export const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
