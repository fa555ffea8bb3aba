import { existsSync, readdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mediaTypes, pathProblem } from '@shared/registry/manifest'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decideRealm, parseChallenges } from '../../electron/services/registry/oci/auth'
import { decideRedirect, uploadLocation } from '../../electron/services/registry/oci/redirects'
import { digestOf } from '../../electron/services/workspace/durable'
import { testContext } from '../support/context'
import { call, fabricateRun, noise, type TestRegistry, testRegistry } from './support'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

let context: ReturnType<typeof testContext>
let registry: TestRegistry
const servers: Server[] = []

const serve = async (handler: Handler): Promise<string> => {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

const add = async (url: string, credentials: { username?: string; password?: string } = {}): Promise<void> => {
  await registry.service.handlers.addRemote({ name: 'evil', url, ...credentials }, call)
}

/** Everything below `.proml/objects` but the layout's own two files. */
const leftovers = (): string[] => {
  const objects = context.workspace.internal('objects')
  return ['blobs/sha256', 'ingest'].flatMap((folder) =>
    existsSync(`${objects}/${folder}`) ? readdirSync(`${objects}/${folder}`) : [],
  )
}

beforeEach(() => {
  context = testContext()
  registry = testRegistry(context, () => [fabricateRun(context)], {
    timeouts: { connectMs: 2000, headersMs: 2000, bodyMs: 500 },
  })
})

afterEach(async () => {
  await registry.service.dispose()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  context.remove()
})

const content = noise(20_000, 3)
const config = Buffer.from('{}')

interface Forged {
  readonly path?: string
  readonly size?: number
  readonly digest?: string
  readonly more?: Record<string, unknown>
}

const manifestOf = ({
  path = 'model.onnx',
  size = content.byteLength,
  digest = digestOf(content),
  more = {},
}: Forged) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.model,
      config: { mediaType: mediaTypes.modelConfig, digest: digestOf(config), size: config.byteLength },
      layers: [{ mediaType: mediaTypes.weight, digest, size, annotations: { 'org.cncf.model.filepath': path } }],
      ...more,
    }),
  )

/** A registry of one manifest under every tag; `blob` answers for the layer. */
const registryOf =
  (manifest: Buffer, blob: Handler = (_request, response) => response.end(content), announced?: string): Handler =>
  (request, response) => {
    const url = request.url ?? ''
    if (url.includes('/manifests/')) {
      response.setHeader('docker-content-digest', announced ?? digestOf(manifest))
      response.setHeader('content-type', mediaTypes.manifest)
      response.end(manifest)
    } else if (url.endsWith(digestOf(config))) response.end(config)
    else if (url.includes('/blobs/')) blob(request, response)
    else response.end('{}')
  }

const pulling = () => registry.pull('evil', 'late', 'v1')

describe('a hostile registry is refused and leaves nothing behind', () => {
  test('the well-behaved twin of these is accepted', async () => {
    await add(await serve(registryOf(manifestOf({}))))
    await expect(pulling()).resolves.toEqual({ digest: digestOf(manifestOf({})) })
  })

  test.each([
    '../../evil.onnx',
    '/etc/passwd',
    'a/../../b',
    'C:\\evil',
    'C:evil',
    'a\\..\\b',
    'a\u0000b',
    'nul.txt',
    'a/./b',
    'trailing.',
    '',
  ])('a file path that leaves the bundle: %j', async (path) => {
    let blobRequests = 0
    await add(
      await serve(
        registryOf(manifestOf({ path }), (_request, response) => {
          blobRequests += 1
          response.end(content)
        }),
      ),
    )
    await expect(pulling()).rejects.toMatchObject({ code: 'registry_refused' })
    expect([blobRequests, leftovers()]).toEqual([0, []])
  })

  test.each<[string, Buffer]>([
    ['not JSON', Buffer.from('<html>')],
    ['a digest that is a path', manifestOf({ digest: 'sha256:../../../../etc/passwd' })],
    ['a digest of 63 digits', manifestOf({ digest: `sha256:${'a'.repeat(63)}` })],
    ['a negative size', manifestOf({ size: -1 })],
    ['another artifact type', manifestOf({ more: { artifactType: 'application/x-evil' } })],
    ['an index in place of a manifest', manifestOf({ more: { mediaType: mediaTypes.index, manifests: [] } })],
    ['100,000 layers', manifestOf({ more: { layers: Array.from({ length: 100_000 }, () => ({})) } })],
    ['five megabytes', manifestOf({ more: { annotations: { a: 'x'.repeat(5 << 20) } } })],
  ])('a bad manifest: %s', async (_name, manifest) => {
    await add(await serve(registryOf(manifest)))
    await expect(pulling()).rejects.toMatchObject({ code: 'registry_refused' })
    expect(leftovers()).toEqual([])
  })

  test.each<[string, Handler]>([
    ['other bytes', (_request, response) => response.end(noise(content.byteLength, 9))],
    [
      'an endless body',
      (_request, response) => {
        const more = (): void => {
          if (!response.destroyed) response.write(noise(65_536, 1), () => setImmediate(more))
        }
        more()
      },
    ],
    ['too few bytes', (_request, response) => response.end(content.subarray(0, 100))],
  ])('a file that is not what its digest says: %s', async (_name, blob) => {
    await add(await serve(registryOf(manifestOf({}), blob)))
    await expect(pulling()).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect(leftovers()).toEqual([])
    expect(await registry.service.bundleList()).toEqual([])
  })

  test('a size that lies', async () => {
    await add(await serve(registryOf(manifestOf({ size: 100 }))))
    await expect(pulling()).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect(leftovers()).toEqual([])
  })

  test('a manifest under a digest that it has not', async () => {
    await add(await serve(registryOf(manifestOf({}), undefined, digestOf('other'))))
    await expect(pulling()).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect(leftovers()).toEqual([])
  })

  test('a body that stalls', async () => {
    await add(
      await serve(
        registryOf(manifestOf({}), (_request, response) => {
          response.setHeader('content-length', content.byteLength)
          response.write(content.subarray(0, 10))
        }),
      ),
    )
    await expect(pulling()).rejects.toMatchObject({ code: 'registry_unreachable' })
    expect(leftovers()).toEqual([])
  }, 20_000)

  test('a download that breaks goes on where it broke', async () => {
    const ranges: (string | undefined)[] = []
    await add(
      await serve(
        registryOf(manifestOf({}), (request, response) => {
          ranges.push(request.headers.range)
          const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
          response.writeHead(from === 0 ? 200 : 206, {
            'content-length': content.byteLength - from,
            'content-range': `bytes ${from}-${content.byteLength - 1}/${content.byteLength}`,
          })
          const part = content.subarray(from, from + 7000)
          response.write(part, () =>
            from + 7000 >= content.byteLength ? response.end() : setTimeout(() => response.destroy(), 20),
          )
        }),
      ),
    )
    await expect(pulling()).resolves.toEqual({ digest: digestOf(manifestOf({})) })
    expect(ranges).toEqual([undefined, 'bytes=7000-', 'bytes=14000-'])
  })
})

