import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Run } from '@shared/training/run'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRemotes } from '../../electron/services/registry/remotes'
import { temporaryFolder, testContext } from '../support/context'
import {
  call,
  type DockerRegistry,
  fabricateRun,
  startDockerRegistry,
  type TestRegistry,
  testRegistry,
} from './support'

const partsOf = (root: string): string[] => {
  const ingest = join(root, '.proml/objects/ingest')
  return existsSync(ingest) ? readdirSync(ingest) : []
}

let context: ReturnType<typeof testContext>
let runs: Run[]
let registry: TestRegistry
let folder: ReturnType<typeof temporaryFolder>
const servers: DockerRegistry[] = []

const dockerRegistry = async (options: { withPassword?: boolean } = {}): Promise<DockerRegistry> => {
  const server = await startDockerRegistry(join(folder.path, `server-${servers.length}`), options)
  servers.push(server)
  return server
}

beforeEach(() => {
  context = testContext()
  folder = temporaryFolder()
  runs = []
  registry = testRegistry(context, () => runs)
})

afterEach(async () => {
  await registry.service.dispose()
  for (const server of servers.splice(0)) await server.kill()
  context.remove()
  folder.remove()
})

const newRun = (options: Parameters<typeof fabricateRun>[1] = {}): Run => {
  const run = fabricateRun(context, options)
  runs = [...runs.filter((one) => one.id !== run.id), run]
  return run
}

describe('bundling', () => {
  test('a run becomes a ModelPack bundle whose files read back', async () => {
    const run = newRun()
    const bundle = await registry.bundle(run, { tag: 'v1' })
    expect(bundle.layers.map(({ path, mediaType }) => [path, mediaType])).toEqual([
      ['model.onnx', 'application/vnd.cncf.model.weight.v1.raw'],
      ['signature.json', 'application/vnd.cncf.model.weight.config.v1.raw'],
      ['baseline.json', 'application/vnd.cncf.model.weight.config.v1.raw'],
      ['plan.json', 'application/vnd.cncf.model.weight.config.v1.raw'],
      ['program.proml', 'application/vnd.cncf.model.code.v1.raw'],
      ['golden.json', 'application/vnd.cncf.model.dataset.v1.raw'],
      ['README.md', 'application/vnd.cncf.model.doc.v1.raw'],
    ])
    expect(bundle).toMatchObject({ name: 'late_departure', tags: ['v1'], runId: run.id, isDraft: false })
    const model = await registry.service.bundleFile(bundle.digest, 'model.onnx')
    expect(Buffer.compare(model, readFileSync(context.workspace.internal('runs', run.id, 'model.onnx')))).toBe(0)
    const card = new TextDecoder().decode(await registry.service.bundleFile(bundle.digest, 'README.md'))
    expect(card).toContain('# late\\_departure')
    expect(card).toContain('The probability that `late` is true.')
    expect(card).toContain('| auc | 0.8 | 0.9 |')
    expect(card).toContain('| `auc >= 0.65` | passed |')
    expect(card).toContain('Mean delay \\| of the airport')
    expect(await registry.service.bundleList()).toEqual([bundle])
    expect(partsOf(context.workspace.root)).toEqual([])
  })

  test('the same run gives the same digest at any time, in any workspace', async () => {
    const first = await registry.bundle(newRun())
    const again = await registry.bundle(newRun())
    const other = testContext()
    const otherRun = fabricateRun(other)
    const elsewhere = testRegistry(other, () => [otherRun])
    const third = await elsewhere.bundle(otherRun)
    await elsewhere.service.dispose()
    other.remove()
    expect([again.digest, third.digest]).toEqual([first.digest, first.digest])
    expect(await registry.service.bundleList()).toHaveLength(1)
  })

  test('a run whose gate fails is refused by name, and goes as a draft that says so', async () => {
    const run = newRun({ auc: 0.6 })
    await expect(registry.bundle(run)).rejects.toMatchObject({
      code: 'gate_failed',
      message: 'Not all gates passed: `auc >= 0.65` failed.',
    })
    expect(partsOf(context.workspace.root)).toEqual([])
    const draft = await registry.bundle(run, { asDraft: true })
    expect(draft.isDraft).toBe(true)
    expect(new TextDecoder().decode(await registry.service.bundleFile(draft.digest, 'README.md'))).toContain(
      '**Draft.**',
    )
  })

  test('a model file that changed after training is refused and leaves nothing', async () => {
    const run = newRun()
    writeFileSync(context.workspace.internal('runs', run.id, 'model.onnx'), 'something else')
    await expect(registry.bundle(run)).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect(await registry.service.bundleList()).toEqual([])
    expect(partsOf(context.workspace.root)).toEqual([])
  })

  test('latency and native agreement count where a runtime measures them', async () => {
    await registry.service.dispose()
    registry = testRegistry(
      context,
      () => runs,
      {},
      {
        agreementOf: async () => ({ rows: 100, maxDifference: 3e-6 }),
        latencyOf: async () => ({ p50Ms: 0.2, p90Ms: 0.3, p95Ms: 0.4, p99Ms: 9 }),
      },
    )
    const span = { start: 0, end: 0 }
    const run = newRun({
      gates: [
        { metric: 'parity', operator: '<=', limit: 1e-5, quantile: null, span },
        { metric: 'latency', operator: '<=', limit: 5, quantile: 0.99, span },
        { metric: 'size', operator: '<=', limit: 20 * 1024 * 1024, quantile: null, span },
        { metric: 'f1', operator: '>', limit: 0.5, quantile: null, span },
      ],
    })
    const verdicts = await registry.service.handlers.gates({ runId: run.id }, call)
    expect(verdicts.map(({ gate, verdict, measured }) => [gate, verdict, measured])).toEqual([
      ['parity <= 0.00001', 'passed', 3e-6],
      ['latency p99 <= 5ms', 'failed', 9],
      ['size <= 20MiB', 'passed', 5000],
      ['f1 > 0.5', 'unknown', null],
    ])
    expect(verdicts.map((verdict) => verdict.evidence)).toEqual([
      'ONNX and the Python estimator differ by at most 2.0e-7 on the test split; the native engine by at most 3.0e-6 on 100 golden rows.',
      'p99 of single rows on the native engine of this machine, in the quietest of several rounds: 9 ms.',
      'model.onnx has 5,000 bytes.',
      'The run has no f1 on the test split.',
    ])
  })
})

