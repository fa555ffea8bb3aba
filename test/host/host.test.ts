import { request } from 'node:http'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type HostServer, startHostServer } from '../../electron/host/server'
import { createStudio, type Studio } from '../../electron/services/studio'
import { projectRoot, testContext } from '../support/context'

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

describe('the browser host', () => {
  const context = testContext()
  let studio: Studio
  let host: HostServer

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: host.port, path, headers, method }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
      })
      call.on('error', reject)
      call.end()
    })

  const signIn = async (): Promise<string> => {
    const { pathname, search } = new URL(host.url())
    const answer = await get(pathname + search)
    return String(answer.headers['set-cookie']).split(';')[0] ?? ''
  }

  const upgrade = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${host.port}/rpc`, { headers })
      socket.once('open', () => {
        socket.close()
        resolve('open')
      })
      socket.once('error', (error) => resolve(error.message))
    })

  beforeAll(async () => {
    studio = createStudio({
      platform: context.platform,
      root: context.workspace.root,
      log: context.log,
      isTrusted: true,
    })
    host = await startHostServer({ studio, pages: join(projectRoot, 'out/renderer'), port: 0 })
  })
  afterAll(async () => {
    await host.close()
    await studio.dispose()
    context.remove()
  })

  it('shows nothing to who has no token', async () => {
    expect((await get('/')).status).toBe(403)
    expect((await get('/?token=wrong')).status).toBe(403)
    expect((await get('/index.html')).status).toBe(403)
  })

  it('takes its token once, and then knows the browser by its cookie', async () => {
    const { search } = new URL(host.url())
    const first = await get(`/${search}`)
    expect(first.status).toBe(303)
    expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/)
    expect((await get(`/${search}`)).status).toBe(403)
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
    const page = await get('/', { cookie })
    expect(page.status).toBe(200)
    expect(page.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
    })
  })

  it('refuses another name for this machine (DNS rebinding)', async () => {
    const cookie = await signIn()
    expect((await get('/', { cookie, host: 'evil.example' })).status).toBe(403)
    expect((await get('/', { cookie, host: `evil.example:${host.port}` })).status).toBe(403)
    expect((await get('/', { cookie, host: `localhost:${host.port}` })).status).toBe(200)
  })

  it('refuses files outside the window’s own, however they are spelt', async () => {
    const cookie = await signIn()
    for (const path of [
      '/../main/host.js',
      '/%2e%2e/main/host.js',
      '/..%2fmain%2fhost.js',
      '/assets/../../main/host.js',
      '/%00',
      '//etc/passwd',
    ])
      expect((await get(path, { cookie })).status, path).toBeGreaterThanOrEqual(400)
  })

  it('ends a connection with a broken frame, and only that', async () => {
    const headers = { cookie: await signIn(), origin: `http://127.0.0.1:${host.port}` }
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/rpc`, { headers })
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    const raw: unknown = Reflect.get(socket, '_socket')
    // A frame from a browser must be masked; this one is not.
    if (raw instanceof Socket) raw.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]))
    await closed
    expect((await get('/', { cookie: headers.cookie })).status).toBe(200)
  })

  it('answers only GET and HEAD', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405)
  })

  it('lets only its own page, with its cookie, call the services', async () => {
    const cookie = await signIn()
    const origin = `http://127.0.0.1:${host.port}`
    expect(await upgrade({ cookie, origin })).toBe('open')
    expect(await upgrade({ cookie, origin: 'https://evil.example' })).toMatch(/403/)
    expect(await upgrade({ cookie, origin: `${origin}.evil.example` })).toMatch(/403/)
    expect(await upgrade({ cookie })).toMatch(/403/)
    expect(await upgrade({ origin })).toMatch(/403/)
    expect(await upgrade({ cookie: `${cookie}x`, origin })).toMatch(/403/)
  })

  it('closes a connection that sends what is no message, and goes on serving others', async () => {
    const cookie = await signIn()
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/rpc`, {
      headers: { cookie, origin: `http://127.0.0.1:${host.port}` },
    })
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.send(new Uint8Array([255, 255, 255, 255, 0]))
    await closed
    expect((await get('/', { cookie })).status).toBe(200)
  })
})
