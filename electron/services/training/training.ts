import { appendFile, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { StudioError, toStudioError } from '@shared/errors'
import type { ModelPlan } from '@shared/plan/plan'
import type { trainingContract } from '@shared/rpc/training'
import { type MetricPoint, type Run, runFiles } from '@shared/training/run'
import type { Emit, Service, ServiceContext } from '../context'
import type { JobHandle } from '../jobs/jobs'
import type { PythonService } from '../python/python'
import { digestOf, writeFileDurably } from '../workspace/durable'
import { jobFile, runPythonJob, type TrainingEvent } from './pythonJob'
import { createRunStore, cutOff } from './runStore'

export interface TrainingDependencies {
  readonly language: { planOf(path: string, model?: string, text?: string): Promise<ModelPlan> }
  readonly features: {
    buildTrainingSet(
      plan: ModelPlan,
      options: {
        readonly output: string
        readonly signal: AbortSignal
        readonly onProgress?: (fraction: number, message: string) => void
      },
    ): Promise<{
      readonly path: string
      readonly rows: number
      readonly features: number
      readonly digest: string
      /** Whether it had been computed before; and of its features, how many were computed now. */
      readonly reused?: boolean
      readonly computed?: number
    }>
  }
  readonly python: Pick<PythonService, 'interpreter' | 'isBeingSetUp' | 'ready'> & {
    environment(): Readonly<Record<string, string>>
  }
  /** False while the workspace is restricted: then nothing runs. */
  readonly isTrusted?: () => boolean
}

export type TrainingService = Service<typeof trainingContract> & {
  /** Absolute `.proml/runs/<id>`. */
  runFolder(id: string): string
  readRun(id: string): Promise<Run>
}

/** Share of the work, of all its progress, that making the training set is. */
const featuresShare = 0.25
/** Points reach the window in bundles. */
const metricIntervalMs = 100
const recordIntervalMs = 500

/** The job of a run has this id, so that a page finds one by the other. */
export const jobIdOf = (runId: string): string => `train:${runId}`

const threadsHere = (): number => Math.max(1, availableParallelism() - 1)

const newRun = (id: string, path: string, plan: ModelPlan, program: string, planText: string): Run => ({
  version: 1,
  id,
  model: plan.model,
  path,
  state: 'running',
  startedAt: Date.now(),
  endedAt: null,
  seed: plan.train.seed,
  sourceDigest: digestOf(program),
  planDigest: digestOf(planText),
  dataDigest: null,
  rows: null,
  features: plan.uses.length,
  metrics: {},
  curves: null,
  confusion: null,
  importance: [],
  trials: [],
  params: {},
  parity: null,
  modelDigest: null,
  modelBytes: null,
  environment: {},
  timings: {},
  error: null,
})

export const createTrainingService = (
  context: ServiceContext,
  emit: Emit<typeof trainingContract>,
  { language, features, python, isTrusted }: TrainingDependencies,
): TrainingService => {
  const { workspace, jobs, log } = context
  const store = createRunStore(workspace)
  /** One training at a time: each takes all the threads there are to give. */
  let tail: Promise<unknown> = Promise.resolve()
  const closing = new AbortController()

  const turn = async (signal: AbortSignal): Promise<() => void> => {
    const before = tail
    let leave = (): void => {}
    tail = new Promise<void>((done) => {
      leave = done
    })
    const given = tail
    // Who gives up while waiting still keeps the order for those behind.
    const cancelled = new Promise<never>((_, reject) => {
      const stop = () => reject(new StudioError('cancelled', 'Cancelled.'))
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
    })
    try {
      await Promise.race([before, cancelled])
      return leave
    } catch (error) {
      tail = tail === given ? before : tail
      void before.then(leave)
      throw error
    }
  }

  /** The record of a run while it goes on: written in order, at most twice a second, and always at its end. */
  const recorder = (first: Run) => {
    let run = first
    let writes: Promise<void> = Promise.resolve()
    let timer: NodeJS.Timeout | null = null
    const save = (): Promise<void> => {
      if (timer) clearTimeout(timer)
      timer = null
      const now = run
      writes = writes.catch(() => {}).then(() => store.write(now))
      return writes
    }
    return {
      now: () => run,
      change: (change: Partial<Run>): void => {
        run = { ...run, ...change }
        timer ??= setTimeout(() => {
          save()
            .then(() => emit('changed', { id: run.id, state: run.state }))
            .catch((error: unknown) => log.warn('A run’s record could not be written', error))
        }, recordIntervalMs)
      },
      finish: async (change: Partial<Run>): Promise<void> => {
        run = { ...run, ...change, endedAt: Date.now() }
        await save()
      },
    }
  }

  /** Features need no Python: only what comes after them waits for a set-up that is still going on. */
  const interpreter = async (job: JobHandle, signal: AbortSignal): Promise<string> => {
    if (!python.isBeingSetUp()) return python.interpreter()
    job.progress(null, 'Waiting for Python to be set up')
    try {
      return await python.ready(signal)
    } catch (error) {
      if (signal.aborted) throw error
      throw new StudioError('python_missing', 'Python was not set up, and training needs it.', {
        hint: 'Set up Python from the chip at the top right (or run `npm run doctor` in a terminal), then train again.',
        cause: error,
      })
    }
  }

  const work = async (first: Run, plan: ModelPlan, job: JobHandle): Promise<Record<string, unknown>> => {
    const record = recorder(first)
    const { id } = first
    const folder = store.folder(id)
    const signal = AbortSignal.any([job.signal, closing.signal])
    const points: MetricPoint[] = []
    let flushing: NodeJS.Timeout | null = null
    const flush = (): void => {
      flushing = null
      if (points.length > 0) emit('metric', { id, points: points.splice(0) })
    }
    const onEvent = (event: TrainingEvent): void => {
      switch (event.type) {
        case 'progress':
          job.progress(featuresShare + (1 - featuresShare) * event.fraction, event.message)
          break
        case 'log':
          job.log(event.line)
          break
        case 'metric': {
          const { step, name, value, trial } = event
          points.push({ step, name, value, trial })
          flushing ??= setTimeout(flush, metricIntervalMs)
          break
        }
        case 'trial': {
          const { number, params, value, state } = event
          record.change({ trials: [...record.now().trials, { number, params, value, state }] })
          break
        }
        case 'rows':
          record.change({ rows: event.rows })
          break
        case 'phase':
        case 'result':
        case 'error':
        case 'cancelled':
          break
        default:
          event satisfies never
      }
    }
    let leave = (): void => {}
    try {
      job.progress(null, 'Waiting for another training to finish')
      leave = await turn(signal)
      job.progress(0, 'Computing features')
      const startedAt = Date.now()
      const trainingSet = await features.buildTrainingSet(plan, {
        output: join(folder, runFiles.trainingSet),
        signal,
        onProgress: (fraction, message) => job.progress(featuresShare * fraction, message),
      })
      const featuresMs = Date.now() - startedAt
      const { digest, reused, computed } = trainingSet
      record.change({ dataDigest: digest, dataReused: reused })
      const line = reused
        ? 'Training set: computed before, from the same data; nothing was computed.'
        : `Training set: ${computed ?? trainingSet.features} of ${trainingSet.features} inputs computed.`
      job.log(line)
      await appendFile(join(folder, runFiles.log), `${line}\n`)
      const executable = await interpreter(job, signal)
      await writeFileDurably(
        join(folder, jobFile),
        JSON.stringify({ plan, trainingSet: trainingSet.path, folder, threads: threadsHere(), seed: plan.train.seed }),
      )
      const result = await runPythonJob({
        python: executable,
        environment: python.environment(),
        folder,
        signal,
        onEvent,
      })
      const { rows, features: inputs, metrics, curves, confusion, importance, trials, params } = result
      const { parity, modelDigest, modelBytes, environment, timings } = result
      await record.finish({
        ...{ rows, features: inputs, metrics, curves, confusion, importance, trials, params },
        ...{ parity, modelDigest, modelBytes, environment },
        timings: { features: featuresMs, ...timings },
        state: 'succeeded',
      })
      return { runId: id, metrics: metrics.test ?? {}, modelDigest, rows, features: inputs }
    } catch (thrown) {
      const error = signal.aborted ? new StudioError('cancelled', 'Cancelled.') : toStudioError(thrown)
      const { code, message, hint } = error
      if (closing.signal.aborted && !job.signal.aborted) await record.finish({ state: 'interrupted', error: cutOff })
      else if (code === 'cancelled') await record.finish({ state: 'cancelled' })
      else await record.finish({ state: 'failed', error: { code, message, hint } })
      throw error
    } finally {
      if (flushing) clearTimeout(flushing)
      flush()
      leave()
      await store.release(id)
      emit('changed', { id, state: record.now().state })
    }
  }

  const start = async (
    path: string,
    model: string | undefined,
    text: string | undefined,
  ): Promise<{ jobId: string; runId: string }> => {
    if (isTrusted && !isTrusted())
      throw new StudioError('permission_denied', 'This workspace is restricted: nothing runs in it yet.', {
        hint: 'Trust the workspace first, if you know where it comes from.',
      })
    const file = workspace.resolve(path)
    const plan = await language.planOf(path, model, text)
    // What is on its way is waited for; what nobody is making is said at once.
    if (!python.isBeingSetUp()) await python.interpreter()
    const program = text ?? (await readFile(file, 'utf8'))
    const planText = `${JSON.stringify(plan, null, 1)}\n`
    const runId = await store.create()
    const folder = store.folder(runId)
    const run = newRun(runId, workspace.relative(file), plan, program, planText)
    try {
      await writeFileDurably(join(folder, runFiles.program), program)
      await writeFileDurably(join(folder, runFiles.plan), planText)
      await store.write(run)
    } catch (error) {
      await store.release(runId)
      throw error
    }
    const title = `Train ${plan.model} (${runId})`
    const job = jobs.start({ kind: 'train', title, id: jobIdOf(runId) }, (handle) => work(run, plan, handle))
    emit('changed', { id: runId, state: 'running' })
    return { jobId: job.id, runId }
  }

  return {
    runFolder: store.folder,
    readRun: store.read,
    handlers: {
      start: ({ path, model, text }) => start(path, model, text),
      runs: async () => (await store.list()).map(({ curves: _curves, trials: _trials, ...summary }) => summary),
      run: ({ id }) => store.read(id),
      metrics: ({ id, from }) => store.metrics(id, from),
      log: async ({ id }) => ({ text: await store.text(id, 'log') }),
      program: async ({ id }) => ({ text: await store.text(id, 'program') }),
      remove: async ({ id }) => {
        await store.remove(id)
        emit('changed', { id, state: 'removed' })
        return {}
      },
    },
    dispose: async () => {
      closing.abort()
      await tail.catch(() => {})
    },
  }
}
