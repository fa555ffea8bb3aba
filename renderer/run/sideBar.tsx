import { useEffect } from 'react'
import { openPanel, showActivity, useNavigation } from '../app/navigation'
import { formatMetricShort } from '../train/words'
import { Button } from '../ui/button'
import { formatAgo } from '../ui/format'
import { EmptyState, Skeleton } from '../ui/states'
import { engineNames, engineOrder } from './engines'
import { followModels, useRun } from './store'

export const RunSideBar = () => {
  const models = useRun((state) => state.models)
  const obstacles = useRun((state) => state.obstacles)
  const active = useNavigation((state) => state.activePanel)
  useEffect(followModels, [])
  return (
    <>
      <h2 className="side-title">Models</h2>
      {models === null ? (
        <Skeleton lines={4} />
      ) : models.length === 0 ? (
        <EmptyState
          title="No model yet"
          detail="Finished runs and pulled bundles stand here."
          action={<Button onPress={() => showActivity('train')}>Go to Train</Button>}
        />
      ) : (
        <ul className="run-list">
          {models.map((model) => (
            <li key={model.reference}>
              <button
                type="button"
                className="run-list-item"
                aria-current={active?.type === 'predict' && active.parameters.reference === model.reference}
                onClick={() => openPanel('predict', { reference: model.reference })}
              >
                <span className="run-list-name">{model.name}</span>
                <span className="run-list-detail">
                  {model.label} · {formatAgo(model.createdAt)}
                  {model.metrics.auc === undefined ? '' : ` · AUC ${formatMetricShort(model.metrics.auc)}`}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <h2 className="side-title">Engines</h2>
      <ul className="run-list">
        {engineOrder.map((engine) => (
          <li key={engine} className="run-engine-line" title={obstacles[engine] ?? undefined}>
            {engineNames[engine]}
            <span className="run-list-detail">{obstacles[engine] === null ? 'ready' : 'not here'}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
