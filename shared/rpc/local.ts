import type { ClientMessage, ClientTransport, ServerMessage, ServerTransport } from './transport'

/** Both ends of a connection within one process; messages are delivered on the next microtask, in order. */
export const localTransportPair = (): { client: ClientTransport; server: ServerTransport } => {
  const end = <Out, In>() => {
    const messages: ((message: In) => void)[] = []
    const closes: (() => void)[] = []
    return { messages, closes, out: null as Out | null }
  }
  const client = end<ClientMessage, ServerMessage>()
  const server = end<ServerMessage, ClientMessage>()
  let isOpen = true
  const deliver = <M>(callbacks: readonly ((message: M) => void)[], message: M): void =>
    queueMicrotask(() => {
      if (!isOpen) return
      for (const callback of callbacks) callback(message)
    })
  const close = () => {
    if (!isOpen) return
    isOpen = false
    for (const callback of [...client.closes, ...server.closes]) callback()
  }
  return {
    client: {
      send: (message) => deliver(server.messages, message),
      onMessage: (callback) => void client.messages.push(callback),
      onClose: (callback) => void client.closes.push(callback),
      close,
    },
    server: {
      send: (message) => deliver(client.messages, message),
      onMessage: (callback) => void server.messages.push(callback),
      onClose: (callback) => void server.closes.push(callback),
      close,
    },
  }
}
