import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../support/context'

const preload = join(projectRoot, 'out/preload/index.cjs')
const main = join(projectRoot, 'out/main/index.js')
const fake = join(projectRoot, 'test/shell/fakeElectron.mjs')

/** Runs a built program of the shell with a recording stand-in for the `electron` module, which needs no binary. */
const recorded = (program: string, environment: NodeJS.ProcessEnv = {}): Record<string, unknown> => {
  const result = spawnSync(process.execPath, ['--import', fake, program, '--workspace', '/tmp'], {
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, ...environment },
  })
  const line = result.stdout.split('\n').find((text) => text.startsWith('RECORDED '))
  if (!line) throw new Error(`The program recorded nothing.\n${result.stdout}\n${result.stderr}`)
  return JSON.parse(line.slice('RECORDED '.length)) as Record<string, unknown>
}

describe('the built shell', () => {
  it('has been built', () => {
    expect([preload, main].filter((path) => !existsSync(path))).toEqual([])
  })

  it('offers the page exactly these functions', () => {
    expect(recorded(preload).exposed).toEqual({
      shell: ['chooseFolder', 'openExternal', 'requestStudioPort', 'setDirty'],
    })
  })

  it('gives the page functions only, none of Electron’s own objects', () => {
    const text = readFileSync(preload, 'utf8')
    expect(text).not.toMatch(/exposeInMainWorld\([^)]*ipcRenderer\s*[,)]/)
  })

  it('opens one sandboxed, isolated window on its own scheme', () => {
    const record = recorded(main)
    expect(record.windows).toEqual([
      expect.objectContaining({
        webPreferences: expect.objectContaining({
          sandbox: true,
          contextIsolation: true,
          nodeIntegration: false,
          webSecurity: true,
        }),
      }),
    ])
    expect(record.loaded).toEqual(['app://studio/'])
  })

  it('serves pages isolated and refuses what lies outside them', () => {
    const record = recorded(main) as { pages: Record<string, { status: number; headers: Record<string, string> }> }
    expect(record.pages['app://studio/']?.status).toBe(200)
    expect(record.pages['app://studio/']?.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    })
    expect(record.pages['app://studio/../main/index.js']?.status).toBe(404)
    expect(record.pages['app://studio/%2e%2e/main/index.js']?.status).toBe(404)
  })

  it('sandboxes everything, registers one privileged scheme, and answers permissions and requests itself', () => {
    expect(recorded(main)).toMatchObject({
      sandboxed: true,
      schemes: ['app'],
      permissionHandlers: 2,
      blocksRemote: true,
      handlers: ['choose-folder', 'open-external'],
      listeners: ['request-studio-port', 'set-dirty'],
      utility: [expect.stringMatching(/studio\.js$/)],
    })
  })

  it('hands its folder to the shell that runs already, and opens nothing itself', () => {
    expect(recorded(main, { FAKE_SECOND: 'yes' })).toMatchObject({
      handedOver: { workspace: '/tmp' },
      hasQuit: true,
      windows: [],
      utility: [],
    })
  })

  it('shows its window to a later start, and opens the folder where a person agrees', () => {
    const opened = recorded(main, { FAKE_LATER_START: '/data/other|open' })
    expect(opened).toMatchObject({ hasQuit: false, focused: 1, asked: ['Open /data/other?'] })
    expect(opened.opened).toEqual([{ type: 'open', root: '/data/other' }])
    const stayed = recorded(main, { FAKE_LATER_START: '/data/other|stay' })
    expect(stayed).toMatchObject({ focused: 1, asked: ['Open /data/other?'], opened: [] })
    // The folder that is open already: nobody is asked, nothing is ended.
    expect(recorded(main, { FAKE_LATER_START: '/tmp|open' })).toMatchObject({ focused: 1, asked: [], opened: [] })
  })
})
