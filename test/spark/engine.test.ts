import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelPlan, windowRules } from '@shared/plan/plan'
import { quoteText } from '@shared/sql/quote'
import { compileSparkTrainingSet } from '@shared/sql/spark/trainingSet'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService, type DataService } from '../../electron/services/data/data'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { type Program, program, rowsTable } from '../features/programs'
import { testContext } from '../support/context'
import { type Comparison, compareSets } from './compare'
import { exampleProgram, vectorProgram, vectorRows } from './examples'
import { expressionPlan, expressionRows } from './expressions'
import { gridPlan } from './grid'
import { openSpark, type Spark, sparkPython } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const programs = Number(process.env.PROML_SPARK_PROGRAMS ?? 100)
/** These run as Spark is out of the box; the others without generated code, which takes longer to make than they take. */
const asItIs = 5
const lean = [
  'set spark.sql.adaptive.enabled = false',
  'set spark.sql.codegen.wholeStage = false',
  'set spark.sql.codegen.factoryMode = NO_CODEGEN',
]
const python = process.env.PROML_LONG ? sparkPython() : null
if (!process.env.PROML_LONG)
  console.warn('*** SKIPPED: what a real Spark computes is compared by npm run test:long only.')
if (process.env.PROML_LONG && python === null) console.warn('*** No PySpark: nothing runs on a real Spark.')

const context = testContext({ sample: 'flights' })
let data: DataService
let language: LanguageService
let spark: Spark

beforeAll(() => {
  if (python === null) return
  data = createDataService(context, () => {})
  language = createLanguageService(context, () => {}, { data })
  spark = openSpark(python, context.workspace.internal('warehouse'))
})
afterAll(async () => {
  await spark?.end()
  for (const service of [language, data]) await service?.dispose()
  context.remove()
})

/** Paths as Spark finds them from any folder. */
const located = (plan: ModelPlan): ModelPlan => ({
  ...plan,
  sources: plan.sources.map((source) => ({ ...source, path: context.workspace.resolve(source.path) })),
})

let made = 0
const compare = async (
  plan: ModelPlan,
  { keepUnlabelled = false, before = [] as readonly string[] } = {},
): Promise<Comparison & { version: string }> => {
  const tables: Record<string, string> = {}
  for (const { name, path } of plan.sources) tables[name] = (await data.tableOf(path)).sql
  const { statements } = compileSparkTrainingSet(located(plan), { keepUnlabelled })
  const output = join(context.workspace.internal('spark'), `set${made++}`)
  const version = await spark.run([...before, ...statements], output)
  return { ...(await compareSets(data.engine, compileTrainingSet(plan, { tables, keepUnlabelled }), output)), version }
}

const written = async ({ plan, rows }: Program): Promise<ModelPlan> => {
  const path = `data/events${made}.parquet`
  await data.engine.copy(`select * from ${rowsTable(rows)}`, context.workspace.resolve(path), 'parquet')
  return { ...plan, sources: plan.sources.map((source) => ({ ...source, path })) }
}

const planOf = async (text: string, model?: string): Promise<ModelPlan> => {
  writeFileSync(context.workspace.resolve('asked.proml'), text)
  return language.planOf('asked.proml', model)
}

