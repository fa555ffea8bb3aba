import { StudioError } from '@shared/errors'
import { knownKeysSql } from '@shared/features/knownKeys'
import { type FeatureQuestion, fileSpine, keySpine, questionPlan } from '@shared/features/question'
import { type ModelPlan, type SourcePlan, trainingSetColumns } from '@shared/plan/plan'
import { quoteName, quoteText } from '@shared/sql/quote'
import { compileTrainingSetSteps, queryOver } from '@shared/sql/trainingSet'
import type { DataService } from '../data/data'
import type { DataEngine, QueryOptions } from '../data/engine'
import type { TableOptions } from '../data/sources'
import { momentOf } from './feature'
import type { Prepared, WriterDependencies } from './trainingSet'

interface Rows {
  readonly table: string
  readonly columns: readonly string[]
}

interface AskedRows extends Rows {
  readonly plan: ModelPlan
  /** As DuckDB writes it, UTC; null where rows have moments of their own, or none. */
  readonly asOf: string | null
}

/** The rows at one moment, whatever moments they have themselves. */
export const atMoment = ({ table, columns }: Rows, time: string, asOf: string): Rows => {
  const others = columns.includes(time) ? `* exclude (${quoteName(time)})` : '*'
  return {
    table: `(select ${others}, ${quoteText(asOf)}::timestamp as ${quoteName(time)} from ${table})`,
    columns: [...columns.filter((name) => name !== time), time],
  }
}

/** The column that says when a model’s rows are. */
export const observedTime = (plan: ModelPlan): string => {
  const time = plan.sources.find(({ name }) => name === plan.observation.source)?.timeColumn
  if (time) return time
  throw new StudioError(
    'invalid_input',
    `The rows of \`${plan.model}\` have no time, so that no moment can be set for them.`,
    {
      hint: 'Name the `time` column of the source that the model observes.',
    },
  )
}

type Tables = Readonly<Record<string, string>>

/** Right after the newest row of all the sources: there every row counts. */
const newestMoment = async (
  engine: DataEngine,
  sources: readonly SourcePlan[],
  tables: Tables,
  options: QueryOptions,
): Promise<string> => {
  const times = sources.flatMap(({ name, timeColumn }) =>
    timeColumn === null ? [] : [`select max(${quoteName(timeColumn)})::timestamp as t from ${tables[name]}`],
  )
  const [row] = await engine.rows(
    `select cast(max(t) + interval 1 microsecond as varchar) as t from (${times.join(' union all ')})`,
    [],
    options,
  )
  return typeof row?.t === 'string' ? row.t : '1970-01-01 00:00:00'
}

const allKeys = async (
  engine: DataEngine,
  question: FeatureQuestion,
  tables: Tables,
  wanted: { readonly asOf?: string } & QueryOptions,
): Promise<AskedRows> => {
  const spine = keySpine(question)
  const asOf =
    spine.time === null
      ? null
      : wanted.asOf
        ? momentOf(wanted.asOf)
        : await newestMoment(engine, question.sources, tables, wanted)
  const moment = asOf === null ? '' : `, ${quoteText(asOf)}::timestamp as as_of`
  const isKnown = asOf === null ? 'true' : `known <= epoch_us(${quoteText(asOf)}::timestamp)`
  const keys = `select * exclude (known) from (${knownKeysSql(question, tables)}) where ${isKnown}`
  return {
    plan: questionPlan(question, spine),
    table: `(select distinct *${moment} from (${keys}))`,
    columns: spine.columns.map(({ name }) => name),
    asOf,
  }
}

/** Every row of a file, at its own moment or all at one. */
const rowsOfFile = (
  question: FeatureQuestion,
  file: { readonly path: string; readonly table: string; readonly columns: Parameters<typeof fileSpine>[1]['columns'] },
  asked: string | undefined,
): AskedRows => {
  const asOf = asked === undefined ? null : momentOf(asked)
  const spine = fileSpine(question, file, asOf !== null)
  const rows = { table: file.table, columns: file.columns.map(({ name }) => name) }
  const { table, columns } = asOf === null || spine.time === null ? rows : atMoment(rows, spine.time, asOf)
  return { plan: questionPlan(question, spine), table, columns, asOf: spine.time === null ? null : asOf }
}

interface AskDependencies extends Pick<WriterDependencies, 'engine' | 'workspace' | 'explained'> {
  readonly data: Pick<DataService, 'tableOf' | 'schemaOf'>
  openSources(sources: readonly SourcePlan[], options?: TableOptions): Promise<Omit<Prepared, 'sql' | 'statement'>>
}

/** Rows are asked about by name: every key that there is, or those of a file. */
export const askedRows = async (
  { engine, data, workspace, openSources, explained }: AskDependencies,
  question: FeatureQuestion,
  { spine, asOf, signal }: { readonly spine?: string; readonly asOf?: string } & QueryOptions,
): Promise<Pick<Prepared, 'statement' | 'tables'> & { readonly asOf: string | null }> => {
  const { tables, expressions } = await openSources(question.sources, { signal })
  const path = spine === undefined ? null : workspace.relative(workspace.resolve(spine))
  const file = path === null ? null : { path, table: await data.tableOf(path), schema: await data.schemaOf(path) }
  const asked = file
    ? rowsOfFile(question, { path: file.path, table: file.table.sql, columns: file.schema.columns }, asOf)
    : await explained(tables, () => allKeys(engine, question, expressions, { asOf, signal }))
  const { plan, table, columns } = asked
  const uses = plan.uses.map(({ name }) => quoteName(name)).join(', ')
  const statement = compileTrainingSetSteps(plan, {
    tables: expressions,
    observations: { table, columns },
    keepUnlabelled: true,
  })
  return {
    statement: queryOver(statement, (query) => `select ${uses} from (${query}) order by ${trainingSetColumns.row}`),
    tables: file ? [...tables, file.table] : tables,
    asOf: asked.asOf,
  }
}
