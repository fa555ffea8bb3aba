import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWindow, type RunningHost, startHost, type Window } from '../support/browser'
import { type OciRegistry, ociRegistry, registryUser } from '../support/oci'
import { describeInWindow, keepFailedScreens, placeOf, story } from '../support/story'

// The second story: what the first one passes by. Each step stands on the one before.
interface Notebook {
  readonly cells: readonly { readonly outputs: readonly { readonly text?: readonly string[] }[] }[]
}

const cell = (id: string, source: string) => ({
  cell_type: 'code',
  id,
  metadata: {},
  execution_count: null,
  outputs: [],
  source,
})

const notebook = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [
    cell('forever', 'import time\nwhile True:\n    time.sleep(0.05)'),
    cell('ask', 'seen = 41\nname = input("Which airport? ")\nprint(f"Asked about {name}")'),
    cell('wrong', 'def delay_of(flight):\n    return flight["delay"] / 0\n\ndelay_of({"delay": 12})'),
    cell(
      'flood',
      'number = 0\nwhile True:\n    print("flight", number, "of a flood that does not end")\n    number += 1',
    ),
    cell('variable', 'print(seen + 1)'),
  ],
})

const program = (rounds: number) => `namespace breadth

source flights = parquet("data/flights.parquet") { time date  row (date, origin, destination) }

model quick {
  observe flights where distance > 0
  predict late = delay > 15
  use distance
  use hour = hour(date)
  let gbt = boosted_trees(distance, hour, depth: 3, rounds: ${rounds}, rate: 0.05)
  output late_probability = probability(gbt)
  train { split time 70/15/15  seed 7 }
  validate { auc >= 0.5  parity <= 1e-5 }
}
`

