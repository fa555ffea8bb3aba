import { readFileSync, writeFileSync } from 'node:fs'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import { baselineSchema } from '@shared/training/run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHealthService, type HealthService } from '../../electron/services/health/health'
import type { RuntimeDependencies } from '../../electron/services/runtime/dependencies'
import { createRuntimeService, type RuntimeService } from '../../electron/services/runtime/runtime'
import { call, createTestEngine, dependenciesOf, fabricateRun, runPython, type TestStudio } from '../runtime/support'

let studio: TestStudio
let engine: ReturnType<typeof createTestEngine>
let runtime: RuntimeService
let health: HealthService
let clock = Date.now()
let trainingSet = ''
/** SQL over the run’s own rows that stands in for the features of a file. */
let observed = 'true'
let replaced = '"hour" as "hour"'

const features: RuntimeDependencies['features'] = {
  buildTrainingSet: async (_plan, options) => {
    await engine.copy(
      `select * replace (${replaced}) from read_parquet('${trainingSet}') where ${observed}`,
      options.output,
      'parquet',
    )
    return { path: options.output, rows: 0, features: 4, digest: '' }
  },
}

const score = async (split: 'all' | 'test'): Promise<void> => {
  const { jobId } = await runtime.handlers.predictFile(
    { reference: studio.reference, path: 'any.csv', output: 'scored.parquet', split, log: true },
    call,
  )
  await studio.jobs.finished(jobId)
}

beforeAll(async () => {
  studio = fabricateRun()
  engine = createTestEngine(studio)
  trainingSet = studio.workspace.internal('runs', 'r-1', 'training-set.parquet')
  const dependencies = dependenciesOf(studio, engine, features)
  runtime = createRuntimeService(studio, () => {}, dependencies)
  health = createHealthService(studio, () => {}, { data: dependencies.data, features, runtime, clock: () => clock })
})
afterAll(async () => {
  await health.dispose()
  await runtime.dispose()
  await engine.dispose()
  studio.remove()
})

const report = () => health.handlers.report({ reference: studio.reference }, call)

describe('a model in service, from its first prediction on', () => {
  test('before any prediction it is not in the list, and its report says how to get one', async () => {
    expect(await health.handlers.models({}, call)).toEqual([])
    await expect(report()).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('Score the test rows'),
    })
  })

  test('with a single prediction nothing is judged', async () => {
    const rows = { distance: [500], hour: [18], busy: [true], origin: ['ORD'] }
    await runtime.handlers.predict({ reference: studio.reference, rows, deadlineMs: 10_000, log: true }, call)
    const { verdict, causes, latency } = await report()
    expect([verdict, causes[0]?.title]).toEqual(['unknown', 'Too few predictions to judge'])
    expect(latency?.p50Ms).toBeGreaterThan(0)
  })

  test('on the test rows it is well, and every figure equals NumPy’s and SciPy’s', async () => {
    await score('test')
    const found = await report()
    expect(found.rows).toBe(901)
    expect(found.causes).toEqual([])
    expect(found.verdict).toBe('good')
    expect(found.timeline.reduce((sum, bucket) => sum + bucket.rows, 0)).toBe(900)
    const script = `
import glob, json, sys, numpy as np, pandas as pd
from scipy.stats import ks_2samp
base = json.load(open(sys.argv[1] + '/runs/r-1/baseline.json'))
log = pd.concat(pd.read_parquet(f) for f in glob.glob(sys.argv[1] + '/serving/run-r-1/*.parquet'))
out = {}
for column in base['inputs'] + [dict(base['output'], name='__output')]:
    now = log[column['name']]
    if column['histogram']:
        now = now[np.isfinite(now)].astype(np.float32)
        edges = np.array(column['histogram']['edges'], np.float32); then = np.array(column['histogram']['counts'])
        edges[0], edges[-1] = -np.inf, np.inf
        counts = np.histogram(now, edges)[0]
        ks = ks_2samp(np.array(column['sample'], np.float32), now, method='asymp').statistic
    else:
        values = [c['value'] for c in column['categories']]; then = np.array([c['count'] for c in column['categories']])
        text = now.astype(str).str.lower() if column['kind'] == 'boolean' else now.astype(str)
        counts = np.array([(text == v).sum() for v in values]); ks = None
    p, q = then / then.sum(), counts / counts.sum()
    q = np.where(q == 0, 1e-4, q)
    out[column['name']] = [float(((q - p) * np.log(q / p)).sum()), None if ks is None else float(ks)]
print(json.dumps(out))`
    const expected: Record<string, [number, number | null]> = JSON.parse(
      runPython(['-c', script, studio.workspace.internal()]),
    )
    for (const column of [...found.inputs, { ...found.output, name: '__output' }]) {
      const [psi, ks] = expected[column.name] ?? [Number.NaN, null]
      expect(column.psi, `PSI of ${column.name}`).toBeCloseTo(psi, 9)
      if (ks === null) expect(column.ks).toBeNull()
      else expect(column.ks, `KS of ${column.name}`).toBeCloseTo(ks, 7)
    }
  })

  test('bins are named, and shares then and now sum to one', async () => {
    const { inputs } = await report()
    for (const { bins } of inputs) {
      expect(bins.labels).toHaveLength(bins.current.length)
      expect(bins.current.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
      expect(bins.baseline.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
    }
  })
})

