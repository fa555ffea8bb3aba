import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { linkPreparedPython, openWindow, type RunningHost, startHost, type Window } from '../support/browser'
import { describeInWindow, keepFailedScreens, story } from '../support/story'

// The first start on a machine: no Python environment yet. In the short round the package index never answers, and
// what comes of the set-up in the end is the environment that `npm test` made; the long round installs it for real.
const isLong = process.env.PROML_LONG === '1'
const setUpMs = isLong ? 900_000 : 60_000
const program = `namespace first

source flights = parquet("data/flights.parquet") { time date  row (date, origin, destination) }

model quick {
  observe flights where distance > 0
  predict late = delay > 15
  use distance
  use hour = hour(date)
  let gbt = boosted_trees(distance, hour, depth: 3, rounds: 10)
  output late_probability = probability(gbt)
  train { split time 70/15/15  seed 7 }
  validate { auc >= 0.5 }
}
`

describeInWindow('the first start was NOT tested')('the first start', () => {
  let host: RunningHost
  let window: Window
  let page: Page
  let silentIndex: Server
  const { barriers, openFile, goTo, shoot } = story(() => window)
  const environmentChip = () => page.getByRole('banner').getByRole('button', { name: /^Python/ })
  const setUpJob = () =>
    page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').filter({ hasText: 'Set up Python' })

  beforeAll(async () => {
    silentIndex = createServer(() => {})
    await new Promise<void>((resolve) => silentIndex.listen(0, '127.0.0.1', resolve))
    const { port } = silentIndex.address() as AddressInfo
    host = await startHost({
      python: 'none',
      environment: isLong
        ? {}
        : // However slow this machine is, the set-up has not given up before somebody stops it.
          { PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`, PIP_DEFAULT_TIMEOUT: '600', NO_PROXY: '127.0.0.1' },
    })
    writeFileSync(join(host.workspace, 'quick.proml'), program)
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
    silentIndex?.closeAllConnections()
    silentIndex?.close()
  })
  keepFailedScreens(() => window)

  it('shows how far the set-up of Python is', async () => {
    await expect.poll(() => environmentChip().textContent()).toMatch(/^Python · installing/)
    await environmentChip().click()
    const details = page.getByRole('dialog', { name: 'Python environment' })
    await details.getByRole('progressbar', { name: 'Installing the Python environment' }).waitFor()
    await shoot('first-start')
    await details.getByRole('button', { name: 'Show the job' }).click()
    await setUpJob().waitFor()
  })

  it('can be used at once: data, text and graph', async () => {
    await goTo('flights.parquet')
    await page
      .getByText(/200,000 rows/)
      .first()
      .waitFor()
    await openFile('flights.proml')
    await page
      .getByRole('region', { name: 'Feature graph' })
      .getByRole('button', { name: 'airport_delay_3h', exact: true })
      .click()
    await page
      .getByRole('complementary', { name: 'Inspector of airport_delay_3h' })
      .getByLabel('Values of airport_delay_3h')
      .waitFor({ timeout: 60_000 })
    expect(await environmentChip().textContent()).toMatch(/^Python · installing/)
  })

  it('lets notebook and training wait, and says for what', async () => {
    await openFile('explore.ipynb')
    await page.getByRole('button', { name: 'Run all' }).click()
    await page.getByText(/^Python is being set up: .*The cells you started run when it is ready\./).waitFor()
    await shoot('first-notebook')
    await openFile('quick.proml')
    await page.getByRole('toolbar', { name: 'Program' }).getByRole('button', { name: 'Train' }).click()
    await page.getByRole('region', { name: 'Progress' }).getByText('Waiting for Python to be set up').waitFor()
    await shoot('first-training')
  })

  it('ends the set-up when asked; what waited says what it misses', async () => {
    await setUpJob().getByRole('button', { name: 'Stop' }).click()
    await expect.poll(() => environmentChip().textContent()).toBe('Python · not set up')
    await page.getByText('Python was not set up, and training needs it.').first().waitFor()
    await page.getByText('The cells were not run: Python is not set up.').waitFor()
    await shoot('first-cancelled')
  })

  it(
    'sets up Python after all; then notebook and training run',
    async () => {
      if (!isLong) linkPreparedPython(host.home)
      await environmentChip().click()
      await page
        .getByRole('dialog', { name: 'Python environment' })
        .getByRole('button', { name: 'Set up Python' })
        .click()
      await page.keyboard.press('Escape')
      await expect
        .poll(() => environmentChip().textContent(), { timeout: setUpMs })
        .toMatch(/^Python 3\.\d+ · managed$/)
      await page.getByRole('button', { name: 'Train again' }).click()
      await page.getByRole('region', { name: 'Confusion matrix' }).waitFor({ timeout: 120_000 })
      await openFile('explore.ipynb')
      await page.getByRole('button', { name: 'Run all' }).click()
      await page.getByText('200,000 flights').first().waitFor({ timeout: 90_000 })
    },
    setUpMs + 180_000,
  )

  it('keeps nobody out: no screen breaks WCAG 2.2 AA, in light or dark', () => {
    expect([...barriers]).toEqual([])
  })

  it('said nothing in the console that is an error', () => {
    expect(window.faults).toEqual([])
  })
})
