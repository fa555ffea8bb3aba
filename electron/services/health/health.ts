import { randomUUID } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { judge, judgeColumn, limitsOf } from '@shared/health/judge'
import { binaryMetrics, regressionMetrics } from '@shared/health/metrics'
import type { HealthReport } from '@shared/health/report'
import type { ModelPlan } from '@shared/plan/plan'
import type { healthContract } from '@shared/rpc/health'
import { quoteName, quoteText } from '@shared/sql/quote'
import { type Baseline, baselineSchema } from '@shared/training/run'
import { tableFromIPC } from 'apache-arrow'
import type { Emit, Service, ServiceContext } from '../context'
import type { FeatureBuilder, QueryEngine } from '../runtime/dependencies'
import type { ModelLibrary } from '../runtime/models'
import { currentColumn, logTable } from './distribution'

export interface HealthDependencies {
  readonly data: { readonly engine: QueryEngine }
  readonly features: FeatureBuilder
  readonly runtime: { readonly library: ModelLibrary; flushedLog(reference: string): Promise<string> }
  /** For tests of freshness. */
  readonly clock?: () => number
}

export type HealthService = Service<typeof healthContract>

const folderPattern = /^(run|sha256)-(.+)$/

const parquetIn = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.endsWith('.parquet') && !name.startsWith('.')).map((name) => join(folder, name))
}

/** Widths that people read at a glance, in ms. */
const minute = 60_000
const niceWidths = [1, 5, 15, 60, 180, 360, 720, 1440, 10_080, 43_200, 129_600, 525_600].map(
  (minutes) => minutes * minute,
)
const mostBuckets = 60

/** The label’s own columns and the row key are all that a file of labels needs. */
const labelPlan = (plan: ModelPlan): ModelPlan => ({
  ...plan,
  uses: [],
  features: [],
  nodes: [],
  outputs: [],
  observation: { ...plan.observation, filter: null },
  // A split by an entity would need the features that describe it.
  train: { ...plan.train, split: { kind: 'random', fractions: [1, 0, 0] } },
})

