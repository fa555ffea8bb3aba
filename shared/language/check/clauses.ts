import { type GatePlan, type HealthRulePlan, plainTraining, type SplitPlan, type TrainPlan } from '../../plan/plan'
import type { Clause, Expression, ModelDeclaration } from '../ast'
import type { Fix } from '../diagnostic'
import { removal } from '../diagnostics/fixes'
import { nearest } from '../nearest'
import { tellUnknown } from './declared'
import { taskNames } from './nodes'
import { constantNumber } from './parameters'
import { replacements } from './report'
import type { Task } from './symbols'
import { checkTrainClause } from './trainClauses'
import type { UseContext } from './uses'

export const metrics: Readonly<Record<Task, readonly string[]>> = {
  binary: ['auc', 'accuracy', 'log_loss', 'brier', 'f1', 'precision', 'recall'],
  regression: ['rmse', 'mae', 'r2'],
}
const lowerIsBetter: ReadonlySet<string> = new Set(['log_loss', 'brier', 'rmse', 'mae'])
const measures = ['parity', 'latency', 'size'] as const
const quantiles: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 }

export interface ClauseContext extends UseContext {
  readonly task: Task | null
}

export interface CheckedClauses {
  readonly train: TrainPlan
  readonly gates: readonly GatePlan[]
  readonly health: readonly HealthRulePlan[]
}

type Of<K extends Clause['kind']> = Extract<Clause, { kind: K }>

export const checkClauses = (model: ModelDeclaration, context: ClauseContext): CheckedClauses => {
  const { report, file } = context
  const seen = new Set<string>()
  for (const clause of [...(model.train?.clauses ?? []), ...(model.health?.clauses ?? [])]) {
    const key =
      clause.kind === 'drift'
        ? `drift ${clause.statistic.text}`
        : clause.kind === 'decay'
          ? `decay ${clause.metric.text}`
          : clause.kind
    if (seen.has(key))
      report.add(file, 'PML1008', clause.span, { clause: key }, [
        removal('Remove it', report.textOf(file), clause.span),
      ])
    seen.add(key)
  }
  const hasTime = context.source?.declaration.time !== null
  const usual: TrainPlan = hasTime
    ? plainTraining
    : { ...plainTraining, split: { ...plainTraining.split, kind: 'random' } }
  let train = usual
  for (const clause of model.train?.clauses ?? []) train = { ...train, ...checkTraining(clause, context) }
  const gates = (model.validate?.clauses ?? []).flatMap((clause) =>
    clause.kind === 'gate' ? (checkGate(clause, context) ?? []) : [],
  )
  const health = (model.health?.clauses ?? []).flatMap((clause) => checkHealth(clause, context) ?? [])
  for (const clause of model.health?.clauses ?? []) {
    if (clause.kind !== 'retrain' || (clause.on.text !== 'decay' && clause.on.text !== 'drift')) continue
    if (!model.health?.clauses.some(({ kind }) => kind === clause.on.text))
      report.add(file, 'PML1523', clause.span, { on: clause.on.text }, [watching(clause, context)])
  }
  return { train, gates, health }
}

/** The watch that a `retrain` waits for, in front of it. */
const watching = ({ on, span }: Of<'retrain'>, { task }: ClauseContext): Fix => {
  const decay = task === 'regression' ? 'decay r2 < 0.03' : 'decay auc < 0.03'
  const text = on.text === 'decay' ? decay : 'drift psi < 0.2 on inputs'
  return { title: `Add \`${text}\``, edits: [{ span: { start: span.start, end: span.start }, text: `${text}  ` }] }
}

/** What one clause of `train` says; nothing after a mistake that was told. */
const checkTraining = (clause: Clause, context: ClauseContext): Partial<TrainPlan> => {
  switch (clause.kind) {
    case 'split': {
      const split = checkSplit(clause, context)
      return split ? { split } : {}
    }
    case 'search':
      return { search: checkSearch(clause, context) }
    case 'seed':
    case 'folds':
    case 'weight':
    case 'engine':
    case 'sampler':
    case 'prune':
    case 'schedule':
    case 'online':
      return checkTrainClause(clause, context)
    default:
      return {}
  }
}

const checkSplit = (clause: Of<'split'>, context: ClauseContext): SplitPlan | null => {
  const { report, file, source } = context
  const total = clause.fractions.reduce((sum, share) => sum + share, 0)
  const [train, valid, test] = clause.fractions.map((share) => share / total)
  if (clause.fractions.length !== 3 || clause.fractions.some((share) => share <= 0) || !train || !valid || !test) {
    report.add(file, 'PML1516', clause.span, { split: clause.fractions.join('/') })
    return null
  }
  const fractions = [train, valid, test] as const
  if (clause.by === 'random') return { kind: 'random', fractions }
  if (clause.by === 'time') {
    if (source && source.declaration.time === null)
      report.add(file, 'PML1408', clause.span, { source: source.declaration.name.text, what: '`split time`' })
    return { kind: 'time', fractions }
  }
  if (!clause.entity) return null
  const entity = context.entities.get(clause.entity.text)
  if (!entity) {
    tellUnknown('entity', clause.entity, context)
    return null
  }
  const missing = source?.columns
    ? entity.keys.filter(({ name }) => !source.columns?.has(name)).map(({ name }) => name)
    : []
  if (source && missing.length > 0)
    report.add(file, 'PML1526', clause.entity.span, {
      entity: clause.entity.text,
      source: source.declaration.name.text,
      missing,
    })
  return { kind: 'entity', entity: clause.entity.text, fractions }
}

