import { type DuckDBConnection, DuckDBInstance, type JS } from '@duckdb/node-api'
import { quoteName, quoteText } from '@shared/sql/quote'
import type { WindowPass } from '@shared/sql/windowPass'
import { readArrowFile } from './arrowRead'
import { writeArrowStream } from './arrowWrite'
import { recodeCsv } from './csvRecode'
import { scanCsv } from './csvScan'
import type { EngineAnswer, EngineRequest, EngineResult, EngineSettings, EngineWork } from './engineMessages'
import { readSqliteTable, sqliteTables } from './sqliteRead'
import { PassRefused } from './windows/pace'
import { type PassTools, runPass } from './windows/pass'

/**
 * The DuckDB process: a connection for each request, so that a long one does not hold up the others. It may be killed
 * at any time; whoever started it starts another.
 */
const progressIntervalMs = 200

const send = (answer: EngineAnswer): void => {
  process.send?.(answer)
}

/**
 * The order matters: folders first, then no other file, then no more changes. Reading and writing anything else,
 * extensions, networks and settings are refused from then on.
 */
const lockDown = (settings: EngineSettings): string[] => [
  'set autoinstall_known_extensions = false',
  'set autoload_known_extensions = false',
  'set allow_community_extensions = false',
  `set temp_directory = ${quoteText(settings.temporaryFolder)}`,
  `set memory_limit = '${Math.floor(settings.memoryLimitBytes / 1024 ** 2)}MiB'`,
  `set threads = ${settings.threads}`,
  'set enable_progress_bar = true',
  'set enable_progress_bar_print = false',
  // For every connection: without `global`, for this one alone, and the others were in the machine’s zone.
  "set global timezone = 'UTC'",
  `set allowed_directories = [${settings.allowedFolders.map(quoteText).join(', ')}]`,
  'set enable_external_access = false',
  'set lock_configuration = true',
]

/** 64-bit and larger integers as numbers where a number holds them exactly. */
const plain = (value: JS): JS => {
  if (typeof value === 'bigint')
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]))
  return value
}

const interrupted = 'INTERRUPT Error: Interrupted!'

interface Doing {
  readonly connection: DuckDBConnection
  /** Another one in its place; what it had made is gone. */
  another(): Promise<DuckDBConnection>
  readonly memoryBytes: number
  isCancelled(): boolean
  /** So much of all is done, 0 to 1, and the statement that runs now is so much of it. */
  onSteps(done: number, statement: number): void
  onRefused(why: string): void
}

type Statement = Extract<EngineWork, { sql: string }>

/** Between two statements, and while a pass is at work, there is nothing that an interrupt could end. */
const checked = (isCancelled: () => boolean) => (): void => {
  if (isCancelled()) throw new Error(interrupted)
}

/** A pass evaluates expressions of rows that the statements leave out, and may fail at those: the statements decide. */
const passedOrRefused = async (pass: WindowPass, tools: PassTools): Promise<void> => {
  try {
    await runPass(pass, tools)
  } catch (error) {
    tools.check()
    if (error instanceof PassRefused) throw error
    throw new PassRefused(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

const takeSteps = async (
  { steps = [] }: Pick<Statement, 'steps'>,
  { connection, memoryBytes, isCancelled, onSteps }: Doing,
): Promise<void> => {
  const check = checked(isCancelled)
  const one = 1 / (steps.length + 1)
  onSteps(0, one)
  for (const [index, step] of steps.entries()) {
    const onProgress = (fraction: number): void => onSteps((index + fraction) * one, 0)
    if (typeof step === 'string') await connection.run(step)
    else await passedOrRefused(step, { connection, memoryBytes, check, onProgress })
    check()
    onSteps((index + 1) * one, one)
  }
}

/** The result of the statement that is left to be run, and where. */
const prepared = async (work: Statement, doing: Doing): Promise<{ sql: string; connection: DuckDBConnection }> => {
  try {
    await takeSteps(work, doing)
    return { sql: work.sql, connection: doing.connection }
  } catch (error) {
    if (!(error instanceof PassRefused) || !work.plain) throw error
    doing.onRefused(error.message)
    const connection = await doing.another()
    await takeSteps(work.plain, { ...doing, connection })
    return { sql: work.plain.sql, connection }
  }
}

const perform = async (work: EngineWork, doing: Doing): Promise<EngineResult> => {
  const { isCancelled } = doing
  if (work.kind === 'convertArrow') {
    const rowsChanged = await readArrowFile(doing.connection, work.input, work.output)
    return { kind: 'run', rowsChanged }
  }
  if (work.kind === 'convertSqlite')
    return { kind: 'run', rowsChanged: await readSqliteTable(doing.connection, work, isCancelled) }
  if (work.kind === 'sqliteTables') {
    const tables = await sqliteTables(work.input)
    return { kind: 'rows', rows: tables.map(({ name, kind }) => ({ name, kind })) }
  }
  if (work.kind === 'scanCsv') {
    if (work.recode) await recodeCsv(work.input, work.recode.output, work.recode.encoding)
    return { kind: 'csv', report: await scanCsv(work.recode?.output ?? work.input, { ...work, isCancelled }) }
  }
  const { sql, connection } = await prepared(work, doing)
  const result = await connection.run(sql, [...work.parameters])
  switch (work.kind) {
    case 'run':
      return { kind: 'run', rowsChanged: result.rowsChanged }
    case 'rows': {
      const rows = await result.getRowObjectsJS()
      return {
        kind: 'rows',
        rows: rows.map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value ?? null)])),
        ),
      }
    }
    case 'arrow':
      return { kind: 'arrow', bytes: await writeArrowStream(result) }
  }
}

