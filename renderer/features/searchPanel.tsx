import type { FeatureSummary } from '@shared/rpc/features'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Layers, Search } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { openPanel } from '../app/navigation'
import { Button } from '../ui/button'
import { Chip } from '../ui/chip'
import { formatCount } from '../ui/format'
import { EmptyState, ErrorState, Skeleton } from '../ui/states'
import { TextField } from '../ui/textField'
import { featureId, searchFeatures } from './search'
import { followFeatures, readFeatures, useFeatures } from './store'

const rowHeight = 62

const Result = ({ feature }: { readonly feature: FeatureSummary }) => (
  <>
    <span className="features-line">
      <span className="features-dot" aria-hidden="true" />
      <b>{feature.name}</b>
      <span className="features-of">
        {feature.type}
        {feature.entity ? ` of ${feature.entity}` : ''}
      </span>
      {feature.tags.map((tag) => (
        <Chip key={tag}>{tag}</Chip>
      ))}
      {feature.status ? <Chip tone={feature.status === 'deprecated' ? 'warn' : 'good'}>{feature.status}</Chip> : null}
      <span className="features-used">
        {feature.usedBy.length === 0 ? 'not used' : `used by ${feature.usedBy.join(', ')}`}
      </span>
    </span>
    <span className="features-definition mono">{feature.definition}</span>
    <span className="features-doc">
      {feature.documentation || 'Nobody has described it yet.'}
      {feature.owner ? <span className="features-owner">owner {feature.owner}</span> : null}
    </span>
  </>
)

const Results = ({ features }: { readonly features: readonly FeatureSummary[] }) => {
  const scroll = useRef<HTMLDivElement>(null)
  const [focused, setFocused] = useState(0)
  const virtual = useVirtualizer({
    count: features.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  const active = Math.min(focused, features.length - 1)
  const focus = (at: number): void => {
    const next = Math.min(features.length - 1, Math.max(0, at))
    setFocused(next)
    virtual.scrollToIndex(next)
  }
  const open = (feature: FeatureSummary | undefined): void => {
    if (feature) openPanel('feature', { id: featureId(feature) })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }
    const step = steps[event.key]
    if (step !== undefined) focus(active + step)
    else if (event.key === 'Home') focus(0)
    else if (event.key === 'End') focus(features.length - 1)
    else if (event.key === 'Enter') open(features[active])
    else return
    event.preventDefault()
  }
  return (
    <div
      ref={scroll}
      role="listbox"
      aria-label="Features found"
      tabIndex={0}
      className="features-results"
      aria-activedescendant={features[active] ? `result-${featureId(features[active])}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div role="none" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const feature = features[item.index]
          if (!feature) return null
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names the active result
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list’s Enter does the same
            <div
              key={featureId(feature)}
              id={`result-${featureId(feature)}`}
              role="option"
              aria-selected={item.index === active}
              aria-posinset={item.index + 1}
              aria-setsize={features.length}
              className="features-result"
              style={{ transform: `translateY(${item.start}px)`, height: rowHeight }}
              onClick={() => {
                setFocused(item.index)
                open(feature)
              }}
            >
              <Result feature={feature} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** Search as one types over every feature of the workspace. */
export const FeatureSearchPanel = () => {
  const { features, error, query, chosen } = useFeatures()
  useEffect(followFeatures, [])
  const found = useMemo(() => searchFeatures(features ?? [], query, chosen), [features, query, chosen])
  if (features === null && error)
    return <ErrorState error={error} action={<Button onPress={() => readFeatures()}>Try again</Button>} />
  return (
    <div className="features-panel">
      <div className="features-bar">
        <TextField
          label="Search features"
          isLabelHidden
          type="search"
          className="features-search"
          placeholder="Search by name, entity, tag, owner or what it says"
          icon={<Search size={14} aria-hidden />}
          value={query}
          onChange={(next) => useFeatures.setState({ query: next })}
        />
        <span className="features-count" role="status">
          {features === null
            ? ''
            : `${formatCount(found.features.length)} of ${formatCount(features.length)} ${features.length === 1 ? 'feature' : 'features'}`}
        </span>
      </div>
      {error ? (
        <p className="banner banner-warn" role="status">
          This list may be old: {error.message}
        </p>
      ) : null}
      {features === null ? (
        <div className="features-wait">
          <Skeleton lines={8} height={16} />
        </div>
      ) : features.length === 0 ? (
        <EmptyState
          icon={<Layers size={24} />}
          title="No features yet"
          detail="Write `feature` in a .proml file; every feature of the workspace is found here, with who uses it."
        />
      ) : found.features.length === 0 ? (
        <EmptyState
          title="No feature fits"
          action={
            <Button onPress={() => useFeatures.setState({ query: '', chosen: {} })}>Clear search and facets</Button>
          }
        />
      ) : (
        <Results features={found.features} />
      )}
    </div>
  )
}
