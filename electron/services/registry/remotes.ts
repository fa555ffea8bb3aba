import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { StudioError } from '@shared/errors'
import type { Remote } from '@shared/registry/registry'
import { z } from 'zod'
import type { ServiceContext } from '../context'
import { writeFileDurably } from '../workspace/durable'
import type { OwnDatabase } from '../workspace/ownDatabase'
import { withProcessLock } from '../workspace/processLock'
import { createDirectoryRegistry } from './directory'
import type { Credentials } from './oci/auth'
import { createOciRegistry } from './oci/client'
import { RegistryError, type RemoteRegistry } from './remote'

/** A folder inside the workspace is kept relative to it, so that a moved or cloned workspace finds it. */
const savedRemoteSchema = z.union([
  z.object({ name: z.string(), url: z.string() }),
  z.object({ name: z.string(), folder: z.string() }),
])
const remotesFileSchema = z.object({ version: z.literal(1), remotes: z.array(savedRemoteSchema) })
type SavedRemote = z.infer<typeof savedRemoteSchema>

/** A new workspace can push before anything is configured. */
const defaultRemotes: readonly SavedRemote[] = [{ name: 'local', folder: '.proml/registry' }]

export interface Remotes {
  list(): Promise<Remote[]>
  add(input: { name: string; url: string; username?: string; password?: string }): Promise<Remote>
  remove(name: string): Promise<void>
  /** Ask it; the answer is the state, also where it is a refusal. */
  check(name: string, signal: AbortSignal): Promise<Remote>
  open(
    name: string,
  ): Promise<{ registry: RemoteRegistry /** Stands for this place, whatever it is called. */; target: string }>
  /** What a transfer learnt about a registry on the way. */
  learn(name: string, state: Remote['state'], message: string): void
  close(): Promise<void>
}

export interface RemotesOptions {
  readonly chunkBytes?: number
  readonly timeouts?: { readonly connectMs?: number; readonly headersMs?: number; readonly bodyMs?: number }
}

const checkTimeoutMs = 8_000
const lockPatienceMs = 20_000

const credentialsSchema = z.object({ username: z.string(), password: z.string() })

