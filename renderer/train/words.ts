import type { Run } from '@shared/training/run'
import type { Tone } from '../ui/chip'
import { formatNumber } from '../ui/format'

export const stateTones: Readonly<Record<Run['state'], Tone>> = {
  running: 'accent',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'neutral',
  interrupted: 'warn',
}

const metricWords: Readonly<Record<string, string>> = {
  auc: 'AUC',
  log_loss: 'log loss',
  brier: 'Brier score',
  accuracy: 'accuracy',
  f1: 'F1',
  precision: 'precision',
  recall: 'recall',
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
}

const metricHelp: Readonly<Record<string, string>> = {
  auc: 'Chance that a positive row scores above a negative one. 0.5 is guessing, 1 is perfect.',
  log_loss: 'Mean surprise at what happened. Lower is better.',
  brier: 'Mean squared error of the probability. Lower is better.',
  accuracy: 'Share of rows with the right class, at the threshold.',
  f1: 'Harmonic mean of precision and recall, at the threshold.',
  precision: 'Share of rows called positive that are, at the threshold.',
  recall: 'Share of positive rows that are found, at the threshold.',
  rmse: 'Root of the mean squared error, in the label’s unit. Lower is better.',
  mae: 'Mean absolute error, in the label’s unit. Lower is better.',
  r2: 'Share of the label’s variance that is explained. 1 is perfect.',
}

export const metricName = (name: string): string => metricWords[name] ?? name
export const metricTitle = (name: string): string | undefined => metricHelp[name]

/** Scores between 0 and 1 with four decimals, so that they stand under each other. */
export const formatMetric = (value: number | undefined): string =>
  value === undefined ? '–' : Math.abs(value) <= 1 ? value.toFixed(4).replace('-', '−') : formatNumber(value)

/** The same with three decimals, for a chip beside a name. */
export const formatMetricShort = (value: number): string =>
  Math.abs(value) <= 1 ? value.toFixed(3).replace('-', '−') : formatNumber(value, 3)

/** The metric that a run is known by. */
export const headMetric = (metrics: Run['metrics']): { readonly name: string; readonly value: number } | null => {
  const test = metrics.test ?? {}
  for (const name of ['auc', 'r2', 'rmse']) {
    const value = test[name]
    if (value !== undefined) return { name, value }
  }
  return null
}

export const splitNames = ['train', 'valid', 'test'] as const

export const shortDigest = (digest: string): string => digest.replace('sha256:', '').slice(0, 12)

/** Runs are told apart by their minute; the rest of the clock is noise. */
export const wholeMinute = (ms: number): number => Math.floor(ms / 60_000) * 60_000