/** A registry that lets everyone look and nobody write: what a read-only account meets. */
const readOnlyRegistry = async (): Promise<{ url: string; server: Server }> => {
  const server = createServer((request, response) => {
    const isLook = request.method === 'GET' && request.url === '/v2/'
    request.resume()
    response.writeHead(isLook ? 200 : request.method === 'HEAD' ? 404 : 403, { 'content-type': 'application/json' })
    response.end(
      isLook ? '{}' : '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

describeInWindow('the window was NOT tested in breadth')('what a person meets beside the thread', () => {
  let host: RunningHost
  let window: Window
  let page: Page
  let registry: OciRegistry
  let readOnly: { url: string; server: Server }
  const { barriers, showActivity, openFile, shoot, choose, goTo, command } = story(() => window)
  const read = (path: string) => readFileSync(join(host.workspace, path), 'utf8')
  const cellOf = (number: number) => page.locator(`[data-cell]`).nth(number - 1)
  const runCell = (number: number) =>
    cellOf(number)
      .getByRole('button', { name: `Run cell ${number}`, exact: true })
      .click()
  const text = () => page.locator('.monaco-editor textarea, .monaco-editor .native-edit-context').first()
  /** The cursor behind the first place of these words in the program as it was saved, by the keys that one walks with. */
  const goBehind = async (words: string) => {
    const lines = read('flights.proml').split('\n')
    const line = lines.findIndex((one) => one.includes(words))
    const column = (lines[line]?.indexOf(words) ?? 0) + words.length
    await text().focus()
    await page.keyboard.press('Control+Home')
    for (let down = 0; down < line; down += 1) await page.keyboard.press('ArrowDown')
    for (let right = 0; right < column; right += 1) await page.keyboard.press('ArrowRight')
    await page.getByText(`Ln ${line + 1}, Col ${column + 1}`, { exact: true }).waitFor()
  }
  /** Until the hover of a word, in the line that holds these words, says this: lenses that come late move the lines. */
  const pointAt = async (line: RegExp, word: string, says: RegExp) => {
    const hover = page.locator('.monaco-hover:visible').filter({ hasText: says })
    const point = async () => {
      await page.mouse.move(0, 0)
      const { x, y } = await placeOf(page.locator('.monaco-editor .view-line').filter({ hasText: line }).first(), word)
      await page.mouse.move(x, y, { steps: 3 })
      await hover.first().waitFor({ timeout: 5_000 })
    }
    await expect.poll(() => point().then(() => null, String)).toBe(null)
    return hover.first()
  }
  const transfer = (tag: string): Locator =>
    page
      .getByRole('region', { name: 'Transfers' })
      .getByRole('listitem')
      .filter({ hasText: `quick:${tag}` })
  const push = async (to: RegExp, tag: string) => {
    const form = page.getByRole('form', { name: 'Push' })
    await choose(form, 'To registry', to)
    await form.getByLabel('Tag').fill(tag)
    await form.getByRole('button', { name: /^Push/ }).click()
    await transfer(tag).waitFor()
  }
  const addRegistry = async (name: string, url: string) => {
    await page.getByRole('button', { name: 'Add a registry' }).first().click()
    const form = page.getByRole('form', { name: 'Add a registry' })
    await form.getByLabel('Name').fill(name)
    await form.getByLabel('Address').fill(url)
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.waitFor({ state: 'hidden' })
  }

  beforeAll(async () => {
    registry = await ociRegistry({ withPassword: true })
    await registry.start()
    readOnly = await readOnlyRegistry()
    host = await startHost()
    writeFileSync(join(host.workspace, 'breadth.ipynb'), notebook)
    writeFileSync(join(host.workspace, 'quick.proml'), program(5000))
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
    await registry?.remove()
    readOnly?.server.close()
  })
  keepFailedScreens(() => window)

  it('Notebook: interrupts a cell that would never end', async () => {
    await openFile('breadth.ipynb')
    await runCell(1)
    await cellOf(1).getByText('running', { exact: true }).waitFor({ timeout: 90_000 })
    await page.getByRole('button', { name: 'Interrupt' }).click()
    await cellOf(1)
      .getByText(/^KeyboardInterrupt/)
      .first()
      .waitFor()
    await cellOf(1)
      .getByText(/^interrupted · /)
      .waitFor()
    await shoot('interrupted')
  })

  it('Notebook: hands an answer to a cell that asks', async () => {
    await runCell(2)
    const question = cellOf(2).getByLabel('Which airport?')
    await expect.poll(() => question.evaluate((field) => field === document.activeElement)).toBe(true)
    await shoot('input')
    await page.keyboard.type('SEA')
    await page.keyboard.press('Enter')
    await cellOf(2).getByText('Asked about SEA').waitFor()
    await question.waitFor({ state: 'hidden' })
  })

  it('Notebook: shows an error with its traceback, down to the line', async () => {
    await runCell(3)
    const output = cellOf(3).getByRole('region', { name: 'Output of cell 3' })
    await output.getByText('ZeroDivisionError: division by zero').first().waitFor()
    await output.getByText(/return flight\["delay"\] \/ 0/).waitFor()
    await cellOf(3).scrollIntoViewIfNeeded()
    await shoot('traceback')
  })

  it('Notebook: stays usable under a flood of output, and ends it', async () => {
    await runCell(4)
    await cellOf(4)
      .getByText(/flight 0 of a flood/)
      .waitFor()
    // While it pours: another document, found by typing, and back.
    await goTo('airports.csv')
    await page
      .getByText(/3,376 rows/)
      .first()
      .waitFor()
    await openFile('breadth.ipynb')
    await cellOf(4)
      .getByText(/in between/)
      .waitFor()
    await page.getByRole('button', { name: 'Interrupt' }).click()
    await cellOf(4)
      .getByText(/^interrupted · /)
      .waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(() => read('breadth.ipynb')).toContain('"ename": "KeyboardInterrupt"')
    // Every line that was printed, in order, up to the one that the interrupt cut.
    const { cells } = JSON.parse(read('breadth.ipynb')) as Notebook
    const lines = (cells[3]?.outputs[0]?.text ?? []).join('').split('\n').slice(0, -1)
    expect(lines.length).toBeGreaterThan(1000)
    expect(lines.findIndex((line, index) => line !== `flight ${index} of a flood that does not end`)).toBe(-1)
    await cellOf(4)
      .getByText(/^KeyboardInterrupt/)
      .first()
      .scrollIntoViewIfNeeded()
    await shoot('flood')
  })

  it('Notebook: restarts the kernel; its variables are gone and it counts anew', async () => {
    await runCell(5)
    // A cell that was interrupted before its first line did not count.
    await expect.poll(() => cellOf(5).getAttribute('aria-label')).toMatch(/^Cell 5, code, run [2-5]$/)
    await cellOf(5).getByText('42', { exact: true }).waitFor()
    await page.getByRole('button', { name: /^Restart the kernel/ }).click()
    await expect
      .poll(() => page.getByRole('status', { name: 'State of the kernel' }).textContent(), { timeout: 60_000 })
      .toBe('idle')
    await runCell(5)
    await cellOf(5).getByText("NameError: name 'seen' is not defined").first().waitFor({ timeout: 60_000 })
    await expect.poll(() => cellOf(5).getAttribute('aria-label')).toBe('Cell 5, code, run 1')
  })

  it('Text: completes a column of the real file', async () => {
    await openFile('flights.proml')
    await goBehind('use distance')
    await page.keyboard.press('Enter')
    await page.keyboard.type('use dest')
    await page.keyboard.press('Control+Space')
    const list = page.locator('.suggest-widget.visible')
    await list.getByRole('option', { name: /^destination/ }).waitFor()
    await shoot('completion')
    await page.keyboard.press('Enter')
    await list.waitFor({ state: 'hidden' })
    await page.keyboard.press('Control+s')
    await expect.poll(() => read('flights.proml')).toMatch(/^ {2}use distance\n {2}use destination$/m)
  })

  it('Text: tells what an operator does and which type a column has', async () => {
    await goBehind('let far = ')
    await pointAt(/let.far/, 'standardize', /standard deviation/i)
    await shoot('hover')
    await goBehind('predict late')
    const hover = await pointAt(/predict.late/, 'delay', /column of flights/)
    expect(await hover.textContent()).toContain('int (BIGINT')
  })

  it('Text: renames with F2 wherever the name is the same one', async () => {
    const before = read('flights.proml')
    await goBehind('let far')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('F2')
    const field = page.locator('.rename-box input')
    await field.waitFor()
    await shoot('rename')
    await field.fill('remote')
    await field.press('Enter')
    await page
      .locator('.view-line')
      .filter({ hasText: /let.remote/ })
      .first()
      .waitFor()
    await page.keyboard.press('Control+s')
    // The other model has a `far` of its own.
    await expect
      .poll(() => read('flights.proml'))
      .toBe(before.replace('let far', 'let remote').replace('logistic(far', 'logistic(remote'))
  })

  it('Text: formats on save once the settings say so; one undo brings back what was written', async () => {
    const before = read('flights.proml')
    await command('settings')
    await page.getByText('Format programs when saving').click()
    await shoot('settings')
    await openFile('flights.proml')
    await goBehind('let remote')
    await page.keyboard.type('   ')
    const written = before.replace('let remote', 'let remote   ')
    const tab = page.locator('.shell-tab').filter({ hasText: 'flights.proml' })
    await expect.poll(() => tab.getByRole('img', { name: 'Unsaved' }).count()).toBe(1)
    await page.keyboard.press('Control+s')
    await expect.poll(() => tab.getByRole('img', { name: 'Unsaved' }).count()).toBe(0)
    expect(read('flights.proml')).toBe(before)
    await page.keyboard.press('Control+z')
    await command('settings')
    await page.getByText('Format programs when saving').click()
    await openFile('flights.proml')
    await text().focus()
    await page.keyboard.press('Control+s')
    await expect.poll(() => read('flights.proml')).toBe(written)
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+s')
    await expect.poll(() => read('flights.proml')).toBe(before)
  })

  it('Palette: opens files and runs commands, by keyboard alone', async () => {
    await page.keyboard.press('Control+p')
    await page.getByRole('dialog', { name: /^Search/ }).waitFor()
    await page.keyboard.type('airp')
    await page.getByRole('option', { name: /airports\.csv/ }).waitFor()
    await shoot('palette')
    await page.keyboard.press('Enter')
    await page
      .getByText(/3,376 rows/)
      .first()
      .waitFor()
    const palette = page.getByRole('dialog', { name: /^Search/ })
    await palette.waitFor({ state: 'hidden' })
    await page.keyboard.press('Control+Shift+P')
    await palette.waitFor()
    await page.keyboard.type('nothing is called so')
    await page.getByText(/^Nothing fits/).waitFor()
    await page.keyboard.press('Escape')
    await palette.waitFor({ state: 'hidden' })
    await command('theme: dark')
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark')
    await command('theme: follow')
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('light')
  })

  it('Dock: moves a panel by keyboard, and is the same after a reload', async () => {
    const groups = () =>
      page.locator('.dv-groupview').evaluateAll((all) =>
        all
          .map((group) => ({
            left: Math.round(group.getBoundingClientRect().left),
            tabs: [...group.querySelectorAll('.shell-tab-title')].map((tab) => tab.textContent),
          }))
          .toSorted((a, b) => a.left - b.left),
      )
    const before = await groups()
    expect(before).toHaveLength(1)
    await page.keyboard.press('Control+Alt+Shift+ArrowRight')
    await expect
      .poll(async () => (await groups()).map(({ tabs }) => tabs))
      .toEqual([before[0]?.tabs.filter((tab) => tab !== 'airports.csv'), ['airports.csv']])
    await shoot('split')
    await command('theme: dark')
    const split = await groups()
    await page.reload()
    await page
      .getByText(/3,376 rows/)
      .first()
      .waitFor()
    await expect.poll(groups).toEqual(split)
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark')
    await command('theme: follow')
    await page.keyboard.press('Control+Alt+Shift+ArrowLeft')
    await expect.poll(async () => (await groups()).length).toBe(1)
  })

  it('Train: stops when asked; nothing half-made is offered as a model', async () => {
    await openFile('quick.proml')
    await page.getByRole('toolbar', { name: 'Program' }).getByRole('button', { name: 'Train' }).click()
    const progress = page.getByRole('region', { name: 'Progress' })
    await progress
      .getByText(/gbt|fitting|round/i)
      .first()
      .waitFor({ timeout: 60_000 })
    await progress.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped before it was done.').waitFor()
    await shoot('stopped')
    for (const name of [/^Run…/, /^Deploy…/]) expect(await page.getByRole('button', { name }).isDisabled()).toBe(true)
    expect(existsSync(join(host.workspace, '.proml/runs/r-0001/model.onnx'))).toBe(false)
    expect(JSON.parse(read('.proml/runs/r-0001/run.json'))).toMatchObject({ state: 'cancelled', modelDigest: null })
    await showActivity('Deploy')
    await page.getByText('Nothing to deploy yet').waitFor()
    await showActivity('Run')
    await page.getByText('No model to run yet').waitFor()
  })

  it('Train: trains again, the program as it is now', async () => {
    writeFileSync(join(host.workspace, 'quick.proml'), program(20))
    await showActivity('Train')
    await page.getByRole('list', { name: 'Runs' }).getByText('r-0001').click()
    await page.getByRole('button', { name: 'Train again' }).click()
    await page.getByRole('region', { name: 'Confusion matrix' }).waitFor({ timeout: 120_000 })
    expect(read('.proml/runs/r-0002/program.proml')).toBe(program(20))
    await shoot('runs')
  })

  it('Deploy: says what a registry wants that refuses, and holds the push', async () => {
    await showActivity('Deploy')
    await addRegistry('team', registry.url)
    await page
      .getByText(/wants a user name and a password\./)
      .first()
      .waitFor()
    await page
      .getByRole('region', { name: 'Bundle and push' })
      .getByRole('button', { name: /^Bundle/ })
      .click()
    await push(/team/, 'v1')
    await transfer('v1').getByText('Blocked').waitFor()
    await transfer('v1')
      .getByText(/wants a user name and a password\./)
      .waitFor()
    await transfer('v1')
      .getByText(/^Sign in to it/)
      .waitFor()
    await shoot('refused')
  })

  it('Deploy: signs in, and carries what was held', async () => {
    await page.getByRole('button', { name: 'Sign in to team' }).click()
    const form = page.getByRole('form', { name: 'Sign in to team' })
    await form.getByLabel('User name').fill(registryUser.username)
    await form.getByLabel('Password').fill('not it')
    await form.getByRole('button', { name: 'Sign in' }).click()
    await page
      .getByText(/refuses the user name or the password\./)
      .first()
      .waitFor()
    await shoot('sign-in')
    await form.getByLabel('Password').fill(registryUser.password)
    await form.getByRole('button', { name: 'Sign in' }).click()
    await form.waitFor({ state: 'hidden' })
    await transfer('v1').getByRole('button', { name: 'Retry now' }).click()
    await transfer('v1').getByText('Arrived').waitFor({ timeout: 30_000 })
    const authorization = `Basic ${btoa(`${registryUser.username}:${registryUser.password}`)}`
    const answer = await fetch(`${registry.url}/v2/quick/tags/list`, { headers: { authorization } })
    expect(await answer.json()).toEqual({ name: 'quick', tags: ['v1'] })
    expect(read('.proml/remotes.json')).not.toContain(registryUser.password)
  })

  it('Deploy: names the right that is missing, and goes to another registry', async () => {
    await addRegistry('mirror', readOnly.url)
    await push(/mirror/, 'v2')
    await transfer('v2').getByText('Blocked').waitFor()
    await transfer('v2')
      .getByText(/it answered 403 \(DENIED: requested access to the resource is denied\)/)
      .waitFor()
    await transfer('v2')
      .getByText(/Ask whoever runs the registry for the right to do this/)
      .waitFor()
    await shoot('denied')
    await transfer('v2').getByRole('button', { name: 'Cancel' }).click()
    await transfer('v2').getByText('Cancelled').waitFor()
    await push(/team/, 'v3')
    await transfer('v3').getByText('Arrived').waitFor({ timeout: 30_000 })
  })

  it('keeps nobody out: no screen breaks WCAG 2.2 AA, in light or dark', () => {
    expect([...barriers]).toEqual([])
  })

  it('said nothing in the console that is an error', () => {
    expect(window.faults).toEqual([])
  })
})
