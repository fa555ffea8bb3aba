import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { trainingParts } from '@shared/features/trainingColumns'
import { quoteText } from '@shared/sql/quote'
import { compileTrainingSet, compileTrainingSetSteps } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createInputDigests } from '../../electron/services/features/inputDigests'
import { trainingSetKeeper } from '../../electron/services/features/keptTrainingSet'
import { createTrainingSetCache } from '../../electron/services/features/trainingSetCache'
import { createLanguageService } from '../../electron/services/language/language'
import { digestOfFile } from '../../electron/services/workspace/durable'
import { testContext } from '../support/context'
import { program, rowsTable } from './programs'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const rounds = process.env.PROML_LONG ? 200 : 20
const context = testContext({ sample: 'flights' })
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const signal = new AbortController().signal
const at = (name: string): string => join(context.workspace.root, name)
const cached = (): string[] => {
  try {
    return readdirSync(at('.proml/cache/training')).filter((name) => name.endsWith('.parquet'))
  } catch {
    return []
  }
}
afterAll(async () => {
  for (const service of [features, language, data]) await service.dispose()
  context.remove()
})

const programText = `namespace small
source flights = parquet("data/small.parquet") { time date  row (date, origin, destination) }
entity airport(code: string)
feature delay_3h: float of airport = mean(delay) from flights by origin over 3h default 0
feature traffic_1d: int of airport = count() from flights by origin over 1d
feature inbound_3h: float of airport = mean(delay) from flights by destination over 3h default 0
model late {
  observe flights
  predict late = delay > 15
  use distance
  use from_delay = delay_3h by origin
  use from_traffic = traffic_1d by origin
  use to_delay = inbound_3h by destination
  let gbt = boosted_trees(distance, from_delay, from_traffic, to_delay, rounds: 5)
  output late_probability = probability(gbt)
  train { split time 70/15/15  seed 7 }
}
`

beforeAll(async () => {
  await data.engine.copy(
    `select * from read_parquet('${at('data/flights.parquet')}') order by date limit 12000`,
    at('data/small.parquet'),
    'parquet',
  )
})

const build = async (text = programText, output = 'set.parquet') => {
  writeFileSync(at('small.proml'), text)
  const plan = await language.planOf('small.proml', 'late')
  const made = await features.buildTrainingSet(plan, { output: at(output), signal })
  expect(await digestOfFile(at(output))).toBe(made.digest)
  return made
}

