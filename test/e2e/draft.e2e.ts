import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openWindow, type RunningHost, startHost, type Window } from '../support/browser'

const hasChromium = chromiumPath() !== null
if (!hasChromium) process.stderr.write('\n*** SKIPPED: there is no Chromium; drafting was NOT tested in a window.\n\n')

describe.skipIf(!hasChromium)('a draft from a file, in a window', () => {
  let host: RunningHost
  let window: Window
  let page: Page

  beforeAll(async () => {
    host = await startHost()
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
  })

  const file = (name: string) => page.getByRole('tree', { name: 'Files' }).getByText(name, { exact: true })

  it('is one button above the table, opens in Author as text and graph, and says what it assumed', async () => {
    await file('data').click()
    await file('flights.parquet').dblclick()
    await page.getByRole('button', { name: 'Draft model' }).click()
    await page.getByText('Drafted flights_draft.proml from data/flights.parquet.').waitFor()
    await page.getByText('The label is `delay > 15`.').waitFor()
    await page.locator('.react-flow__node').filter({ hasText: 'high_delay_probability' }).waitFor()
    await page.locator('.monaco-editor').getByText('flights_draft').first().waitFor()
    const violations: string[] = []
    for (const theme of ['light', 'dark'] as const) {
      await window.theme(theme)
      await window.shot(`draft-${theme}`)
      violations.push(...(await window.violations()))
    }
    expect(violations).toEqual([])
    const text = readFileSync(join(host.workspace, 'flights_draft.proml'), 'utf8')
    expect(text).toContain('predict high_delay = delay > 15')
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.getByText('The label is `delay > 15`.').waitFor({ state: 'detached' })
  })

  it('of the same file again goes beside the first one, from the menu of the file', async () => {
    await file('flights.parquet').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Draft model from this file' }).click()
    await page.getByText('Drafted flights_draft_2.proml from data/flights.parquet.').waitFor()
    expect(window.faults).toEqual([])
  })
})
