import type { Declaration } from '../ast'
import type { Report } from './report'

/** What a check may look up by name, whatever else it is given. */
export type World = Readonly<Record<string, (name: string) => unknown>>

export interface RecallPlace {
  readonly file: string
  readonly namespace: string
  readonly report: Report
}

interface Recollection {
  readonly at: string
  readonly checked: object
  readonly seen: readonly { readonly what: string; readonly name: string; readonly found: unknown }[]
}

/**
 * What checking the declarations of a workspace gave the last time. A declaration is known again by its tree, which is
 * the same object for as long as its text does not change: see `reread`. What was told of it is not kept, so only what
 * nothing was told of is known again.
 */
export interface Memory {
  /**
   * The check of a declaration, or what it gave before, where the declaration and all that it looked up are still the
   * same. `check` must look names up in the world that it is handed, and nowhere else while it tells nothing.
   */
  recall<T extends object, W extends World>(
    declaration: Declaration,
    place: RecallPlace,
    world: W,
    check: (watched: W) => T,
  ): T
  forget(declaration: Declaration): void
  /** Does what only tells something, unless it told nothing the last time about the same result of a check. */
  tellOnce(checked: object, report: Report, tell: () => void): void
}

/** Knows nothing and keeps nothing. */
export const noMemory: Memory = {
  recall: (_declaration, _place, world, check) => check(world),
  forget: () => {},
  tellOnce: (_checked, _report, tell) => tell(),
}

export const createMemory = (): Memory => {
  const known = new WeakMap<Declaration, Recollection>()
  const kept = new WeakSet<object>()
  const quiet = new WeakSet<object>()
  return {
    recall: <T extends object, W extends World>(
      declaration: Declaration,
      { file, namespace, report }: RecallPlace,
      world: W,
      check: (watched: W) => T,
    ): T => {
      const isFaulty = report.hasErrorIn(file, declaration.span)
      const at = `${namespace}\0${file}`
      const before = known.get(declaration)
      if (before?.at === at && !isFaulty && before.seen.every(({ what, name, found }) => world[what]?.(name) === found))
        return before.checked as T
      const seen: Recollection['seen'][number][] = []
      const told = report.told()
      const checked = check(watch(world, seen))
      if (!isFaulty && report.told() === told) {
        known.set(declaration, { at, checked, seen })
        kept.add(checked)
      } else known.delete(declaration)
      return checked
    },
    forget: (declaration) => known.delete(declaration),
    tellOnce: (checked, report, tell) => {
      if (quiet.has(checked)) return
      const told = report.told()
      tell()
      if (report.told() === told && kept.has(checked)) quiet.add(checked)
    },
  }
}

const watch = <W extends World>(world: W, seen: { what: string; name: string; found: unknown }[]): W =>
  Object.fromEntries(
    Object.entries(world).map(([what, look]) => [
      what,
      (name: string) => {
        const found = look(name)
        seen.push({ what, name, found })
        return found
      },
    ]),
  ) as W

/** A map of which only single names are watched: who asks for more is about to tell something. */
export class WatchedMap<T> implements ReadonlyMap<string, T> {
  constructor(
    private readonly map: ReadonlyMap<string, T>,
    private readonly look: (name: string) => unknown,
  ) {}

  get size(): number {
    return this.map.size
  }
  get(name: string): T | undefined {
    return this.look(name) as T | undefined
  }
  has(name: string): boolean {
    return this.look(name) !== undefined
  }
  forEach(visit: (value: T, name: string, map: ReadonlyMap<string, T>) => void): void {
    this.map.forEach(visit)
  }
  entries(): MapIterator<[string, T]> {
    return this.map.entries()
  }
  keys(): MapIterator<string> {
    return this.map.keys()
  }
  values(): MapIterator<T> {
    return this.map.values()
  }
  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.map[Symbol.iterator]()
  }
}
