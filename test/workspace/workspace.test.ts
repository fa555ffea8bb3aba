import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServiceContext } from '../../electron/services/context'
import { createJobsService } from '../../electron/services/jobs/jobs'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'
import { createWorkspaceService, type WorkspaceService } from '../../electron/services/workspace/workspace'
import { temporaryFolder, testPlatform } from '../support/context'

const folders: { path: string; remove: () => void }[] = []
const folder = (): string => {
  const made = temporaryFolder()
  folders.push(made)
  return made.path
}

const call = { signal: new AbortController().signal }
let root: string
let home: string
let service: WorkspaceService
let events: { name: string; payload: unknown }[]

const make = (options: { isTrusted?: boolean; host?: 'cli' | 'browser'; at?: string } = {}): WorkspaceService => {
  const context: ServiceContext = {
    workspace: openWorkspaceRoot(options.at ?? root),
    platform: { ...testPlatform(home), host: options.host ?? 'browser' },
    jobs: createJobsService(() => {}),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  }
  return createWorkspaceService(context, (name, payload) => events.push({ name, payload }), {
    open: async (next) => ({ root: next, name: 'opened', isTrusted: false, isOpenElsewhere: false, branch: null }),
    isTrusted: options.isTrusted ?? true,
  })
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing went wrong',
    (error: unknown) => (error instanceof StudioError ? error.code : String(error)),
  )

const told = (): Set<string> =>
  new Set(
    events.filter((event) => event.name === 'changed').flatMap((event) => (event.payload as { paths: string[] }).paths),
  )

const until = async (isTrue: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 400 && !isTrue(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 25))
  expect(isTrue()).toBe(true)
}

beforeEach(() => {
  root = folder()
  home = folder()
  events = []
  service = make()
})

afterEach(async () => {
  await service.dispose()
  for (const one of folders.splice(0)) one.remove()
})

describe('files tree', () => {
  test('folders come first, numbers count as numbers, hidden and tool folders are left out', async () => {
    mkdirSync(join(root, 'data/deep'), { recursive: true })
    for (const name of ['.proml', '.git', 'node_modules', '__pycache__'])
      mkdirSync(join(root, name), { recursive: true })
    for (const name of ['b10.csv', 'b9.csv', '.hidden', 'data/deep/x.txt', 'node_modules/y.js', '.proml/state.db'])
      writeFileSync(join(root, name), 'four')
    const tree = await service.handlers.tree({}, call)
    expect(tree.isTruncated).toBe(false)
    expect(tree.entries.map(({ path, kind, sizeBytes }) => [path, kind, sizeBytes])).toEqual([
      ['data', 'folder', 0],
      ['data/deep', 'folder', 0],
      ['data/deep/x.txt', 'file', 4],
      ['b9.csv', 'file', 4],
      ['b10.csv', 'file', 4],
    ])
  })

  test('a link that leads in a circle does not hang it, and more than 5,000 files say that some are not shown', async () => {
    symlinkSync(root, join(root, 'circle'))
    for (let index = 0; index < 5_010; index += 1) writeFileSync(join(root, `f${index}`), '')
    const tree = await service.handlers.tree({}, call)
    expect(tree.isTruncated).toBe(true)
    expect(tree.entries).toHaveLength(5_000)
  })

  test('a file that anyone changes is told; what the studio keeps for itself is not', async () => {
    mkdirSync(join(root, '.proml/runs'), { recursive: true })
    await service.handlers.tree({}, call)
    writeFileSync(join(root, '.proml/runs/run.json'), '{}')
    writeFileSync(join(root, 'new.txt'), 'x')
    await until(() => events.some((event) => event.name === 'changed'))
    const paths = events
      .filter((event) => event.name === 'changed')
      .flatMap((event) => (event.payload as { paths: string[] }).paths)
    expect(new Set(paths)).toEqual(new Set(['new.txt']))
  })

  test('a file saved here is still noticed when another program changes it, also in a folder made later', async () => {
    await service.handlers.tree({}, call)
    await service.handlers.write({ path: 'a.md', text: 'mine' }, call)
    await service.handlers.createFolder({ path: 'later/deep' }, call)
    await until(() => told().has('later/deep'))
    for (const path of ['a.md', 'later/deep/b.md']) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      events = []
      writeFileSync(join(root, path), 'theirs')
      await until(() => told().has(path))
    }
  })

  test('another branch is told', async () => {
    mkdirSync(join(root, '.git'))
    writeFileSync(join(root, '.git/HEAD'), 'ref: refs/heads/main\n')
    await service.handlers.tree({}, call)
    await new Promise((resolve) => setTimeout(resolve, 100))
    writeFileSync(join(root, '.git/HEAD'), 'ref: refs/heads/other\n')
    await until(() => events.some((event) => event.name === 'opened'))
    expect(events.find((event) => event.name === 'opened')?.payload).toMatchObject({ branch: 'other' })
  })
})

