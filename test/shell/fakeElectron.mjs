// A stand-in for the `electron` module that records what the shell asks of it. Loaded with `node --import`.
import { createRequire, registerHooks } from 'node:module'

const record = {
  exposed: {},
  windows: [],
  loaded: [],
  schemes: [],
  permissionHandlers: 0,
  handlers: [],
  listeners: [],
  utility: [],
  pages: {},
  sandboxed: false,
  blocksRemote: false,
  handedOver: null,
  hasQuit: false,
  asked: [],
  opened: [],
  utilityListeners: [],
  focused: 0,
}
let serve = null
const appListeners = {}
/** What a later start hands over, and what a person answers: `stay` or `open`. */
const [laterFolder, answer] = (process.env.FAKE_LATER_START ?? '').split('|')

const emitter = () => ({ on() {}, once() {}, send() {}, postMessage() {} })

class BrowserWindow {
  constructor(options) {
    record.windows.push(options)
  }
  static getAllWindows = () => []
  static fromWebContents = () => null
  once() {}
  on() {}
  show() {}
  isMinimized = () => false
  focus() {
    record.focused += 1
  }
  async loadURL(address) {
    record.loaded.push(address)
    for (const page of ['app://studio/', 'app://studio/../main/index.js', 'app://studio/%2e%2e/main/index.js']) {
      const response = await serve({ url: page })
      record.pages[page] = { status: response.status, headers: Object.fromEntries(response.headers) }
    }
    if (laterFolder) {
      // The services have said which folder is open.
      for (const listener of record.utilityListeners) listener({ type: 'opened', root: '/tmp' })
      appListeners['second-instance']({}, [], '/', { workspace: laterFolder })
    }
    finish()
  }
}

const finish = () => {
  process.stdout.write(`RECORDED ${JSON.stringify(record)}\n`, () => process.exit(0))
}

const electron = {
  app: {
    ...emitter(),
    on: (name, listener) => {
      appListeners[name] = listener
    },
    requestSingleInstanceLock: (data) => {
      record.handedOver = data
      return process.env.FAKE_SECOND !== 'yes'
    },
    isPackaged: false,
    enableSandbox: () => {
      record.sandboxed = true
    },
    whenReady: async () => {},
    getPath: () => '/tmp',
    quit() {
      record.hasQuit = true
      finish()
    },
  },
  BrowserWindow,
  contextBridge: {
    exposeInMainWorld: (name, api) => {
      record.exposed[name] = Object.keys(api).sort()
      setTimeout(finish, 0)
    },
  },
  dialog: {
    showMessageBoxSync: (_window, { message, buttons }) => {
      record.asked.push(message)
      return buttons.findIndex((button) => button.toLowerCase().startsWith(answer))
    },
  },
  ipcMain: {
    on: (channel) => record.listeners.push(channel),
    handle: (channel) => record.handlers.push(channel),
  },
  ipcRenderer: emitter(),
  Menu: { setApplicationMenu() {}, buildFromTemplate: () => ({}) },
  MessageChannelMain: class {},
  protocol: {
    registerSchemesAsPrivileged: (schemes) => record.schemes.push(...schemes.map(({ scheme }) => scheme)),
    handle: (_scheme, handler) => {
      serve = handler
    },
  },
  safeStorage: { isEncryptionAvailable: () => false },
  session: {
    defaultSession: {
      setPermissionRequestHandler: () => {
        record.permissionHandlers += 1
      },
      setPermissionCheckHandler: () => {
        record.permissionHandlers += 1
      },
      webRequest: {
        onBeforeRequest: (_filter, handler) =>
          handler({ url: 'https://example.org/' }, ({ cancel }) => {
            record.blocksRemote = cancel
          }),
      },
    },
  },
  shell: { openExternal: async () => {} },
  utilityProcess: {
    fork: (path) => {
      record.utility.push(path)
      return {
        ...emitter(),
        on: (_name, listener) => record.utilityListeners.push(listener),
        postMessage: (message) => record.opened.push(message),
        kill() {},
      }
    },
  },
}

globalThis.window = { postMessage() {}, location: { origin: 'app://studio' } }
globalThis.__fakeElectron = electron
const source = `const e = globalThis.__fakeElectron; ${Object.keys(electron)
  .map((name) => `export const ${name} = e.${name};`)
  .join(' ')} export default e;`
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: 'fake:electron', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === 'fake:electron' ? { format: 'module', source, shortCircuit: true } : next(url, context),
})
// The preload is CommonJS.
const require = createRequire(import.meta.url)
const { Module } = require('node:module')
const load = Module._load
Module._load = (request, ...rest) => (request === 'electron' ? electron : load(request, ...rest))
