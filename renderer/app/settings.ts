import { create } from 'zustand'
import { notifyError } from './notices'
import { studio } from './studio'
import { setTheme, type ThemeName, themeNames } from './theme'

export interface Settings {
  readonly theme: ThemeName
  readonly autosave: 'afterDelay' | 'off'
  readonly isFormattedOnSave: boolean
  readonly isMotionReduced: boolean
  readonly isWelcomeShown: boolean
  /** Types and names of parameters that a program does not write, shown in it. */
  readonly areHintsShown: boolean
}

const defaults: Settings = {
  theme: 'system',
  autosave: 'afterDelay',
  isFormattedOnSave: false,
  isMotionReduced: false,
  isWelcomeShown: true,
  areHintsShown: true,
}

/** The user’s settings; kept by the services, so that every window and host has the same. */
export const useSettings = create<Settings>(() => defaults)

const read = (stored: Record<string, unknown>): Settings => ({
  theme: themeNames.find((name) => name === stored.theme) ?? defaults.theme,
  autosave: stored.autosave === 'off' ? 'off' : 'afterDelay',
  isFormattedOnSave: stored.isFormattedOnSave === true,
  isMotionReduced: stored.isMotionReduced === true,
  isWelcomeShown: stored.isWelcomeShown !== false,
  areHintsShown: stored.areHintsShown !== false,
})

const apply = (settings: Settings): void => {
  setTheme(settings.theme)
  document.documentElement.dataset.motion = settings.isMotionReduced ? 'reduced' : 'full'
}

export const loadSettings = async (): Promise<void> => {
  const settings = read(await studio.workspace.settings({}))
  useSettings.setState(settings)
  apply(settings)
}

export const changeSettings = (change: Partial<Settings>): void => {
  useSettings.setState(change)
  apply(useSettings.getState())
  studio.workspace.saveSettings(change).catch(notifyError)
}
