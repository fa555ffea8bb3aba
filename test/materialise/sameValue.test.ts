import { writeFileSync } from 'node:fs'
import { cellSql, cellValue } from '@shared/features/cells'
import { type FeatureQuestion, keySpine, questionPlan } from '@shared/features/question'
import type { FeaturePlan, SourcePlan } from '@shared/plan/plan'
import { nativeTypeOf, normalised } from '@shared/sql/expression'
import { quoteName, quoteText } from '@shared/sql/quote'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from '../../electron/services/materialise/embedded'
import { serveSet } from '../../electron/services/materialise/online'
import { redisStore } from '../../electron/services/materialise/redis'
import { definedAsEver } from '../../electron/services/materialise/unneeded'
import { eventColumns, program, rowsTable } from '../features/programs'
import { type RedisServer, redisProgram, redisServer } from '../support/redis'
import { call, workbench } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const rounds = process.env.PROML_LONG ? 250 : 25
const found = redisProgram()
if (!found)
  process.stderr.write(
    '\n*** SKIPPED: serving from a real Redis was NOT tested. On Debian: apt-get install redis-server\n\n',
  )

let bench: ReturnType<typeof workbench>
let redis: RedisServer | null = null
beforeAll(async () => {
  bench = workbench({ sample: 'flights' })
  if (found) {
    redis = await redisServer(found)
    await bench.context.platform.secrets.set('source:serving', redis.password)
  }
})
afterAll(async () => {
  await redis?.remove()
  await bench.dispose()
})

/** A text for SQL, which ends at a NUL. */
const sqlText = (text: string): string => `(${quoteText(text).replaceAll('\u0000', "' || chr(0) || '")})`

const target = () => (redis ? { url: redis.url, secret: 'serving' } : undefined)
/** The workspace’s own table, and the Redis where there is one. */
const targets = () => (redis ? [undefined, target()] : [undefined])

