import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, mkdtempSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerConnection } from '@jupyterlab/services'
import { StudioError } from '@shared/errors'
import { connectOverSocket, connectOverTcp, type ServerLink } from './link'

export interface JupyterServer {
  readonly settings: ServerConnection.ISettings
  /** Kernel specs put below `<specs>/kernels/` are seen at once. */
  readonly specs: string
  readonly hasEnded: () => boolean
  /** What the server and its kernels said last on standard error: the only place where a kernel that cannot start says why. */
  readonly lastWords: () => string
  readonly dispose: () => Promise<void>
}

export interface ServerOptions {
  readonly python: string
  readonly launcher: string
  readonly environment: Readonly<Record<string, string>>
  /** Folder that kernels’ paths are relative to. */
  readonly root: string
  readonly onExit: () => void
}

const startDeadlineMs = 60_000
const keptLines = 60

const canWrite = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * A private folder with a short path: a unix socket’s path holds about 104 bytes, and the kernels’ own sockets
 * (`kernel-<uuid>-ipc-1`) lie in it too. `mkdtemp` makes it 0700.
 */
const privateFolder = (): string => {
  const session = process.env.XDG_RUNTIME_DIR
  if (process.platform === 'linux' && session && session.length < 30 && canWrite(session))
    return mkdtempSync(join(session, 'proml-k-'))
  const usual = tmpdir()
  return mkdtempSync(join(process.platform === 'win32' || usual.length < 30 ? usual : '/tmp', 'proml-k-'))
}

const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address ? done(address.port) : fail(new Error('No free port.')),
      )
    })
  })

/** The port the server really took: it moves on when another program was faster. */
const announcedPort = async (runtime: string): Promise<number | null> => {
  const names = await readdir(runtime).catch(() => [])
  const name = names.find((entry) => /^jpserver-.*\.json$/.test(entry))
  if (!name) return null
  try {
    const { port } = JSON.parse(await readFile(join(runtime, name), 'utf8'))
    return typeof port === 'number' && port > 0 ? port : null
  } catch {
    return null
  }
}

const untilAnswering = async (link: () => Promise<ServerLink | null>, hasEnded: () => boolean): Promise<ServerLink> => {
  const deadline = Date.now() + startDeadlineMs
  while (Date.now() < deadline && !hasEnded()) {
    const candidate = await link()
    if (candidate) {
      // `/api/status` and not `/api`, which answers without a token too.
      if (await candidate.isAnswering()) return candidate
      await candidate.close()
    }
    await pause(20)
  }
  throw new StudioError('kernel_failed', 'The Jupyter server did not start.', {
    hint: 'Run `npm run doctor` to check the Python environment.',
  })
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done()
    else child.once('exit', () => done())
  })

/** Starts a Jupyter server of our own: private folder, random token, no rate limits, no terminals; it dies with us. */
export const startJupyterServer = async (options: ServerOptions): Promise<JupyterServer> => {
  const { python, launcher, root, environment } = options
  const folder = privateFolder()
  const [runtime, config, specs] = [join(folder, 'r'), join(folder, 'c'), join(folder, 's')]
  await Promise.all(
    [runtime, config, join(specs, 'kernels')].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
  )
  const token = randomBytes(24).toString('hex')
  const socket = process.platform === 'win32' || process.env.PROML_KERNEL_TRANSPORT === 'tcp' ? null : join(folder, 'j')
  const place = socket
    ? [`--ServerApp.sock=${socket}`, '--ServerApp.sock_mode=0600', '--KernelManager.transport=ipc']
    : ['--ServerApp.ip=127.0.0.1', `--ServerApp.port=${await freePort()}`]
  const child = spawn(
    python,
    [
      launcher,
      '--no-browser',
      `--ServerApp.root_dir=${root}`,
      ...place,
      '--ServerApp.terminals_enabled=False',
      // The first two are what old servers know; with 0 the newer ones ignore them and want the third.
      '--ServerApp.iopub_data_rate_limit=0',
      '--ServerApp.iopub_msg_rate_limit=0',
      '--ZMQChannelsWebsocketConnection.limit_rate=False',
      // A death is noticed within a second instead of three.
      '--KernelRestarter.time_to_dead=1.0',
      ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
    ],
    {
      cwd: root,
      windowsHide: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...environment,
        JUPYTER_TOKEN: token,
        JUPYTER_RUNTIME_DIR: runtime,
        JUPYTER_CONFIG_DIR: config,
        JUPYTER_PATH: specs,
        PROML_SERVER_FOLDER: folder,
      },
    },
  )
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  })
  // Writing to a server that has just died must not end the studio.
  child.stdin.on('error', () => {})
  let hasEnded = false
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 3 })
  const end = (): void => {
    if (hasEnded) return
    hasEnded = true
    options.onExit()
  }
  child.once('error', end)
  child.once('exit', end)

  const stop = async (): Promise<void> => {
    child.stdin.end()
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 4000)
    await ended(child)
    clearTimeout(timer)
    await removeFolder()
  }

  try {
    const link = await untilAnswering(
      async () => {
        if (socket) return connectOverSocket(socket, token)
        const port = await announcedPort(runtime)
        return port === null ? null : connectOverTcp(port, token)
      },
      () => hasEnded,
    )
    return {
      settings: link.settings,
      specs,
      hasEnded: () => hasEnded,
      lastWords: () => lines.join('\n'),
      dispose: async () => {
        await stop()
        await link.close()
      },
    }
  } catch (error) {
    await stop()
    if (error instanceof StudioError)
      throw new StudioError(error.code, error.message, { hint: error.hint, detail: lines.slice(-20).join('\n') })
    throw error
  }
}
