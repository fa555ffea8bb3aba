import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { assembleSql, planOfParts, type TrainingPart, trainingParts } from '@shared/features/trainingColumns'
import type { ModelPlan } from '@shared/plan/plan'
import { quoteText } from '@shared/sql/quote'
import { compileTrainingSetSteps, readSources, type TrainingSetSteps } from '@shared/sql/trainingSet'
import { digestOf, publishFile, temporaryBeside } from '../workspace/durable'
import { createInputDigests, type InputDigest } from './inputDigests'
import type { Prepared, TrainingSet, TrainingSetRequest, WriterDependencies } from './trainingSet'
import { type CachedColumn, type CachedSet, createTrainingSetCache } from './trainingSetCache'

/** Raised where the same definition is computed in another way. */
const format = 1
/** Other sets whose columns a set is put together from. */
const mostLenders = 3

type Write = (statement: TrainingSetSteps, output: string, how?: { readonly isQuiet: boolean }) => Promise<TrainingSet>

interface WantedPart {
  readonly part: TrainingPart
  readonly columns: readonly CachedColumn[]
}

const moved = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true })
  try {
    await publishFile(from, to)
  } catch (error) {
    // Another drive.
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
    const temporary = temporaryBeside(to)
    try {
      await copyFile(from, temporary)
      await publishFile(temporary, to)
    } finally {
      await rm(temporary, { force: true })
    }
  }
}

/** Sets that have whole parts of one that is wanted, those with the most first. */
const lendersOf = (wanted: readonly WantedPart[], sets: readonly CachedSet[]): Map<CachedSet, WantedPart[]> => {
  const lenders = new Map<CachedSet, WantedPart[]>()
  let open = [...wanted]
  while (open.length > 0 && lenders.size < mostLenders) {
    const offers = sets.map((set) => {
      const has = new Set(set.columns.map(({ id }) => id))
      return { set, parts: open.filter(({ columns }) => columns.every(({ id }) => has.has(id))) }
    })
    const [best] = offers.toSorted((a, b) => b.parts.length - a.parts.length)
    if (!best || best.parts.length === 0) break
    lenders.set(best.set, best.parts)
    open = open.filter((part) => !best.parts.includes(part))
  }
  return lenders
}

/**
 * Training sets by what they are computed from: one that was computed before is copied, and of one that differs in some
 * features these alone are computed. What a file holds is told by its bytes, what is computed by its statement.
 */
export const trainingSetKeeper = ({ engine, workspace, explained }: WriterDependencies) => {
  const cache = createTrainingSetCache(workspace)
  const inputs = createInputDigests(workspace)

  /** Null where a source cannot be told by its bytes. */
  const wantedOf = async (
    plan: ModelPlan,
    { tables }: Prepared,
  ): Promise<{ wanted: WantedPart[]; isStill(): Promise<boolean> } | null> => {
    const digests = new Map<string, InputDigest>()
    for (const [index, { name }] of readSources(plan, false).entries()) {
      const table = tables[index]
      const found = table ? await inputs.of(table) : null
      if (!found) return null
      digests.set(name, found)
    }
    const [row] = await engine.rows('select version() as v')
    const wanted = trainingParts(plan).map((part): WantedPart => {
      const read = part.sources.map((name) => digests.get(name)?.digest ?? '')
      const identity = digestOf(JSON.stringify([format, row?.v, part.definition, read]))
      const isOne = part.columns.length === 1
      return { part, columns: part.columns.map((name) => ({ id: isOne ? identity : `${identity} ${name}`, name })) }
    })
    const isStill = async (): Promise<boolean> => {
      for (const one of digests.values()) if (!(await one.isStill())) return false
      return true
    }
    return { wanted, isStill }
  }

  const publish = async (
    file: string,
    { output, signal }: TrainingSetRequest,
    made: TrainingSet,
  ): Promise<TrainingSet> => {
    if (extname(output).toLowerCase() === '.csv') {
      const { digest } = await engine.copy(`select * from read_parquet(${quoteText(file)})`, output, 'csv', { signal })
      return { ...made, path: output, digest }
    }
    await moved(file, output)
    return { ...made, path: output }
  }

  /** The set with what other sets lend; null where none does. */
  const assembled = async (
    plan: ModelPlan,
    {
      wanted,
      prepared,
      folder,
      write,
    }: { wanted: readonly WantedPart[]; prepared: Prepared; folder: string; write: Write },
  ): Promise<TrainingSet | null> => {
    const lenders = lendersOf(wanted, await cache.list())
    for (const set of lenders.keys())
      if (!(await cache.isWhole(set))) return assembled(plan, { wanted, prepared, folder, write })
    if (lenders.size === 0) return null
    const lent = new Set([...lenders.values()].flat())
    const missing = wanted.filter((part) => !lent.has(part))
    const others = wanted.at(-1)
    const names = new Set(missing.flatMap(({ part }) => part.columns))
    const uses = plan.uses.filter(({ name }) => names.has(name))
    const parts = [...lenders].map(([set, has]) => ({
      table: `read_parquet(${quoteText(set.path)})`,
      columns: has.flatMap(({ columns }) =>
        columns.map(({ id, name }) => ({ from: set.columns.find((one) => one.id === id)?.name ?? name, to: name })),
      ),
    }))
    let rows = [...lenders.keys()][0]?.rows ?? 0
    if (missing.length > 0) {
      const own = planOfParts(plan, uses, others !== undefined && missing.includes(others))
      const file = join(folder, 'missing.parquet')
      const made = await write(compileTrainingSetSteps(own, { tables: prepared.expressions }), file)
      rows = made.rows
      parts.push({
        table: `read_parquet(${quoteText(file)})`,
        columns: [...names].map((name) => ({ from: name, to: name })),
      })
    }
    // Sets of the same rows have as many.
    if ([...lenders.keys()].some((set) => set.rows !== rows)) return null
    const query = assembleSql(
      parts,
      wanted.flatMap(({ columns }) => columns.map(({ name }) => name)),
    )
    const made = await write({ steps: [], query }, join(folder, 'set.parquet'), { isQuiet: true })
    return { ...made, reused: missing.length === 0, computed: uses.length }
  }

  return async (
    plan: ModelPlan,
    prepared: Prepared,
    request: TrainingSetRequest,
    write: Write,
  ): Promise<TrainingSet> => {
    request.onProgress?.(0, 'Looking for what was computed before')
    const known = await explained(prepared.tables, () => wantedOf(plan, prepared))
    if (!known) return write(prepared.statement, request.output)
    const { wanted, isStill } = known
    const columns = wanted.flatMap((one) => one.columns)
    const scratch = await engine.scratch('training')
    try {
      const file = join(scratch.path, 'set.parquet')
      const same = (await cache.list()).find((set) => JSON.stringify(set.columns) === JSON.stringify(columns))
      if (same && (await cache.take(same, file))) {
        const { rows, digest } = same
        request.signal.throwIfAborted()
        const made = { path: file, rows, digest, features: plan.uses.length, reused: true, computed: 0 }
        return await publish(file, request, made)
      }
      const context = { wanted, prepared, folder: scratch.path, write }
      const made = (await assembled(plan, context)) ?? (await write(prepared.statement, file))
      // A set that nobody can train on is told of by whoever asked.
      if (made.rows > 0 && (await isStill())) await cache.keep(file, { ...made, columns }).catch(() => {})
      return await publish(file, request, made)
    } finally {
      await scratch.remove()
    }
  }
}
