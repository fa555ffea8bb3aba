import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import { cellSql, keySql, keyText } from '@shared/features/cells'
import type { MaterialisedSet } from '@shared/features/materialised'
import type { OnlineTable } from '@shared/rpc/materialise'
import { quoteText } from '@shared/sql/quote'
import { momentOf } from '../features/feature'
import { digestOf } from '../workspace/durable'
import { commandToServe, type Looked } from './command'
import { type ComputeTools, newestMoment, type OpenedSet, openSet, valuesNow, writeKnownKeys } from './compute'
import type { OnlineRow, OnlineStore } from './onlineStore'
import { type DefinedNow, unneededTables } from './unneeded'

/** Rows that cross from the engine at once. */
const rowsAtOnce = 10_000
/** Share of the work that computing is; the rest is writing. */
const computingShare = 0.6

/** One choice of features of an entity, told from its others. */
export const groupOf = (features: readonly string[]): string =>
  digestOf(JSON.stringify([...features].sort())).slice('sha256:'.length, 'sha256:'.length + 16)

export interface NamedStore {
  /** What a person calls it. */
  readonly name: string
  readonly store: OnlineStore
  readonly ttlSeconds?: number
  /** By what its tables are needed or not. */
  readonly definedNow: DefinedNow
}

export interface OnlineRequest {
  readonly asOf?: string
  /** Digests of the features’ own definitions, by whole name. */
  readonly definitions: ReadonlyMap<string, string>
  /** Where the values go; all get the same. */
  readonly stores: readonly NamedStore[]
  readonly signal: AbortSignal
  onProgress(fraction: number, message: string): void
}

export interface OnlineResult {
  readonly entity: string
  readonly asOf: string | null
  readonly rows: number
  readonly stores: readonly string[]
  /** Tables of earlier choices that nothing is answered from any more. */
  readonly removed: readonly {
    readonly store: string
    readonly features: readonly string[]
    readonly asOf: string | null
  }[]
}

interface Reading {
  readonly opened: OpenedSet
  readonly path: string
  readonly signal: AbortSignal
}

const columnsSql = ({ question }: MaterialisedSet): string =>
  [
    ...question.keys.map(({ name, type }, index) => `${keySql(name, type)} as k${index}`),
    ...question.wanted.map(({ name, type }, index) => `${cellSql(name, type)} as v${index}`),
  ].join(', ')

const rowOf = ({ question }: MaterialisedSet, row: Readonly<Record<string, unknown>>): OnlineRow => ({
  key: keyText(question.keys.map((_, index) => row[`k${index}`])),
  cells: question.wanted.map((_, index) => {
    const cell = row[`v${index}`]
    return cell === null || cell === undefined ? null : String(cell)
  }),
})

/** The rows of a file, a few thousand at a time; the row of nobody is not among them. */
async function* readRows({ engine }: ComputeTools, { opened, path, signal }: Reading): AsyncGenerator<OnlineRow[]> {
  const { set } = opened
  for (let from = 0; ; from += rowsAtOnce) {
    const table = `read_parquet(${quoteText(path)}, file_row_number = true) where file_row_number >= ${from} and file_row_number < ${from + rowsAtOnce}`
    const all = await engine.rows(`select ${columnsSql(set)} from ${table}`, [], { signal })
    if (all.length === 0) return
    yield all
      .filter((row) => set.question.keys.every((_, index) => row[`k${index}`] !== null))
      .map((row) => rowOf(set, row))
  }
}

const absentRow = async ({ engine }: ComputeTools, { opened, path, signal }: Reading): Promise<OnlineRow> => {
  const { set } = opened
  const isNobody = set.question.keys.map((_, index) => `k${index} is null`).join(' and ')
  const from = `(select ${columnsSql(set)} from read_parquet(${quoteText(path)}))`
  const [row] = await engine.rows(`select * from ${from} where ${isNobody} limit 1`, [], { signal })
  if (!row) throw new StudioError('internal', 'The values of an unknown key were not computed.')
  return rowOf(set, row)
}

