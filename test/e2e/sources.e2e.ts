import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWindow, type RunningHost, startHost, type Window } from '../support/browser'
import { describeInWindow, keepFailedScreens, story } from '../support/story'

describeInWindow('databases were NOT tested in a window')('a database, in a window', () => {
  let host: RunningHost
  let window: Window
  let page: Page
  const { shoot, barriers, command } = story(() => window)

  beforeAll(async () => {
    host = await startHost()
    const database = new DatabaseSync(join(host.workspace, 'shop.db'))
    database.exec(`create table customers (name text); insert into customers values ('Ada'), ('Grace');
      create table orders (n integer); insert into orders values (1), (2), (3)`)
    database.close()
    writeFileSync(
      join(host.workspace, 'messy.csv'),
      'id,name,n\n1,Ada,1\n4,too,many,values\n5,"x"y,3\n6,Grace,2\n7,Alan,3\n',
    )
    const day = (index: number): string => new Date(Date.UTC(2024, 0, 1 + index + (index > 20 ? 30 : 0))).toISOString()
    const rows = Array.from(
      { length: 60 },
      (_, index) => `${day(index)},${index % 2 ? 'Ada' : 'Grace'},${index % 3 === 0},"${index % 5},5"`,
    )
    writeFileSync(join(host.workspace, 'gaps.csv'), `day,who,late,price\n${rows.join('\n')}\n`)
    const cell = (source: string) => ({ cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null })
    const frame =
      "import pandas as pd\nruns = globals().get('runs', 40) + 1\npeople = pd.DataFrame({'name': ['Ada', 'Hedy', None], 'n': [runs, 2, 3]})"
    writeFileSync(
      join(host.workspace, 'frames.ipynb'),
      JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells: [cell(frame)] }),
    )
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
  })
  keepFailedScreens(() => window)

  it('opens on its first table, and another one is chosen from a list', async () => {
    await page.getByRole('tree', { name: 'Files' }).getByText('shop.db', { exact: true }).dblclick()
    await page.getByText('2 rows').waitFor()
    await page.getByRole('gridcell', { name: 'Grace' }).waitFor()
    await page.getByRole('button', { name: /customers/ }).click()
    await page.getByRole('option', { name: 'orders' }).click()
    await page.getByText('3 rows').waitFor()
    await expect.poll(() => page.getByRole('gridcell', { name: 'Grace' }).count()).toBe(0)
  })

  it('says how a column goes with a label, what texts are long, and when there are no rows', async () => {
    await page.getByRole('tree', { name: 'Files' }).getByText('gaps.csv', { exact: true }).dblclick()
    const pane = page.getByRole('region', { name: /^Profile of/ })
    const link = page.getByRole('region', { name: 'Comparison with another column' })
    await page.getByRole('region', { name: 'Profile of day' }).getByText('longest gap').waitFor()
    await link.getByRole('button', { name: /Goes with/ }).click()
    await page.getByRole('option', { name: 'late' }).click()
    await link.getByText('Pearson').waitFor()
    await shoot('profile-time')
    await page.getByRole('columnheader', { name: /who/ }).click()
    await link.getByText('Cramér’s V').waitFor()
    await pane.getByText('3 to 5, mean 4').waitFor()
    await shoot('profile-text')
    await page.getByRole('columnheader', { name: /price/ }).click()
    await pane.getByText(/Numbers with a decimal comma are texts here/).waitFor()
  })

  it('shows every line of a CSV that is no row, and reads on without them only when told to', async () => {
    await page.getByRole('tree', { name: 'Files' }).getByText('messy.csv', { exact: true }).dblclick()
    const lines = page.getByRole('table', { name: 'Lines that are no rows' })
    await lines.getByText('has 4 values where 3 are expected').waitFor()
    expect(await lines.getByRole('row').count()).toBe(3)
    await lines.getByText('has text after a closing quotation mark').waitFor()
    await shoot('bad-rows')
    await page.getByRole('button', { name: 'Read without these 2 lines' }).click()
    await page.getByText('2 lines left out.').waitFor()
    await page.getByRole('gridcell', { name: 'Alan' }).waitFor()
    await page.getByRole('button', { name: 'Show them' }).click()
    await lines.getByText('4,too,many,values').waitFor()
    await shoot('left-out')
    await page.getByRole('button', { name: 'Read all lines again' }).click()
    await page.getByRole('button', { name: 'Read without these 2 lines' }).waitFor()
  })

  it('opens a dataframe of a kernel as a table, with which one and when, and takes it again', async () => {
    const files = page.getByRole('tree', { name: 'Files' })
    await files.getByText('frames.ipynb', { exact: true }).dblclick()
    await page.getByRole('button', { name: 'Run all' }).click()
    const frames = page.getByRole('list', { name: 'Dataframes of frames.ipynb' })
    await frames.getByRole('button', { name: 'people 3 × 2' }).click({ timeout: 60_000 })
    await page.getByRole('gridcell', { name: 'Hedy' }).waitFor()
    const origin = page.getByRole('region', { name: 'Where these rows come from' })
    await origin.getByText(/people of frames\.ipynb, as it was at \d{4}-\d\d-\d\d/).waitFor()
    await shoot('dataframe')
    await origin.getByRole('button', { name: 'Take it again' }).click()
    await page.getByRole('gridcell', { name: 'Hedy' }).waitFor()
    await page.getByRole('tab', { name: 'people of frames.ipynb' }).waitFor()
  })

  it('shows a dataframe as it is now when it is chosen again while its table is open', async () => {
    await page.getByRole('gridcell', { name: '41' }).waitFor()
    await page.getByRole('tab', { name: /^frames\.ipynb/ }).click()
    await page.getByRole('button', { name: 'Run all' }).click()
    await page.getByText('[2]', { exact: true }).waitFor()
    const frames = page.getByRole('list', { name: 'Dataframes of frames.ipynb' })
    await frames.getByRole('button', { name: 'people 3 × 2' }).click()
    await page.getByRole('gridcell', { name: '42' }).waitFor()
  })

  it('lists no dataframes of a kernel that was started anew', async () => {
    await page.getByRole('tab', { name: /^frames\.ipynb/ }).click()
    await page.getByRole('button', { name: /^Restart the kernel/ }).click()
    await page.getByRole('list', { name: 'Dataframes of frames.ipynb' }).waitFor({ state: 'detached' })
  })

  it('keeps what a secret of a source stands for, and shows it no more', async () => {
    await command('Set a secret of a source')
    await page.getByRole('textbox', { name: 'Name' }).fill('shop')
    await page.getByRole('textbox', { name: 'Value' }).fill('postgres://me:hidden@localhost/shop')
    await page.getByRole('button', { name: 'Keep' }).click()
    await page.getByText('Kept the secret shop.').first().waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Value' }).inputValue()).toBe('')
    expect(await page.content()).not.toContain('hidden@localhost')
    await shoot('secret')
    expect([...barriers]).toEqual([])
    expect(window.faults).toEqual([])
  })
})
