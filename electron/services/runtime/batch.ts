import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import type { ModelPlan, SourcePlan } from '@shared/plan/plan'
import { type Cell, columnsOf } from '@shared/runtime/tensors'
import { quoteName, quoteText } from '@shared/sql/quote'
import { runFiles, type Signature } from '@shared/training/run'
import type { ServiceContext } from '../context'
import { filesOf } from '../data/files'
import { refuseOverSource, writtenFormat } from '../data/written'
import type { JobHandle } from '../jobs/jobs'
import { batchSize, readInputs } from './batchInputs'
import type { RuntimeDependencies } from './dependencies'
import { logColumns } from './loggedRows'
import type { ModelProcess } from './modelProcess'
import type { LoadedModel, ModelLibrary } from './models'
import type { PredictionLog } from './predictionLog'

export interface BatchRequest {
  readonly reference: string
  readonly path: string
  readonly output: string
  readonly split: 'all' | 'test'
  readonly log: boolean
}

export interface BatchTools {
  readonly context: ServiceContext
  readonly dependencies: RuntimeDependencies
  readonly library: ModelLibrary
  readonly models: ModelProcess
  readonly log: PredictionLog
  readonly onLogged: (rows: number) => void
}

const batchDeadlineMs = 120_000

const csvCell = (value: Cell | undefined): string => {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return `"${value.replaceAll('"', '""')}"`
  return String(value)
}

/** The set that is scored: its file and the condition on its rows. */
interface ScoringSet {
  readonly path: string
  readonly where: string
}

const scoringSet = async (
  { dependencies, library, context }: BatchTools,
  request: BatchRequest,
  plan: ModelPlan,
  folder: string,
  job: JobHandle,
): Promise<ScoringSet> => {
  if (request.split === 'test') {
    const run = await library.run(request.reference)
    if (!run)
      throw new StudioError('not_found', 'This workspace does not have the run that the model stems from.', {
        hint: 'Score a file of observations instead.',
      })
    return { path: join(dependencies.training.runFolder(run.id), runFiles.trainingSet), where: `"__split" = 'test'` }
  }
  const output = join(folder, 'set.parquet')
  await dependencies.features.buildTrainingSet(plan, {
    output,
    signal: job.signal,
    observations: context.workspace.resolve(request.path),
    keepUnlabelled: true,
    onProgress: (fraction, message) => job.progress(fraction * 0.5, message),
  })
  return { path: output, where: 'true' }
}

const refuseNulls = async (
  { dependencies }: BatchTools,
  signature: Signature,
  set: ScoringSet,
  signal: AbortSignal,
): Promise<void> => {
  const strict = signature.inputs.filter((input) => !input.isNullable)
  if (strict.length === 0) return
  const counts = strict.map((input, index) => `count(*) filter (where ${quoteName(input.name)} is null) as n${index}`)
  const [row] = await dependencies.data.engine.rows(
    `select ${counts.join(', ')} from read_parquet(${quoteText(set.path)}) where ${set.where}`,
    [],
    { signal },
  )
  strict.forEach((input, index) => {
    const nulls = Number(row?.[`n${index}`] ?? 0)
    if (nulls > 0)
      throw new StudioError('invalid_input', `Input \`${input.name}\` is null in ${counted(nulls, 'row')}.`, {
        hint: 'Give the feature a `default`, or leave those rows out.',
        place: { column: input.name },
      })
  })
}

/** Observation key columns out of `__key`, with the source’s own names. */
const keyColumnsSql = (source: SourcePlan | undefined, keyWidth: number, format: 'parquet' | 'csv'): string[] => {
  const all = [...(source?.timeColumn ? [source.timeColumn] : []), ...(source?.rowKey ?? [])]
  const unique = [...new Set(all)]
  // The key may or may not repeat a time that stands in the row key too.
  const names = keyWidth === unique.length ? unique : keyWidth === all.length ? all : []
  if (names.length === 0) return ['s."__key" as "key"']
  return unique.map((name) => {
    const text = `json_extract_string(s."__key", '$[${names.indexOf(name)}]')`
    if (name === source?.timeColumn) return `s."__time" as ${quoteName(name)}`
    const native = source?.columns.find((column) => column.name === name)?.nativeType ?? 'VARCHAR'
    if (native !== 'VARCHAR')
      return `try_cast(${text} as ${/^[A-Z0-9_ (),]+$/.test(native) ? native : 'VARCHAR'}) as ${quoteName(name)}`
    // A spreadsheet would run a cell that begins like a formula.
    const safe =
      format === 'csv'
        ? `case when regexp_matches(${text}, '^[=+@\\t\\r-]') then '''' || ${text} else ${text} end`
        : text
    return `${safe} as ${quoteName(name)}`
  })
}

interface Scored {
  readonly outputsPath: string
  readonly rows: number
  readonly engineMs: number
}

