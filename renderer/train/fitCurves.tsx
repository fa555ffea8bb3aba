import type { MetricPoint } from '@shared/training/run'
import { LineChart } from '../ui/charts/lineChart'
import { ChartCard } from './chartCard'
import { formatMetric, metricName } from './words'

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

export const FitCurves = ({ points }: { readonly points: readonly MetricPoint[] }) => (
  <div className="train-cards">
    {groupCurves(points).map((group) => {
      const isSearch = group.id.startsWith('search ')
      const rows = group.series.flatMap((one) => one.points)
      return (
        <ChartCard
          key={group.id}
          title={group.title}
          rows={rows}
          rowKey={(row) => `${row.name} ${row.step}`}
          columns={[
            { id: 'name', header: 'Series', cell: (row) => row.name },
            { id: 'step', header: isSearch ? 'Trial' : 'Round', align: 'end', cell: (row) => row.step },
            { id: 'value', header: metricName(group.metric), align: 'end', cell: (row) => formatMetric(row.value) },
          ]}
          chart={
            <LineChart
              label={group.title}
              xLabel={isSearch ? 'trial' : 'round'}
              yLabel=""
              formatY={(value) => value.toFixed(3)}
              height={200}
              series={group.series.map((one) => ({
                id: one.id,
                label: one.id,
                points: one.points.map((point) => ({ x: point.step, y: point.value })),
              }))}
            />
          }
        />
      )
    })}
  </div>
)
