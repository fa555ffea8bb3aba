import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { referenceOf } from '@shared/data/reference'
import type { StudioError } from '@shared/errors'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { globOf } from '../../electron/services/data/s3'
import { credentialsOf } from '../../electron/services/data/s3Store'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { projectRoot, testContext } from '../support/context'
import { type S3Server, type S3Use, s3Python, s3Server } from '../support/s3/server'

const seed = Number(process.env.PROML_SEED ?? 20260101)
const python = s3Python()
if (!python)
  process.stderr.write(
    '\n*** SKIPPED: sources of an object store were NOT tested against an S3 server. Run `npm test`.\n\n',
  )

const logged: string[] = []
const note = (message: string, detail?: unknown): void => void logged.push(`${message} ${JSON.stringify(detail)}`)
const context = { ...testContext(), log: { info: note, warn: note, error: note } }
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )
const store = (url: string, secret: string | null = 'lake'): string =>
  referenceOf({ kind: 's3', path: '', options: { url, ...(secret ? { credentials: { secret } } : {}) } })
const countOf = async (reference: string, isFresh = false): Promise<number> =>
  Number(
    (await data.engine.rows(`select count(*) as n from ${(await data.tableOf(reference, { isFresh })).sql}`))[0]?.n,
  )

afterAll(async () => {
  await data.dispose()
  await language.dispose()
  context.remove()
})