describe('the local store', () => {
  test('a damaged file is found by verify, refused on reading, and mended by bundling again', async () => {
    const run = newRun()
    const bundle = await registry.bundle(run)
    const model = bundle.layers[0]
    const path = context.workspace.internal('objects/blobs/sha256', model?.digest.slice(7) ?? '')
    const bytes = readFileSync(path)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    writeFileSync(path, bytes)
    expect((await registry.service.handlers.verify({}, call)).damaged).toEqual([model?.digest])
    await expect(registry.service.bundleFile(bundle.digest, 'model.onnx')).rejects.toMatchObject({
      code: 'digest_mismatch',
    })
    await registry.bundle(run)
    expect((await registry.service.handlers.verify({}, call)).damaged).toEqual([])
  })

  test.each([
    ['state.db', ['state.db', 'state.db-wal', 'state.db-shm']],
    ['index.json', ['objects/index.json']],
  ])('bundles and tags come back after %s is lost', async (_name, lost) => {
    const bundle = await registry.bundle(newRun(), { tag: 'v1' })
    await registry.service.dispose()
    const { rmSync } = await import('node:fs')
    for (const file of lost) rmSync(context.workspace.internal(file), { force: true })
    registry = testRegistry(context, () => runs)
    expect(await registry.service.bundleList()).toEqual([bundle])
  })
})