const scoreRows = async (
  tools: BatchTools,
  model: LoadedModel,
  set: ScoringSet,
  folder: string,
  job: JobHandle,
): Promise<Scored> => {
  const { engine } = tools.dependencies.data
  const { signature } = model
  const from = `from read_parquet(${quoteText(set.path)}) where ${set.where}`
  const [bounds] = await engine.rows(`select count(*) as n, min("__row") as first, max("__row") as last ${from}`, [], {
    signal: job.signal,
  })
  const total = Number(bounds?.n ?? 0)
  if (total === 0)
    throw new StudioError('invalid_input', 'There are no rows to score.', {
      hint: 'Check the file, and the `where` of the model’s `observe`.',
    })
  const outputsPath = join(folder, 'outputs.csv')
  const file = await open(outputsPath, 'wx')
  let rows = 0
  let engineMs = 0
  try {
    const last = Number(bounds?.last ?? 0)
    const size = batchSize(signature)
    for (let start = Number(bounds?.first ?? 0); start <= last; start += size) {
      job.signal.throwIfAborted()
      const { rowNumbers, inputs } = await readInputs({
        ...{ engine, signature, signal: job.signal },
        from: `${from} and "__row" >= ${start} and "__row" < ${start + size}`,
      })
      const count = rowNumbers.length
      if (count === 0) continue
      const result = await tools.models.run(model, inputs, { deadlineMs: batchDeadlineMs, signal: job.signal })
      engineMs += result.elapsedMs
      const outputs = Object.values(columnsOf(signature, result.outputs, count))
      let text = ''
      for (let row = 0; row < count; row += 1)
        text += `${rowNumbers.get(row)},${outputs.map((column) => csvCell(column[row])).join(',')}\n`
      await file.writeFile(text)
      rows += count
      job.progress(0.5 + (0.45 * rows) / total, `Scored ${rows.toLocaleString('en')} of ${counted(total, 'row')}`)
    }
  } finally {
    await file.close()
  }
  return { outputsPath, rows, engineMs }
}

const outputType = (tensor: Signature['outputs'][number]['tensor']): string =>
  tensor === 'string' ? 'VARCHAR' : tensor === 'int64' ? 'BIGINT' : 'DOUBLE'

const publish = async (
  tools: BatchTools,
  request: BatchRequest,
  model: LoadedModel,
  plan: ModelPlan,
  set: ScoringSet,
  scored: Scored,
  job: JobHandle,
): Promise<void> => {
  const { engine } = tools.dependencies.data
  const { signature } = model
  const format = writtenFormat(request.output)
  const columns = {
    __row: 'BIGINT',
    ...Object.fromEntries(signature.outputs.map((one) => [one.name, outputType(one.tensor)])),
  }
  const columnList = Object.entries(columns).map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`)
  const joined = `from (select * from read_parquet(${quoteText(set.path)}) where ${set.where}) s
    join read_csv(${quoteText(scored.outputsPath)}, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '', columns = {${columnList.join(', ')}}) o
    on s."__row" = o."__row"`
  const [first] = await engine.rows(`select json_array_length(any_value(s."__key")) as width ${joined}`, [], {
    signal: job.signal,
  })
  const source = plan.sources.find((one) => one.name === plan.observation.source)
  const keys = keyColumnsSql(source, Number(first?.width ?? 0), format)
  const outputs = signature.outputs.map((one) => `o.${quoteName(one.name)}`)
  const path = tools.context.workspace.resolve(request.output)
  await engine.copy(`select ${[...keys, ...outputs].join(', ')} ${joined} order by s."__row"`, path, format, {
    signal: job.signal,
  })
  if (!request.log) return
  const values: Record<string, string> = {
    __output: `try_cast(o.${quoteName(signature.outputs[0]?.name ?? '')} as DOUBLE)`,
    __time: 's."__time"',
    __key: 's."__key"',
    __logged_at: quoteText(new Date().toISOString().replace('Z', '')),
    __engine: `'native'`,
    __batch_ms: String(scored.engineMs),
    __batch_rows: String(scored.rows),
  }
  const logged = Object.entries(logColumns(signature)).map(
    ([name, type]) => `cast(${values[name] ?? `s.${quoteName(name)}`} as ${type}) as ${quoteName(name)}`,
  )
  await tools.log.appendQuery(request.reference, `select ${logged.join(', ')} ${joined} order by s."__row"`, job.signal)
  tools.onLogged(scored.rows)
}

/** Files that the result is made from; a bundle of elsewhere may name some that this workspace cannot have. */
const sourcesOf = ({ workspace }: ServiceContext, request: BatchRequest, plan: ModelPlan): string[] =>
  [...plan.sources.map(({ path }) => path), ...(request.split === 'all' ? [request.path] : [])].flatMap((path) => {
    try {
      return filesOf(workspace, path)
    } catch {
      return []
    }
  })

/** Features as of each row’s time, then the model in batches, then the result and the log, each written whole or not at all. */
export const scoreFile = async (
  tools: BatchTools,
  request: BatchRequest,
  job: JobHandle,
): Promise<Record<string, unknown>> => {
  const model = await tools.library.load(request.reference)
  const plan = await tools.library.plan(request.reference)
  refuseOverSource(
    tools.context.workspace.resolve(request.output),
    sourcesOf(tools.context, request, plan),
    request.output,
  )
  const scratch = await tools.dependencies.data.engine.scratch('predict')
  const folder = scratch.path
  try {
    const startedAt = performance.now()
    job.progress(null, 'Computing features')
    const set = await scoringSet(tools, request, plan, folder, job)
    await refuseNulls(tools, model.signature, set, job.signal)
    const featuresMs = performance.now() - startedAt
    const scored = await scoreRows(tools, model, set, folder, job)
    job.progress(0.96, 'Writing the result')
    await publish(tools, request, model, plan, set, scored, job)
    const seconds = (performance.now() - startedAt - featuresMs) / 1000
    return {
      path: tools.context.workspace.relative(tools.context.workspace.resolve(request.output)),
      rows: scored.rows,
      rowsPerSecond: Math.round(scored.rows / Math.max(seconds, 1e-3)),
      engineMs: scored.engineMs,
      featuresMs,
    }
  } finally {
    await scratch.remove()
  }
}

export const checkBatchRequest = (context: ServiceContext, request: BatchRequest): void => {
  writtenFormat(request.output)
  context.workspace.resolve(request.output)
  if (request.split === 'all') context.workspace.resolve(request.path)
}
