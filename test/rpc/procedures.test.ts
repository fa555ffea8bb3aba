import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { StudioError } from '@shared/errors'
import { createClient, type StudioClient } from '@shared/rpc/client'
import { localTransportPair } from '@shared/rpc/local'
import { serveTransport } from '@shared/rpc/server'
import { type StudioContract, studioContract } from '@shared/rpc/studio'
import {
  type ClientMessage,
  type MessagePortLike,
  messagePortTransport,
  type ServerMessage,
  webSocketTransport,
} from '@shared/rpc/transport'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { startHostServer } from '../../electron/host/server'
import { createStudio, type Studio } from '../../electron/services/studio'
import { fabricateRunIn } from '../runtime/support'
import { projectRoot, testContext } from '../support/context'

/** A call a user’s window could make, and how it ends: `ok`, or the coded error that it must end with. */
type Case = readonly [service: keyof StudioContract, procedure: string, input: unknown, outcome: string]

const program = 'flights.proml'
const data = 'data/flights.parquet'
const nowhere = 'run:r-9999'
/** Fabricated before the table is gone through. */
const run = 'r-9001'
const reference = `run:${run}`
const row = { distance: [500], hour: [18], busy: [true], origin: ['ORD'] }
const noDigest = `sha256:${'0'.repeat(64)}`

