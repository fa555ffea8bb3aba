import { ServerConnection } from '@jupyterlab/services'
import { Agent, fetch, Headers, Request } from 'undici'
import WebSocket from 'ws'

/** How a Jupyter server is reached. */
export interface ServerLink {
  readonly settings: ServerConnection.ISettings
  isAnswering(): Promise<boolean>
  close(): Promise<void>
}

const chatter = /^(?:Starting WebSocket: |Kernel: |Connection lost, reconnecting)/
let isQuiet = false

/** The library tells its steps on the console; Node prints `debug` on standard output, where a command's result goes. */
const quietLibrary = (): void => {
  if (isQuiet) return
  isQuiet = true
  for (const level of ['debug', 'warn'] as const) {
    const print = console[level].bind(console)
    console[level] = (...words: unknown[]) => {
      if (typeof words[0] !== 'string' || !chatter.test(words[0])) print(...words)
    }
  }
}

const link = (baseUrl: string, token: string, agent: Agent, socketOf: (url: URL) => string | URL): ServerLink => {
  quietLibrary()
  const fetchThroughAgent = (input: Request | string, init?: RequestInit) =>
    // undici's own types and the DOM's describe the same values.
    fetch(input, { ...(init as object), dispatcher: agent })
  class Socket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      // Kernel messages carry plots and tables; ws's default limit of 100 MiB would cut the connection.
      super(socketOf(new URL(url)), protocols, { maxPayload: 1 << 30, perMessageDeflate: false })
    }
  }
  // The two libraries describe fetch and WebSocket in types of their own; these are the same interfaces at run time.
  const overrides = { fetch: fetchThroughAgent, Request, Headers, WebSocket: Socket } as unknown as Pick<
    ServerConnection.ISettings,
    'fetch' | 'Request' | 'Headers' | 'WebSocket'
  >
  const settings = ServerConnection.makeSettings({
    baseUrl,
    wsUrl: baseUrl.replace(/^http/, 'ws'),
    token,
    appendToken: true,
    ...overrides,
  })
  return {
    settings,
    isAnswering: async () => {
      try {
        const response = await fetch(`${baseUrl}api/status`, {
          headers: { authorization: `token ${token}` },
          dispatcher: agent,
          signal: AbortSignal.timeout(5000),
        })
        await response.text()
        return response.status === 200
      } catch {
        return false
      }
    },
    close: () => agent.destroy(),
  }
}

/** Over a unix socket: nobody else on the machine can reach it, and no delay of Nagle's. */
export const connectOverSocket = (path: string, token: string): ServerLink =>
  link(
    'http://localhost/',
    token,
    new Agent({ connect: { socketPath: path } }),
    (url) => `ws+unix://${path}:${url.pathname}${url.search}`,
  )

/** Over loopback TCP, where there are no unix sockets. */
export const connectOverTcp = (port: number, token: string): ServerLink =>
  link(`http://127.0.0.1:${port}/`, token, new Agent(), (url) => url)
