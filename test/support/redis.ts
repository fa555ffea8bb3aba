import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { temporaryFolder } from './context'
import { freePort } from './oci'

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
  let child: ChildProcess | null = null

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
  const start = async (): Promise<void> => {
    child = spawn(program, ['-'], { cwd: folder.path, stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin?.end(
      `bind 127.0.0.1\nport ${port}\ndir "${folder.path}"\nsave ""\nappendonly no\nrequirepass "${password}"\n`,
    )
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const isThere = await run('PING').then(
        () => true,
        () => false,
      )
      if (isThere) return
      await pause(50)
    }
    throw new Error('Redis did not start.')
  }
  const stop = async (): Promise<void> => {
    const running = child
    child = null
    if (!running || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
  }
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