test('a damaged state.db is put aside, and bundles and tags are there', async () => {
  const bundle = await registry.bundle(newRun(), { tag: 'v1' })
  await registry.service.dispose()
  const { rmSync } = await import('node:fs')
  for (const ending of ['-wal', '-shm']) rmSync(context.workspace.internal(`state.db${ending}`), { force: true })
  writeFileSync(context.workspace.internal('state.db'), 'x'.repeat(20_000))
  registry = testRegistry(context, () => runs)
  expect(await registry.service.bundleList()).toEqual([bundle])
  expect(existsSync(context.workspace.internal('state.db.damaged'))).toBe(true)
})

test('a copy of a workspace sends nothing by itself that the original had queued', async () => {
  const bundle = await registry.bundle(newRun())
  const drive = join(folder.path, 'drive')
  const { cpSync, mkdirSync, rmSync } = await import('node:fs')
  await registry.service.handlers.addRemote({ name: 'drive', url: drive }, call)
  rmSync(drive, { recursive: true })
  const { id } = await registry.push(bundle, 'drive', 'v1')
  await registry.until(id, ['waiting'])
  await registry.service.dispose()
  mkdirSync(drive)
  const copy = testContext()
  cpSync(context.workspace.internal(), copy.workspace.internal(), { recursive: true })
  const elsewhere = testRegistry(copy, () => [])
  const held = await elsewhere.until(id, ['blocked', 'done'])
  expect(held).toMatchObject({ state: 'blocked', hint: 'Retry it if it should still be sent from here.' })
  expect(readdirSync(drive)).toEqual([])
  await elsewhere.service.handlers.retry({ id }, call)
  expect((await elsewhere.until(id, ['blocked', 'done'])).state).toBe('done')
  await elsewhere.service.dispose()
  copy.remove()
})

