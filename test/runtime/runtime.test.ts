import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { columnsOfResult, feedsOf } from '@shared/runtime/ort'
import { columnsOf, largestDifference, tensorsOf } from '@shared/runtime/tensors'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createModelProcess } from '../../electron/services/runtime/modelProcess'
import { createRuntimeService, type RuntimeService } from '../../electron/services/runtime/runtime'
import { digestOf } from '../../electron/services/workspace/durable'
import { attribute, floatTensor, graph, intTensor, model, node, tensor, types, value } from '../onnx/writer'
import { call, createTestEngine, dependenciesOf, fabricateRun, runPython, type TestStudio } from './support'

let studio: TestStudio
let engine: ReturnType<typeof createTestEngine>
let runtime: RuntimeService
const events: unknown[] = []

beforeAll(async () => {
  studio = fabricateRun()
  engine = createTestEngine(studio)
  runtime = createRuntimeService(
    studio,
    (name, payload) => events.push({ name, payload }),
    dependenciesOf(studio, engine),
  )
})
afterAll(async () => {
  await runtime.dispose()
  await engine.dispose()
  studio.remove()
})

const oneRow = { distance: [500], hour: [18], busy: [true], origin: ['ORD'] }

describe('a model of a finished run', () => {
  test('is listed with its test metrics', async () => {
    const models = await runtime.handlers.models({}, call)
    expect(models.map(({ reference, name, origin }) => ({ reference, name, origin }))).toEqual([
      { reference: 'run:r-1', name: 'late_departure', origin: 'run' },
    ])
    expect(models[0]?.metrics.auc).toBeGreaterThan(0.6)
  })

  test('agrees natively with scikit-learn on the golden rows to 1e-5', async () => {
    const { rows, maxDifference } = await runtime.agreementOf(studio.reference)
    expect(rows).toBe(100)
    expect(maxDifference).toBeLessThanOrEqual(1e-5)
  })

  test('agrees in WebAssembly with scikit-learn and with the native engine to 1e-5', async () => {
    const ort = await import('onnxruntime-web')
    ort.env.wasm.numThreads = 1
    const { onnx, signature, golden } = await runtime.handlers.model({ reference: studio.reference }, call)
    const session = await ort.InferenceSession.create(onnx, { executionProviders: ['wasm'] })
    const outputs = columnsOf(
      signature,
      columnsOfResult(await session.run(feedsOf(ort.Tensor, tensorsOf(signature, golden.inputs)))),
      golden.labels.length,
    )
    expect(largestDifference(golden.outputs, outputs)).toBeLessThanOrEqual(1e-5)
    const native = await runtime.handlers.predict(
      { reference: studio.reference, rows: golden.inputs, deadlineMs: 10_000, log: false },
      call,
    )
    const asNumbers = Object.fromEntries(Object.entries(outputs).map(([name, cells]) => [name, cells.map(Number)]))
    expect(largestDifference(asNumbers, native.outputs)).toBeLessThanOrEqual(1e-6)
  })

  test('answers a missing number, and says which input must not be null', async () => {
    const rows = { ...oneRow, distance: [null] }
    const answer = await runtime.handlers.predict(
      { reference: studio.reference, rows, deadlineMs: 10_000, log: false },
      call,
    )
    expect(answer.outputs.late_probability?.[0]).toBeTypeOf('number')
    await expect(
      runtime.handlers.predict(
        { reference: studio.reference, rows: { ...oneRow, origin: [null] }, deadlineMs: 10_000, log: false },
        call,
      ),
    ).rejects.toMatchObject({ code: 'invalid_input', place: { column: 'origin' } })
  })

  test('an unseen category and an empty batch are answered', async () => {
    const unseen = await runtime.handlers.predict(
      { reference: studio.reference, rows: { ...oneRow, origin: ['ZZZ ✈'] }, deadlineMs: 10_000, log: false },
      call,
    )
    expect(unseen.outputs.late_probability).toHaveLength(1)
  })

  test('tells the latency of single rows', async () => {
    const { p50Ms, p95Ms, p99Ms } = await runtime.latencyOf(studio.reference)
    expect(p50Ms).toBeGreaterThan(0)
    expect(p95Ms).toBeGreaterThanOrEqual(p50Ms)
    expect(p99Ms).toBeGreaterThanOrEqual(p95Ms)
  })
})