describe('the password stays with the registry', () => {
  const secret = { username: 'ada', password: 'lovelace' }

  const collector = async () => {
    const seen: (string | undefined)[] = []
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.end('{"token":"x"}')
    })
    return { seen, url }
  }

  test.each(['/v2/late/manifests/v1', '/v2/late/blobs/'])(
    'a redirect of %s to another host is not followed',
    async (path) => {
      const other = await collector()
      const honest = registryOf(manifestOf({}))
      const url = await serve((request, response) => {
        if (request.headers.authorization === undefined) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        } else if (request.url?.startsWith(path)) response.writeHead(307, { location: `${other.url}/x` }).end()
        else honest(request, response)
      })
      await add(url, secret)
      expect((await registry.service.handlers.checkRemote({ name: 'evil' }, call)).state).toBe('online')
      await expect(pulling()).rejects.toMatchObject({ code: 'registry_refused' })
      expect(other.seen).toEqual([])
    },
  )

  test('a token realm on another host gets nothing', async () => {
    const other = await collector()
    const realm = other.url.replace('127.0.0.1', 'localhost')
    const url = await serve((_request, response) => {
      response
        .writeHead(401, {
          'www-authenticate': `Bearer realm="${realm}/token",service="s",scope="repository:late:pull"`,
        })
        .end()
    })
    await add(url, secret)
    await expect(pulling()).rejects.toMatchObject({ code: 'registry_refused' })
    expect(other.seen).toEqual([])
  })

  test('an upload is not sent to another host, and the transfer says why', async () => {
    const other = await collector()
    const url = await serve((request, response) => {
      if (request.method === 'POST') response.writeHead(202, { location: `${other.url}/take` }).end()
      else response.writeHead(404).end()
    })
    await add(url)
    const bundle = await registry.bundle(fabricateRun(context))
    const blocked = await registry.until((await registry.push(bundle, 'evil', 'v1')).id, ['done', 'blocked'])
    expect(blocked).toMatchObject({ state: 'blocked' })
    expect(blocked.reason).toContain('an address that is not its own')
    expect(other.seen).toEqual([])
  })

  test('the token dance: one new token, then the transfer is blocked', async () => {
    let tokens = 0
    const url = await serve((request, response) => {
      if (request.url?.startsWith('/token')) {
        tokens += 1
        expect(request.headers.authorization).toBe(`Basic ${Buffer.from('ada:lovelace').toString('base64')}`)
        response.end(JSON.stringify({ token: `t${tokens}` }))
      } else if (request.url === '/v2/' && request.headers.authorization === 'Bearer t1') response.end('{}')
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token",service="s"` }).end()
    })
    await add(url, secret)
    expect((await registry.service.handlers.checkRemote({ name: 'evil' }, call)).state).toBe('online')
    const bundle = await registry.bundle(fabricateRun(context))
    const blocked = await registry.until((await registry.push(bundle, 'evil', 'v1')).id, ['done', 'blocked'])
    expect(blocked).toMatchObject({ state: 'blocked', attempts: 1 })
    expect(tokens).toBe(2)
  })

  test('a copied workspace does not find the password of the original', async () => {
    const url = await serve((_request, response) => response.end('{}'))
    await add(url, secret)
    const copy = testContext()
    const elsewhere = testRegistry({ ...copy, platform: context.platform }, () => [])
    const remote = await elsewhere.service.handlers.addRemote({ name: 'evil', url }, call)
    await elsewhere.service.dispose()
    copy.remove()
    expect(remote.hasCredentials).toBe(false)
  })
})