describe('a training set', () => {
  test('is computed once for one plan and one state of the data, by a job that says so', async () => {
    const first = await build()
    expect(first).toMatchObject({ reused: false, computed: 4, features: 4 })
    const again = await build(`// a remark\n${programText}`, 'again.parquet')
    expect(again).toMatchObject({ reused: true, computed: 0, digest: first.digest, rows: first.rows })
    expect(cached().length).toBe(1)
    const { jobId } = await features.handlers.trainingSet({ path: 'small.proml', output: 'third.csv' }, { signal })
    expect(await context.jobs.finished(jobId)).toMatchObject({ reused: true, rows: first.rows })
    expect(readFileSync(at('third.csv'), 'utf8').split('\n')[0]).toBe(
      'distance,from_delay,from_traffic,to_delay,late,__row,__time,__split,__key',
    )
  })

  test('computes the features that changed, and comes out as if all had been', async () => {
    const changes: [change: (text: string) => string, computed: number, reused: boolean][] = [
      [(text) => text.replace('by origin over 3h', 'by origin over 2h'), 1, false],
      // One that another reads is changed for both.
      [
        (text) => text.replace('count() from flights by origin over 1d', 'count() from flights by origin over 2d'),
        1,
        false,
      ],
      [
        (text) => text.replace('use to_delay = inbound_3h by destination', 'use to_delay = inbound_3h by origin'),
        1,
        false,
      ],
      // A new name, another order, and one less are no work at all.
      [(text) => text.replaceAll('from_delay', 'their_delay'), 0, true],
      [(text) => text.replace('  use to_delay = inbound_3h by destination\n', '').replace(', to_delay', ''), 0, true],
      // Rows are shared out anew; no feature is another for that.
      [(text) => text.replace('70/15/15', '60/20/20'), 0, false],
      // Other rows: nothing can be kept.
      [(text) => text.replace('observe flights', 'observe flights where distance > 500'), 4, false],
    ]
    for (const [change, computed, reused] of changes) {
      const made = await build(change(programText))
      expect(made).toMatchObject({ computed, reused })
      const plan = await language.planOf('small.proml', 'late')
      const tables = { flights: `read_parquet('${at('data/small.parquet')}')` }
      const whole = await data.engine.copy(compileTrainingSet(plan, { tables }), at('whole.parquet'), 'parquet')
      expect(made.digest, change.toString()).toBe(whole.digest)
      // And is there the next time.
      expect(await build(change(programText))).toMatchObject({ reused: true, digest: made.digest })
    }
  })

  test('is computed again when the data is another, whatever its file’s times say', async () => {
    const first = await build()
    const times = statSync(at('data/small.parquet'))
    const bytes = readFileSync(at('data/small.parquet'))
    const write = (sql: string) => data.engine.copy(sql, at('data/small.parquet'), 'parquet')
    await write(
      `select * replace (delay + 1 as delay) from read_parquet('${at('data/flights.parquet')}') order by date limit 12000`,
    )
    utimesSync(at('data/small.parquet'), times.atime, times.mtime)
    const second = await build()
    expect(second.reused).toBe(false)
    expect(second.digest).not.toBe(first.digest)
    // The same bytes again, in another file.
    writeFileSync(at('data/small.parquet'), bytes)
    expect(await build()).toMatchObject({ reused: true, digest: first.digest })
  })

  test('is computed again from a CSV that is read through a copy, whatever its times say', async () => {
    const rows = (delay: number): string =>
      `at,origin,delay\n${Array.from({ length: 48 }, (_, index) => `2001-01-0${1 + (index % 2)} 0${index % 10}:00:00,ORD,${delay}\n`).join('')}no,row,at,all\n`
    const text = programText
      .replace(/source flights.*/, 'source flights = csv("data/late.csv", bad_rows: "skip") { time at }')
      .replace(/feature inbound.*\n/, '')
      .replace('  use distance\n', '')
      .replace(/ {2}use to_delay.*\n/, '')
      .replace('(distance, from_delay, from_traffic, to_delay,', '(from_delay, from_traffic,')
    writeFileSync(at('data/late.csv'), rows(3))
    utimesSync(at('data/late.csv'), 1_000_000_000, 1_000_000_000)
    await build(text)
    writeFileSync(at('data/late.csv'), rows(7))
    utimesSync(at('data/late.csv'), 1_000_000_000, 1_000_000_000)
    expect(await build(text, 'late.parquet')).toMatchObject({ reused: false, rows: 48 })
    const path = quoteText(at('late.parquet'))
    expect(await data.engine.rows(`select max(from_delay) as most from read_parquet(${path})`)).toEqual([{ most: 7 }])
  })

  test('that was kept is checked before it is used', async () => {
    const first = await build()
    for (const name of cached()) {
      const path = join(at('.proml/cache/training'), name)
      const { size } = statSync(path)
      const bytes = readFileSync(path)
      bytes.set([7, 7, 7], size >> 1)
      writeFileSync(path, bytes)
    }
    expect(await build()).toMatchObject({ reused: false, computed: 4, digest: first.digest })
    for (const name of readdirSync(at('.proml/cache/training')).filter((one) => one.endsWith('.json')))
      writeFileSync(join(at('.proml/cache/training'), name), '{"version": 1')
    expect(await build()).toMatchObject({ reused: false, digest: first.digest })
  })

  test('of other rows than the model’s own is not kept', async () => {
    const before = cached().length
    const plan = await language.planOf('small.proml', 'late')
    const observations = at('data/small.parquet')
    const made = await features.buildTrainingSet(plan, { output: at('x.parquet'), observations, signal })
    expect(made).toMatchObject({ reused: false, computed: 4 })
    expect(cached().length).toBe(before)
  })
})

