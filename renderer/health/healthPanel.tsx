import type { ColumnHealth, HealthReport } from '@shared/health/report'
import { HeartPulse } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { PanelParameters } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { Button } from '../ui/button'
import { formatPercent } from '../ui/format'
import { EmptyState, ErrorState, Skeleton } from '../ui/states'
import { Table } from '../ui/table'
import { Performance } from './performance'
import { ScoreTestRows } from './scoreTestRows'
import { followHealth, loadReport, refreshModels, useHealth } from './store'
import { ThenAndNow } from './thenAndNow'
import { Timeline } from './timeline'
import { VerdictBanner, VerdictChip } from './verdict'

/** Three decimals, so that the figures of a column stand under each other. */
const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3).replace('-', '−'))

const Inputs = ({
  columns,
  picked,
  onPick,
}: {
  readonly columns: readonly ColumnHealth[]
  readonly picked: string
  readonly onPick: (name: string) => void
}) => (
  <Table
    label="Inputs and predictions, then and now"
    rows={columns}
    rowKey={(column) => column.name}
    selectedKey={picked}
    onRowPress={(column) => onPick(column.name)}
    columns={[
      { id: 'name', header: 'Column', cell: (column) => column.name },
      { id: 'verdict', header: 'Verdict', cell: (column) => <VerdictChip verdict={column.verdict} /> },
      { id: 'psi', header: 'PSI', align: 'end', cell: (column) => figure(column.psi) },
      { id: 'ks', header: 'KS', align: 'end', cell: (column) => figure(column.ks) },
      {
        id: 'nulls',
        header: 'Nulls then → now',
        align: 'end',
        cell: (column) => `${formatPercent(column.baselineNullShare)} → ${formatPercent(column.currentNullShare)}`,
      },
      {
        id: 'importance',
        header: 'Importance',
        align: 'end',
        cell: (column) => (column.importance === 0 ? '–' : formatPercent(column.importance)),
      },
    ]}
  />
)

const Report = ({ report, isStale }: { readonly report: HealthReport; readonly isStale: boolean }) => {
  const columns = [...report.inputs].sort((a, b) => b.importance - a.importance).concat(report.output)
  const [picked, setPicked] = useState(
    report.causes.find((cause) => cause.column !== null)?.column ?? columns[0]?.name ?? '',
  )
  const column = columns.find((one) => one.name === picked) ?? columns[0]
  return (
    <div className="health-body" aria-busy={isStale}>
      {isStale ? <p className="health-note">Reading new predictions…</p> : null}
      <VerdictBanner report={report} onPick={setPicked} />
      <section className="health-section" aria-label="Inputs">
        <h3 className="health-heading">Inputs and predictions</h3>
        <Inputs columns={columns} picked={column?.name ?? ''} onPick={setPicked} />
      </section>
      {column ? (
        <section className="health-section" aria-label="Then and now">
          <h3 className="health-heading">{column.name}, then and now</h3>
          {column.measure ? <p className="health-note">Compared is {column.measure}.</p> : null}
          {column.reasons.length > 0 ? <p className="health-note">{column.reasons.join('; ')}</p> : null}
          <ThenAndNow column={column} />
        </section>
      ) : null}
      <section className="health-section" aria-label="Timeline">
        <h3 className="health-heading">Predictions by time</h3>
        <Timeline timeline={report.timeline} output={report.output.name} />
      </section>
      <Performance report={report} />
    </div>
  )
}

const Loaded = ({ reference }: { readonly reference: string }) => {
  const state = useHealth((health) => health.reports[reference])
  useEffect(() => {
    void loadReport(reference)
  }, [reference])
  if (!state || state.kind === 'loading') return <Skeleton lines={8} />
  if (state.kind === 'failed')
    return state.error.code === 'not_found' ? (
      <EmptyState
        icon={<HeartPulse size={22} aria-hidden />}
        title={state.error.message}
        detail={state.error.hint}
        action={<ScoreTestRows reference={reference} />}
      />
    ) : (
      <ErrorState error={state.error} action={<Button onPress={() => void loadReport(reference)}>Try again</Button>} />
    )
  return <Report key={reference} report={state.report} isStale={state.isStale} />
}

export const HealthPanel = ({ parameters }: { readonly parameters: PanelParameters }) => {
  const models = useHealth((state) => state.models)
  const error = useHealth((state) => state.modelsError)
  useEffect(followHealth, [])
  const reference = typeof parameters.reference === 'string' ? parameters.reference : models?.[0]?.reference
  if (reference !== undefined)
    return (
      <div className="health-panel">
        <Loaded key={reference} reference={reference} />
      </div>
    )
  if (error)
    return <ErrorState error={error} action={<Button onPress={() => void refreshModels()}>Try again</Button>} />
  if (!models) return <Skeleton lines={4} />
  return (
    <EmptyState
      icon={<HeartPulse size={22} aria-hidden />}
      title="No model is in service yet"
      detail="Predictions that are made here are kept and compared with training. Begin with the test rows of your newest model."
      action={
        <div className="health-first-steps">
          <ScoreTestRows reference={null} />
          <Button onPress={() => openPanel('predict', {})}>Run a model</Button>
        </div>
      }
    />
  )
}
