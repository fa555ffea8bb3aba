import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { projectRoot, temporaryFolder } from '../support/context'

const ide = join(projectRoot, 'resources/ide')
const read = (path: string): string => readFileSync(join(ide, path), 'utf8')

describe('the TextMate bundle of IntelliJ', () => {
  it('has the same brackets as VS Code', () => {
    expect(read('intellij/textmate/language-configuration.json')).toBe(read('vscode/language-configuration.json'))
  })

  it('describes the language as the extension does', () => {
    const contributes = (path: string): unknown => {
      const { languages, grammars } = (JSON.parse(read(path)) as { contributes: Record<string, unknown> }).contributes
      return { languages: JSON.parse(JSON.stringify(languages).replace('"Pro-ML","proml"', '"Pro-ML"')), grammars }
    }
    expect(contributes('intellij/textmate/package.json')).toEqual(contributes('vscode/package.json'))
  })
})

describe('the LSP4IJ template', () => {
  const folder = temporaryFolder()
  afterAll(folder.remove)
  const template: { programArgs: { default: string } } = JSON.parse(read('intellij/lsp4ij/template.json'))

  /** As LSP4IJ reads a command: parts are parted by spaces, but for those between double quotes. */
  const parts = (command: string): string[] =>
    [...command.matchAll(/(?:[^ "]|"[^"]*")+/g)].map(([part]) => part.replaceAll('"', ''))

  it('has a command that serves the project, also from a folder with a space in its name', async () => {
    const workspace = join(folder.path, 'my flights')
    cpSync(join(projectRoot, 'resources/samples/flights'), workspace, { recursive: true })
    const programs = join(folder.path, 'bin')
    mkdirSync(programs)
    const proml = `#!/bin/sh\nexec '${process.execPath}' '${join(projectRoot, 'out/main/cli.js')}' "$@"\n`
    writeFileSync(join(programs, 'proml'), proml)
    chmodSync(join(programs, 'proml'), 0o755)

    const [command = '', ...args] = parts(template.programArgs.default.replace('$PROJECT_DIR$', workspace))
    const server = spawn(command, args, {
      cwd: folder.path,
      env: { ...process.env, PATH: `${programs}:${process.env.PATH}` },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const gone = new Promise((resolve) => server.once('exit', resolve))
    const client = createMessageConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    )
    const diagnostics = new Promise<{ diagnostics: { code: string }[] }>((resolve) =>
      // The file on disk has none; the text that is opened has one.
      client.onNotification('textDocument/publishDiagnostics', (told: { diagnostics: { code: string }[] }) => {
        if (told.diagnostics.length > 0) resolve(told)
      }),
    )
    client.listen()
    const rootUri = pathToFileURL(workspace).href
    await client.sendRequest('initialize', { processId: null, rootUri, capabilities: {} })
    await client.sendNotification('initialized', {})
    const text = readFileSync(join(workspace, 'flights.proml'), 'utf8').replace('mean(delay)', 'mean(dely)')
    const textDocument = { uri: `${rootUri}/flights.proml`, languageId: 'proml', version: 1, text }
    await client.sendNotification('textDocument/didOpen', { textDocument })
    // Only who found the data file knows that it has no such column.
    expect((await diagnostics).diagnostics.map(({ code }) => code)).toEqual(['PML1101'])
    await client.sendRequest('shutdown')
    await client.sendNotification('exit')
    await gone
    client.dispose()
  })
})

it('Helix’s configuration is TOML', () => {
  const script = 'import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], "rb"))))'
  const said = execFileSync('python3', ['-c', script, join(ide, 'helix/languages.toml')], { encoding: 'utf8' })
  expect(JSON.parse(said)).toMatchObject({
    language: [{ name: 'proml' }],
    'language-server': { proml: { args: ['lsp'] } },
  })
})

it('Emacs’ mode is balanced Lisp', () => {
  const code = read('emacs/proml-mode.el')
    .replace(/"(?:\\.|[^"\\])*"/g, '')
    .replace(/\?\\?./g, '')
    .replace(/;.*$/gm, '')
  let depth = 0
  for (const sign of code) {
    if (sign === '(') depth++
    if (sign === ')') depth--
    expect(depth).toBeGreaterThanOrEqual(0)
  }
  expect(depth).toBe(0)
})
