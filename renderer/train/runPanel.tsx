import type { Run } from '@shared/training/run'
import { Play, Rocket, RotateCcw } from 'lucide-react'
import { useEffect } from 'react'
import type { PanelParameters } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { attempt } from '../app/notices'
import { Button } from '../ui/button'
import { Chip } from '../ui/chip'
import { formatDuration, formatTime } from '../ui/format'
import { ErrorState, Skeleton } from '../ui/states'
import { RunFacts, RunTexts } from './facts'
import { FitCurves } from './fitCurves'
import { Results } from './results'
import { RunProgress } from './runProgress'
import { followTrain, readMetrics, readRun, startTraining, useTrain } from './store'
import { Trials } from './trials'
import { stateTones, wholeMinute } from './words'

const Head = ({ run }: { readonly run: Run }) => {
  const isDone = run.state === 'succeeded'
  return (
    <header className="train-head">
      <h2>{run.model}</h2>
      <span className="train-head-id">{run.id}</span>
      <Chip tone={stateTones[run.state]}>{run.state}</Chip>
      <span className="train-head-detail">
        {run.path} · started {formatTime(wholeMinute(run.startedAt))} UTC
        {run.endedAt === null ? '' : ` · took ${formatDuration(run.endedAt - run.startedAt)}`}
      </span>
      <span className="train-head-actions">
        {run.state === 'running' ? null : (
          <Button
            onPress={() => attempt(() => startTraining(run.path, run.model))}
            tooltip={`Train ${run.path} as it is now`}
          >
            <RotateCcw size={13} aria-hidden /> Train again
          </Button>
        )}
        <Button
          isDisabled={!isDone}
          onPress={() => openPanel('predict', { reference: `run:${run.id}` })}
          tooltip={isDone ? 'Try the model on a row or a file' : 'Only a finished run can be used'}
        >
          <Play size={13} aria-hidden /> Run…
        </Button>
        <Button
          kind="primary"
          isDisabled={!isDone}
          onPress={() => openPanel('deploy', { runId: run.id })}
          tooltip={isDone ? 'Check its gates and bundle it' : 'Only a finished run can be deployed'}
        >
          <Rocket size={13} aria-hidden /> Deploy…
        </Button>
      </span>
    </header>
  )
}

const Ending = ({ run }: { readonly run: Run }) => {
  if (run.error) return <ErrorState error={run.error} />
  if (run.state === 'cancelled')
    return (
      <p className="train-note">
        Stopped before it was done. Trials and curves up to then are kept; there is no model.
      </p>
    )
  return null
}

export const RunPanel = ({ parameters }: { readonly parameters: PanelParameters; readonly isActive: boolean }) => {
  const id = String(parameters.id ?? '')
  const run = useTrain((state) => state.details.get(id))
  const error = useTrain((state) => state.detailErrors.get(id))
  const points = useTrain((state) => state.metrics.get(id)) ?? []
  useEffect(() => {
    const stop = followTrain()
    attempt(() => readRun(id))
    attempt(() => readMetrics(id))
    return stop
  }, [id])
  if (!run)
    return error ? (
      <ErrorState error={error} action={<Button onPress={() => openPanel('runs', {})}>Show all runs</Button>} />
    ) : (
      <div className="train-panel">
        <Skeleton lines={8} height={16} />
      </div>
    )
  return (
    <div className="train-panel">
      <Head run={run} />
      {run.state === 'running' ? <RunProgress run={run} /> : <Ending run={run} />}
      {run.state === 'succeeded' ? (
        <Results run={run} points={points} />
      ) : points.length > 0 ? (
        <div className="train-cards">
          <FitCurves points={points} />
        </div>
      ) : null}
      {run.trials.length > 0 ? <Trials run={run} /> : null}
      {run.state === 'running' ? null : <RunFacts run={run} />}
      {run.state === 'running' ? null : <RunTexts run={run} />}
    </div>
  )
}
