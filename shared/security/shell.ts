/** Decisions of the shell, as pure functions with a reason each; the shell asks them and does nothing else. */
export const appScheme = 'app'
export const appOrigin = `${appScheme}://studio`

export interface Decision {
  readonly isAllowed: boolean
  readonly reason: string
}

const allow = (reason: string): Decision => ({ isAllowed: true, reason })
const deny = (reason: string): Decision => ({ isAllowed: false, reason })

const parse = (address: string): URL | null => {
  try {
    return new URL(address)
  } catch {
    return null
  }
}

/** May the window go to this address? Only to its own pages: everything else is content from somewhere else. */
export const navigationPolicy = (address: string): Decision => {
  const url = parse(address)
  if (!url) return deny('not an address')
  return url.protocol === `${appScheme}:` && url.host === 'studio'
    ? allow('a page of the studio')
    : deny('not a page of the studio')
}

/** May a page open another window? Never; links go to the person’s browser, if at all. */
export const windowOpenPolicy = (): Decision => deny('the studio makes its own windows')

/** May an address be handed to the operating system? Only what a browser opens, without credentials in it. */
export const externalPolicy = (address: string): Decision => {
  const url = parse(address)
  if (!url) return deny('not an address')
  if (url.protocol !== 'https:' && url.protocol !== 'http:' && url.protocol !== 'mailto:')
    return deny(`${url.protocol} could start a program`)
  if (url.username || url.password) return deny('the address carries a password')
  return allow('a web page or a mail')
}

const allowedPermissions: Readonly<Record<string, string>> = {
  'clipboard-sanitized-write': 'copying cells and digests',
}

/** May a page use this device or right? By name, from the studio’s own pages only. */
export const permissionPolicy = (permission: string, origin: string): Decision => {
  if (!origin.startsWith(appOrigin)) return deny('not a page of the studio')
  const reason = Object.hasOwn(allowedPermissions, permission) ? allowedPermissions[permission] : undefined
  return reason ? allow(reason) : deny('the studio never asks for this')
}

/** May this frame speak to the shell? Only the top frame of the studio’s own page. */
export const senderPolicy = (frameUrl: string | undefined, isTopFrame: boolean): Decision => {
  if (!isTopFrame) return deny('only the top frame speaks to the shell')
  return frameUrl !== undefined && navigationPolicy(frameUrl).isAllowed
    ? allow('the studio’s page')
    : deny('not a page of the studio')
}

/** The file below `out/renderer` that an `app://` address names, or null for one that names none or leaves the folder. */
export const pageOf = (address: string): string | null => {
  const url = parse(address)
  if (!url || !navigationPolicy(address).isAllowed) return null
  let path: string
  try {
    path = decodeURIComponent(url.pathname)
  } catch {
    return null
  }
  if (path.includes('\0') || path.includes('\\') || path.split('/').includes('..')) return null
  return path === '/' || path === '' ? 'index.html' : path.replace(/^\/+/, '')
}

/** Every window’s preferences: the published checklist’s settings, said out loud so that a test can hold them. */
export const webPreferences = (preload: string) =>
  ({
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    spellcheck: false,
    navigateOnDragDrop: false,
  }) as const
