import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import type { EventPayload } from '@shared/rpc/contract'
import type { trainingContract } from '@shared/rpc/training'
import { baselineSchema, type MetricPoint, runSchema, signatureSchema } from '@shared/training/run'
import * as ort from 'onnxruntime-node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createJobsService, type JobsService } from '../../electron/services/jobs/jobs'
import { createTrainingService, type TrainingService } from '../../electron/services/training/training'
import { temporaryFolder, testContext } from '../support/context'
import { fixtureDependencies, flightsPlan, makeTrainingSet, node } from './fixture'

const folder = temporaryFolder()
const rows = 12_000
let trainingSet = ''
beforeAll(async () => {
  trainingSet = await makeTrainingSet(join(folder.path, 'set.parquet'), rows)
})
afterAll(folder.remove)

const signal = new AbortController().signal
const opened: { dispose: () => Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.dispose()
})

interface Opened {
  readonly context: ReturnType<typeof testContext>
  readonly jobs: JobsService
  readonly service: TrainingService
  readonly metrics: MetricPoint[]
  readonly start: () => Promise<{ jobId: string; runId: string }>
}

const open = (plan = flightsPlan(), context = testContext(), setUp: Promise<void> | null = null): Opened => {
  writeFileSync(join(context.workspace.root, 'flights.proml'), 'namespace flights\n')
  const metrics: MetricPoint[] = []
  const emit = <E extends 'changed' | 'metric'>(event: E, payload: EventPayload<typeof trainingContract, E>) => {
    if (event === 'metric' && 'points' in payload) metrics.push(...payload.points)
  }
  const jobs = createJobsService((name, payload) => context.events.push({ name, payload }))
  const dependencies = fixtureDependencies(plan, trainingSet)
  const { python } = dependencies
  const late = { isBeingSetUp: () => true, ready: () => setUp?.then(python.interpreter) ?? python.interpreter() }
  const service = createTrainingService({ ...context, jobs }, emit, {
    ...dependencies,
    python: setUp ? { ...python, ...late } : python,
  })
  opened.push({
    dispose: async () => {
      await service.dispose()
      context.remove()
    },
  })
  return { context, jobs, service, metrics, start: () => service.handlers.start({ path: 'flights.proml' }, { signal }) }
}

const untilPhase = async (one: Opened, jobId: string, message: RegExp): Promise<void> => {
  const seen = () =>
    one.context.events.some(
      ({ payload }) =>
        typeof payload === 'object' &&
        payload !== null &&
        'message' in payload &&
        message.test(String(payload.message)),
    )
  const ended = one.jobs.finished(jobId).then(
    () => 'ended',
    () => 'ended',
  )
  while (!seen()) {
    const state = await Promise.race([ended, new Promise((done) => setTimeout(() => done('waiting'), 20))])
    if (state === 'ended') throw new Error('the training ended before that step')
  }
}

const slowPlan = () =>
  flightsPlan({
    nodes: flightsPlan().nodes.map((one) =>
      one.name === 'gbt' ? { ...one, params: { depth: 6, rounds: 10_000, rate: 0.01 } } : one,
    ),
  })

