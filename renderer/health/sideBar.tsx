import { counted } from '@shared/counted'
import { useEffect } from 'react'
import { openPanel, useNavigation } from '../app/navigation'
import { formatAgo, formatCount } from '../ui/format'
import { EmptyState, Skeleton } from '../ui/states'
import { ScoreTestRows } from './scoreTestRows'
import { followHealth, useHealth } from './store'
import { VerdictChip } from './verdict'

const shortReference = (reference: string): string =>
  reference.startsWith('run:') ? `run ${reference.slice(4)}` : reference.slice(7, 19)

export const HealthSideBar = () => {
  const models = useHealth((state) => state.models)
  const reports = useHealth((state) => state.reports)
  const active = useNavigation((state) => state.activePanel)
  useEffect(followHealth, [])
  return (
    <>
      <h2 className="side-title">Models in service</h2>
      {models === null ? (
        <Skeleton lines={4} />
      ) : models.length === 0 ? (
        <EmptyState
          title="None yet"
          detail="A model stands here once its predictions are kept."
          action={<ScoreTestRows reference={null} kind="plain" />}
        />
      ) : (
        <ul className="health-list">
          {models.map((model) => {
            const report = reports[model.reference]
            return (
              <li key={model.reference}>
                <button
                  type="button"
                  className="health-list-item"
                  aria-current={active?.type === 'health' && active.parameters.reference === model.reference}
                  onClick={() => openPanel('health', { reference: model.reference })}
                >
                  <span className="health-list-name">
                    {model.model}
                    {report?.kind === 'ready' ? <VerdictChip verdict={report.report.verdict} /> : null}
                  </span>
                  <span className="health-note">
                    {shortReference(model.reference)} · {counted(model.rows, 'prediction')}
                    {model.labelled > 0 ? `, ${formatCount(model.labelled)} labelled` : ''} · {formatAgo(model.lastAt)}
                  </span>
                </button>
              </li>
            )
          })}
        </ul>
      )}
    </>
  )
}
