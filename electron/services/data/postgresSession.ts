import { StudioError, toStudioError } from '@shared/errors'
import { Client, type ClientConfig, DatabaseError } from 'pg'

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  // The server starts, stops, or has no connection left.
  '57P01',
  '57P02',
  '57P03',
  '53300',
])
const cancelMs = 2_000

/** The server’s own words hold no password; the address is not repeated. */
const explained = (error: unknown): StudioError => {
  if (error instanceof StudioError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = error instanceof Error ? error.message : String(error)
  if (unreachable.has(code) || /timeout|terminated|Connection ended/i.test(said))
    return new StudioError('source_unreachable', 'The database does not answer.', {
      hint: 'Check that it runs and that this machine reaches it; what was read before is still here.',
      detail: `${code} ${said}`,
    })
  if (code.startsWith('28') || code === '42501')
    return new StudioError('permission_denied', 'The database refuses this user, password or table.', {
      hint: 'Check the secret that the source names, and what its user may read.',
      detail: said,
    })
  if (/SSL|TLS|certificate|self.signed/i.test(`${code} ${said}`))
    return new StudioError('permission_denied', 'No trusted encrypted connection to the database came about.', {
      hint: 'Where its certificate is not known here, `sslmode=require` encrypts without checking it; `sslmode=disable` does neither.',
      detail: said,
    })
  if (error instanceof DatabaseError)
    return new StudioError('unreadable_file', `The database refused: ${said}`, {
      hint: 'Check the table or view with the program that made it.',
      detail: `${code} ${said}`,
    })
  return toStudioError(error)
}

export interface PostgresSession {
  /** Every value as PostgreSQL’s text. */
  query(sql: string, values?: readonly string[]): Promise<(string | null)[][]>
}

/** So that the server does not go on with a statement whose answer nobody waits for. */
const cancelStatement = async (address: ClientConfig, backend: string): Promise<void> => {
  const client = new Client({ ...address, connectionTimeoutMillis: cancelMs, query_timeout: cancelMs })
  client.on('error', () => {})
  await client.connect()
  await client.query('select pg_cancel_backend($1::int)', [backend])
  await client.end()
}

/** One read-only transaction that sees the database at one moment. */
export const withPostgres = async <T>(
  address: ClientConfig,
  signal: AbortSignal,
  work: (session: PostgresSession) => Promise<T>,
): Promise<T> => {
  const client = new Client({ ...address, types: { getTypeParser: () => (text: unknown) => text } })
  let backend: string | null = null
  const cancelled = new Promise<never>((_, reject) => {
    const stop = (): void => {
      if (backend !== null) cancelStatement(address, backend).catch(() => {})
      reject(new StudioError('cancelled', 'Cancelled.'))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  cancelled.catch(() => {})
  // A connection that breaks between two statements; the next statement says so.
  client.on('error', () => {})
  const query: PostgresSession['query'] = async (text, values = []) => {
    signal.throwIfAborted()
    const { rows } = await client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' })
    return rows
  }
  const session = async (): Promise<T> => {
    await client.connect()
    await query('begin transaction isolation level repeatable read, read only')
    await query(
      "select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true), set_config('bytea_output', 'hex', true), set_config('extra_float_digits', '1', true), set_config('client_encoding', 'UTF8', true)",
    )
    backend = (await query('select pg_backend_pid()'))[0]?.[0] ?? null
    return work({ query })
  }
  const running = session()
  running.catch(() => {})
  try {
    return await Promise.race([running, cancelled])
  } catch (error) {
    throw signal.aborted ? new StudioError('cancelled', 'Cancelled.') : explained(error)
  } finally {
    // Ending waits for a statement that runs; a destroyed connection does not.
    if (signal.aborted) client.connection?.stream.destroy()
    else await client.end().catch(() => {})
  }
}
