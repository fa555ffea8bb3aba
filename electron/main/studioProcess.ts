import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serveTransport } from '@shared/rpc/server'
import { type ClientMessage, messagePortTransport, type ServerMessage } from '@shared/rpc/transport'
import type { MessagePortMain } from 'electron'
import type { Platform, SecretStore } from '../services/context'
import { studioHome } from '../services/platform/home'
import { fileLogger } from '../services/platform/log'
import { createStudio } from '../services/studio'
import { openWorkspaceRoot } from '../services/workspace/root'

// Entry of the utility process: all services, spoken to over one port a window.
const parent = process.parentPort

const parentSecrets = (): SecretStore => {
  const waiting = new Map<number, (answer: { value: string | null; isDurable: boolean }) => void>()
  let nextId = 1
  parent.on('message', ({ data }) => {
    if (data?.type !== 'secret') return
    waiting.get(data.id)?.(data)
    waiting.delete(data.id)
  })
  const ask = (request: Record<string, unknown>) =>
    new Promise<{ value: string | null; isDurable: boolean }>((resolve) => {
      const id = nextId++
      waiting.set(id, resolve)
      parent.postMessage({ type: 'secret', id, ...request })
    })
  return {
    get: async (name) => (await ask({ action: 'get', name })).value,
    set: async (name, value) => ({ isDurable: (await ask({ action: 'set', name, value })).isDurable }),
    remove: async (name) => void (await ask({ action: 'remove', name })),
  }
}

const transportOf = (port: MessagePortMain) =>
  messagePortTransport<ServerMessage, ClientMessage>({
    postMessage: (message) => port.postMessage(message),
    onMessage: (callback) => {
      port.on('message', ({ data }) => callback(data))
      port.start()
    },
    onClose: (callback) => void port.on('close', callback),
    close: () => port.close(),
  })

const { values } = parseArgs({
  options: {
    workspace: { type: 'string', default: '.' },
    resources: { type: 'string', default: '' },
    trusted: { type: 'boolean', default: false },
  },
})
const platform: Platform = {
  host: 'electron',
  home: studioHome(),
  resources: values.resources,
  code: import.meta.dirname,
  secrets: parentSecrets(),
}
const log = fileLogger(join(platform.home, 'logs', 'studio.log'))
const studio = createStudio({ platform, root: values.workspace, log, isTrusted: values.trusted })

// The shell asks before it opens a folder that a later start was given.
const tellRoot = (root: string): void => parent.postMessage({ type: 'opened', root })
studio.onEvent((service, event) => {
  if (service !== 'workspace' || event !== 'opened') return
  studio.services.workspace.handlers
    .info({}, { signal: new AbortController().signal })
    .then(({ root }) => tellRoot(root))
    .catch((error: unknown) => log.warn('The shell was not told which folder is open.', error))
})
tellRoot(openWorkspaceRoot(values.workspace).root)
parent.on('message', ({ data }) => {
  if (data?.type !== 'open' || typeof data.root !== 'string') return
  studio.open(data.root, true).catch((error: unknown) => log.error('The folder could not be opened.', error))
})

parent.on('message', ({ data, ports }) => {
  const port = ports[0]
  if (data?.type !== 'connect' || !port) return
  const transport = transportOf(port)
  const connection = serveTransport(studio.dispatcher, transport)
  transport.onClose(studio.onEvent(connection.emit))
})
void studio.services.python.handlers
  .ensure({}, { signal: new AbortController().signal })
  .catch((error: unknown) => log.warn('Python is not ready.', error))
process.on('unhandledRejection', (reason) => log.error('Unhandled rejection.', reason))
