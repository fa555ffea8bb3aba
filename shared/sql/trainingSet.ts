import { StudioError } from '../errors'
import type { Expr, ModelPlan, SourcePlan } from '../plan/plan'
import { trainingSetColumns } from '../plan/plan'
import { collectScans, featureOf, type ScanDialect, sourceOf } from './collect'
import { compileOver } from './columns'
import { compileExpression } from './expression'
import { type ObservationOptions, observationParts } from './observations'
import { quoteName } from './quote'
import { compileScan, type Part, type Scan } from './scan'
import { keyCondition } from './scanKeys'
import { sourcePart } from './sourceRows'
import { compilePass, isPassed, passedValue, scanOfSlots, type WindowPass } from './windowPass'

export interface TrainingSetOptions extends ObservationOptions {
  /** A DuckDB table expression for each of `readSources`, by name. */
  readonly tables: Readonly<Record<string, string>>
}

export interface TrainingSetSteps {
  /** Statements, and passes of our own that stand for some. */
  readonly steps: readonly (string | WindowPass)[]
  readonly query: string
  /** The same by statements alone, for what a pass refuses. */
  readonly plain?: { readonly steps: readonly string[]; readonly query: string }
}

/** The column beside `trainingSetColumns` that says which row of the observation source a row is. */
export const keyColumn = '__key'

const withClause = (parts: readonly Part[]): string =>
  parts
    .map(
      ({ name, sql, isMaterialized }) =>
        `${name} as ${isMaterialized ? 'materialized' : 'not materialized'} (\n  ${sql}\n)`,
    )
    .join(',\n')

const duckdb: ScanDialect = {
  expression: compileExpression,
  name: quoteName,
  value: ({ name, source }, probe, { alias }) => ({
    sql: `${probe.name}.${alias}`,
    join:
      source.timeColumn === null
        ? `left join ${name} ${probe.name} on ${keyCondition(probe.columns, probe.name)}`
        : `left join ${probe.name} on ${probe.name}.row_number = o.row_number`,
  }),
}

/** Where a pass computes what it can. */
const passing: ScanDialect = {
  ...duckdb,
  value: (scan, probe, slot) =>
    isPassed(scan.source, slot) ? { sql: passedValue('w', probe, slot), join: null } : duckdb.value(scan, probe, slot),
}

/** The scans that compute a training set. */
export const scansOf = (plan: ModelPlan): readonly Scan[] => collectScans(plan, duckdb).scans

interface Compiled {
  readonly parts: readonly (Part | WindowPass)[]
  readonly query: string
}

/** The parts of a training set’s statement, and the query over them; with a pass, where one is wanted and has something to do. */
const compileParts = (plan: ModelPlan, options: TrainingSetOptions, isPassing: boolean): Compiled => {
  const { uses: columns, scans: all, joins } = collectScans(plan, isPassing ? passing : duckdb)
  const table = (source: SourcePlan): string => {
    const sql = options.tables[source.name]
    if (sql !== undefined) return sql
    throw new StudioError('internal', `There is no table for the source \`${source.name}\`.`)
  }
  const rowsName = (source: SourcePlan): string => `source${plan.sources.indexOf(source)}`
  const observed = sourceOf(plan, plan.observation.source)
  const some = (isOwn: boolean): Scan[] =>
    all.flatMap((scan) => scanOfSlots(scan, (slot) => (isPassing && isPassed(scan.source, slot)) === isOwn) ?? [])
  const passed = compilePass(some(true), rowsName)
  const compiled = some(false).map((scan) => ({
    scan,
    ...compileScan(scan, rowsName(scan.source), 'observations'),
  }))
  const read = [...new Set([...(options.observations ? [] : [observed]), ...all.map(({ source }) => source)])]
  const uses = read.map((source) => ({
    source,
    scans: all.filter((scan) => scan.source === source),
    isObserved: source === observed && !options.observations,
    isOrdered:
      passed.ordered.has(source) || compiled.some(({ scan, isOrdered }) => scan.source === source && isOrdered),
  }))
  // Where rows do not arrive late, their order in the source is that of the observations too.
  const sharesOrder = uses.some(
    ({ isObserved, isOrdered, source }) => isObserved && isOrdered && source.createdColumn === null,
  )
  const parts: (Part | WindowPass)[] = [
    ...uses.map((use) => sourcePart(rowsName(use.source), use, table(use.source))),
    ...observationParts(plan, rowsName(observed), { ...options, isOrdered: sharesOrder, used: neededColumns(plan) }),
    ...passed.parts,
    ...(passed.pass ? [passed.pass] : []),
    ...compiled.flatMap((scan) => scan.parts),
  ]
  const label = plan.label ? [`o.label as ${quoteName(plan.label.name)}`] : []
  const own = [
    `o.row_number as ${trainingSetColumns.row}`,
    `o.moment as ${trainingSetColumns.time}`,
    `o.split as ${trainingSetColumns.split}`,
    `o.key as ${keyColumn}`,
  ]
  const beside = passed.pass ? ` positional join ${passed.pass.table} w` : ''
  // Rows that are put side by side stay in their order.
  const order = beside !== '' && joins.length === 0 ? '' : '\norder by o.row_number'
  const query = `select ${[...columns, ...label, ...own].join(',\n  ')}
from observations o${beside}
${joins.join('\n')}${order}`
  return { parts, query }
}

const isPart = (part: Part | WindowPass): part is Part => 'sql' in part

/**
 * One DuckDB statement for a model’s training set. Columns: every use, the label, `trainingSetColumns`, `__key`; rows
 * in `__row` order. The same rows in any file split, row order and number of threads give the same result, to the last bit.
 */
export const compileTrainingSet = (plan: ModelPlan, options: TrainingSetOptions): string => {
  const { parts, query } = compileParts(plan, options, false)
  return `with ${withClause(parts.filter(isPart))}\n${query}`
}

const stepOf = ({ name, sql, isMaterialized }: Part): string =>
  `create temp ${isMaterialized ? 'table' : 'view'} ${name} as ${sql}`

/**
 * The same as statements for one connection, one after the other, and the query at their end. Within one statement DuckDB
 * works on all parts at once, and keeps what each has sorted until the end; a statement lets go of it, so that what
 * must fit into memory does not grow with the number of features. Windows that a pass can compute are left to it.
 */
export const compileTrainingSetSteps = (plan: ModelPlan, options: TrainingSetOptions): TrainingSetSteps => {
  const { parts, query } = compileParts(plan, options, false)
  const plain = { steps: parts.filter(isPart).map(stepOf), query }
  const passed = compileParts(plan, options, true)
  if (passed.parts.every(isPart)) return plain
  return { steps: passed.parts.map((part) => (isPart(part) ? stepOf(part) : part)), query: passed.query, plain }
}

/** The same with another query around the one at their end. */
export const queryOver = (
  { steps, query, plain }: TrainingSetSteps,
  around: (query: string) => string,
): TrainingSetSteps => ({
  ...{ steps, query: around(query) },
  ...(plain ? { plain: { ...plain, query: around(plain.query) } } : {}),
})

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
    const { definition, default: fallback } = featureOf(plan, name)
    if (fallback) read(fallback)
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
