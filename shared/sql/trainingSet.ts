import { StudioError } from '../errors'
import type { Expr, FeaturePlan, ModelPlan, SourcePlan } from '../plan/plan'
import { trainingSetColumns } from '../plan/plan'
import { emptyValue } from './aggregate'
import { columnAlias, compileOver } from './columns'
import { compileExpression } from './expression'
import { type ObservationOptions, observationParts } from './observations'
import { quoteName } from './quote'
import { type AggregateDefinition, compileScan, type Part, type Scan, scanIdentity } from './scan'
import { keyCondition } from './scanKeys'
import { sourcePart } from './sourceRows'

export interface TrainingSetOptions extends ObservationOptions {
  /** A DuckDB table expression for each of `readSources`, by name. */
  readonly tables: Readonly<Record<string, string>>
}

export interface TrainingSetSteps {
  readonly steps: readonly string[]
  readonly query: string
}

/** The column beside `trainingSetColumns` that says which row of the observation source a row is. */
export const keyColumn = '__key'

/** A scan in the making. */
interface OpenScan extends Scan {
  readonly slots: Scan['slots'][number][]
  readonly probes: { name: string; columns: readonly string[]; asked: Set<string> }[]
}

/** Scans as they are found, with the joins that bring their values to the observations. */
interface Collected {
  readonly scans: Map<string, OpenScan>
  /** `left join …` by alias. */
  readonly joins: Map<string, string>
}

const sourceOf = (plan: ModelPlan, name: string): SourcePlan => {
  const source = plan.sources.find((one) => one.name === name)
  if (source) return source
  throw new StudioError('internal', `The plan has no source \`${name}\`.`)
}

const featureOf = (plan: ModelPlan, name: string): FeaturePlan => {
  const feature = plan.features.find((one) => one.name === name)
  if (feature) return feature
  throw new StudioError('internal', `The plan has no feature \`${name}\`.`)
}

