import { createClient } from '@shared/rpc/client'
import { studioContract } from '@shared/rpc/studio'
import {
  type ClientMessage,
  type ClientTransport,
  messagePortTransport,
  type ServerMessage,
  webSocketTransport,
} from '@shared/rpc/transport'
import { type DesktopShell, desktopShell } from './desktop'
import { setConnectionState, setLink } from './studio'

const portTransport = (port: MessagePort): ClientTransport => {
  port.start()
  return messagePortTransport<ClientMessage, ServerMessage>({
    postMessage: (message) => port.postMessage(message),
    onMessage: (callback) => port.addEventListener('message', (event) => callback(event.data)),
    onClose: (callback) => port.addEventListener('close', callback),
    close: () => port.close(),
  })
}

/** The shell answers with a message of this window that carries the port. */
const shellPort = (shell: DesktopShell): Promise<MessagePort> =>
  new Promise((resolve) => {
    const onMessage = (event: MessageEvent): void => {
      const port = event.ports[0]
      if (event.source !== window || event.data !== 'studio-port' || !port) return
      window.removeEventListener('message', onMessage)
      resolve(port)
    }
    window.addEventListener('message', onMessage)
    shell.requestStudioPort()
  })

const socketTransport = (): Promise<ClientTransport> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`)
    const transport = webSocketTransport<ClientMessage, ServerMessage>({
      get binaryType() {
        return socket.binaryType
      },
      set binaryType(type) {
        if (type === 'arraybuffer') socket.binaryType = type
      },
      send: (data) => socket.send(typeof data === 'string' ? data : new Uint8Array(data)),
      close: () => socket.close(),
      addEventListener: (type: 'message' | 'close', listener: (event: { data: unknown }) => void) =>
        type === 'message'
          ? socket.addEventListener('message', (event) => listener({ data: event.data }))
          : socket.addEventListener('close', () => listener({ data: null })),
    })
    socket.addEventListener('open', () => resolve(transport), { once: true })
    socket.addEventListener('error', () => reject(new Error('The services do not answer.')), { once: true })
  })

const open = async (): Promise<ClientTransport> => {
  const host = desktopShell()
  return host ? portTransport(await shellPort(host)) : socketTransport()
}

const firstDelayMs = 250
const longestDelayMs = 5_000
let retryNow: () => void = () => {}

/** Try again at once, for a person who does not want to wait. */
export const reconnectNow = (): void => retryNow()

/** Connect, and again whenever the connection is lost, with growing pauses. */
export const connect = (delayMs = firstDelayMs): void => {
  const again = (): void => {
    setConnectionState('closed')
    const start = (): void => {
      clearTimeout(timer)
      retryNow = () => {}
      connect(Math.min(longestDelayMs, delayMs * 2))
    }
    const timer = setTimeout(start, delayMs)
    retryNow = start
  }
  setConnectionState('connecting')
  open().then((transport) => {
    // A page that a person comes back to has not failed for long.
    delayMs = firstDelayMs
    transport.onClose(again)
    setLink(createClient(studioContract, transport))
    setConnectionState('open')
  }, again)
}
