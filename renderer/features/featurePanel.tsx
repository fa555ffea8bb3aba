import type { ColumnProfile } from '@shared/data/profile'
import { type StudioErrorData, toStudioError } from '@shared/errors'
import type { FeatureSummary } from '@shared/rpc/features'
import { useEffect, useState } from 'react'
import type { PanelParameters } from '../app/contributions'
import { openFile, openPanel } from '../app/navigation'
import { attempt, notify } from '../app/notices'
import { studio } from '../app/studio'
import { Button } from '../ui/button'
import { BarList } from '../ui/charts/barList'
import { Histogram } from '../ui/charts/histogram'
import { Chip } from '../ui/chip'
import { formatCount, formatNumber, formatPercent } from '../ui/format'
import { EmptyState, Skeleton } from '../ui/states'
import { featureId } from './search'
import { followFeatures, useFeatures } from './store'

type Preview =
  | { readonly state: 'loading' }
  | { readonly state: 'none' }
  | { readonly state: 'failed'; readonly error: StudioErrorData }
  | { readonly state: 'ready'; readonly model: string; readonly profiles: readonly ColumnProfile[] }

const previewRows = 20_000

/** Values of a feature exist where a model asks for them; the first model that uses it gives the rows. */
const usePreview = (feature: FeatureSummary | undefined): Preview => {
  const [preview, setPreview] = useState<Preview>({ state: 'loading' })
  const name = feature?.name
  const path = feature?.path
  const users = feature?.usedBy.join(' ')
  useEffect(() => {
    if (name === undefined || path === undefined) return
    const controller = new AbortController()
    setPreview({ state: 'loading' })
    const read = async (): Promise<Preview> => {
      const models = await studio.language.models({}, { signal: controller.signal })
      // Features use features too; only a model has rows.
      const where = models.find((one) => users?.split(' ').includes(one.model) && !one.hasErrors)
      if (!where) return { state: 'none' }
      const used = { path: where.path, model: where.model }
      const [plan, answer] = await Promise.all([
        studio.language.plan(used, { signal: controller.signal }),
        studio.features.preview({ ...used, limit: previewRows, rows: 0 }, { signal: controller.signal }),
      ])
      const isThis = (one: string): boolean => one === name || one.endsWith(`.${name}`)
      const uses = new Set(
        plan.uses
          .filter(({ definition }) => definition.kind === 'feature' && isThis(definition.feature))
          .map((use) => use.name),
      )
      return {
        state: 'ready',
        model: where.model,
        profiles: answer.profiles.filter((profile) => uses.has(profile.name)),
      }
    }
    read().then(setPreview, (thrown: unknown) => {
      if (!controller.signal.aborted) setPreview({ state: 'failed', error: toStudioError(thrown).toData() })
    })
    return () => controller.abort()
  }, [name, path, users])
  return preview
}

interface ProfileProps {
  readonly profile: ColumnProfile
  readonly model: string
  /** With the space before it; nothing where the feature names none. */
  readonly unit: string
}

const Profile = ({ profile, model, unit }: ProfileProps) => (
  <figure className="feature-profile">
    <figcaption>
      <b>{profile.name}</b> in {model}
    </figcaption>
    {profile.histogram ? (
      <Histogram histogram={profile.histogram} label={`Distribution of ${profile.name}`} height={110} axis={{ unit }} />
    ) : (
      <BarList
        label={`Most frequent values of ${profile.name}`}
        items={profile.top.slice(0, 8).map((item, index) => ({
          id: String(index),
          label: item.value ?? 'NULL',
          value: item.count,
        }))}
      />
    )}
    <dl className="facts">
      <dt>rows</dt>
      <dd>{formatCount(profile.rows)}</dd>
      <dt>null</dt>
      <dd>{formatPercent(profile.rows === 0 ? 0 : profile.nulls / profile.rows)}</dd>
      {profile.quantiles ? (
        <>
          <dt>p05 · p50 · p95</dt>
          <dd>
            {[profile.quantiles.p05, profile.quantiles.p50, profile.quantiles.p95]
              .map((value) => formatNumber(value))
              .join(' · ')}
            {unit}
          </dd>
        </>
      ) : (
        <>
          <dt>distinct</dt>
          <dd>{formatCount(profile.distinct)}</dd>
        </>
      )}
    </dl>
  </figure>
)

const Values = ({ feature }: { readonly feature: FeatureSummary }) => {
  const preview = usePreview(feature)
  switch (preview.state) {
    case 'loading':
      return <Skeleton lines={5} />
    case 'none':
      return (
        <p className="page-note">
          No model uses it directly. Its values are computed for a model’s observations, as of each row’s time.
        </p>
      )
    case 'failed':
      return (
        <p className="page-note" role="alert">
          Its values could not be computed: {preview.error.message} {preview.error.hint}
        </p>
      )
    case 'ready':
      return (
        <div className="feature-profiles">
          {preview.profiles.map((profile) => (
            <Profile
              key={profile.name}
              profile={profile}
              model={preview.model}
              unit={feature.unit ? ` ${feature.unit}` : ''}
            />
          ))}
          <p className="page-note">Estimated on at most {formatCount(previewRows)} observations.</p>
        </div>
      )
  }
}

