import { extname } from 'node:path'
import type { TableSchema } from '@shared/data/profile'
import { StudioError, toStudioError } from '@shared/errors'
import { featureCatalogue } from '@shared/features/catalogue'
import { explainPlan } from '@shared/features/explain'
import { previewFeature } from '@shared/features/preview'
import type { CheckedProgram } from '@shared/language/check/check'
import { findReader } from '@shared/language/operators/readers'
import type { ModelPlan } from '@shared/plan/plan'
import { trainingSetColumns } from '@shared/plan/plan'
import type { featuresContract } from '@shared/rpc/features'
import { quoteName, quoteText } from '@shared/sql/quote'
import { compileTrainingSet, keyColumn, neededColumns, readSources } from '@shared/sql/trainingSet'
import type { Emit, Service, ServiceContext } from '../context'
import type { DataEngine } from '../data/engine'
import type { Table } from '../data/tables'
import { refuseOverSource, writtenFormat } from '../data/written'
import { explainFeatureFailure } from './failures'
import { featureRows } from './feature'
import { measureLeak } from './leak'
import { previewFile, profilesOf } from './previews'
import { sourceReads } from './reads'

export interface FeaturesDependencies {
  readonly data: {
    readonly engine: DataEngine
    schemaOf(path: string): Promise<TableSchema>
    tableOf(path: string): Promise<Table>
    explain(table: Table, error: unknown): Promise<StudioError>
  }
  readonly language: {
    planOf(path: string, model?: string): Promise<ModelPlan>
    checkedWorkspace(replaced?: ReadonlyMap<string, string>): Promise<CheckedProgram>
  }
}

export interface TrainingSetRequest {
  /** Absolute; `.csv` gives CSV, anything else Parquet. */
  readonly output: string
  readonly signal: AbortSignal
  readonly onProgress?: (fraction: number, message: string) => void
  /** Absolute path of a file whose rows stand in for the observation source’s. */
  readonly observations?: string
  readonly keepUnlabelled?: boolean
}

export interface TrainingSet {
  readonly path: string
  readonly rows: number
  /** Columns that go into the model. */
  readonly features: number
  readonly digest: string
}

export type FeaturesService = Service<typeof featuresContract> & {
  /** Writes a model’s training set: the uses, the label, `trainingSetColumns` and `__key`, in `__row` order. */
  buildTrainingSet(plan: ModelPlan, request: TrainingSetRequest): Promise<TrainingSet>
}

interface Prepared {
  readonly sql: string
  readonly tables: readonly Table[]
  /** What is read for each source, by name. */
  readonly expressions: Readonly<Record<string, string>>
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

  const prepare = async (
    plan: ModelPlan,
    options: { observations?: string; keepUnlabelled?: boolean; limit?: number },
  ): Promise<Prepared> => {
    const tables: Table[] = []
    const expressions: Record<string, string> = {}
    for (const source of readSources(plan, options.observations !== undefined)) {
      if (!findReader(source.kind)?.isRead)
        throw new StudioError(
          'not_supported',
          `\`${source.name}\` is a source of kind \`${source.kind}\`, which cannot be read yet.`,
          {
            hint: 'Save its data as a file in the workspace, and let the source read that.',
          },
        )
      const table = await data.tableOf(source.path)
      await requireColumns(
        source.path,
        source.columns.map(({ name }) => name),
      )
      tables.push(table)
      expressions[source.name] = table.sql
    }
    let observations: { table: string; columns: readonly string[] } | undefined
    if (options.observations !== undefined) {
      const path = workspace.relative(workspace.resolve(options.observations))
      const table = await data.tableOf(path)
      observations = { table: table.sql, columns: await requireColumns(path, neededColumns(plan)) }
      tables.push(table)
    }
    const { keepUnlabelled, limit } = options
    const sql = compileTrainingSet(plan, { tables: expressions, observations, keepUnlabelled, limit })
    return { sql, tables, expressions }
  }

