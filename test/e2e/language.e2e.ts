import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWindow, type RunningHost, startHost, type Window } from '../support/browser'
import { describeInWindow, keepFailedScreens, story } from '../support/story'

// What the language server gives, as a person meets it in the built-in editor, over two files of one namespace.
const derived = `namespace flights

feature relief: float of airport = 0 - airport_delay_1h

feature calm of airport = relief > 0

model quiet {
  observe flights
  predict late = delay > 15
  use relief by origin
  let far = standardize(relief)
  output p = probability(logistic(far))
}
`

describeInWindow('the editor was NOT tested end to end')('the language in the editor', () => {
  let host: RunningHost
  let window: Window
  let page: Page

  const { barriers, openFile, shoot } = story(() => window)
  const text = (file: string) => readFileSync(join(host.workspace, file), 'utf8')
  /** The text of this file takes the keys; the tab of another one may still be going. */
  const focusEditor = (file: string) => page.getByRole('textbox', { name: `Program ${file}` }).focus()
  /** Puts the cursor into a word of the file that is shown. */
  const goTo = async (file: string, before: string) => {
    const place = text(file).indexOf(before) + before.length
    const lines = text(file).slice(0, place).split('\n')
    const line = lines.length
    const column = (lines.at(-1)?.length ?? 0) + 1
    await focusEditor(file)
    await page.keyboard.press('Control+g')
    const asked = page.locator('.quick-input-widget:visible input')
    await asked.fill(`:${line}:${column}`)
    await asked.press('Enter')
    await asked.waitFor({ state: 'hidden' })
    await focusEditor(file)
    await page.getByText(`Ln ${line}, Col ${column}`, { exact: true }).waitFor()
  }
  const editor = () => page.locator('.monaco-editor:visible').first()

  beforeAll(async () => {
    host = await startHost()
    writeFileSync(join(host.workspace, 'derived.proml'), derived)
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
    await openFile('derived.proml')
    await page.getByText('feature calm').first().waitFor()
    await focusEditor('derived.proml')
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
  })
  keepFailedScreens(() => window)

  it('shows lenses over models and features, and types that are not written', async () => {
    await page.getByText('Train quiet').waitFor()
    await page.getByText('used by 1 model', { exact: true }).waitFor()
    await page.getByText('used by no model', { exact: true }).waitFor()
    await expect.poll(() => editor().locator('.view-lines').textContent()).toMatch(/calm:\sbool/)
    await shoot('language-hints')
  })

  it('keeps the whole graph in sight as it grows: what another file declares comes a moment later', async () => {
    const graph = page.getByRole('region', { name: 'Feature graph' })
    await graph.getByRole('button', { name: 'airport_delay_1h', exact: true }).waitFor()
    const outside = () =>
      graph.evaluate((frame) => {
        const { left, right, top, bottom } = frame.getBoundingClientRect()
        return [...frame.querySelectorAll('.react-flow__node')]
          .filter((node) => {
            const box = node.getBoundingClientRect()
            return box.left < left || box.right > right || box.top < top || box.bottom > bottom
          })
          .map((node) => node.textContent)
      })
    await expect.poll(outside).toEqual([])
  })

  it('tells a feature of another file with the statistics of its column', async () => {
    await goTo('derived.proml', '0 - airport_del')
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Control+i')
    await page.getByText('Mean delay of the last hour', { exact: false }).first().waitFor()
    await page.keyboard.press('Escape')
  })

  it('shows the signature of the call that one is in', async () => {
    await goTo('derived.proml', 'far = standardize(')
    await page.keyboard.press('Control+Shift+Space')
    await page.locator('.parameter-hints-widget.visible').getByText('standardize(', { exact: false }).first().waitFor()
    await page.keyboard.press('Escape')
  })

  it('lists references in both files', async () => {
    await goTo('derived.proml', '0 - airport_del')
    await page.keyboard.press('Shift+F12')
    const peek = page.locator('.peekview-widget')
    await peek.waitFor()
    await expect.poll(() => peek.textContent()).toMatch(/flights\.proml/)
    await page.keyboard.press('Escape')
    await peek.waitFor({ state: 'detached' })
  })

  it('renames in a file that is not open, which is then saved, and undoes there', async () => {
    const before = text('flights.proml')
    await goTo('derived.proml', '0 - airport_del')
    await page.keyboard.press('F2')
    const box = page.locator('.rename-box input')
    await expect.poll(() => box.inputValue()).toBe('airport_delay_1h')
    await box.fill('delay_of_late')
    await box.press('Enter')
    await box.waitFor({ state: 'hidden' })
    await expect.poll(() => text('flights.proml')).toContain('feature delay_of_late: float of airport')
    expect(text('flights.proml')).toBe(before.replaceAll(/\bairport_delay_1h\b/g, 'delay_of_late'))
    await page.keyboard.press('Control+s')
    await expect.poll(() => text('derived.proml')).toContain('0 - delay_of_late')
    await openFile('flights.proml')
    await page.getByText('feature delay_of_late').first().waitFor()
    await focusEditor('flights.proml')
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+s')
    await expect.poll(() => text('flights.proml')).toBe(before)
  })

  it('goes to a definition in the other file’s own tab', async () => {
    writeFileSync(join(host.workspace, 'derived.proml'), derived)
    await openFile('derived.proml')
    await page.getByText('0 - airport_delay_1h').first().waitFor()
    await goTo('derived.proml', '0 - airport_del')
    await page.keyboard.press('F12')
    const line =
      text('flights.proml')
        .split('\n')
        .findIndex((each) => each.startsWith('feature airport_delay_1h')) + 1
    await page.getByText(`Ln ${line}, `).waitFor()
  })

  it('offers refactorings at the cursor', async () => {
    await openFile('derived.proml')
    await goTo('derived.proml', 'probability(logis')
    await page.keyboard.press('Control+.')
    await page
      .getByText('Extract to let logistic_far', { exact: false })
      .or(page.getByText('Extract to `let logistic_far`'))
      .first()
      .click()
    await expect.poll(() => editor().locator('.view-lines').textContent()).toMatch(/let.logistic_far/)
    await page.keyboard.press('Control+z')
  })

  it('did all that without a fault of the page', () => {
    expect([...barriers]).toEqual([])
    expect(window.faults).toEqual([])
  })
})
