import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { explanationText } from '@shared/features/explainText'
import type { Expr, FeatureDefinition, FrameWindow } from '@shared/plan/plan'
import { aggregateWords, durationWords, exprWords, windowWords } from '@shared/plan/words'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService, type DataService } from '../../electron/services/data/data'
import { createFeaturesService, type FeaturesService } from '../../electron/services/features/features'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'

const context = testContext({ sample: 'flights' })
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

const explain = (path: string, model?: string) =>
  features.handlers.explain({ path, model }, { signal: new AbortController().signal })

describe('an explanation', () => {
  test('of the sample says what is read, what shares a scan, and which times count', async () => {
    const { explanation } = await explain('flights.proml', 'late_departure')
    expect(explanationText(explanation)).toBe(`Training set of late_departure: 15 columns from 4 scans

Read
  flights   data/flights.parquet, once  5 of 5 columns: date, delay, distance, origin, destination
  airports  data/airports.csv, once     2 of 7 columns: iata, latitude

Rows: every row of flights where distance > 0, if late = delay > 15 is known
  at t = date, in its order; split by time, 70/15/15

Scan of flights by origin, asked for (origin) and (destination): 4 features share it, by a pass over its rows
  airport_delay_1h        mean(delay)                 [t − 1h, t)            else 0
  airport_delay_3h        mean(delay)                 [t − 3h 15m, t − 15m)  else 0
  airport_late_share_30m  mean(if(delay > 15, 1, 0))  [t − 30m, t)           else 0
  airport_traffic_1d      count()                     [t − 1d, t)

Scan of airports by iata, asked for (origin): one feature
  airport_latitude  latest(latitude)  the row of the key

Scan of flights by destination, asked for (origin): one feature, by a pass over its rows
  inbound_delay_3h  mean(delay)  [t − 3h, t)  else 0

Scan of flights by origin, destination, asked for (origin, destination) and (destination, origin): 3 features share it, by a pass over its rows
  route_last_delay  latest(delay)  the newest row before t
  route_delay_1d    mean(delay)    [t − 1d, t)
  route_delay_7d    mean(delay)    [t − 1w, t)

Computed from those
  airport_is_busy  = airport_traffic_1d > 400

Columns
  distance
  hour              = hour(date)
  weekday           = weekday(date)
  origin
  from_delay_1h     = airport_delay_1h by origin
  from_delay_3h     = airport_delay_3h by origin
  from_late_share   = airport_late_share_30m by origin
  from_is_busy      = airport_is_busy by origin
  from_latitude     = airport_latitude by origin
  inbound_delay     = inbound_delay_3h by origin
  to_delay_3h       = airport_delay_3h by destination
  route_last_delay  = route_last_delay by origin, destination
  route_delay_1d    = route_delay_1d by origin, destination
  route_delay_7d    = route_delay_7d by origin, destination
  return_delay_1d   = route_delay_1d by destination, origin`)
  })

  test('is the same every time, and counts as many reads as the engine’s plan of the whole statement', async () => {
    const first = await explain('flights.proml', 'late_departure')
    expect(await explain('flights.proml', 'late_departure')).toEqual(first)
    const [row] = await data.engine.rows(`explain (format json) ${first.sql}`)
    const whole = String(row?.explain_value)
    const count = (name: string): number => whole.split(`"name": "${name}`).length - 1
    expect(count('READ_PARQUET')).toBeGreaterThan(0)
    expect(first.explanation.reads.map((read) => [read.source, read.count])).toEqual([
      ['flights', count('READ_PARQUET')],
      ['airports', count('READ_CSV')],
    ])
  })

  test('says what late rows do, what is filtered, and what another system’s rule is', async () => {
    writeFileSync(
      join(context.workspace.root, 'late.proml'),
      `source late = parquet("data/flights.parquet") { time date created date }
source airports = csv("data/airports.csv")
entity airport(code: string)
feature seen: int of airport = count() from late by origin where delay > 15 or distance < 100 over 2d
feature theirs: float of airport = max(delay * 2) from late by origin where delay > 15 or distance < 100 over 13h like chronon
feature city: string of airport = latest(city) from airports by iata default "?"
model m {
  observe late
  predict y = delay > 15
  use a = seen by origin
  use theirs by origin
  let x = boosted_trees(a, theirs)
  output p = probability(x)
  train { split random 60/20/20 }
}
`,
    )
    const { explanation } = await explain('late.proml')
    const text = explanationText(explanation)
    expect(text).toContain(
      'Scan of late by origin where delay > 15 or distance < 100, asked for (origin): 2 features share it, by a pass over its rows',
    )
    expect(text).toContain('  seen    count()         [t − 2d, t)                  date ≤ t\n')
    expect(text).toContain('  theirs  max(delay * 2)  [t − 13h cut down to 1h, t)  whenever they arrived\n')
    expect(text).toContain('split at random, 60/20/20')
    // A feature that nothing uses is not computed, and its source not read.
    expect(text).not.toContain('airports')
  })
})

