import { referenceOf } from '@shared/data/reference'
import type { ModelPlan } from '@shared/plan/plan'
import type { SparkText } from '@shared/rpc/features'
import type { SparkDialect } from '@shared/sql/spark/sources'
import { compileSparkTrainingSet, sparkScript } from '@shared/sql/spark/trainingSet'
import { delimiterOf } from '../data/dialect'
import { firstBytes } from '../data/files'
import type { Table } from '../data/tables'

/** Names that DuckDB gives to columns of a file whose first line does not name them. */
const isUnnamed = (name: string): boolean => /^column\d+$/.test(name)

/** The text that computes a model’s training set on Spark. `tables` are what this machine reads of its sources. */
export const sparkTextOf = (plan: ModelPlan, tables: readonly Table[]): SparkText => {
  const dialects: Record<string, SparkDialect> = {}
  for (const source of plan.sources) {
    const { name, columns } = source
    const table = tables.find(({ path }) => path === referenceOf(source))
    const [file] = table?.format === 'csv' ? table.files : []
    if (file === undefined) continue
    const hasHeader = !columns.every((column) => isUnnamed(column.name))
    dialects[name] = { delimiter: delimiterOf(firstBytes(file).toString('utf8')), hasHeader }
  }
  const compiled = compileSparkTrainingSet(plan, { dialects })
  return { sql: sparkScript(plan, compiled), omitted: [...compiled.omitted] }
}
