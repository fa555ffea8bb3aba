import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWindow, type RunningHost, startHost, type Window } from '../support/browser'
import { type OciRegistry, ociRegistry } from '../support/oci'
import { describeInWindow, keepFailedScreens, story } from '../support/story'

// One story, as a person would click it, on the 200,000 flights. Each step stands on the one before.
describeInWindow('the window was NOT tested end to end')('the whole thread in a window', () => {
  let host: RunningHost
  let window: Window
  let page: Page
  let registry: OciRegistry
  const { barriers, showActivity, openFile, shoot, choose } = story(() => window)
  const modelText = () => readFileSync(join(host.workspace, 'flights.proml'), 'utf8')

  beforeAll(async () => {
    registry = await ociRegistry()
    await registry.start()
    host = await startHost()
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
    await registry?.remove()
  })
  keepFailedScreens(() => window)

  it('opens on the sample, cross-origin isolated, with a way in', async () => {
    await page.getByText('From data to a model that is looked after').waitFor()
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true)
    await shoot('welcome')
  })

  it('Explore: shows 200,000 rows with a profile of every column', async () => {
    await page.getByRole('button', { name: 'Open the data' }).click()
    await page
      .getByText(/200,000 rows/)
      .first()
      .waitFor()
    await page.getByText('229 values').or(page.getByText('223 values')).first().waitFor()
    await page.getByRole('grid').getByText('delay', { exact: true }).click()
    await page.getByRole('complementary').or(page.getByLabel('Profile of delay')).first().waitFor()
    await shoot('explore')
  })

  it('Explore: runs the notebook on a real kernel, with a table and a plot', async () => {
    await openFile('explore.ipynb')
    await page.getByRole('button', { name: 'Run all' }).click()
    await page.getByText('200,000 flights').first().waitFor({ timeout: 90_000 })
    await page.locator('.notebook-cells img').first().waitFor({ timeout: 90_000 })
    await expect
      .poll(() => page.getByRole('status', { name: 'State of the kernel' }).textContent(), { timeout: 60_000 })
      .toMatch(/idle/i)
    await page.locator('.notebook-cells img').first().scrollIntoViewIfNeeded()
    await shoot('notebook')
  })

  it('Author: shows text and graph; choosing a node chooses its text', async () => {
    await openFile('flights.proml')
    const graph = page.getByRole('region', { name: 'Feature graph' })
    await graph.getByRole('button', { name: 'airport_delay_3h', exact: true }).click()
    const inspector = page.getByRole('complementary', { name: 'Inspector of airport_delay_3h' })
    await inspector.waitFor()
    await inspector.getByLabel('Values of airport_delay_3h').waitFor({ timeout: 60_000 })
    const line =
      modelText()
        .split('\n')
        .findIndex((text) => text.startsWith('feature airport_delay_3h')) + 1
    await page.getByText(`Ln ${line}, `).waitFor()
    await shoot('author')
  })

  it('Author: previews the training set, and says what its windows keep from being known too early', async () => {
    await page.getByRole('toolbar', { name: 'Program' }).getByRole('button', { name: 'Preview' }).click()
    const preview = page.getByRole('region', { name: /^Training set of / })
    await preview.getByText(/With windows that include their end, .* % of .* would see its own moment\./).waitFor({
      timeout: 60_000,
    })
    await preview.getByRole('button', { name: 'Close the preview' }).click()
  })

  it('Author: renames a node and changes its window in the graph; the text follows, keeps its comments, and undoes', async () => {
    const before = modelText()
    const inspector = page.getByRole('complementary', { name: /Inspector of/ })
    await inspector.getByLabel('Name', { exact: true }).fill('recent_airport_delay')
    await inspector.getByLabel('Name', { exact: true }).press('Enter')
    await page.getByRole('complementary', { name: 'Inspector of recent_airport_delay' }).waitFor()
    await inspector.getByLabel('over', { exact: true }).fill('6')
    await inspector.getByLabel('over', { exact: true }).press('Enter')
    await page.locator('.monaco-editor textarea, .monaco-editor .native-edit-context').first().focus()
    await page.keyboard.press('Control+s')
    await expect
      .poll(modelText)
      .toMatch(/feature recent_airport_delay: float of airport\s*\n\s*= mean\(delay\) from flights by origin over 6h/)
    const after = modelText()
    expect(after).not.toMatch(/\bairport_delay_3h\b/)
    expect(after.match(/\/\/.*/g)).toEqual(before.match(/\/\/.*/g))
    // One undo from the graph’s side, one in the text: it is one history.
    const graph = page.getByRole('region', { name: 'Feature graph' })
    await graph.getByRole('button', { name: 'recent_airport_delay', exact: true }).click()
    await page.keyboard.press('Control+z')
    await expect.poll(() => inspector.getByLabel('over', { exact: true }).inputValue()).toBe('3')
    await page.locator('.monaco-editor textarea, .monaco-editor .native-edit-context').first().focus()
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+s')
    await expect.poll(modelText).toBe(before)
  })

  it('Author: points at a mistake while one types, and yields the rest of the graph', async () => {
    const before = modelText()
    writeFileSync(
      join(host.workspace, 'broken.proml'),
      before.replace('namespace flights', 'namespace broken').replace('by origin over 1h', 'by orign over 1h'),
    )
    await page.getByRole('tree', { name: 'Files' }).getByText('broken.proml').waitFor()
    await openFile('broken.proml')
    await expect.poll(async () => page.getByText(/orign/).count(), { timeout: 20_000 }).toBeGreaterThan(0)
    await page.keyboard.press('Control+j')
    await page.getByText('PML1101').first().waitFor()
    await shoot('problems')
    await page.keyboard.press('Control+j')
    rmSync(join(host.workspace, 'broken.proml'))
  })

  it('Features: finds a feature while one types', async () => {
    await showActivity('Features')
    const search = page
      .getByRole('searchbox')
      .or(page.getByRole('textbox', { name: /search features/i }))
      .first()
    await search.fill('delay')
    await page.locator('.features-result').getByText('airport_delay_1h').first().waitFor()
    await shoot('features')
  })

  it('Train: trains the model, with live progress, to an AUC that only history gives', async () => {
    await openFile('flights.proml')
    await page.getByRole('toolbar', { name: 'Program' }).waitFor()
    await page.getByRole('button', { name: 'Train', exact: true }).last().click()
    await page.getByRole('region', { name: 'Progress' }).waitFor()
    await shoot('training')
    await page.getByRole('region', { name: 'Confusion matrix' }).waitFor({ timeout: 150_000 })
    for (const name of ['ROC', 'Calibration', 'Importance'])
      await page
        .getByRole('region', { name: new RegExp(name, 'i') })
        .first()
        .waitFor()
    await shoot('train')
    const run = JSON.parse(readFileSync(join(host.workspace, '.proml/runs/r-0001/run.json'), 'utf8'))
    expect(run.metrics.test.auc).toBeGreaterThan(0.75)
    expect(run.parity).toBeLessThanOrEqual(1e-5)
  })

  it('Run: answers while one types, and three engines agree with Python', async () => {
    await page.getByRole('button', { name: /^Run…/ }).click()
    await page.getByRole('region', { name: 'One row' }).waitFor()
    await page.getByTestId('run-answer').getByText(/\d/).first().waitFor({ timeout: 60_000 })
    await page.getByRole('region', { name: 'Engines side by side' }).getByRole('button').first().click()
    const table = page.getByRole('region', { name: 'Engines side by side' })
    await expect
      .poll(() => table.textContent(), { timeout: 120_000 })
      .toMatch(/WebGPU[^W]*agrees, ≤ 1e−5WASM[^N]*agrees, ≤ 1e−5Native.*agrees, ≤ 1e−5/)
    await shoot('run')
  })

  it('Run: scores the test rows', async () => {
    const region = page.getByRole('region', { name: 'A whole file' })
    await region.getByRole('button', { name: /test rows/i }).click()
    await region.getByText(/a second/).waitFor({ timeout: 60_000 })
  })

  it('Deploy: shows the gates, bundles, and pushes to a real OCI registry', async () => {
    await showActivity('Deploy')
    await page.getByRole('button', { name: 'Add a registry' }).first().click()
    const form = page.getByRole('form', { name: 'Add a registry' })
    await form.getByLabel('Name').fill('team')
    await form.getByLabel('Address').fill(registry.url)
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await page
      .getByRole('region', { name: 'Gates' })
      .getByText(/passed/i)
      .first()
      .waitFor({ timeout: 60_000 })
    await page
      .getByRole('region', { name: 'Bundle and push' })
      .getByRole('button', { name: /^Bundle/ })
      .click()
    const push = page.getByRole('form', { name: 'Push' })
    await push.waitFor()
    await choose(push, 'To registry', /team/)
    await push.getByLabel('Tag').fill('dev')
    await push.getByRole('button', { name: /^Push/ }).click()
    await page
      .getByRole('region', { name: 'Transfers' })
      .getByText(/done|arrived|there/i)
      .first()
      .waitFor({ timeout: 60_000 })
    await shoot('deploy')
    const tags = (await (await fetch(`${registry.url}/v2/late_departure/tags/list`)).json()) as { tags: string[] }
    expect(tags.tags).toContain('dev')
  })

  it('Health: compares what was predicted with the baseline, and with labels that came later', async () => {
    await showActivity('Health')
    await page.getByRole('region', { name: 'Inputs' }).waitFor({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Add labels…' }).click()
    await choose(page, 'File with labels', /flights\.parquet/)
    await page.getByRole('button', { name: 'Join labels' }).click()
    await page
      .getByRole('region', { name: 'Performance' })
      .getByText(/labelled predictions/)
      .waitFor({ timeout: 60_000 })
    await page.getByRole('region', { name: 'Verdict' }).scrollIntoViewIfNeeded()
    await shoot('health')
  })

  it('Deploy: says why a push waits when the registry is gone, and carries it when it is back', async () => {
    await registry.stop()
    await showActivity('Deploy')
    const push = page.getByRole('form', { name: 'Push' })
    await push.getByLabel('Tag').fill('later')
    await push.getByRole('button', { name: /^Push/ }).click()
    const transfers = page.getByRole('region', { name: 'Transfers' })
    await transfers
      .getByText(/waiting/i)
      .first()
      .waitFor({ timeout: 30_000 })
    await shoot('waiting')
    await registry.start()
    const again = transfers.getByRole('button', { name: /again|now|retry/i })
    await again
      .first()
      .click()
      .catch(async (error) => {
        // It goes by itself, too, and may be gone before it is pressed.
        if ((await again.count()) > 0) throw error
      })
    await expect
      .poll(
        async () =>
          ((await (await fetch(`${registry.url}/v2/late_departure/tags/list`)).json()) as { tags: string[] }).tags,
        { timeout: 30_000 },
      )
      .toContain('later')
  })

  it('says what is wrong with a damaged file, where, and what to do', async () => {
    writeFileSync(join(host.workspace, 'damaged.csv'), `a,b\n${'1,2\n'.repeat(50)}1,2,3,"unclosed\n4,5\n`)
    writeFileSync(
      join(host.workspace, 'torn.parquet'),
      readFileSync(join(host.workspace, 'data/flights.parquet')).subarray(0, 5000),
    )
    await openFile('damaged.csv')
    await page.getByText(/line 52 opens a quotation mark that is never closed/).waitFor()
    await shoot('damaged')
    await openFile('torn.parquet')
    await page
      .getByText(/torn\.parquet/)
      .nth(1)
      .waitFor()
  })

  it('Explore: says so when a kernel dies, and brings it back', async () => {
    await openFile('explore.ipynb')
    await page.getByRole('button', { name: 'Insert code below' }).click()
    await page.locator('.notebook-field:focus').waitFor()
    await page.keyboard.type('import os, signal')
    await page.keyboard.press('Enter')
    await page.keyboard.type('os.kill(os.getpid(), signal.SIGKILL)')
    await page.keyboard.press('Control+Enter')
    await page
      .getByText(/died|variables are lost/i)
      .first()
      .waitFor({ timeout: 30_000 })
    await shoot('kernel-died')
    await expect
      .poll(() => page.getByRole('status', { name: 'State of the kernel' }).textContent(), { timeout: 30_000 })
      .toMatch(/idle/i)
  })

  it('keeps everything over a reload: panels, outputs, what runs', async () => {
    await page.reload()
    await page
      .getByRole('tab', { name: /explore\.ipynb/ })
      .or(page.getByText('explore.ipynb'))
      .first()
      .waitFor()
    expect(existsSync(join(host.workspace, '.proml/runs/r-0001/model.onnx'))).toBe(true)
  })

  it('keeps nobody out: no screen breaks WCAG 2.2 AA, in light or dark', () => {
    expect([...barriers]).toEqual([])
  })

  it('said nothing in the console that is an error', () => {
    expect(window.faults).toEqual([])
  })
})
