import type { MetricPoint } from '@shared/training/run'
import { LineChart } from '../ui/charts/lineChart'
import { ChartCard } from './chartCard'
import { groupCurves } from './curveGroups'
import { formatMetric, metricName } from './words'

/** A card a chart; they stand among other cards. */
export const FitCurves = ({ points }: { readonly points: readonly MetricPoint[] }) => (
  <>
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
              yLabel={metricName(group.metric)}
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
  </>
)