describe('what was computed', () => {
  test('takes up no more than it may: the least lately used goes first', async () => {
    const own = testContext()
    const cache = createTrainingSetCache(own.workspace, { limitBytes: 2500 })
    const path = own.workspace.resolve('set.parquet')
    const keep = async (id: string): Promise<void> => {
      writeFileSync(path, id.repeat(1000))
      await cache.keep(path, { digest: await digestOfFile(path), rows: 1, columns: [{ id, name: 'x' }] })
    }
    const ids = async () => (await cache.list()).flatMap(({ columns }) => columns.map(({ id }) => id)).sort()
    await keep('a')
    await keep('b')
    const [older] = (await cache.list()).filter(({ columns }) => columns[0]?.id === 'a')
    if (!older) throw new Error('nothing was kept')
    expect(await cache.take(older, own.workspace.resolve('taken.parquet'))).toBe(true)
    await keep('c')
    expect(await ids()).toEqual(['a', 'c'])
    // One that is larger than all of it is not kept.
    writeFileSync(path, 'd'.repeat(3000))
    await cache.keep(path, { digest: '', rows: 1, columns: [{ id: 'd', name: 'x' }] })
    expect(await ids()).toEqual(['a', 'c'])
    // One that another studio removed since it was listed is computed again.
    expect(await cache.take(older, own.workspace.resolve('taken.parquet'))).toBe(true)
    rmSync(older.path)
    expect(await cache.take(older, own.workspace.resolve('taken.parquet'))).toBe(false)
    own.remove()
  })

  test('of a file is told by its bytes, which are read again as soon as anything of it differs', async () => {
    const own = testContext()
    const inputs = createInputDigests(own.workspace)
    const path = own.workspace.resolve('a.parquet')
    const table = {
      path: 'a.parquet',
      format: 'parquet' as const,
      sql: 'read_parquet',
      files: [path],
      sizeBytes: 0,
      stamp: '',
    }
    const digests = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      // Of one length, and one after another faster than a clock may tick.
      writeFileSync(path, String(round).padStart(8, '0'))
      utimesSync(path, 1_000_000_000, 1_000_000_000)
      const found = await inputs.of(table)
      digests.add(found?.digest ?? '')
      expect(await found?.isStill()).toBe(true)
    }
    expect(digests.size).toBe(20)
    const found = await inputs.of(table)
    appendFileSync(path, 'x')
    expect(await found?.isStill()).toBe(false)
    own.remove()
  })

  test(`of random models is what they compute, whatever is put together from what (seed ${seed})`, async () => {
    const counted = { sets: 0, lent: 0 }
    await fc.assert(
      fc.asyncProperty(program(), fc.infiniteStream(fc.boolean()), async ({ plan, rows }, coin) => {
        const path = at('random.parquet')
        await data.engine.copy(`select * from ${rowsTable(rows)}`, path, 'parquet')
        const expressions = { events: `read_parquet(${quoteText(path)})` }
        const tables = [
          {
            path: 'random.parquet',
            format: 'parquet' as const,
            sql: expressions.events,
            files: [path],
            sizeBytes: 0,
            stamp: '',
          },
        ]
        const keeper = trainingSetKeeper({
          engine: data.engine,
          workspace: context.workspace,
          prepare: () => Promise.reject(new Error('Not here.')),
          explained: (_, work) => work(),
        })
        for (let round = 0; round < 3; round += 1) {
          const some = { ...plan, uses: plan.uses.filter(() => coin.next().value) }
          const sql = compileTrainingSet(some, { tables: expressions })
          const output = at('random-set.parquet')
          const statement = compileTrainingSetSteps(some, { tables: expressions })
          const prepared = { sql, statement, tables, expressions }
          const made = await keeper(some, prepared, { output, signal }, async ({ steps, query }, to) => {
            const { rows: count, digest } = await data.engine.copy({ steps, query }, to, 'parquet')
            return {
              path: to,
              rows: count,
              digest,
              features: some.uses.length,
              reused: false,
              computed: some.uses.length,
            }
          })
          const whole = await data.engine.copy(sql, at('random-whole.parquet'), 'parquet')
          expect(made.digest).toBe(whole.digest)
          expect(await digestOfFile(output)).toBe(whole.digest)
          counted.sets += 1
          counted.lent += some.uses.length - made.computed
        }
      }),
      { numRuns: rounds, seed },
    )
    console.log(
      `${counted.sets} training sets as computed whole; ${counted.lent} of their features were lent (PROML_SEED=${seed})`,
    )
  })

  test('says of each part what it is made of, and no more', () => {
    const [first] = fc.sample(program(), { numRuns: 1, seed: 7 })
    if (!first) throw new Error('no program')
    const { plan } = first
    const parts = trainingParts(plan)
    expect(parts.map(({ columns }) => columns)).toEqual([
      ...plan.uses.map(({ name }) => [name]),
      ['label', '__row', '__time', '__split', '__key'],
    ])
    const other = trainingParts({
      ...plan,
      train: { ...plan.train, seed: 99, split: { kind: 'random', fractions: [0.5, 0.25, 0.25] } },
    })
    expect(other.map(({ definition }, index) => definition === parts[index]?.definition)).toEqual([
      ...plan.uses.map(() => true),
      false,
    ])
  })
})
