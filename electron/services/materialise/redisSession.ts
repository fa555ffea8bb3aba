import { createClient, ErrorReply, RESP_TYPES } from '@redis/client'
import { StudioError, toStudioError } from '@shared/errors'
import type { RedisTarget } from '@shared/rpc/materialise'
import type { SecretStore } from '../context'
import { secretValue } from '../data/secrets'

const connectMs = 5_000
/** A server that takes a command and says nothing for so long is as good as gone. */
const silenceMs = 30_000

const addressOf = (url: string): URL => {
  const address = URL.canParse(url) ? new URL(url) : null
  if (address?.password)
    throw new StudioError('invalid_input', 'A password does not belong into the address of a Redis.', {
      hint: 'Put it into the key store and name it with `--redis-secret`; the address keeps the user alone.',
    })
  if (!address || !['redis:', 'rediss:'].includes(address.protocol) || !/^\/?\d*$/.test(address.pathname))
    throw new StudioError('invalid_input', 'This is no address of a Redis.', {
      hint: 'Write it like `redis://localhost:6379/0`, or `rediss://…` for an encrypted connection.',
    })
  return address
}

/** The server’s own words hold no password; the address is not repeated. */
const explained = (error: unknown): StudioError => {
  if (error instanceof StudioError) return error
  const detail = error instanceof Error ? error.message : String(error)
  if (/NOAUTH|WRONGPASS|NOPERM|invalid username-password|AUTH/i.test(detail))
    return new StudioError('permission_denied', 'The Redis refuses this user or password.', {
      hint: 'Check the secret that is named with `--redis-secret`, and what its user may do.',
      detail,
    })
  if (/certificate|self.signed|SSL|TLS/i.test(detail))
    return new StudioError('permission_denied', 'No trusted encrypted connection to the Redis came about.', {
      hint: 'Let Node know the certificate (`NODE_EXTRA_CA_CERTS`), or use `redis://` inside a network that you trust.',
      detail,
    })
  if (error instanceof ErrorReply)
    return new StudioError('registry_refused', `The Redis refused: ${detail}`, {
      hint: 'The table that was served before is served still; check the server’s memory and rights.',
      detail,
    })
  return new StudioError('source_unreachable', 'The Redis does not answer.', {
    hint: 'Check that it runs and that this machine reaches it; what it served before is untouched.',
    detail: `${error instanceof Error && 'code' in error ? String(error.code) : ''} ${detail}`,
  })
}

const create = (address: URL, password: string | null) =>
  createClient({
    url: address.href,
    ...(password === null ? {} : { password }),
    // A connection that breaks fails what waits for it; there is no half of an answer.
    socket: { connectTimeout: connectMs, socketTimeout: silenceMs, reconnectStrategy: false },
    disableOfflineQueue: true,
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: String })

export type RedisClient = ReturnType<typeof create>

/** One connection for one piece of work. Failures: `source_unreachable`, `permission_denied`, `registry_refused`, `cancelled`. */
export const withRedis = async <T>(
  { url, secret }: RedisTarget,
  secrets: SecretStore,
  signal: AbortSignal | undefined,
  work: (client: RedisClient) => Promise<T>,
): Promise<T> => {
  const address = addressOf(url)
  const client = create(address, await secretValue(secrets, secret === undefined ? undefined : { secret }))
  // A connection that breaks between two commands; the next command says so.
  client.on('error', () => {})
  const close = (): void => {
    if (client.isOpen) client.destroy()
  }
  let stop = (): void => {}
  // A client that is closed while it waits for its greeting tells nobody.
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      close()
      reject(new Error('Connection timeout'))
    }
  })
  stopped.catch(() => {})
  const deadline = setTimeout(stop, connectMs)
  const session = async (): Promise<T> => {
    await client.connect()
    clearTimeout(deadline)
    return work(client)
  }
  try {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', stop, { once: true })
    const running = session()
    running.catch(() => {})
    return await Promise.race([running, stopped])
  } catch (error) {
    if (signal?.aborted) throw new StudioError('cancelled', 'Cancelled.')
    throw toStudioError(error).code === 'internal' ? explained(error) : toStudioError(error)
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', stop)
    close()
  }
}