/** A set’s values at one moment into the stores: computed once, and read only when they are whole. */
export const serveSet = async (
  tools: ComputeTools,
  set: MaterialisedSet,
  { asOf: asked, definitions, stores, signal, onProgress }: OnlineRequest,
): Promise<OnlineResult> => {
  const scratch = await tools.engine.scratch('materialise')
  try {
    onProgress(0, 'Reading the sources')
    const opened = await openSet(tools, set, signal)
    const newest = await newestMoment(tools, opened, signal)
    const asOf = newest === null || asked === undefined ? newest : momentOf(asked)
    const known = await writeKnownKeys(tools, opened, join(scratch.path, 'keys.parquet'), signal)
    const path = join(scratch.path, 'values.parquet')
    onProgress(0.1, `Computing ${counted(set.features.length, 'feature')}`)
    const { rows: all } = await opened.explained(() =>
      tools.engine.copy(valuesNow(opened, known.table, asOf), path, 'parquet', { signal }),
    )
    await opened.requireUnchanged()
    const reading = { opened, path, signal }
    const table: OnlineTable = {
      entity: set.entity,
      group: groupOf(set.features),
      version: randomUUID(),
      asOf,
      madeAt: Date.now(),
      keys: set.question.keys.map(({ name, type }) => ({ name, type })),
      features: set.features.map((name, index) => ({
        name,
        type: set.question.wanted[index]?.type ?? 'unknown',
        definition: definitions.get(name) ?? '',
      })),
      absent: [...(await absentRow(tools, reading)).cells],
      // Without that of nobody.
      rows: all - 1,
    }
    let written = 0
    const total = Math.max(1, table.rows * stores.length)
    const removed: OnlineResult['removed'][number][] = []
    for (const { name, store, ttlSeconds, definedNow } of stores) {
      const gone = await store.replace(table, readRows(tools, reading), {
        signal,
        ttlSeconds,
        unneeded: unneededTables(definedNow),
        onRows: (count) => {
          written += count
          const share = computingShare + (1 - computingShare) * (written / total)
          onProgress(share, `${name}: ${counted(written, 'row')}`)
        },
      })
      for (const { features, asOf } of gone)
        removed.push({ store: name, features: features.map((feature) => feature.name), asOf })
    }
    return { entity: set.entity, asOf, rows: table.rows, stores: stores.map(({ name }) => name), removed }
  } finally {
    await scratch.remove()
  }
}

const namesOf = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

/** The table that answers for features as they are defined now; the one that was made last, where several do. */
export const chooseTable =
  (entity: string, definitions: ReadonlyMap<string, string>, looked: Looked) =>
  (tables: readonly OnlineTable[]): OnlineTable => {
    const names = [...definitions.keys()]
    const list = namesOf(names)
    const definitionIn = (table: OnlineTable, name: string): string | undefined =>
      table.features.find((feature) => feature.name === name)?.definition
    const having = tables.filter((table) => names.every((name) => definitionIn(table, name) !== undefined))
    const current = having.filter((table) => names.every((name) => definitionIn(table, name) === definitions.get(name)))
    const [newest] = current.toSorted((a, b) => b.madeAt - a.madeAt)
    if (newest) return newest
    const command = `\`${commandToServe(looked)}\``
    if (having.length > 0)
      throw new StudioError('conflict', `${list} changed since the serving table was made.`, {
        hint: `Materialise again, so that what is answered is what the program says: ${command}`,
      })
    const others = [...new Set(tables.flatMap(({ features }) => features.map(({ name }) => name)))]
    const where = looked.redis ? ' in this Redis' : ''
    throw new StudioError('not_found', `There is no serving table of \`${entity}\` with ${list}${where}.`, {
      hint:
        others.length > 0
          ? `There are ${namesOf(others)}; make one with those that are asked together: ${command}`
          : `Make one: ${command}`,
    })
  }
