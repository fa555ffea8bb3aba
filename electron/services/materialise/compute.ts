import { StudioError } from '@shared/errors'
import { inputDigestsSql, keysAtSql, knownKeysSql, nobodySql, rowsUntilSql } from '@shared/features/knownKeys'
import type { MaterialisedSet } from '@shared/features/materialised'
import { keySpine, questionPlan } from '@shared/features/question'
import type { SourcePlan } from '@shared/plan/plan'
import { trainingSetColumns } from '@shared/plan/plan'
import { quoteName, quoteText } from '@shared/sql/quote'
import { compileTrainingSetSteps, queryOver, type TrainingSetSteps } from '@shared/sql/trainingSet'
import type { DataEngine } from '../data/engine'
import type { TableOptions } from '../data/sources'
import type { Table } from '../data/tables'
import { digestOf } from '../workspace/durable'

export interface ComputeTools {
  readonly engine: DataEngine
  readonly features: {
    openSources(
      sources: readonly SourcePlan[],
      options?: TableOptions,
    ): Promise<{ readonly tables: readonly Table[]; readonly expressions: Readonly<Record<string, string>> }>
    explained<T>(tables: readonly Table[], work: () => Promise<T>): Promise<T>
  }
}

/** A set’s sources as they are now. */
export interface OpenedSet {
  readonly set: MaterialisedSet
  readonly expressions: Readonly<Record<string, string>>
  /** Failures, said about the sources. */
  explained<T>(work: () => Promise<T>): Promise<T>
  /** Fails with `conflict` where a source is not what it was. */
  requireUnchanged(): Promise<void>
}

export const openSet = async (
  { features }: ComputeTools,
  set: MaterialisedSet,
  signal: AbortSignal,
): Promise<OpenedSet> => {
  const { sources } = set.question
  const { tables, expressions } = await features.openSources(sources, { signal, isFresh: true })
  return {
    set,
    expressions,
    explained: (work) => features.explained(tables, work),
    requireUnchanged: async () => {
      const now = await features.openSources(sources, { signal })
      const changed = tables.find(({ stamp }, index) => now.tables[index]?.stamp !== stamp)
      if (!changed) return
      throw new StudioError('conflict', `\`${changed.path}\` changed while features were computed from it.`, {
        hint: 'Start again: days that were finished and did not change are kept.',
        place: { file: changed.path },
      })
    },
  }
}

const isOverTime = ({ question }: MaterialisedSet): boolean => keySpine(question).time !== null

/** Nothing that does not depend on time has days. */
export const requireTime = (set: MaterialisedSet): void => {
  if (isOverTime(set)) return
  throw new StudioError('invalid_input', `The features of \`${set.entity}\` do not depend on time.`, {
    hint: 'They are the same on every day: make a serving table of them with `--online`, without days.',
  })
}

/** What computes a set’s features for the rows of a table with its keys and, over time, `as_of`. */
const valuesOf = ({ set, expressions }: OpenedSet, table: string): TrainingSetSteps => {
  const spine = keySpine(set.question)
  const plan = questionPlan(set.question, spine)
  const uses = plan.uses.map(({ name }) => quoteName(name)).join(', ')
  const statement = compileTrainingSetSteps(plan, {
    tables: expressions,
    observations: { table, columns: spine.columns.map(({ name }) => name) },
    keepUnlabelled: true,
  })
  return queryOver(statement, (query) => `select ${uses} from (${query}) order by ${trainingSetColumns.row}`)
}

/** A file of every key with the moment since when it is known. */
export const writeKnownKeys = async (
  { engine }: ComputeTools,
  { set, expressions, explained }: OpenedSet,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly table: string; readonly keys: number }> => {
  const { rows } = await explained(() =>
    engine.copy(knownKeysSql(set.question, expressions), path, 'parquet', { signal }),
  )
  return { table: `read_parquet(${quoteText(path)})`, keys: rows }
}