const cases: readonly Case[] = [
  ['workspace', 'info', {}, 'ok'],
  ['workspace', 'recent', {}, 'ok'],
  ['workspace', 'tree', {}, 'ok'],
  ['workspace', 'read', { path: program }, 'ok'],
  ['workspace', 'read', { path: '../outside.txt' }, 'outside_workspace'],
  ['workspace', 'write', { path: 'note.md', text: 'x' }, 'ok'],
  ['workspace', 'createFolder', { path: 'made' }, 'ok|already_exists'],
  ['workspace', 'rename', { from: 'not-there.md', to: 'b.md' }, 'not_found'],
  ['workspace', 'remove', { path: 'not-there.md' }, 'not_found'],
  ['workspace', 'journalWrite', { path: 'note.md', text: null }, 'ok'],
  ['workspace', 'journalList', {}, 'ok'],
  ['workspace', 'settings', {}, 'ok'],
  ['workspace', 'saveSettings', {}, 'ok'],
  ['workspace', 'trust', {}, 'ok'],
  ['workspace', 'open', { root: '/not/a/folder' }, 'not_found'],
  ['jobs', 'list', {}, 'ok'],
  ['jobs', 'get', { id: 'none' }, 'not_found'],
  ['jobs', 'cancel', { id: 'none' }, 'not_found'],
  ['jobs', 'log', { id: 'none' }, 'not_found'],
  ['data', 'schema', { path: data }, 'ok'],
  ['data', 'page', { path: data, offset: 1000, limit: 50 }, 'ok'],
  ['data', 'profile', { path: data, column: 'delay' }, 'ok'],
  ['data', 'profiles', { path: data, columns: ['delay', 'origin'] }, 'ok'],
  ['data', 'link', { path: data, column: 'distance', label: 'delay' }, 'ok'],
  ['data', 'badRows', { path: 'data/airports.csv' }, 'ok'],
  ['data', 'convert', { path: 'data/airports.csv', output: 'made/airports.parquet' }, 'ok'],
  ['data', 'tables', { path: 'nowhere.db' }, 'not_found'],
  ['data', 'refresh', { path: 'nowhere.parquet' }, 'not_found'],
  ['data', 'setSecret', { name: 'none', value: '' }, 'ok'],
  ['data', 'engine', {}, 'ok'],
  ['language', 'check', { path: program }, 'ok'],
  ['language', 'models', {}, 'ok'],
  ['language', 'plan', { path: program, model: 'late_departure' }, 'ok'],
  ['language', 'featureSet', { reference: 'flights@9.9.9' }, 'ok'],
  ['language', 'format', { text: 'namespace a\n' }, 'ok'],
  ['features', 'list', {}, 'ok'],
  ['features', 'explain', { path: program, model: 'late_departure' }, 'ok'],
  ['features', 'explain', { path: program, model: 'late_departure', engine: 'spark' }, 'ok'],
  ['features', 'preview', { path: program, model: 'late_departure', limit: 500, rows: 5 }, 'ok'],
  ['features', 'leak', { path: program, model: 'late_departure', limit: 500 }, 'ok'],
  ['features', 'feature', { feature: 'airport_traffic_1d', rows: 2 }, 'ok'],
  ['features', 'feature', { feature: 'none' }, 'not_found'],
  ['features', 'values', { features: ['none'], output: 'made/x.parquet' }, 'not_found'],
  ['features', 'trainingSet', { path: 'not-there.proml', output: 'made/x.parquet' }, 'ok|not_found'],
  ['draft', 'file', { path: 'data/airports.csv' }, 'ok'],
  ['draft', 'file', { path: 'data/none.csv' }, 'not_found'],
  ['python', 'status', {}, 'ok'],
  ['python', 'ensure', {}, 'ok'],
  ['python', 'environments', {}, 'ok'],
  ['kernels', 'specs', {}, 'ok'],
  ['kernels', 'list', {}, 'ok'],
  ['kernels', 'start', { path: 'explore.ipynb', spec: 'no-such-kernel' }, 'not_found|kernel_failed'],
  ['kernels', 'execute', { kernelId: 'none', cellId: 'a', code: '1' }, 'kernel_dead'],
  ['kernels', 'executions', { kernelId: 'none' }, 'kernel_dead'],
  ['kernels', 'input', { kernelId: 'none', value: '' }, 'kernel_dead'],
  ['kernels', 'interrupt', { kernelId: 'none' }, 'kernel_dead'],
  ['kernels', 'restart', { kernelId: 'none' }, 'kernel_dead'],
  ['kernels', 'shutdown', { kernelId: 'none' }, 'kernel_dead'],
  ['kernels', 'complete', { kernelId: 'none', code: 'im', cursor: 2 }, 'kernel_dead'],
  ['kernels', 'inspect', { kernelId: 'none', code: 'im', cursor: 2 }, 'kernel_dead'],
  ['kernels', 'variables', { kernelId: 'none' }, 'kernel_dead'],
  ['kernels', 'snapshot', { kernelId: 'none', name: 'df' }, 'kernel_dead'],
  ['kernels', 'runNotebook', { path: 'not-there.ipynb' }, 'ok|not_found'],
  ['training', 'start', { path: 'not-there.proml' }, 'ok|not_found'],
  ['training', 'runs', {}, 'ok'],
  ['training', 'run', { id: run }, 'ok'],
  ['training', 'metrics', { id: run }, 'ok'],
  ['training', 'log', { id: run }, 'ok'],
  ['training', 'program', { id: run }, 'ok'],
  ['training', 'run', { id: 'r-9999' }, 'not_found'],
  ['training', 'metrics', { id: 'r-9999' }, 'not_found'],
  ['training', 'log', { id: 'r-9999' }, 'not_found'],
  ['training', 'program', { id: 'r-9999' }, 'not_found'],
  ['training', 'remove', { id: 'r-9999' }, 'not_found'],
  ['runtime', 'models', {}, 'ok'],
  ['runtime', 'model', { reference }, 'ok'],
  ['runtime', 'predict', { reference, rows: row, log: true }, 'ok'],
  ['runtime', 'agreement', { reference }, 'ok'],
  [
    'runtime',
    'logRows',
    { reference, engine: 'wasm', rows: row, outputs: { late_probability: [0.25] }, elapsedMs: 1 },
    'ok',
  ],
  ['runtime', 'predictFile', { reference, path: '', output: 'made/scored.parquet', split: 'test', log: true }, 'ok'],
  ['runtime', 'model', { reference: nowhere }, 'not_found'],
  ['runtime', 'predict', { reference: nowhere, rows: {} }, 'not_found'],
  ['runtime', 'predictFile', { reference: nowhere, path: data, output: 'made/p.parquet' }, 'ok|not_found'],
  ['runtime', 'agreement', { reference: nowhere }, 'not_found'],
  ['runtime', 'logRows', { reference: nowhere, engine: 'wasm', rows: {}, outputs: {}, elapsedMs: 1 }, 'not_found'],
  ['registry', 'gates', { runId: run }, 'ok'],
  ['registry', 'bundle', { runId: run, tag: 'dev' }, 'ok'],
  ['registry', 'gates', { runId: 'r-9999' }, 'not_found'],
  ['registry', 'bundle', { runId: 'r-9999' }, 'not_found'],
  ['registry', 'bundles', {}, 'ok'],
  ['registry', 'remotes', {}, 'ok'],
  ['registry', 'addRemote', { name: 'refused', url: 'ftp://example.org' }, 'invalid_input'],
  ['registry', 'removeRemote', { name: 'none' }, 'not_found'],
  ['registry', 'checkRemote', { name: 'none' }, 'not_found'],
  ['registry', 'push', { digest: noDigest, remote: 'local', tag: 'dev' }, 'not_found'],
  ['registry', 'outbox', {}, 'ok'],
  ['registry', 'retry', { id: 'none' }, 'not_found'],
  ['registry', 'cancel', { id: 'none' }, 'not_found'],
  ['registry', 'tags', { remote: 'none', repository: 'a/b' }, 'not_found'],
  ['registry', 'pull', { remote: 'none', repository: 'a/b', reference: 'dev' }, 'ok|not_found'],
  ['registry', 'publishFeatures', { namespace: 'flights', version: '1.0.0' }, 'ok'],
  ['registry', 'featureSets', {}, 'ok'],
  ['registry', 'verify', {}, 'ok'],
  ['health', 'models', {}, 'ok'],
  ['health', 'report', { reference: nowhere }, 'not_found'],
  ['health', 'labels', { reference: nowhere, path: data }, 'not_found'],
  ['interchange', 'importFeatures', { format: 'feathr', path: 'not-there.conf' }, 'ok'],
  ['interchange', 'importFeatures', { format: 'feathr', path: 'a.conf', output: 'a.txt' }, 'invalid_input'],
  ['interchange', 'exportFeatures', { format: 'feast', path: 'not-there.proml', folder: 'made' }, 'not_found'],
  ['interchange', 'exportFeatures', { format: 'feathr', path: program, folder: 'made/f' }, 'ok|already_exists'],
  ['materialise', 'start', { path: program, online: true, features: ['airport_latitude'] }, 'ok'],
  ['materialise', 'start', { path: program }, 'invalid_input'],
  ['materialise', 'start', { path: program, redis: { url: 'redis://a:b@localhost' } }, 'ok'],
  ['materialise', 'get', { path: program, features: ['inbound_delay_3h'], keys: [{ code: 'ORD' }] }, 'not_found'],
  ['materialise', 'get', { path: program, features: ['inbound_delay_3h'], keys: [{ town: 'ORD' }] }, 'invalid_input'],
  ['materialise', 'tidy', { path: program }, 'ok'],
  ['materialise', 'tidy', { path: 'not-there.proml' }, 'not_found'],
  ['materialise', 'list', {}, 'ok'],
]

