import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { _electron } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { screenshots } from '../support/browser'
import { projectRoot, temporaryFolder, testHome } from '../support/context'

const name =
  { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' }[process.platform as string] ?? 'electron'
const binary = [
  process.env.ELECTRON_OVERRIDE_DIST_PATH && join(process.env.ELECTRON_OVERRIDE_DIST_PATH, name),
  process.env.ELECTRON_EXEC_PATH,
  join(projectRoot, 'node_modules/electron/dist', name),
].find((path) => path && existsSync(path))
const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
const why = !binary
  ? "Electron's binary is not here and its download site cannot be reached"
  : !hasDisplay
    ? 'there is no display'
    : null
if (why)
  process.stderr.write(
    `\n*** SKIPPED: the Electron window itself was NOT tested on this machine: ${why}.\n*** Its policies, preload and main process are tested in test/shell without the binary.\n\n`,
  )

describe.skipIf(why !== null)('the Electron window', () => {
  it('opens on a workspace, runs a cell, and is the same studio', async () => {
    const folder = temporaryFolder()
    cpSync(join(projectRoot, 'resources/samples/flights'), folder.path, { recursive: true })
    const app = await _electron.launch({
      executablePath: binary,
      args: [projectRoot, '--workspace', folder.path, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...process.env, PROML_HOME: testHome() } as Record<string, string>,
    })
    const page = await app.firstWindow()
    await page.getByRole('navigation', { name: 'Activities' }).waitFor()
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true)
    expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined')
    await page.getByRole('tree', { name: 'Files' }).getByText('explore.ipynb', { exact: true }).dblclick()
    await page.getByRole('button', { name: 'Run all' }).click()
    await page.getByText('200,000 flights').first().waitFor({ timeout: 90_000 })
    await page.screenshot({ path: join(screenshots, 'electron.png') })
    await app.close()
    folder.remove()
  })
})
