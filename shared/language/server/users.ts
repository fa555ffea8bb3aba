import type { NamespaceFacts } from './analysis'

const known = new WeakMap<NamespaceFacts, ReadonlyMap<string, ReadonlySet<string>>>()

/** The models that need each feature, by its name: those that bring it, and those that bring one computed from it. */
export function usersOf(facts: NamespaceFacts): ReadonlyMap<string, ReadonlySet<string>> {
  const kept = known.get(facts)
  if (kept) return kept
  const users = new Map<string, Set<string>>()
  const { features, models } = facts.symbols ?? {}
  const give = (feature: string, model: string): void => {
    const own = users.get(feature) ?? new Set()
    users.set(feature, own)
    // Also where features need each other in a circle this ends.
    if (own.has(model)) return
    own.add(model)
    for (const read of features?.get(feature)?.reads ?? []) give(read, model)
  }
  for (const [name, { uses }] of models ?? []) for (const { feature } of uses) if (feature) give(feature, name)
  known.set(facts, users)
  return users
}