type AnyClient = StudioClient<StudioContract>

const outcomeOf = async (client: AnyClient, [service, procedure, input]: Case): Promise<string> => {
  const call = (client.studio[service] as Record<string, (input: unknown) => Promise<unknown>>)[procedure]
  try {
    await call?.(input)
    return 'ok'
  } catch (error) {
    return error instanceof StudioError ? error.code : `not coded: ${String(error)}`
  }
}

const transports = ['in-process', 'message port', 'websocket'] as const

describe('every procedure over every transport', () => {
  const context = testContext({ sample: 'flights' })
  let studio: Studio
  const clients: Record<string, AnyClient> = {}
  const clientOf = (transport: (typeof transports)[number]): AnyClient['studio'] => {
    const client = clients[transport]
    if (!client) throw new Error(`There is no client over ${transport}.`)
    return client.studio
  }
  const closers: (() => Promise<void> | void)[] = []

  beforeAll(async () => {
    const folder = context.workspace.internal('runs', run)
    fabricateRunIn(folder)
    studio = createStudio({
      platform: context.platform,
      root: context.workspace.root,
      log: context.log,
      isTrusted: true,
    })

    // With the sample's own label, so that labels can be joined.
    const plan = await studio.services.language.planOf(program, 'late_departure')
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))

    const pair = localTransportPair()
    studio.onEvent(serveTransport(studio.dispatcher, pair.server).emit)
    clients['in-process'] = createClient(studioContract, pair.client)

    const { port1, port2 } = new MessageChannel()
    const adapt = (port: typeof port1): MessagePortLike => ({
      postMessage: (message) => port.postMessage(message),
      onMessage: (callback) => void port.on('message', callback),
      onClose: (callback) => void port.on('close', callback),
      close: () => port.close(),
    })
    studio.onEvent(
      serveTransport(studio.dispatcher, messagePortTransport<ServerMessage, ClientMessage>(adapt(port1))).emit,
    )
    clients['message port'] = createClient(
      studioContract,
      messagePortTransport<ClientMessage, ServerMessage>(adapt(port2)),
    )

    const host = await startHostServer({ studio, pages: join(projectRoot, 'out/renderer'), port: 0 })
    const opened = await fetch(host.url(), { redirect: 'manual' })
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/rpc`, {
      headers: { cookie: opened.headers.get('set-cookie') ?? '', origin: `http://127.0.0.1:${host.port}` },
    })
    await new Promise((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    clients.websocket = createClient(studioContract, webSocketTransport<ClientMessage, ServerMessage>(socket))
    closers.push(
      () => clients['message port']?.close(),
      () => host.close(),
    )
  })

  afterAll(async () => {
    for (const close of closers) await close()
    await studio.dispose()
    context.remove()
  })

  it('is covered: no procedure is missing from the table', () => {
    const declared = Object.entries(studioContract).flatMap(([service, { procedures }]) =>
      Object.keys(procedures).map((procedure) => `${service}.${procedure}`),
    )
    const listed = new Set(cases.map(([service, procedure]) => `${service}.${procedure}`))
    expect(declared.filter((name) => !listed.has(name))).toEqual([])
  })

  it.each(cases.map((entry) => [`${entry[0]}.${entry[1]} ${JSON.stringify(entry[2])}`, entry] as const))(
    '%s',
    { timeout: 60_000 },
    async (_name, entry) => {
      const expected = entry[3].split('|')
      for (const [transport, client] of Object.entries(clients)) {
        const outcome = await outcomeOf(client, entry)
        expect(expected, `over ${transport}: ${outcome}`).toContain(outcome)
      }
    },
  )

  it.each(transports)('deploys and watches a model over %s', { timeout: 120_000 }, async (transport) => {
    const { registry, runtime, health, jobs } = clientOf(transport)
    const name = transport.replaceAll(' ', '-')
    const done = async (jobId: string) => {
      await expect.poll(async () => (await jobs.get({ id: jobId })).state, { timeout: 60_000 }).toBe('succeeded')
      return (await jobs.get({ id: jobId })).result
    }
    const bundle = await registry.bundle({ runId: run, tag: name })
    const remote = await registry.addRemote({ name, url: join(context.workspace.root, 'registries', name) })
    expect((await registry.checkRemote({ name: remote.name })).state).toBe('online')
    const { id, repository } = await registry.push({ digest: bundle.digest, remote: name, tag: 'dev' })
    const transfer = async () => (await registry.outbox({})).find((one) => one.id === id)?.state
    await expect.poll(transfer, { timeout: 30_000 }).toBe('done')
    expect(await registry.tags({ remote: name, repository })).toEqual(['dev'])
    const pulled = await registry.pull({ remote: name, repository, reference: 'dev' })
    expect(await done(pulled.jobId)).toMatchObject({ digest: bundle.digest })
    await registry.removeRemote({ name })

    const file = await runtime.predictFile({
      reference: bundle.digest,
      path: '',
      output: `made/${name}.parquet`,
      split: 'test',
      log: true,
    })
    expect(await done(file.jobId)).toMatchObject({ rows: 900 })
    const labels = await health.labels({ reference: bundle.digest, path: data })
    expect(labels.matched + labels.unmatched).toBe(200_000)
    expect((await health.report({ reference: bundle.digest })).rows).toBeGreaterThanOrEqual(900)
    expect((await health.models({})).map((one) => one.reference)).toContain(bundle.digest)
  })

  it('carries the same bytes over each', async () => {
    const pages = await Promise.all(
      Object.values(clients).map((client) => client.studio.data.page({ path: data, offset: 0, limit: 100 })),
    )
    expect(pages[0]?.arrow.length).toBeGreaterThan(1000)
    for (const page of pages) expect(Buffer.from(page.arrow).equals(Buffer.from(pages[0]?.arrow ?? []))).toBe(true)
  })

  it('refuses input that the contract does not allow, before any service sees it', async () => {
    for (const client of Object.values(clients))
      expect(await outcomeOf(client, ['data', 'page', { path: data, offset: -1, limit: 10 }, 'invalid_input'])).toBe(
        'invalid_input',
      )
  })

  it('tells every window what happened', async () => {
    const seen: string[] = []
    const stops = Object.entries(clients).map(([name, client]) =>
      client.onEvent('workspace', 'changed', () => void (seen.includes(name) || seen.push(name))),
    )
    await clients['in-process']?.studio.workspace.write({ path: 'seen.md', text: 'y' })
    await expect.poll(() => seen.toSorted(), { timeout: 5000 }).toEqual(Object.keys(clients).toSorted())
    for (const stop of stops) stop()
  })

  it('cancels a call that its caller no longer wants', async () => {
    for (const client of Object.values(clients)) {
      const controller = new AbortController()
      const call = client.studio.features.preview(
        { path: program, model: 'late_departure', limit: 200_000, rows: 0 },
        { signal: controller.signal },
      )
      controller.abort()
      await expect(call).rejects.toMatchObject({ code: 'cancelled' })
    }
  })
})
