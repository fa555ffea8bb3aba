import type { WindowPass } from '@shared/sql/windowPass'
import type { CsvReport } from './csvScan'

/** Values that a statement's `?` may take. */
export type SqlValue = string | number | boolean | bigint | null

export type EngineWork =
  | {
      readonly kind: 'rows' | 'arrow' | 'run'
      readonly sql: string
      readonly parameters: readonly SqlValue[]
      /** What goes before it on the same connection, and is gone with it: temporary tables. */
      readonly steps?: readonly (string | WindowPass)[]
      /** The same by statements alone, should a pass be refused. */
      readonly plain?: { readonly sql: string; readonly steps: readonly string[] }
    }
  /** Read an Arrow IPC file (or stream, or Feather 2) and write its rows as Parquet. */
  | { readonly kind: 'convertArrow'; readonly input: string; readonly output: string }
  /** Read a table or view of a SQLite database and write its rows as Parquet. */
  | { readonly kind: 'convertSqlite'; readonly input: string; readonly table: string; readonly output: string }
  /** The tables and views of a SQLite database. */
  | { readonly kind: 'sqliteTables'; readonly input: string }
  /** Every record of a CSV: the good ones to `output`, the others told. */
  | {
      readonly kind: 'scanCsv'
      readonly input: string
      readonly output: string | null
      readonly delimiter: string
      readonly keep: number
      /** Where the text is written as UTF-8 first, if it is not. */
      readonly recode: { readonly encoding: string; readonly output: string } | null
    }

/** What goes to the DuckDB process. */
export type EngineRequest =
  | { readonly id: number; readonly kind: 'work'; readonly work: EngineWork }
  | { readonly id: number; readonly kind: 'cancel' }

export type EngineResult =
  | { readonly kind: 'rows'; readonly rows: Record<string, unknown>[] }
  | { readonly kind: 'arrow'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'run'; readonly rowsChanged: number }
  | { readonly kind: 'csv'; readonly report: CsvReport }

/** What comes back. `ready` and `refused` come once, after the start. */
export type EngineAnswer =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'progress'; readonly id: number; readonly fraction: number }
  /** Why statements do what a pass was to do, which takes longer. */
  | { readonly kind: 'refusedPass'; readonly id: number; readonly why: string }
  | { readonly kind: 'done'; readonly id: number; readonly result: EngineResult }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }

/** How the process is set up; its only argument, as JSON. */
export interface EngineSettings {
  readonly allowedFolders: readonly string[]
  readonly temporaryFolder: string
  readonly threads: number
  readonly memoryLimitBytes: number
}
