import type { ModelSummary } from '@shared/rpc/runtime'
import { Play } from 'lucide-react'
import { useEffect } from 'react'
import type { PanelParameters } from '../app/contributions'
import { openPanel, showActivity } from '../app/navigation'
import { formatMetricShort, metricName } from '../train/words'
import { Button } from '../ui/button'
import { Select } from '../ui/select'
import { EmptyState, ErrorState, Skeleton } from '../ui/states'
import { Agreement } from './agreement'
import { Batch } from './batch'
import { OneRow } from './oneRow'
import { followModels, loadModel, refreshModels, useRun } from './store'

const metricText = (model: ModelSummary): string => {
  const [name, value] = Object.entries(model.metrics).find(([metric]) => metric === 'auc' || metric === 'rmse') ?? []
  return name !== undefined && value !== undefined ? `${metricName(name)} ${formatMetricShort(value)}` : ''
}

export const describeModel = (model: ModelSummary): string => `${model.name} · ${model.label}`

const Loaded = ({ reference }: { readonly reference: string }) => {
  const state = useRun((run) => run.loaded[reference])
  useEffect(() => {
    void loadModel(reference)
  }, [reference])
  if (!state || state.kind === 'loading') return <Skeleton lines={6} />
  if (state.kind === 'failed')
    return (
      <ErrorState error={state.error} action={<Button onPress={() => void loadModel(reference)}>Try again</Button>} />
    )
  return (
    <>
      <OneRow key={state.model.digest} model={state.model} />
      <Agreement key={`agreement ${state.model.digest}`} model={state.model} />
      <Batch reference={reference} />
    </>
  )
}

export const PredictPanel = ({ parameters }: { readonly parameters: PanelParameters }) => {
  const models = useRun((state) => state.models)
  const error = useRun((state) => state.modelsError)
  useEffect(followModels, [])
  if (error && !models)
    return <ErrorState error={error} action={<Button onPress={() => void refreshModels()}>Try again</Button>} />
  if (!models) return <Skeleton lines={4} />
  if (models.length === 0)
    return (
      <EmptyState
        icon={<Play size={22} aria-hidden />}
        title="No model to run yet"
        detail="Train one, or pull a bundle from a registry; it can be run here at once."
        action={<Button onPress={() => showActivity('train')}>Go to Train</Button>}
      />
    )
  const asked = typeof parameters.reference === 'string' ? parameters.reference : null
  const reference = asked ?? models[0]?.reference ?? ''
  return (
    <div className="run-panel">
      <header className="run-head">
        <Select
          label="Model"
          isLabelHidden
          className="run-model"
          options={models.map((model) => ({
            id: model.reference,
            label: describeModel(model),
            detail: metricText(model),
          }))}
          value={reference}
          onChange={(chosen) => openPanel('predict', { reference: chosen })}
        />
      </header>
      <div className="run-body">
        <Loaded key={reference} reference={reference} />
      </div>
    </div>
  )
}