test('a training leaves a whole run whose ONNX model answers in Node as the Python estimators did', async () => {
  const one = open()
  const { jobId, runId } = await one.start()
  const result = await one.jobs.finished(jobId)
  const run = await one.service.readRun(runId)
  expect(result).toMatchObject({ runId: 'r-0001', modelDigest: run.modelDigest })
  expect(run.state).toBe('succeeded')
  expect(run.rows).toEqual({ train: 8400, valid: 1800, test: 1800 })
  expect(run.features).toBe(6)
  expect(Object.keys(run.metrics)).toEqual(['train', 'valid', 'test'])
  expect(run.metrics.test?.auc).toBeGreaterThan(0.6)
  expect(run.parity).toBeLessThanOrEqual(1e-5)
  expect(run.importance.map(({ name }) => name).sort()).toEqual(
    ['distance', 'from_delay', 'hour', 'is_long', 'origin', 'route_delay'].sort(),
  )
  expect(run.importance.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1, 9)
  expect(run.curves?.roc.length).toBeLessThanOrEqual(200)
  expect(run.curves?.calibration).toHaveLength(10)
  const { truePositive = 0, falsePositive = 0, trueNegative = 0, falseNegative = 0 } = run.confusion ?? {}
  expect(truePositive + falsePositive + trueNegative + falseNegative).toBe(1800)

  const home = one.service.runFolder(runId)
  expect(readdirSync(home).sort()).toEqual(
    ['baseline.json', 'golden.json', 'log.txt', 'metrics.jsonl', 'model.onnx', 'plan.json', 'program.proml'].concat([
      'run.json',
      'signature.json',
      'training-set.parquet',
      'transform.onnx',
    ]),
  )
  const json = (name: string): unknown => JSON.parse(readFileSync(join(home, name), 'utf8'))
  expect(baselineSchema.parse(json('baseline.json')).inputs).toHaveLength(6)
  const signature = signatureSchema.parse(json('signature.json'))
  const golden = json('golden.json') as { inputs: Record<string, unknown[]>; outputs: Record<string, number[]> }
  const session = await ort.InferenceSession.create(join(home, 'model.onnx'))
  expect(session.inputNames).toEqual(signature.inputs.map(({ name }) => name))
  const feeds = Object.fromEntries(
    signature.inputs.map(({ name, tensor }) => {
      const values = golden.inputs[name] ?? []
      const shape = [values.length, 1]
      const made = {
        float32: () =>
          new ort.Tensor(
            'float32',
            Float32Array.from(values, (v) => Number(v ?? Number.NaN)),
            shape,
          ),
        int64: () =>
          new ort.Tensor(
            'int64',
            BigInt64Array.from(values, (v) => BigInt(Number(v))),
            shape,
          ),
        string: () => new ort.Tensor('string', values.map(String), shape),
        bool: () => new ort.Tensor('bool', Uint8Array.from(values, Number), shape),
      }[tensor]()
      return [name, made]
    }),
  )
  const answers = (await session.run(feeds)).late_probability
  expect(answers?.dims).toEqual([100, 1])
  const expected = golden.outputs.late_probability ?? []
  const differences = Array.from(answers?.data as Float32Array, (value, row) => Math.abs(value - (expected[row] ?? 9)))
  expect(Math.max(...differences)).toBeLessThanOrEqual(1e-5)

  const stored = await one.service.handlers.metrics({ id: runId, from: 0 }, { signal })
  expect(stored.filter(({ name }) => name === 'gbt.valid.log_loss')).toHaveLength(60)
  expect(one.metrics).toEqual(stored)
  expect((await one.service.handlers.metrics({ id: runId, from: 100 }, { signal })).length).toBe(stored.length - 100)
  const log = (await one.service.handlers.log({ id: runId }, { signal })).text
  expect(log).toContain('Fitting gbt (boosted_trees)')
  // Whether the training set was computed for it stands in the run and in its log.
  expect(log).toContain('Training set: computed before')
  expect((await one.service.handlers.run({ id: runId }, { signal })).dataReused).toBe(true)
  expect((await one.service.handlers.program({ id: runId }, { signal })).text).toBe('namespace flights\n')
})

