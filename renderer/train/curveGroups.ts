import type { MetricPoint } from '@shared/training/run'
import { metricName } from './words'

interface CurveGroup {
  readonly id: string
  readonly title: string
  readonly metric: string
  readonly series: readonly { readonly id: string; readonly points: readonly MetricPoint[] }[]
}

/** `gbt.train.log_loss` and `gbt.valid.log_loss` stand in one chart; `search.auc` in one of its own. */
export const groupCurves = (points: readonly MetricPoint[]): CurveGroup[] => {
  const groups = new Map<string, Map<string, MetricPoint[]>>()
  for (const point of points) {
    const parts = point.name.split('.')
    const metric = parts.at(-1) ?? point.name
    const owner = parts[0] ?? point.name
    const series = parts.length > 2 ? parts.slice(1, -1).join('.') : owner
    const key = `${owner} ${metric}`
    const group = groups.get(key) ?? new Map<string, MetricPoint[]>()
    groups.set(key, group)
    const line = group.get(series)
    if (line) line.push(point)
    else group.set(series, [point])
  }
  return [...groups].map(([id, group]) => {
    const [owner = '', metric = ''] = id.split(' ')
    return {
      id,
      metric,
      title: owner === 'search' ? `Search: ${metricName(metric)} by trial` : `${owner}: ${metricName(metric)} by round`,
      series: [...group].map(([name, line]) => ({ id: name, points: line })),
    }
  })
}
