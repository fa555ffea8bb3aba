import { StudioError } from '@shared/errors'
import type { ClientConfig } from 'pg'

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const defaultPort = 5432
const connectMs = 10_000

const wrong = (what: string): StudioError =>
  new StudioError('invalid_input', `The address of the database ${what}.`, {
    hint: 'Write it as `postgres://user:password@host:5432/database?sslmode=verify-full`.',
  })

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('holds a `%` that means nothing')
  }
}

/** Encrypted and checked, encrypted only, or plain; a server of this machine is asked plainly. */
const tlsOf = (mode: string | null, isHere: boolean): ClientConfig['ssl'] => {
  switch (mode ?? (isHere ? 'disable' : 'verify-full')) {
    case 'verify-full':
      return { rejectUnauthorized: true }
    case 'require':
      return { rejectUnauthorized: false }
    case 'disable':
      return false
    default:
      throw wrong(`says \`sslmode=${mode}\`, which is none of verify-full, require and disable`)
  }
}

/** How to connect. Nothing of it comes from the environment or from files, and no failure repeats the address. */
export const addressOf = (text: string): ClientConfig => {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw wrong('cannot be read')
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw wrong('does not begin with `postgres://`')
  const [host, user, database] = [url.hostname, decoded(url.username), decoded(url.pathname.slice(1))]
  if (host === '') throw wrong('names no host')
  if (user === '') throw wrong('names no user')
  if (database === '' || database.includes('/')) throw wrong('names no database')
  for (const name of url.searchParams.keys())
    if (name !== 'sslmode') throw wrong(`says \`${name}\`, which is not known here`)
  const password = decoded(url.password)
  return {
    host: decoded(host.replace(/^\[|\]$/g, '')),
    port: url.port === '' ? defaultPort : Number(url.port),
    user,
    // A function keeps the library from looking for another one in the environment or in a file.
    password: () => password,
    database,
    ssl: tlsOf(url.searchParams.get('sslmode'), loopback.has(host)),
    connectionTimeoutMillis: connectMs,
    application_name: 'Pro-ML Studio',
    options: '-c default_transaction_read_only=on',
  }
}

export interface TableName {
  readonly schema: string | null
  readonly name: string
}

/** `orders`, `public.orders`, `"odd name"."a.b"`; capitals count. */
export const tableNameOf = (text: string): TableName => {
  const parts = text.match(/^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/)
  const plain = (part: string): string => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part)
  if (!parts?.[2])
    throw new StudioError('invalid_input', `\`${text}\` is no name of a table.`, {
      hint: 'Write it as `public.orders`; a name that holds a point stands in quotation marks.',
    })
  return { schema: parts[1] === undefined ? null : plain(parts[1]), name: plain(parts[2]) }
}