describe('labels that come later', () => {
  test('are joined by key; the metrics on the test rows equal those of training', async () => {
    const plan = studio.workspace.internal('runs', 'r-1', 'plan.json')
    const label = { name: 'late', expr: { op: 'column', name: 'late', type: 'bool' }, type: 'bool', task: 'binary' }
    writeFileSync(plan, JSON.stringify({ ...JSON.parse(readFileSync(plan, 'utf8')), label }))
    observed = `"__split" = 'test' or "__row" < 10`
    writeFileSync(studio.workspace.resolve('labels.csv'), 'date,origin,late\n')
    expect(await health.handlers.labels({ reference: studio.reference, path: 'labels.csv' }, call)).toEqual({
      matched: 900,
      unmatched: 10,
    })
    const { performance, verdict } = await report()
    expect(performance?.labelled).toBe(900)
    for (const metric of ['auc', 'log_loss', 'brier', 'accuracy'])
      expect(performance?.current[metric], metric).toBeCloseTo(performance?.baseline[metric] ?? Number.NaN, 5)
    expect(verdict).toBe('good')
    expect(await health.handlers.models({}, call)).toMatchObject([
      { reference: studio.reference, rows: 901, labelled: 900 },
    ])
  })
})

describe('when the world moves', () => {
  test('the moved inputs are named in the order of their importance', async () => {
    observed = '"__row" < 3000'
    replaced = `"hour" + 6 as "hour", case when "__row" % 3 = 0 then null else "distance" end as "distance"`
    await score('all')
    const { verdict, causes, inputs } = await report()
    expect(verdict).toBe('bad')
    expect(causes.filter((cause) => cause.verdict === 'bad').map((cause) => cause.column)).toEqual([
      'hour',
      'distance',
      'late_probability',
    ])
    const distance = inputs.find((column) => column.name === 'distance')
    expect(distance?.reasons.join()).toContain('nulls')
    expect(inputs.find((column) => column.name === 'origin')?.verdict).toBe('good')
  })

  test('no prediction for longer than the model allows is a warning', async () => {
    const plan = studio.workspace.internal('runs', 'r-1', 'plan.json')
    const parsed = JSON.parse(readFileSync(plan, 'utf8'))
    const rule = { kind: 'freshness', micros: 86_400_000_000, span: { start: 0, end: 0 } }
    writeFileSync(plan, JSON.stringify({ ...parsed, health: [...parsed.health, rule] }))
    clock = Date.now() + 3 * 86_400_000
    const { causes } = await report()
    expect(causes.at(-1)).toMatchObject({ verdict: 'warn', title: 'No fresh predictions' })
  })
})

test('a file with nothing but the row key and the label’s columns is enough; one without the key is refused', async () => {
  const plan = studio.workspace.internal('runs', 'r-1', 'plan.json')
  const parsed = JSON.parse(readFileSync(plan, 'utf8'))
  const delay = { op: 'column', name: 'delay', type: 'int' }
  const expr = { op: 'call', fn: '>', args: [delay, { op: 'literal', value: 15, type: 'int' }], type: 'bool' }
  const columns = [...parsed.sources[0].columns, { name: 'delay', type: 'int', nativeType: 'BIGINT' }]
  const split = { kind: 'entity', entity: 'airport', fractions: [0.7, 0.15, 0.15] }
  writeFileSync(
    plan,
    JSON.stringify({
      ...parsed,
      sources: [{ ...parsed.sources[0], columns }],
      label: { name: 'late', expr, type: 'bool', task: 'binary' },
      train: { ...parsed.train, split },
      observation: { source: 'flights', filter: { op: 'call', fn: '>', args: [delay, delay], type: 'bool' } },
    }),
  )
  const compiled: RuntimeDependencies['features'] = {
    buildTrainingSet: async (given, options) => {
      const table = `read_csv('${options.observations}')`
      const described = await engine.rows(`describe select * from ${table}`)
      const sql = compileTrainingSet(given, {
        tables: { flights: 'flights' },
        observations: { table, columns: described.map((row) => String(row.column_name)) },
        keepUnlabelled: options.keepUnlabelled,
      })
      return { ...(await engine.copy(sql, options.output, 'parquet')), path: options.output, features: 0 }
    },
  }
  const service = createHealthService(studio, () => {}, { data: { engine }, features: compiled, runtime })
  const from = `from read_parquet('${trainingSet}') where "__split" = 'test'`
  const late = 'case when late = 1 then 30 else 0 end as delay'
  await engine.copy(`select "__time" as date, origin, ${late} ${from}`, studio.workspace.resolve('labels.csv'), 'csv')
  await engine.copy(`select ${late} ${from}`, studio.workspace.resolve('keyless.csv'), 'csv')
  expect(await service.handlers.labels({ reference: studio.reference, path: 'labels.csv' }, call)).toEqual({
    matched: 900,
    unmatched: 0,
  })
  await expect(
    service.handlers.labels({ reference: studio.reference, path: 'keyless.csv' }, call),
  ).rejects.toMatchObject({ code: 'missing_column', hint: expect.stringContaining('`origin`') })
})

test('the fabricated baseline is of the form that training writes', () => {
  const text = readFileSync(studio.workspace.internal('runs', 'r-1', 'baseline.json'), 'utf8')
  expect(baselineSchema.safeParse(JSON.parse(text)).success).toBe(true)
})
