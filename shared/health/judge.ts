import { counted } from '../counted'
import type { HealthRulePlan } from '../plan/plan'
import type { BaselineColumn } from '../training/run'
import { decayOf } from './metrics'
import type { ColumnHealth, HealthReport } from './report'
import { populationStabilityIndex, psiNoise } from './statistics'

/** What the prediction log holds of one column. */
export interface CurrentColumn {
  readonly rows: number
  readonly nulls: number
  /** On the baseline’s bins or categories, in their order; for categories one more for all others. */
  readonly counts: readonly number[]
  readonly ks: number | null
}

export interface HealthLimits {
  readonly psi: number
  readonly ks: number | null
  readonly nulls: number
  readonly decay: { readonly metric: string; readonly limit: number } | null
  readonly freshnessMicros: number | null
  readonly retrainOn: 'decay' | 'drift' | null
}

/** Rows below which nothing is judged. */
export const leastRows = 30
export const leastLabels = 50

/** The plan’s rules; what it does not say is watched with usual limits. */
export const limitsOf = (rules: readonly HealthRulePlan[]): HealthLimits => {
  let limits: HealthLimits = { psi: 0.2, ks: null, nulls: 0.05, decay: null, freshnessMicros: null, retrainOn: null }
  for (const rule of rules) {
    switch (rule.kind) {
      case 'drift':
        limits = rule.statistic === 'psi' ? { ...limits, psi: rule.limit } : { ...limits, ks: rule.limit }
        break
      case 'nulls':
        limits = { ...limits, nulls: rule.limit }
        break
      case 'decay':
        limits = { ...limits, decay: { metric: rule.metric, limit: rule.limit } }
        break
      case 'freshness':
        limits = { ...limits, freshnessMicros: rule.micros }
        break
      case 'retrain':
        limits = { ...limits, retrainOn: rule.on }
        break
    }
  }
  return limits
}

type Verdict = ColumnHealth['verdict']
const severity: Readonly<Record<Verdict, number>> = { bad: 3, warn: 2, unknown: 1, good: 0 }
export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce<Verdict>((a, b) => (severity[b] > severity[a] ? b : a), 'good')

const figure = (value: number): string => value.toFixed(value < 0.1 ? 3 : 2)
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const label = (value: number): string => {
  const size = Math.abs(value)
  if (value !== 0 && (size < 0.01 || size >= 1e6)) return value.toExponential(1)
  return String(Number(value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)))
}

/** Few whole numbers have a bin each, with edges half-way between them. */
const wholeLabels = (edges: readonly number[]): string[] | null => {
  const inner = edges.slice(1, -1)
  const isWhole = inner.length > 0 && inner.every((edge) => Math.abs(edge % 1) === 0.5)
  if (!isWhole) return null
  return edges.slice(1).map((edge, bin) => {
    const low = bin === 0 ? (edges[0] ?? 0) : (edges[bin] ?? 0) + 0.5
    const high = bin === edges.length - 2 ? edge : edge - 0.5
    return low === high ? String(low) : `${low} – ${high}`
  })
}

const numericLabels = (edges: readonly number[]): string[] =>
  wholeLabels(edges) ??
  edges.slice(1).map((edge, bin) => {
    if (edges.length === 2) return 'all'
    if (bin === 0) return `< ${label(edge)}`
    return bin === edges.length - 2 ? `≥ ${label(edges[bin] ?? 0)}` : `${label(edges[bin] ?? 0)} – ${label(edge)}`
  })

/** Names and baseline counts of a column’s bins; categories end with “other”. */
export const binsOf = (baseline: BaselineColumn): { labels: string[]; counts: number[] } =>
  baseline.histogram
    ? { labels: numericLabels(baseline.histogram.edges), counts: [...baseline.histogram.counts] }
    : {
        labels: [...(baseline.categories ?? []).map((one) => one.value), 'other'],
        counts: [...(baseline.categories ?? []).map((one) => one.count), baseline.other],
      }

const shares = (counts: readonly number[]): number[] => {
  const sum = counts.reduce((a, b) => a + b, 0)
  return counts.map((count) => (sum === 0 ? 0 : count / sum))
}

/** One column then and now, with a verdict and the reasons in words. */
export const judgeColumn = (
  baseline: BaselineColumn,
  current: CurrentColumn,
  limits: HealthLimits,
  importance: number,
): ColumnHealth => {
  const bins = binsOf(baseline)
  const values = current.rows - current.nulls
  const baselineValues = bins.counts.reduce((a, b) => a + b, 0)
  const psi = values > 0 && baselineValues > 0 ? populationStabilityIndex(bins.counts, current.counts) : null
  const noise = psiNoise(
    bins.counts.filter((count, bin) => count > 0 || (current.counts[bin] ?? 0) > 0).length,
    baselineValues,
    values,
  )
  const baselineNullShare = baseline.rows === 0 ? 0 : baseline.nulls / baseline.rows
  const currentNullShare = current.rows === 0 ? 0 : current.nulls / current.rows
  const verdicts: Verdict[] = []
  const reasons: string[] = []
  const say = (verdict: Verdict, reason: string): void => {
    verdicts.push(verdict)
    reasons.push(reason)
  }

  if (current.rows < leastRows)
    say('unknown', `only ${counted(current.rows, 'prediction')}; at least ${leastRows} are needed`)
  else {
    if (psi !== null && psi > limits.psi / 2) {
      if (psi <= noise)
        say(
          psi > limits.psi ? 'unknown' : 'good',
          `PSI ${figure(psi)} may be chance with ${values.toLocaleString('en')} rows`,
        )
      else if (psi > limits.psi) say('bad', `PSI ${figure(psi)} is above ${limits.psi}`)
      else say('warn', `PSI ${figure(psi)} is past half of ${limits.psi}`)
    }
    if (limits.ks !== null && current.ks !== null && current.ks > limits.ks)
      say('bad', `KS ${figure(current.ks)} is above ${limits.ks}`)
    const moreNulls = currentNullShare - baselineNullShare
    if (moreNulls > limits.nulls) say('bad', `nulls ${percent(baselineNullShare)} → ${percent(currentNullShare)}`)
    else if (moreNulls > limits.nulls / 2)
      say('warn', `nulls ${percent(baselineNullShare)} → ${percent(currentNullShare)}`)
    if (!baseline.histogram) {
      const unseen = (current.counts.at(-1) ?? 0) / Math.max(1, values) - baseline.other / Math.max(1, baselineValues)
      if (unseen > 0.01) say('warn', `${percent(unseen)} more rows with values that training rarely or never saw`)
    }
    if (values === 0) say('bad', 'every value is null')
  }
  return {
    name: baseline.name,
    kind: baseline.kind,
    ...(baseline.centre ? { measure: 'how far each vector lies from the mean of those in training' } : {}),
    verdict: worst(verdicts),
    psi,
    ks: current.ks,
    baselineNullShare,
    currentNullShare,
    bins: { labels: bins.labels, baseline: shares(bins.counts), current: shares(current.counts) },
    currentHistogram: baseline.histogram ? { edges: baseline.histogram.edges, counts: [...current.counts] } : null,
    importance,
    reasons,
  }
}

