import { List } from 'lucide-react'
import { useEffect } from 'react'
import { openPanel, useNavigation } from '../app/navigation'
import { IconButton } from '../ui/button'
import { Chip } from '../ui/chip'
import { EmptyState, Skeleton } from '../ui/states'
import { StartTraining } from './startTraining'
import { followTrain, type RunSummary, useTrain } from './store'
import { formatMetricShort, headMetric, metricName, stateTones } from './words'

const RunChip = ({ run }: { readonly run: RunSummary }) => {
  const metric = headMetric(run.metrics)
  if (run.state === 'succeeded' && metric)
    return (
      <Chip tone="good">
        {metricName(metric.name)} {formatMetricShort(metric.value)}
      </Chip>
    )
  return <Chip tone={stateTones[run.state]}>{run.state}</Chip>
}

export const TrainSideBar = () => {
  const { runs, state } = useTrain()
  const active = useNavigation((navigation) => navigation.activePanel)
  const shown = active?.type === 'run' ? active.parameters.id : null
  useEffect(followTrain, [])
  return (
    <>
      <div className="side-head">
        <h2 className="side-title">Runs</h2>
        <IconButton
          label="All runs as a table"
          icon={<List size={14} aria-hidden />}
          onPress={() => openPanel('runs', {})}
        />
      </div>
      {state === 'loading' ? (
        <Skeleton lines={6} />
      ) : runs.length === 0 ? (
        <EmptyState
          title={state === 'failed' ? 'The runs cannot be read' : 'No runs yet'}
          detail="Train a model to see its metrics here."
          action={<StartTraining />}
        />
      ) : (
        <ul className="train-side-list" aria-label="Runs">
          {runs.map((run) => (
            <li key={run.id}>
              <button
                type="button"
                className="train-side-row"
                aria-current={run.id === shown ? 'true' : undefined}
                onClick={() => openPanel('run', { id: run.id })}
              >
                <span>{run.id}</span>
                <span className="train-side-model">{run.model}</span>
                <RunChip run={run} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
