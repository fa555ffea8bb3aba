import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWindow, type RunningHost, startHost, type Window } from '../support/browser'
import { describeInWindow, keepFailedScreens } from '../support/story'

const program = `namespace notes
source flights = parquet("data/flights.parquet") { time date  row (date, origin, destination) }
entity airport(code: string)
feature delay_3h: float of airport = mean(delay) from flights by origin over 3h
model late {
  observe flights where distance > 2000
  predict late = delay > 15
  use distance
  use from_delay = delay_3h by origin
  let gbt = boosted_trees(distance, from_delay, depth: 3, rounds: 10)
  output p = probability(gbt)
}
`

const notebook = (sources: readonly string[]): string =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 4,
    metadata: {},
    cells: sources.map((source) => ({ cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null })),
  })

describeInWindow('drafting was NOT tested in a window')('a draft from a file, in a window', () => {
  let host: RunningHost
  let window: Window
  let page: Page

  beforeAll(async () => {
    host = await startHost()
    const cells = [
      `%%proml\n${program.replace('(delay)', '(dely)')}`,
      `%%proml\n${program}`,
      '%proml train late',
      '%proml graph',
    ]
    writeFileSync(join(host.workspace, 'magic.ipynb'), notebook(cells))
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
  })
  keepFailedScreens(() => window)

  const file = (name: string) => page.getByRole('tree', { name: 'Files' }).getByText(name, { exact: true })

  it('is one button above the table, opens in Author as text and graph, and says what it assumed', async () => {
    await file('data').click()
    await file('flights.parquet').dblclick()
    await page.getByRole('button', { name: 'Draft model' }).click()
    await page.getByText('Drafted flights_draft.proml from data/flights.parquet.').waitFor()
    await page.getByText('The label is delay > 15.').waitFor()
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

  it('and what the magics answer reads in a notebook, whose link to the run opens its page', async () => {
    await file('magic.ipynb').dblclick()
    await page.getByRole('button', { name: 'Run all' }).click()
    const link = page.getByRole('link', { name: 'run r-0001' })
    await link.waitFor({ timeout: 120_000 })
    await page.getByRole('img', { name: /Feature graph of late/ }).waitFor({ timeout: 60_000 })
    const violations: string[] = []
    for (const [name, place] of [
      ['magic-check', page.getByText('Did you mean `delay`?').first()],
      ['magic-run', page.getByRole('img', { name: /^ROC curve, AUC 0/ })],
      ['magic-graph', page.getByRole('img', { name: /Feature graph of late/ })],
    ] as const)
      for (const theme of ['light', 'dark'] as const) {
        await window.theme(theme)
        await place.scrollIntoViewIfNeeded()
        await window.shot(`${name}-${theme}`)
        violations.push(...(await window.violations()))
      }
    expect(violations).toEqual([])
    await link.click()
    await page.getByRole('tab', { name: 'r-0001' }).waitFor()
    expect(window.faults).toEqual([])
  })
})