describe('predictions are kept for health', () => {
  const logged = async (): Promise<Record<string, unknown>[]> => {
    const folder = await runtime.flushedLog(studio.reference)
    return engine.rows(
      `select * from read_parquet('${folder}/*.parquet', union_by_name = true) order by __logged_at, distance`,
    )
  }

  test('those made here and those of the window, in Parquet, with engine and time', async () => {
    await runtime.handlers.predict({ reference: studio.reference, rows: oneRow, deadlineMs: 10_000, log: true }, call)
    await runtime.handlers.logRows(
      {
        reference: studio.reference,
        engine: 'webgpu',
        rows: { distance: [null, 2], hour: [1, 2], busy: [false, true], origin: ['ATL', '"; drop table x'] },
        outputs: { late_probability: [0.25, 0.5] },
        elapsedMs: 1.5,
      },
      call,
    )
    const rows = await logged()
    expect(
      rows.map((row) => [row.distance, row.hour, row.busy, row.origin, row.__engine, Number(row.__batch_rows)]),
    ).toEqual([
      [500, 18, true, 'ORD', 'native', 1],
      [2, 2, true, '"; drop table x', 'webgpu', 2],
      [null, 1, false, 'ATL', 'webgpu', 2],
    ])
    expect(rows.map((row) => row.__output).slice(1)).toEqual([0.5, 0.25])
    expect(events).toContainEqual({ name: 'logged', payload: { reference: studio.reference, rows: 2 } })
  })

  test('a line that a crash cut off loses nothing that was acknowledged', async () => {
    const before = (await logged()).length
    await runtime.handlers.predict({ reference: studio.reference, rows: oneRow, deadlineMs: 10_000, log: true }, call)
    appendFileSync(studio.workspace.internal('serving', 'run-r-1', 'pending.ndjson'), '{"distance": 1, "hou')
    const second = createRuntimeService(studio, () => {}, dependenciesOf(studio, engine))
    await second.handlers.predict({ reference: studio.reference, rows: oneRow, deadlineMs: 10_000, log: true }, call)
    const folder = await second.flushedLog(studio.reference)
    await second.dispose()
    const [count] = await engine.rows(
      `select count(*) as n from read_parquet('${folder}/*.parquet', union_by_name = true)`,
    )
    expect(Number(count?.n)).toBe(before + 2)
    expect(readdirSync(folder).filter((name) => !name.endsWith('.parquet'))).toEqual([])
  })
})

