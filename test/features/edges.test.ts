import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService, type DataService } from '../../electron/services/data/data'
import { createFeaturesService, type FeaturesService } from '../../electron/services/features/features'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'
import { type Event, type SmallFeature, smallPlan, smallTables, studioValues } from './small'

const context = testContext()
const zone = process.env.TZ
let data: DataService
let language: LanguageService
let features: FeaturesService

beforeAll(() => {
  // The machine is in a zone with a summer time: no answer may depend on that.
  process.env.TZ = 'Europe/Berlin'
  data = createDataService(context, () => {})
  language = createLanguageService(context, () => {}, { data })
  features = createFeaturesService(context, () => {}, { data, language })
})
afterAll(async () => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
  for (const service of [features, language, data]) await service.dispose()
  context.remove()
})

const hour = 3_600_000_000
const at = (text: string): number => Date.parse(`${text}Z`) * 1000
const every = (from: string, hours: number, v: (index: number) => number | null = () => 1): Event[] =>
  Array.from({ length: hours }, (_, id) => ({ at: at(from) + id * hour, id, k: 'a', v: v(id), created: null }))

const within = (hours: number, aggregate: SmallFeature['aggregate'] = 'count'): SmallFeature => ({
  ...{ aggregate, window: { kind: 'time', micros: hours * hour, rule: 'open' } },
})
const always = (aggregate: SmallFeature['aggregate']): SmallFeature => ({
  aggregate,
  window: { kind: 'all', rule: 'open' },
})
const values = (wanted: readonly SmallFeature[], events: readonly Event[], moments: readonly string[], k = 'a') =>
  studioValues(data.engine, wanted, { events, asked: moments.map((text) => ({ at: at(text), k })) }, true)

/** The training set of a program over files of the workspace, by name. */
const built = async (text: string): Promise<Record<string, unknown>[]> => {
  writeFileSync(join(context.workspace.root, 'edges.proml'), text)
  const plan = await language.planOf('edges.proml')
  const output = context.workspace.internal('edges.parquet')
  await features.buildTrainingSet(plan, { output, signal: new AbortController().signal })
  return data.engine.rows(`select * from read_parquet('${output}') order by __row`)
}
const write = (name: string, sql: string) =>
  data.engine.copy(sql, join(context.workspace.root, 'data', name), 'parquet')