test('credentials are a pair or JSON, and are repeated in no failure', () => {
  expect(credentialsOf('AK:se/c+ret=')).toEqual({ accessKeyId: 'AK', secretAccessKey: 'se/c+ret=' })
  expect(credentialsOf('{"accessKeyId": "A", "secretAccessKey": "b", "region": "eu-1"}')).toMatchObject({
    region: 'eu-1',
  })
  for (const wrong of ['hidden', '{"accessKeyId": "hidden"}', '{hidden', 'hidden: x']) {
    const thrown = (() => {
      try {
        return credentialsOf(wrong)
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toMatchObject({ code: 'invalid_input' })
    expect(JSON.stringify([thrown, String(thrown)])).not.toContain('hidden')
  }
})

test('a glob fits whole keys, stays within folders unless it says so, and takes other signs as they are', () => {
  const fits = (pattern: string, ...keys: readonly string[]): boolean[] => keys.map((key) => globOf(pattern).test(key))
  expect(fits('a/*.csv', 'a/b.csv', 'a/b/c.csv', 'xa/b.csv', 'a/b.csv.gz')).toEqual([true, false, false, false])
  expect(fits('a/**.csv', 'a/b.csv', 'a/b/c.csv')).toEqual([true, true])
  expect(fits('day=?.[!x]', 'day=1.a', 'day=1.x', 'day=/.a')).toEqual([true, false, false])
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/[*?[]/.test(text)),
      (key) => {
        expect(globOf(key).test(key)).toBe(true)
        expect(globOf(`${key}*`).test(`${key}x`)).toBe(true)
        expect(globOf(key).test(`${key}x`)).toBe(false)
      },
    ),
    { seed },
  )
})

describe.skipIf(!python)('a source of an object store', { timeout: 120_000 }, () => {
  let server: S3Server
  let use: S3Use
  beforeAll(async () => {
    server = s3Server(python ?? '')
    await server.order({
      do: 'put',
      key: 'flights/all.parquet',
      path: join(projectRoot, 'resources/samples/flights/data/flights.parquet'),
    })
    await server.order({ do: 'put', key: "odd/a b+c é'(1)!*~&=?#%20.csv", text: 'n\n1\n2\n' })
    await server.order({ do: 'put', key: 'odd/<&>".csv', text: 'n\n3\n' })
    await server.order({ do: 'put', key: 'odd/empty.csv', text: '' })
    await server.order({ do: 'many', prefix: 'many/part ', count: 1_203 })
    use = await server.order({ do: 'put', key: 'days/1.csv', text: 'day,n\n2024-01-01,1\n' })
    for (const [name, keys] of Object.entries({
      lake: use.reader,
      stranger: use.stranger,
      wrong: { ...use.reader, secretAccessKey: 'not it' },
    }))
      await data.handlers.setSecret({ name, value: JSON.stringify(keys) }, call)
  }, 120_000)
  afterAll(() => server.remove())

  test('is read without credentials where the store lets anyone', async () => {
    process.env.AWS_ENDPOINT_URL_S3 = use.endpoint
    try {
      expect(await countOf(store('s3://open/days/1.csv', null))).toBe(1)
      expect(await countOf(store('s3://open/days/*.csv', null))).toBe(1)
      expect(await failure(data.tableOf(store('s3://lake/days/1.csv', null)))).toMatchObject({
        code: 'permission_denied',
      })
    } finally {
      delete process.env.AWS_ENDPOINT_URL_S3
    }
    await server.order({ do: 'lock', after: 0 })
  })

  test('is checked, profiled and used in features, with every request signed', async () => {
    writeFileSync(
      at('lake.proml'),
      `namespace lake
source flights = s3("s3://lake/flights/*.parquet", credentials: secret("lake")) { time date  row (date, origin, destination) }
model late {
  observe flights
  predict late = delay > 15
  use distance
  let all = logistic(distance)
  output p = probability(all)
}
`,
    )
    expect((await language.handlers.check({ path: 'lake.proml' }, call)).diagnostics).toEqual([])
    const plan = await language.planOf('lake.proml', 'late')
    expect(JSON.stringify(plan)).not.toContain(use.endpoint)
    expect(await features.buildTrainingSet(plan, { output: at('set.parquet'), ...call })).toMatchObject({
      rows: 200_000,
    })
    const path = store('s3://lake/flights/*.parquet')
    expect(await data.handlers.profile({ path, column: 'delay', filters: [] }, call)).toMatchObject({ rows: 200_000 })
  })

  test('takes files of any name, page after page of the list', async () => {
    expect(await countOf(store('s3://lake/odd/*.csv'))).toBe(3)
    expect(await countOf(store('s3://lake/many/part *.csv'))).toBe(1_203)
    expect(await countOf(store('s3://lake/many/part 0001?.csv'))).toBe(10)
  })

  test('takes new and changed files at the next training set, and none before', async () => {
    const reference = store('s3://lake/days/*.csv')
    expect(await countOf(reference)).toBe(1)
    // To put something, the door stands open for a moment.
    await server.order({ do: 'lock', after: 'inf' })
    await server.order({ do: 'put', key: 'days/2.csv', text: 'day,n\n2024-01-02,2\n2024-01-03,3\n' })
    await server.order({ do: 'put', key: 'days/1.csv', text: 'day,n\n2024-01-01,1\n2024-01-01,2\n' })
    await server.order({ do: 'lock', after: 0 })
    expect(await countOf(reference)).toBe(1)
    expect(await countOf(reference, true)).toBe(4)
    expect(await data.schemaOf(reference)).toMatchObject({
      format: 'csv',
      columns: [
        { name: 'day', type: 'date' },
        { name: 'n', type: 'int' },
      ],
    })
  })

  test('says what the store refuses, and what is not there', async () => {
    const codes = await Promise.all(
      [
        store('s3://lake/days/1.csv', 'wrong'),
        store('s3://lake/days/*.csv', 'stranger'),
        store('s3://lake/nothing/*.csv'),
        store('s3://lake/nothing.csv'),
        store('s3://elsewhere/a/*.csv'),
        store('s3://lake/days/../../x.csv'),
        store('s3://lake/days/1'),
        store('s3://'),
      ].map(async (reference) => (await failure(data.tableOf(reference, { isFresh: true }))).code),
    )
    expect(codes).toEqual([
      'permission_denied',
      'permission_denied',
      'not_found',
      'not_found',
      'not_found',
      'not_supported',
      'invalid_input',
      'invalid_input',
    ])
  })

  test('is the last copy where the store is gone, and no key is left behind', async () => {
    await server.remove()
    expect(await countOf(store('s3://lake/days/*.csv'), true)).toBe(4)
    expect(logged.some((line) => line.includes('cannot be asked'))).toBe(true)
    expect(await failure(data.tableOf(store('s3://lake/new.csv')))).toMatchObject({ code: 'source_unreachable' })
    for (const secret of [use.reader.secretAccessKey, use.reader.accessKeyId]) {
      expect(logged.join('\n')).not.toContain(secret)
      for (const file of readdirSync(context.workspace.root, { recursive: true, withFileTypes: true }))
        if (file.isFile())
          expect(readFileSync(join(file.parentPath, file.name)).includes(secret), file.name).toBe(false)
    }
  })
})
