import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestEngine } from '../runtime/support'
import { openWindow, type RunningHost, startHost, type Window } from '../support/browser'
import { testContext } from '../support/context'
import { describeInWindow, keepFailedScreens, story } from '../support/story'
import { program, writePosts } from '../vectors/posts'

describeInWindow('vectors were NOT tested in a window')('a model of vectors in a window', () => {
  let host: RunningHost
  let window: Window
  let page: Page
  const { openFile, shoot, barriers } = story(() => window)

  beforeAll(async () => {
    host = await startHost()
    const context = testContext()
    const engine = createTestEngine(context)
    await writePosts(engine, context.workspace.root)
    await engine.dispose()
    cpSync(context.workspace.root, join(host.workspace, 'data'), { recursive: true })
    context.remove()
    writeFileSync(join(host.workspace, 'posts.proml'), program)
    window = await openWindow(host.url())
    page = window.page
    page.setDefaultTimeout(20_000)
  })
  afterAll(async () => {
    await window?.browser.close()
    await host?.stop()
  })
  keepFailedScreens(() => window)

  it('trains it', async () => {
    await openFile('posts.proml')
    await page.getByRole('toolbar', { name: 'Program' }).waitFor()
    await page.getByRole('button', { name: 'Train', exact: true }).last().click()
    await page.getByRole('region', { name: 'Confusion matrix' }).waitFor({ timeout: 150_000 })
    const run = JSON.parse(readFileSync(join(host.workspace, '.proml/runs/r-0001/run.json'), 'utf8'))
    expect(run.model).toBe('liked')
    expect(run.metrics.test.auc).toBeGreaterThan(0.9)
  })

  it('takes one row as a list of numbers, says what is wrong with it, and answers by three engines alike', async () => {
    await page.getByRole('button', { name: /^Run…/ }).click()
    const form = page.getByRole('region', { name: 'One row' })
    await form.waitFor()
    await page.getByTestId('run-answer').getByText(/\d/).first().waitFor({ timeout: 60_000 })
    const topic = form.getByLabel(/^topic vector\[8\]/)
    await topic.fill('1, 2, 3')
    await form.getByText('Type 8 numbers; there are 3.').waitFor()
    await form.getByText(/for the values before the mistake/).waitFor()
    await topic.fill('[0.9 0.9 0.9 0.9 0.9 0.9 0.9 x]')
    await form.getByText('`x`, number 8, is no number.').waitFor()
    const taste = form.getByLabel(/^taste vector\[8\]/)
    await taste.fill(Array(8).fill('0.9').join(', '))
    await topic.fill(`[${Array(8).fill('0.9').join(', ')}]`)
    const answer = async () => Number(await page.getByTestId('run-answer').textContent())
    await expect.poll(answer, { timeout: 20_000 }).toBeGreaterThan(0.8)
    await topic.fill(Array(8).fill('-0.9').join(' '))
    await expect.poll(answer, { timeout: 20_000 }).toBeLessThan(0.2)
    const table = page.getByRole('region', { name: 'Engines side by side' })
    await table.getByRole('button').first().click()
    await expect
      .poll(() => table.textContent(), { timeout: 120_000 })
      .toMatch(/WebGPU[^W]*agrees, ≤ 1e−5WASM[^N]*agrees, ≤ 1e−5Native.*agrees, ≤ 1e−5/)
    await shoot('run-vectors')
    expect([...barriers]).toEqual([])
    expect(window.faults).toEqual([])
  })
})
