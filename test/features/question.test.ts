import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService, type DataService } from '../../electron/services/data/data'
import { createFeaturesService, type FeaturesService } from '../../electron/services/features/features'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'

const context = testContext({ sample: 'flights' })
const call = { signal: new AbortController().signal }
let data: DataService
let language: LanguageService
let features: FeaturesService
beforeAll(() => {
  data = createDataService(context, () => {})
  language = createLanguageService(context, () => {}, { data })
  features = createFeaturesService(context, () => {}, { data, language })
})
afterAll(async () => {
  for (const service of [features, language, data]) await service.dispose()
  context.remove()
})

const at = (name: string): string => join(context.workspace.root, name)
const rowsOf = (name: string) => data.engine.rows(`select * from read_parquet('${at(name)}')`)
/** One value of DuckDB, asked by hand of the flights. */
const value = async (sql: string): Promise<number> =>
  Number((await data.engine.rows(sql.replace('flights', `read_parquet('${at('data/flights.parquet')}')`)))[0]?.v)

const valuesOf = async (names: string[], more: { spine?: string; asOf?: string; output?: string } = {}) => {
  const output = more.output ?? 'made.parquet'
  const { jobId } = await features.handlers.values({ features: names, path: 'flights.proml', ...more, output }, call)
  const result = await context.jobs.finished(jobId)
  return { result, rows: output.endsWith('.csv') ? [] : await rowsOf(output) }
}