const aggregateValue = (
  feature: FeaturePlan,
  definition: AggregateDefinition,
  keys: readonly string[],
  plan: ModelPlan,
  { scans, joins }: Collected,
): string => {
  const source = sourceOf(plan, definition.source)
  const identity = scanIdentity(definition)
  const scan: OpenScan = scans.get(identity) ?? {
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
  const alias = (number: number): string => `${scan.name}_at${number}`
  const probe = scan.probes.find((one) => one.columns.join() === columns.join()) ?? {
    name: alias(scan.probes.length),
    columns,
    asked: new Set(),
  }
  if (!scan.probes.includes(probe)) scan.probes.push(probe)
  probe.asked.add(slot.alias)
  joins.set(
    probe.name,
    source.timeColumn === null
      ? `left join ${scan.name} ${probe.name} on ${keyCondition(columns, probe.name)}`
      : `left join ${probe.name} on ${probe.name}.row_number = o.row_number`,
  )
  const value = `${probe.name}.${slot.alias}`
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
        return compileExpression(definition.expr, {
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
  return compileExpression(expr, {
    column: (name) => `o.${columnAlias(observed, name)}`,
    feature: (name) => featureValue(name, [], plan, collected),
  })
}

const withClause = (parts: readonly Part[]): string =>
  parts
    .map(
      ({ name, sql, isMaterialized }) =>
        `${name} as ${isMaterialized ? 'materialized' : 'not materialized'} (\n  ${sql}\n)`,
    )
    .join(',\n')

/** The uses’ values, by name, with the scans and the joins that they need. */
const collect = (plan: ModelPlan): Collected & { readonly uses: readonly string[] } => {
  const collected: Collected = { scans: new Map(), joins: new Map() }
  const uses = plan.uses.map(({ name, definition }) => {
    const sql =
      definition.kind === 'row'
        ? rowValue(definition.expr, plan, collected)
        : featureValue(definition.feature, definition.keys, plan, collected)
    return `${sql} as ${quoteName(name)}`
  })
  return { ...collected, uses }
}

/** The scans that compute a training set. */
export const scansOf = (plan: ModelPlan): readonly Scan[] => [...collect(plan).scans.values()]

/** The parts of a training set’s statement, and the query over them. */
const compileParts = (plan: ModelPlan, options: TrainingSetOptions): { parts: readonly Part[]; query: string } => {
  const { uses: columns, ...collected } = collect(plan)
  const scans = [...collected.scans.values()]
  const table = (source: SourcePlan): string => {
    const sql = options.tables[source.name]
    if (sql !== undefined) return sql
    throw new StudioError('internal', `There is no table for the source \`${source.name}\`.`)
  }
  const rowsName = (source: SourcePlan): string => `source${plan.sources.indexOf(source)}`
  const observed = sourceOf(plan, plan.observation.source)
  const compiled = scans.map((scan) => ({ scan, ...compileScan(scan, rowsName(scan.source), 'observations') }))
  const read = [...new Set([...(options.observations ? [] : [observed]), ...scans.map(({ source }) => source)])]
  const uses = read.map((source) => {
    const own = compiled.filter(({ scan }) => scan.source === source)
    const isObserved = source === observed && !options.observations
    return { source, scans: own.map(({ scan }) => scan), isObserved, isOrdered: own.some((one) => one.isOrdered) }
  })
  // Where rows do not arrive late, their order in the source is that of the observations too.
  const sharesOrder = uses.some(
    ({ isObserved, isOrdered, source }) => isObserved && isOrdered && source.createdColumn === null,
  )
  const parts: Part[] = [
    ...uses.map((use) => sourcePart(rowsName(use.source), use, table(use.source))),
    ...observationParts(plan, rowsName(observed), { ...options, isOrdered: sharesOrder }),
    ...compiled.flatMap(({ parts }) => parts),
  ]
  const label = plan.label ? [`o.label as ${quoteName(plan.label.name)}`] : []
  const own = [
    `o.row_number as ${trainingSetColumns.row}`,
    `o.moment as ${trainingSetColumns.time}`,
    `o.split as ${trainingSetColumns.split}`,
    `o.key as ${keyColumn}`,
  ]
  const query = `select ${[...columns, ...label, ...own].join(',\n  ')}
from observations o
${[...collected.joins.values()].join('\n')}
order by o.row_number`
  return { parts, query }
}

/**
 * One DuckDB statement for a model’s training set. Columns: every use, the label, `trainingSetColumns`, `__key`; rows
 * in `__row` order. The same rows in any file split, row order and number of threads give the same result, to the last bit.
 */
export const compileTrainingSet = (plan: ModelPlan, options: TrainingSetOptions): string => {
  const { parts, query } = compileParts(plan, options)
  return `with ${withClause(parts)}\n${query}`
}

/**
 * The same as statements for one connection, one after the other, and the query at their end. Within one statement DuckDB
 * works on all parts at once, and keeps what each has sorted until the end; a statement lets go of it, so that what
 * must fit into memory does not grow with the number of features.
 */
export const compileTrainingSetSteps = (plan: ModelPlan, options: TrainingSetOptions): TrainingSetSteps => {
  const { parts, query } = compileParts(plan, options)
  const steps = parts.map(
    ({ name, sql, isMaterialized }) => `create temp ${isMaterialized ? 'table' : 'view'} ${name} as ${sql}`,
  )
  return { steps, query }
}

/** Sources whose files the statement reads: those of the features, and the observations’ unless others stand in for them. */
export const readSources = (plan: ModelPlan, hasObservations: boolean): readonly SourcePlan[] => {
  const names = new Set(
    plan.features.flatMap(({ definition }) => (definition.form === 'aggregate' ? [definition.source] : [])),
  )
  if (!hasObservations) names.add(plan.observation.source)
  return plan.sources.filter(({ name }) => names.has(name))
}

/** Columns of the observation source that the uses, their keys, their moment and the filter need. */
export const neededColumns = (plan: ModelPlan): string[] => {
  const observed = sourceOf(plan, plan.observation.source)
  const needed = new Set<string>()
  const read = (expr: Expr): void => {
    switch (expr.op) {
      case 'column':
        needed.add(expr.name)
        return
      case 'feature':
        feature(expr.name, [])
        return
      case 'call':
        for (const arg of expr.args) read(arg)
    }
  }
  const feature = (name: string, keys: readonly string[]): void => {
    const { definition } = featureOf(plan, name)
    switch (definition.form) {
      case 'row':
        read(definition.expr)
        return
      case 'derived':
        for (const other of featuresIn(definition.expr)) feature(other, keys)
        return
      case 'aggregate':
        for (const key of keys) needed.add(key)
        if (sourceOf(plan, definition.source).timeColumn !== null && observed.timeColumn !== null)
          needed.add(observed.timeColumn)
    }
  }
  for (const { definition } of plan.uses)
    if (definition.kind === 'row') read(definition.expr)
    else feature(definition.feature, definition.keys)
  if (plan.observation.filter) read(plan.observation.filter)
  return [...needed]
}

const featuresIn = (expr: Expr): string[] =>
  expr.op === 'feature' ? [expr.name] : expr.op === 'call' ? expr.args.flatMap(featuresIn) : []

/** The label as SQL over columns of a file that has them; for labels that come later. */
export const labelSql = (plan: ModelPlan, relation: string): string | null =>
  plan.label ? compileOver(plan.label.expr, sourceOf(plan, plan.observation.source), relation) : null
