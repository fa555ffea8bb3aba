import type { TableSchema } from '@shared/data/profile'
import { readReference, referenceOf } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import { featureCatalogue } from '@shared/features/catalogue'
import { explainPlan } from '@shared/features/explain'
import { previewFeature } from '@shared/features/preview'
import { featureQuestion } from '@shared/features/question'
import type { CheckedProgram } from '@shared/language/check/check'
import { findReader } from '@shared/language/operators/readers'
import type { ModelPlan, SourcePlan } from '@shared/plan/plan'
import { trainingSetColumns } from '@shared/plan/plan'
import type { featuresContract } from '@shared/rpc/features'
import { quoteName, quoteText } from '@shared/sql/quote'
import {
  compileTrainingSet,
  compileTrainingSetSteps,
  keyColumn,
  neededColumns,
  readSources,
} from '@shared/sql/trainingSet'
import type { Emit, Service, ServiceContext } from '../context'
import type { DataEngine } from '../data/engine'
import type { TableOptions } from '../data/sources'
import type { Table } from '../data/tables'
import { refuseOverSource, writtenFormat } from '../data/written'
import { explainFeatureFailure } from './failures'
import { featureRows, momentOf } from './feature'
import { measureLeak } from './leak'
import { previewFile, profilesOf } from './previews'
import { askedRows, atMoment, observedTime } from './question'
import { sourceReads } from './reads'
import { sparkTextOf } from './spark'
import { type Prepared, type TrainingSet, type TrainingSetRequest, trainingSetWriter } from './trainingSet'

export type { TrainingSet, TrainingSetRequest } from './trainingSet'

export interface FeaturesDependencies {
  readonly data: {
    readonly engine: DataEngine
    schemaOf(path: string): Promise<TableSchema>
    tableOf(path: string, options?: TableOptions): Promise<Table>
    explain(table: Table, error: unknown): Promise<StudioError>
  }
  readonly language: {
    planOf(path: string, model?: string): Promise<ModelPlan>
    checkedWorkspace(replaced?: ReadonlyMap<string, string>): Promise<CheckedProgram>
  }
}

export type FeaturesService = Service<typeof featuresContract> & {
  /** Writes a model’s training set: the uses, the label, `trainingSetColumns` and `__key`, in `__row` order. */
  buildTrainingSet(plan: ModelPlan, request: TrainingSetRequest): Promise<TrainingSet>
  /** What is read for each source, by name. */
  openSources(sources: readonly SourcePlan[], options?: TableOptions): Promise<Omit<Prepared, 'sql' | 'statement'>>
  /** Failures of the work, said about the tables. */
  explained<T>(tables: readonly Table[], work: () => Promise<T>): Promise<T>
}

