import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { valueTypeOf } from '@shared/data/nativeType'
import type { ColumnSchema } from '@shared/data/profile'
import type { SourceTarget } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import { quoteName, quoteText } from '@shared/sql/quote'
import type { SecretStore } from '../context'
import type { DataEngine } from './engine'
import { addressOf, tableNameOf } from './postgresAddress'
import { type PostgresSession, withPostgres } from './postgresSession'
import { nativeTypeOfPostgres, type PostgresColumn, valueOfText } from './postgresTypes'
import { secretValue } from './secrets'

export interface PostgresTools {
  readonly engine: DataEngine
  readonly secrets: SecretStore
}

/** What one fetch brings, about; its first rows say how many that are. */
const fetchBytes = 4 * 1024 ** 2
const firstRows = 100
const mostRows = 20_000
/** DuckDB’s own limit of a line unless it is told another. */
const usualLineBytes = 16 * 1024 ** 2

interface FoundTable {
  readonly oid: string
  /** Quoted, with its schema. */
  readonly sql: string
}

const findTable = async ({ query }: PostgresSession, text: string): Promise<FoundTable> => {
  const { schema, name } = tableNameOf(text)
  const where = schema === null ? 'pg_catalog.pg_table_is_visible(c.oid)' : 'n.nspname = $2'
  const [found] = await query(
    `select c.oid::text, n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') and ${where}`,
    schema === null ? [name] : [name, schema],
  )
  if (found?.[0] && found[1]) return { oid: found[0], sql: `${quoteName(found[1])}.${quoteName(name)}` }
  const known = await query(
    `select n.nspname || '.' || c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by 1 limit 20`,
  )
  throw new StudioError('not_found', `The database has no table \`${text}\`.`, {
    hint: known.length > 0 ? `It has ${known.map(([one]) => `\`${one}\``).join(', ')}.` : 'It has no tables at all.',
  })
}

const columnsOf = async ({ query }: PostgresSession, table: FoundTable, text: string): Promise<PostgresColumn[]> => {
  const rows = await query(
    `with recursive base(attnum, type, modifier) as (
       select attnum, atttypid, atttypmod from pg_catalog.pg_attribute
       where attrelid = $1::oid and attnum > 0 and not attisdropped
       union all
       select attnum, t.typbasetype, case when t.typtypmod >= 0 then t.typtypmod else modifier end
       from base join pg_catalog.pg_type t on t.oid = type and t.typtype = 'd')
     select a.attname, pg_catalog.format_type(t.oid, b.modifier), t.typtype, a.attnotnull
     from base b join pg_catalog.pg_type t on t.oid = b.type and t.typtype <> 'd'
     join pg_catalog.pg_attribute a on a.attrelid = $1::oid and a.attnum = b.attnum order by a.attnum`,
    [table.oid],
  )
  const columns = rows.map(([name, type, kind, isRequired]) => ({
    name: name ?? '',
    type: type ?? '',
    kind: kind ?? 'b',
    isNullable: isRequired !== 't',
  }))
  const refused = columns.find((column) => nativeTypeOfPostgres(column) === null)
  if (refused)
    throw new StudioError(
      'not_supported',
      `The column \`${refused.name}\` of \`${text}\` holds several values in one (\`${refused.type}\`).`,
      { hint: 'Read a view that leaves it out, or that has its parts as columns of their own.' },
    )
  if (columns.length === 0)
    throw new StudioError('unreadable_file', `The table \`${text}\` has no columns.`, { hint: 'Name another table.' })
  return columns
}

const tableOption = ({ options }: SourceTarget): string => {
  if (typeof options.table === 'string') return options.table
  throw new StudioError('invalid_input', 'The source names no table.', {
    hint: 'Write it as `postgres(secret("shop"), table: "public.orders")`.',
  })
}

const nativeTypeOf = (column: PostgresColumn): string => nativeTypeOfPostgres(column) ?? 'VARCHAR'

const connected = async <T>(
  { secrets }: PostgresTools,
  target: SourceTarget,
  signal: AbortSignal,
  work: (session: PostgresSession) => Promise<T>,
): Promise<T> => withPostgres(addressOf((await secretValue(secrets, target.options.url)) ?? ''), signal, work)

/** The columns by the database’s catalogue, without a row read. */
export const describePostgres = (tools: PostgresTools, target: SourceTarget, signal: AbortSignal) =>
  connected(tools, target, signal, async (session): Promise<ColumnSchema[]> => {
    const text = tableOption(target)
    const columns = await columnsOf(session, await findTable(session, text), text)
    return columns.map((column) => {
      const nativeType = nativeTypeOf(column)
      return { name: column.name, nativeType, type: valueTypeOf(nativeType), isNullable: column.isNullable }
    })
  })

/** Rows as lines of JSON with the columns’ texts, fetch by fetch; returns the longest line. */
const writeLines = async (session: PostgresSession, select: string, path: string): Promise<number> => {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  const closed = once(file, 'close')
  closed.catch(() => {})
  let longest = 0
  try {
    await session.query(`declare rows no scroll cursor for ${select}`)
    for (let count = firstRows; ; ) {
      const rows = await session.query(`fetch ${count} from rows`)
      let bytes = 0
      for (const row of rows) {
        const line = `${JSON.stringify(Object.fromEntries(row.map((value, index) => [`c${index}`, value])))}\n`
        const size = Buffer.byteLength(line)
        longest = Math.max(longest, size)
        bytes += size
        if (!file.write(line)) await once(file, 'drain')
      }
      if (rows.length < count) break
      count = Math.max(1, Math.min(mostRows, Math.floor(fetchBytes / (bytes / rows.length))))
    }
  } finally {
    file.end()
    await closed
  }
  return longest
}

/** A table or view as a Parquet file: as it is at one moment, a few MB in memory at a time. */
export const copyPostgres = async (
  tools: PostgresTools,
  target: SourceTarget,
  output: string,
  signal: AbortSignal,
): Promise<void> => {
  const scratch = await tools.engine.scratch('postgres')
  try {
    const lines = join(scratch.path, 'rows.ndjson')
    const { columns, longest } = await connected(tools, target, signal, async (session) => {
      const text = tableOption(target)
      const table = await findTable(session, text)
      const found = await columnsOf(session, table, text)
      const select = `select ${found.map(({ name }) => quoteName(name)).join(', ')} from ${table.sql}`
      return { columns: found, longest: await writeLines(session, select, lines) }
    })
    const read = columns.map((_, index) => `c${index}: 'VARCHAR'`).join(', ')
    const values = columns.map((column, index) => valueOfText(column.name, nativeTypeOf(column), `c${index}`))
    await tools.engine.copy(
      `select ${values.join(', ')} from read_json(${quoteText(lines)}, format = 'newline_delimited', columns = {${read}},
       maximum_object_size = ${Math.max(usualLineBytes, longest + 1)})`,
      output,
      'parquet',
      { signal },
    )
  } finally {
    await scratch.remove()
  }
}
