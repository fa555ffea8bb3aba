import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StudioError } from '@shared/errors'
import { quoteText } from '@shared/sql/quote'
import type { TrainingSetSteps } from '@shared/sql/trainingSet'
import { digestOfFile, publishFile } from '../workspace/durable'
import { createTemporaries, type Temporary } from '../workspace/temporaries'
import type { CsvReport } from './csvScan'
import type { EngineResult, EngineWork, SqlValue } from './engineMessages'
import { createEngineQueue, type EngineOptions, type EngineStatus, type QueryOptions } from './engineQueue'

export type { EngineOptions, EngineState, QueryOptions } from './engineQueue'

export interface CsvScan {
  readonly delimiter: string
  /** As `TextDecoder` names it. */
  readonly encoding: string
  /** How many bad rows are described. */
  readonly keep: number
  /** Where the good records go as UTF-8, in a file that is there whole or not at all. */
  readonly output?: string
}

export interface CopyOptions extends QueryOptions {
  readonly parameters?: readonly unknown[]
  /** Of Parquet: how many rows are gathered before they are written. */
  readonly rowGroupRows?: number
}

/**
 * DuckDB in a process of its own, started when first needed and again after it died. Paths in SQL are absolute; only
 * the workspace can be read or written. Statements run side by side, each on its own connection; cancelling one never
 * fails another. Failures: `engine_failed` (with DuckDB’s own words as detail), `cancelled`.
 */
export interface DataEngine {
  rows(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Promise<Record<string, unknown>[]>
  /** One Arrow IPC stream. */
  arrow(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Promise<Uint8Array<ArrayBuffer>>
  /** A statement that is not a query; never asked twice. */
  run(sql: string, parameters?: readonly unknown[], options?: QueryOptions): Promise<{ rowsChanged: number }>
  /** The rows of a query, or of one with the steps before it, as a file that is there whole or not at all. */
  copy(
    rows: string | TrainingSetSteps,
    absolutePath: string,
    format: 'parquet' | 'csv',
    options?: CopyOptions,
  ): Promise<{ rows: number; digest: string }>
  /** An Arrow IPC file’s rows as a Parquet file, the same way. */
  convertArrow(input: string, output: string, options?: QueryOptions): Promise<{ rows: number }>
  /** The rows of a table or view of a SQLite database as a Parquet file, the same way. */
  convertSqlite(input: string, table: string, output: string, options?: QueryOptions): Promise<{ rows: number }>
  /** Reads a CSV record by record; tells those that are none. */
  scanCsv(input: string, scan: CsvScan, options?: QueryOptions): Promise<CsvReport>
  /** Tables and views of a SQLite database, by name. */
  sqliteTables(input: string): Promise<{ name: string; kind: string }[]>
  /** A folder for what is needed only for a while; where this process is killed, the next one removes it. */
  scratch(kind: string): Promise<Temporary>
  status(): EngineStatus
  dispose(): Promise<void>
}

const sqlValue = (value: unknown): SqlValue => {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return value
    default:
      throw new StudioError('internal', 'A parameter of a query has no value that SQL knows.')
  }
}

export const createDataEngine = (options: EngineOptions): DataEngine => {
  const { root, log, temporaryFolder } = options
  const temporaries = createTemporaries({ root, folder: temporaryFolder, log })
  const { ask, status, dispose } = createEngineQueue(options, temporaries)

  const toFile = async (
    path: string,
    write: (temporary: string) => Promise<EngineResult>,
  ): Promise<{ rows: number; digest: string; result: EngineResult }> => {
    await mkdir(dirname(path), { recursive: true })
    const temporary = await temporaries.beside(path)
    try {
      const result = await write(temporary.path)
      const digest = await digestOfFile(temporary.path)
      await publishFile(temporary.path, path)
      return { rows: result.kind === 'run' ? result.rowsChanged : 0, digest, result }
    } finally {
      await temporary.remove()
    }
  }

  const scanCsv: DataEngine['scanCsv'] = async (input, { delimiter, encoding, keep, output }, queryOptions) => {
    const scratch = encoding === 'utf-8' ? null : await temporaries.folder('recode')
    const recode = scratch ? { encoding, output: join(scratch.path, 'text.csv') } : null
    const scan = (target: string | null): Promise<EngineResult> =>
      ask({ kind: 'scanCsv', input, output: target, delimiter, keep, recode }, queryOptions)
    try {
      const result = output === undefined ? await scan(null) : (await toFile(output, scan)).result
      if (result.kind !== 'csv') throw new StudioError('internal', 'A scan of a CSV gave something else.')
      return result.report
    } finally {
      await scratch?.remove()
    }
  }

  return {
    async rows(sql, parameters = [], queryOptions) {
      const result = await ask({ kind: 'rows', sql, parameters: parameters.map(sqlValue) }, queryOptions)
      return result.kind === 'rows' ? result.rows : []
    },
    async arrow(sql, parameters = [], queryOptions) {
      const result = await ask({ kind: 'arrow', sql, parameters: parameters.map(sqlValue) }, queryOptions)
      return result.kind === 'arrow' ? result.bytes : new Uint8Array()
    },
    async run(sql, parameters = [], queryOptions) {
      const work: EngineWork = { kind: 'run', sql, parameters: parameters.map(sqlValue) }
      const result = await ask(work, { ...queryOptions, isRepeatable: false })
      return { rowsChanged: result.kind === 'run' ? result.rowsChanged : 0 }
    },
    async copy(copied, absolutePath, format, { parameters = [], rowGroupRows, ...queryOptions } = {}) {
      const { query, steps, plain }: Partial<TrainingSetSteps> & Pick<TrainingSetSteps, 'query'> =
        typeof copied === 'string' ? { query: copied } : copied
      const { rows, digest } = await toFile(absolutePath, (temporary) => {
        const group = rowGroupRows === undefined ? '' : `, row_group_size ${rowGroupRows}`
        const how = format === 'parquet' ? `format parquet, compression zstd${group}` : 'format csv, header'
        const copy = (sql: string): string => `copy (${sql}) to ${quoteText(temporary)} (${how})`
        return ask(
          {
            kind: 'run',
            sql: copy(query),
            parameters: parameters.map(sqlValue),
            steps,
            ...(plain ? { plain: { sql: copy(plain.query), steps: plain.steps } } : {}),
          },
          queryOptions,
        )
      })
      return { rows, digest }
    },
    convertArrow: (input, output, queryOptions) =>
      toFile(output, (temporary) => ask({ kind: 'convertArrow', input, output: temporary }, queryOptions)),
    convertSqlite: (input, table, output, queryOptions) =>
      toFile(output, (temporary) => ask({ kind: 'convertSqlite', input, table, output: temporary }, queryOptions)),
    scanCsv,
    async sqliteTables(input) {
      const result = await ask({ kind: 'sqliteTables', input })
      return result.kind === 'rows'
        ? result.rows.map(({ name, kind }) => ({ name: String(name), kind: String(kind) }))
        : []
    },
    scratch: temporaries.folder,
    status,
    async dispose() {
      await dispose()
      await temporaries.dispose()
    },
  }
}