describe('what a registry answers decides what the outbox does', () => {
  const answering = async (status: number, headers: Record<string, string> = {}) => {
    await add(await serve((_request, response) => response.writeHead(status, headers).end('nonsense')))
    const bundle = await registry.bundle(fabricateRun(context))
    return registry.until((await registry.push(bundle, 'evil', 'v1')).id, ['waiting', 'blocked', 'done'])
  }

  test.each([403, 405, 413, 400])('%i blocks with a reason and what to do', async (status) => {
    const transfer = await answering(status)
    expect(transfer).toMatchObject({ state: 'blocked', attempts: 1 })
    expect(transfer.reason).toContain(String(status))
    expect(transfer.hint).not.toBeNull()
  })

  test('429 with Retry-After waits as long as it was asked to', async () => {
    const before = Date.now()
    const transfer = await answering(429, { 'retry-after': '120' })
    expect(transfer.state).toBe('waiting')
    expect((transfer.nextAttemptAt ?? 0) - before).toBeGreaterThan(119_000)
  })
})

describe('rules', () => {
  const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)

  test('a path that is accepted stays inside its folder, whatever it holds', async () => {
    const { posix, win32 } = await import('node:path')
    const piece = fc.constantFrom('..', '.', '/', '\\', 'a', 'C:', '\0', ' ', 'con', 'x.y', '~', '%2e%2e', '\u202e')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((parts) => parts.join('')),
          fc.string(),
        ),
        (path) => {
          if (pathProblem(path) !== null) return
          expect(posix.resolve('/root', path).startsWith('/root/')).toBe(true)
          expect(win32.resolve('C:\\root', path).startsWith('C:\\root\\')).toBe(true)
        },
      ),
      { seed, numRuns: 2000 },
    )
  })

  test.each([
    ['https://r.example/v2/', 'https://r.example/x', 'blob', 'follow', true],
    ['https://r.example/v2/', 'https://storage.example/x', 'blob', 'follow', false],
    ['https://r.example/v2/', 'https://storage.example/x', 'other', 'refuse', null],
    ['https://r.example/v2/', 'http://storage.example/x', 'blob', 'refuse', null],
    ['https://r.example/v2/', 'http://r.example/x', 'blob', 'refuse', null],
    ['https://r.example/v2/', 'https://localhost/x', 'blob', 'refuse', null],
    ['https://r.example/v2/', 'file:///etc/passwd', 'blob', 'refuse', null],
    ['https://r.example/v2/', 'https://a:b@r.example/', 'blob', 'refuse', null],
  ] as const)('a redirect from %s to %s for a %s: %s', (from, to, kind, decision, withCredentials) => {
    const decided = decideRedirect(new URL(from), to, kind)
    expect([decided.kind, decided.kind === 'follow' ? decided.withCredentials : null]).toEqual([
      decision,
      withCredentials,
    ])
  })

  test.each([
    ['https://r.example', '/v2/x?s=1', 'https://r.example/v2/x?s=1'],
    ['https://r.example', 'http://r.example/v2/x?s=1', 'https://r.example/v2/x?s=1'],
    ['https://r.example', 'https://evil.example/v2/x', null],
    ['https://r.example', 'https://r.example:444/v2/x', null],
    ['https://r.example', '//evil.example/x', null],
  ])('an upload at %s told to go to %s', (base, location, expected) => {
    expect(uploadLocation(new URL(base), location)?.href ?? null).toBe(expected)
  })

  test.each([
    ['https://r.example', 'https://r.example/token', 'ask'],
    ['https://r.example', 'https://r.example:5001/token', 'ask'],
    ['https://r.example', 'http://r.example/token', 'refuse'],
    ['https://r.example', 'https://evil.example/token', 'refuse'],
    ['https://registry-1.docker.io', 'https://auth.docker.io/token', 'ask'],
    ['https://evil.example', 'https://auth.docker.io/token', 'refuse'],
    ['https://r.example', 'file:///x', 'refuse'],
  ])('a token for %s from %s', (base, realm, kind) => {
    expect(decideRealm(new URL(base), realm).kind).toBe(kind)
  })

  test('a challenge is read with its quoted commas', () => {
    expect(parseChallenges('Bearer realm="https://r/t",service="s",scope="repository:a:pull,push"')).toEqual([
      { scheme: 'bearer', parameters: { realm: 'https://r/t', service: 's', scope: 'repository:a:pull,push' } },
    ])
  })
})
