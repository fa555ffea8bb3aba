// Set-up shared by the commands in package.json. Runs on Node 20.19 or newer with nothing installed: only Node's own modules.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../..')
export const neededNode = 24

const isWindows = process.platform === 'win32'
const wanted = (path) => existsSync(path)

export const say = (text) => process.stderr.write(`${text}\n`)

export class SetupError extends Error {}

/** A Node that can run the studio: this one if it is new enough, else the one that npm installed for the project. */
export const studioNode = () => {
  if (Number(process.versions.node.split('.')[0]) >= neededNode) return process.execPath
  const name = isWindows ? 'node.exe' : 'bin/node'
  const packages = [`node-${isWindows ? 'win' : process.platform}-${process.arch}`]
  for (const found of packages) {
    const path = join(root, 'node_modules', found, name)
    if (wanted(path)) return path
    const inBin = join(root, 'node_modules', found, 'bin', isWindows ? 'node.exe' : 'node')
    if (wanted(inBin)) return inBin
  }
  throw new SetupError(
    `Pro-ML Studio runs on Node ${neededNode}; this is ${process.version} and npm has no build of ${neededNode} for ${process.platform}-${process.arch}.\nInstall Node ${neededNode} from nodejs.org or with your version manager (nvm install ${neededNode}), then run the command again.`,
  )
}

/** The environment in which child processes find the studio's Node first. */
export const studioEnvironment = (more = {}) => ({
  ...process.env,
  PATH: `${dirname(studioNode())}${delimiter}${process.env.PATH ?? ''}`,
  ...more,
})

export const run = (command, args, options = {}) =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    child.on('error', fail)
    child.on('exit', (code, signal) => done(signal ? 128 : (code ?? 1)))
  })

const digest = (text) => createHash('sha256').update(text).digest('hex')

/** Installs the pinned npm packages when the lock file changed since the last time. */
export const ensurePackages = async () => {
  const stamp = join(root, 'node_modules', '.proml-packages')
  const key = digest(readFileSync(join(root, 'package-lock.json')))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  say('Installing npm packages (once; about a minute)…')
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  // The CPU library is inside the package; its install script would only fetch CUDA's.
  const options = { stdio: ['ignore', 2, 2], env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } }
  const code = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...args], options)
    : await run(isWindows ? 'npm.cmd' : 'npm', args, { ...options, shell: isWindows })
  if (code !== 0)
    throw new SetupError(
      'npm could not install the packages. Check the network or the npm registry setting and run the command again.',
    )
  writeFileSync(stamp, key)
}

const sourcesOf = (folder) => {
  const found = []
  const walk = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name)
      if (entry.isDirectory()) walk(child)
      else found.push(child)
    }
  }
  walk(folder)
  return found.sort()
}

const buildKey = () => {
  const files = [
    ...['electron', 'renderer', 'shared'].flatMap((folder) => sourcesOf(join(root, folder))),
    ...['electron.vite.config.ts', 'package-lock.json', 'tsconfig.json'].map((name) => join(root, name)),
  ]
  return digest(files.map((path) => `${path}:${digest(readFileSync(path))}`).join('\n'))
}

/** Builds the studio when its sources changed since the last build. */
export const ensureBuild = async () => {
  const stamp = join(root, 'out', '.stamp')
  const key = buildKey()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  say('Building the studio…')
  const code = await run(
    studioNode(),
    [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn'],
    {
      env: studioEnvironment(),
      stdio: ['ignore', 2, 2],
    },
  )
  if (code !== 0) throw new SetupError('The build failed; the messages above say where.')
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, key)
}

export const onPath = (...names) => {
  const endings = isWindows ? ['.exe', '.cmd', ''] : ['']
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter))
      for (const ending of endings) {
        const path = join(folder, name + ending)
        if (folder && existsSync(path) && statSync(path).isFile()) return path
      }
  return null
}

export const isRootOnDebian = () =>
  process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

/** Installs Debian packages when that is possible; returns whether they are there now. */
export const installSystemPackages = (names, why) => {
  if (!isRootOnDebian()) return false
  say(`Installing ${names.join(', ')} from Debian (${why})…`)
  const apt = (args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  if (apt(['install', '-y', '-qq', '--no-install-recommends', ...names])) return true
  return apt(['update', '-qq']) && apt(['install', '-y', '-qq', '--no-install-recommends', ...names])
}

export const findChromium = () => {
  const set = process.env.PROML_CHROMIUM
  if (set && existsSync(set)) return set
  const usual = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ]
  return onPath('chromium', 'chromium-browser', 'google-chrome') ?? usual.find((path) => existsSync(path)) ?? null
}

/** The same folder as `studioHome` in electron/services/platform/home.ts. */
export const studioHome = () => {
  if (process.env.PROML_HOME) return process.env.PROML_HOME
  if (isWindows) return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'proml-studio')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'proml-studio')
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'proml-studio')
}

export const hasDisplay = () =>
  process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

/** The Electron binary that is there now, or null. */
export const findElectron = () => {
  const name = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' }[process.platform] ?? 'electron'
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (override) return existsSync(join(override, name)) ? join(override, name) : null
  if (process.env.ELECTRON_EXEC_PATH)
    return existsSync(process.env.ELECTRON_EXEC_PATH) ? process.env.ELECTRON_EXEC_PATH : null
  const installed = join(root, 'node_modules/electron/dist', name)
  return existsSync(installed) ? installed : null
}

/** Tries to download Electron's binary; offline or behind a firewall this fails within a second or so. */
export const fetchElectron = () => {
  const script = join(root, 'node_modules/electron/install.js')
  if (!existsSync(script)) return null
  const result = spawnSync(studioNode(), [script], {
    cwd: root,
    env: studioEnvironment(),
    stdio: 'ignore',
    timeout: 180_000,
  })
  return result.status === 0 ? findElectron() : null
}

export const main = (work) => {
  work().then(
    (code) => process.exit(code ?? 0),
    (error) => {
      say(error instanceof SetupError ? error.message : (error?.stack ?? String(error)))
      process.exit(1)
    },
  )
}