type Cause = HealthReport['causes'][number]

/** The first reason is what counted most. */
const changeOf = (column: ColumnHealth): string => {
  const [first = ''] = column.reasons
  if (first.startsWith('nulls') || first.startsWith('every value')) return 'is missing more often'
  return first.includes('never saw') ? 'has values that training did not have' : 'has moved'
}

const columnCause = (column: ColumnHealth, isOutput: boolean): Cause[] =>
  column.verdict === 'good' || column.verdict === 'unknown'
    ? []
    : [
        {
          verdict: column.verdict,
          title: isOutput ? 'The predictions have moved' : `\`${column.name}\` ${changeOf(column)}`,
          detail: isOutput
            ? column.reasons.join('; ')
            : `${column.reasons.join('; ')} · ${percent(column.importance)} of importance`,
          column: column.name,
        },
      ]

const decayCauses = (limits: HealthLimits, performance: HealthReport['performance']): Cause[] => {
  if (!performance) return []
  const { metric, limit } = limits.decay ?? {
    metric: 'auc' in performance.baseline ? 'auc' : 'rmse',
    limit: Number.POSITIVE_INFINITY,
  }
  const then = performance.baseline[metric]
  const now = performance.current[metric]
  if (performance.labelled < leastLabels || then === undefined || now === undefined) {
    return limits.decay
      ? [
          {
            verdict: 'unknown',
            title: `Too few labels to judge ${metric}`,
            detail: `${performance.labelled} labelled predictions; at least ${leastLabels} of both kinds are needed.`,
            column: null,
          },
        ]
      : []
  }
  const decay = decayOf(metric, then, now)
  if (decay <= limit / 2) return []
  return [
    {
      verdict: decay > limit ? 'bad' : 'warn',
      title: decay > limit ? `${metric} has decayed` : `${metric} is getting worse`,
      detail: `${figure(then)} → ${figure(now)} on ${performance.labelled.toLocaleString('en')} labelled predictions; the limit is ${limit}.`,
      column: null,
    },
  ]
}

const freshnessCauses = (limits: HealthLimits, lastAt: number | null, now: number): Cause[] => {
  if (limits.freshnessMicros === null || lastAt === null) return []
  const age = (now - lastAt) * 1000
  if (age <= limits.freshnessMicros) return []
  const hours = Math.round(age / 3.6e9)
  return [
    {
      verdict: 'warn',
      title: 'No fresh predictions',
      detail: `The newest was logged ${hours >= 48 ? `${Math.round(hours / 24)} days` : `${hours} hours`} ago.`,
      column: null,
    },
  ]
}

export interface Judged {
  readonly verdict: Verdict
  readonly causes: Cause[]
}

/** Everything that is wrong, most important first: by verdict, then performance before data, then by importance. */
export const judge = (
  report: Pick<HealthReport, 'rows' | 'inputs' | 'output' | 'performance'>,
  limits: HealthLimits,
  lastLoggedAt: number | null,
  now: number,
): Judged => {
  if (report.rows < leastRows) {
    const detail = `${counted(report.rows, 'prediction')} ${report.rows === 1 ? 'is' : 'are'} logged; at least ${leastRows} are needed.`
    return {
      verdict: 'unknown',
      causes: [{ verdict: 'unknown', title: 'Too few predictions to judge', detail, column: null }],
    }
  }
  const byImportance = [...report.inputs].sort((a, b) => b.importance - a.importance || (b.psi ?? 0) - (a.psi ?? 0))
  const causes = [
    ...decayCauses(limits, report.performance),
    ...byImportance.flatMap((column) => columnCause(column, false)),
    ...columnCause(report.output, true),
    ...freshnessCauses(limits, lastLoggedAt, now),
  ].sort((a, b) => severity[b.verdict] - severity[a.verdict])
  const isDrift = causes.some((cause) => cause.verdict === 'bad' && cause.column !== null)
  const isDecay = causes.some((cause) => cause.verdict === 'bad' && cause.column === null)
  if ((limits.retrainOn === 'drift' && isDrift) || (limits.retrainOn === 'decay' && isDecay))
    causes.push({
      verdict: 'warn',
      title: 'Retraining is due',
      detail: `The model asks to be trained again on ${limits.retrainOn}.`,
      column: null,
    })
  return { verdict: worst(causes.map((cause) => cause.verdict)), causes }
}
