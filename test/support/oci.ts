import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from './context'

/** A port that nobody listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })

export const registryBinary = (): string | null =>
  ['/usr/bin/docker-registry', '/usr/local/bin/registry'].find((path) => existsSync(path)) ?? null

export interface OciRegistry {
  readonly url: string
  start(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
}

/** Whom a registry `withPassword` lets in. */
export const registryUser = { username: 'ada', password: 'secret' } as const

/** bcrypt of the password, cost 5; made once with the C library's crypt. */
const htpasswd = `${registryUser.username}:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n`

/** A real OCI registry (CNCF distribution) on loopback, with its data in a temporary folder. */
export const ociRegistry = async (options: { withPassword?: boolean } = {}): Promise<OciRegistry> => {
  const binary = registryBinary()
  if (!binary) throw new Error('There is no OCI registry here: apt-get install docker-registry')
  const folder = temporaryFolder()
  const port = await freePort()
  const config = join(folder.path, 'registry.yml')
  const passwords = join(folder.path, 'htpasswd')
  writeFileSync(passwords, htpasswd)
  writeFileSync(
    config,
    `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${join(folder.path, 'data')} }, delete: { enabled: true } }
http: { addr: 127.0.0.1:${port}, secret: end-to-end }
${options.withPassword ? `auth: { htpasswd: { realm: end-to-end, path: ${passwords} } }` : ''}
`,
  )
  let child: ChildProcess | null = null
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    const running = child
    child = null
    if (!running || running.exitCode !== null) return
    running.kill('SIGTERM')
    await new Promise((resolve) => running.once('exit', resolve))
  }
  return {
    url,
    start: async () => {
      child = spawn(binary, ['serve', config], { stdio: 'ignore' })
      for (let attempt = 0; attempt < 100; attempt++) {
        if (
          await fetch(`${url}/v2/`).then(
            (answer) => answer.status < 500,
            () => false,
          )
        )
          return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error('The OCI registry did not start.')
    },
    stop,
    remove: async () => {
      await stop()
      folder.remove()
    },
  }
}