/** Its tables are gone with it at once: otherwise they stay for as long as JavaScript keeps a result that was not read to its end. */
const close = async (connection: DuckDBConnection, hasTables: boolean): Promise<void> => {
  try {
    const sql = 'select table_name from duckdb_tables() where temporary'
    const tables = hasTables ? await connection.runAndReadAll(sql) : null
    for (const [name] of tables?.getRows() ?? []) await connection.run(`drop table ${quoteName(String(name))}`)
  } catch {
    // They go with the result.
  } finally {
    connection.closeSync()
  }
}

const serve = (instance: DuckDBInstance, { memoryLimitBytes }: EngineSettings): void => {
  const running = new Map<number, DuckDBConnection>()
  /** Also those that were cancelled before their connection was there. */
  const cancelled = new Set<number>()

  const start = async (id: number, work: EngineWork): Promise<void> => {
    const release = async (): Promise<void> => {
      const connection = running.get(id)
      running.delete(id)
      if (connection) await close(connection, 'steps' in work && (work.steps?.length ?? 0) > 0)
    }
    const another = async (): Promise<DuckDBConnection> => {
      await release()
      const connection = await instance.connect()
      running.set(id, connection)
      if (cancelled.has(id)) throw new Error(interrupted)
      return connection
    }
    let [done, statement, told] = [0, 1, 0]
    const watch = setInterval(() => {
      const ofStatement = Math.max(0, running.get(id)?.progress.percentage ?? 0) / 100
      const fraction = Math.min(1, done + ofStatement * statement)
      // Where statements do again what a pass has refused, it waits until they are as far.
      if (fraction > told) send({ kind: 'progress', id, fraction })
      told = Math.max(told, fraction)
    }, progressIntervalMs)
    const answered = async (): Promise<EngineAnswer> => {
      try {
        const connection = await another()
        const result = await perform(work, {
          ...{ connection, another, memoryBytes: memoryLimitBytes },
          isCancelled: () => cancelled.has(id),
          onSteps: (steps, one) => {
            done = steps
            statement = one
          },
          onRefused: (why) => send({ kind: 'refusedPass', id, why }),
        })
        return { kind: 'done', id, result }
      } catch (error) {
        return { kind: 'failed', id, message: error instanceof Error ? error.message : String(error) }
      }
    }
    const answer = await answered()
    clearInterval(watch)
    await release()
    cancelled.delete(id)
    send(answer)
  }

  process.on('message', (request: EngineRequest) => {
    if (request.kind === 'cancel') {
      cancelled.add(request.id)
      running.get(request.id)?.interrupt()
      return
    }
    void start(request.id, request.work)
  })
}

const main = async (): Promise<void> => {
  const settings: EngineSettings = JSON.parse(process.argv[2] ?? '{}')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const statement of lockDown(settings)) await connection.run(statement)
  const version = (await connection.runAndReadAll('select version()')).getRows()[0]?.[0]
  connection.closeSync()
  serve(instance, settings)
  send({ kind: 'ready', version: String(version) })
}

// The process does not outlive whoever started it. A plain exit would wait for the query that runs.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
main().catch((error: unknown) => {
  send({ kind: 'refused', message: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
})
