import { basename } from 'node:path'
import { StudioError } from '@shared/errors'
import type { runtimeContract } from '@shared/rpc/runtime'
import { columnsOf, largestDifference, rowCount, tensorsOf } from '@shared/runtime/tensors'
import type { Signature } from '@shared/training/run'
import type { Emit, Service, ServiceContext } from '../context'
import { checkBatchRequest, scoreFile } from './batch'
import type { RuntimeDependencies } from './dependencies'
import { createModelProcess } from './modelProcess'
import { createModelLibrary, type ModelLibrary } from './models'
import { createPredictionLog } from './predictionLog'

export interface LatencyQuantiles {
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

export type RuntimeService = Service<typeof runtimeContract> & {
  /** The native engine against Python on the golden rows. */
  agreementOf(reference: string): Promise<{ rows: number; maxDifference: number }>
  /** Single rows through the native engine, warm. */
  latencyOf(reference: string): Promise<LatencyQuantiles>
  /** What watching a model needs of running it. */
  readonly library: ModelLibrary
  /** Folder of a model’s prediction log, after everything appended has been written as Parquet. */
  flushedLog(reference: string): Promise<string>
}

const latencyCalls = 200
const latencyRounds = 5
const latencyMs = 3000
const agreementDeadlineMs = 60_000

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0

const requireGolden = (rows: number): void => {
  if (rows === 0)
    throw new StudioError('not_found', 'This model has no golden rows to compare with.', {
      hint: 'Train it again: a run keeps up to 100 test rows with Python’s own outputs.',
    })
}

export const createRuntimeService = (
  context: ServiceContext,
  emit: Emit<typeof runtimeContract>,
  dependencies: RuntimeDependencies,
): RuntimeService => {
  const library = createModelLibrary(context, dependencies)
  const models = createModelProcess({ code: context.platform.code, log: context.log })
  const signatureOf = async (reference: string): Promise<Signature> => (await library.load(reference)).signature
  const log = createPredictionLog(context, dependencies.data.engine, signatureOf)

  const agreementOf: RuntimeService['agreementOf'] = async (reference) => {
    const model = await library.load(reference)
    const golden = await library.golden(reference)
    const rows = rowCount(golden.inputs)
    requireGolden(rows)
    const { outputs } = await models.run(model, tensorsOf(model.signature, golden.inputs), {
      deadlineMs: agreementDeadlineMs,
    })
    return { rows, maxDifference: largestDifference(golden.outputs, columnsOf(model.signature, outputs, rows)) }
  }

  const latencyOf: RuntimeService['latencyOf'] = async (reference) => {
    const model = await library.load(reference)
    const golden = await library.golden(reference)
    requireGolden(rowCount(golden.inputs))
    const inputs = tensorsOf(model.signature, golden.inputs)
    const rounds: (readonly number[])[] = []
    const start = performance.now()
    do {
      const callsMs = await models.time(model, inputs, latencyCalls, { deadlineMs: agreementDeadlineMs })
      rounds.push([...callsMs].sort((a, b) => a - b))
    } while (rounds.length < latencyRounds && performance.now() - start < latencyMs)
    // What else the machine does only ever adds to a time: the quietest round says most about the model.
    const least = (share: number): number => Math.min(...rounds.map((sorted) => quantile(sorted, share)))
    return { p50Ms: least(0.5), p90Ms: least(0.9), p95Ms: least(0.95), p99Ms: least(0.99) }
  }

  return {
    library,
    agreementOf,
    latencyOf,
    async flushedLog(reference) {
      await log.flush(reference)
      return log.folder(reference)
    },
    handlers: {
      models: () => library.list(),
      model: async ({ reference }) => {
        const { digest, signature, bytes } = await library.load(reference)
        return { onnx: new Uint8Array(await bytes()), digest, signature, golden: await library.golden(reference) }
      },
      predict: async ({ reference, rows, deadlineMs, log: isLogged }, { signal }) => {
        const model = await library.load(reference)
        const inputs = tensorsOf(model.signature, rows)
        const result = await models.run(model, inputs, { deadlineMs, signal })
        const outputs = columnsOf(model.signature, result.outputs, rowCount(rows))
        if (isLogged) {
          await log.append(reference, model.signature, { engine: 'native', rows, outputs, elapsedMs: result.elapsedMs })
          emit('logged', { reference, rows: rowCount(rows) })
        }
        return { outputs, elapsedMs: result.elapsedMs }
      },
      predictFile: async (request) => {
        checkBatchRequest(context, request)
        await library.load(request.reference)
        const title = request.split === 'test' ? 'Score the test rows' : `Score ${basename(request.path)}`
        const job = context.jobs.start({ kind: 'predict', title }, (handle) =>
          scoreFile(
            {
              context,
              dependencies,
              library,
              models,
              log,
              onLogged: (rows) => emit('logged', { reference: request.reference, rows }),
            },
            request,
            handle,
          ),
        )
        return { jobId: job.id }
      },
      agreement: ({ reference }) => agreementOf(reference),
      logRows: async ({ reference, engine, rows, outputs, elapsedMs }) => {
        const { signature } = await library.load(reference)
        // The same check as for a prediction of ours: what is logged is what the model can take.
        tensorsOf(signature, rows)
        await log.append(reference, signature, { engine, rows, outputs, elapsedMs })
        emit('logged', { reference, rows: rowCount(rows) })
        return {}
      },
    },
    async dispose() {
      await log.dispose()
      await models.dispose()
    },
  }
}