const noLabels = (plan: ModelPlan, path: string): StudioError => {
  const source = plan.sources.find((one) => one.name === plan.observation.source)
  const key = [...new Set([...(source?.timeColumn ? [source.timeColumn] : []), ...(source?.rowKey ?? [])])]
  return new StudioError('missing_column', `\`${path}\` holds no labels that could find their predictions.`, {
    hint: `It needs the columns ${key.map((name) => `\`${name}\``).join(', ')} and those of the label.`,
    place: { file: path },
  })
}

export const createHealthService = (
  context: ServiceContext,
  emit: Emit<typeof healthContract>,
  { data, features, runtime, clock = Date.now }: HealthDependencies,
): HealthService => {
  const { engine } = data
  const serving = context.workspace.internal('serving')

  const filesOf = async (reference: string): Promise<{ log: string[]; labels: string[] }> => {
    const folder = await runtime.flushedLog(reference)
    return { log: await parquetIn(folder), labels: await parquetIn(join(folder, 'labels')) }
  }

  const baselineOf = async (reference: string): Promise<Baseline> => {
    const bytes = await runtime.library.file(reference, 'baseline')
    const parsed = baselineSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    if (parsed.success) return parsed.data
    throw new StudioError('unreadable_file', 'The model’s baseline is not of the form that this version reads.', {
      hint: 'Train the model again.',
      detail: parsed.error.message,
    })
  }

  /** The newest output of each key with its label. */
  const joinedSql = (log: readonly string[], labels: readonly string[]): string =>
    `select cast(p.output as DOUBLE) as output, cast(l.label as DOUBLE) as label
     from (select "__key" as k, arg_max("__output", "__logged_at") as output from ${logTable(log)} where "__key" is not null group by 1) p
     join (select "__key" as k, max("__label") as label from ${logTable(labels)} group by 1) l on p.k = l.k
     where p.output is not null and l.label is not null`

  const performanceOf = async (
    files: { log: string[]; labels: string[] },
    baseline: Baseline,
    plan: ModelPlan | null,
    signal: AbortSignal,
  ): Promise<HealthReport['performance']> => {
    if (files.labels.length === 0 || files.log.length === 0) return null
    const table = tableFromIPC(await engine.arrow(joinedSql(files.log, files.labels), [], { signal }))
    const column = (name: string): Float64Array => {
      const values: unknown = table.getChild(name)?.toArray()
      return values instanceof Float64Array ? values : Float64Array.from(table.getChild(name) ?? [], Number)
    }
    const joined = { labels: column('label'), outputs: column('output') }
    const isRegression = plan?.label ? plan.label.task === 'regression' : 'rmse' in baseline.metrics
    return {
      labelled: joined.labels.length,
      baseline: baseline.metrics,
      current: isRegression ? regressionMetrics(joined) : binaryMetrics(joined),
    }
  }

  const latencyOf = async (table: string, signal: AbortSignal): Promise<HealthReport['latency']> => {
    const [row] = await engine.rows(
      `select count(*) as n, quantile_cont("__batch_ms", 0.5) as p50, quantile_cont("__batch_ms", 0.95) as p95, quantile_cont("__batch_ms", 0.99) as p99
       from ${table} where "__batch_rows" = 1`,
      [],
      { signal },
    )
    return Number(row?.n ?? 0) === 0
      ? null
      : { p50Ms: Number(row?.p50), p95Ms: Number(row?.p95), p99Ms: Number(row?.p99) }
  }

  const timelineOf = async (table: string, signal: AbortSignal) => {
    // Where the observations carry times, those tell the story; the moment of scoring only where they do not.
    const [span] = await engine.rows(
      `select count(*) as n, count("__time") as timed,
         cast(epoch_ms(min("__time")) as DOUBLE) as time_first, cast(epoch_ms(max("__time")) as DOUBLE) as time_last,
         cast(epoch_ms(min("__logged_at")) as DOUBLE) as logged_first, cast(epoch_ms(max("__logged_at")) as DOUBLE) as logged_last
       from ${table}`,
      [],
      { signal },
    )
    const rows = Number(span?.n ?? 0)
    if (rows === 0) return { rows, from: null, to: null, lastLoggedAt: null, timeline: [] }
    const isTimed = Number(span?.timed) * 2 >= rows
    const from = Number(isTimed ? span?.time_first : span?.logged_first)
    const to = Number(isTimed ? span?.time_last : span?.logged_last)
    const width = niceWidths.find((one) => (to - from) / one <= mostBuckets) ?? (to - from) / mostBuckets
    const found = await engine.rows(
      `select cast(floor(epoch_ms(${isTimed ? '"__time"' : '"__logged_at"'}) / ${width}) * ${width} as DOUBLE) as bucket,
         count(*) as n, cast(avg("__output") as DOUBLE) as mean
       from ${table} where ${isTimed ? '"__time"' : '"__logged_at"'} is not null group by 1 order by 1`,
      [],
      { signal },
    )
    return {
      rows,
      from,
      to,
      lastLoggedAt: Number(span?.logged_last),
      timeline: found.map((row) => ({
        time: Number(row.bucket),
        rows: Number(row.n),
        meanOutput: Number(row.mean ?? 0),
      })),
    }
  }

  const report = async (reference: string, signal: AbortSignal): Promise<HealthReport> => {
    const baseline = await baselineOf(reference)
    const plan = await runtime.library.plan(reference).catch(() => null)
    const run = await runtime.library.run(reference)
    const { signature } = await runtime.library.load(reference)
    const limits = limitsOf(plan?.health ?? [])
    const importance = new Map((run?.importance ?? []).map(({ name, value }) => [name, value]))
    const files = await filesOf(reference)
    if (files.log.length === 0)
      throw new StudioError('not_found', 'No predictions of this model are logged yet.', {
        hint: 'Score the test rows, or run the model on a file.',
      })
    const table = logTable(files.log)
    const overview = await timelineOf(table, signal)
    const inputs: HealthReport['inputs'] = []
    for (const column of baseline.inputs)
      inputs.push(
        judgeColumn(
          column,
          await currentColumn(engine, table, column, column.name, signal),
          limits,
          importance.get(column.name) ?? 0,
        ),
      )
    const output = judgeColumn(
      baseline.output,
      await currentColumn(engine, table, baseline.output, '__output', signal),
      limits,
      0,
    )
    const performance = await performanceOf(files, baseline, plan, signal)
    const { verdict, causes } = judge(
      { rows: overview.rows, inputs, output, performance },
      limits,
      overview.lastLoggedAt,
      clock(),
    )
    return {
      reference,
      model: signature.model,
      rows: overview.rows,
      from: overview.from,
      to: overview.to,
      verdict,
      causes,
      inputs,
      output,
      performance,
      latency: await latencyOf(table, signal),
      timeline: overview.timeline,
    }
  }

  const summary = async (reference: string, signal: AbortSignal) => {
    const { signature } = await runtime.library.load(reference)
    const files = await filesOf(reference)
    if (files.log.length === 0) return null
    const table = logTable(files.log)
    const [row] = await engine.rows(
      `select count(*) as n, cast(epoch_ms(max("__logged_at")) as DOUBLE) as last_at from ${table}`,
      [],
      { signal },
    )
    const [labelled] =
      files.labels.length === 0
        ? [{ n: 0 }]
        : await engine.rows(`select count(*) as n from (${joinedSql(files.log, files.labels)})`, [], { signal })
    return {
      reference,
      model: signature.model,
      rows: Number(row?.n ?? 0),
      lastAt: Number(row?.last_at ?? 0),
      labelled: Number(labelled?.n ?? 0),
    }
  }

  const addLabels = async (reference: string, path: string, signal: AbortSignal) => {
    const plan = await runtime.library.plan(reference)
    if (!plan.label)
      throw new StudioError('invalid_input', 'This model predicts nothing that could be labelled.', {
        hint: 'Give it a `predict` line.',
      })
    const folder = await runtime.flushedLog(reference)
    const scratch = await engine.scratch('labels')
    try {
      const set = join(scratch.path, 'labels.parquet')
      await features.buildTrainingSet(labelPlan(plan), {
        output: set,
        signal,
        observations: context.workspace.resolve(path),
        keepUnlabelled: false,
      })
      const labels = `select "__key", cast(${quoteName(plan.label.name)} as DOUBLE) as "__label" from read_parquet(${quoteText(set)}) where ${quoteName(plan.label.name)} is not null`
      const log = await parquetIn(folder)
      const isLogged =
        log.length === 0 ? 'false' : `"__key" in (select "__key" from ${logTable(log)} where "__key" is not null)`
      const [counted] = await engine.rows(
        `select count(*) as n, count("__key") as keyed, count(*) filter (where ${isLogged}) as matched from (${labels})`,
        [],
        { signal },
      )
      if (Number(counted?.n ?? 0) === 0 || Number(counted?.keyed) === 0) throw noLabels(plan, path)
      const matched = Number(counted?.matched ?? 0)
      if (matched > 0) {
        await mkdir(join(folder, 'labels'), { recursive: true })
        await engine.copy(labels, join(folder, 'labels', `${randomUUID()}.parquet`), 'parquet', { signal })
        emit('changed', { reference })
      }
      return { matched, unmatched: Number(counted?.n ?? 0) - matched }
    } finally {
      await scratch.remove()
    }
  }

  return {
    handlers: {
      models: async (_input, { signal }) => {
        const names = await readdir(serving).catch(() => [])
        const references = names.flatMap((name) => {
          const [, kind, rest] = folderPattern.exec(name) ?? []
          return kind && rest ? [`${kind}:${rest}`] : []
        })
        // A log whose model is gone must not hide the others.
        const found = await Promise.allSettled(references.map((reference) => summary(reference, signal)))
        return found
          .flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
          .sort((a, b) => b.lastAt - a.lastAt)
      },
      report: ({ reference }, { signal }) => report(reference, signal),
      labels: ({ reference, path }, { signal }) => addLabels(reference, path, signal),
    },
    dispose: async () => {},
  }
}
