import { extname } from 'node:path'
import { counted } from '@shared/counted'
import { StudioError } from '@shared/errors'
import type { ModelPlan } from '@shared/plan/plan'
import type { TrainingSetSteps } from '@shared/sql/trainingSet'
import type { ServiceContext } from '../context'
import type { DataEngine } from '../data/engine'
import type { TableOptions } from '../data/sources'
import type { Table } from '../data/tables'
import { refuseOverSource } from '../data/written'
import { trainingSetKeeper } from './keptTrainingSet'

export interface TrainingSetRequest {
  /** Absolute; `.csv` gives CSV, anything else Parquet. */
  readonly output: string
  readonly signal: AbortSignal
  readonly onProgress?: (fraction: number, message: string) => void
  /** Absolute path of a file whose rows stand in for the observation source’s. */
  readonly observations?: string
  /** One moment for all those rows. */
  readonly asOf?: string
  readonly keepUnlabelled?: boolean
}

export interface TrainingSet {
  readonly path: string
  readonly rows: number
  /** Columns that go into the model. */
  readonly features: number
  readonly digest: string
  /** Whether nothing was computed for it: the same had been before, from the same data. */
  readonly reused: boolean
  /** Of its features, those that were computed now. */
  readonly computed: number
}

/** A statement, and what it reads. */
export interface Prepared {
  readonly sql: string
  /** The same in steps, which is how it is written. */
  readonly statement: TrainingSetSteps
  readonly tables: readonly Table[]
  /** What is read for each source, by name. */
  readonly expressions: Readonly<Record<string, string>>
}

/** What a model’s training set is written with. */
export interface WriterDependencies {
  readonly engine: DataEngine
  readonly workspace: ServiceContext['workspace']
  prepare(
    plan: ModelPlan,
    options: Pick<TrainingSetRequest, 'observations' | 'asOf' | 'keepUnlabelled'> & TableOptions,
  ): Promise<Prepared>
  /** Failures of the work, said about the tables. */
  explained<T>(tables: readonly Table[], work: () => Promise<T>): Promise<T>
}

export const trainingSetWriter = (dependencies: WriterDependencies) => {
  const { engine, workspace, prepare, explained } = dependencies
  const keeping = trainingSetKeeper(dependencies)

  const write = async (
    { statement, tables }: Pick<Prepared, 'statement' | 'tables'>,
    { output, signal, onProgress }: Pick<TrainingSetRequest, 'output' | 'signal' | 'onProgress'>,
    features: number,
  ): Promise<TrainingSet> => {
    refuseOverSource(
      output,
      tables.flatMap(({ files }) => files),
      workspace.relative(output),
    )
    const message = `Computing ${counted(features, 'feature')}`
    onProgress?.(0.02, message)
    const format = extname(output).toLowerCase() === '.csv' ? 'csv' : 'parquet'
    const { rows, digest } = await explained(tables, () =>
      engine.copy(statement, output, format, {
        signal,
        onProgress: (fraction) => onProgress?.(0.02 + 0.96 * fraction, message),
      }),
    )
    return { path: output, rows, features, digest, reused: false, computed: features }
  }

  const buildTrainingSet = async (plan: ModelPlan, request: TrainingSetRequest): Promise<TrainingSet> => {
    const { onProgress, observations, asOf, keepUnlabelled } = request
    onProgress?.(0, 'Reading the sources')
    const prepared = await prepare(plan, { observations, asOf, keepUnlabelled, signal: request.signal, isFresh: true })
    // Rows that somebody brings are asked about once.
    const isOwn = observations === undefined && !keepUnlabelled
    const files = prepared.tables.flatMap((table) => table.files)
    refuseOverSource(request.output, files, workspace.relative(request.output))
    const made = isOwn
      ? await keeping(plan, prepared, request, (statement, output, { isQuiet } = { isQuiet: false }) =>
          write(
            { ...prepared, statement },
            { output, signal: request.signal, onProgress: isQuiet ? undefined : onProgress },
            plan.uses.length,
          ),
        )
      : await write(prepared, request, plan.uses.length)
    const { rows } = made
    if (rows === 0 && !keepUnlabelled)
      throw new StudioError('invalid_input', `\`${plan.model}\` has no rows to learn from.`, {
        hint: 'Check the condition after `observe`, and whether the label is known for any row.',
      })
    onProgress?.(1, `${counted(rows, 'row')}${made.reused ? ', computed before' : ''}`)
    return made
  }

  return { write, buildTrainingSet }
}
