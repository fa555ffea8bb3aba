import type { FrameWindow } from '@shared/plan/plan'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import { seed } from '../language/seed'
import { testContext } from '../support/context'
import { answerOf, feastScript, pandasScript } from './otherSystems'
import { type Asked, type Event, joined, type SmallFeature, studioValues, type World, world } from './small'

const context = testContext()
const isLong = Boolean(process.env.PROML_LONG)
let engine: DataEngine

beforeAll(() => {
  const { platform, workspace, log } = context
  engine = createDataEngine({
    code: platform.code,
    root: workspace.root,
    temporaryFolder: workspace.internal('tmp'),
    log,
  })
})
afterAll(async () => {
  await engine.dispose()
  context.remove()
})

const second = 1_000_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** 2024-03-30T22:00:00Z: a summer time begins within hours. */
const origin = 1_711_836_000 * second

const worldsOf = (count: number, options: Parameters<typeof world>[0]): World =>
  joined(fc.sample(world(options), { numRuns: isLong ? 10 * count : count, seed }))

/** Compares by asked row and feature, and says how much was compared. */
const agree = (
  name: string,
  { asked, events }: World,
  features: readonly SmallFeature[],
  ours: readonly (readonly (number | null)[])[],
  theirs: (row: Asked, feature: SmallFeature, n: number, index: number) => number | null,
): void => {
  let known = 0
  asked.forEach((row, n) => {
    features.forEach((feature, index) => {
      const wanted = theirs(row, feature, n, index)
      const got = ours[n]?.[index]
      if (got !== wanted) expect({ ...row, n, feature, value: got }).toEqual({ ...row, n, feature, value: wanted })
      if (wanted !== null) known += 1
    })
  })
  const values = asked.length * features.length
  console.log(`${name}: ${values} values of ${events.length} events, ${known} known (PROML_SEED=${seed})`)
  expect(known).toBeGreaterThan(values / 10)
}

/** Hours, so that many events share one moment; some a microsecond later, some around 1970. */
const closely = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }).map((index) => origin + index * hour) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 12 }).map((index) => origin + index * hour + 1) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }).map((index) => index * hour) },
)

type Answers = readonly Readonly<Record<string, number | null>>[]

/** The newest event up to the moment shares its time with another: Feast sorts those by a sort that mixes equals. */
const isTie = ({ events }: World, { k, at }: Asked): boolean => {
  const times = events.filter((event) => event.k === k && event.at <= at).map((event) => event.at)
  const newest = Math.max(...times)
  return times.filter((time) => time === newest).length > 1
}

/** `f` over the values of a thing’s events for which `holds`, the oldest first. */
const folded = (
  { events }: World,
  { k }: Asked,
  holds: (event: Event) => boolean,
  aggregate: SmallFeature['aggregate'],
): number | null => {
  const rows = events.filter((event) => event.k === k && holds(event)).sort((a, b) => a.at - b.at)
  if (aggregate === 'count') return rows.length
  let found: number | null = null
  for (const { v } of rows) {
    if (v === null) continue
    if (found === null || aggregate === 'last') found = v
    else if (aggregate === 'sum') found += v
    else found = aggregate === 'min' ? Math.min(found, v) : Math.max(found, v)
  }
  return found
}

/** `last` is over known values: both systems pass over missing ones. */
const over = (windows: readonly FrameWindow[], lags: readonly number[]): SmallFeature[] =>
  windows.flatMap((window) =>
    lags.flatMap((lagMicros) =>
      (['count', 'sum', 'min', 'max', 'last'] as const).map((aggregate) => ({
        ...{ aggregate, window, lagMicros, isKnown: aggregate === 'last' },
      })),
    ),
  )