describe('a folder as a registry', () => {
  test('a new workspace pushes to `local` with nothing configured, and a second push sends nothing', async () => {
    const bundle = await registry.bundle(newRun())
    expect(await registry.service.handlers.remotes({}, call)).toMatchObject([{ name: 'local', state: 'unknown' }])
    const pushed = await registry.until((await registry.push(bundle, 'local', 'v1')).id, ['done', 'blocked'])
    expect(pushed).toMatchObject({
      state: 'done',
      repository: 'late_departure',
      bytesSkipped: 0,
      bytesSent: bundle.sizeBytes,
    })
    expect(await registry.service.handlers.tags({ remote: 'local', repository: 'late_departure' }, call)).toEqual([
      'v1',
    ])
    const again = await registry.until((await registry.push(bundle, 'local', 'v1')).id, ['done', 'blocked'])
    expect(again).toMatchObject({ state: 'done', bytesSent: 0, bytesSkipped: bundle.sizeBytes })
    expect((await registry.service.handlers.checkRemote({ name: 'local' }, call)).state).toBe('online')
  })

  test('adding the same place twice is no mistake; the same name for another place is', async () => {
    const { handlers } = registry.service
    const share = join(folder.path, 'share')
    await handlers.addRemote({ name: 'share', url: share }, call)
    await handlers.addRemote({ name: 'share', url: pathToFileURL(share).href }, call)
    await expect(handlers.addRemote({ name: 'share', url: 'https://registry.example' }, call)).rejects.toMatchObject({
      code: 'already_exists',
    })
    expect((await handlers.remotes({}, call)).map((remote) => remote.name)).toEqual(['local', 'share'])
  })

  test('two windows on one folder that add and remove registries at once lose none of each other’s', async () => {
    const beside = testRegistry(context, () => [])
    const names = Array.from({ length: 6 }, (_, index) => `r${index}`)
    const windows = [registry.service.handlers, beside.service.handlers]
    await Promise.all(
      names.flatMap((name, index) => {
        const window = windows[index % 2]
        return window ? [window.addRemote({ name, url: `https://${name}.example` }, call)] : []
      }),
    )
    await Promise.all([
      registry.service.handlers.removeRemote({ name: 'r0' }, call),
      beside.service.handlers.removeRemote({ name: 'r1' }, call),
    ])
    const listed = (await registry.service.handlers.remotes({}, call)).map((remote) => remote.name)
    expect(listed.toSorted()).toEqual(['local', 'r2', 'r3', 'r4', 'r5'])
    await beside.service.dispose()
  })

  test.each([
    ['https://ada:secret@registry.example', 'The address holds a user name or a password.'],
    ['ftp://registry.example', '`ftp:` is not an address that is known here.'],
    ['https://registry.example/team', 'The address goes on after the host.'],
    ['registry', '`registry` is not a registry’s address.'],
  ])('an address that cannot be one is refused with a reason: %s', async (url, message) => {
    await expect(registry.service.handlers.addRemote({ name: 'x', url }, call)).rejects.toMatchObject({
      code: 'invalid_input',
      message,
    })
  })

  test('another workspace pulls what was pushed, with the same digest', async () => {
    const bundle = await registry.bundle(newRun())
    const url = pathToFileURL(join(folder.path, 'share')).href
    await registry.service.handlers.addRemote({ name: 'share', url }, call)
    await registry.until((await registry.push(bundle, 'share', 'v1', 'team/late')).id, ['done', 'blocked'])
    const other = testContext()
    const elsewhere = testRegistry(other, () => [])
    await elsewhere.service.handlers.addRemote({ name: 'share', url }, call)
    expect(await elsewhere.pull('share', 'team/late', 'v1')).toEqual({ digest: bundle.digest })
    expect(await elsewhere.service.bundleList()).toEqual([{ ...bundle, tags: ['v1'] }])
    await elsewhere.service.dispose()
    other.remove()
  })

  test('an unplugged drive makes a transfer wait, and the next check sends it', async () => {
    const bundle = await registry.bundle(newRun())
    const drive = join(folder.path, 'drive')
    await registry.service.handlers.addRemote({ name: 'drive', url: drive }, call)
    const { rmSync, mkdirSync } = await import('node:fs')
    rmSync(drive, { recursive: true })
    const { id } = await registry.push(bundle, 'drive', 'v1')
    const waiting = await registry.until(id, ['waiting', 'blocked'])
    expect(waiting).toMatchObject({ state: 'waiting', reason: `The folder \`${drive}\` cannot be used now.` })
    expect(existsSync(drive)).toBe(false)
    mkdirSync(drive)
    await registry.service.handlers.checkRemote({ name: 'drive' }, call)
    expect((await registry.until(id, ['done', 'blocked'])).state).toBe('done')
  })
})

