import type { OnlineTable } from '@shared/rpc/materialise'

/** The digest of how a feature is defined now; null where there is no such feature, undefined where that cannot be told. */
export type DefinedNow = (name: string) => string | null | undefined

/** For a store that other programs, or other versions of this one, may read: every table answers somebody as it is. */
export const definedAsEver: DefinedNow = () => undefined

export type Unneeded = (tables: readonly OnlineTable[]) => readonly OnlineTable[]

/**
 * Those of an entity’s tables that no question is answered from any more: what still holds of them, a newer one has too,
 * defined the same way, and the newest that has all that is asked for answers.
 */
export const unneededTables =
  (definedNow: DefinedNow): Unneeded =>
  (tables) =>
    tables.filter((table) => {
      const holding = table.features.filter(({ name, definition }) => {
        const now = definedNow(name)
        return now === undefined || now === definition
      })
      const has = (other: OnlineTable): boolean =>
        holding.every(({ name, definition }) =>
          other.features.some((feature) => feature.name === name && feature.definition === definition),
        )
      return holding.length === 0 || tables.some((other) => other.madeAt > table.madeAt && has(other))
    })
