import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { columnsOfResult, feedsOf } from '@shared/runtime/ort'
import { columnsOf, largestDifference, tensorsOf } from '@shared/runtime/tensors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHealthService } from '../../electron/services/health/health'
import { createRuntimeService, type RuntimeService } from '../../electron/services/runtime/runtime'
import { createTrainingService, type TrainingService } from '../../electron/services/training/training'
import { testContext } from '../support/context'
import { fixtureDependencies, flightsPlan, makeTrainingSet } from '../training/fixture'
import { call, createTestEngine, dependenciesOf } from './support'

const studio = testContext()
const engine = createTestEngine(studio)
let training: TrainingService
let runtime: RuntimeService
let reference = ''

beforeAll(async () => {
  writeFileSync(studio.workspace.resolve('flights.proml'), 'namespace flights\n')
  const set = await makeTrainingSet(join(studio.workspace.root, 'set.parquet'), 8_000)
  training = createTrainingService(studio, () => {}, fixtureDependencies(flightsPlan(), set))
  const { jobId, runId } = await training.handlers.start({ path: 'flights.proml' }, call)
  await studio.jobs.finished(jobId)
  reference = `run:${runId}`
  runtime = createRuntimeService(studio, () => {}, { ...dependenciesOf(studio, engine), training })
})
afterAll(async () => {
  await runtime.dispose()
  await training.dispose()
  await engine.dispose()
  studio.remove()
})

test('a model that the studio trained passes the pre-check; native, WebAssembly and Python agree to 1e-5', async () => {
  const native = await runtime.agreementOf(reference)
  expect(native.rows).toBeGreaterThan(0)
  expect(native.maxDifference).toBeLessThanOrEqual(1e-5)
  const ort = await import('onnxruntime-web')
  ort.env.wasm.numThreads = 1
  const { onnx, signature, golden } = await runtime.handlers.model({ reference }, call)
  const session = await ort.InferenceSession.create(onnx, { executionProviders: ['wasm'] })
  const result = await session.run(feedsOf(ort.Tensor, tensorsOf(signature, golden.inputs)))
  const outputs = columnsOf(signature, columnsOfResult(result), native.rows)
  expect(largestDifference(golden.outputs, outputs)).toBeLessThanOrEqual(1e-5)
})

test('its test rows, scored, give a report over exactly the inputs that it was trained on', async () => {
  const { jobId } = await runtime.handlers.predictFile(
    { reference, path: '', output: 'scored.csv', split: 'test', log: true },
    call,
  )
  const result = await studio.jobs.finished(jobId)
  const run = await training.readRun(reference.slice(4))
  expect(result).toMatchObject({ path: 'scored.csv', rows: run.rows?.test })
  const health = createHealthService(studio, () => {}, {
    data: { engine },
    features: dependenciesOf(studio, engine).features,
    runtime,
  })
  const report = await health.handlers.report({ reference }, call)
  expect(report.rows).toBe(run.rows?.test)
  expect(report.inputs.map((input) => input.name).sort()).toEqual(run.importance.map(({ name }) => name).sort())
  for (const input of report.inputs) expect(input.psi, input.name).not.toBeNull()
  // By time, the last rows of these two days are those of one evening: the hour has moved, and distance has not.
  expect(report.inputs.find((input) => input.name === 'hour')?.verdict).toBe('bad')
  expect(report.inputs.find((input) => input.name === 'distance')?.verdict).toBe('good')
  await health.dispose()
})