export const createFeaturesService = (
  context: ServiceContext,
  _emit: Emit<typeof featuresContract>,
  { data, language }: FeaturesDependencies,
): FeaturesService => {
  const { workspace, jobs } = context
  const { engine } = data

  const requireColumns = async (path: string, names: readonly string[]): Promise<string[]> => {
    const columns = (await data.schemaOf(path)).columns.map(({ name }) => name)
    const missing = names.find((name) => !columns.includes(name))
    if (missing === undefined) return columns
    throw new StudioError('missing_column', `\`${path}\` has no column \`${missing}\`, which the model needs.`, {
      hint: `It has ${columns.map((name) => `\`${name}\``).join(', ')}.`,
      place: { file: path, column: missing },
    })
  }

  const openSources = async (
    sources: readonly SourcePlan[],
    options: TableOptions = {},
  ): Promise<Omit<Prepared, 'sql' | 'statement'>> => {
    const tables: Table[] = []
    const expressions: Record<string, string> = {}
    for (const source of sources) {
      if (!findReader(source.kind)?.isRead)
        throw new StudioError(
          'not_supported',
          `\`${source.name}\` is a source of kind \`${source.kind}\`, which cannot be read yet.`,
          {
            hint: 'Save its data as a file in the workspace, and let the source read that.',
          },
        )
      const reference = referenceOf(source)
      const table = await data.tableOf(reference, options)
      await requireColumns(
        reference,
        source.columns.map(({ name }) => name),
      )
      tables.push(table)
      expressions[source.name] = table.sql
    }
    return { tables, expressions }
  }

  const prepare = async (
    plan: ModelPlan,
    options: { observations?: string; asOf?: string; keepUnlabelled?: boolean; limit?: number } & TableOptions,
  ): Promise<Prepared> => {
    const opened = await openSources(readSources(plan, options.observations !== undefined), options)
    const { expressions } = opened
    const tables = [...opened.tables]
    let observations: { table: string; columns: readonly string[] } | undefined
    if (options.observations !== undefined) {
      const path = readReference(options.observations)
        ? options.observations
        : workspace.relative(workspace.resolve(options.observations))
      const table = await data.tableOf(path, { signal: options.signal })
      const time = options.asOf === undefined ? null : observedTime(plan)
      const needed = neededColumns(plan).filter((name) => name !== time)
      const rows = { table: table.sql, columns: await requireColumns(path, needed) }
      observations = time === null || options.asOf === undefined ? rows : atMoment(rows, time, momentOf(options.asOf))
      tables.push(table)
    }
    const { keepUnlabelled, limit } = options
    const compiled = { tables: expressions, observations, keepUnlabelled, limit }
    return {
      ...{ sql: compileTrainingSet(plan, compiled), statement: compileTrainingSetSteps(plan, compiled) },
      ...{ tables, expressions },
    }
  }

  const explained = async <T>(tables: readonly Table[], work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw await explainFeatureFailure(toStudioError(error), tables, data.explain)
    }
  }

  const { write, buildTrainingSet } = trainingSetWriter({ engine, workspace, prepare, explained })

  return {
    buildTrainingSet,
    openSources,
    explained,
    handlers: {
      list: async () => featureCatalogue(await language.checkedWorkspace()),

      explain: async ({ path, model, engine: target }, { signal }) => {
        const plan = await language.planOf(path, model)
        const { sql, tables, expressions } = await prepare(plan, { signal })
        const reads = await explained(tables, () => sourceReads(engine, plan, expressions, signal))
        const spark = target === 'spark' ? sparkTextOf(plan, tables) : null
        return { sql, explanation: explainPlan(plan, reads), spark }
      },

      preview: async ({ path, model, limit, rows }, { signal }) => {
        const plan = await language.planOf(path, model)
        const prepared = await prepare(plan, { keepUnlabelled: true, limit, signal })
        const file = await explained(prepared.tables, () =>
          previewFile(engine, workspace.internal('tmp', 'previews'), prepared, signal),
        )
        const shown = [
          ...plan.uses.map(({ name }) => name),
          ...(plan.label ? [plan.label.name] : []),
          ...Object.values(trainingSetColumns),
          keyColumn,
        ]
        const arrow = await engine.arrow(
          `select ${shown.map(quoteName).join(', ')} from read_parquet(${quoteText(file.path)}) limit ${rows}`,
          [],
          { signal },
        )
        return { arrow, rows: file.rows, profiles: await profilesOf(engine, plan, file, signal) }
      },

      leak: async ({ path, model, limit }, { signal }) => {
        const plan = await language.planOf(path, model)
        const { tables } = await prepare(plan, { limit, signal })
        const statementOf = async (one: ModelPlan) => (await prepare(one, { limit, signal })).statement
        return explained(tables, () => measureLeak(engine, plan, statementOf, signal))
      },

      feature: async ({ feature, path: named, text, rows, asOf, output }, { signal }) => {
        const path = named === undefined ? undefined : workspace.relative(workspace.resolve(named))
        const replaced = path !== undefined && text !== undefined ? new Map([[path, text]]) : undefined
        const preview = previewFeature(await language.checkedWorkspace(replaced), feature, path)
        const found = await Promise.all(
          preview.plan.sources.map(async (source) => ({
            name: source.name,
            table: await data.tableOf(referenceOf(source), { signal }),
          })),
        )
        const tables = Object.fromEntries(found.map(({ name, table }) => [name, table.sql]))
        return explained(
          found.map(({ table }) => table),
          async () => {
            const made = await featureRows(engine, preview, tables, { rows, asOf, signal })
            if (output !== undefined) {
              const target = workspace.resolve(output)
              const files = found.flatMap(({ table }) => table.files)
              refuseOverSource(target, files, workspace.relative(target))
              await engine.copy(made.sql, target, writtenFormat(target), { signal })
            }
            const columns = preview.plan.uses.map(({ name, type }) => ({ name, type }))
            return { arrow: await engine.arrow(made.sql, [], { signal }), columns, asOf: made.asOf }
          },
        )
      },

      trainingSet: async ({ path, model, output, spine, asOf }) => {
        const plan = await language.planOf(path, model)
        const target = workspace.resolve(output)
        writtenFormat(target)
        if (asOf !== undefined && spine === undefined)
          throw new StudioError('invalid_input', 'The rows of a model have moments of their own.', {
            hint: 'Name features (`--feature`) or a file of rows (`--spine`) that are to be seen as of one moment.',
          })
        if (asOf !== undefined) momentOf(asOf)
        const observations = spine === undefined ? undefined : workspace.resolve(spine)
        const { id } = jobs.start({ kind: 'features', title: `Training set of ${plan.model}` }, async (job) => {
          const { rows, features, digest, reused, computed } = await buildTrainingSet(plan, {
            ...{ output: target, observations, asOf, keepUnlabelled: observations !== undefined },
            signal: job.signal,
            onProgress: (fraction, message) => job.progress(fraction, message),
          })
          return { path: workspace.relative(target), rows, features, digest, reused, computed }
        })
        return { jobId: id }
      },

      values: async ({ features, path: named, output, spine, asOf }) => {
        const path = named === undefined ? undefined : workspace.relative(workspace.resolve(named))
        const question = featureQuestion(await language.checkedWorkspace(), features, path)
        const target = workspace.resolve(output)
        writtenFormat(target)
        if (asOf !== undefined) momentOf(asOf)
        const title = `Features of ${question.entity}`
        const { id } = jobs.start({ kind: 'features', title }, async ({ signal, progress }) => {
          progress(0, 'Reading the sources')
          const asked = await askedRows({ engine, data, workspace, openSources, explained }, question, {
            spine,
            asOf,
            signal,
          })
          const made = await write(asked, { output: target, signal, onProgress: progress }, features.length)
          return { ...made, path: workspace.relative(target), asOf: asked.asOf }
        })
        return { jobId: id }
      },
    },
    dispose: async () => {},
  }
}