describe(`windows of other systems (PROML_SEED=${seed})`, { timeout: 600_000 }, () => {
  test('`like feast` is what Feast’s own retrieval gives, and null where Feast drops the row', async () => {
    const ttls = [0, hour, 90 * minute, 3 * hour, day]
    const features = ttls.map(
      (micros): SmallFeature => ({
        aggregate: 'latest',
        window: micros === 0 ? { kind: 'all', rule: 'feast' } : { kind: 'time', micros, rule: 'feast' },
      }),
    )
    const all = worldsOf(60, { moment: closely })
    const found = (await answerOf(context, 'feast', feastScript, { ...all, ttls })) as {
      plain: Answers
      stable: Answers
    }
    const ours = await studioValues(engine, features, all, true)
    // Feast sorts by arrival, then by time, and counts on the second sort to keep the order of the first.
    agree('Feast', all, features, ours, (_, __, n, index) => found.stable[index]?.[n] ?? null)
    // Pandas’ sort does not keep it, so that without help Feast gives any of the events of one time.
    let mixed = 0
    agree('Feast without a stable sort', all, features, ours, (row, _, n, index) => {
      const theirs = found.plain[index]?.[n] ?? null
      const own = ours[n]?.[index] ?? null
      if (theirs === own || !isTie(all, row)) return theirs
      mixed += 1
      return own
    })
    console.log(`Feast without a stable sort: ${mixed} values are those of another event of the same moment`)
  })

  test('`latest` is pandas’ merge_asof, with and without the moment itself and a tolerance', async () => {
    const asks = [
      { exact: false, tolerance: null, window: { kind: 'all', rule: 'open' } },
      { exact: true, tolerance: null, window: { kind: 'all', rule: 'inclusive' } },
      ...[hour, 90 * minute, 5 * hour].flatMap((tolerance) => [
        { exact: false, tolerance, window: { kind: 'time', micros: tolerance, rule: 'open' } as const },
        { exact: true, tolerance, window: { kind: 'time', micros: tolerance, rule: 'feast' } as const },
      ]),
    ] as const
    const features = asks.map(({ window }): SmallFeature => ({ aggregate: 'latest', window }))
    const all = worldsOf(120, { moment: closely, isUnique: true })
    const found = (await answerOf(context, 'requirements', pandasScript, { ...all, asks })) as Answers
    const ours = await studioValues(engine, features, all, false)
    agree('pandas', all, features, ours, (_, __, n, index) => found[index]?.[n] ?? null)
  })

  test('`like feathr` gives the table of Feathr’s documentation', async () => {
    const date = (number: number): number => Date.UTC(2022, 4, number) * 1000
    const daily = [
      ['1', 1, 0.5],
      ['2', 1, 0.3],
      ['3', 1, 0.1],
      ['1', 2, 0.4],
      ['2', 2, 0.2],
      ['3', 2, 0.1],
      ['1', 3, 0.3],
      ['2', 3, 0.2],
      ['3', 3, 0.15],
    ] as const
    const events = daily.map(([k, number, v], id) => ({ at: date(number), id, k, v, created: null }))
    const labels = [
      ['1', 1],
      ['2', 1],
      ['3', 2],
      ['1', 3],
      ['3', 3],
    ] as const
    const window: FrameWindow = { kind: 'time', micros: 7 * day, rule: 'feathr' }
    const all = { events, asked: labels.map(([k, number]) => ({ at: date(number), k })) }
    const found = await studioValues(engine, [{ aggregate: 'last', window, isKnown: true }], all, false)
    expect(found.flat()).toEqual([0.5, 0.3, 0.1, 0.3, 0.15])
  })

  /**
   * Feathr’s words: left exclusive, right inclusive, whole seconds; a delay moves both ends; missing values are passed
   * over. (Where it takes rows out of a running `sum` or `count` one by one, its code keeps those of the left end, which
   * it says it excludes and elsewhere does.)
   */
  test('`like feathr` is a loop by the words of Feathr’s sliding windows', async () => {
    const whole = fc.integer({ min: -4, max: 14 }).map((index) => origin + index * 30 * second)
    const all = worldsOf(120, {
      moment: whole.map((at) => at + ((at / second) % 7) * 140_001),
      asking: fc.tuple(whole, fc.constantFrom(0, 1, 500_000, 999_999)).map(([at, part]) => at + part),
      isUnique: true,
    })
    const windows = [30 * second, minute, 2 * minute, 5 * minute].map(
      (micros): FrameWindow => ({ kind: 'time', micros, rule: 'feathr' }),
    )
    const features = over(windows, [0, 30 * second])
    const seconds = (micros: number): number => Math.floor(micros / second)
    const ours = await studioValues(engine, features, all, true)
    agree('Feathr', all, features, ours, (row, { window, lagMicros = 0, aggregate }) => {
      const end = seconds(row.at) - seconds(lagMicros)
      const start = end - (window.kind === 'time' ? seconds(window.micros) : 0)
      return folded(all, row, ({ at }) => seconds(at) > start && seconds(at) <= end, aggregate)
    })
  })

  /**
   * Chronon’s words: a window’s head slides, its tail hops: by five minutes below twelve hours, by an hour below twelve
   * days, else by a day; an event counts from the tail on and before the moment that is asked about.
   */
  test('`like chronon` is a loop by the words of Chronon’s naive aggregator, across its hops', async () => {
    const midnight = Math.floor(origin / day) * day
    const moment = fc
      .tuple(
        fc.constantFrom(0, 3 * hour, 12 * hour, 2 * day, 12 * day, 13 * day),
        fc.integer({ min: 0, max: 13 }),
        fc.constantFrom(-1000, 0, 0, 1000),
      )
      .map(([far, index, part]) => midnight + far + index * 5 * minute + part)
    const all = worldsOf(120, { moment, isUnique: true })
    const lengths = [5 * minute, 3 * hour, 12 * hour - minute, 12 * hour, 2 * day, 12 * day - hour, 12 * day, 13 * day]
    const windows = lengths.map((micros): FrameWindow => ({ kind: 'time', micros, rule: 'chronon' }))
    const features = over([...windows, { kind: 'all', rule: 'chronon' }], [0])
    const ours = await studioValues(engine, features, all, true)
    agree('Chronon', all, features, ours, (row, { window, aggregate }) => {
      let tail = Number.NEGATIVE_INFINITY
      if (window.kind === 'time') {
        const hours = window.micros / hour
        const hop = hours >= 12 * 24 ? day : hours >= 12 ? hour : 5 * minute
        tail = row.at - window.micros - ((row.at - window.micros) % hop)
      }
      return folded(all, row, ({ at }) => tail <= at && at < row.at, aggregate)
    })
  })
})
