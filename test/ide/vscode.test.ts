import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FindOptions, findServer } from '../../resources/ide/vscode/src/findServer'
import { placeRangesOf, runArgumentOf } from '../../resources/ide/vscode/src/lensArguments'
import { workspaceRoot } from '../../resources/ide/vscode/src/workspaceRoot'
import { projectRoot, temporaryFolder } from '../support/context'

const source = join(projectRoot, 'resources/ide/vscode')
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')

describe('the VS Code extension, packaged', () => {
  const folder = temporaryFolder()
  const inside = join(folder.path, 'extension')
  beforeAll(() => {
    const vsix = join(folder.path, 'proml.vsix')
    execFileSync(process.execPath, [join(source, 'package.mjs'), vsix], { cwd: projectRoot, stdio: 'pipe' })
    // An unzip that is not ours.
    execFileSync('python3', ['-m', 'zipfile', '-e', vsix, folder.path])
  })
  afterAll(folder.remove)

  it('holds what its manifests name, and nothing else', () => {
    const manifest: {
      main: string
      contributes: { languages: { configuration: string }[]; grammars: { path: string }[] }
    } = JSON.parse(read(inside, 'package.json'))
    const { languages, grammars } = manifest.contributes
    const named = [manifest.main, ...languages.map((each) => each.configuration), ...grammars.map(({ path }) => path)]
    const assets = [...read(folder.path, 'extension.vsixmanifest').matchAll(/Path="extension\/([^"]+)"/g)]
    expect(readdirSync(inside).sort()).toEqual(
      [
        ...new Set([
          ...named.map((path) => path.replace('./', '')),
          ...assets.map(([, path]) => path ?? ''),
          'ThirdPartyNotices.txt',
        ]),
      ].sort(),
    )
    const endings = readdirSync(inside).map((name) => name.slice(name.lastIndexOf('.')))
    const types = read(folder.path, '[Content_Types].xml')
    expect(endings.filter((ending) => !types.includes(`Extension="${ending}"`))).toEqual([])
  })

  it('says the same version as the studio', () => {
    const { version } = JSON.parse(read(projectRoot, 'package.json')) as { version: string }
    expect(JSON.parse(read(inside, 'package.json'))).toMatchObject({ version })
    expect(read(folder.path, 'extension.vsixmanifest')).toContain(`Version="${version}"`)
  })

  it('carries the grammar as the tables make it', () => {
    expect(read(inside, 'proml.tmLanguage.json')).toBe(read(projectRoot, 'resources/ide/proml.tmLanguage.json'))
  })

  it('needs nothing but VS Code and Node', () => {
    const code = read(inside, 'extension.js')
    const required = [...code.matchAll(/\brequire\(\s*[`"']([^`"']+)[`"']\s*\)/g)].map(([, name]) => name ?? '')
    const foreign = required.filter((name) => name !== 'vscode' && !builtinModules.includes(name.replace('node:', '')))
    expect(required).toContain('vscode')
    expect(foreign).toEqual([])
    const loaded = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(join(inside, 'extension.js'))})`], {
      cwd: folder.path,
      encoding: 'utf8',
    })
    expect(loaded.stderr).toContain("Cannot find module 'vscode'")
  })

  it('answers to every command that it shows and every one that a lens names', () => {
    const manifest: { contributes: { commands: { command: string }[] } } = JSON.parse(read(inside, 'package.json'))
    const code = read(inside, 'extension.js')
    const wanted = [
      ...manifest.contributes.commands.map(({ command }) => command),
      ...['proml.train', 'proml.preview', 'proml.showUsers'],
    ]
    expect(wanted.filter((command) => !new RegExp(`registerCommand\\([\`"']${command}[\`"']`).test(code))).toEqual([])
  })
})

describe('finding the server', () => {
  const files: Readonly<Record<string, string>> = {
    '/home/me/studio/package.json': '{ "name": "proml-studio" }',
    '/home/me/projects/node_modules/proml-studio/package.json': '{ "name": "proml-studio" }',
    '/home/me/other/package.json': '{ "name": "other" }',
    '/home/me/broken/package.json': '{',
    '/usr/local/bin/proml': '',
  }
  const find = (options: Partial<FindOptions>) =>
    findServer({
      configured: [],
      folder: '/home/me/other/features',
      path: '/usr/bin:/usr/local/bin',
      isWindows: false,
      readText: (path) => files[path] ?? null,
      ...options,
    })

  it('takes the setting before anything else', () => {
    expect(find({ configured: ['node', 'a.mjs'], folder: '/home/me/studio' })).toEqual({
      command: 'node',
      args: ['a.mjs'],
      needsShell: false,
    })
  })

  it('takes the project that the program lies in, or depends on', () => {
    expect(find({ folder: '/home/me/studio/resources/samples/flights' })).toEqual({
      command: 'node',
      args: ['/home/me/studio/resources/setup/proml.mjs'],
      needsShell: false,
    })
    expect(find({ folder: '/home/me/projects/features' })?.args).toEqual([
      '/home/me/projects/node_modules/proml-studio/resources/setup/proml.mjs',
    ])
  })

  it('else takes proml on the PATH, else nothing', () => {
    expect(find({})).toEqual({ command: '/usr/local/bin/proml', args: [], needsShell: false })
    expect(find({ folder: '/home/me/broken' })?.command).toBe('/usr/local/bin/proml')
    expect(find({ path: '/usr/bin' })).toBeNull()
  })

  it('starts a command file of Windows through its shell', () => {
    expect(find({ configured: ['C:\\bin\\proml.cmd'], isWindows: true })?.needsShell).toBe(true)
  })
})

describe('the folder that a program’s paths are relative to', () => {
  const root = (file: string, folder: string | null, configured = '') =>
    workspaceRoot({ file, folder, configured, isFolder: (path) => path === '/a/b/.proml' })

  it('is the nearest that the studio has worked in, but none above the opened folder', () => {
    expect(root('/a/b/c/x.proml', '/a')).toBe('/a/b')
    expect(root('/a/b/c/x.proml', '/a/b/c')).toBe('/a/b/c')
    expect(root('/a/d/x.proml', '/a')).toBe('/a')
    expect(root('/a/d/x.proml', '/a', 'd')).toBe('/a/d')
  })

  it('is as proml check has it for a file that is opened alone', () => {
    expect(root('/a/b/c/x.proml', null)).toBe('/a/b')
    expect(root('/a/d/x.proml', null)).toBe('/a/d')
  })
})

describe('what a lens hands over', () => {
  it('is read only if it is that', () => {
    const argument = { uri: 'file:///w/f.proml', path: 'f.proml', model: 'm', feature: null }
    expect(runArgumentOf(argument)).toEqual({ uri: argument.uri, path: argument.path, model: 'm' })
    expect(runArgumentOf({ ...argument, path: '--json' })).toBeNull()
    expect(runArgumentOf({ ...argument, model: 3 })).toBeNull()
    expect(runArgumentOf(undefined)).toBeNull()
    const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 3 } }
    expect(placeRangesOf([{ uri: 'file:///w', range }, { uri: 1, range }, null])).toEqual([{ uri: 'file:///w', range }])
    expect(placeRangesOf('all')).toEqual([])
  })
})