describe('a value for serving is the value that is computed for the same moment', () => {
  test('of every key of the sample, and of one that no row names', async () => {
    const moment = '2001-01-05T18:30'
    const choices: [names: string[], keys: string[], nobody: string][] = [
      [
        ['airport_is_busy', 'airport_delay_3h', 'airport_traffic_1d', 'airport_latitude', 'inbound_delay_3h'],
        ['code'],
        "'nope' as code",
      ],
      [['route_last_delay'], ['origin', 'destination'], "'nope' as origin, 'ORD' as destination"],
    ]
    const names = choices.flatMap(([list]) => list)
    await bench.make({ path: 'flights.proml', features: names, online: true, redis: target(), asOf: moment })
    let compared = 0
    for (const [features, keys, nobody] of choices) {
      await bench.write('nobody.parquet', `select ${nobody}`)
      const offline: Record<string, unknown>[] = []
      for (const [output, spine] of [
        ['all.parquet', undefined],
        ['one.parquet', 'nobody.parquet'],
      ] as const) {
        const asked = { features, path: 'flights.proml', output, spine, asOf: moment }
        await bench.context.jobs.finished((await bench.features.handlers.values(asked, call)).jobId)
        const list = features.map((name) => `${quoteName(name)}::varchar as ${quoteName(name)}`)
        offline.push(...(await bench.rows(`select ${[...keys, ...list].join(', ')} from @${output}`)))
      }
      const asked = offline.map((row) => Object.fromEntries(keys.map((key) => [key, String(row[key])])))
      for (const from of targets()) {
        const { rows, columns, table } = await bench.get('flights.proml', features, asked, from)
        expect(columns.map(({ name }) => name)).toEqual(features)
        expect(table).toMatchObject({ asOf: '2001-01-05 18:30:00.000', rows: offline.length - 1 })
        expect(rows.map(({ isKnown }) => isKnown)).toEqual(offline.map((_, index) => index < offline.length - 1))
        expect(rows.map(({ values }) => values)).toEqual(offline.map((row) => features.map((name) => row[name])))
        compared += rows.length * features.length
      }
    }
    console.log(`${compared} values for serving like those computed for the same moment`)
  })

  test('of every type, to the last bit and the last character', async () => {
    const texts = [
      '',
      ' ',
      'null',
      'NULL',
      '"',
      "'",
      '\\',
      '\n',
      'a\u0000b',
      'ß',
      '😀',
      '{"a":[1]}',
      '\u2028',
      'x'.repeat(70_000),
    ]
    const floats = ["'-0.0'", "'5e-324'", "'1.7976931348623157e308'", "'0.1'", "'nan'", "'inf'", "'-inf'", "'1e21'"]
    const ints = ['9007199254740993', '-9223372036854775808', '9223372036854775807', '0']
    const dates = ['1969-12-31', '0001-01-01', '2001-02-28', '9999-12-31']
    const times = [
      '1969-12-31 23:59:59.999999',
      '2001-01-05 18:30:00.000001',
      '2262-04-11 23:47:16.854775',
      '0001-01-01 00:00:00',
    ]
    const rows = texts.map((text, index) => {
      const pick = (list: readonly string[]): string => list[index % list.length] ?? ''
      const isNothing = index === 3
      const values = [
        `'${pick(ints)}'::bigint`,
        `${pick(floats)}::double`,
        index % 2 === 0 ? 'true' : 'false',
        sqlText(text),
        `${quoteText(pick(dates))}::date`,
        `${quoteText(pick(times))}::timestamp`,
      ]
      const key = [sqlText(text), `'${pick(ints)}'::bigint`]
      return `(timestamp '2001-01-01', ${[...key, ...values.map((value) => (isNothing ? 'null' : value))].join(', ')})`
    })
    await bench.write(
      'data/types.parquet',
      `select * from (values ${rows.join(', ')}) t(happened, k, n, i, f, b, s, d, t)`,
    )
    const types = { i: 'int', f: 'float', b: 'bool', s: 'string', d: 'date', t: 'time' }
    const list = Object.entries(types)
    writeFileSync(
      bench.at('types.proml'),
      `namespace types
source things = parquet("data/types.parquet") { time happened }
entity thing(k: string, n: int)
${list.map(([name, type]) => `feature last_${name}: ${type} of thing = latest(${name}) from things by (k, n)`).join('\n')}
`,
    )
    const names = list.map(([name]) => `last_${name}`)
    await bench.make({ path: 'types.proml', online: true, redis: target() })
    const asked = { features: names, path: 'types.proml', output: 'types.parquet' }
    await bench.context.jobs.finished((await bench.features.handlers.values(asked, call)).jobId)
    const cells = list.map(([name, type]) => `${cellSql(`last_${name}`, type as 'int')} as last_${name}`)
    const offline = await bench.rows(`select k, n::varchar as n, ${cells.join(', ')} from @types.parquet`)
    expect(offline.length).toBe(texts.length)
    const keys = offline.map(({ k, n }) => ({ k: String(k), n: String(n) }))
    for (const from of targets()) {
      const online = await bench.get('types.proml', names, keys, from)
      expect(online.rows.every(({ isKnown }) => isKnown)).toBe(true)
      expect(online.rows.map(({ values }) => values)).toEqual(offline.map((row) => names.map((name) => row[name])))
      const all = online.rows.map(({ values }) =>
        values.map((text, at) => cellValue(text, online.columns[at]?.type ?? 'int')),
      )
      const of = (at: number) => all.map((row) => row[at])
      expect(of(0)).toContain(9007199254740993n)
      expect(of(0)).toContain(-9223372036854775808n)
      expect(of(1)).toContain(5e-324)
      // What is not finite reads as null.
      expect(of(1)).toContain(null)
      expect(of(3)).toContain('a\u0000b')
      expect(of(4)).toContain('1969-12-31')
      expect(of(5)).toContain('2001-01-05T18:30:00.000001Z')
      expect(all.some((row) => row.every((value) => value === null))).toBe(true)
    }
  })

  const asQuestion = (features: readonly FeaturePlan[], source: SourcePlan): FeatureQuestion => ({
    namespace: 'test',
    file: 'test.proml',
    wanted: features.map(({ name, type }) => ({ name, type })),
    features,
    sources: [source],
    entity: 'thing',
    keys: (features[0]?.entityKeys ?? []).map((name) => ({
      name,
      column: name,
      type: eventColumns.find((column) => column.name === name)?.type ?? 'unknown',
    })),
  })

  test(`of random features over random rows (seed ${seed})`, async () => {
    const count = { programs: 0, values: 0 }
    const embedded = openEmbeddedStore(bench.at('random.db'))
    const stores = [
      { name: 'embedded', store: embedded },
      ...(redis
        ? [{ name: 'Redis', store: redisStore({ url: redis.url, secret: 'serving' }, bench.context.platform.secrets) }]
        : []),
    ]
    const { engine } = bench.data
    const minutes = fc.integer({ min: -5, max: 25 })
    await fc.assert(
      fc.asyncProperty(program(), minutes, async ({ plan, rows }, minute) => {
        const moment = `timestamp '2020-01-01 00:00:00' + interval (${minute} * 30) second`
        const [at] = await engine.rows(`select (${moment})::varchar as t`)
        const asOf = String(at?.t)
        const [source] = plan.sources
        if (!source) throw new Error('no source')
        const table = rowsTable(rows)
        const tools = {
          engine,
          features: {
            openSources: async () => ({ tables: [], expressions: { events: table } }),
            explained: <T>(_: unknown, work: () => Promise<T>) => work(),
          },
        }
        const entities = new Map<string, FeaturePlan[]>()
        for (const feature of plan.features)
          if (feature.entity !== null) entities.set(feature.entity, [...(entities.get(feature.entity) ?? []), feature])
        for (const features of entities.values()) {
          const question = asQuestion(features, source)
          const set = { entity: features[0]?.entity ?? '', question, features: features.map(({ name }) => name) }
          await serveSet(tools, set, {
            asOf,
            definitions: new Map(),
            stores: stores.map((one) => ({ ...one, definedNow: definedAsEver })),
            signal: call.signal,
            onProgress: () => {},
          })
          // Every pair of keys that there can be, known or not.
          const values: Record<string, string> = { 'k one': "'a', 'b', 'ç', 'nobody'", k2: '0, 1, 7' }
          const asked = question.keys.map(
            ({ name, type }) => `(select unnest([${values[name]}])::${nativeTypeOf(type)} as ${quoteName(name)})`,
          )
          const spine = keySpine(question)
          const offline = await engine.rows(
            `select ${[
              ...question.keys.map(
                ({ name, type }) => `${normalised(quoteName(name), type)}::varchar as ${quoteName(name)}`,
              ),
              ...question.wanted.map(({ name, type }, index) => `${cellSql(name, type)} as v${index}`),
            ].join(', ')} from (${compileTrainingSet(questionPlan(question, spine), {
              tables: { events: table },
              observations: {
                table: `(select *, ${moment} as as_of from ${asked.join(', ')})`,
                columns: spine.columns.map(({ name }) => name),
              },
              keepUnlabelled: true,
            })}) order by __row`,
          )
          const keys = offline.map((row) => JSON.stringify(question.keys.map(({ name }) => row[name])))
          for (const { name, store } of stores) {
            const online = await store.read(
              set.entity,
              (tables) =>
                tables
                  .toSorted((a, b) => b.madeAt - a.madeAt)
                  .find((one) => one.features.map((feature) => feature.name).join() === set.features.join()) ??
                (tables[0] as never),
              keys,
            )
            const got = online.rows.map((cells) => cells ?? online.table.absent)
            const wanted = offline.map((row) => question.wanted.map((_, index) => row[`v${index}`]))
            expect(got, `${name}, as of ${asOf}`).toEqual(wanted)
            count.values += wanted.length * question.wanted.length
          }
        }
        count.programs += 1
      }),
      { numRuns: rounds, seed },
    )
    await embedded.close()
    console.log(
      `${count.programs} random programs, ${count.values} values for serving like those computed (PROML_SEED=${seed})`,
    )
  })
})
