import type { ColumnProfile, ColumnSchema, Estimate } from '@shared/data/profile'
import type { Filter } from '@shared/rpc/data'
import { type ReactNode, useState } from 'react'
import { Button } from '../../ui/button'
import { BarList } from '../../ui/charts/barList'
import { Histogram } from '../../ui/charts/histogram'
import { Chip } from '../../ui/chip'
import { formatCount, formatNumber, formatPercent, formatTime } from '../../ui/format'
import { Skeleton } from '../../ui/states'
import { binFilters, valueFilter } from './filters'
import type { ProfileState } from './store'

const isTime = (profile: ColumnProfile): boolean => profile.type === 'time' || profile.type === 'date'

const valueText = (value: ColumnProfile['min']): string => {
  if (value === null) return '–'
  if (typeof value === 'number') return formatNumber(value, 6)
  if (typeof value === 'boolean') return String(value)
  return value.replace('T', ' ').replace(/(:00)?(\.000)?Z$/, '')
}

const shareText = (part: number, whole: number): string =>
  `${formatCount(part)} (${formatPercent(whole === 0 ? 0 : part / whole)})`

const isEstimate = (profile: ColumnProfile, figure: Estimate): boolean => profile.estimates?.includes(figure) ?? false

interface Fact {
  readonly name: string
  readonly value: ReactNode
}

const quantileText = (profile: ColumnProfile, values: readonly number[]): string =>
  (isEstimate(profile, 'quantiles') ? '≈ ' : '') +
  values.map((value) => (isTime(profile) ? formatTime(value) : formatNumber(value))).join(' · ')

const factsOf = (profile: ColumnProfile, onFilter: (filters: readonly Filter[]) => void): readonly Fact[] => {
  const { quantiles } = profile
  const nulls = shareText(profile.nulls, profile.rows)
  return [
    { name: 'rows', value: formatCount(profile.rows) },
    {
      name: 'null',
      value:
        profile.nulls > 0 ? (
          <button
            type="button"
            className="explore-link"
            title="Show these rows"
            onClick={() => onFilter([{ column: profile.name, operator: 'is null' }])}
          >
            {nulls}
          </button>
        ) : (
          nulls
        ),
    },
    ...(profile.nonFinite > 0 ? [{ name: 'NaN or infinite', value: shareText(profile.nonFinite, profile.rows) }] : []),
    { name: 'distinct', value: `${profile.isDistinctExact ? '' : '≈ '}${formatCount(profile.distinct)}` },
    ...(profile.min === null
      ? []
      : [{ name: 'min · max', value: `${valueText(profile.min)} · ${valueText(profile.max)}` }]),
    ...(profile.mean === null || isTime(profile)
      ? []
      : [
          {
            name: 'mean ± sd',
            value: `${formatNumber(profile.mean)}${profile.stddev === null ? '' : ` ± ${formatNumber(profile.stddev)}`}`,
          },
        ]),
    ...(quantiles
      ? [
          { name: 'p25 · p50 · p75', value: quantileText(profile, [quantiles.p25, quantiles.p50, quantiles.p75]) },
          { name: 'p05 · p95', value: quantileText(profile, [quantiles.p05, quantiles.p95]) },
          { name: 'p01 · p99', value: quantileText(profile, [quantiles.p01, quantiles.p99]) },
        ]
      : []),
    ...(profile.lengths
      ? [
          {
            name: 'characters',
            value: `${formatCount(profile.lengths.min)} to ${formatCount(profile.lengths.max)}, mean ${formatNumber(profile.lengths.mean, 3)}`,
          },
        ]
      : []),
    ...coverageFacts(profile, onFilter),
  ]
}

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const

/** A bin’s width in the largest unit that it is a multiple of: `2 d`. */
const stepText = (ms: number): string => {
  const [size, unit] = units.find(([one]) => ms % one === 0) ?? [1, 'ms']
  return `${formatCount(ms / size)} ${unit}`
}

/** Stretches without rows, at the width of the histogram’s bins. */
const coverageFacts = (profile: ColumnProfile, onFilter: (filters: readonly Filter[]) => void): readonly Fact[] => {
  const { coverage } = profile
  if (!coverage) return []
  const covered = coverage.bins - coverage.emptyBins
  const step = stepText(coverage.stepMs)
  return [
    { name: 'covered', value: `${formatCount(covered)} of ${formatCount(coverage.bins)} × ${step}` },
    ...coverage.gaps.slice(0, 2).map((gap, index) => ({
      name: index === 0 ? 'longest gap' : 'next gap',
      value: (
        <button
          type="button"
          className="explore-link"
          title="Show the rows up to it"
          onClick={() => onFilter([{ column: profile.name, operator: '<', value: formatTime(gap.to) }])}
        >
          {`${formatTime(gap.from)} – ${formatTime(gap.to)}`}
        </button>
      ),
    })),
  ]
}

const estimateNote = (profile: ColumnProfile): string | null => {
  const sketched = (['distinct', 'quantiles'] as const).filter((figure) => isEstimate(profile, figure))
  const parts = [
    ...(sketched.length > 0 ? [`${sketched.join(' and ')} from a sketch of all rows`] : []),
    ...(isEstimate(profile, 'top')
      ? [`most frequent values from a sample of ${formatCount(profile.sampledRows)} rows`]
      : []),
  ]
  return parts.length > 0 ? `Estimates: ${parts.join('; ')}. All other figures are exact.` : null
}