export const createRemotes = (
  context: ServiceContext,
  database: () => Promise<OwnDatabase>,
  options: RemotesOptions = {},
): Remotes => {
  const { workspace, platform } = context
  const file = workspace.internal('remotes.json')
  const states = new Map<string, { state: Remote['state']; message: string }>()
  const opened = new Map<string, RemoteRegistry & { close?(): Promise<void> }>()

  const read = async (): Promise<readonly SavedRemote[]> => {
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch {
      return defaultRemotes
    }
    try {
      return remotesFileSchema.parse(JSON.parse(text)).remotes
    } catch (error) {
      throw new StudioError('unreadable_file', 'The list of registries cannot be read.', {
        hint: 'Mend or remove `.proml/remotes.json`.',
        place: { file: '.proml/remotes.json' },
        cause: error,
      })
    }
  }

  const write = (remotes: readonly SavedRemote[]): Promise<void> =>
    writeFileDurably(file, `${JSON.stringify({ version: 1, remotes }, null, 2)}\n`)

  /** From reading to writing: a registry that another window adds in between would be lost. */
  const changing = <T>(work: () => Promise<T>): Promise<T> =>
    withProcessLock(workspace.internal('locks', 'remotes'), work, { patienceMs: lockPatienceMs })

  const urlOf = (remote: SavedRemote): URL =>
    'folder' in remote ? pathToFileURL(workspace.resolve(remote.folder)) : parseUrl(remote.url)

  /**
   * Bound to the host and to this very folder: a workspace that someone else made cannot name a registry and find
   * the password that was given to another one.
   */
  const secretName = (url: URL): string =>
    `registry ${url.origin} ${createHash('sha256').update(workspace.root).digest('hex').slice(0, 16)}`

  const credentialsFor = async (url: URL): Promise<Credentials | null> => {
    if (url.protocol === 'file:') return null
    const text = await platform.secrets.get(secretName(url))
    if (text === null) return null
    try {
      return credentialsSchema.parse(JSON.parse(text))
    } catch {
      return null
    }
  }

  const present = async (saved: SavedRemote): Promise<Remote> => {
    const url = urlOf(saved)
    const known = states.get(saved.name)
    return {
      name: saved.name,
      url: url.protocol === 'file:' ? url.href : url.origin,
      state: known?.state ?? 'unknown',
      message: known?.message ?? '',
      hasCredentials: (await credentialsFor(url)) !== null,
    }
  }

  const find = async (name: string): Promise<SavedRemote> => {
    const found = (await read()).find((remote) => remote.name === name)
    if (found !== undefined) return found
    throw new StudioError('not_found', `This workspace knows no registry \`${name}\`.`, {
      hint: 'Add it under Deploy, Registries.',
    })
  }

  const capability = async (target: string) => {
    const state = await database()
    return {
      get: (): boolean | null => {
        const row = state.prepare('SELECT has_chunks FROM capability WHERE target = ?').get(target)
        return row === undefined ? null : Number(row.has_chunks) === 1
      },
      set: (hasChunks: boolean): void => {
        state
          .prepare(
            `INSERT INTO capability (target, has_chunks) VALUES (?, ?)
             ON CONFLICT (target) DO UPDATE SET has_chunks = excluded.has_chunks WHERE has_chunks <> excluded.has_chunks`,
          )
          .run(target, hasChunks ? 1 : 0)
      },
    }
  }

  const open: Remotes['open'] = async (name) => {
    const saved = await find(name)
    const url = urlOf(saved)
    const target = url.protocol === 'file:' ? url.href : url.origin
    const existing = opened.get(target)
    if (existing !== undefined) return { registry: existing, target }
    const registry =
      url.protocol === 'file:'
        ? createDirectoryRegistry(fileURLToPath(url), { isOwn: 'folder' in saved })
        : createOciRegistry({
            url: new URL(url.origin),
            credentials: () => credentialsFor(url),
            chunks: await capability(target),
            chunkBytes: options.chunkBytes,
            timeouts: options.timeouts,
          })
    opened.set(target, registry)
    return { registry, target }
  }

  const forgetOpened = async (target: string): Promise<void> => {
    const registry = opened.get(target)
    opened.delete(target)
    await registry?.close?.()
  }

  return {
    open,
    learn(name, state, message) {
      states.set(name, { state, message })
    },

    list: async () => Promise.all((await read()).map(present)),

    async add({ name, url, username, password }) {
      if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name))
        throw new StudioError('invalid_input', `\`${name}\` cannot be a registry’s name.`, {
          hint: 'Use letters, digits, `.`, `_` and `-`.',
        })
      const parsed = isAbsolute(url) ? pathToFileURL(resolve(url)) : parseUrl(url)
      return changing(async () => {
        const remotes = await read()
        const saved = await toSaved(name, parsed)
        const namesake = remotes.find((remote) => remote.name === name)
        // Adding the same place again only changes its credentials: a script may run twice.
        if (namesake !== undefined && urlOf(namesake).href !== urlOf(saved).href)
          throw new StudioError('already_exists', `There is a registry \`${name}\` at another address already.`, {
            hint: 'Choose another name, or remove it first.',
          })
        if (username !== undefined && username !== '' && parsed.protocol !== 'file:') {
          const secret = JSON.stringify({ username, password: password ?? '' })
          const { isDurable } = await platform.secrets.set(secretName(parsed), secret)
          if (!isDurable)
            states.set(name, {
              state: 'unknown',
              message: 'The password is kept for this session only: this machine has no key store.',
            })
          await forgetOpened(parsed.origin)
        }
        if (namesake === undefined) await write([...remotes, saved])
        return present(saved)
      })
    },

    async remove(name) {
      await changing(async () => {
        const saved = await find(name)
        const remotes = (await read()).filter((remote) => remote.name !== name)
        const url = urlOf(saved)
        await write(remotes)
        states.delete(name)
        const target = url.protocol === 'file:' ? url.href : url.origin
        const isStillUsed = remotes.some(
          (remote) => !('folder' in remote) && parseUrl(remote.url).origin === url.origin,
        )
        if (!isStillUsed && url.protocol !== 'file:') await platform.secrets.remove(secretName(url))
        if (!isStillUsed) await forgetOpened(target)
      })
    },

    async check(name, signal) {
      const { registry, target } = await open(name)
      const timeout = AbortSignal.timeout(checkTimeoutMs)
      const found = async (): Promise<Pick<Remote, 'state' | 'message'>> => {
        try {
          await registry.check(AbortSignal.any([signal, timeout]))
          return { state: 'online', message: 'It answers.' }
        } catch (error) {
          if (signal.aborted || !(error instanceof StudioError)) throw error
          const isRefusal = error.code === 'registry_refused' && error instanceof RegistryError
          return {
            state: isRefusal ? 'refused' : 'offline',
            message: timeout.aborted
              ? 'It does not answer in time.'
              : [error.message, error.hint].filter(Boolean).join(' '),
          }
        }
      }
      const verdict = await found()
      // With credentials that were exchanged meanwhile, it says nothing of those that hold now.
      if (opened.get(target) === registry) states.set(name, verdict)
      return { ...(await present(await find(name))), ...verdict }
    },

    async close() {
      await Promise.all([...opened.keys()].map(forgetOpened))
    },
  }

  async function toSaved(name: string, url: URL): Promise<SavedRemote> {
    if (url.protocol !== 'file:') return { name, url: url.origin }
    const folder = fileURLToPath(url)
    let inside: string | null = null
    try {
      inside = workspace.relative(workspace.resolve(folder))
    } catch {
      inside = null
    }
    if (inside === '' || inside === '.proml' || inside?.startsWith('.proml/objects'))
      throw new StudioError('invalid_input', 'This folder is the workspace’s own.', {
        hint: 'Choose a folder outside the workspace, or one below it.',
      })
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw new StudioError('permission_denied', `The folder \`${folder}\` cannot be made.`, {
        hint: 'Choose a folder that you may write to.',
        cause: error,
      })
    })
    return inside === null ? { name, url: url.href } : { name, folder: inside }
  }
}

const parseUrl = (text: string): URL => {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new StudioError('invalid_input', `\`${text.slice(0, 120)}\` is not a registry’s address.`, {
      hint: 'Give `https://host` of an OCI registry, or an absolute folder.',
    })
  }
  if (url.username !== '' || url.password !== '')
    throw new StudioError('invalid_input', 'The address holds a user name or a password.', {
      hint: 'Give them in their own fields: there they go to the key store.',
    })
  if (url.protocol === 'file:' && url.hostname === '') return url
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new StudioError('invalid_input', `\`${url.protocol}\` is not an address that is known here.`, {
      hint: 'Give `https://host` of an OCI registry, or an absolute folder.',
    })
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new StudioError('invalid_input', 'The address goes on after the host.', {
      hint: 'Give only `https://host[:port]`; the repository is chosen when pushing.',
    })
  return url
}
