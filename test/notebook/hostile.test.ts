import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../support/context'

const executablePath = process.env.PROML_CHROMIUM ?? '/usr/bin/chromium'
let browser: Browser
let page: Page

interface Sanitiser {
  sanitiseHtml(html: string): { content: DocumentFragment; hadActiveContent: boolean }
  renderMarkdown(source: string, attachments?: Record<string, string>): { content: DocumentFragment }
}

/** Sanitises in a real page, puts the result into it, and tells what is there and whether anything ran. */
const shown = (kind: 'html' | 'markdown', source: string, attachments: Record<string, string> = {}) =>
  page.evaluate(
    async ([how, text, pictures]) => {
      const scope = globalThis as unknown as { sanitiser: Sanitiser; ran?: boolean }
      scope.ran = false
      const result =
        how === 'html'
          ? scope.sanitiser.sanitiseHtml(text)
          : { hadActiveContent: false, ...scope.sanitiser.renderMarkdown(text, pictures) }
      const box = document.createElement('div')
      box.append(result.content)
      document.body.replaceChildren(box)
      await new Promise((done) => setTimeout(done, 50))
      return { html: box.innerHTML, hadActiveContent: result.hadActiveContent, ran: scope.ran }
    },
    [kind, source, attachments] as const,
  )

describe.skipIf(!existsSync(executablePath))('HTML of a notebook that came from elsewhere', () => {
  beforeAll(async () => {
    const built = await build({
      configFile: false,
      root: projectRoot,
      logLevel: 'error',
      build: {
        write: false,
        lib: { entry: resolve(projectRoot, 'renderer/notebook/sanitise.ts'), formats: ['iife'], name: 'sanitiser' },
      },
    })
    const [first] = Array.isArray(built) ? built : [built]
    const chunk = first && 'output' in first ? first.output[0] : undefined
    if (chunk?.type !== 'chunk') throw new Error('The sanitiser was not built.')
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-quic'] })
    page = await browser.newPage()
    await page.addScriptTag({ content: `${chunk.code};globalThis.sanitiser = sanitiser` })
  })
  afterAll(() => browser?.close())

  it.each([
    ['a script', '<p>a</p><script>globalThis.ran = true</script>', '<p>a</p>'],
    [
      'an event handler',
      '<img src="data:image/png;base64,x" onerror="globalThis.ran = true">',
      '<img src="data:image/png;base64,x">',
    ],
    ['a script link', '<a href="javascript:globalThis.ran = true">a</a>', '<a>a</a>'],
    [
      'a drawing with a script',
      '<svg onload="globalThis.ran = true"><script>globalThis.ran = true</script></svg>b',
      'b',
    ],
    ['a frame', '<iframe srcdoc="<script>parent.ran = true</script>"></iframe>c', 'c'],
  ])('without %s: runs nothing, and says so where something was left out', async (_name, html, expected) => {
    const result = await shown('html', html)
    expect(result).toMatchObject({ ran: false, html: expected })
    if (!html.startsWith('<a')) expect(result.hadActiveContent).toBe(true)
  })

  it.each([
    ['a style sheet', '<style>* { display: none }</style>d', 'd'],
    [
      'an overlay',
      '<div style="position:fixed;inset:0" class="ui-button" id="root" role="dialog">e</div>',
      '<div>e</div>',
    ],
    ['a form', '<form action="https://example.org"><input name="password"><button>ok</button></form>', 'ok'],
    ['a picture from elsewhere', '<img src="https://example.org/track.png" alt="me">', '<span>[picture: me]</span>'],
    [
      'a refresh',
      '<meta http-equiv="refresh" content="0;url=https://example.org"><base href="https://example.org">f',
      'f',
    ],
  ])('is shown without %s', async (_name, html, expected) => {
    expect((await shown('html', html)).html).toBe(expected)
  })

  it('keeps tables as they are', async () => {
    const table = '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    expect(await shown('html', table)).toEqual({ html: table, hadActiveContent: false, ran: false })
  })

  it('in Markdown is treated alike, and attachments are shown', async () => {
    const result = await shown(
      'markdown',
      '# Hi\n\n<script>globalThis.ran = true</script>\n\n![p](attachment:a.png) [x](javascript:alert(1))',
      {
        'a.png': 'data:image/png;base64,AA==',
      },
    )
    expect(result.ran).toBe(false)
    expect(result.html).toContain('<h1>Hi</h1>')
    expect(result.html).toContain('<img src="data:image/png;base64,AA==" alt="p">')
    expect(result.html).not.toContain('script')
  })
})