describe('text files', () => {
  test('any text comes back as it was written, with the digest that the next write must name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        const { digest } = await service.handlers.write({ path: 'notes/a.md', text }, call)
        expect(await service.handlers.read({ path: 'notes/a.md' }, call)).toEqual({ text, digest })
      }),
      { numRuns: 25, seed: Number(process.env.PROML_SEED ?? 20260101) },
    )
  })

  test('a file that changed since it was read is not overwritten', async () => {
    const { digest } = await service.handlers.write({ path: 'a.md', text: 'mine', expectedDigest: null }, call)
    writeFileSync(join(root, 'a.md'), 'theirs')
    expect(await codeOf(service.handlers.write({ path: 'a.md', text: 'mine 2', expectedDigest: digest }, call))).toBe(
      'conflict',
    )
    expect(await codeOf(service.handlers.write({ path: 'a.md', text: 'new', expectedDigest: null }, call))).toBe(
      'already_exists',
    )
    expect(readFileSync(join(root, 'a.md'), 'utf8')).toBe('theirs')
  })

  test('of two writes that name the same digest, one wins and one is told', async () => {
    const { digest } = await service.handlers.write({ path: 'a.md', text: 'start' }, call)
    const codes = await Promise.all(
      ['one', 'two'].map((text) =>
        codeOf(service.handlers.write({ path: 'a.md', text, expectedDigest: digest }, call)),
      ),
    )
    expect(codes.toSorted()).toEqual(['conflict', 'nothing went wrong'])
  })

  test('what is no text, not there, or outside is refused with a code', async () => {
    writeFileSync(join(root, 'picture.png'), new Uint8Array([0x89, 0x50, 0xff, 0xfe]))
    const outside = folder()
    symlinkSync(outside, join(root, 'link'))
    expect(await codeOf(service.handlers.read({ path: 'picture.png' }, call))).toBe('unreadable_file')
    expect(await codeOf(service.handlers.read({ path: 'none.txt' }, call))).toBe('not_found')
    expect(await codeOf(service.handlers.read({ path: '../../etc/passwd' }, call))).toBe('outside_workspace')
    expect(await codeOf(service.handlers.write({ path: 'link/x.txt', text: '' }, call))).toBe('outside_workspace')
    expect(await codeOf(service.handlers.write({ path: '.proml/state.db', text: '' }, call))).toBe('permission_denied')
    expect(await codeOf(service.handlers.remove({ path: '.' }, call))).toBe('permission_denied')
  })
})

describe('names', () => {
  test.skipIf(process.platform === 'win32')('a saved script can still be run, and a link stays a link', async () => {
    writeFileSync(join(root, 'run.sh'), 'old')
    chmodSync(join(root, 'run.sh'), 0o755)
    symlinkSync(join(root, 'run.sh'), join(root, 'link.sh'))
    await service.handlers.write({ path: 'run.sh', text: 'new' }, call)
    expect(statSync(join(root, 'run.sh')).mode & 0o777).toBe(0o755)
    await service.handlers.write({ path: 'link.sh', text: 'newer' }, call)
    expect(lstatSync(join(root, 'link.sh')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(root, 'run.sh'), 'utf8')).toBe('newer')
  })

  test('a rename never overwrites, and a folder does not go into itself', async () => {
    mkdirSync(join(root, 'data'))
    writeFileSync(join(root, 'a.csv'), 'a')
    writeFileSync(join(root, 'b.csv'), 'b')
    expect(await codeOf(service.handlers.rename({ from: 'a.csv', to: 'b.csv' }, call))).toBe('already_exists')
    expect(await codeOf(service.handlers.rename({ from: 'data', to: 'data/inner' }, call))).toBe('invalid_input')
    await service.handlers.rename({ from: 'a.csv', to: 'data/c.csv' }, call)
    expect(readFileSync(join(root, 'data/c.csv'), 'utf8')).toBe('a')
    expect(await codeOf(service.handlers.createFolder({ path: 'data' }, call))).toBe('already_exists')
  })

  test('what is deleted lies in the trash with its content, also twice under the same name', async () => {
    for (const text of ['first', 'second']) {
      writeFileSync(join(root, 'a.txt'), text)
      const { trashedAs } = await service.handlers.remove({ path: 'a.txt' }, call)
      expect(existsSync(join(root, 'a.txt'))).toBe(false)
      expect(readFileSync(join(root, trashedAs), 'utf8')).toBe(text)
    }
  })
})

