import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StudioError } from '@shared/errors'
import type { ModelPlan } from '@shared/plan/plan'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'
import { aggregate, evaluate, type RefAggregate, type RefSource, type Row } from './reference'

const context = testContext({ sample: 'flights' })
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const parquet = (path: string): string => `read_parquet('${path}')`
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )
const program = async (name: string, text: string, model?: string): Promise<ModelPlan> => {
  writeFileSync(at(name), text)
  return language.planOf(name, model)
}
const build = (plan: ModelPlan, name: string, more: Partial<Parameters<typeof features.buildTrainingSet>[1]> = {}) =>
  features.buildTrainingSet(plan, { output: context.workspace.internal(`${name}.parquet`), ...call, ...more })

/** What was computed before is computed again. */
const forget = (): void => rmSync(context.workspace.internal('cache', 'training'), { recursive: true, force: true })

afterAll(async () => {
  await data.dispose()
  context.remove()
})

describe('the sample’s training set', { timeout: 120_000 }, () => {
  let plan: ModelPlan
  let path: string
  beforeAll(async () => {
    plan = await language.planOf('flights.proml', 'late_departure')
    const progress: number[] = []
    const made = await build(plan, 'sample', { onProgress: (fraction) => progress.push(fraction) })
    path = made.path
    expect(made).toMatchObject({ rows: 200_000, features: plan.uses.length })
    expect(made.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(progress.at(-1)).toBe(1)
  })

  test('has the uses, the label, the row, the time, the split and the key', async () => {
    const columns = (await data.engine.rows(`describe select * from ${parquet(path)}`)).map((row) => row.column_name)
    expect(columns).toEqual([...plan.uses.map(({ name }) => name), 'late', '__row', '__time', '__split', '__key'])
    const [row] = await data.engine.rows(
      `select count(distinct __row) as n, min(__row) as low, max(__row) as high, bool_and(__key like '["2001-01-%') as keyed from ${parquet(path)}`,
    )
    expect(row).toEqual({ n: 200_000, low: 0, high: 199_999, keyed: true })
  })

  test('is split by time, and no minute is on two sides', async () => {
    const rows = await data.engine.rows(
      `select __split as split, count(*) as n, min(__time) as first, max(__time) as last from ${parquet(path)} group by 1 order by 3`,
    )
    expect(rows.map(({ split }) => split)).toEqual(['train', 'valid', 'test'])
    expect(Number(rows[0]?.n)).toBeGreaterThan(139_900)
    expect(Number(rows[0]?.n)).toBeLessThan(140_100)
    expect(Number(rows[0]?.last)).toBeLessThan(Number(rows[1]?.first))
    expect(Number(rows[1]?.last)).toBeLessThan(Number(rows[2]?.first))
  })

  test('says of forty rows what loops over all 200,000 flights say', async () => {
    const flights: Row[] = (
      await data.engine.rows(
        `select epoch_us(date) as date, delay, distance, origin, destination from ${parquet(at('data/flights.parquet'))}`,
      )
    ).map((row) => row as Row)
    const source: RefSource = {
      rows: flights,
      time: 'date',
      created: null,
      rowKey: ['date', 'origin', 'destination'],
      columns: ['date', 'delay', 'distance', 'origin', 'destination'],
    }
    const checked = plan.uses.flatMap(({ name, definition }) => {
      const feature = plan.features.find((one) => definition.kind === 'feature' && one.name === definition.feature)
      return feature?.definition.form === 'aggregate' &&
        feature.definition.source === 'flights' &&
        definition.kind === 'feature'
        ? [{ name, keys: definition.keys, feature, definition: feature.definition }]
        : []
    })
    expect(checked.length).toBeGreaterThan(6)
    const rows = await data.engine.rows(
      `select * exclude (__time), epoch_us(__time) as date, json_extract_string(__key, '$[2]') as "from", json_extract_string(__key, '$[3]') as "to"
       from ${parquet(path)} where __row % 5000 = 4321`,
    )
    expect(rows.length).toBe(40)
    for (const row of rows)
      for (const { name, keys, feature, definition } of checked) {
        const key = keys.map((column) => String(column === 'origin' ? row.from : row.to))
        const wanted =
          aggregate(source, definition as unknown as RefAggregate, key, Number(row.date)) ??
          (feature.default ? evaluate(feature.default as never, {}) : null)
        expect({ row: row.__row, name, value: row[name] }).toEqual({ row: row.__row, name, value: wanted })
      }
  })

  test('is the same file whatever the split of the source into files', async () => {
    mkdirSync(at('parts'), { recursive: true })
    const all = parquet(at('data/flights.parquet'))
    const pieces = ['delay > 20', 'delay <= 20 and distance > 500', 'delay <= 20 and distance <= 500']
    for (const [index, condition] of pieces.entries())
      await data.engine.copy(
        `select * from ${all} where ${condition} order by hash(date, delay)`,
        at(`parts/p${index}.parquet`),
        'parquet',
      )
    const split: ModelPlan = {
      ...plan,
      sources: plan.sources.map((source) =>
        source.name === 'flights' ? { ...source, path: 'parts/*.parquet' } : source,
      ),
    }
    const made = await build(split, 'split')
    const [different] = await data.engine.rows(
      `select count(*) as n from (from ${parquet(made.path)} except all from ${parquet(path)})`,
    )
    expect({ rows: made.rows, different: different?.n }).toEqual({ rows: 200_000, different: 0 })
  })

  test('for rows of another file, has the values that those rows have here', async () => {
    await data.engine.copy(
      `select date, distance, origin, destination from ${parquet(at('data/flights.parquet'))} where date >= '2001-01-10' and origin in ('ATL', 'SFO')`,
      at('ask.csv'),
      'csv',
    )
    const made = await build(plan, 'asked', { observations: at('ask.csv'), keepUnlabelled: true })
    expect(made.rows).toBeGreaterThan(1000)
    const names = plan.uses.map(({ name }) => `"${name}"`).join(', ')
    const [row] = await data.engine.rows(
      `select (select count(*) from ${parquet(made.path)} where late is not null) as labelled,
         (select count(*) from (select ${names}, __key from ${parquet(made.path)} except all select ${names}, __key from ${parquet(path)})) as different`,
    )
    expect(row).toEqual({ labelled: 0, different: 0 })
  })
})

describe('the features service', { timeout: 60_000 }, () => {
  test('lists every feature with its definition, place and users', async () => {
    const list = await features.handlers.list({}, call)
    expect(list.find(({ name }) => name === 'airport_delay_3h')).toMatchObject({
      namespace: 'flights',
      entity: 'airport',
      type: 'float',
      form: 'aggregate',
      definition: 'mean(delay) from flights by origin over 3h lag 15m',
      unit: 'min',
      tags: ['delay', 'recent'],
      path: 'flights.proml',
    })
    expect(list.find(({ name }) => name === 'airport_traffic_1d')?.usedBy).toContain('airport_is_busy')
  })

  test('previews the last observations with the history before them', async () => {
    const request = { path: 'flights.proml', model: 'late_departure', limit: 1000, rows: 20 }
    const { arrow, rows, profiles } = await features.handlers.preview(request, call)
    const table = tableFromIPC(arrow)
    expect({ rows, shown: table.numRows }).toEqual({ rows: 1000, shown: 20 })
    expect(Number(table.getChild('__row')?.get(0))).toBe(199_000)
    expect(profiles.every((profile) => profile.rows === 1000)).toBe(true)
    const route = profiles.find(({ name }) => name === 'route_delay_7d')
    expect(route?.nulls).toBeLessThan(20)
  })

  test('writes a training set as a job', async () => {
    const { jobId } = await features.handlers.trainingSet(
      { path: 'flights.proml', model: 'late_departure', output: 'out/set.csv' },
      call,
    )
    const result = await context.jobs.finished(jobId)
    expect(result).toMatchObject({ path: 'out/set.csv', rows: 200_000 })
    expect(existsSync(at('out/set.csv'))).toBe(true)
  })

  test('is never written over the data that it is made from', async () => {
    const before = statSync(at('data/flights.parquet')).size
    for (const output of ['data/flights.parquet', './data/../data/flights.parquet']) {
      const { jobId } = await features.handlers.trainingSet(
        { path: 'flights.proml', model: 'late_departure', output },
        call,
      )
      expect(await failure(context.jobs.finished(jobId))).toMatchObject({ code: 'invalid_input' })
    }
    expect(statSync(at('data/flights.parquet')).size).toBe(before)
  })

  test('stops when it is told to, and leaves no file', async () => {
    const plan = await language.planOf('flights.proml', 'late_departure')
    forget()
    const stop = new AbortController()
    const building = failure(build(plan, 'stopped', { signal: stop.signal }))
    setTimeout(() => stop.abort(), 200)
    expect((await building).code).toBe('cancelled')
    expect(existsSync(context.workspace.internal('stopped.parquet'))).toBe(false)
  })

  test('survives the engine’s death in the middle', async () => {
    const plan = await language.planOf('flights.proml', 'late_departure')
    forget()
    const building = failure(build(plan, 'died'))
    await expect.poll(() => data.engine.status().state).toBe('busy')
    setTimeout(() => process.kill(data.engine.status().pid ?? Number.NaN, 'SIGKILL'), 300)
    expect((await building).code).toBe('engine_failed')
    expect((await data.engine.rows('select 1 as one'))[0]).toEqual({ one: 1 })
  })
})

describe('what goes wrong is said', { timeout: 60_000 }, () => {
  const small = `namespace small
source visits = csv("visits.csv") { time at  row (id) }
source shops = csv("shops.csv")
entity shop(code: string)
feature size: int of shop = latest(size) from shops by code
feature spent: float of shop = sum(amount) from visits by shop over 1h
model m {
  observe visits
  predict big = amount > 10
  use size by shop
  use spent by shop
  let a = logistic(coalesce(size, 0), coalesce(spent, 0.0))
  output p = probability(a)
  train { split random 60/20/20  seed 3 }
}
`
  const visits =
    'id,at,shop,amount\n1,2020-01-01 10:00:00,a,5.5\n2,2020-01-01 10:00:00,a,20\n3,2020-01-01 10:30:00,a,\n4,2020-01-01 11:00:00,b,3\n'
  const write = (name: string, text: string): void => writeFileSync(at(name), text)

  beforeAll(() => {
    write('visits.csv', visits)
    write('shops.csv', 'code,size\na,1\nb,2\n')
  })

  test('a small model: windows of CSV rows, a row without a label left out', async () => {
    const plan = await program('small.proml', small)
    const { path, rows } = await build(plan, 'small')
    expect(rows).toBe(3)
    expect(await data.engine.rows(`select size, spent, big, __row, __key from ${parquet(path)}`)).toEqual([
      { size: 1, spent: null, big: false, __row: 0, __key: '["2020-01-01 10:00:00",1]' },
      { size: 1, spent: null, big: true, __row: 1, __key: '["2020-01-01 10:00:00",2]' },
      { size: 2, spent: null, big: false, __row: 2, __key: '["2020-01-01 11:00:00",4]' },
    ])
    const all = await build(plan, 'small-all', { keepUnlabelled: true })
    expect(all.rows).toBe(4)
    expect(await data.engine.rows(`select spent, big from ${parquet(all.path)} where __row = 2`)).toEqual([
      { spent: 25.5, big: null },
    ])
  })

  test('two rows with one key of a source without time', async () => {
    const plan = await program('small.proml', small)
    write('shops.csv', 'code,size\na,1\nb,2\na,3\n')
    const error = await failure(build(plan, 'twice'))
    write('shops.csv', 'code,size\na,1\nb,2\n')
    expect(error.toData()).toMatchObject({ code: 'invalid_input', message: '`shops` has two rows with the key `a`.' })
  })

  test('a source that became malformed, with its line', async () => {
    const plan = await program('small.proml', small)
    write('visits.csv', `${visits}5,2020-01-01 12:00:00\n`)
    const error = await failure(build(plan, 'malformed'))
    write('visits.csv', visits)
    expect(error.toData()).toMatchObject({ code: 'unreadable_file', place: { file: 'visits.csv', line: 6 } })
  })

  test('a column that went away', async () => {
    const plan = await program('small.proml', small)
    write('shops.csv', 'code,surface\na,1\n')
    const error = await failure(build(plan, 'gone'))
    write('shops.csv', 'code,size\na,1\nb,2\n')
    expect(error.toData()).toMatchObject({ code: 'missing_column', place: { file: 'shops.csv', column: 'size' } })
  })

  test('a file of observations without a column that the model needs', async () => {
    const plan = await program('small.proml', small)
    write('ask.csv', 'id,at\n9,2020-01-01 12:00:00\n')
    const error = await failure(build(plan, 'ask', { observations: at('ask.csv'), keepUnlabelled: true }))
    expect(error.toData()).toMatchObject({ code: 'missing_column', place: { file: 'ask.csv', column: 'shop' } })
    expect((await failure(build(plan, 'ask', { observations: '/etc/hosts.csv' }))).code).toBe('outside_workspace')
  })

  test('a condition that leaves no row', async () => {
    const plan = await program(
      'none.proml',
      small
        .replace('namespace small', 'namespace none')
        .replace('observe visits', 'observe visits where amount > 1000'),
    )
    expect((await failure(build(plan, 'none'))).toData()).toMatchObject({
      code: 'invalid_input',
      message: '`m` has no rows to learn from.',
    })
  })

  test('random and entity splits depend on the seed and the key alone', async () => {
    write(
      'many.csv',
      `id,at,shop,amount\n${Array.from({ length: 4000 }, (_, index) => `${index},2020-01-01 10:00:00,s${index % 200},${index % 20}`).join('\n')}\n`,
    )
    const text = small.replace('namespace small', 'namespace many').replace('visits.csv', 'many.csv')
    const plan = await program('many.proml', text)
    const sharesOf = async (one: ModelPlan, name: string): Promise<Record<string, unknown>[]> => {
      const { path } = await build(one, name)
      return data.engine.rows(
        `select json_extract_string(__key, '$[1]')::int as id, __split as split from ${parquet(path)} order by 1`,
      )
    }
    const first = await sharesOf(plan, 'seed-a')
    expect(await sharesOf(plan, 'seed-b')).toEqual(first)
    const counts = (split: string): number => first.filter((row) => row.split === split).length
    expect(counts('train')).toBeGreaterThan(2200)
    expect(counts('train')).toBeLessThan(2600)
    expect(counts('valid') + counts('test')).toBe(4000 - counts('train'))
    const other = { ...plan, train: { ...plan.train, seed: 4 } }
    expect(await sharesOf(other, 'seed-c')).not.toEqual(first)
    const byShop: ModelPlan = {
      ...plan,
      train: { ...plan.train, split: { kind: 'entity', entity: 'shop', fractions: [60, 20, 20] } },
    }
    const shops = await sharesOf(byShop, 'entity')
    const sides = new Set(shops.map(({ id, split }) => `${Number(id) % 200} ${split}`))
    expect(sides.size).toBe(200)
  })
})