describe('features by name', () => {
  test('of every key that was known at a moment, as of it', async () => {
    const moment = '2001-01-05T18:30'
    const names = ['airport_delay_3h', 'airport_is_busy', 'airport_latitude', 'inbound_delay_3h']
    const { result, rows } = await valuesOf(names, { asOf: moment })
    expect(Object.keys(rows[0] ?? {})).toEqual(['code', 'as_of', ...names])
    expect(result).toMatchObject({ features: 4, asOf: '2001-01-05 18:30:00.000', rows: rows.length })
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length)
    const chicago = rows.find(({ code }) => code === 'ORD')
    const delay = await value(
      `select avg(delay) as v from flights where origin = 'ORD' and date >= '2001-01-05 15:15' and date < '2001-01-05 18:15'`,
    )
    expect(chicago?.airport_delay_3h).toBeCloseTo(delay, 9)
    const inbound = await value(
      `select avg(delay) as v from flights where destination = 'ORD' and date >= '2001-01-05 15:30' and date < '2001-01-05 18:30'`,
    )
    expect(chicago?.inbound_delay_3h).toBeCloseTo(inbound, 9)
    expect(chicago?.airport_latitude).toBeCloseTo(41.98, 1)
    // Airports of the list count as keys, whether or not anything left from them.
    expect(rows.length).toBeGreaterThanOrEqual(3376)
  })

  test('leaves out what was not there yet, and without a moment counts everything', async () => {
    const early = await valuesOf(['route_last_delay'], { asOf: '2001-01-01T08:00' })
    const pairs = await value(
      `select count(*) as v from (select distinct origin, destination from flights where date <= '2001-01-01 08:00')`,
    )
    expect(early.rows.length).toBe(pairs)
    const all = await valuesOf(['route_last_delay'])
    expect(all.rows.length).toBe(
      await value('select count(*) as v from (select distinct origin, destination from flights)'),
    )
    expect(all.rows.every(({ route_last_delay }) => route_last_delay !== null)).toBe(true)
    expect(all.result).toMatchObject({ asOf: '2001-01-13 08:11:00.000001' })
  })

  test('for the rows of a file, at their own times or all at one', async () => {
    writeFileSync(
      at('spine.csv'),
      'note,code,date\nfirst,ORD,2001-01-05 18:30:00\nlater,ORD,2001-01-06 18:30:00\nnobody,XXX,2001-01-06 18:30:00\n',
    )
    const own = await valuesOf(['airport_delay_3h', 'airport_traffic_1d'], { spine: 'spine.csv' })
    expect(Object.keys(own.rows[0] ?? {})).toEqual(['note', 'code', 'date', 'airport_delay_3h', 'airport_traffic_1d'])
    const traffic = await value(
      `select count(*) as v from flights where origin = 'ORD' and date >= '2001-01-05 18:30' and date < '2001-01-06 18:30'`,
    )
    expect(own.rows.map((row) => [row.note, Number(row.airport_traffic_1d)]).slice(1)).toEqual(
      expect.arrayContaining([
        ['later', traffic],
        ['nobody', 0],
      ]),
    )
    const one = await valuesOf(['airport_traffic_1d'], { spine: 'spine.csv', asOf: '2001-01-06T18:30' })
    expect(one.rows.map(({ note, airport_traffic_1d }) => [note, Number(airport_traffic_1d)]).sort()).toEqual([
      ['first', traffic],
      ['later', traffic],
      ['nobody', 0],
    ])
    expect((await valuesOf(['airport_traffic_1d'], { spine: 'spine.csv', output: 'made.csv' })).result).toMatchObject({
      rows: 3,
    })
  })

  test('for the rows of a training set, whose own columns are made anew', async () => {
    const { rows } = await valuesOf(['airport_traffic_1d'], { asOf: '2001-01-02', output: 'first.parquet' })
    await data.engine.copy(
      `select code, as_of as date, 0 as __row, 'train' as __split, '' as __key from read_parquet('${at('first.parquet')}')`,
      at('again.parquet'),
      'parquet',
    )
    const again = await valuesOf(['airport_traffic_1d'], { spine: 'again.parquet', output: 'second.parquet' })
    const told = (all: typeof rows) => all.map((row) => `${row.code} ${row.airport_traffic_1d}`).sort()
    expect(told(again.rows)).toEqual(told(rows))
    expect(Object.keys(again.rows[0] ?? {})).toEqual(['code', 'date', 'airport_traffic_1d'])
  })

  test('a model’s uses for the rows of a file, as of one moment', async () => {
    writeFileSync(at('asked.csv'), 'origin,destination,distance\nORD,ATL,606\nATL,ORD,606\n')
    const { jobId } = await features.handlers.trainingSet(
      {
        path: 'flights.proml',
        model: 'late_departure',
        output: 'asked.parquet',
        spine: 'asked.csv',
        asOf: '2001-01-05T18:30',
      },
      call,
    )
    expect(await context.jobs.finished(jobId)).toMatchObject({ rows: 2 })
    const delay = await value(
      `select avg(delay) as v from flights where origin = 'ORD' and date >= '2001-01-05 17:30' and date < '2001-01-05 18:30'`,
    )
    const found = await rowsOf('asked.parquet')
    expect(found.find(({ origin }) => origin === 'ORD')?.from_delay_1h).toBeCloseTo(delay, 9)
    expect(found.map(({ hour }) => Number(hour))).toEqual([18, 18])
  })

  test('says what is missing or does not go together', async () => {
    const refused = (names: string[], more: Parameters<typeof valuesOf>[1] = {}) => valuesOf(names, more)
    await expect(refused(['airport_delay_3x'])).rejects.toMatchObject({ code: 'not_found' })
    await expect(refused(['airport_delay_3h', 'route_last_delay'])).rejects.toMatchObject({
      code: 'invalid_input',
      message: '`route_last_delay` is not of `airport`.',
    })
    writeFileSync(at('nameless.csv'), 'a,date\n1,2001-01-05 18:30:00\n')
    await expect(refused(['airport_delay_3h'], { spine: 'nameless.csv' })).rejects.toMatchObject({
      code: 'missing_column',
      message: '`nameless.csv` has no column `code`, which names the airport.',
    })
    writeFileSync(at('numbers.csv'), 'code,date\n1,2001-01-05 18:30:00\n')
    await expect(refused(['airport_delay_3h'], { spine: 'numbers.csv' })).rejects.toMatchObject({
      code: 'invalid_input',
      message: '`code` of `numbers.csv` is of type int; the key is of type string.',
    })
    writeFileSync(at('timeless.csv'), 'code\nORD\n')
    await expect(refused(['airport_delay_3h'], { spine: 'timeless.csv' })).rejects.toMatchObject({
      code: 'missing_column',
      hint: expect.stringContaining('--as-of'),
    })
    await expect(refused(['airport_delay_3h'], { asOf: 'yesterday' })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(refused(['airport_delay_3h'], { spine: 'spine.csv', output: 'spine.csv' })).rejects.toMatchObject({
      message: '`spine.csv` is what the result is made from.',
    })
    const noRows = { path: 'flights.proml', model: 'late_departure', output: 'x.parquet', asOf: '2001-01-05' }
    await expect(features.handlers.trainingSet(noRows, call)).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('are never two whose names the engine takes for one', async () => {
    writeFileSync(
      at('cases.proml'),
      `namespace cases
import flights, airport from "flights.proml"
feature calls: int of airport = count() from flights by origin over 1d
feature Calls: int of airport = count() from flights by origin over 2d
feature CODE: int of airport = count() from flights by origin over 3d
`,
    )
    const asked = async (names: string[]): Promise<unknown> => {
      const input = { path: 'cases.proml', features: names, output: 'cases.parquet' }
      const { jobId } = await features.handlers.values(input, call)
      return context.jobs.finished(jobId)
    }
    for (const names of [['calls', 'Calls'], ['CODE']])
      await expect(asked(names)).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await asked(['Calls'])).toMatchObject({ features: 1 })
    rmSync(at('cases.proml'))
  })
})