describe.runIf(python)(`a training set on a real Spark (seed ${seed})`, { timeout: 3_600_000 }, () => {
  test(`has DuckDB’s values, in ${programs} random programs`, async () => {
    const count = { programs: 0, rows: 0, values: 0, near: 0 }
    let version = ''
    for (const one of fc.sample(program(120), { numRuns: programs, seed })) {
      const plan = await written(one)
      const found = await compare(plan, { keepUnlabelled: true, before: count.programs < asItIs ? [] : lean })
      expect(found.different, JSON.stringify(plan.features.map(({ definition }) => definition))).toEqual({})
      version = found.version
      count.programs += 1
      for (const name of ['rows', 'values', 'near'] as const) count[name] += found[name]
    }
    console.log(
      `Spark ${version}: ${count.programs} programs, ${count.rows} rows, ${count.values} values equal, ${count.near} of them within 1e-9 (seed ${seed})`,
    )
  })

  test('has DuckDB’s values for every aggregate over every kind of window, by every rule', async () => {
    const [longest] = fc
      .sample(program(200), { numRuns: 40, seed })
      .map(({ rows }) => rows)
      .sort((a, b) => b.length - a.length)
    await data.engine.copy(
      `select * from ${rowsTable(longest ?? [])}`,
      context.workspace.resolve('data/grid.parquet'),
      'parquet',
    )
    const count = { values: 0, near: 0 }
    for (const rule of windowRules)
      for (const hasCreated of [false, true]) {
        const plan = gridPlan(rule, hasCreated, 'data/grid.parquet')
        const found = await compare(plan, { keepUnlabelled: true, before: lean })
        expect(found.different, `${rule}${hasCreated ? ', created' : ''}`).toEqual({})
        for (const name of ['values', 'near'] as const) count[name] += found[name]
      }
    console.log(`${count.values} values of every aggregate, window and rule, ${count.near} of them within 1e-9`)
  })

  test('has DuckDB’s values for every function of a row, over numbers at the edges', async () => {
    const rows = expressionRows()
    await data.engine.copy(`select * from ${rows}`, context.workspace.resolve('data/edges.parquet'), 'parquet')
    const found = await compare(expressionPlan('data/edges.parquet'), { keepUnlabelled: true })
    expect(found.different).toEqual({})
    console.log(`Spark ${found.version}: ${found.values} values of row functions, ${found.near} of them within 1e-9`)
  })

  test('has DuckDB’s values for every example of the table of operators', async () => {
    const some = `select * from read_parquet(${quoteText(context.workspace.resolve('data/flights.parquet'))}) order by all limit 4000`
    await data.engine.copy(some, context.workspace.resolve('data/some.parquet'), 'parquet')
    const found = await compare(await planOf(exampleProgram('data/some.parquet')))
    expect(found.different).toEqual({})
    console.log(`Spark ${found.version}: ${found.values} values of examples, ${found.near} of them within 1e-9`)
  })

  test('has DuckDB’s vectors, whole or not there', async () => {
    await data.engine.copy(`select * from ${vectorRows}`, context.workspace.resolve('data/vectors.parquet'), 'parquet')
    const found = await compare(await planOf(vectorProgram('data/vectors.parquet')))
    expect(found.different).toEqual({})
    console.log(`Spark ${found.version}: ${found.values} values with vectors`)
  })

  test('is the sample’s', async () => {
    const text = readFileSync(context.workspace.resolve('flights.proml'), 'utf8')
    for (const model of ['late_departure', 'late_departure_without_history']) {
      const found = await compare(await planOf(text, model))
      expect(found.different, model).toEqual({})
      console.log(
        `Spark ${found.version}: ${model}, ${found.rows} rows, ${found.values} values, ${found.near} of them within 1e-9`,
      )
    }
  })

  test('reads CSV, JSON and globs, draws parts at random and by entity, and names each row as DuckDB does', async () => {
    const rows = `(select timestamp '1969-12-31 22:00:00.25' + interval (i * 17) minute as at, i % 7 as id,
      case when i % 11 = 0 then null else ['a', 'b "c"', 'ç,/\\', '', 'd''e'][1 + i % 5] end as who,
      i % 3 = 0 as ok, case when i % 5 = 0 then null else i / 7.0::double end as x, date '2020-02-28' + i::int as day
      from range(400) t(i))`
    for (const [name, format] of [
      ['small.csv', 'csv'],
      ['part=1/small.parquet', 'parquet'],
    ] as const)
      await data.engine.copy(`select * from ${rows}`, context.workspace.resolve(`data/read/${name}`), format)
    const lines = await data.engine.rows(`select to_json(t)::varchar as line from ${rows} t`)
    writeFileSync(
      context.workspace.resolve('data/read/small.ndjson'),
      lines.map(({ line }) => `${String(line)}\n`).join(''),
    )
    const asked = [
      ['csv("data/read/small.csv")', 'random'],
      ['csv("data/read/small.csv")', 'by thing'],
      ['json("data/read/small.ndjson")', 'by thing'],
      ['parquet("data/read/*/small.parquet")', 'time'],
    ]
    for (const [source, split] of asked) {
      const found = await compare(
        await planOf(`source small = ${source} { time at  row (id, who, day, ok) }
entity thing(who: string)
feature seen: int of thing = count() from small by who over 3h
feature mean_x: float of thing = mean(x) from small by who over 3h
model m {
  observe small where id > 0
  predict good = ok and id > 1
  use nobody = is_null(who)
  use letters = length(coalesce(who, "none"))
  use x
  use month = month(day)
  use seen by who
  use mean_x by who
  let l = boosted_trees(x, month, seen, mean_x)
  output p = probability(l)
  train { split ${split} 60/20/20  seed 3 }
}
`),
      )
      expect(found.different, `${source} ${split}`).toEqual({})
      expect(found.rows).toBeGreaterThan(300)
    }
  })

  test('looks rows up by their key where nothing has a time, and fails where a key has two', async () => {
    const write = (name: string, rows: string) =>
      data.engine.copy(`select * from (values ${rows}) t(k, v)`, context.workspace.resolve(`data/${name}`), 'parquet')
    await write('things.parquet', "('a', 1.5), ('b', null), ('ç', 2.0)")
    await write('twice.parquet', "('a', 1.5), ('a', 2.5)")
    await write('seen.parquet', "('a', 1), ('b', 2), (null, 3), ('d', 4), ('ç', 5)")
    const asked = (things: string): string => `source things = parquet("data/${things}.parquet")
source seen = parquet("data/seen.parquet") { row (k, v) }
entity thing(k: string)
feature size: float of thing = latest(v) from things by k default -1
model m {
  observe seen
  predict y = v > 2
  use v
  use size by k
  let x = boosted_trees(v, size)
  output p = probability(x)
  train { split random 60/20/20  seed 1 }
}
`
    const found = await compare(await planOf(asked('things')))
    expect([found.rows, found.different]).toEqual([5, {}])
    await expect(compare(await planOf(asked('twice')))).rejects.toThrow('proml-duplicate-key|things|a')
  })
})
