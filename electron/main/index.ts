import { readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { mediaTypeOf, pageHeaders } from '@shared/security/policy'
import {
  appOrigin,
  appScheme,
  externalPolicy,
  navigationPolicy,
  pageOf,
  permissionPolicy,
  senderPolicy,
  webPreferences,
  windowOpenPolicy,
} from '@shared/security/shell'
import {
  app,
  BrowserWindow,
  dialog,
  type IpcMainEvent,
  type IpcMainInvokeEvent,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  session,
  shell,
  type UtilityProcess,
  utilityProcess,
} from 'electron'
import { z } from 'zod'
import { isFirstStart, onLaterStarts } from './secondStart'
import { answerSecretRequests } from './secrets'

const code = import.meta.dirname
const pages = resolve(code, '../renderer')

/** The services say which folder is open. */
const openedSchema = z.object({ type: z.literal('opened'), root: z.string() })

const workspaceArgument = (argv: readonly string[]): string | null => {
  const at = argv.indexOf('--workspace')
  return at >= 0 ? (argv[at + 1] ?? null) : null
}

// Before `ready`: a standard, secure scheme, so that pages are cross-origin isolated and have storage of their own.
protocol.registerSchemesAsPrivileged([
  {
    scheme: appScheme,
    privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
  },
])
app.enableSandbox()

const servePage = async (request: Request): Promise<Response> => {
  const page = pageOf(request.url)
  const file = page === null ? null : resolve(pages, page)
  if (!file?.startsWith(pages + sep)) return new Response('Not found', { status: 404, headers: pageHeaders })
  try {
    return new Response(await readFile(file), { headers: { ...pageHeaders, 'Content-Type': mediaTypeOf(file) } })
  } catch {
    return new Response('Not found', { status: 404, headers: pageHeaders })
  }
}

/** The services run in a process of their own, so a busy service never freezes a window. */
const startServices = (named: string | null): UtilityProcess => {
  const child = utilityProcess.fork(
    join(code, 'studio.js'),
    [
      '--workspace',
      named ?? app.getPath('documents'),
      // Only a folder that a person named is trusted by that.
      ...(named === null ? [] : ['--trusted']),
      '--resources',
      app.isPackaged ? process.resourcesPath : resolve(code, '../../resources'),
    ],
    {
      serviceName: 'Pro-ML Studio services',
      stdio: 'inherit',
    },
  )
  answerSecretRequests(child, join(app.getPath('userData'), 'secrets.json'))
  return child
}

const isFromStudio = (event: IpcMainEvent | IpcMainInvokeEvent): boolean =>
  senderPolicy(event.senderFrame?.url, event.senderFrame?.parent === null).isAllowed

const hardenSession = (): void => {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((contents, permission, answer) =>
    answer(permissionPolicy(permission, contents.getURL()).isAllowed),
  )
  defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin) => permissionPolicy(permission, origin).isAllowed,
  )
  // Nothing is ever loaded from elsewhere.
  defaultSession.webRequest.onBeforeRequest(
    { urls: ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'file://*/*', 'ftp://*/*'] },
    (_details, answer) => answer({ cancel: true }),
  )
}

app.on('web-contents-created', (_event, contents) => {
  contents.on('will-navigate', (event) => {
    if (!navigationPolicy(event.url).isAllowed) event.preventDefault()
  })
  contents.on('will-redirect', (event) => {
    if (!navigationPolicy(event.url).isAllowed) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (externalPolicy(url).isAllowed) void shell.openExternal(url)
    return { action: windowOpenPolicy().isAllowed ? 'allow' : 'deny' }
  })
})

const dirtyWindows = new WeakSet<BrowserWindow>()

const openWindow = (): BrowserWindow => {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 480,
    minHeight: 320,
    show: false,
    title: 'Pro-ML Studio',
    webPreferences: webPreferences(resolve(code, '../preload/index.cjs')),
  })
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    if (!dirtyWindows.has(window)) return
    const choice = dialog.showMessageBoxSync(window, {
      type: 'question',
      buttons: ['Keep open', 'Close'],
      defaultId: 0,
      cancelId: 0,
      message: 'There is unsaved text.',
      detail: 'It is kept in the journal and offered again at the next start.',
    })
    if (choice === 0) event.preventDefault()
  })
  void window.loadURL(`${appOrigin}/`)
  return window
}

const main = async (): Promise<void> => {
  const workspace = workspaceArgument(process.argv)
  if (!isFirstStart(workspace)) return app.quit()
  await app.whenReady()
  protocol.handle(appScheme, servePage)
  hardenSession()
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'viewMenu' }, { role: 'windowMenu' }]),
  )
  let services: UtilityProcess | null = null
  let openRoot: string | null = null
  /** The folder that a person named last; services that died come back with it. */
  let named = workspace
  /** Made anew when a window asks after they died; its connection closed with them, so it does. */
  const servicesNow = (): UtilityProcess => {
    if (services) return services
    const started = startServices(named)
    started.on('message', (message: unknown) => {
      const told = openedSchema.safeParse(message)
      if (told.success) openRoot = told.data.root
    })
    started.once('exit', () => {
      if (services === started) services = null
    })
    services = started
    return started
  }
  servicesNow()

  ipcMain.on('request-studio-port', (event) => {
    if (!isFromStudio(event)) return
    const { port1, port2 } = new MessageChannelMain()
    servicesNow().postMessage({ type: 'connect' }, [port1])
    event.sender.postMessage('studio-port', null, [port2])
  })
  ipcMain.on('set-dirty', (event, isDirty: boolean) => {
    const window = BrowserWindow.fromWebContents(event.sender)
    if (!window || !isFromStudio(event)) return
    if (isDirty) dirtyWindows.add(window)
    else dirtyWindows.delete(window)
  })
  ipcMain.handle('choose-folder', async (event) => {
    const window = BrowserWindow.fromWebContents(event.sender)
    if (!window || !isFromStudio(event)) return null
    const { filePaths } = await dialog.showOpenDialog(window, { properties: ['openDirectory', 'createDirectory'] })
    return filePaths[0] ?? null
  })
  ipcMain.handle('open-external', async (event, address: unknown) => {
    if (!isFromStudio(event) || typeof address !== 'string' || !externalPolicy(address).isAllowed) return false
    await shell.openExternal(address)
    return true
  })

  openWindow()
  onLaterStarts({
    window: () => BrowserWindow.getAllWindows()[0] ?? openWindow(),
    openRoot: () => openRoot,
    open: (root) => {
      named = root
      servicesNow().postMessage({ type: 'open', root })
    },
  })
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) openWindow()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('will-quit', () => services?.kill())
}

void main()