describe('unsaved text', () => {
  test('is there for the next session, and gone once it is saved', async () => {
    await service.handlers.journalWrite({ path: 'model.proml', text: 'source a' }, call)
    await service.handlers.journalWrite({ path: 'b.md', text: 'b' }, call)
    await service.handlers.journalWrite({ path: './b.md', text: null }, call)
    writeFileSync(join(root, '.proml/journal/torn.json'), '{"path": "x"')
    const next = make()
    const left = await next.handlers.journalList({}, call)
    expect(left.map(({ path, text }) => ({ path, text }))).toEqual([{ path: 'model.proml', text: 'source a' }])
    await next.dispose()
  })
})

describe('settings', () => {
  test('are merged, survive, and null takes one back', async () => {
    await Promise.all([
      service.handlers.saveSettings({ theme: 'dark' }, call),
      service.handlers.saveSettings({ zoom: 2, autosave: 'off' }, call),
    ])
    expect(await service.handlers.saveSettings({ autosave: null }, call)).toEqual({ theme: 'dark', zoom: 2 })
    const next = make()
    expect(await next.handlers.settings({}, call)).toEqual({ theme: 'dark', zoom: 2 })
    await next.dispose()
  })

  test('a file broken by hand gives the defaults and is kept', async () => {
    await service.dispose()
    writeFileSync(join(home, 'settings.json'), '{ "theme": dark }')
    expect(await service.handlers.settings({}, call)).toEqual({})
    await service.handlers.saveSettings({ zoom: 1 }, call)
    const kept = (await import('node:fs')).readdirSync(home).find((name) => name.startsWith('settings.damaged'))
    expect(readFileSync(join(home, kept ?? ''), 'utf8')).toBe('{ "theme": dark }')
  })
})

describe('the folder itself', () => {
  test('its branch is read from git, also in a linked work tree and on a bare commit', async () => {
    expect((await service.handlers.info({}, call)).branch).toBe(null)
    mkdirSync(join(root, '.git'))
    writeFileSync(join(root, '.git/HEAD'), 'ref: refs/heads/feature/delay\n')
    expect((await service.handlers.info({}, call)).branch).toBe('feature/delay')
    writeFileSync(join(root, '.git/HEAD'), `${'0123456789'.repeat(4)}\n`)
    expect((await service.handlers.info({}, call)).branch).toBe('01234567')
    const linked = folder()
    writeFileSync(join(linked, '.git'), `gitdir: ${join(root, '.git')}\n`)
    const other = make({ at: linked })
    expect((await other.handlers.info({}, call)).branch).toBe('01234567')
    await other.dispose()
  })

  test('a folder from elsewhere is restricted until it is trusted, and trusted from then on', async () => {
    const restricted = make({ isTrusted: false })
    expect(restricted.isTrusted()).toBe(false)
    expect(await codeOf(restricted.handlers.saveSettings({ trustedFolders: [root] }, call))).toBe('permission_denied')
    expect((await restricted.handlers.trust({}, call)).isTrusted).toBe(true)
    expect(restricted.isTrusted()).toBe(true)
    await restricted.dispose()
    const again = make({ isTrusted: false })
    expect(again.isTrusted()).toBe(true)
    await again.dispose()
  })

  test('recent folders are listed newest first, once each, without those that are gone', async () => {
    const gone = temporaryFolder()
    const second = folder()
    for (const at of [gone.path, root, second, root]) {
      const opened = make({ at })
      await opened.handlers.recent({}, call)
      await opened.dispose()
    }
    gone.remove()
    const quiet = make({ host: 'cli', at: folder() })
    expect((await quiet.handlers.recent({}, call)).map((one) => one.root)).toEqual([root, second])
    await quiet.dispose()
  })

  test('opening what is no folder says so', async () => {
    writeFileSync(join(root, 'a.txt'), '')
    expect(await codeOf(service.handlers.open({ root: join(root, 'a.txt') }, call))).toBe('not_found')
    expect(await codeOf(service.handlers.open({ root: join(root, 'nowhere') }, call))).toBe('not_found')
    expect((await service.handlers.open({ root }, call)).root).toBe(root)
  })
})
