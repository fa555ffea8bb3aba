import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { temporaryFolder } from './context'
import { freePort } from './oci'
import { ownServer } from './ownServer'

const debian = '/usr/lib/postgresql'

/** The folder of PostgreSQL’s programs, or null. */
export const postgresPrograms = (): string | null =>
  [
    ...(process.env.PATH ?? '').split(delimiter),
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
  ].find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null

export interface PostgresServer {
  readonly port: number
  /** Of a user with the password `pa:ss/w@rd`. */
  readonly url: string
  readonly password: string
  /** As its owner. */
  run(sql: string): Promise<unknown[]>
  start(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
}

/** A real PostgreSQL on loopback with passwords and TLS; it refuses to run as root, so that it runs as somebody else. */
export const postgresServer = async (programs: string): Promise<PostgresServer> => {
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const isRoot = process.getuid?.() === 0
  const [uid, gid] = isRoot
    ? ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
    : [undefined, undefined]
  const own = (path: string): void => {
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
  }
  mkdirSync(data)
  for (const path of [folder.path, data]) own(path)
  const as = { uid, gid, cwd: folder.path, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } }
  const owner = 'ownerpass'
  const passwordFile = join(folder.path, 'password')
  writeFileSync(passwordFile, owner, { mode: 0o600 })
  own(passwordFile)
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'owner', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--no-sync'],
    { ...as, stdio: 'ignore' },
  )
  const [key, certificate] = [join(data, 'server.key'), join(data, 'server.crt')]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  )
  chmodSync(key, 0o600)
  for (const path of [key, certificate]) own(path)
  const port = await freePort()
  const password = 'pa:ss/w@rd'
  const run: PostgresServer['run'] = async (sql) => {
    const client = new Client({ host: '127.0.0.1', port, user: 'owner', password: owner, database: 'postgres' })
    await client.connect()
    try {
      const { rows } = await client.query(sql)
      return rows
    } finally {
      await client.end()
    }
  }
  const { start, stop } = ownServer('PostgreSQL', {
    spawn: () =>
      spawn(
        join(programs, 'postgres'),
        ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder.path, '-c', 'ssl=on', '-c', 'fsync=off'],
        { ...as, stdio: 'ignore' },
      ),
    isThere: () => run('select 1'),
    stopBy: 'SIGINT',
  })
  await start()
  await run(`create role reader login password '${password}'`)
  return {
    port,
    url: `postgres://reader:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
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
