import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { join, normalize, sep } from 'node:path'
import { serveTransport } from '@shared/rpc/server'
import { type ClientMessage, type ServerMessage, webSocketTransport } from '@shared/rpc/transport'
import { mediaTypeOf, pageHeaders } from '@shared/security/policy'
import { WebSocketServer } from 'ws'
import type { Studio } from '../services/studio'
import { createSessions, isHostAllowed, isOriginAllowed } from './session'

export interface HostServer {
  readonly port: number
  /** Address with the one-time token that the next browser must use. */
  url(): string
  /** Called whenever a token was spent and `url()` is a new one. */
  onDidConnect(callback: () => void): void
  close(): Promise<void>
}

const maximumMessageBytes = 128 * 1024 * 1024

const refuse = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' }).end(text)
}

/** Serves the window over HTTP and its calls over one WebSocket, on loopback, to browsers that showed the token. */
export const startHostServer = async (options: {
  studio: Studio
  /** Folder of the built window. */
  pages: string
  port: number
  token?: string
}): Promise<HostServer> => {
  const { studio, pages } = options
  const connected: (() => void)[] = []
  let port = options.port
  const sessions = createSessions(() => port, options.token)

  const serveFile = async (path: string, response: ServerResponse, isHead: boolean): Promise<void> => {
    const file = normalize(join(pages, path))
    const info = file.startsWith(pages + sep) ? await stat(file).catch(() => null) : null
    if (!info?.isFile()) return refuse(response, 404, 'Not found')
    response.writeHead(200, {
      ...pageHeaders,
      'Content-Type': mediaTypeOf(file),
      'Content-Length': info.size,
      // Built assets carry a hash in their names.
      'Cache-Control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
    })
    if (isHead) response.end()
    else
      createReadStream(file)
        .on('error', () => response.destroy())
        .pipe(response)
  }

  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isHostAllowed(request, port)) return refuse(response, 403, 'This host answers only under its own name.')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET.')
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`)
    const token = url.searchParams.get('token')
    if (token !== null) {
      const cookie = sessions.exchange(token)
      // A reloaded or re-opened start address is fine for a browser that already has its session.
      if (!cookie && !sessions.hasSession(request.headers.cookie))
        return refuse(
          response,
          403,
          'This address was already used or is wrong. The studio prints a new one after each use; open that.',
        )
      response.writeHead(303, { ...pageHeaders, Location: '/', ...(cookie ? { 'Set-Cookie': cookie } : {}) }).end()
      if (cookie) for (const callback of connected) callback()
      return
    }
    if (!sessions.hasSession(request.headers.cookie))
      return refuse(response, 403, 'Open the address that the studio printed; it carries the key to this page.')
    await serveFile(
      url.pathname === '/' ? '/index.html' : decodeURIComponent(url.pathname),
      response,
      request.method === 'HEAD',
    )
  }

  const server: Server = createServer((request, response) => {
    onRequest(request, response).catch(() => {
      if (!response.headersSent) refuse(response, 400, 'Bad request')
      else response.destroy()
    })
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maximumMessageBytes, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    // A browser that goes away in the middle is no failure of ours.
    socket.on('error', () => socket.destroy())
    const isAllowed =
      request.url === '/rpc' &&
      isHostAllowed(request, port) &&
      isOriginAllowed(request, port) &&
      sessions.hasSession(request.headers.cookie)
    if (!isAllowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    if (socket instanceof Socket) socket.setNoDelay(true)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // A frame that is broken or too large ends its connection and nothing else.
      webSocket.on('error', () => webSocket.terminate())
      const transport = webSocketTransport<ServerMessage, ClientMessage>(webSocket)
      const connection = serveTransport(studio.dispatcher, transport)
      const stop = studio.onEvent(connection.emit)
      transport.onClose(stop)
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  port = (server.address() as AddressInfo).port

  return {
    port,
    url: () => `http://127.0.0.1:${port}/?token=${sessions.token()}`,
    onDidConnect: (callback) => void connected.push(callback),
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
