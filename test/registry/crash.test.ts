import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { mediaTypes } from '@shared/registry/manifest'
import fc from 'fast-check'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOciRegistry } from '../../electron/services/registry/oci/client'
import type { UploadSession } from '../../electron/services/registry/remote'
import { diskFiles, type StoreFiles } from '../../electron/services/registry/store/files'
import { openObjectStore } from '../../electron/services/registry/store/store'
import { digestOf } from '../../electron/services/workspace/durable'
import { projectRoot, temporaryFolder, testContext } from '../support/context'
import { call, type DockerRegistry, fabricateRun, noise, startDockerRegistry, testRegistry } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)

/** A disk that is gone after so many steps: no later step happens either, tidying up included. */
const disk = (steps: number): { files: StoreFiles; taken: () => number } => {
  let taken = 0
  const step = (): void => {
    taken += 1
    if (taken > steps) throw new Error('the machine lost power')
  }
  return {
    taken: () => taken,
    files: {
      async makeFolder(path) {
        step()
        await diskFiles.makeFolder(path)
      },
      async rename(from, to) {
        step()
        await diskFiles.rename(from, to)
      },
      async remove(path) {
        step()
        await diskFiles.remove(path)
      },
      async syncFolder(path) {
        step()
        await diskFiles.syncFolder(path)
      },
      async createExclusive(path) {
        step()
        const file = await diskFiles.createExclusive(path)
        return {
          // Half of it arrives.
          write: async (chunk) => {
            try {
              step()
            } catch (error) {
              await file.write(chunk.subarray(0, chunk.byteLength >> 1))
              throw error
            }
            await file.write(chunk)
          },
          async sync() {
            step()
            await file.sync()
          },
          close: () => file.close(),
        }
      },
    },
  }
}

const add = async (root: string, files: StoreFiles, version: number, tag: string): Promise<string> => {
  const store = await openObjectStore(join(root, 'objects'), join(root, 'state.db'), files)
  const staging = store.stage()
  try {
    const config = await staging.addBytes(Buffer.from('{}'))
    const model = await staging.addBytes(noise(3000, version))
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        artifactType: mediaTypes.model,
        config: { mediaType: mediaTypes.modelConfig, ...config },
        layers: [{ mediaType: mediaTypes.weight, ...model, annotations: { 'org.cncf.model.filepath': 'model.onnx' } }],
        annotations: { 'io.proml.model': 'm' },
      }),
    )
    return (await staging.commit(bytes, tag)).digest
  } finally {
    await staging.discard().finally(() => store.close())
  }
}

test('wherever power is lost while a bundle is stored, the old state or the new one is there, whole', async () => {
  const measured = temporaryFolder()
  const all = disk(Number.POSITIVE_INFINITY)
  await add(measured.path, all.files, 1, 'v1')
  measured.remove()

  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(all.taken() + 2), { minLength: 1, maxLength: 4 }), async (crashes) => {
      const folder = temporaryFolder()
      const base = await add(folder.path, diskFiles, 0, 'v0')
      const kept = new Set([base])
      for (const [index, steps] of crashes.entries()) {
        const result = await add(folder.path, disk(steps).files, index + 1, 'v1').catch(() => null)
        if (result !== null) kept.add(result)
      }
      const store = await openObjectStore(join(folder.path, 'objects'), join(folder.path, 'state.db'))
      const artifacts = await store.artifacts()
      // What was reported as stored is there; what is there is whole; the index says the same.
      for (const digest of kept) expect(artifacts.map((one) => one.digest)).toContain(digest)
      expect((await store.verify()).damaged).toEqual([])
      expect(artifacts.filter((one) => one.tags.includes('v0')).map((one) => one.digest)).toEqual([base])
      expect(artifacts.filter((one) => one.tags.includes('v1')).length).toBeLessThanOrEqual(1)
      const index = JSON.parse(readFileSync(join(folder.path, 'objects/index.json'), 'utf8'))
      expect(index.manifests.map((one: { digest: string }) => one.digest).sort()).toEqual(
        artifacts.map((one) => one.digest).sort(),
      )
      store.close()
      folder.remove()
    }),
    { seed, numRuns: 40, endOnFailure: true },
  )
})

