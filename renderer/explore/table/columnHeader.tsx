import type { ColumnProfile, ColumnSchema } from '@shared/data/profile'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { Histogram } from '../../ui/charts/histogram'
import { formatNumber, formatPercent, formatShort } from '../../ui/format'
import { Skeleton } from '../../ui/states'
import { typeLabel } from './cells'
import type { ProfileState, Sort } from './store'

const TopBars = ({ profile }: { readonly profile: ColumnProfile }) => {
  const most = profile.top[0]?.count ?? 1
  if (most <= 1 && profile.distinct > 1) return <span className="grid-unique">all different</span>
  return (
    <span className="grid-top" aria-hidden="true">
      {profile.top.slice(0, 3).map((item) => (
        <span key={item.value ?? 'null'} className="grid-top-row">
          <span className="grid-top-bar" style={{ width: `${(item.count / most) * 62}%` }} />
          <span className="grid-top-label">{item.value === '' ? 'empty' : (item.value ?? 'NULL')}</span>
        </span>
      ))}
    </span>
  )
}

const isCategorical = (profile: ColumnProfile): boolean =>
  !profile.histogram && (profile.type === 'string' || profile.type === 'bool' || profile.top.length > 0)

const Centre = ({ profile }: { readonly profile: ColumnProfile }) => {
  if (profile.type === 'time' || profile.type === 'date')
    return <span>{`${profile.isDistinctExact ? '' : '≈ '}${formatShort(profile.distinct)} distinct`}</span>
  if (profile.quantiles)
    return (
      <span>
        {profile.estimates?.includes('quantiles') ? '≈ ' : ''}median {formatNumber(profile.quantiles.p50, 3)}
        <span className="grid-wide"> · p95 {formatNumber(profile.quantiles.p95, 3)}</span>
      </span>
    )
  return (
    <span>{`${profile.isDistinctExact ? '' : '≈ '}${formatShort(profile.distinct)} ${profile.distinct === 1 ? 'value' : 'values'}`}</span>
  )
}

const Summary = ({ profile }: { readonly profile: ColumnProfile }) => (
  <>
    <span className="grid-chart">
      {isCategorical(profile) ? (
        <TopBars profile={profile} />
      ) : profile.histogram ? (
        <Histogram
          histogram={profile.histogram}
          label={`Distribution of ${profile.name}`}
          height={34}
          scale={profile.type === 'time' || profile.type === 'date' ? 'time' : 'number'}
        />
      ) : null}
    </span>
    <span className="grid-stats">
      <Centre profile={profile} />
      <span data-tone={profile.nulls > 0 ? 'some' : undefined}>
        null {formatPercent(profile.rows === 0 ? 0 : profile.nulls / profile.rows)}
      </span>
    </span>
  </>
)

interface ColumnHeaderProps {
  readonly column: ColumnSchema
  readonly profile: ProfileState | undefined
  readonly sort: Sort | null
  readonly onSort: () => void
  readonly onSelect: () => void
}

/** Name, type, distribution, nulls. Pressing the name sorts; pressing the rest shows the profile. */
export const ColumnHeader = ({ column, profile, sort, onSort, onSelect }: ColumnHeaderProps) => (
  // biome-ignore lint/a11y/noStaticElementInteractions: the grid’s own keys sort and select; this is the pointer’s way
  // biome-ignore lint/a11y/useKeyWithClickEvents: as above
  <div className="grid-header-content" onClick={onSelect}>
    <span className="grid-header-name">
      <button
        type="button"
        tabIndex={-1}
        className="grid-sort"
        title={`${column.name}\n${column.nativeType}\nPress to sort`}
        onClick={onSort}
      >
        <b>{column.name}</b>
        {sort?.column === column.name ? (
          sort.isDescending ? (
            <ArrowDown size={12} aria-hidden />
          ) : (
            <ArrowUp size={12} aria-hidden />
          )
        ) : null}
      </button>
      <span className="grid-type" title={column.nativeType}>
        {typeLabel(column)}
      </span>
    </span>
    {profile?.state === 'ready' ? (
      <Summary profile={profile.profile} />
    ) : profile?.state === 'failed' ? (
      <span className="grid-failed" title={profile.message}>
        No profile: {profile.message}
      </span>
    ) : (
      <span className="grid-chart">
        <Skeleton height={30} />
      </span>
    )}
  </div>
)