describe('an OCI registry', () => {
  test('push, list, pull elsewhere; pushing again sends nothing; one changed file sends that file', async () => {
    const server = await dockerRegistry()
    await registry.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    const bundle = await registry.bundle(newRun({ modelBytes: 300_000 }))
    const first = await registry.until((await registry.push(bundle, 'team', 'v1')).id, ['done', 'blocked'])
    expect(first).toMatchObject({ state: 'done', bytesSent: bundle.sizeBytes, bytesSkipped: 0, reason: null })
    const again = await registry.until((await registry.push(bundle, 'team', 'v1')).id, ['done', 'blocked'])
    expect(again).toMatchObject({ state: 'done', bytesSent: 0 })
    const tagged = await registry.until((await registry.push(bundle, 'team', 'v10')).id, ['done', 'blocked'])
    expect(tagged).toMatchObject({ state: 'done', bytesSent: 0 })

    const changed = await registry.bundle(newRun({ modelBytes: 300_000, auc: 0.81 }))
    expect(changed.digest).not.toBe(bundle.digest)
    const second = await registry.until((await registry.push(changed, 'team', 'v2')).id, ['done', 'blocked'])
    expect(second.state).toBe('done')
    expect(second.bytesSent).toBeLessThan(10_000)
    expect(second.bytesSent + second.bytesSkipped).toBe(changed.sizeBytes)
    expect(await registry.service.handlers.tags({ remote: 'team', repository: 'late_departure' }, call)).toEqual([
      'v1',
      'v2',
      'v10',
    ])

    const other = testContext()
    const elsewhere = testRegistry(other, () => [])
    await elsewhere.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    expect(await elsewhere.pull('team', 'late_departure', 'v1')).toEqual({ digest: bundle.digest })
    expect(await elsewhere.pull('team', 'late_departure', changed.digest)).toEqual({ digest: changed.digest })
    expect((await elsewhere.service.handlers.verify({}, call)).damaged).toEqual([])
    await elsewhere.service.dispose()
    other.remove()
  })

  test('another repository of the same registry takes the files over without sending', async () => {
    const server = await dockerRegistry()
    await registry.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    const bundle = await registry.bundle(newRun({ modelBytes: 300_000 }))
    await registry.until((await registry.push(bundle, 'team', 'v1', 'one')).id, ['done', 'blocked'])
    const other = await registry.until((await registry.push(bundle, 'team', 'v1', 'two')).id, ['done', 'blocked'])
    expect(other.state).toBe('done')
    expect(other.bytesSent).toBeLessThan(5000)
  })

  test('a registry killed in the middle of a file goes on after its restart without sending all again', async () => {
    await registry.service.dispose()
    registry = testRegistry(context, () => runs, { chunkBytes: 256 * 1024 })
    const server = await dockerRegistry()
    await registry.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    const modelBytes = 6 * 1024 * 1024
    const bundle = await registry.bundle(newRun({ modelBytes }))
    const { DatabaseSync } = await import('node:sqlite')
    const state = new DatabaseSync(context.workspace.internal('state.db'), { readOnly: true })
    const acknowledged = (): number => Number(state.prepare('SELECT max(acknowledged) AS n FROM upload').get()?.n ?? 0)
    const { id } = await registry.push(bundle, 'team', 'v1')
    while (acknowledged() < 1024 * 1024) await new Promise((resolve) => setImmediate(resolve))
    await server.kill()
    const waiting = await registry.until(id, ['waiting', 'done', 'blocked'])
    expect(waiting).toMatchObject({ state: 'waiting' })
    expect(waiting.reason).toContain('does not answer')
    await server.start()
    const done = await registry.until(id, ['done', 'blocked'])
    state.close()
    expect(done).toMatchObject({ state: 'done', bytesTotal: bundle.sizeBytes })
    expect(done.bytesSent + done.bytesSkipped).toBe(bundle.sizeBytes)
    expect(done.attempts).toBeGreaterThan(1)
    expect(await registry.service.handlers.tags({ remote: 'team', repository: 'late_departure' }, call)).toEqual(['v1'])
  })

  test('a question is answered by what it found, whatever a transfer learns at the same time', async () => {
    const database = new DatabaseSync(':memory:')
    database.exec('CREATE TABLE capability (target TEXT PRIMARY KEY, has_chunks INTEGER)')
    const remotes = createRemotes(context, async () => database)
    const other = setInterval(() => remotes.learn('local', 'refused', 'It was an older password.'), 0)
    try {
      for (let attempt = 0; attempt < 50; attempt += 1)
        expect(await remotes.check('local', call.signal)).toMatchObject({ state: 'online', message: 'It answers.' })
    } finally {
      clearInterval(other)
      await remotes.close()
      database.close()
    }
  })

  test('a question with a password that is exchanged meanwhile says nothing of the new one', async () => {
    const right = `Basic ${btoa('ada:secret')}`
    let release = (): void => {}
    const asked = Promise.withResolvers<void>()
    const server = createServer(({ headers }, response) => {
      const answer = (): void => {
        response.writeHead(headers.authorization === right ? 200 : 401, { 'www-authenticate': 'Basic realm="slow"' })
        response.end('{}')
      }
      if (headers.authorization === undefined || headers.authorization === right) return answer()
      release = answer
      asked.resolve()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { handlers } = registry.service
      await handlers.addRemote({ name: 'slow', url, username: 'ada', password: 'no' }, call)
      const before = handlers.checkRemote({ name: 'slow' }, call)
      await asked.promise
      const exchanged = handlers.addRemote({ name: 'slow', url, username: 'ada', password: 'secret' }, call)
      setTimeout(release, 100)
      expect(await before).toMatchObject({ state: 'refused' })
      // Nobody has asked with the new one yet.
      expect((await exchanged).state).toBe('unknown')
      const known = (await handlers.remotes({}, call)).find(({ name }) => name === 'slow')
      expect(known?.state).toBe('unknown')
      expect(await handlers.checkRemote({ name: 'slow' }, call)).toMatchObject({ state: 'online' })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('a right password lets in; without one the transfer is blocked and says what to do', async () => {
    const server = await dockerRegistry({ withPassword: true })
    const { handlers } = registry.service
    await handlers.addRemote({ name: 'open', url: server.url }, call)
    expect(await handlers.checkRemote({ name: 'open' }, call)).toMatchObject({
      state: 'refused',
      hasCredentials: false,
    })
    const bundle = await registry.bundle(newRun())
    const blocked = await registry.until((await registry.push(bundle, 'open', 'v1')).id, ['done', 'blocked'])
    expect(blocked).toMatchObject({
      state: 'blocked',
      reason: `${new URL(server.url).host} wants a user name and a password.`,
    })
    await handlers.removeRemote({ name: 'open' }, call)
    const wrong = await handlers.addRemote({ name: 'wrong', url: server.url, username: 'ada', password: 'no' }, call)
    expect(wrong.hasCredentials).toBe(true)
    expect((await handlers.checkRemote({ name: 'wrong' }, call)).message).toContain(
      'refuses the user name or the password',
    )
    await handlers.removeRemote({ name: 'wrong' }, call)
    await handlers.addRemote({ name: 'open', url: server.url, username: 'ada', password: 'secret' }, call)
    expect((await handlers.checkRemote({ name: 'open' }, call)).state).toBe('online')
    await handlers.retry({ id: blocked.id }, call)
    expect((await registry.until(blocked.id, ['done', 'blocked'])).state).toBe('done')
    expect(readFileSync(context.workspace.internal('remotes.json'), 'utf8')).not.toContain('secret')
  })

  test('what was queued while nothing answered is sent after a restart of the studio', async () => {
    const server = await dockerRegistry()
    await registry.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    await server.kill()
    const bundle = await registry.bundle(newRun())
    const { id } = await registry.push(bundle, 'team', 'v1')
    await registry.until(id, ['waiting'])
    const local = await registry.until((await registry.push(bundle, 'local', 'v1')).id, ['done', 'blocked'])
    expect(local.state).toBe('done')
    await registry.service.dispose()
    await server.start()
    registry = testRegistry(context, () => runs)
    expect((await registry.until(id, ['done', 'blocked'])).state).toBe('done')
  })

  test('a later push to the same tag replaces an earlier one that still waits; a cancelled one stays away', async () => {
    const server = await dockerRegistry()
    await registry.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    await server.kill()
    const first = await registry.bundle(newRun())
    const second = await registry.bundle(newRun({ auc: 0.9 }))
    const early = await registry.push(first, 'team', 'v1')
    const late = await registry.push(second, 'team', 'v1')
    const withdrawn = await registry.push(first, 'team', 'old')
    expect((await registry.service.handlers.cancel({ id: withdrawn.id }, call)).state).toBe('cancelled')
    await server.start()
    expect((await registry.until(late.id, ['done', 'blocked'])).state).toBe('done')
    expect(await registry.until(early.id, ['cancelled'])).toMatchObject({
      reason: 'A later push to the same tag replaced it.',
    })
    expect(await registry.service.handlers.tags({ remote: 'team', repository: 'late_departure' }, call)).toEqual(['v1'])
  })
})
