import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { projectRoot, temporaryFolder, testHome } from './context'

export const screenshots = join(projectRoot, 'test-results', 'screenshots')

/** Where Chromium is, or null: then the end-to-end tests say so and are skipped. */
export const chromiumPath = (): string | null =>
  [process.env.PROML_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
    (path) => path && existsSync(path),
  ) ?? null

const chromiumArguments = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // WebGPU without a GPU, by SwiftShader: right answers, no speed.
  '--enable-unsafe-webgpu',
]

export interface RunningHost {
  readonly workspace: string
  readonly home: string
  /** Address for the next browser; a new one after each use. */
  url(): string
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** What `npm run doctor -- --fix` would have made in this home. */
export const linkPreparedPython = (home: string): void => {
  rmSync(join(home, 'python'), { recursive: true, force: true })
  symlinkSync(join(testHome(), 'python'), join(home, 'python'), 'junction')
}

/**
 * The real browser host on a fresh copy of the sample, with a home of its own: what is set in its window changes
 * nobody's settings. `python: 'prepared'` links the environment that all tests share, `'none'` lets the host make one.
 */
export const startHost = async (
  options: { python?: 'prepared' | 'none'; environment?: Readonly<Record<string, string>> } = {},
): Promise<RunningHost> => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'flights')
  const home = join(folder.path, 'home')
  cpSync(join(projectRoot, 'resources/samples/flights'), workspace, {
    recursive: true,
    filter: (path) => !/[\\/]\.proml($|[\\/])/.test(path),
  })
  mkdirSync(home)
  if (options.python !== 'none') linkPreparedPython(home)
  const child = spawn(process.execPath, [join(projectRoot, 'out/main/host.js'), '--workspace', workspace], {
    env: { ...process.env, ...options.environment, PROML_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let url = ''
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\/\/\S+/.exec(line)
      if (!found) return
      url = found[0]
      resolve()
    })
    child.once('exit', (code) => reject(new Error(`The host ended with ${code} before it was ready.`)))
  })
  return {
    workspace,
    home,
    url: () => url,
    process: child,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await new Promise((resolve) => child.once('exit', resolve))
      }
      folder.remove()
    },
  }
}

export interface Window {
  readonly browser: Browser
  readonly page: Page
  /** Errors of the page’s console and uncaught exceptions, for the end of a test. */
  readonly faults: string[]
  shot(name: string): Promise<void>
  /** What axe finds against WCAG 2.2 A and AA on the page as it is: `rule: place`. Monaco’s own widgets are not ours. */
  violations(): Promise<string[]>
  /** As the system would say it; a page that follows it is drawn so when this is done. */
  theme(theme: 'light' | 'dark'): Promise<void>
}

export const openWindow = async (url: string): Promise<Window> => {
  const executablePath = chromiumPath()
  if (!executablePath) throw new Error('There is no Chromium.')
  mkdirSync(screenshots, { recursive: true })
  const browser = await chromium.launch({ executablePath, headless: true, args: chromiumArguments })
  const context = await browser.newContext({
    viewport: { width: 1440, height: 860 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`)
  })
  await page.goto(url)
  return {
    browser,
    page,
    faults,
    shot: async (name) => {
      await page.screenshot({ path: join(screenshots, `${name}.png`) })
      if (process.env.PROML_DOCS_SCREENSHOTS)
        await page.screenshot({ path: join(projectRoot, 'docs/screenshots', `${name}.png`) })
    },
    violations: async () => {
      // Evaluated, because the page’s policy allows no script that is not its own.
      await page.evaluate(axe.source)
      return page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
        const { violations } = await axe.run(
          { exclude: ['.monaco-editor', '.notebook-output-html'] },
          { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] },
        )
        return violations.flatMap(({ id, nodes }) =>
          nodes.slice(0, 3).map(({ target }) => `${id}: ${target.join(' ')}`),
        )
      })
    },
    theme: async (theme) => {
      await page.emulateMedia({ colorScheme: theme })
      // The page hears of it before it draws; with the second drawing the first has been shown.
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))),
      )
    },
  }
}
