import type { StudioErrorData } from '../errors'
import { decodeMessage, encodeMessage } from './codec'

export type ClientMessage =
  | {
      readonly type: 'call'
      readonly id: number
      readonly service: string
      readonly procedure: string
      readonly input: unknown
    }
  | { readonly type: 'cancel'; readonly id: number }

export type ServerMessage =
  | { readonly type: 'result'; readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly type: 'result'; readonly id: number; readonly ok: false; readonly error: StudioErrorData }
  | { readonly type: 'event'; readonly service: string; readonly event: string; readonly payload: unknown }

/** One end of a connection that keeps the order of messages. */
export interface Transport<Out, In> {
  send(message: Out): void
  onMessage(callback: (message: In) => void): void
  onClose(callback: () => void): void
  close(): void
}

export type ClientTransport = Transport<ClientMessage, ServerMessage>
export type ServerTransport = Transport<ServerMessage, ClientMessage>

/** What of a WebSocket is used; a browser’s and Node’s `ws` both have it. */
export interface WebSocketLike {
  binaryType: string
  send(data: string | Uint8Array): void
  close(): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: () => void): void
}

export const webSocketTransport = <Out, In>(socket: WebSocketLike): Transport<Out, In> => {
  socket.binaryType = 'arraybuffer'
  return {
    send: (message) => socket.send(encodeMessage(message)),
    onMessage: (callback) =>
      socket.addEventListener('message', ({ data }) => {
        let message: In
        try {
          message = decodeMessage(data instanceof ArrayBuffer ? new Uint8Array(data) : String(data)) as In
        } catch {
          // A peer that sends what is no message is not one of ours.
          socket.close()
          return
        }
        callback(message)
      }),
    onClose: (callback) => socket.addEventListener('close', callback),
    close: () => socket.close(),
  }
}

/** What of a MessagePort is used: the browser’s, Node’s `worker_threads` port and Electron’s, each after a small adapter. */
export interface MessagePortLike {
  postMessage(message: unknown): void
  onMessage(callback: (message: unknown) => void): void
  onClose(callback: () => void): void
  close(): void
}

export const messagePortTransport = <Out, In>(port: MessagePortLike): Transport<Out, In> => ({
  send: (message) => port.postMessage(message),
  onMessage: (callback) => port.onMessage((message) => callback(message as In)),
  onClose: (callback) => port.onClose(callback),
  close: () => port.close(),
})
