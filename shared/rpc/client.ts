import { StudioError } from '../errors'
import type { Client, EventPayload, ServiceContract } from './contract'
import type { ClientTransport } from './transport'

export type Clients<S extends Readonly<Record<string, ServiceContract>>> = { readonly [K in keyof S]: Client<S[K]> }

export interface StudioClient<S extends Readonly<Record<string, ServiceContract>>> {
  readonly studio: Clients<S>
  /** Returns the function that stops listening. */
  onEvent<K extends keyof S & string, E extends keyof S[K]['events'] & string>(
    service: K,
    event: E,
    callback: (payload: EventPayload<S[K], E>) => void,
  ): () => void
  close(): void
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: StudioError) => void
}

/** A typed client over one connection. When the connection closes, what was under way rejects with `offline`. */
export const createClient = <S extends Readonly<Record<string, ServiceContract>>>(
  contracts: S,
  transport: ClientTransport,
): StudioClient<S> => {
  const pending = new Map<number, Pending>()
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  let nextId = 1
  let isClosed = false

  transport.onMessage((message) => {
    if (message.type === 'event') {
      for (const listener of listeners.get(`${message.service}.${message.event}`) ?? []) listener(message.payload)
      return
    }
    const call = pending.get(message.id)
    pending.delete(message.id)
    if (message.ok) call?.resolve(message.value)
    else call?.reject(StudioError.fromData(message.error))
  })
  const lost = () =>
    new StudioError('offline', 'The connection to the studio’s services was lost.', {
      hint: 'It reconnects by itself; then try again.',
    })
  transport.onClose(() => {
    isClosed = true
    for (const call of pending.values()) call.reject(lost())
    pending.clear()
  })

  const invoke = (service: string, procedure: string, input: unknown, signal?: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(lost())
      if (signal?.aborted) return reject(new StudioError('cancelled', 'Cancelled.'))
      const id = nextId++
      const cancel = () => transport.send({ type: 'cancel', id })
      const settle = () => signal?.removeEventListener('abort', cancel)
      pending.set(id, {
        resolve: (value) => {
          settle()
          resolve(value)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      })
      signal?.addEventListener('abort', cancel, { once: true })
      transport.send({ type: 'call', id, service, procedure, input })
    })

  const clients = Object.fromEntries(
    Object.entries(contracts).map(([service, contract]) => [
      service,
      Object.fromEntries(
        Object.keys(contract.procedures).map((procedure) => [
          procedure,
          (input: unknown, options?: { signal?: AbortSignal }) => invoke(service, procedure, input, options?.signal),
        ]),
      ),
    ]),
  )

  return {
    studio: clients as unknown as Clients<S>,
    onEvent(service, event, callback) {
      const name = `${service}.${event}`
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      const listener = (payload: unknown) => callback(payload as Parameters<typeof callback>[0])
      set.add(listener)
      return () => set.delete(listener)
    },
    close: () => transport.close(),
  }
}
