import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lex } from '@shared/language/syntax/lexer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot, temporaryFolder } from '../support/context'
import { hasNeovim, type Neovim, startNeovim } from './neovim'

if (!hasNeovim)
  console.warn(
    '*** SKIPPED: the language server under a real editor. Install Neovim (apt-get install neovim) to run it.',
  )

/** What the instructions tell people to put into their init.lua, with the paths of this machine. */
const initFromInstructions = (): string => {
  const text = readFileSync(join(projectRoot, 'resources/ide/README.md'), 'utf8')
  const block = text.match(/```lua\n([\s\S]*?)```/)?.[1] ?? ''
  expect(block).toContain("'/path/to/proml-studio/resources/ide/neovim'")
  return [
    block.replaceAll('/path/to/proml-studio', projectRoot),
    `vim.g.proml_command = { '${process.execPath}', '${join(projectRoot, 'out/main/cli.js')}' }`,
  ].join('\n')
}

const clients = '(vim.lsp.get_clients or vim.lsp.get_active_clients)()'
const floats = `filter(range(1, winnr("$")), "nvim_win_get_config(win_getid(v:val)).relative != ''")`

describe.skipIf(!hasNeovim)('Neovim with our configuration and proml lsp', () => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'flights')
  const program = join(workspace, 'flights.proml')
  const original = readFileSync(join(projectRoot, 'resources/samples/flights/flights.proml'), 'utf8')
  const lineOf = (text: string): number => original.slice(0, original.indexOf(text)).split('\n').length
  let nvim: Neovim

  const lua = <T>(code: string) => nvim.value<T>(`luaeval(${JSON.stringify(code)})`)
  const diagnostics = `luaeval("vim.tbl_map(function(d) return { d.lnum, d.col, d.code, d.message } end, vim.diagnostic.get(0))")`
  const noDiagnostics = () => nvim.until<unknown[]>(diagnostics, (found) => found.length === 0)

  beforeAll(async () => {
    cpSync(join(projectRoot, 'resources/samples/flights'), workspace, { recursive: true })
    const init = join(folder.path, 'init.lua')
    writeFileSync(init, initFromInstructions())
    nvim = await startNeovim({ folder: folder.path, file: program, init })
  })
  afterAll(async () => {
    await nvim?.end()
    folder.remove()
  })

  it('knows the language and starts the server in the program’s workspace', async () => {
    await nvim.until('&filetype', (type) => type === 'proml')
    await nvim.until<number>(`luaeval("#${clients}")`, (count) => count === 1)
    await nvim.until('&omnifunc', (name) => name === 'v:lua.vim.lsp.omnifunc')
    expect(await lua(`${clients}[1].config.root_dir`)).toBe(workspace)
    expect(await nvim.value('execute("messages")')).toBe('')
  })

  it('marks a column that the data does not have, with what to do, until it is mended', async () => {
    const line = lineOf('= mean(delay) from flights by origin over 3h')
    await nvim.keys(`:${line}s/delay/dely/<CR>`)
    const [problem] = await nvim.until<[number, number, string, string][]>(diagnostics, (found) => found.length > 0)
    expect(problem).toEqual([line - 1, 9, 'PML1101', '`flights` has no column `dely`. Did you mean `delay`?'])
    await nvim.keys('u')
    await noDiagnostics()
    expect(await nvim.buffer()).toBe(original)
  })

  it('completes a column of the real file', async () => {
    await nvim.keys(`:call cursor(${lineOf('= mean(delay) from flights by origin over 1h')}, 12)<CR>ci(dist<C-x><C-o>`)
    const typed = await nvim.until<string>('getline(".")', (line) => !line.includes('(dist)'))
    expect(typed).toBe('  = mean(distance) from flights by origin over 1h')
    await nvim.keys('<Esc>ci(<C-x><C-o>')
    const items = await nvim.until<{ word: string }[]>('complete_info(["items"]).items', (found) => found.length > 0)
    expect(items.map(({ word }) => word)).toEqual(expect.arrayContaining(['date', 'delay', 'distance', 'origin']))
    await nvim.keys('<C-e><Esc>uu')
    await nvim.untilBuffer(original)
  })

  it('tells what a name is', async () => {
    await nvim.keys(`:call cursor(${lineOf('feature airport_delay_1h')}, 12)<CR>:lua vim.lsp.buf.hover()<CR>`)
    await nvim.until<number[]>(floats, (windows) => windows.length === 1)
    const told = (await nvim.value<string[]>(`getbufline(winbufnr(${floats}[0]), 1, "$")`)).join('\n')
    expect(told).toContain('mean(delay) from flights by origin over 1h')
    expect(told).toContain('Mean delay of the last hour')
    await nvim.keys(':call nvim_win_close(win_getid(winnr("$")), v:true)<CR>')
  })

  it('renames at every place', async () => {
    await nvim.keys(`:call cursor(${lineOf('feature airport_delay_1h')}, 12)<CR>`)
    await nvim.keys(':lua vim.lsp.buf.rename("airport_delay_60m")<CR>')
    await nvim.untilBuffer(original.replaceAll('airport_delay_1h', 'airport_delay_60m'))
    await nvim.keys('u')
    await nvim.untilBuffer(original)
  })

  it('formats', async () => {
    await nvim.keys(':%s/^  use /      use    /<CR>:%s/ = parquet(/=parquet( /<CR>')
    await nvim.until<string>('getline(5)', (line) => line.includes('=parquet('))
    await nvim.keys(':lua (vim.lsp.buf.format or vim.lsp.buf.formatting_sync)()<CR>')
    await nvim.untilBuffer(original)
    await nvim.keys(':silent write<CR>')
    await nvim.until('&modified', (isModified) => isModified === 0)
    expect(readFileSync(program, 'utf8')).toBe(original)
  })

  it('colours literals and comments where the lexer sees them', async () => {
    const groups = await nvim.value<string[][]>(
      'map(range(1, line("$")), {_, l -> map(range(1, len(getline(l))), {_, c -> synIDattr(synID(l, c, 1), "name")})})',
    )
    const bytes = Buffer.from(original)
    const groupAt = (offset: number): string => {
      const before = Buffer.from(original.slice(0, offset))
      const lineStart = before.lastIndexOf(10) + 1
      return (
        groups[bytes.subarray(0, before.length).filter((byte) => byte === 10).length]?.[before.length - lineStart] ?? ''
      )
    }
    const wanted: Readonly<Record<string, string>> = {
      ...{ number: 'promlNumber', duration: 'promlDuration', size: 'promlSize', string: 'promlString' },
      ...{ line: 'promlComment', block: 'promlComment', documentation: 'promlDocumentation' },
    }
    const { tokens, comments } = lex(original)
    const places = [...tokens, ...comments.map(({ kind, span }) => ({ kind, ...span }))]
    const wrong = places
      .flatMap(({ kind, start, end }) => [start, end - 1].map((at) => ({ kind, at, group: groupAt(at) })))
      .filter(({ kind, group }) => (wanted[kind] ? group !== wanted[kind] : /Number|String|Comment/.test(group)))
    expect(wrong).toEqual([])
  })

  it('takes its server along when it ends', async () => {
    const pid = Number(
      await lua(
        `${clients}[1].rpc.pid or vim.fn.systemlist({ 'pgrep', '-P', tostring(vim.fn.getpid()), '-f', 'cli.js lsp' })[1]`,
      ),
    )
    expect(() => process.kill(pid, 0)).not.toThrow()
    await nvim.end()
    await expect
      .poll(
        () => {
          try {
            return process.kill(pid, 0)
          } catch {
            return false
          }
        },
        { timeout: 20_000 },
      )
      .toBe(false)
  })
})
