import type { CellText } from '@shared/features/cells'
import type { OnlineTable } from '@shared/rpc/materialise'
import type { Unneeded } from './unneeded'

export interface OnlineRow {
  readonly key: string
  readonly cells: readonly CellText[]
}

export interface OnlineAnswer {
  readonly table: OnlineTable
  /** In the order of the keys that were asked for; null for a key that the table does not have. */
  readonly rows: readonly (readonly CellText[] | null)[]
}

/**
 * Serving tables by entity. A version of a table is written beside the one that is read and takes its place at once:
 * an answer is of one version, whole, whoever writes meanwhile; a writer that dies leaves what was there before.
 */
export interface OnlineStore {
  /** Fails as writing would, before anything is computed for it. */
  check(signal: AbortSignal): Promise<void>
  tables(entity?: string): Promise<OnlineTable[]>
  /** `ttlSeconds`: for stores that forget. Returns the tables of the entity that went in the same moment. */
  replace(
    table: OnlineTable,
    batches: AsyncIterable<readonly OnlineRow[]>,
    options: ReplaceOptions,
  ): Promise<readonly OnlineTable[]>
  /** Removes what `unneeded` names of an entity’s tables, all at once; returns what that was. Of all entities where none is named. */
  remove(entity: string | undefined, unneeded: Unneeded, signal: AbortSignal): Promise<readonly OnlineTable[]>
  /** `choose` picks among an entity’s tables, or throws; it may be called again where they change meanwhile. */
  read(
    entity: string,
    choose: (tables: readonly OnlineTable[]) => OnlineTable,
    keys: readonly string[],
  ): Promise<OnlineAnswer>
  close(): Promise<void>
}

export interface ReplaceOptions {
  readonly signal: AbortSignal
  readonly ttlSeconds?: number
  /** Asked about the entity’s tables, the new one among them, in the moment in which it takes its place. */
  readonly unneeded: Unneeded
  onRows(count: number): void
}
