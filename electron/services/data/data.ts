import type { ColumnSchema, TableSchema } from '@shared/data/profile'
import { isDatabase, readReference } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import type { dataContract, Filter } from '@shared/rpc/data'
import { quoteName } from '@shared/sql/quote'
import type { Emit, Service, ServiceContext } from '../context'
import { createColumnar } from './columnar'
import { createCsvFiles, csvReading, plainReading } from './csvTable'
import { createDataEngine, type DataEngine, type QueryOptions } from './engine'
import { filesOf } from './files'
import { findColumn, refuseFilterValue, whereOf } from './filters'
import { linkOf } from './link'
import { profileColumns } from './profile'
import { readSchema } from './schema'
import { setSecret } from './secrets'
import { createSources, type TableOptions } from './sources'
import { listTables, refuseWithoutTable } from './sqlite'
import { formatOf, openTable, type Table } from './tables'
import { createUnions } from './unions'
import { explainReadFailure } from './unreadable'
import { writtenFormat } from './written'

export type DataService = Service<typeof dataContract> & {
  readonly engine: DataEngine
  schemaOf(path: string): Promise<TableSchema>
  /** How DuckDB reads a file of the workspace, or what a reference says: `sql` is a table expression. */
  tableOf(path: string, options?: TableOptions): Promise<Table>
  /** A table expression of a table’s rows that is quick to ask column by column. */
  columnsFrom(table: Table, signal?: AbortSignal): Promise<string>
  /** A failure while `table` was read, told about the file where the file is at fault. */
  explain(table: Table, error: unknown): Promise<StudioError>
}

/** Schemas and row counts of files as they were; dropped when a file changes. */
const keptFiles = 500
interface Known {
  readonly schema: TableSchema
  readonly counts: Map<string, number>
}

