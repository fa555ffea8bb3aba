import { create } from 'zustand'

export const themeNames = ['system', 'light', 'dark', 'contrast'] as const
export type ThemeName = (typeof themeNames)[number]
/** `contrast-light` and `contrast-dark` are the high-contrast pair. */
export type ResolvedTheme = 'light' | 'dark' | 'contrast-light' | 'contrast-dark'

const storageKey = 'proml.theme'

const stored = (): ThemeName => themeNames.find((name) => name === localStorage.getItem(storageKey)) ?? 'system'
const systemIsDark = (): boolean => matchMedia('(prefers-color-scheme: dark)').matches
const systemWantsContrast = (): boolean => matchMedia('(prefers-contrast: more)').matches

const resolve = (name: ThemeName): ResolvedTheme => {
  switch (name) {
    case 'light':
    case 'dark':
      return name
    case 'contrast':
      return systemIsDark() ? 'contrast-dark' : 'contrast-light'
    case 'system': {
      const base = systemIsDark() ? 'dark' : 'light'
      return systemWantsContrast() ? `contrast-${base}` : base
    }
  }
}

/** `isDark` tells editors and canvases which palette to take. */
export const useTheme = create<{ name: ThemeName; resolved: ResolvedTheme; isDark: boolean }>(() => ({
  name: 'system',
  resolved: 'light',
  isDark: false,
}))

const apply = (name: ThemeName): void => {
  const resolved = resolve(name)
  const isDark = resolved.endsWith('dark')
  document.documentElement.dataset.theme = resolved
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
  useTheme.setState({ name, resolved, isDark })
}

export const setTheme = (name: ThemeName): void => {
  localStorage.setItem(storageKey, name)
  apply(name)
}

/** Before the first paint, from what this browser remembers; follows the system from then on. */
export const applyTheme = (): void => {
  apply(stored())
  for (const media of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'])
    matchMedia(media).addEventListener('change', () => apply(useTheme.getState().name))
}