const checkSearch = (clause: Of<'search'>, context: ClauseContext): TrainPlan['search'] => {
  const { report, file } = context
  const { metric, direction, trials } = clause
  if (!Number.isInteger(trials) || trials < 1 || trials > 10_000)
    report.add(file, 'PML1525', clause.span, { what: 'search', expected: 'a whole number of trials from 1 to 10,000' })
  if (!checkMetric(metric, context, [])) return null
  const isWrong = lowerIsBetter.has(metric.text) === (direction === 'maximize')
  if (isWrong) report.add(file, 'PML2109', clause.span, { metric: metric.text, direction })
  return { trials, direction, metric: metric.text }
}

const checkMetric = (
  metric: { readonly text: string; readonly span: { start: number; end: number } },
  { report, file, task }: ClauseContext,
  others: readonly string[],
): boolean => {
  if (others.includes(metric.text)) return true
  const known = [...(task ? metrics[task] : [...metrics.binary, ...metrics.regression]), ...others]
  if (known.includes(metric.text)) return true
  const isElsewhere = metrics.binary.includes(metric.text) || metrics.regression.includes(metric.text)
  if (task && isElsewhere)
    report.add(file, 'PML1519', metric.span, { metric: metric.text, task: taskNames[task], instead: metrics[task] })
  else {
    const near = nearest(metric.text, known)
    report.add(
      file,
      'PML1518',
      metric.span,
      { metric: metric.text, nearest: near, known },
      replacements(metric.span, near),
    )
  }
  return false
}

const describeLimit = (expression: Expression): string => {
  switch (expression.kind) {
    case 'duration':
      return 'a duration'
    case 'size':
      return 'a size'
    case 'number':
      return 'a number'
    default:
      return 'this'
  }
}

const checkGate = (clause: Of<'gate'>, context: ClauseContext): GatePlan | null => {
  const { report, file } = context
  const metric = clause.metric.text
  if (!checkMetric(clause.metric, context, measures)) return null
  const quantile = clause.quantile ? (metric === 'latency' ? (quantiles[clause.quantile.text] ?? null) : null) : null
  if (clause.quantile && quantile === null) {
    const fixes: Fix[] = metric === 'latency' ? replacements(clause.quantile.span, ['p50', 'p90', 'p95', 'p99']) : []
    report.add(file, 'PML1521', clause.quantile.span, { metric, word: clause.quantile.text }, fixes)
    return null
  }
  const limit = limitOf(metric, clause.limit)
  if (limit === null) {
    if (clause.limit.kind === 'error') return null
    const expected =
      metric === 'latency' ? 'a duration such as `5ms`' : metric === 'size' ? 'a size such as `20MB`' : 'a number'
    report.add(file, 'PML1520', clause.limit.span, { what: metric, expected, found: describeLimit(clause.limit) })
    return null
  }
  return { metric, operator: clause.operator, limit, quantile, span: clause.span }
}

const limitOf = (metric: string, limit: Expression): number | null => {
  if (metric === 'latency') return limit.kind === 'duration' ? limit.micros / 1000 : null
  if (metric === 'size') return limit.kind === 'size' ? limit.bytes : null
  return constantNumber(limit)
}

const checkHealth = (clause: Clause, context: ClauseContext): HealthRulePlan | null => {
  const { report, file, source } = context
  const numberAbove0 = (what: string, limit: Expression, most: number): number | null => {
    const value = constantNumber(limit)
    if (value !== null && value > 0 && value <= most) return value
    const expected = Number.isFinite(most) ? `a number above 0, up to ${most}` : 'a number above 0'
    if (limit.kind !== 'error')
      report.add(file, 'PML1520', limit.span, {
        what,
        expected,
        found: value === null ? describeLimit(limit) : String(value),
      })
    return null
  }
  const { span } = clause
  switch (clause.kind) {
    case 'drift': {
      const { text } = clause.statistic
      if (text !== 'psi' && text !== 'ks') {
        report.add(
          file,
          'PML1522',
          clause.statistic.span,
          { word: text, what: 'drift statistic', known: ['psi', 'ks'] },
          replacements(clause.statistic.span, ['psi', 'ks']),
        )
        return null
      }
      const limit = numberAbove0(`drift ${text}`, clause.limit, text === 'ks' ? 1 : Number.POSITIVE_INFINITY)
      return limit === null ? null : { kind: 'drift', statistic: text, limit, span }
    }
    case 'decay': {
      if (!checkMetric(clause.metric, context, [])) return null
      const limit = numberAbove0(`decay ${clause.metric.text}`, clause.limit, Number.POSITIVE_INFINITY)
      return limit === null ? null : { kind: 'decay', metric: clause.metric.text, limit, span }
    }
    case 'nulls': {
      const limit = numberAbove0('nulls', clause.limit, 1)
      return limit === null ? null : { kind: 'nulls', limit, span }
    }
    case 'freshness':
      if (source && source.declaration.time === null)
        report.add(file, 'PML1408', span, { source: source.declaration.name.text, what: '`freshness`' })
      return { kind: 'freshness', micros: clause.duration.micros, span }
    case 'retrain': {
      const { text } = clause.on
      if (text === 'decay' || text === 'drift') return { kind: 'retrain', on: text, span }
      report.add(
        file,
        'PML1522',
        clause.on.span,
        { word: text, what: 'reason to retrain', known: ['decay', 'drift'] },
        replacements(clause.on.span, ['decay', 'drift']),
      )
      return null
    }
    default:
      return null
  }
}