export const createDataService = (
  context: ServiceContext,
  emit: Emit<typeof dataContract>,
  { isTrusted = () => true }: { readonly isTrusted?: () => boolean } = {},
): DataService => {
  const { workspace } = context
  const engine = createDataEngine({
    code: context.platform.code,
    root: workspace.root,
    temporaryFolder: workspace.internal('tmp'),
    log: context.log,
    onState: (state) => emit('engineChanged', { state }),
  })
  const csv = createCsvFiles(workspace, engine)
  const columnar = createColumnar(workspace, engine)
  const known = new Map<string, Promise<Known>>()

  const tools = { workspace, engine, csv, unions: createUnions(workspace, engine) }
  const explain = (table: Table, error: unknown): Promise<StudioError> =>
    explainReadFailure({ csv, workspace }, table, error)

  const reading = async <T>(table: Table, filters: readonly Filter[], read: () => Promise<T>): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      refuseFilterValue(error, filters)
      throw await explain(table, error)
    }
  }

  const { secrets } = context.platform
  const sources = createSources({ ...tools, secrets, log: context.log, isTrusted })

  const tableOf = (path: string, options?: TableOptions): Promise<Table> =>
    sources.tableOf(path, options) ??
    (isDatabase(path) ? refuseWithoutTable(tools, path) : openTable(tools, path, options))

  const look = async (table: Table): Promise<Known> =>
    reading(table, [], async () => {
      const schema = await readSchema(engine, table)
      return { schema, counts: new Map(schema.rows === null ? [] : [['[]', schema.rows]]) }
    })

  const know = (table: Table): Promise<Known> => {
    const key = `${table.path}\n${table.stamp}`
    const found = known.get(key)
    if (found) return found
    const made = look(table)
    known.set(key, made)
    made.catch(() => known.delete(key))
    for (const oldest of known.keys()) {
      if (known.size <= keptFiles) break
      known.delete(oldest)
    }
    return made
  }

  const rowsAfter = async (
    table: Table,
    filters: readonly Filter[],
    options: QueryOptions,
    from: string = table.sql,
  ): Promise<number> => {
    const { schema, counts } = await know(table)
    const key = JSON.stringify(filters)
    const found = counts.get(key)
    if (found !== undefined) return found
    const { sql, parameters } = whereOf(filters, schema.columns, table.path)
    const [row] = await engine.rows(`select count(*) as n from ${from} where ${sql}`, parameters, options)
    const count = Number(row?.n ?? 0)
    counts.set(key, count)
    return count
  }

  const columnsFrom = async (table: Table, signal?: AbortSignal): Promise<string> =>
    columnar.of(table, (await know(table)).schema.columns, signal)

  /** Some columns of the rows that pass the filters, for statements that ask column by column. */
  const askColumns = async <T>(
    { path, names, filters }: { path: string; names: readonly string[]; filters: readonly Filter[] },
    signal: AbortSignal,
    ask: (
      columns: readonly ColumnSchema[],
      source: { from: string; parameters: readonly unknown[]; rows: number },
    ) => Promise<T>,
  ): Promise<T> => {
    const table = await tableOf(path, { signal })
    const { schema } = await know(table)
    const byName = new Map(schema.columns.map((column) => [column.name, column]))
    const columns = names.map((name) => byName.get(name) ?? findColumn(schema.columns, name, path))
    const where = whereOf(filters, schema.columns, path)
    return reading(table, filters, async () => {
      const all = await columnsFrom(table, signal)
      const rows = await rowsAfter(table, filters, { signal }, all)
      const list = [...new Set(names)].map(quoteName).join(', ')
      return ask(columns, {
        from: `(select ${list} from ${all} where ${where.sql})`,
        parameters: where.parameters,
        rows,
      })
    })
  }

  const schemaOf = async (path: string): Promise<TableSchema> => {
    const columns = await sources.columnsOf(path)
    if (columns) return { path, format: 'postgres', columns: [...columns], sizeBytes: 0, rows: null }
    return (await know(await tableOf(path))).schema
  }

  return {
    engine,
    schemaOf,
    tableOf,
    columnsFrom,
    explain,
    handlers: {
      schema: ({ path }) => schemaOf(path),

      page: async ({ path, offset, limit, columns, sort, filters }, { signal }) => {
        const table = await tableOf(path, { signal })
        const { schema } = await know(table)
        const names = columns ?? schema.columns.map(({ name }) => name)
        for (const name of columns ?? []) findColumn(schema.columns, name, path)
        const where = whereOf(filters, schema.columns, path)
        const list = names.map(quoteName).join(', ')
        // Rows that sort alike keep the file's order, so that pages fit together.
        const sql =
          sort === null
            ? `select ${list} from ${table.sql} where ${where.sql} limit ${limit} offset ${offset}`
            : `select ${list} from (select *, row_number() over () as "__file_row" from ${table.sql}) where ${where.sql}
               order by ${quoteName(findColumn(schema.columns, sort.column, path).name)} ${sort.isDescending ? 'desc' : 'asc'} nulls last, "__file_row"
               limit ${limit} offset ${offset}`
        return reading(table, filters, async () => {
          const totalRows = await rowsAfter(table, filters, { signal })
          const arrow = await engine.arrow(sql, where.parameters, { signal })
          return { arrow, offset, rows: Math.max(0, Math.min(limit, totalRows - offset)), totalRows }
        })
      },

      profile: ({ path, column, filters }, { signal }) =>
        askColumns({ path, names: [column], filters }, signal, async ([found], source) => {
          const [profile] = found ? await profileColumns(engine, source, [found], source.rows, { signal }) : []
          if (!profile) throw new StudioError('internal', 'A column has no profile.')
          return profile
        }),

      profiles: ({ path, columns, filters }, { signal }) =>
        askColumns({ path, names: columns, filters }, signal, async (found, source) => ({
          profiles: await profileColumns(engine, source, found, source.rows, { signal }),
        })),

      link: ({ path, column, label, filters }, { signal }) =>
        askColumns({ path, names: [column, label], filters }, signal, async ([one, other], source) => {
          if (!one || !other) throw new StudioError('internal', 'A column to compare is not there.')
          return linkOf(engine, source, one, other, { signal })
        }),

      convert: async ({ path, output, filters }, { signal }) => {
        const table = await tableOf(path, { signal })
        const { schema } = await know(table)
        const target = workspace.resolve(output)
        const format = writtenFormat(target)
        const where = whereOf(filters, schema.columns, path)
        // A spreadsheet would run a cell that begins like a formula.
        const list = schema.columns.map(({ name, type }) =>
          format === 'csv' && type === 'string'
            ? `case when regexp_matches(cast(${quoteName(name)} as varchar), '^[=+@\\t\\r-]') then '''' || ${quoteName(name)} else cast(${quoteName(name)} as varchar) end as ${quoteName(name)}`
            : quoteName(name),
        )
        const { rows } = await reading(table, filters, () =>
          engine.copy(`select ${list.join(', ')} from ${table.sql} where ${where.sql}`, target, format, {
            parameters: where.parameters,
            signal,
          }),
        )
        return { path: workspace.relative(target), rows }
      },

      refresh: async ({ path }, { signal }) => (await know(await tableOf(path, { signal, isFresh: true }))).schema,

      setSecret: ({ name, value }) => setSecret(secrets, name, value),

      badRows: async ({ path, limit }, { signal }) => {
        const target = readReference(path)
        const file = target?.kind === 'csv' ? target.path : path
        if ((target && target.kind !== 'csv') || formatOf(file) !== 'csv') return { total: 0, rows: [] }
        const reading = target ? csvReading(target) : plainReading
        return csv.badRows(filesOf(workspace, file), reading, limit, signal)
      },

      tables: async ({ path }) => ({ tables: await listTables(tools, path) }),

      engine: async () => engine.status(),
    },
    dispose: () => engine.dispose(),
  }
}
