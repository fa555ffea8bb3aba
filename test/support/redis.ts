import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createClient } from '@redis/client'
import { temporaryFolder } from './context'
import { freePort } from './oci'
import { ownServer } from './ownServer'

/** The program of a Redis server, or null. */
export const redisProgram = (): string | null =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
    .map((folder) => join(folder, 'redis-server'))
    .find((path) => existsSync(path)) ?? null

export interface RedisServer {
  readonly url: string
  readonly password: string
  /** As its owner. */
  run(...command: string[]): Promise<unknown>
  stop(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

/** A real Redis on loopback with a password. */
export const redisServer = async (program: string): Promise<RedisServer> => {
  const folder = temporaryFolder()
  const port = await freePort()
  const password = 'pa:ss/w@rd'

  const run: RedisServer['run'] = async (...command) => {
    const client = createClient({
      password,
      socket: { host: '127.0.0.1', port, reconnectStrategy: false, connectTimeout: 1000 },
    })
    client.on('error', () => {})
    await client.connect()
    try {
      return await client.sendCommand(command)
    } finally {
      client.destroy()
    }
  }
  const { start, stop } = ownServer('Redis', {
    spawn: () => {
      const child = spawn(program, ['-'], { cwd: folder.path, stdio: ['pipe', 'ignore', 'ignore'] })
      child.stdin.end(
        `bind 127.0.0.1\nport ${port}\ndir "${folder.path}"\nsave ""\nappendonly no\nrequirepass "${password}"\n`,
      )
      return child
    },
    isThere: () => run('PING'),
    stopBy: 'SIGKILL',
  })
  await start()
  return {
    url: `redis://127.0.0.1:${port}/0`,
    password,
    run,
    start,
    stop,
    remove: async () => {
      await stop()
      folder.remove()
    },
  }
}
