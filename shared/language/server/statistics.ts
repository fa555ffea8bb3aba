import { counted } from '../../counted'
import type { ColumnProfile } from '../../data/profile'
import { referenceOf } from '../../data/reference'
import type { CheckedSource } from '../check/symbols'

/** Where the statistics of data files come from. */
export interface StatisticsProvider {
  /** Changes whenever the file does. */
  readonly stampOf: (path: string) => Promise<string>
  readonly profileOf: (path: string, column: string) => Promise<ColumnProfile>
}

export interface ColumnStatistics {
  /** Null where there are none, or none yet: those that take longer than a hover may are there the next time. */
  readonly ask: (path: string, column: string) => Promise<ColumnProfile | null>
}

/** A hover waits no longer than this. */
const patienceMs = 200
const keptProfiles = 500

export function columnStatistics(provider: StatisticsProvider | undefined): ColumnStatistics {
  const kept = new Map<string, { readonly stamp: string; readonly profile: Promise<ColumnProfile | null> }>()

  const read = async (path: string, column: string): Promise<ColumnProfile | null> => {
    if (!provider) return null
    const stamp = await provider.stampOf(path)
    const key = `${path}\0${column}`
    const known = kept.get(key)
    if (known?.stamp === stamp) return known.profile
    const profile = provider.profileOf(path, column).catch(() => {
      // What failed once may succeed when it is asked for again.
      if (kept.get(key)?.profile === profile) kept.delete(key)
      return null
    })
    kept.delete(key)
    kept.set(key, { stamp, profile })
    const [oldest] = kept.keys()
    if (kept.size > keptProfiles && oldest !== undefined) kept.delete(oldest)
    return profile
  }
  return {
    ask: (path, column) => within(patienceMs, read(path, column)).catch(() => null),
  }
}

/** Null where an answer takes longer; it goes on meanwhile. */
export const within = <T>(ms: number, work: Promise<T>): Promise<T | null> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Markdown; empty where nothing is known. */
export async function statisticsOfColumn(
  statistics: ColumnStatistics,
  { path, plan }: CheckedSource,
  column: string,
): Promise<string> {
  // How a file is read decides what is in a column: `decimal: ","` makes numbers of what is text without it.
  const reference = path && plan ? referenceOf(plan) : path
  const profile = reference === null ? null : await statistics.ask(reference, column)
  return profile && profile.rows > 0 ? described(profile) : ''
}

function described(profile: ColumnProfile): string {
  const { rows, nulls, distinct, isDistinctExact, min, max, mean, quantiles, nonFinite, top, type } = profile
  const facts = [
    counted(rows, 'row'),
    nulls === 0 ? 'no nulls' : `${percent(nulls / rows)} null`,
    nonFinite > 0 ? `${percent(nonFinite / rows)} not finite` : '',
    `${isDistinctExact ? '' : 'about '}${number(distinct)} distinct`,
    profile.estimates && profile.estimates.length > 0
      ? `${profile.estimates.join(', ')} estimated`
      : profile.sampledRows < rows
        ? `read from ${counted(profile.sampledRows, 'row')}`
        : '',
  ]
  // Which vector is the least says nothing to anybody.
  const range =
    min === null || type === 'vector'
      ? ''
      : `${value(min)} … ${value(max)}${mean === null ? '' : ` · mean ${number(mean)}`}`
  const spread = quantiles
    ? `| 1 % | 5 % | 25 % | median | 75 % | 95 % | 99 % |\n|---|---|---|---|---|---|---|\n| ${[
        quantiles.p01,
        quantiles.p05,
        quantiles.p25,
        quantiles.p50,
        quantiles.p75,
        quantiles.p95,
        quantiles.p99,
      ]
        .map(number)
        .join(' | ')} |`
    : ''
  const isCategory = type === 'string' || type === 'bool'
  const common = isCategory
    ? top
        .slice(0, 5)
        .map((each) => `${each.value === null ? 'null' : value(each.value)} ${percent(each.count / rows)}`)
        .join(' · ')
    : ''
  return [facts.filter(Boolean).join(' · '), range, spread, common].filter(Boolean).join('\n\n')
}

const number = (value: number): string =>
  value.toLocaleString('en-US', Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 })

const percent = (share: number): string =>
  share > 0 && share < 0.0005 ? '< 0.05 %' : `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: 1 })} %`

/** Text comes from data: nothing of it may become Markdown. */
const value = (written: string | number | boolean | null): string => {
  if (typeof written === 'number') return number(written)
  const text = String(written).replace(/\s+/g, ' ').replaceAll('`', 'ˋ')
  return `\`${text.length > 40 ? `${text.slice(0, 40)}…` : text}\``
}