/** Features of the list that this one’s definition names, and those whose definition names it. */
const lineageOf = (feature: FeatureSummary, all: readonly FeatureSummary[]) => {
  const names = (text: string): ReadonlySet<string> => new Set(text.match(/[A-Za-z_][\w]*/g) ?? [])
  const mentioned = names(feature.definition)
  return {
    from: all.filter((one) => one.name !== feature.name && mentioned.has(one.name)),
    to: all.filter((one) => one.name !== feature.name && names(one.definition).has(feature.name)),
  }
}

const Links = ({ features }: { readonly features: readonly FeatureSummary[] }) => (
  <span className="feature-links">
    {features.map((one) => (
      <Button key={featureId(one)} kind="quiet" onPress={() => openPanel('feature', { id: featureId(one) })}>
        {one.name}
      </Button>
    ))}
  </span>
)

const copyUse = (feature: FeatureSummary): void =>
  attempt(async () => {
    await navigator.clipboard.writeText(`use ${feature.name}`)
    notify({
      kind: 'info',
      title: `Copied “use ${feature.name}”.`,
      hint: 'Paste it into a model of a .proml file.',
    })
  })

const Page = ({ feature, all }: { readonly feature: FeatureSummary; readonly all: readonly FeatureSummary[] }) => {
  const lineage = lineageOf(feature, all)
  const models = feature.usedBy.filter((user) => !all.some((one) => one.name === user))
  const openText = (): void => openFile(feature.path, { line: feature.line })
  return (
    <div className="page">
      <div className="feature-head">
        <h1 className="page-title">{feature.name}</h1>
        <Chip tone="accent">{feature.form}</Chip>
        {feature.status ? <Chip tone={feature.status === 'deprecated' ? 'warn' : 'good'}>{feature.status}</Chip> : null}
        <span className="feature-actions">
          <Button onPress={openText}>Open the text</Button>
          <Button kind="primary" onPress={() => copyUse(feature)}>
            Use in a model
          </Button>
        </span>
      </div>
      <p className={feature.documentation ? undefined : 'page-note'}>
        {feature.documentation ||
          'Nobody has described it yet. A line that begins with /// above the feature says what it is.'}
      </p>
      <pre className="feature-definition mono">{feature.definition}</pre>
      <dl className="facts feature-facts">
        <dt>Type</dt>
        <dd>{feature.type}</dd>
        <dt>Unit</dt>
        <dd>{feature.unit ?? 'none'}</dd>
        <dt>Entity</dt>
        <dd>{feature.entity ?? 'none: it belongs to the row'}</dd>
        <dt>Owner</dt>
        <dd>{feature.owner ?? 'nobody'}</dd>
        <dt>Tags</dt>
        <dd>{feature.tags.length > 0 ? feature.tags.map((tag) => <Chip key={tag}>{tag}</Chip>) : 'none'}</dd>
        <dt>Defined in</dt>
        <dd>
          <Button kind="quiet" onPress={openText}>
            {feature.path}:{feature.line}
          </Button>
        </dd>
      </dl>
      <section aria-labelledby="feature-lineage">
        <h2 id="feature-lineage">Lineage</h2>
        <dl className="facts feature-facts">
          <dt>Made from</dt>
          <dd>{lineage.from.length > 0 ? <Links features={lineage.from} /> : 'columns of its source'}</dd>
          <dt>Used by models</dt>
          <dd>{models.length > 0 ? models.join(', ') : 'none'}</dd>
          <dt>Used by features</dt>
          <dd>{lineage.to.length > 0 ? <Links features={lineage.to} /> : 'none'}</dd>
        </dl>
      </section>
      <section aria-labelledby="feature-values">
        <h2 id="feature-values">Values</h2>
        <Values feature={feature} />
      </section>
    </div>
  )
}

interface FeaturePanelProps {
  readonly parameters: PanelParameters
  readonly isActive: boolean
}

/** One feature: what it is, who answers for it, what it is made of, who uses it, how its values lie. */
export const FeaturePanel = ({ parameters }: FeaturePanelProps) => {
  const features = useFeatures((state) => state.features)
  useEffect(followFeatures, [])
  const feature = features?.find((one) => featureId(one) === parameters.id)
  if (features === null)
    return (
      <div className="features-wait">
        <Skeleton lines={8} />
      </div>
    )
  if (!feature)
    return (
      <EmptyState
        title={`There is no feature ${String(parameters.id)} any more`}
        detail="It may have been renamed or deleted."
        action={<Button onPress={() => openPanel('features', {})}>Search features</Button>}
      />
    )
  return <Page feature={feature} all={features} />
}