describe('at the edges', () => {
  test('a day has 24 hours where a summer time begins, and where it ends', async () => {
    for (const change of ['2024-03-31', '2024-10-27']) {
      const events = every(`${change.slice(0, 8)}01T00:00`, 31 * 24)
      const found = await values([within(24), within(24, 'sum')], events, [`${change}T12:00`, `${change}T01:00`])
      expect(found).toEqual([
        [24, 24],
        [24, 24],
      ])
    }
  })

  test('a file’s times with a zone are the moments that they name', async () => {
    await write(
      'zoned.parquet',
      `select * from (values (timestamptz '2024-03-31 01:30:00+01', 'a', 1), (timestamptz '2024-03-31 03:30:00+02', 'a', 2),
        (timestamptz '2024-03-31 04:00:00+02', 'a', 3)) t(t, k, v)`,
    )
    const rows = await built(`source zoned = parquet("data/zoned.parquet") { time t }
entity thing(k: string)
feature seen: int of thing = count() from zoned by k over 1h
model m {
  observe zoned
  predict y = v > 1
  use v
  use seen by k
  let x = logistic(v, seen)
  output p = probability(x)
}
`)
    // 00:30, 01:30 and 02:00 in UTC: the clock skipped an hour, time did not.
    expect(rows.map(({ seen }) => Number(seen))).toEqual([0, 1, 1])
  })

  test('times before 1970 are times like others, for every rule', async () => {
    const events = every('1969-12-31T18:00', 12)
    const rules = ['open', 'inclusive', 'feast', 'feathr', 'chronon'] as const
    const wanted = rules.map(
      (rule): SmallFeature => ({ aggregate: 'count', window: { kind: 'time', micros: 2 * hour, rule } }),
    )
    const found = await values(wanted, events, ['1969-12-31T22:00', '1970-01-01T00:00', '1969-12-31T22:02'])
    expect(found).toEqual([
      [2, 2, 3, 2, 2],
      [2, 2, 3, 2, 2],
      // Chronon’s window begins at 20:00, on a hop of five minutes; the others’ at 20:02.
      [2, 2, 2, 2, 3],
    ])
    expect(await values([within(1)], every('1901-01-01T00:00', 3), ['1901-01-01T02:00'])).toEqual([[1]])
  })

  test('rows that are the same in everything count as often as they are there', async () => {
    const twice = [...every('2024-01-01T00:00', 2), ...every('2024-01-01T00:00', 2)].map((row) => ({ ...row, id: 0 }))
    const found = await values([within(5), within(5, 'sum'), always('latest')], twice, ['2024-01-01T03:00'])
    expect(found).toEqual([[4, 4, 1]])
  })

  test('of two rows of one time, the one that arrived later is the newer, then the greater row', async () => {
    const event = { at: at('2024-01-01T00:00'), k: 'a' }
    const events = [
      { ...event, id: 1, v: 10, created: at('2024-01-01T02:00') },
      { ...event, id: 2, v: 20, created: at('2024-01-01T01:00') },
      { ...event, id: 3, v: 30, created: null },
    ]
    const moments = ['2024-01-01T00:30', '2024-01-01T01:30', '2024-01-01T02:30']
    expect(await values([always('latest'), within(9)], events, moments)).toEqual([
      [30, 1],
      [20, 2],
      [10, 3],
    ])
    const together = events.map((one) => ({ ...one, created: null }))
    expect(await values([always('latest')], together, ['2024-01-01T00:30'])).toEqual([[30]])
  })

  test('an empty window counts 0 and knows nothing else', async () => {
    const wanted = (['count', 'sum', 'min', 'max', 'last', 'latest'] as const).map((one) => within(1, one))
    const found = await values(wanted, every('2024-01-01T00:00', 3), ['2024-01-01T00:00', '2024-01-05T00:00'])
    expect(found).toEqual([
      [0, null, null, null, null, null],
      [0, null, null, null, null, null],
    ])
  })

  test('a key that never occurs, and no rows at all, are like an empty window', async () => {
    const wanted = [always('count'), always('sum'), always('latest')]
    const found = await values(wanted, every('2024-01-01T00:00', 3), ['2024-01-02T00:00'], 'nobody')
    expect(found).toEqual([[0, null, null]])
    expect(await values(wanted, [], ['2024-01-02T00:00'])).toEqual([[0, null, null]])
    expect(await values(wanted, every('2024-01-01T00:00', 3), [])).toEqual([])
  })

  test('a key that is not known is nobody’s, not even that of the rows without one', async () => {
    const plan = smallPlan([always('count'), always('latest')], true)
    const { asked, events } = smallTables({
      events: every('2024-01-01T00:00', 3),
      asked: [{ at: at('2024-01-02T00:00'), k: 'a' }],
    })
    const nameless = (table: string) => `(select * replace (null::varchar as k) from ${table})`
    const rows = await data.engine.rows(
      compileTrainingSet(plan, { tables: { asked: nameless(asked), events: nameless(events) }, keepUnlabelled: true }),
    )
    expect(rows).toMatchObject([{ f0: 0, f1: null }])
  })

  test('a column of nulls is counted as rows, and gives no value', async () => {
    const wanted = (['count', 'sum', 'min', 'max', 'last', 'latest'] as const).map(always)
    const nothing = every('2024-01-01T00:00', 3, () => null)
    expect(await values(wanted, nothing, ['2024-01-02T00:00'])).toEqual([[3, null, null, null, null, null]])
    // A file’s column without any value has no type of its own.
    await write(
      'nulls.parquet',
      `select timestamp '2024-01-01' + interval (i) hour as t, 'a' as k, i, null::integer as v from range(4) t(i)`,
    )
    const rows = await built(`source nulls = parquet("data/nulls.parquet") { time t }
entity thing(k: string)
feature mean_v: float of thing = mean(v) from nulls by k over 9h default -1
feature known_v: int of thing = count(v) from nulls by k over 9h
model m {
  observe nulls
  predict y = i > 1
  use mean_v by k
  use known_v by k
  let x = logistic(mean_v, known_v)
  output p = probability(x)
}
`)
    expect(rows.map(({ mean_v, known_v }) => [mean_v, Number(known_v)])).toEqual(Array(4).fill([-1, 0]))
  })
})