describe('a file of observations', () => {
  test('the run’s own test rows: the result equals scikit-learn row by row and is logged with its keys', async () => {
    const { jobId } = await runtime.handlers.predictFile(
      { reference: studio.reference, path: '', output: 'scored.parquet', split: 'test', log: true },
      call,
    )
    const result = await studio.jobs.finished(jobId)
    expect(result).toMatchObject({ path: 'scored.parquet', rows: 900 })
    const expected = studio.workspace.internal('runs', 'r-1', 'expected.parquet')
    const scored = studio.workspace.resolve('scored.parquet')
    const [difference] = await engine.rows(
      `select count(*) as n, max(abs(s.late_probability - e.probability)) as d
       from read_parquet('${scored}') s join read_parquet('${expected}') e on s.date = e.__time and s.origin = e.origin`,
    )
    expect(Number(difference?.n)).toBe(900)
    expect(Number(difference?.d)).toBeLessThanOrEqual(1e-5)
    const folder = await runtime.flushedLog(studio.reference)
    const [log] = await engine.rows(
      `select count(*) as n, count(distinct __key) as keys, min(__time) as first from read_parquet('${folder}/*.parquet', union_by_name = true) where __key is not null`,
    )
    expect([Number(log?.n), Number(log?.keys)]).toEqual([900, 900])
  })

  test('is never scored over the data that it is made from', async () => {
    const file = studio.workspace.resolve('data/flights.parquet')
    await engine.copy('select 1 as kept', file, 'parquet')
    const { jobId } = await runtime.handlers.predictFile(
      { reference: studio.reference, path: '', output: 'data/flights.parquet', split: 'test', log: false },
      call,
    )
    await expect(studio.jobs.finished(jobId)).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await engine.rows(`select * from read_parquet('${file}')`)).toEqual([{ kept: 1 }])
    // Nor over one of several that are scored together.
    const more = studio.workspace.resolve('data/more.parquet')
    await engine.copy('select 2 as kept', more, 'parquet')
    const together = await runtime.handlers.predictFile(
      { reference: studio.reference, path: 'data/mor*.parquet', output: 'data/more.parquet', split: 'all', log: false },
      call,
    )
    await expect(studio.jobs.finished(together.jobId)).rejects.toMatchObject({
      message: '`data/more.parquet` is what the result is made from.',
    })
    expect(await engine.rows(`select * from read_parquet('${more}')`)).toEqual([{ kept: 2 }])
  })

  test('features are computed for the given file, and a CSV cell is never a formula', async () => {
    const set = studio.workspace.internal('set.parquet')
    const built: unknown[] = []
    const withFeatures = createRuntimeService(
      studio,
      () => {},
      dependenciesOf(studio, engine, {
        buildTrainingSet: async (_plan, options) => {
          built.push({ observations: options.observations, keepUnlabelled: options.keepUnlabelled })
          const source = studio.workspace.internal('runs', 'r-1', 'training-set.parquet')
          await engine.copy(
            `select * replace ('["2001-01-01","=cmd|x"]' as __key) from read_parquet('${source}') where __row < 3`,
            options.output,
            'parquet',
          )
          return { path: options.output, rows: 3, features: 4, digest: '' }
        },
      }),
    )
    writeFileSync(studio.workspace.resolve('new.csv'), 'date,origin\n')
    const { jobId } = await withFeatures.handlers.predictFile(
      { reference: studio.reference, path: 'new.csv', output: 'scored.csv', split: 'all', log: false },
      call,
    )
    expect(await studio.jobs.finished(jobId)).toMatchObject({ rows: 3 })
    await withFeatures.dispose()
    expect(built).toEqual([{ observations: studio.workspace.resolve('new.csv'), keepUnlabelled: true }])
    const lines = readFileSync(studio.workspace.resolve('scored.csv'), 'utf8').trim().split('\n')
    expect(lines[0]).toBe('date,origin,late_probability')
    expect(lines[1]).toContain(`'=cmd|x`)
    expect(set).toBeTypeOf('string')
  })

  test('a place outside the workspace and an unknown format are refused before any work', async () => {
    const request = { reference: studio.reference, path: 'x.csv', split: 'all', log: false } as const
    await expect(runtime.handlers.predictFile({ ...request, output: '../out.csv' }, call)).rejects.toMatchObject({
      code: 'outside_workspace',
    })
    await expect(runtime.handlers.predictFile({ ...request, output: 'out.xlsx' }, call)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})

describe('a model that must not run', () => {
  test('a changed model file is refused by its digest', async () => {
    const other = fabricateRun()
    const path = other.workspace.internal('runs', 'r-1', 'model.onnx')
    const bytes = readFileSync(path)
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const service = createRuntimeService(other, () => {}, dependenciesOf(other, engine))
    await expect(service.handlers.model({ reference: 'run:r-1' }, call)).rejects.toMatchObject({
      code: 'digest_mismatch',
    })
    await service.dispose()
    other.remove()
  })

  test('a hostile model with the right digest is refused before a session is made', async () => {
    const other = fabricateRun()
    const hostile = model({ nodes: [node('Loop', ['x'], ['y'], [attribute.graph('body', graph({ nodes: [] }))])] })
    writeFileSync(other.workspace.internal('runs', 'r-1', 'model.onnx'), hostile)
    const run = other.workspace.internal('runs', 'r-1', 'run.json')
    writeFileSync(run, JSON.stringify({ ...JSON.parse(readFileSync(run, 'utf8')), modelDigest: digestOf(hostile) }))
    const service = createRuntimeService(other, () => {}, dependenciesOf(other, engine))
    await expect(service.agreementOf('run:r-1')).rejects.toMatchObject({ code: 'model_refused' })
    await service.dispose()
    other.remove()
  })

  test('a reference that is a path is refused', async () => {
    for (const reference of ['run:../../etc', 'run:a/b', 'sha256:../../x', `sha256:${'A'.repeat(64)}`, ''])
      await expect(runtime.handlers.model({ reference }, call)).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('a model that does not end', () => {
  // Straight to the process, past the pre-check that would refuse it.
  const body = graph({
    nodes: [node('Identity', ['go'], ['again']), node('Identity', ['a'], ['b'])],
    inputs: [value('i', types.int64, []), value('go', types.bool, []), value('a', types.float, ['n', 1])],
    outputs: [value('again', types.bool, []), value('b', types.float, ['n', 1])],
  })
  const endless = model({
    nodes: [node('Loop', ['count', 'true', 'x'], ['y'], [attribute.graph('body', body)])],
    initializers: [intTensor('count', [], [2n ** 62n]), tensor('true', [], types.bool, Uint8Array.from([0x4a, 1, 1]))],
  })
  const quick = model({ nodes: [node('Add', ['x', 'w'], ['y'])], initializers: [floatTensor('w', [1], [0.5])] })
  const x = { name: 'x', type: 'float32' as const, data: Float32Array.from([1]), dims: [1, 1] }
  const runnable = (bytes: Uint8Array) => ({ digest: digestOf(bytes), bytes: async () => bytes })

  test('is stopped at the deadline, and the next call works', async () => {
    const models = createModelProcess({ code: studio.platform.code, log: studio.log, loadDeadlineMs: 5_000 })
    await expect(models.run(runnable(endless), [x], { deadlineMs: 400 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    })
    const { outputs } = await models.run(runnable(quick), [x], { deadlineMs: 10_000 })
    expect(outputs).toEqual([{ name: 'y', type: 'float32', data: Float32Array.from([1.5]), dims: [1, 1] }])
    await models.dispose()
  })

  test('is stopped by a cancel, and calls that wait behind it are answered', async () => {
    const models = createModelProcess({ code: studio.platform.code, log: studio.log, loadDeadlineMs: 5_000 })
    const controller = new AbortController()
    const stuck = models.run(runnable(endless), [x], { deadlineMs: 60_000, signal: controller.signal })
    const behind = models.run(runnable(quick), [x], { deadlineMs: 10_000 })
    setTimeout(() => controller.abort(), 500)
    await expect(stuck).rejects.toMatchObject({ code: 'cancelled' })
    expect((await behind).outputs[0]?.data).toEqual(Float32Array.from([1.5]))
    await models.dispose()
  })

  test('a file that the engine cannot load is refused with the engine’s words as detail', async () => {
    const models = createModelProcess({ code: studio.platform.code, log: studio.log })
    const broken = model({ nodes: [node('NoSuchOperator', ['x'], ['y'])] })
    await expect(models.run(runnable(broken), [x], { deadlineMs: 5_000 })).rejects.toMatchObject({
      code: 'model_refused',
      detail: expect.stringContaining('NoSuchOperator'),
    })
    await models.dispose()
  })
})

test('Python’s ONNX Runtime gives the native engine’s figures', async () => {
  const golden = JSON.parse(readFileSync(studio.workspace.internal('runs', 'r-1', 'golden.json'), 'utf8'))
  const script = `
import json, sys, numpy as np, onnxruntime as ort
g = json.load(open(sys.argv[1] + '/golden.json'))['inputs']
s = ort.InferenceSession(sys.argv[1] + '/model.onnx', providers=['CPUExecutionProvider'])
kinds = dict(distance=np.float32, hour=np.int64, busy=bool, origin=object)
feed = {n: np.array([np.nan if v is None else v for v in g[n]], k).reshape(-1, 1) for n, k in kinds.items()}
print(json.dumps(s.run(None, feed)[0][:, 0].astype(float).tolist()))`
  const python: number[] = JSON.parse(runPython(['-c', script, studio.workspace.internal('runs', 'r-1')]))
  const native = await runtime.handlers.predict(
    { reference: studio.reference, rows: golden.inputs, deadlineMs: 10_000, log: false },
    call,
  )
  expect(largestDifference({ late_probability: python }, native.outputs)).toBeLessThanOrEqual(1e-6)
})
