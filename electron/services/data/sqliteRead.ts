import { DatabaseSync } from 'node:sqlite'
import { setImmediate as breathe } from 'node:timers/promises'
import { type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { quoteName, quoteText } from '@shared/sql/quote'
import { type SqliteValue, surveyColumn } from './sqliteTypes'

const chunkRows = 2048
const lockPatienceMs = 2_000

export interface SqliteTable {
  readonly name: string
  readonly kind: 'table' | 'view'
}

/** A failure whose message says what `sqlite.ts` makes a sentence of. */
const failed = (what: string, detail: string): Error => new Error(`SQLite ${what}: ${detail}`)

const opened = async <T>(path: string, work: (database: DatabaseSync) => T | Promise<T>): Promise<T> => {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: lockPatienceMs, allowExtension: false })
    // The schema of a stranger’s file may call nothing that has effects.
    database.exec('pragma trusted_schema = off; pragma cell_size_check = on; pragma mmap_size = 0')
    return await work(database)
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
    const detail = error instanceof Error ? error.message : String(error)
    if (code === 26) throw failed('not a database', detail)
    if (code === 11) throw failed('damaged', detail)
    if (code === 5 || code === 6) throw failed('locked', detail)
    if (code === 8 || code === 14) throw failed('not opened', detail)
    throw code === 0 ? error : failed('refused', detail)
  } finally {
    database?.close()
  }
}

const tablesIn = (database: DatabaseSync): SqliteTable[] =>
  database
    .prepare(
      "select name, type from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name",
    )
    .all()
    .map(({ name, type }) => ({ name: String(name), kind: type === 'view' ? 'view' : 'table' }))

/** Tables and views, by name. */
export const sqliteTables = (path: string): Promise<SqliteTable[]> => opened(path, tablesIn)

/**
 * Writes the rows of a table or view as Parquet, through a table of DuckDB’s. They are read twice, in one transaction: once
 * to learn what values each column holds. Returns the number of rows.
 */
export const readSqliteTable = (
  connection: DuckDBConnection,
  { input, table, output }: { readonly input: string; readonly table: string; readonly output: string },
  isCancelled: () => boolean,
): Promise<number> =>
  opened(input, async (database) => {
    database.exec('begin')
    const known = tablesIn(database)
    const found = known.find(({ name }) => name.toLowerCase() === table.toLowerCase())
    if (!found) throw failed('no table', JSON.stringify(known.map(({ name }) => name).slice(0, 20)))
    const rows = database.prepare(`select * from ${quoteName(found.name)}`)
    rows.setReadBigInts(true)
    rows.setReturnArrays(true)
    const columns = rows.columns()
    const surveys = columns.map(surveyColumn)
    for await (const chunk of chunksOf(rows.iterate(), isCancelled))
      for (const row of chunk) for (const [index, survey] of surveys.entries()) survey.add(row[index] ?? null)
    const readers = columns.map(({ type }, index) => (surveys[index] ?? surveyColumn()).column(type ?? ''))
    const copy = 'sqlite_rows'
    await connection.run(
      `create temp table ${copy} (${columns.map(({ name }, index) => `${quoteName(name)} ${readers[index]?.type}`).join(', ')})`,
    )
    try {
      const appender = await connection.createAppender(copy, 'main', 'temp')
      let count = 0
      for await (const chunk of chunksOf(rows.iterate(), isCancelled)) {
        const data = DuckDBDataChunk.create(
          readers.map(({ type }) => type),
          chunk.length,
        )
        readers.forEach(({ read }, index) => {
          data.setColumnValues(
            index,
            chunk.map((row) => (row[index] === null || row[index] === undefined ? null : read(row[index]))),
          )
        })
        appender.appendDataChunk(data)
        count += chunk.length
      }
      appender.closeSync()
      await connection.run(`copy temp.${copy} to ${quoteText(output)} (format parquet, compression zstd)`)
      return count
    } finally {
      await connection.run(`drop table temp.${copy}`)
    }
  })

type SqliteRow = readonly SqliteValue[]

/** Rows by the chunk; between two of them the process does what else it was asked. */
async function* chunksOf(rows: Iterable<unknown>, isCancelled: () => boolean): AsyncGenerator<SqliteRow[]> {
  let chunk: SqliteRow[] = []
  for (const row of rows) {
    // Statements were told to give arrays.
    if (Array.isArray(row)) chunk.push(row)
    if (chunk.length < chunkRows) continue
    yield chunk
    chunk = []
    await breathe()
    if (isCancelled()) throw new Error('INTERRUPT Error: Interrupted!')
  }
  if (chunk.length > 0) yield chunk
}
