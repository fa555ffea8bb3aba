import { type CheckedFeature, type CheckedModel, featureNamed } from '../check/symbols'
import type { Snapshot } from './workspace'

const known = new WeakMap<Snapshot, ReadonlyMap<CheckedFeature, ReadonlySet<CheckedModel>>>()

/** The models that need each feature, in any namespace: those that bring it, and those that bring one computed from it. */
export function usersOf(snapshot: Snapshot): ReadonlyMap<CheckedFeature, ReadonlySet<CheckedModel>> {
  const kept = known.get(snapshot)
  if (kept) return kept
  const users = new Map<CheckedFeature, Set<CheckedModel>>()
  const namespaces = snapshot.namespaces()
  const give = (namespace: string, name: string, model: CheckedModel): void => {
    const symbols = namespaces.get(namespace)?.symbols
    const feature = symbols && featureNamed(symbols, name)
    if (!feature) return
    const own = users.get(feature) ?? new Set()
    users.set(feature, own)
    // Also where features need each other in a circle this ends.
    if (own.has(model)) return
    own.add(model)
    for (const read of feature.reads) give(feature.namespace, read, model)
  }
  for (const [namespace, { symbols }] of namespaces)
    for (const model of symbols?.models.values() ?? [])
      for (const { feature } of model.uses) if (feature) give(namespace, feature, model)
  known.set(snapshot, users)
  return users
}
