import { Trash2, TrendingUp } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { openPanel } from '../app/navigation'
import { attempt } from '../app/notices'
import { Button, IconButton } from '../ui/button'
import { Sparkline } from '../ui/charts/sparkline'
import { Chip } from '../ui/chip'
import { formatAgo, formatCount, formatDuration, formatTime } from '../ui/format'
import { EmptyState, ErrorState, Skeleton } from '../ui/states'
import { Table, type TableColumn } from '../ui/table'
import { groupCurves } from './curveGroups'
import { durationOf, rowsOf, type Sort, type SortKey, sortRuns } from './runOrder'
import { StartTraining } from './startTraining'
import { followTrain, type RunSummary, readMetrics, readRuns, removeRun, useTrain } from './store'
import { formatMetric, stateTones, wholeMinute } from './words'

/** The valid curve of the last algorithm that has one, else the search's. */
const RunSparkline = ({ id }: { readonly id: string }) => {
  const points = useTrain((state) => state.metrics.get(id))
  useEffect(() => {
    if (!useTrain.getState().metrics.has(id)) readMetrics(id).catch(() => {})
  }, [id])
  const groups = groupCurves(points ?? [])
  const group = groups.findLast((one) => !one.id.startsWith('search ')) ?? groups[0]
  const series = group?.series.find((one) => one.id === 'valid') ?? group?.series[0]
  if (!group || !series || series.points.length < 2) return <span className="train-none">–</span>
  return <Sparkline label={group.title} values={series.points.map((point) => point.value)} />
}

const countText = (count: number | null): string => (count === null ? '–' : formatCount(count))

const durationText = (run: RunSummary): string => {
  const duration = durationOf(run)
  return run.state === 'running' ? '…' : duration === null ? '–' : formatDuration(duration)
}

/** Metrics of a regression stand in the same columns' place. */
const metricColumn = (
  id: 'auc' | 'log_loss',
  header: string,
  fallback: string,
): Pick<TableColumn<RunSummary>, 'id' | 'align' | 'header' | 'cell'> => ({
  id,
  header,
  align: 'end',
  cell: ({ metrics: { test } }) =>
    test?.[id] !== undefined
      ? formatMetric(test[id])
      : test?.[fallback] !== undefined
        ? `${fallback} ${formatMetric(test[fallback])}`
        : '–',
})

export const RunsPanel = () => {
  const { runs, state, error } = useTrain()
  const [sort, setSort] = useState<Sort>({ key: 'started', direction: 'descending' })
  useEffect(followTrain, [])
  if (state === 'failed' && error)
    return <ErrorState error={error} action={<Button onPress={() => attempt(readRuns)}>Try again</Button>} />
  if (state === 'loading')
    return (
      <div className="train-panel">
        <Skeleton lines={8} height={16} />
      </div>
    )
  if (runs.length === 0)
    return (
      <EmptyState
        icon={<TrendingUp size={28} aria-hidden />}
        title="No runs yet"
        detail="A run is one training of a model: its metrics, curves, log and the model itself."
        action={<StartTraining kind="primary" />}
      />
    )
  const sortable = (column: TableColumn<RunSummary> & { readonly id: SortKey }): TableColumn<RunSummary> => ({
    ...column,
    sorted: sort.key === column.id ? sort.direction : undefined,
    onSort: () =>
      setSort({
        key: column.id,
        direction: sort.key === column.id && sort.direction === 'descending' ? 'ascending' : 'descending',
      }),
  })
  const number = (id: SortKey, header: string, cell: (run: RunSummary) => ReactNode) =>
    sortable({ id, header, align: 'end', cell })
  const columns: TableColumn<RunSummary>[] = [
    sortable({ id: 'id', header: 'Run', cell: (run) => run.id }),
    sortable({ id: 'model', header: 'Model', cell: (run) => run.model }),
    sortable({
      id: 'state',
      header: 'State',
      cell: (run) => (
        <Chip tone={stateTones[run.state]} title={run.error?.message}>
          {run.state}
        </Chip>
      ),
    }),
    sortable({ ...metricColumn('auc', 'AUC test', 'rmse'), id: 'auc' }),
    sortable({ ...metricColumn('log_loss', 'Log loss test', 'r2'), id: 'log_loss' }),
    { id: 'curve', header: 'Fit', cell: (run) => <RunSparkline id={run.id} /> },
    number('rows', 'Rows', (run) => countText(rowsOf(run))),
    number('features', 'Inputs', (run) => formatCount(run.features)),
    number('duration', 'Duration', (run) => durationText(run)),
    sortable({
      id: 'started',
      header: 'Started',
      cell: (run) => <span title={`${formatTime(wholeMinute(run.startedAt))} UTC`}>{formatAgo(run.startedAt)}</span>,
    }),
    {
      id: 'remove',
      header: <span className="train-hidden">Remove</span>,
      cell: (run) =>
        run.state === 'running' ? null : (
          // The button stands in a row that opens the run when pressed.
          // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: only keeps the press from the row
          <span onClick={(event) => event.stopPropagation()}>
            <IconButton
              label={`Move ${run.id} to the trash`}
              icon={<Trash2 size={13} aria-hidden />}
              onPress={() => attempt(() => removeRun(run.id))}
            />
          </span>
        ),
    },
  ]
  return (
    <div className="train-panel">
      <header className="train-head">
        <h2>Runs</h2>
        <span className="train-head-detail">{formatCount(runs.length)}</span>
        <span className="train-head-actions">
          <StartTraining kind="primary" />
        </span>
      </header>
      <Table
        label="Runs"
        rows={sortRuns(runs, sort)}
        rowKey={(run) => run.id}
        columns={columns}
        onRowPress={(run) => openPanel('run', { id: run.id })}
      />
    </div>
  )
}
