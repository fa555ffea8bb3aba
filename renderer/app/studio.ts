import type { Client, EventPayload } from '@shared/rpc/contract'
import { type ServiceName, type StudioContract, studioContract } from '@shared/rpc/studio'
import { create } from 'zustand'

export type Studio = { readonly [S in ServiceName]: Client<StudioContract[S]> }
export type ConnectionState = 'connecting' | 'open' | 'closed'
type EventName<S extends ServiceName> = keyof StudioContract[S]['events'] & string
type Listener<S extends ServiceName, E extends EventName<S>> = (payload: EventPayload<StudioContract[S], E>) => void

/** What a connection to the services gives; made by `connection.ts`, or by a test. */
export interface StudioLink {
  readonly studio: Studio
  onEvent<S extends ServiceName, E extends EventName<S>>(service: S, event: E, listener: Listener<S, E>): () => void
}

let resolveLink: (link: StudioLink) => void = () => {}
const firstLink = new Promise<StudioLink>((resolve) => {
  resolveLink = resolve
})
let currentLink: StudioLink | null = null

/** Calls made before the first connection wait for it. */
export const setLink = (link: StudioLink): void => {
  currentLink = link
  resolveLink(link)
  for (const attach of subscriptions) attach(link)
}

const subscriptions = new Set<(link: StudioLink) => void>()

const clientOf = <S extends ServiceName>(service: S): Client<StudioContract[S]> => {
  const call = (procedure: string) => async (input: unknown, options?: { signal?: AbortSignal }) => {
    const link = currentLink ?? (await firstLink)
    const client = link.studio[service] as Record<string, (input: unknown, options?: object) => Promise<unknown>>
    const run = client[procedure]
    if (!run) throw new Error(`${service}.${procedure} is not part of the contract`)
    return run(input, options)
  }
  const procedures = Object.keys(studioContract[service].procedures)
  return Object.fromEntries(procedures.map((name) => [name, call(name)])) as Client<StudioContract[S]>
}

/** The services: `studio.data.page({…}, { signal })`. Rejects with `StudioError`. */
export const studio = Object.fromEntries(
  Object.keys(studioContract).map((name) => [name, clientOf(name as ServiceName)]),
) as unknown as Studio

/** Listen to a service’s events, also across reconnects. Returns the way to stop. */
export const onEvent = <S extends ServiceName, E extends EventName<S>>(
  service: S,
  event: E,
  listener: Listener<S, E>,
): (() => void) => {
  let stop = (): void => {}
  const attach = (link: StudioLink): void => {
    stop()
    stop = link.onEvent(service, event, listener)
  }
  subscriptions.add(attach)
  if (currentLink) attach(currentLink)
  return () => {
    subscriptions.delete(attach)
    stop()
  }
}

/** `opened` counts the connections made: state kept from events is read anew when it grows. */
export const useConnection = create<{ state: ConnectionState; opened: number }>(() => ({
  state: 'connecting',
  opened: 0,
}))

export const setConnectionState = (state: ConnectionState): void =>
  useConnection.setState((before) => ({
    state,
    opened: state === 'open' && before.state !== 'open' ? before.opened + 1 : before.opened,
  }))