describe('uploads in parts', () => {
  let server: DockerRegistry
  const folder = temporaryFolder()

  beforeAll(async () => {
    server = await startDockerRegistry(folder.path)
  })
  afterAll(async () => {
    await server.kill()
    folder.remove()
  })

  const upload = async (
    bytes: Buffer,
    onSession: (session: UploadSession) => void,
    kept: { session: UploadSession | null },
  ) => {
    const { Readable } = await import('node:stream')
    const client = createOciRegistry({
      url: new URL(server.url),
      credentials: async () => null,
      chunks: { get: () => null, set: () => {} },
      chunkBytes: 100_000,
    })
    const progress = { resumed: 0, sent: 0 }
    try {
      await client.repository('parts').uploadBlob(
        {
          digest: digestOf(bytes),
          size: bytes.byteLength,
          open: async ({ start, end }) => Readable.from([bytes.subarray(start, end + 1)]),
        },
        {
          sessions: {
            get: () => kept.session,
            set: (session) => {
              kept.session = session
              onSession(session)
            },
            clear: () => {
              kept.session = null
            },
          },
          onProgress: (now) => Object.assign(progress, now),
          signal: call.signal,
        },
      )
    } finally {
      await client.close()
    }
    return progress
  }

  const has = async (bytes: Buffer): Promise<number> =>
    (await fetch(`${server.url}/v2/parts/blobs/${digestOf(bytes)}`, { method: 'HEAD' })).status

  test('after a kill -9 of the registry between two parts, only the rest is sent', async () => {
    const bytes = noise(1_000_000, 11)
    const kept: { session: UploadSession | null } = { session: null }
    let kill: Promise<void> | null = null
    await expect(
      upload(
        bytes,
        ({ acknowledged }) => {
          if (acknowledged === 600_000) kill = server.kill()
        },
        kept,
      ),
    ).rejects.toMatchObject({ code: 'registry_unreachable' })
    await kill
    expect(kept.session?.acknowledged).toBe(600_000)
    await server.start()
    expect(await upload(bytes, () => {}, kept)).toEqual({ resumed: 600_000, sent: 400_000 })
    expect(await has(bytes)).toBe(200)
  })

  test('a session that the registry has forgotten begins again', async () => {
    const bytes = noise(500_000, 12)
    const kept: { session: UploadSession | null } = {
      session: {
        location: `${server.url}/v2/parts/blobs/uploads/00000000-0000-0000-0000-000000000000?_state=x`,
        acknowledged: 100_000,
      },
    }
    expect(await upload(bytes, () => {}, kept)).toEqual({ resumed: 0, sent: 500_000 })
    expect(await has(bytes)).toBe(200)
  })

  test('a session whose content is of another file ends in the right bytes or in a refusal, never in wrong ones', async () => {
    const other = noise(500_000, 13)
    const kept: { session: UploadSession | null } = { session: null }
    await upload(
      other,
      ({ acknowledged }) => {
        if (acknowledged === 200_000) throw new Error('stop')
      },
      kept,
    ).catch(() => {})
    const bytes = noise(500_000, 14)
    await expect(upload(bytes, () => {}, kept)).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect(await has(bytes)).toBe(404)
    expect(kept.session).toBeNull()
    await upload(bytes, () => {}, kept)
    expect(await has(bytes)).toBe(200)
  })
})

describe('kill -9 of the studio in the middle of a push', () => {
  const folder = temporaryFolder()
  const built = resolve(projectRoot, `node_modules/.cache/proml-test/push-${process.pid}`)
  let server: DockerRegistry

  beforeAll(async () => {
    await build({
      configFile: false,
      root: projectRoot,
      logLevel: 'error',
      resolve: { alias: { '@shared': resolve(projectRoot, 'shared') } },
      build: {
        ssr: true,
        outDir: built,
        target: 'node24',
        rollupOptions: {
          input: { push: resolve(projectRoot, 'test/registry/pushProcess.ts') },
          output: { format: 'es' },
        },
      },
    })
    server = await startDockerRegistry(folder.path)
  })
  afterAll(async () => {
    await server.kill()
    const { rmSync } = await import('node:fs')
    rmSync(built, { recursive: true, force: true })
    folder.remove()
  })

  test('ten times at random moments: every queued push arrives once, nothing is damaged', async () => {
    const context = testContext()
    const bundles = 3
    const runs = Array.from({ length: bundles }, (_, index) =>
      fabricateRun(context, { id: `r-${index}`, seed: index + 1, modelBytes: 4_000_000 }),
    )
    // Nothing listens while they are queued.
    await server.kill()
    const first = testRegistry(context, () => runs)
    await first.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    const digests: string[] = []
    for (const [index, run] of runs.entries()) {
      const bundle = await first.bundle(run)
      digests.push(bundle.digest)
      await first.push(bundle, 'team', `v${index}`)
    }
    await first.service.dispose()
    await server.start()

    const random = fc.sample(fc.integer({ min: 0, max: 250 }), { seed, numRuns: 10 })
    const entry = join(built, readdirSync(built).find((name) => name.startsWith('push')) ?? '')
    for (const pause of random) {
      const child = spawn(process.execPath, ['--no-warnings', entry, context.workspace.root, '65536'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const end = new Promise((done) => child.once('exit', done))
      await new Promise((done) => child.stdout.once('data', done))
      await delay(pause)
      child.kill('SIGKILL')
      await end
      const state = new DatabaseSync(context.workspace.internal('state.db'), { readOnly: true })
      const isAllDone = state.prepare(`SELECT count(*) AS n FROM outbox WHERE state <> 'done'`).get()?.n === 0
      state.close()
      if (isAllDone) break
    }

    const last = testRegistry(context, () => runs)
    const outbox = await last.service.handlers.outbox({}, call)
    expect(outbox).toHaveLength(bundles)
    for (const { id } of outbox) expect((await last.until(id, ['done', 'blocked'])).state).toBe('done')
    expect(await last.service.handlers.tags({ remote: 'team', repository: 'late_departure' }, call)).toEqual([
      'v0',
      'v1',
      'v2',
    ])
    expect((await last.service.handlers.verify({}, call)).damaged).toEqual([])
    for (const [index, digest] of digests.entries())
      expect(await last.pull('team', 'late_departure', `v${index}`)).toEqual({ digest })
    expect(readdirSync(context.workspace.internal('objects/ingest'))).toEqual([])
    await last.service.dispose()
    context.remove()
  })
})
