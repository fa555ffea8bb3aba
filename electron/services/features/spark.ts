import { referenceOf } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import type { ModelPlan, SourcePlan } from '@shared/plan/plan'
import type { SparkText } from '@shared/rpc/features'
import type { SparkDialect } from '@shared/sql/spark/sources'
import { compileSparkTrainingSet, sparkScript } from '@shared/sql/spark/trainingSet'
import { decoderOf } from '../data/csvRecode'
import { plainReading } from '../data/csvTable'
import { delimiterOf } from '../data/dialect'
import { firstBytes } from '../data/files'
import type { Table } from '../data/tables'

/** Names that DuckDB gives to columns of a file whose first line does not name them. */
const isUnnamed = (name: string): boolean => /^column\d+$/.test(name)

/** What is read here in a way of its own, which a view of Spark would read as something else, or not at all. */
const refuse = (name: string, what: string): never => {
  throw new StudioError('not_supported', `\`${name}\` is ${what}, which Spark does not read alike.`, {
    hint: 'Save its data as Parquet, and let the source read that; or compute the training set on this machine.',
  })
}

/** How Spark is to read a CSV; fails where it would read other values than are read here. */
const dialectOf = ({ name, columns }: SourcePlan, { reading = plainReading }: Table, file: string): SparkDialect => {
  if (reading.skipsBadRows) return refuse(name, 'a CSV without its bad rows')
  if (reading.decimal === ',') return refuse(name, 'a CSV with decimal commas')
  const bytes = firstBytes(file)
  const encoding = decoderOf(reading.encoding, bytes)
  if (encoding !== 'utf-8') return refuse(name, `a CSV in ${encoding}`)
  const hasHeader = !columns.every((column) => isUnnamed(column.name))
  return { delimiter: reading.delimiter ?? delimiterOf(bytes.toString('utf8')), hasHeader }
}

/** The text that computes a model’s training set on Spark. `tables` are what this machine reads of its sources. */
export const sparkTextOf = (plan: ModelPlan, tables: readonly Table[]): SparkText => {
  const dialects: Record<string, SparkDialect> = {}
  for (const source of plan.sources) {
    const table = tables.find(({ path }) => path === referenceOf(source))
    const [file] = table?.format === 'csv' ? table.files : []
    if (table && file !== undefined) dialects[source.name] = dialectOf(source, table, file)
  }
  const compiled = compileSparkTrainingSet(plan, { dialects })
  return { sql: sparkScript(plan, compiled), omitted: [...compiled.omitted] }
}
