import { StudioError } from '../../errors'
import type { Expr, FeaturePlan, ModelPlan, SourcePlan } from '../../plan/plan'
import { trainingSetColumns } from '../../plan/plan'
import { emptyValue } from '../aggregate'
import { columnAlias } from '../columns'
import { type AggregateDefinition, keyCondition, type Part, type Scan, scanIdentity } from '../scan'
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

type Slot = { -readonly [K in keyof Scan]: Scan[K] extends readonly (infer T)[] ? T[] : Scan[K] }

interface Collected {
  readonly scans: Map<string, Slot>
  /** `left join …` by alias. */
  readonly joins: Map<string, string>
}

const named = <T extends { readonly name: string }>(all: readonly T[], name: string, what: string): T => {
  const found = all.find((one) => one.name === name)
  if (found) return found
  throw new StudioError('internal', `The plan has no ${what} \`${name}\`.`)
}
const sourceOf = (plan: ModelPlan, name: string): SourcePlan => named(plan.sources, name, 'source')
const featureOf = (plan: ModelPlan, name: string): FeaturePlan => named(plan.features, name, 'feature')

const aggregateValue = (
  feature: FeaturePlan,
  definition: AggregateDefinition,
  keys: readonly string[],
  plan: ModelPlan,
  { scans, joins }: Collected,
): string => {
  const source = sourceOf(plan, definition.source)
  const identity = scanIdentity(definition)
  const scan: Slot = scans.get(identity) ?? {
    name: `scan${scans.size}`,
    source,
    keys: [...definition.keys],
    filter: definition.filter,
    slots: [],
    probes: [],
  }
  scans.set(identity, scan)
  const same = JSON.stringify([definition, feature.type])
  const known = scan.slots.find((slot) => JSON.stringify([slot.definition, slot.type]) === same)
  const slot = known ?? { alias: `x${scan.slots.length}`, definition, type: feature.type }
  if (!known) scan.slots.push(slot)

  const observed = sourceOf(plan, plan.observation.source)
  const columns = keys.map((key) => `o.${columnAlias(observed, key)}`)
  let probe = scan.probes.findIndex((one) => one.join() === columns.join())
  if (probe < 0) probe = scan.probes.push(columns) - 1
  const alias = `${scan.name}_at${probe}`
  const moment = source.timeColumn === null ? '' : ` and ${alias}.ts = o.ts`
  joins.set(alias, `left join ${scan.name} ${alias} on ${keyCondition(columns, alias)}${moment}`)
  const value = `${alias}.${slot.alias}`
  const empty = emptyValue(definition.aggregate)
  return empty === null ? value : `coalesce(${value}, ${empty})`
}

/** A feature’s value at an observation `o`, named by the observation’s columns `keys`. */
const featureValue = (name: string, keys: readonly string[], plan: ModelPlan, collected: Collected): string => {
  const feature = featureOf(plan, name)
  const { definition } = feature
  const value = ((): string => {
    switch (definition.form) {
      case 'aggregate':
        return aggregateValue(feature, definition, keys, plan, collected)
      case 'derived':
        return compileSparkExpression(definition.expr, {
          column: (column) => {
            throw new StudioError('internal', `The feature \`${name}\` reads the column \`${column}\`.`)
          },
          feature: (other) => featureValue(other, keys, plan, collected),
        })
      case 'row': {
        if (definition.source === plan.observation.source) return rowValue(definition.expr, plan, collected)
        throw new StudioError('not_supported', `\`${name}\` describes rows of \`${definition.source}\`.`, {
          hint: `The model observes \`${plan.observation.source}\`; use \`latest\` to bring the value there.`,
        })
      }
    }
  })()
  if (feature.default === null) return value
  return `coalesce(${value}, ${rowValue(feature.default, plan, collected)})`
}

const rowValue = (expr: Expr, plan: ModelPlan, collected: Collected): string => {
  const observed = sourceOf(plan, plan.observation.source)
  return compileSparkExpression(expr, {
    column: (name) => `o.${columnAlias(observed, name)}`,
    feature: (name) => featureValue(name, [], plan, collected),
  })
}

/**
 * A model’s training set as Spark SQL (3.5 and 4), from the same plan as `compileTrainingSet` and with the same values: every
 * use, the label, `trainingSetColumns`, `__key`; rows in `__row` order. What Spark cannot give is left out, and said.
 */
export const compileSparkTrainingSet = (plan: ModelPlan, options: SparkOptions = {}): SparkTrainingSet => {
  const collected: Collected = { scans: new Map(), joins: new Map() }
  const uses = plan.uses.map(({ name, definition }) => {
    const sql =
      definition.kind === 'row'
        ? rowValue(definition.expr, plan, collected)
        : featureValue(definition.feature, definition.keys, plan, collected)
    return `${sql} as ${sparkName(name)}`
  })
  const scans = [...collected.scans.values()]
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
${[...collected.joins.values()].join('\n')}
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
