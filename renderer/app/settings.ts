import { create } from 'zustand'
import { notifyError } from './notices'
import { studio } from './studio'
import { setTheme, setZoom, type ThemeName, themeNames, zoomSteps } from './theme'

export interface Settings {
  readonly theme: ThemeName
  readonly zoom: number
  readonly autosave: 'afterDelay' | 'off'
  readonly isMotionReduced: boolean
  readonly isWelcomeShown: boolean
}

const defaults: Settings = {
  theme: 'system',
  zoom: 1,
  autosave: 'afterDelay',
  isMotionReduced: false,
  isWelcomeShown: true,
}

/** The user’s settings; kept by the services, so that every window and host has the same. */
export const useSettings = create<Settings>(() => defaults)

const read = (stored: Record<string, unknown>): Settings => ({
  theme: themeNames.find((name) => name === stored.theme) ?? defaults.theme,
  zoom: zoomSteps.find((step) => step === stored.zoom) ?? defaults.zoom,
  autosave: stored.autosave === 'off' ? 'off' : 'afterDelay',
  isMotionReduced: stored.isMotionReduced === true,
  isWelcomeShown: stored.isWelcomeShown !== false,
})

const apply = (settings: Settings): void => {
  setTheme(settings.theme)
  setZoom(settings.zoom)
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
