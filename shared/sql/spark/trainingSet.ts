import type { ModelPlan, SourcePlan } from '../../plan/plan'
import { trainingSetColumns } from '../../plan/plan'
import { collectScans, type ScanDialect, sourceOf } from '../collect'
import type { Part } from '../scan'
import { keyCondition } from '../scanKeys'
import { keyColumn } from '../trainingSet'
import { sparkRows } from './columns'
import { compileSparkExpression } from './expression'
import { sparkObservations } from './observations'
import { sparkName } from './quote'
import { compileSparkScan } from './scan'
import { type SparkDialect, sparkSource } from './sources'

export interface SparkOptions {
  /** How the text files are written, by source. */
  readonly dialects?: Readonly<Record<string, SparkDialect>>
  /** Keep rows whose label is null. */
  readonly keepUnlabelled?: boolean
}

export interface SparkTrainingSet {
  /** One after another: settings, views of what is read, and the query. */
  readonly statements: readonly string[]
  /** Columns of the training set that Spark cannot give the values that DuckDB gives. */
  readonly omitted: readonly { readonly column: string; readonly reason: string }[]
}

/** The answers depend on these. */
const settings = [
  'set spark.sql.session.timeZone = UTC',
  'set spark.sql.ansi.enabled = true',
  'set spark.sql.caseSensitive = true',
  'set spark.sql.variable.substitute = false',
  // Times before 1582 as they stand in the file: Spark 3 would ask, Spark 4 does so anyway.
  'set spark.sql.parquet.datetimeRebaseModeInRead = CORRECTED',
]

const spark: ScanDialect = {
  expression: compileSparkExpression,
  name: sparkName,
  value: ({ name, source }, probe, { alias }) => ({
    sql: `${probe.name}.${alias}`,
    join: `left join ${name} ${probe.name} on ${keyCondition(probe.columns, probe.name)}${source.timeColumn === null ? '' : ` and ${probe.name}.ts = o.ts`}`,
  }),
}

/**
 * A model’s training set as Spark SQL (3.5 and 4), from the same plan as `compileTrainingSet` and with the same values: every
 * use, the label, `trainingSetColumns`, `__key`; rows in `__row` order. What Spark cannot give is left out, and said.
 */
export const compileSparkTrainingSet = (plan: ModelPlan, options: SparkOptions = {}): SparkTrainingSet => {
  const { uses, scans, joins } = collectScans(plan, spark)
  const observed = sourceOf(plan, plan.observation.source)
  const read = plan.sources
    .filter((source) => source === observed || scans.some((scan) => scan.source === source))
    .map((source) => ({ source, ...sparkSource(source, options.dialects?.[source.name]) }))
  const tableOf = (source: SourcePlan): string => read.find((one) => one.source === source)?.table ?? ''
  const rowsName = (source: SourcePlan): string => `source${plan.sources.indexOf(source)}`
  const { parts: observations, omitted } = sparkObservations(plan, tableOf(observed), options.keepUnlabelled ?? false)
  const parts: Part[] = [
    ...[...new Set(scans.map(({ source }) => source))].map((source) => ({
      name: rowsName(source),
      isMaterialized: false,
      sql: sparkRows(source, tableOf(source)),
    })),
    ...observations,
    ...scans.flatMap((scan) => compileSparkScan(scan, rowsName(scan.source), 'asked')),
  ]
  const own = [
    ...(plan.label ? [`o.label as ${sparkName(plan.label.name)}`] : []),
    `o.row_number as ${trainingSetColumns.row}`,
    `o.moment as ${trainingSetColumns.time}`,
    ...(omitted.split === null ? [`o.split as ${trainingSetColumns.split}`] : []),
    ...(omitted.key === null ? [`o.key as ${keyColumn}`] : []),
  ]
  const query = `with ${parts.map(({ name, sql }) => `${name} as (\n  ${sql}\n)`).join(',\n')}
select ${[...uses, ...own].join(',\n  ')}
from observations o
${joins.join('\n')}
order by o.row_number`
  return {
    statements: [...settings, ...read.flatMap(({ view }) => view ?? []), query],
    omitted: [
      ...(omitted.split === null ? [] : [{ column: trainingSetColumns.split, reason: omitted.split }]),
      ...(omitted.key === null ? [] : [{ column: keyColumn, reason: omitted.key }]),
    ],
  }
}

/** The statements as one text, such as `spark-sql -f` runs; what is left out stands above them. */
export const sparkScript = ({ model }: ModelPlan, { statements, omitted }: SparkTrainingSet): string =>
  [
    `-- Training set of ${model}, for Spark 3.5 and 4. Paths are relative to the folder that it runs in.`,
    ...omitted.map(({ column, reason }) => `-- Without \`${column}\`: ${reason.replaceAll(/\s+/g, ' ')}.`),
    ...statements.map((statement) => `${statement};`),
  ].join('\n')
