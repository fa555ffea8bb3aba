import type { ComponentType } from 'react'

/** The seven activities in Pro-ML's order. */
export const activityIds = ['explore', 'author', 'features', 'train', 'deploy', 'run', 'health'] as const
export type ActivityId = (typeof activityIds)[number]

/** Commands stand in one table that the palette, the key bindings, menus and tooltips read. */
export interface Command {
  /** `train.start` */
  readonly id: string
  readonly title: string
  readonly category: string
  /** `Mod+Shift+P`; Mod is Cmd on macOS, Ctrl elsewhere. */
  readonly keys?: string
  readonly when?: () => boolean
  readonly run: () => void | Promise<void>
}

/** Parameters are plain JSON, so that the layout survives a reload. */
export type PanelParameters = Readonly<Record<string, string | number | boolean | null>>

export interface PanelDefinition {
  /** `data`, `notebook`, `proml`, `run`, … */
  readonly type: string
  readonly title: (parameters: PanelParameters) => string
  readonly component: ComponentType<{ readonly parameters: PanelParameters; readonly isActive: boolean }>
  /** File-name endings that this panel opens, e.g. `.ipynb`; its parameters then hold `path`. */
  readonly opens?: readonly string[]
}

/** What a capability's folder brings to the window. `renderer/app/screens.ts` lists them all. */
export interface Contribution {
  readonly activity?: {
    readonly id: ActivityId
    readonly label: string
    readonly icon: ComponentType<{ size?: number }>
    readonly sideBar: ComponentType
    /** Panel opened when the activity is chosen and none of its panels is open. */
    readonly home?: { readonly type: string; readonly parameters: PanelParameters }
  }
  readonly panels: readonly PanelDefinition[]
  readonly commands: readonly Command[]
}