  const explained = async <T>(tables: readonly Table[], work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw await explainFeatureFailure(toStudioError(error), tables, data.explain)
    }
  }

  const buildTrainingSet: FeaturesService['buildTrainingSet'] = async (plan, request) => {
    const { output, signal, onProgress, observations, keepUnlabelled } = request
    onProgress?.(0, 'Reading the sources')
    const { sql, tables } = await prepare(plan, { observations, keepUnlabelled })
    refuseOverSource(
      output,
      tables.flatMap(({ files }) => files),
      workspace.relative(output),
    )
    const message = `Computing ${plan.uses.length} features`
    onProgress?.(0.02, message)
    const format = extname(output).toLowerCase() === '.csv' ? 'csv' : 'parquet'
    const { rows, digest } = await explained(tables, () =>
      engine.copy(sql, output, format, {
        signal,
        onProgress: (fraction) => onProgress?.(0.02 + 0.96 * fraction, message),
      }),
    )
    if (rows === 0 && !keepUnlabelled)
      throw new StudioError('invalid_input', `\`${plan.model}\` has no rows to learn from.`, {
        hint: 'Check the condition after `observe`, and whether the label is known for any row.',
      })
    onProgress?.(1, `${rows.toLocaleString('en')} rows`)
    return { path: output, rows, features: plan.uses.length, digest }
  }

  return {
    buildTrainingSet,
    handlers: {
      list: async () => featureCatalogue(await language.checkedWorkspace()),

      explain: async ({ path, model }, { signal }) => {
        const plan = await language.planOf(path, model)
        const { sql, tables, expressions } = await prepare(plan, {})
        const reads = await explained(tables, () => sourceReads(engine, plan, expressions, signal))
        return { sql, explanation: explainPlan(plan, reads) }
      },

      preview: async ({ path, model, limit, rows }, { signal }) => {
        const plan = await language.planOf(path, model)
        const prepared = await prepare(plan, { keepUnlabelled: true, limit })
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
        const { tables } = await prepare(plan, { limit })
        const sqlOf = async (one: ModelPlan): Promise<string> => (await prepare(one, { limit })).sql
        return explained(tables, () => measureLeak(engine, plan, sqlOf, signal))
      },

      feature: async ({ feature, path: named, text, rows, asOf, output }, { signal }) => {
        const path = named === undefined ? undefined : workspace.relative(workspace.resolve(named))
        const replaced = path !== undefined && text !== undefined ? new Map([[path, text]]) : undefined
        const preview = previewFeature(await language.checkedWorkspace(replaced), feature, path)
        const found = await Promise.all(
          preview.plan.sources.map(async (source) => ({ name: source.name, table: await data.tableOf(source.path) })),
        )
        const tables = Object.fromEntries(found.map(({ name, table }) => [name, table.sql]))
        return explained(
          found.map(({ table }) => table),
          async () => {
            const made = await featureRows(engine, preview, tables, { rows, asOf, signal })
            if (output !== undefined) {
              const target = workspace.resolve(output)
              await engine.copy(made.sql, target, writtenFormat(target), { signal })
            }
            const columns = preview.plan.uses.map(({ name, type }) => ({ name, type }))
            return { arrow: await engine.arrow(made.sql, [], { signal }), columns, asOf: made.asOf }
          },
        )
      },

      trainingSet: async ({ path, model, output }) => {
        const plan = await language.planOf(path, model)
        const target = workspace.resolve(output)
        writtenFormat(target)
        const { id } = jobs.start({ kind: 'features', title: `Training set of ${plan.model}` }, async (job) => {
          const { rows, features, digest } = await buildTrainingSet(plan, {
            output: target,
            signal: job.signal,
            onProgress: (fraction, message) => job.progress(fraction, message),
          })
          return { path: workspace.relative(target), rows, features, digest }
        })
        return { jobId: id }
      },
    },
    dispose: async () => {},
  }
}
