import { Rocket } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { PanelParameters } from '../app/contributions'
import { showActivity } from '../app/navigation'
import { attempt } from '../app/notices'
import { studio } from '../app/studio'
import { formatMetricShort, metricName } from '../train/words'
import { Button } from '../ui/button'
import { Chip } from '../ui/chip'
import { formatTime } from '../ui/format'
import { Select } from '../ui/select'
import { EmptyState, ErrorState, Skeleton } from '../ui/states'
import { BundlesSection } from './bundles'
import { ContentsSection } from './contents'
import { GatesSection, type GatesState, useGates } from './gates'
import { PushForm } from './push'
import { followDeploy, type RunSummary, refreshDeploy, useDeploy } from './store'
import { TransfersSection } from './transfers'

const metricsText = (run: RunSummary): string =>
  Object.entries(run.metrics.test ?? {})
    .slice(0, 2)
    .map(([name, value]) => `${metricName(name)} ${formatMetricShort(value)}`)
    .join(', ')

const BundleButton = ({
  runId,
  gates,
  kind,
  onBundled,
}: {
  readonly runId: string
  readonly gates: GatesState
  readonly kind: 'primary' | 'plain'
  readonly onBundled: (digest: string) => void
}) => {
  const [isBusy, setBusy] = useState(false)
  if (gates.kind !== 'ready') return null
  const isDraft = gates.verdicts.some(({ verdict }) => verdict !== 'passed')
  const press = (): void => {
    setBusy(true)
    attempt(async () => {
      try {
        onBundled((await studio.registry.bundle({ runId, asDraft: isDraft })).digest)
      } finally {
        setBusy(false)
      }
    })
  }
  return (
    <Button
      kind={kind}
      isDisabled={isBusy}
      onPress={press}
      tooltip={isDraft ? 'Not all gates passed: it carries that mark wherever it goes.' : undefined}
    >
      {isBusy ? 'Bundling…' : isDraft ? 'Bundle as draft' : 'Bundle'}
    </Button>
  )
}

/** From a run to a registry: gates, contents, bundle, push, and what is on its way. */
export const DeployPanel = ({ parameters }: { readonly parameters: PanelParameters; readonly isActive: boolean }) => {
  const { state, error, runs, bundles, remotes, transfers } = useDeploy()
  const [chosenRun, setChosenRun] = useState<string | null>(null)
  const [chosenBundle, setChosenBundle] = useState<string | null>(null)
  useEffect(followDeploy, [])
  const wanted = typeof parameters.runId === 'string' ? parameters.runId : null
  useEffect(() => {
    setChosenRun(wanted)
    setChosenBundle(null)
  }, [wanted])

  const run = runs.find((one) => one.id === chosenRun) ?? (chosenRun === null ? runs[0] : undefined)
  const ofRun = bundles.filter((bundle) => bundle.runId === run?.id)
  const bundle = bundles.find((one) => one.digest === chosenBundle) ?? ofRun[0] ?? null
  const gates = useGates(run?.id ?? null)

  if (state === 'loading')
    return (
      <div className="deploy-panel">
        <Skeleton lines={8} />
      </div>
    )
  if (state === 'failed' && error !== null)
    return <ErrorState error={error} action={<Button onPress={() => attempt(refreshDeploy)}>Try again</Button>} />

  if (run === undefined && bundles.length === 0 && transfers.length === 0)
    return (
      <EmptyState
        icon={<Rocket size={22} aria-hidden />}
        title="Nothing to deploy yet"
        detail="Train a model first: a run that succeeded can be checked, bundled and pushed from here."
        action={<Button onPress={() => showActivity('train')}>Go to Train</Button>}
      />
    )

  const tags = bundles.filter((one) => one.name === bundle?.name).flatMap((one) => one.tags)
  return (
    <div className="deploy-panel">
      {runs.length > 0 ? (
        <div className="deploy-form">
          <Select
            label="Run"
            options={runs.map((one) => ({
              id: one.id,
              label: `${one.model} · ${one.id}`,
              detail: [formatTime(Math.floor(one.startedAt / 60_000) * 60_000), metricsText(one)]
                .filter(Boolean)
                .join(' · '),
            }))}
            value={run?.id ?? null}
            onChange={(id) => {
              setChosenRun(id)
              setChosenBundle(null)
            }}
            className="deploy-run-field"
          />
          {run === undefined ? null : (
            <span className="deploy-note deploy-baseline">{metricsText(run)} on the test split</span>
          )}
        </div>
      ) : null}
      {run === undefined ? null : (
        <>
          <GatesSection state={gates.state} again={gates.again} />
          <ContentsSection run={run} bundle={bundle?.runId === run.id ? bundle : null} />
        </>
      )}
      <section className="deploy-section" aria-label="Bundle and push">
        <div className="deploy-section-head">
          {run === undefined ? null : (
            <BundleButton
              runId={run.id}
              gates={gates.state}
              kind={bundle === null ? 'primary' : 'plain'}
              onBundled={setChosenBundle}
            />
          )}
          {bundle === null ? null : (
            <span className="deploy-note">
              Ready: {bundle.name}
              {bundle.tags.length > 0 ? ` ${bundle.tags.join(', ')}` : ''}{' '}
              {bundle.isDraft ? <Chip tone="warn">Draft</Chip> : null}
            </span>
          )}
        </div>
        {bundle === null ? null : <PushForm bundle={bundle} remotes={remotes} tags={tags} />}
      </section>
      <TransfersSection transfers={transfers} />
      <BundlesSection
        bundles={bundles}
        selected={bundle?.digest ?? null}
        onSelect={(one) => {
          setChosenBundle(one.digest)
          if (one.runId !== null && runs.some((candidate) => candidate.id === one.runId)) setChosenRun(one.runId)
        }}
      />
    </div>
  )
}
