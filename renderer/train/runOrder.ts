import type { Run } from '@shared/training/run'

type RunSummary = Omit<Run, 'curves' | 'trials'>

export type SortKey = 'id' | 'model' | 'state' | 'auc' | 'log_loss' | 'rows' | 'features' | 'duration' | 'started'
export interface Sort {
  readonly key: SortKey
  readonly direction: 'ascending' | 'descending'
}

export const rowsOf = (run: RunSummary): number | null =>
  run.rows ? run.rows.train + run.rows.valid + run.rows.test : null

export const durationOf = (run: RunSummary): number | null =>
  run.endedAt !== null ? run.endedAt - run.startedAt : run.state === 'running' ? Date.now() - run.startedAt : null

const sortValue = (run: RunSummary, key: SortKey): number | string | null => {
  switch (key) {
    case 'id':
    case 'started':
      return run.startedAt
    case 'model':
      return run.model
    case 'state':
      return run.state
    case 'auc':
    case 'log_loss':
      return run.metrics.test?.[key] ?? null
    case 'rows':
      return rowsOf(run)
    case 'features':
      return run.features
    case 'duration':
      return durationOf(run)
  }
}

/** Runs without the value stand last, whichever way the others go. */
export const sortRuns = <R extends RunSummary>(runs: readonly R[], { key, direction }: Sort): R[] => {
  const sign = direction === 'ascending' ? 1 : -1
  return [...runs].sort((a, b) => {
    const [left, right] = [sortValue(a, key), sortValue(b, key)]
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right)
    return sign * String(left).localeCompare(String(right))
  })
}
