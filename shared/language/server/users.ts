import { type CheckedFeature, type CheckedModel, featureNamed } from '../check/symbols'
import type { Snapshot } from './workspace'

const known = new WeakMap<Snapshot, ReadonlyMap<CheckedFeature, ReadonlySet<CheckedModel>>>()

/** The models that need each feature, in any namespace: those that bring it, and those that bring one computed from it. */
export function usersOf(snapshot: Snapshot): ReadonlyMap<CheckedFeature, ReadonlySet<CheckedModel>> {
  const kept = known.get(snapshot)
  if (kept) return kept
  const users = new Map<CheckedFeature, Set<CheckedModel>>()
  const namespaces = snapshot.namespaces()
  for (const [namespace, { symbols }] of namespaces)
    for (const model of symbols?.models.values() ?? []) {
      const open = model.uses.flatMap(({ feature }) => (feature ? [{ namespace, name: feature }] : []))
      for (let next = open.pop(); next; next = open.pop()) {
        const { symbols: there } = namespaces.get(next.namespace) ?? {}
        const feature = there && featureNamed(there, next.name)
        const own = feature && (users.get(feature) ?? new Set())
        // Also where features need each other in a circle this ends.
        if (!feature || !own || own.has(model)) continue
        users.set(feature, own.add(model))
        for (const name of feature.reads) open.push({ namespace: feature.namespace, name })
      }
    }
  known.set(snapshot, users)
  return users
}
