import type { FeatureSummary } from '@shared/rpc/features'
import { matchScore } from '../app/match'

export const facetNames = ['entity', 'form', 'type', 'owner', 'tag', 'status', 'usage'] as const
export type FacetName = (typeof facetNames)[number]

export const facetTitles: Record<FacetName, string> = {
  entity: 'Entity',
  form: 'Kind',
  type: 'Type',
  owner: 'Owner',
  tag: 'Tag',
  status: 'Status',
  usage: 'Used by',
}

/** Values chosen by facet: any of one facet, all of the facets. */
export type Chosen = Readonly<Partial<Record<FacetName, readonly string[]>>>

export interface FacetValue {
  readonly value: string
  readonly count: number
  readonly isChosen: boolean
}

export interface Found {
  readonly features: readonly FeatureSummary[]
  readonly facets: Readonly<Record<FacetName, readonly FacetValue[]>>
}

const none = '(none)'

export const valuesOf = (feature: FeatureSummary, facet: FacetName): readonly string[] => {
  switch (facet) {
    case 'entity':
      return [feature.entity ?? none]
    case 'form':
      return [feature.form]
    case 'type':
      return [feature.type]
    case 'owner':
      return [feature.owner ?? none]
    case 'tag':
      return feature.tags
    case 'status':
      return [feature.status ?? none]
    case 'usage':
      return feature.usedBy.length > 0 ? feature.usedBy : ['nobody']
  }
}

const fits = (feature: FeatureSummary, chosen: Chosen, except?: FacetName): boolean =>
  facetNames.every((facet) => {
    const wanted = chosen[facet]
    if (facet === except || !wanted || wanted.length === 0) return true
    return valuesOf(feature, facet).some((value) => wanted.includes(value))
  })

/** The name counts most, then what it is made of, then what is said about it. */
const scoreOf = (query: string, feature: FeatureSummary): number => {
  if (query.trim() === '') return 1
  const name = matchScore(query, feature.name)
  const rest = matchScore(
    query,
    [
      feature.name,
      feature.namespace,
      feature.entity,
      feature.owner,
      ...feature.tags,
      feature.definition,
      feature.documentation,
    ]
      .filter((part) => part !== null)
      .join(' '),
  )
  return Math.max(name * 3, rest)
}

/**
 * Features that answer the query and the choice, best first. A facet counts what each of its values would give with
 * all other facets as they are, so that a count is what one gets by choosing it.
 */
export const searchFeatures = (features: readonly FeatureSummary[], query: string, chosen: Chosen): Found => {
  const scored = features
    .map((feature) => ({ feature, score: scoreOf(query, feature) }))
    .filter(({ score }) => score > 0)
  const countsOf = (facet: FacetName): readonly FacetValue[] => {
    const counts = new Map<string, number>((chosen[facet] ?? []).map((value) => [value, 0]))
    for (const { feature } of scored)
      if (fits(feature, chosen, facet))
        for (const value of new Set(valuesOf(feature, facet))) counts.set(value, (counts.get(value) ?? 0) + 1)
    return [...counts]
      .map(([value, count]) => ({ value, count, isChosen: chosen[facet]?.includes(value) ?? false }))
      .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value))
  }
  return {
    features: scored
      .filter(({ feature }) => fits(feature, chosen))
      .sort((a, b) => b.score - a.score || a.feature.name.localeCompare(b.feature.name))
      .map(({ feature }) => feature),
    facets: {
      entity: countsOf('entity'),
      form: countsOf('form'),
      type: countsOf('type'),
      owner: countsOf('owner'),
      tag: countsOf('tag'),
      status: countsOf('status'),
      usage: countsOf('usage'),
    },
  }
}

export const toggled = (chosen: Chosen, facet: FacetName, value: string): Chosen => {
  const before = chosen[facet] ?? []
  return { ...chosen, [facet]: before.includes(value) ? before.filter((one) => one !== value) : [...before, value] }
}

export const featureId = (feature: Pick<FeatureSummary, 'namespace' | 'name'>): string =>
  feature.namespace === '' ? feature.name : `${feature.namespace}.${feature.name}`