describe('in words', () => {
  const column = (name: string): Expr => ({ op: 'column', name, type: 'int' })
  const call = (fn: string, ...args: Expr[]): Expr => ({ op: 'call', fn, args, type: 'int' })
  const [a, b, c] = [column('a'), column('b'), column('c')]

  test('expressions have the parentheses that they need, and no others', () => {
    const cases: [Expr, string][] = [
      [call('-', a, call('-', b, c)), 'a - (b - c)'],
      [call('-', call('-', a, b), c), 'a - b - c'],
      [call('*', call('+', a, b), c), '(a + b) * c'],
      [call('+', a, call('*', b, c)), 'a + b * c'],
      [call('and', call('or', a, b), c), '(a or b) and c'],
      [call('not', call('and', a, b)), 'not (a and b)'],
      [call('and', call('not', a), b), 'not a and b'],
      [call('neg', call('+', a, b)), '-(a + b)'],
      [
        call('coalesce', call('/', a, b), { op: 'literal', value: 'say "x"', type: 'string' }),
        'coalesce(a / b, "say \\"x\\"")',
      ],
    ]
    for (const [expr, words] of cases) expect(exprWords(expr)).toBe(words)
  })

  test('durations are whole units', () => {
    const hour = 3_600_000_000
    expect([0, 1, 1500, 90_000_000, 3.25 * hour, 36 * hour, 7 * 24 * hour, 8 * 24 * hour].map(durationWords)).toEqual([
      '0s',
      '1µs',
      '1ms 500µs',
      '1m 30s',
      '3h 15m',
      '1d 12h',
      '1w',
      '8d',
    ])
  })

  test('for Spark reads a CSV as it is read here, or says that it cannot', async () => {
    const spark = async (options: string, content: string | Uint8Array): Promise<string> => {
      writeFileSync(join(context.workspace.root, 'data/rows.csv'), content)
      writeFileSync(
        join(context.workspace.root, 'rows.proml'),
        `namespace spark_rows
source s = csv("data/rows.csv"${options})
model of_rows { observe s  predict y = v > 2  use v  let l = logistic(v)  output p = probability(l)  train { split random 70/15/15 } }`,
      )
      const call = { signal: new AbortController().signal }
      const answer = await features.handlers.explain({ path: 'rows.proml', model: 'of_rows', engine: 'spark' }, call)
      return answer.spark?.sql ?? ''
    }
    const rows = 'k,v\na,1\nb,3\n'
    expect(await spark('', rows)).toContain("sep ','")
    expect(await spark(', delimiter: "~"', rows.replaceAll(',', '~'))).toContain("sep '~'")
    const refused: readonly (readonly [string, string | Uint8Array])[] = [
      [', bad_rows: "skip"', `${rows}c,4,5\n`],
      [', decimal: ","', 'k;v\na;1,5\nb;3,5\n'],
      [', encoding: "windows-1252"', Buffer.from(rows.replace('a,', 'é,'), 'latin1')],
      ['', Buffer.from(`\ufeff${rows}`, 'utf16le')],
    ]
    for (const [options, content] of refused)
      await expect(spark(options, content), options).rejects.toMatchObject({
        code: 'not_supported',
        hint: expect.stringContaining('Parquet'),
      })
  })

  test('every window says its ends', () => {
    const hour = 3_600_000_000
    const definition = (window: FrameWindow, aggregate = 'sum'): Extract<FeatureDefinition, { form: 'aggregate' }> => ({
      ...{ form: 'aggregate', aggregate, args: [a], source: 's', keys: [], filter: null, window, lagMicros: hour },
    })
    const rules = ['open', 'inclusive', 'feast', 'feathr', 'chronon'] as const
    expect(rules.map((rule) => windowWords(definition({ kind: 'time', micros: 12 * hour, rule })))).toEqual([
      '[t − 13h, t − 1h)',
      '(t − 13h, t − 1h]',
      '[t − 13h, t − 1h]',
      '(t − 13h, t − 1h], in whole seconds',
      '[t − 13h cut down to 1h, t − 1h)',
    ])
    expect(windowWords(definition({ kind: 'rows', rows: 3, rule: 'open' }))).toBe('the last 3 rows before t − 1h')
    expect(windowWords(definition({ kind: 'all', rule: 'inclusive' }))).toBe('all rows up to t − 1h')
    expect(windowWords(definition({ kind: 'all', rule: 'open' }, 'latest'))).toBe('the newest row before t − 1h')
    expect(aggregateWords(definition({ kind: 'all', rule: 'open' }))).toBe('sum(a)')
  })
})
