import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { counted } from '@shared/counted'
import { StudioError, toStudioError } from '@shared/errors'
import { dayNumber, endOfDay, momentAtEnd } from '@shared/features/days'
import type { MaterialisedSet } from '@shared/features/materialised'
import { quoteName, quoteText } from '@shared/sql/quote'
import { queryOver, type TrainingSetSteps } from '@shared/sql/trainingSet'
import { withProcessLock } from '../workspace/processLock'
import type { Workspace } from '../workspace/root'
import { type BackfillDay, type BackfillFolder, backfillFolder, type Manifest } from './backfillStore'
import {
  type ComputeTools,
  inputDigests,
  type OpenedSet,
  openSet,
  requireTime,
  valuesAt,
  writeKnownKeys,
} from './compute'

export interface BackfillTools extends ComputeTools {
  readonly workspace: Workspace
}

export interface BackfillRequest {
  readonly identity: string
  readonly days: readonly string[]
  readonly signal: AbortSignal
  /** Of this set; 0…1. */
  onProgress(fraction: number, message: string): void
}

export interface BackfillResult {
  readonly entity: string
  readonly identity: string
  /** Workspace-relative. */
  readonly folder: string
  readonly days: number
  readonly computed: number
  readonly reused: number
  readonly rows: number
}

/**
 * Days that one statement computes: the sources are read once for all of them. It grows, so that the first days are soon
 * there and a long range reads the sources seldom.
 */
const mostDays = 32
const mostRows = 4_000_000

const batches = (days: readonly string[], keys: number): string[][] => {
  const bound = Math.max(1, Math.min(mostDays, Math.floor(mostRows / Math.max(1, keys))))
  const made: string[][] = []
  for (let at = 0, size = 1; at < days.length; size *= 2) {
    const batch = days.slice(at, at + Math.min(size, bound))
    made.push(batch)
    at += batch.length
  }
  return made
}

type Written = Omit<BackfillDay, 'inputs'>

const writeDay = async (
  { engine }: ComputeTools,
  { set }: OpenedSet,
  statement: TrainingSetSteps,
  path: string,
  signal: AbortSignal,
): Promise<Written> => {
  const order = set.question.keys.map(({ name }) => quoteName(name)).join(', ')
  const ordered = queryOver(statement, (query) => `select * from (${query}) order by ${order}`)
  const { rows, digest } = await engine.copy(ordered, path, 'parquet', { signal })
  return { rows, digest, bytes: (await stat(path)).size }
}

interface Batch {
  readonly days: readonly string[]
  /** Table expression of the keys. */
  readonly known: string
  /** A folder for what is needed only for a while. */
  readonly scratch: string
}

/** Computes some days in one statement; each becomes a file whole or not at all. */
const computeBatch = async (
  tools: ComputeTools,
  opened: OpenedSet,
  { days, known, scratch }: Batch,
  folder: BackfillFolder,
  signal: AbortSignal,
): Promise<Map<string, Written>> => {
  const written = new Map<string, Written>()
  const statement = valuesAt(opened, known, days.map(endOfDay))
  const [first, second] = days
  if (first !== undefined && second === undefined) {
    written.set(first, await writeDay(tools, opened, statement, folder.file(first), signal))
    return written
  }
  const together = join(scratch, `${first}.parquet`)
  try {
    await tools.engine.copy(statement, together, 'parquet', { signal })
    for (const day of days) {
      const query = `select * from read_parquet(${quoteText(together)}) where as_of = ${quoteText(momentAtEnd(day))}::timestamp`
      written.set(day, await writeDay(tools, opened, { steps: [], query }, folder.file(day), signal))
    }
    return written
  } finally {
    await rm(together, { force: true })
  }
}

const named = (error: unknown, days: readonly string[]): StudioError => {
  const { code, message, ...more } = toStudioError(error)
  const [first, last] = [days[0], days.at(-1)]
  const when = first === last ? first : `${first} to ${last}`
  return new StudioError(code, `${when}: ${message}`, { ...more, cause: error })
}

