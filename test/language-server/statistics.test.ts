import type { ColumnProfile, TableSchema } from '@shared/data/profile'
import { afterEach, expect, test } from 'vitest'
import { sampleText } from '../graph/sample'
import { sampleSchemas, startClient, type TestClient } from './client'

const profile: ColumnProfile = {
  name: 'delay',
  type: 'int',
  rows: 200_000,
  nulls: 1_000,
  nonFinite: 0,
  distinct: 312,
  isDistinctExact: true,
  min: -60,
  max: 1_200,
  mean: 7.3456,
  stddev: 1,
  quantiles: { p01: -20, p05: -12, p25: -4, p50: 1, p75: 11, p95: 68, p99: 150 },
  histogram: null,
  top: [],
  sampledRows: 200_000,
}

let client: TestClient | null = null
afterEach(async () => {
  await client?.end()
  client = null
})
const mark = (before: string): string => sampleText.replace(before, `${before}‸`)
const hover = async (before: string): Promise<string> =>
  (await client?.at<{ contents: { value: string } } | null>('textDocument/hover', mark(before)))?.contents.value ?? ''

test('a hover tells a column’s nulls, values and quantiles, and asks for them once', async () => {
  const asked: string[] = []
  client = await startClient({
    profileOf: async (path, column) => {
      asked.push(`${path} ${column}`)
      return profile
    },
  })
  const text = await hover('= mean(del')
  expect(text).toContain('200,000 rows · 0.5 % null · 312 distinct')
  expect(text).toContain('-60 … 1,200 · mean 7.346')
  expect(text).toContain('| -20 | -12 | -4 | 1 | 11 | 68 | 150 |')
  await hover('= mean(del')
  expect(asked).toEqual(['data/flights.parquet delay'])
})

test('a hover asks for the column as its source is read', async () => {
  const asked: string[] = []
  client = await startClient({
    schemaOf: async () => sampleSchemas['data/airports.csv'] as TableSchema,
    profileOf: async (path, column) => {
      asked.push(`${path} ${column}`)
      return profile
    },
  })
  const text = await client.at<{ contents: { value: string } }>(
    'textDocument/hover',
    'source a = csv("a.csv", decimal: ",", bad_rows: "skip")\nfeature b = latit‸ude from a\n',
  )
  expect(text.contents.value).toContain('200,000 rows')
  expect(asked).toEqual(['csv:a.csv?bad_rows=skip&decimal=%2C latitude'])
})

test('a hover over a feature tells of the column that it is computed from, and who uses it', async () => {
  client = await startClient({ profileOf: async () => profile })
  const text = await hover('use from_delay = airport_de')
  expect(text).toContain('Used by `late_departure`.')
  expect(text).toContain('**delay** of flights: 200,000 rows')
})

test('a hover does not wait for a slow profile, and has it the next time', async () => {
  let finish: (value: ColumnProfile) => void = () => {}
  client = await startClient({
    profileOf: () =>
      new Promise((resolve) => {
        finish = resolve
      }),
  })
  const first = await hover('= mean(del')
  expect(first).toContain('column of flights')
  expect(first).not.toContain('rows')
  finish(profile)
  expect(await hover('= mean(del')).toContain('200,000 rows')
})

test('a profile that fails leaves the hover as it is without one', async () => {
  client = await startClient({
    profileOf: async () => {
      throw new Error('the engine stopped')
    },
  })
  expect(await hover('= mean(del')).toContain('int (`SMALLINT`')
})

test('values from the data are shown as they are, never as Markdown', async () => {
  const top = [{ value: '`](command:x) **bold**', count: 100_000 }]
  client = await startClient({
    profileOf: async () => ({ ...profile, type: 'string', min: 'a', max: 'b', mean: null, quantiles: null, top }),
  })
  expect(await hover('from flights by ori')).toContain('`ˋ](command:x) **bold**` 50 %')
})

test('the statistics of an offered column come when it is looked at', async () => {
  client = await startClient({ profileOf: async () => profile })
  const items = await client.at<{ label: string }[]>('textDocument/completion', mark('= mean('))
  const resolved = await client.connection.sendRequest(
    'completionItem/resolve',
    items.find(({ label }) => label === 'delay'),
  )
  expect(resolved).toMatchObject({ documentation: { value: expect.stringContaining('312 distinct') } })
})
