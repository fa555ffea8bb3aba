import type { Document, FeatureDeclaration, UseStatement } from '../language/ast'
import { findOperator } from '../language/operators/table'

/** Names of columns by the name of a source, as far as they are known. */
export type KnownColumns = ReadonlyMap<string, ReadonlySet<string>>

/** Tells features from columns, which share their spelling; the rules are the checker’s. */
export interface Meaning {
  readonly isFeature: (name: string) => boolean
  /** In a `use`: a feature where it says `by`, or where the observed source has no such column. */
  readonly usesFeature: (use: UseStatement, name: string, observed: string | undefined) => boolean
  /** In a feature that reads a source: row features may read each other, aggregates read columns alone. */
  readonly readsFeature: (feature: FeatureDeclaration, name: string) => boolean
}

export function meaningOf(
  document: Document,
  columns: KnownColumns = new Map(),
  others: readonly Document[] = [],
): Meaning {
  const features = new Set(
    [document, ...others].flatMap((one) =>
      one.declarations.flatMap((declaration) => (declaration.kind === 'feature' ? [declaration.name.text] : [])),
    ),
  )
  for (const { names } of document.imports) for (const { name, alias } of names) features.add((alias ?? name).text)
  const isFeature = (name: string): boolean => features.has(name)
  return {
    isFeature,
    usesFeature: (use, name, observed) =>
      isFeature(name) && (use.by.length > 0 || !columns.get(observed ?? '')?.has(name)),
    readsFeature: (feature, name) => {
      const body = feature.definition
      if (!body || !isFeature(name) || name === feature.name.text) return false
      if (!body.from) return true
      return !isAggregate(feature) && !columns.get(body.from.text)?.has(name)
    },
  }
}

const isAggregate = ({ definition }: FeatureDeclaration): boolean => {
  if (!definition) return false
  const { expression, window, by } = definition
  if (window || by.length > 0) return true
  return (
    expression.kind === 'call' && findOperator(expression.callee.text, 'feature')?.roles.includes('aggregate') === true
  )
}
