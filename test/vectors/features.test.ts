import { mkdirSync, writeFileSync } from 'node:fs'
import { quoteText } from '@shared/sql/quote'
import { Field, FixedSizeList, Float32, Int32, List, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'
import { call } from './studio'

const context = testContext()
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const folder = context.workspace.resolve('data')

beforeAll(async () => {
  mkdirSync(folder)
  // The first number of each vector stands in a column of its own: what holds for one must hold for the other.
  await data.engine.copy(
    `select 'u' || (i % 7) as who, timestamp '2024-01-01' + to_minutes((i * 37) % 500) as at,
       timestamp '2024-01-01' + to_minutes((i * 37) % 500 + (i * 11) % 90) as known, i as row,
       case when i % 9 = 4 then null else [i::double, i / 3, -i] end as v, case when i % 9 = 4 then null else i::double end as x
     from range(400) r(i)`,
    `${folder}/seen.parquet`,
    'parquet',
  )
  await data.engine.copy(
    `select 'u' || (i % 8) as who, timestamp '2024-01-01' + to_minutes(i * 5) as at, i % 3 = 0 as yes from range(120) r(i)`,
    `${folder}/asked.parquet`,
    'parquet',
  )
})
afterAll(async () => {
  for (const service of [features, language, data]) await service.dispose()
  context.remove()
})

const trainingSet = async (program: string, name: string): Promise<Record<string, unknown>[]> => {
  writeFileSync(context.workspace.resolve(`${name}.proml`), `namespace ${name}\n${program}`)
  const plan = await language.planOf(`${name}.proml`, 'm')
  const output = context.workspace.internal('tmp', `${name}.parquet`)
  const { path } = await features.buildTrainingSet(plan, { output, signal: call.signal })
  return data.engine.rows(`select * from read_parquet(${quoteText(path)}) order by __row`)
}

describe('vectors over time', () => {
  it.each([
    ['latest', 'by who'],
    ['latest', 'by who over 30m'],
    ['latest', 'by who over 2h lag 10m'],
    ['latest', 'by who over 2h inclusive'],
    ['last', 'by who over 3 rows'],
    ['first', 'by who over 4h'],
    ['latest', 'by who', 'created known'],
    ['last', 'by who over 2h lag 10m', 'created known'],
    ['latest', 'by who', '', 'like feast'],
    ['latest', 'by who over 2h', '', 'like feathr'],
    ['latest', 'by who over 2h', '', 'like chronon'],
  ])('are those of the same row as numbers: %s … %s %s %s', async (aggregate, clauses, created = '', like = '') => {
    const rows = await trainingSet(
      `source seen = parquet("data/seen.parquet") { time at ${created} row (row) schema (v: vector[3]) }
source asked = parquet("data/asked.parquet") { time at }
entity person(name: string)
feature vector of person = ${aggregate}(v) from seen ${clauses} ${like}
feature number of person = ${aggregate}(x) from seen ${clauses} ${like}
feature stood: vector[3] of person = coalesce(vector, 0.5)
model m {
  observe asked
  predict yes = yes
  use vector by who
  use number by who
  use stood by who
  let gbt = boosted_trees(vector, number, stood)
  output p = probability(gbt)
}`,
      'over_time',
    )
    expect(rows).toHaveLength(120)
    const numbers = rows.map(({ number }) => number)
    expect(rows.map(({ vector }) => (Array.isArray(vector) ? vector[0] : null))).toEqual(numbers)
    expect(rows.map(({ stood }) => (Array.isArray(stood) ? stood[0] : null))).toEqual(numbers.map((one) => one ?? 0.5))
    // Somebody is never seen, and everybody else is.
    expect(new Set(numbers.map((one) => one === null)).size).toBe(2)
  })

  it('come from a source without time by key', async () => {
    await data.engine.copy(
      `select 'u' || i as who, [i, 2.5, null] as broken, [i, 2 * i]::bigint[] as whole from range(5) r(i)`,
      `${folder}/people.parquet`,
      'parquet',
    )
    const rows = await trainingSet(
      `source people = parquet("data/people.parquet") { schema (broken: vector[3], whole: vector[2]) }
source asked = parquet("data/asked.parquet") { time at }
entity person(name: string)
feature whole of person = latest(whole) from people by who
feature broken of person = latest(broken) from people by who default -1
model m {
  observe asked
  predict yes = yes
  use whole by who
  use broken by who
  let gbt = boosted_trees(whole, broken)
  output p = probability(gbt)
}`,
      'timeless',
    )
    expect(rows[3]).toMatchObject({ whole: [3, 6], broken: [-1, -1, -1] })
    // `u7` is nobody.
    expect(rows[7]).toMatchObject({ whole: null, broken: [-1, -1, -1] })
  })
})

describe('files with vectors', () => {
  const columns = async (path: string) =>
    (await data.schemaOf(path)).columns.map(({ name, type, nativeType }) => `${name} ${type} ${nativeType}`)

  it('may be Arrow, with lists of one length or of any', async () => {
    const fixed = new FixedSizeList(2, new Field('item', new Float32(), true))
    const open = new List(new Field('item', new Int32(), true))
    const words = new List(new Field('item', new Utf8(), true))
    const table = new Table({
      fixed: vectorFromArray([[1, 2], null, [0.5, -1]], fixed),
      open: vectorFromArray([[1, 2, 3], [], null], open),
      words: vectorFromArray([['a'], [], ['b', 'c']], words),
    })
    writeFileSync(context.workspace.resolve('data/vectors.arrow'), tableToIPC(table, 'file'))
    expect(await columns('data/vectors.arrow')).toEqual([
      'fixed vector FLOAT[]',
      'open vector INTEGER[]',
      'words string VARCHAR',
    ])
    const { sql } = await data.tableOf('data/vectors.arrow')
    expect(await data.engine.rows(`select * from ${sql}`)).toEqual([
      { fixed: [1, 2], open: [1, 2, 3], words: '["a"]' },
      { fixed: null, open: [], words: '[]' },
      { fixed: [0.5, -1], open: null, words: '["b","c"]' },
    ])
  })

  it('may be lines of JSON', async () => {
    writeFileSync(context.workspace.resolve('data/v.json'), '{"a":[0.5,1],"b":[1,2]}\n{"a":null,"b":[3,4]}\n')
    expect(await columns('data/v.json')).toEqual(['a vector DOUBLE[]', 'b vector BIGINT[]'])
  })

  it('tell an empty vector, which is one of the wrong length', async () => {
    await data.engine.copy(`select []::double[] as v, true as yes`, `${folder}/empty.parquet`, 'parquet')
    const program = `source s = parquet("data/empty.parquet") { schema (v: vector[2]) }
model m {
  observe s
  predict yes = yes
  use v
  let gbt = boosted_trees(v)
  output p = probability(gbt)
}`
    await expect(trainingSet(program, 'empty')).rejects.toMatchObject({
      message: 'A vector of `v` has 0 numbers, not 2.',
      place: { column: 'v' },
    })
  })
})