const isOfDay = (error: unknown): boolean => !['cancelled', 'conflict'].includes(toStudioError(error).code)

/** What was finished, and is still what would be computed. */
const finishedDays = async (
  manifest: Manifest | null,
  folder: BackfillFolder,
  days: readonly string[],
  inputsOf: (day: string) => string,
): Promise<Map<string, BackfillDay>> => {
  const finished = new Map<string, BackfillDay>()
  for (const day of days) {
    const known = manifest?.days[day]
    if (known?.inputs === inputsOf(day) && (await folder.isWhole(day, known.digest))) finished.set(day, known)
  }
  return finished
}

/** A set’s values at the end of each day, one file a day; days that are there and would come out the same stay as they are. */
export const backfillSet = async (
  tools: BackfillTools,
  set: MaterialisedSet,
  { identity, days, signal, onProgress }: BackfillRequest,
): Promise<BackfillResult> => {
  requireTime(set)
  const folder = await backfillFolder(tools.workspace, set.entity, identity)
  const work = async (scratch: string): Promise<BackfillResult> => {
    onProgress(0, 'Reading the sources')
    const opened = await openSet(tools, set, signal)
    const digestUpTo = await inputDigests(tools, opened, signal)
    const inputs = new Map(days.map((day) => [day, digestUpTo(dayNumber(day))]))
    const before = await folder.read()
    const finished = await finishedDays(before, folder, days, (day) => inputs.get(day) ?? '')
    const missing = days.filter((day) => !finished.has(day))
    const made: Record<string, BackfillDay> = { ...before?.days }
    const manifest: Manifest = {
      ...{ version: 1, entity: set.entity, identity, days: made },
      keys: set.question.keys.map(({ name, type }) => ({ name, type })),
      features: set.question.wanted.map(({ name, type }) => ({ name, type })),
    }
    let done = finished.size
    if (done > 0)
      onProgress(
        done / days.length,
        `${done} of ${counted(days.length, 'day')} ${days.length === 1 ? 'is' : 'are'} there`,
      )

    const compute = async (batch: Batch): Promise<void> => {
      const written = await opened.explained(() => computeBatch(tools, opened, batch, folder, signal))
      // What was computed is of the inputs that were looked at, or it is not named.
      await opened.requireUnchanged()
      const now = Object.fromEntries(
        [...written].map(([day, one]) => [day, { inputs: inputs.get(day) ?? '', ...one }] as const),
      )
      await folder.note(now)
      Object.assign(made, now)
      for (const [day, { rows }] of Object.entries(now)) {
        done += 1
        onProgress(done / days.length, `${day}: ${counted(rows, 'key')}`)
      }
    }
    /** Which day of several failed is found by asking for each alone; those before it are kept. */
    const computeOrName = async (batch: Batch): Promise<void> => {
      try {
        await compute(batch)
      } catch (error) {
        if (!isOfDay(error) || signal.aborted) throw error
        if (batch.days.length === 1) throw named(error, batch.days)
        for (const day of batch.days) await computeOrName({ ...batch, days: [day] })
      }
    }

    if (missing.length > 0) {
      const { table: known, keys } = await writeKnownKeys(tools, opened, join(scratch, 'keys.parquet'), signal)
      await folder.write(manifest)
      try {
        for (const batch of batches(missing, keys)) await computeOrName({ days: batch, known, scratch })
      } finally {
        await folder.write(manifest)
      }
    }
    return {
      entity: set.entity,
      identity,
      folder: tools.workspace.relative(folder.path),
      days: days.length,
      computed: missing.length,
      reused: finished.size,
      rows: days.reduce((sum, day) => sum + (made[day]?.rows ?? 0), 0),
    }
  }
  const guarded = async (): Promise<BackfillResult> => {
    const scratch = await tools.engine.scratch('materialise')
    try {
      return await work(scratch.path)
    } finally {
      await scratch.remove()
    }
  }
  return withProcessLock(folder.lock, guarded, {
    signal,
    onWait: () => onProgress(0, 'Waiting for another that writes the same'),
  })
}
