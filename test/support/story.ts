import type { Locator, Page } from 'playwright-core'
import type { Window } from './browser'

/** What a person does in every story: find an activity, open a file, choose from a list. */
export interface Story {
  /** What keeps people out, on all screens that the story passes. */
  readonly barriers: ReadonlySet<string>
  showActivity(name: string): Promise<void>
  openFile(name: string): Promise<void>
  /** The screen as it is, in light and in dark, looked at by axe in both. */
  shoot(name: string): Promise<void>
  choose(scope: Page | Locator, label: string, option: string | RegExp): Promise<void>
  /** A command by its words, as one types them. */
  command(words: string): Promise<void>
}

/** The window is made before the first step, after the story is set up. */
export const story = (window: () => Window): Story => {
  const barriers = new Set<string>()
  const page = (): Page => window().page

  const showActivity = async (name: string): Promise<void> => {
    const activity = page().getByRole('navigation', { name: 'Activities' }).getByRole('button', { name, exact: true })
    // Choosing the activity that is shown already folds its side bar away.
    if ((await activity.getAttribute('aria-expanded')) !== 'true') await activity.click()
  }

  return {
    barriers,
    showActivity,
    openFile: async (name) => {
      await showActivity('Explore')
      await page().getByRole('tree', { name: 'Files' }).getByText(name, { exact: true }).dblclick()
    },
    shoot: async (name) => {
      for (const theme of ['light', 'dark'] as const) {
        await window().theme(theme)
        await window().shot(`${name}-${theme}`)
        for (const violation of await window().violations()) barriers.add(`${name}, ${theme}: ${violation}`)
      }
      await window().theme('light')
    },
    choose: async (scope, label, option) => {
      await scope
        .getByRole('button', { name: new RegExp(label) })
        .first()
        .click()
      await page().getByRole('option', { name: option }).first().click()
    },
    command: async (words) => {
      await page().keyboard.press('Control+Shift+P')
      const search = page()
        .getByRole('dialog', { name: /^Search/ })
        .getByRole('combobox')
      await search.waitFor()
      await page().keyboard.type(words)
      await page().getByRole('option').first().waitFor()
      await page().keyboard.press('Enter')
      await search.waitFor({ state: 'hidden' })
    },
  }
}