test('the same program, data and seed give the same model byte for byte, and a searched model too', async () => {
  const nodes = flightsPlan().nodes.map((one) =>
    one.name === 'gbt'
      ? node('algorithm', 'gbt', 'boosted_trees', one.inputs, {
          rounds: 20,
          depth: { tune: 'range', low: 2, high: 6, isLog: false, isInteger: true },
          rate: { tune: 'range', low: 0.05, high: 0.3, isLog: true, isInteger: false },
        })
      : one,
  )
  const base = flightsPlan()
  const plan = flightsPlan({
    nodes,
    train: { ...base.train, search: { trials: 4, direction: 'maximize', metric: 'auc' } },
  })
  const one = open(plan)
  const first = await one.start()
  const second = await one.start()
  await Promise.all([first, second].map(({ jobId }) => one.jobs.finished(jobId)))
  const [a, b] = await Promise.all([first, second].map(({ runId }) => one.service.readRun(runId)))
  expect(a?.modelDigest).toBe(b?.modelDigest)
  expect(a?.trials).toEqual(b?.trials)
  expect(a?.trials.map(({ params }) => Object.keys(params))).toEqual(Array(4).fill(['gbt.depth', 'gbt.rate']))
  const best = Math.max(...(a?.trials ?? []).map(({ value }) => value ?? 0))
  const chosen = a?.trials.find(({ value }) => value === best)
  expect(a?.params).toMatchObject(chosen?.params ?? { none: true })
  // One waits for the other: the second began to compute after the first had ended.
  expect((b?.endedAt ?? 0) > (a?.endedAt ?? Infinity)).toBe(true)
})

test('a training that is stopped says so, keeps its log, and leaves no half file', async () => {
  const one = open(slowPlan())
  const { jobId, runId } = await one.start()
  await untilPhase(one, jobId, /Fitting gbt/)
  await one.jobs.handlers.cancel({ id: jobId }, { signal })
  await expect(one.jobs.finished(jobId)).rejects.toMatchObject({ code: 'cancelled' })
  const run = await one.service.readRun(runId)
  expect(run).toMatchObject({ state: 'cancelled', error: null, modelDigest: null })
  const left = readdirSync(one.service.runFolder(runId))
  expect(left).not.toContain('model.onnx')
  expect(left.filter((name) => name.endsWith('.part') || name === 'job.json' || name === 'owner.json')).toEqual([])
  expect((await one.service.handlers.log({ id: runId }, { signal })).text).toContain('Fitting lin')
})

test('a missing value that reaches a linear model is named before anything is fitted, with the mend', async () => {
  const plan = flightsPlan({
    nodes: [
      node('transform', 'recent', 'standardize', ['from_delay']),
      node('algorithm', 'lin', 'logistic', ['recent', 'distance']),
    ],
    outputs: [{ name: 'p', node: 'lin', fn: 'probability', span: { start: 0, end: 0 } }],
  })
  const one = open(plan)
  const { jobId, runId } = await one.start()
  await expect(one.jobs.finished(jobId)).rejects.toMatchObject({
    code: 'training_failed',
    message: expect.stringMatching(
      /^`logistic` of `lin` cannot take missing values, and `from_delay` is missing in [\d,]+ rows/,
    ),
    hint: 'Fill it first: `impute(from_delay)`.',
  })
  expect(await one.service.readRun(runId)).toMatchObject({ state: 'failed', error: { code: 'training_failed' } })
  expect((await one.service.handlers.log({ id: runId }, { signal })).text).toContain('impute(from_delay)')
})

test('an operator that the trainer does not know is named', async () => {
  const plan = flightsPlan({ nodes: [node('transform', 'x', 'frobnicate', ['hour']), ...flightsPlan().nodes] })
  const one = open(plan)
  const { jobId } = await one.start()
  await expect(one.jobs.finished(jobId)).rejects.toMatchObject({
    code: 'training_failed',
    message: 'The trainer does not know the transform `frobnicate` (in `x`).',
  })
})