/** `1,5` and `1.234,5`, as they are written in much of Europe. */
const hasDecimalCommas = ({ type, top }: ColumnProfile): boolean =>
  type === 'string' &&
  top.length > 0 &&
  top.every(({ value }) => value !== null && /^[+-]?\d{1,3}(\.?\d{3})*(,\d+)?$/.test(value)) &&
  top.some(({ value }) => value?.includes(','))

/** Worth a look before modelling; said in words, with the number it comes from. */
const remarksOf = (profile: ColumnProfile): readonly string[] => {
  const { quantiles } = profile
  const remarks: string[] = []
  if (profile.rows > 0 && profile.distinct <= 1) remarks.push('Only one value')
  if (quantiles && !isTime(profile)) {
    const spread = quantiles.p75 - quantiles.p25
    if (spread > 0 && quantiles.p99 - quantiles.p50 > 6 * spread)
      remarks.push(`Ends heavy: 1 % above ${formatNumber(quantiles.p99)}`)
    if (spread > 0 && quantiles.p50 - quantiles.p01 > 6 * spread)
      remarks.push(`Begins heavy: 1 % below ${formatNumber(quantiles.p01)}`)
  }
  if (hasDecimalCommas(profile))
    remarks.push('Numbers with a decimal comma are texts here; a source reads them with decimal: ","')
  if (profile.nonFinite > 0) remarks.push('NaN and infinite values are read as null by features')
  if (profile.rows > 0 && profile.nulls / profile.rows > 0.5) remarks.push('More than half is null')
  return remarks
}

/** Each value once: an identifier rather than a category. */
const isUnique = (profile: ColumnProfile): boolean => profile.distinct > 1 && (profile.top[0]?.count ?? 0) <= 1

const BinTable = ({ profile }: { readonly profile: ColumnProfile }) => {
  const { histogram } = profile
  if (!histogram) return null
  const edge = (value: number | undefined): string =>
    value === undefined ? '' : isTime(profile) ? formatTime(value) : formatNumber(value)
  return (
    <table className="ui-table" aria-label={`Histogram of ${profile.name}`}>
      <thead>
        <tr>
          <th scope="col">from</th>
          <th scope="col">to</th>
          <th scope="col" data-align="end">
            rows
          </th>
        </tr>
      </thead>
      <tbody>
        {histogram.counts.map((count, bin) => (
          <tr key={histogram.edges[bin]}>
            <td>{edge(histogram.edges[bin])}</td>
            <td>{edge(histogram.edges[bin + 1])}</td>
            <td data-align="end">{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface ContentProps {
  readonly profile: ColumnProfile
  readonly onFilter: (filters: readonly Filter[]) => void
}

const Content = ({ profile, onFilter }: ContentProps) => {
  const [view, setView] = useState<'chart' | 'table'>('chart')
  return (
    <>
      {profile.histogram ? (
        <>
          {view === 'chart' ? (
            <Histogram
              histogram={profile.histogram}
              label={`Distribution of ${profile.name}; the table has the same numbers`}
              scale={isTime(profile) ? 'time' : 'number'}
              axis={{ unit: '' }}
              onPressBin={(from, to) => onFilter(binFilters(profile, from, to))}
            />
          ) : (
            <BinTable profile={profile} />
          )}
          <Button kind="quiet" onPress={() => setView(view === 'chart' ? 'table' : 'chart')}>
            {view === 'chart' ? 'Show as table' : 'Show as chart'}
          </Button>
        </>
      ) : null}
      <dl className="facts">
        {factsOf(profile, onFilter).map((fact) => (
          <div key={fact.name} className="explore-fact">
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
      {remarksOf(profile).map((remark) => (
        <Chip key={remark} tone="warn">
          {remark}
        </Chip>
      ))}
      {profile.top.length > 0 && !profile.histogram && !isUnique(profile) ? (
        <>
          <h4>Most frequent</h4>
          <BarList
            label={`Most frequent values of ${profile.name}`}
            tone="transform"
            items={profile.top.map((item, index) => ({
              id: `${index}`,
              label: item.value === null ? 'NULL' : item.value === '' ? 'empty' : item.value,
              value: item.count,
            }))}
            onPress={(item) => {
              const found = profile.top[Number(item.id)]
              if (found) onFilter([valueFilter(profile, found.value)])
            }}
          />
        </>
      ) : null}
      {!profile.histogram && isUnique(profile) ? <p className="explore-note">Every value is different.</p> : null}
      {estimateNote(profile) ? <p className="explore-note">{estimateNote(profile)}</p> : null}
    </>
  )
}

interface ProfilePaneProps {
  readonly column: ColumnSchema | undefined
  readonly profile: ProfileState | undefined
  readonly onFilter: (filters: readonly Filter[]) => void
  /** Below the figures. */
  readonly children?: ReactNode
}

/** Everything known about the selected column; every number leads to its rows where a filter can say it. */
export const ProfilePane = ({ column, profile, onFilter, children }: ProfilePaneProps) => {
  if (!column) return null
  return (
    <section className="explore-profile" aria-label={`Profile of ${column.name}`}>
      <h2>
        {column.name} <span className="grid-type">{column.nativeType.toLowerCase()}</span>
      </h2>
      {profile?.state === 'ready' ? (
        <Content profile={profile.profile} onFilter={onFilter} />
      ) : profile?.state === 'failed' ? (
        <p className="explore-failed">{profile.message}</p>
      ) : (
        <Skeleton lines={8} />
      )}
      {children}
    </section>
  )
}
