import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDataService, type DataService } from '../../electron/services/data/data'
import { momentOf } from '../../electron/services/features/feature'
import { createFeaturesService, type FeaturesService } from '../../electron/services/features/features'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'

const signal = new AbortController().signal

let context: ReturnType<typeof testContext>
let data: DataService
let language: LanguageService
let features: FeaturesService
beforeAll(() => {
  context = testContext({ sample: 'flights' })
  data = createDataService(context, () => {})
  language = createLanguageService(context, () => {}, { data })
  features = createFeaturesService(context, () => {}, { data, language })
})
afterAll(async () => {
  for (const service of [features, language, data]) await service.dispose()
  context.remove()
})

const rowsOf = async (input: { feature: string; asOf?: string; rows?: number; path?: string; text?: string }) => {
  const answer = await features.handlers.feature({ rows: 20, ...input }, { signal })
  const rows = tableFromIPC(answer.arrow)
    .toArray()
    .map((row) => row.toJSON())
  return { ...answer, rows }
}

/** One value of DuckDB, asked by hand. */
const value = async (sql: string): Promise<unknown> => {
  const file = join(context.workspace.root, 'data/flights.parquet')
  return (await data.engine.rows(sql.replace('flights', `read_parquet('${file}')`)))[0]?.v
}

describe('a preview of one feature', () => {
  it('has the busiest keys as of the newest row, whose own moment counts', async () => {
    const { rows, columns, asOf } = await rowsOf({ feature: 'airport_traffic_1d', rows: 5 })
    expect(columns).toEqual([
      { name: 'code', type: 'string' },
      { name: 'airport_traffic_1d', type: 'int' },
    ])
    expect(asOf).toBe('2001-01-13 08:11:00.000001')
    expect(rows.map(({ code }) => code)).toEqual(['ATL', 'DFW', 'LAX', 'ORD', 'PHX'])
    const atlanta = await value(
      `select count(*) as v from flights where origin = 'ATL' and date >= timestamp '2001-01-12 08:11:00.000001'`,
    )
    expect(Number(rows[0]?.airport_traffic_1d)).toBe(Number(atlanta))
  })

  it('is of the moment that is asked for, and sees nothing of that moment itself', async () => {
    const { rows } = await rowsOf({ feature: 'airport_delay_3h', asOf: '2001-01-05T18:30', rows: 300 })
    const seen = await value(
      `select avg(delay) as v from flights where origin = 'ORD'
       and date >= timestamp '2001-01-05 15:15' and date < timestamp '2001-01-05 18:15'`,
    )
    expect(rows.find(({ code }) => code === 'ORD')?.airport_delay_3h).toBeCloseTo(Number(seen), 9)
    await expect(rowsOf({ feature: 'airport_delay_3h', asOf: 'yesterday' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('computes features of features, of two keys, and of sources without time', async () => {
    const busy = await rowsOf({ feature: 'airport_is_busy', rows: 3 })
    expect(busy.rows.every(({ airport_is_busy }) => airport_is_busy === true)).toBe(true)
    const route = await rowsOf({ feature: 'flights.route_last_delay', rows: 2 })
    expect(Object.keys(route.rows[0] ?? {})).toEqual(['origin', 'destination', 'route_last_delay'])
    const place = await rowsOf({ feature: 'airport_latitude', rows: 4 })
    expect(place.asOf).toBeNull()
    expect(place.rows).toHaveLength(4)
  })

  it('reads a text that is not saved, and features of the row itself', async () => {
    const text = `${readFileSync(join(context.workspace.root, 'flights.proml'), 'utf8')}\nfeature is_long: bool = distance > 1000 from flights\n`
    const { rows } = await rowsOf({ feature: 'is_long', path: 'flights.proml', text, rows: 3 })
    expect(Object.keys(rows[0] ?? {})).toEqual(['date', 'origin', 'destination', 'is_long'])
    expect(rows).toHaveLength(3)
  })

  it('says what is wrong, and which feature is nearest', async () => {
    await expect(rowsOf({ feature: 'airport_delay_3x' })).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('airport_delay_3h'),
    })
    const text =
      'source s = parquet("data/flights.parquet") { time date }\nentity a(x: string)\nfeature f: float of a = mean(dely) from s by origin over 3h\n'
    await expect(rowsOf({ feature: 'f', path: 'new.proml', text })).rejects.toMatchObject({
      code: 'language_errors',
      message: expect.stringContaining('dely'),
    })
  })

  it('is not written over the file that it is made from', async () => {
    const file = join(context.workspace.root, 'data/flights.parquet')
    const before = readFileSync(file)
    const work = features.handlers.feature(
      { feature: 'airport_traffic_1d', rows: 5, output: 'data/flights.parquet' },
      { signal },
    )
    await expect(work).rejects.toMatchObject({ code: 'invalid_input', place: { file: 'data/flights.parquet' } })
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

describe('a moment', () => {
  it.each([
    ['2001-01-05', '2001-01-05 00:00:00.000'],
    ['2001-01-05T18:30', '2001-01-05 18:30:00.000'],
    ['2001-01-05 18:30:07', '2001-01-05 18:30:07.000'],
    // As a serving table says it: right after its newest row.
    ['2001-01-13 08:11:00.000001', '2001-01-13 08:11:00.000001'],
    ['2001-01-13 08:11:00.000001 UTC', '2001-01-13 08:11:00.000001'],
    ['2001-01-13T08:11:00.0000010Z', '2001-01-13 08:11:00.000001'],
    ['2001-01-05T01:30:00.25+02:00', '2001-01-04 23:30:00.250'],
    ['2001-01-05 18:30-0530', '2001-01-06 00:00:00.000'],
  ])('%s is %s', (text, moment) => {
    expect(momentOf(text)).toBe(moment)
  })

  it.each(['2001-02-30', '5', '2001-01-05T25:00', 'yesterday', '2001-01-05T18:30:00.0000001', ''])(
    'is none that is written `%s`',
    (text) => {
      expect(() => momentOf(text)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    },
  )

  it('is kept to the microsecond, so that the moment after the newest row sees it', async () => {
    const newest = await rowsOf({ feature: 'airport_traffic_1d', rows: 300 })
    const asked = await rowsOf({ feature: 'airport_traffic_1d', rows: 300, asOf: newest.asOf ?? '' })
    expect(asked).toMatchObject({ asOf: newest.asOf, rows: newest.rows })
  })
})
