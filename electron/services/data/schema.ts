import { valueTypeOf } from '@shared/data/nativeType'
import type { ColumnSchema, TableSchema } from '@shared/data/profile'
import { shownReference } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import { quoteName } from '@shared/sql/quote'
import type { DataEngine } from './engine'
import type { Table } from './tables'

/** Larger files that say nothing about nulls themselves are taken to have some. */
const countedNullBytes = 256 * 1024 ** 2
/** DuckDB takes the square of the number of columns to say what `*` is; beyond these, the file is asked itself. */
const wideColumns = 2000
/** And to count the nulls of each. */
const countedColumns = 5000

type Column = Pick<ColumnSchema, 'name' | 'nativeType'>

interface Facts {
  readonly rows: number
  readonly nullable: ReadonlySet<string>
}

/** Parquet says in its footer how many rows it has and, mostly, how many nulls; other files are read once. */
const footerOf = async (engine: DataEngine, files: string, names: readonly string[]): Promise<Facts> => {
  const [counted] = await engine.rows(`select sum(num_rows) as n from parquet_file_metadata(${files})`)
  const nulls = await engine.rows(
    `select path_in_schema as name from parquet_metadata(${files})
     group by name having sum(stats_null_count) > 0 or count(*) > count(stats_null_count)
       or count(distinct file_name) < (select count(*) from parquet_file_metadata(${files}))`,
  )
  const withNulls = new Set(nulls.map(({ name }) => String(name)))
  // Nested columns stand in the footer by their leaves; they are taken to be nullable.
  const leaves = await engine.rows(`select distinct path_in_schema as name from parquet_metadata(${files})`)
  const flat = new Set(leaves.map(({ name }) => String(name)))
  return {
    rows: Number(counted?.n ?? 0),
    nullable: new Set(names.filter((name) => withNulls.has(name) || !flat.has(name))),
  }
}

const countNulls = async (engine: DataEngine, table: Table, names: readonly string[]): Promise<Facts> => {
  const counted = names.length <= countedColumns ? names : []
  const parts = counted.map((name, index) => `count(${quoteName(name)}) as c${index}`)
  const [row] = await engine.rows(`select ${['count(*) as n', ...parts].join(', ')} from ${table.sql}`)
  const rows = Number(row?.n ?? 0)
  const isFull = (index: number): boolean => index < counted.length && Number(row?.[`c${index}`]) >= rows
  return { rows, nullable: new Set(names.filter((_, index) => !isFull(index))) }
}

/** The columns of a single wide file, from the file itself; null where `describe` is to say them. */
const wideOnes = async (
  engine: DataEngine,
  { files, footers, sniff, hasPartitions }: Table,
): Promise<Column[] | null> => {
  if (hasPartitions) return null
  if (sniff) {
    const rows = await engine.rows(`select unnest(columns, recursive := true) from ${sniff}`)
    return rows.map(({ name, type }) => ({ name: String(name), nativeType: String(type) }))
  }
  if (!footers || files.length !== 1) return null
  const [counted] = await engine.rows(`select count(*) as n from parquet_schema(${footers})`)
  if (Number(counted?.n ?? 0) <= wideColumns) return null
  const rows = await engine.rows(
    `select name, duckdb_type as type, num_children from parquet_schema(${footers}) order by column_id offset 1`,
  )
  if (rows.some(({ num_children, type }) => num_children !== null || type === null)) return null
  return rows.map(({ name, type }) => ({ name: String(name), nativeType: String(type) }))
}

/** What no statement can name. */
const refuseNames = (columns: readonly Column[], table: Table): void => {
  const at = columns.findIndex(({ name }) => name.includes('\0'))
  if (at < 0) return
  throw new StudioError(
    'unreadable_file',
    `The name of column ${at + 1} of \`${shownReference(table.path)}\` holds a NUL.`,
    {
      hint: 'Give the column another name; a NUL ends a name everywhere.',
      place: { file: table.path },
    },
  )
}

/** The columns of a table, and its rows where they could be counted. */
export const readSchema = async (engine: DataEngine, table: Table): Promise<TableSchema> => {
  const described = async (): Promise<Column[]> =>
    (await engine.rows(`describe select * from ${table.sql}`)).map((row) => ({
      name: String(row.column_name),
      nativeType: String(row.column_type),
    }))
  const columns = (await wideOnes(engine, table)) ?? (await described())
  refuseNames(columns, table)
  const names = columns.map(({ name }) => name)
  const facts = table.footers
    ? await footerOf(engine, table.footers, names)
    : table.sizeBytes <= countedNullBytes
      ? await countNulls(engine, table, names)
      : null
  return {
    path: table.path,
    format: table.format,
    columns: columns.map(({ name, nativeType }) => ({
      name,
      nativeType,
      type: valueTypeOf(nativeType),
      isNullable: facts === null || facts.nullable.has(name),
    })),
    sizeBytes: table.sizeBytes,
    rows: facts?.rows ?? null,
    ...(table.frame ? { frame: table.frame } : {}),
    ...(table.skipped === undefined ? {} : { skippedRows: table.skipped }),
  }
}