/** Of every key that is known at each moment, from the rows up to the last one alone. */
export const valuesAt = (opened: OpenedSet, known: string, moments: readonly bigint[]): TrainingSetSteps => {
  const { question } = opened.set
  const last = moments.reduce((latest, moment) => (moment > latest ? moment : latest))
  const expressions = Object.fromEntries(
    question.sources.map((source) => [
      source.name,
      rowsUntilSql(source, question, opened.expressions[source.name] ?? '', last),
    ]),
  )
  return valuesOf({ ...opened, expressions }, `(${keysAtSql(question, known, moments)})`)
}

/** Of every key that is known at the moment, and of nobody: the row whose keys are null. */
export const valuesNow = (opened: OpenedSet, known: string, asOf: string | null): TrainingSetSteps => {
  const { question } = opened.set
  const moment = asOf === null ? '' : `, ${quoteText(asOf)}::timestamp as as_of`
  const names = question.keys.map(({ name }) => quoteName(name)).join(', ')
  const isKnown = asOf === null ? 'true' : `known <= epoch_us(${quoteText(asOf)}::timestamp)`
  return valuesOf(
    opened,
    `(select ${names}${moment} from ${known} where ${isKnown} union all select ${nobodySql(question)}${moment})`,
  )
}

/** Right after the newest row of all sources: there every row counts. Null where nothing depends on time. */
export const newestMoment = async (
  { engine }: ComputeTools,
  { set, expressions, explained }: OpenedSet,
  signal: AbortSignal,
): Promise<string | null> => {
  const times = set.question.sources.flatMap(({ name, timeColumn }) =>
    timeColumn === null ? [] : [`select max(${quoteName(timeColumn)})::timestamp as t from ${expressions[name]}`],
  )
  if (times.length === 0) return null
  const [row] = await explained(() =>
    engine.rows(
      `select cast(max(t) + interval 1 microsecond as varchar) as t from (${times.join(' union all ')})`,
      [],
      { signal },
    ),
  )
  return typeof row?.t === 'string' ? row.t : '1970-01-01 00:00:00'
}

interface Sum {
  readonly day: number | null
  readonly n: bigint
  readonly high: bigint
  readonly low: bigint
}

/** Sums of all days up to each, in the order of days; those without a day come before all. */
const runningSums = (byDay: readonly Sum[]): Sum[] => {
  const sums: Sum[] = []
  for (const { day, n, high, low } of byDay.toSorted((a, b) => (a.day ?? -Infinity) - (b.day ?? -Infinity))) {
    const before = sums.at(-1) ?? { n: 0n, high: 0n, low: 0n }
    sums.push({ day, n: before.n + n, high: before.high + high, low: before.low + low })
  }
  return sums
}

/** The last sum up to a day: a range of many days asks for many. */
const sumUpTo = (sums: readonly Sum[], day: number): Sum | null => {
  let [from, to] = [0, sums.length]
  while (from < to) {
    const middle = (from + to) >> 1
    const at = sums[middle]?.day ?? null
    if (at === null || at <= day) from = middle + 1
    else to = middle
  }
  return sums[from - 1] ?? null
}

/** Digest of the rows that may count at the end of a day, by day number. */
export const inputDigests = async (
  { engine }: ComputeTools,
  { set, expressions, explained }: OpenedSet,
  signal: AbortSignal,
): Promise<(day: number) => string> => {
  const read = new Set(
    set.question.features.flatMap(({ definition }) => (definition.form === 'aggregate' ? [definition.source] : [])),
  )
  const sources = set.question.sources.filter(({ name }) => read.has(name))
  const sums: { readonly name: string; readonly upTo: readonly Sum[] }[] = []
  for (const source of sources) {
    const sql = inputDigestsSql(source, set.question, expressions[source.name] ?? '')
    const rows = await explained(() => engine.rows(sql, [], { signal }))
    const byDay = rows.map((row): Sum => {
      const day = row.day === null ? null : Number(row.day)
      return { day, n: BigInt(String(row.n)), high: BigInt(String(row.high)), low: BigInt(String(row.low)) }
    })
    sums.push({ name: source.name, upTo: runningSums(byDay) })
  }
  return (day) => {
    const upTo = sums.map((source) => {
      const { n, high, low } = sumUpTo(source.upTo, day) ?? { n: 0n, high: 0n, low: 0n }
      return [source.name, String(n), String(high), String(low)]
    })
    return digestOf(JSON.stringify(upTo))
  }
}
