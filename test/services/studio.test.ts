import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStudio, type Studio } from '../../electron/services/studio'
import { testContext } from '../support/context'

describe('opening another folder', () => {
  const context = testContext({ sample: 'flights' })
  const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), 'proml-open-')))
  const call = { signal: new AbortController().signal }
  let studio: Studio

  beforeAll(() => {
    const platform = { ...context.platform, home: join(elsewhere, 'home') }
    studio = createStudio({ platform, root: context.workspace.root, log: context.log, isTrusted: true })
  })
  afterAll(async () => {
    await studio.dispose()
    context.remove()
    rmSync(elsewhere, { recursive: true, force: true })
  })

  it.skipIf(process.platform === 'win32')('runs no interpreter of a restricted folder', async () => {
    const folder = join(elsewhere, 'stranger')
    const ran = join(elsewhere, 'ran')
    mkdirSync(join(folder, '.venv', 'bin'), { recursive: true })
    writeFileSync(join(folder, '.venv', 'bin', 'python'), `#!/bin/sh\ntouch '${ran}'\n`)
    chmodSync(join(folder, '.venv', 'bin', 'python'), 0o755)
    expect((await studio.open(folder)).isTrusted).toBe(false)
    await studio.services.kernels.handlers.specs({}, call)
    expect(existsSync(ran)).toBe(false)
    await studio.services.workspace.handlers.trust({}, call)
    await studio.services.kernels.handlers.specs({}, call)
    expect(existsSync(ran)).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('refuses a folder whose own files would lie elsewhere', async () => {
    const folder = join(elsewhere, 'linked')
    mkdirSync(join(folder, '.proml'), { recursive: true })
    mkdirSync(join(elsewhere, 'private'))
    symlinkSync(join(elsewhere, 'private'), join(folder, '.proml', 'tmp'))
    const before = studio.services.workspace
    await expect(studio.open(folder)).rejects.toMatchObject({ code: 'outside_workspace' })
    expect(studio.services.workspace).toBe(before)
  })

  it('keeps what runs where the folder is open already, and trusts it where a person named it', async () => {
    const folder = join(elsewhere, 'again')
    mkdirSync(folder)
    expect((await studio.open(folder)).isTrusted).toBe(false)
    const before = studio.services
    const told: unknown[] = []
    const stop = studio.onEvent((service, event, payload) => told.push({ service, event, payload }))
    expect(await studio.open(join(elsewhere, '.', 'again'))).toMatchObject({ root: folder, isTrusted: false })
    expect(await studio.open(folder, true)).toMatchObject({ root: folder, isTrusted: true })
    expect(studio.services).toBe(before)
    const payload = expect.objectContaining({ root: folder, isTrusted: true })
    await expect.poll(() => told).toContainEqual({ service: 'workspace', event: 'opened', payload })
    stop()
  })

  it('says nothing of the folder that is closed', async () => {
    const told: string[] = []
    const stop = studio.onEvent((service, event) => told.push(`${service}.${event}`))
    let isAborted = false
    studio.services.jobs.start({ kind: 'features', title: 'Long' }, async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      isAborted = true
      return {}
    })
    const folder = join(elsewhere, 'next')
    mkdirSync(folder)
    const { root } = await studio.open(folder)
    expect(root).toBe(folder)
    await expect.poll(() => isAborted).toBe(true)
    await studio.dispose()
    expect(told.slice(told.indexOf('workspace.opened')).filter((name) => name === 'jobs.changed')).toEqual([])
    stop()
  })
})
