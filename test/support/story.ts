import type { Locator, Page } from 'playwright-core'
import { beforeEach, describe } from 'vitest'
import { chromiumPath, type Window } from './browser'

/** `describe` for what happens in a window; without Chromium it is skipped, and the output says what was not tested. */
export const describeInWindow = (untested: string): typeof describe | typeof describe.skip => {
  if (chromiumPath() !== null) return describe
  process.stderr.write(`\n*** SKIPPED: there is no Chromium; ${untested}. Set PROML_CHROMIUM.\n\n`)
  return describe.skip
}

/** Keeps the screen of each step that fails, for a story without `story` too. */
export const keepFailedScreens = (window: () => Window | undefined): void => {
  beforeEach(({ task, onTestFailed }) => {
    onTestFailed(() => window()?.shot(`failed ${task.name.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 60)}`))
  })
}

/** What a person does in every story: find an activity, open a file, choose from a list. */
export interface Story {
  /** What keeps people out, on all screens that the story passes. */
  readonly barriers: ReadonlySet<string>
  showActivity(name: string): Promise<void>
  openFile(name: string): Promise<void>
  /** The screen as it is, in light and in dark, looked at by axe in both. */
  shoot(name: string): Promise<void>
  choose(scope: Page | Locator, label: string, option: string | RegExp): Promise<void>
  /** Quick open: the first file, feature or run that fits these words. */
  goTo(words: string): Promise<void>
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

  const ask = async (keys: string, words: string): Promise<void> => {
    await page().keyboard.press(keys)
    const search = page()
      .getByRole('dialog', { name: /^Search/ })
      .getByRole('combobox')
    await search.waitFor()
    await page().keyboard.type(words)
    await page().getByRole('option').first().waitFor()
    await page().keyboard.press('Enter')
    await search.waitFor({ state: 'hidden' })
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
    goTo: (words) => ask('Control+P', words),
    command: (words) => ask('Control+Shift+P', words),
  }
}

/** The middle of a word in a text, for the pointer. */
export const placeOf = async (text: Locator, word: string): Promise<{ x: number; y: number }> =>
  text.evaluate((root, wanted) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = new RegExp(`\\b${wanted}\\b`).exec(node.textContent ?? '')
      if (!at) continue
      const range = document.createRange()
      range.setStart(node, at.index)
      range.setEnd(node, at.index + wanted.length)
      const { left, top, width, height } = range.getBoundingClientRect()
      return { x: left + width / 2, y: top + height / 2 }
    }
    throw new Error(`The text does not show ${wanted}.`)
  }, word)