test('a run that was cut off by the end of the studio is told as interrupted after a restart', async () => {
  const one = open()
  const { jobId, runId } = await one.start()
  await one.jobs.finished(jobId)
  const home = one.service.runFolder(runId)
  const record = join(home, 'run.json')
  const running = { ...runSchema.parse(JSON.parse(readFileSync(record, 'utf8'))), state: 'running', endedAt: null }
  const ownedBy = (host: string) =>
    writeFileSync(join(home, 'owner.json'), JSON.stringify({ pid: 999_999, startedAt: '1', host }))
  writeFileSync(record, JSON.stringify(running))
  writeFileSync(join(home, '.torn.part'), 'half')
  // Trained on another machine that shares the folder: not ours to judge.
  ownedBy('elsewhere')
  expect((await one.service.readRun(runId)).state).toBe('running')
  ownedBy(hostname())
  const [listed] = await one.service.handlers.runs({}, { signal })
  expect(listed).toMatchObject({ id: runId, state: 'interrupted' })
  expect(existsSync(join(home, '.torn.part'))).toBe(false)
  expect(runSchema.parse(JSON.parse(readFileSync(record, 'utf8'))).state).toBe('interrupted')
})

test.runIf(process.platform === 'linux')(
  'a training whose Python is killed says so and leaves no half file',
  async () => {
    const one = open(slowPlan())
    const { jobId, runId } = await one.start()
    await untilPhase(one, jobId, /Fitting gbt/)
    const home = one.service.runFolder(runId)
    const mine = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(home, 'job.json'))
        } catch {
          return false
        }
      })
    expect(mine).toHaveLength(1)
    process.kill(Number(mine[0]), 'SIGKILL')
    await expect(one.jobs.finished(jobId)).rejects.toMatchObject({
      code: 'training_failed',
      message: 'Python ended before the run was done (SIGKILL).',
    })
    expect(await one.service.readRun(runId)).toMatchObject({ state: 'failed' })
    expect(readdirSync(home).filter((name) => name.endsWith('.part') || name === 'model.onnx')).toEqual([])
  },
)

test('closing the studio ends a training at once; removed runs keep their number', async () => {
  const one = open(slowPlan())
  const { jobId, runId } = await one.start()
  await untilPhase(one, jobId, /Fitting gbt/)
  await one.service.dispose()
  await one.jobs.finished(jobId).catch(() => {})
  expect(await one.service.readRun(runId)).toMatchObject({ state: 'interrupted' })
  await one.service.handlers.remove({ id: runId }, { signal })
  expect(await one.service.handlers.runs({}, { signal })).toEqual([])
  await expect(one.service.readRun(runId)).rejects.toMatchObject({ code: 'not_found' })
  await expect(one.service.handlers.run({ id: '../../etc' }, { signal })).rejects.toMatchObject({ code: 'not_found' })
  const again = open(flightsPlan(), one.context)
  expect((await again.start()).runId).toBe('r-0002')
})

test('a training started while Python is being set up says what it waits for, and goes on by itself', async () => {
  const setUp = Promise.withResolvers<void>()
  const one = open(flightsPlan(), testContext(), setUp.promise)
  const { jobId, runId } = await one.start()
  await untilPhase(one, jobId, /^Waiting for Python to be set up$/)
  expect(existsSync(join(one.service.runFolder(runId), 'training-set.parquet'))).toBe(true)
  expect((await one.service.readRun(runId)).state).toBe('running')
  setUp.resolve()
  await one.jobs.finished(jobId)
  expect((await one.service.readRun(runId)).state).toBe('succeeded')
})

test('a training whose Python never came has failed and says what to do', async () => {
  const setUp = Promise.withResolvers<void>()
  const one = open(flightsPlan(), testContext(), setUp.promise)
  const { jobId, runId } = await one.start()
  await untilPhase(one, jobId, /^Waiting for Python to be set up$/)
  setUp.reject(new StudioError('cancelled', 'Setting up Python was cancelled.'))
  await expect(one.jobs.finished(jobId)).rejects.toMatchObject({ code: 'python_missing' })
  const { state, error } = await one.service.readRun(runId)
  expect({ state, error }).toEqual({
    state: 'failed',
    error: {
      code: 'python_missing',
      message: 'Python was not set up, and training needs it.',
      hint: 'Set up Python from the chip at the top right (or run `npm run doctor` in a terminal), then train again.',
    },
  })
})
