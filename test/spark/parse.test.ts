import { writeFileSync } from 'node:fs'
import type { ModelPlan, SourcePlan } from '@shared/plan/plan'
import { compileSparkTrainingSet, sparkScript } from '@shared/sql/spark/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService, type DataService } from '../../electron/services/data/data'
import { createFeaturesService, type FeaturesService } from '../../electron/services/features/features'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { program } from '../features/programs'
import { testContext } from '../support/context'
import { exampleCount, exampleProgram, vectorProgram, vectorRows } from './examples'
import { expressionPlan } from './expressions'
import { openParser, type Parser, parserPython } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const programs = process.env.PROML_LONG ? 400 : 60
const python = parserPython()
if (python === null) console.warn('*** No sqlglot: nothing parses the text for Spark.')

const context = testContext({ sample: 'flights' })
let data: DataService
let language: LanguageService
let features: FeaturesService
let parser: Parser

beforeAll(() => {
  data = createDataService(context, () => {})
  language = createLanguageService(context, () => {}, { data })
  features = createFeaturesService(context, () => {}, { data, language })
  if (python !== null) parser = openParser(python)
})
afterAll(async () => {
  await parser?.end()
  for (const service of [features, language, data]) await service.dispose()
  context.remove()
})

/** That each statement is one, of the kind that it should be. */
const expectParsed = async (plan: ModelPlan): Promise<void> => {
  const { statements } = compileSparkTrainingSet(plan)
  const kinds = await parser.parse(statements)
  const wanted = statements.map((one) =>
    one.startsWith('set ') ? 'Set' : one.startsWith('with ') ? 'Select' : 'Create',
  )
  expect(
    kinds.map(({ kind, error }) => error ?? kind),
    statements.at(-1),
  ).toEqual(wanted)
}

const signal = new AbortController().signal
const planOf = async (text: string): Promise<ModelPlan> => {
  writeFileSync(context.workspace.resolve('asked.proml'), text)
  return language.planOf('asked.proml')
}

/** A plan over a source of another kind. */
const over = (source: Partial<SourcePlan>): ModelPlan => {
  const plan = expressionPlan('data/edges.parquet')
  return { ...plan, sources: plan.sources.map((one) => ({ ...one, ...source })) }
}

describe.runIf(python)(`the text for Spark parses (seed ${seed})`, () => {
  test('in a parser that refuses what is no SQL', async () => {
    const said = await parser.parse(['select 1', 'select (1', 'select a from b where', 'select 1; select 2'])
    expect(said.map(({ error }) => error === null)).toEqual([true, false, false, false])
  })

  test('for every example of the table of operators, and every function of a row', async () => {
    expect(exampleCount()).toBeGreaterThan(50)
    await expectParsed(await planOf(exampleProgram('data/flights.parquet')))
    await expectParsed(expressionPlan('data/a`b.parquet'))
  })

  test('for vectors', async () => {
    await data.engine.copy(`select * from ${vectorRows}`, context.workspace.resolve('data/vectors.parquet'), 'parquet')
    await expectParsed(await planOf(vectorProgram('data/vectors.parquet')))
  })

  test('for whatever a source is', async () => {
    await expectParsed(over({ kind: 'csv', path: "data/o'clock;--.csv" }))
    await expectParsed(over({ kind: 'json', path: 'data/*.ndjson' }))
    await expectParsed(over({ path: 'data/year=*/x.parquet' }))
    await expectParsed(over({ kind: 'spark_table', path: '', options: { name: 'lake.flights' } }))
    await expectParsed(over({ kind: 's3', path: '', options: { url: 's3://lake/x/*.parquet' } }))
    await expectParsed(over({ timeColumn: null }))
    await expectParsed({
      ...over({}),
      train: { ...expressionPlan('x').train, split: { kind: 'random', fractions: [60, 20, 20] } },
    })
  })

  test(`in ${programs} random programs`, { timeout: 600_000 }, async () => {
    for (const { plan } of fc.sample(program(0), { numRuns: programs, seed })) await expectParsed(plan)
    console.log(`${programs} texts for Spark parsed (seed ${seed})`)
  })
})

describe('the text for Spark', () => {
  test('reads each source as Spark does, and S3 through Hadoop’s client', () => {
    const readsOf = (source: Partial<SourcePlan>): string => compileSparkTrainingSet(over(source)).statements.join('\n')
    expect(readsOf({})).toContain('from parquet.`data/edges.parquet` r')
    expect(readsOf({ path: 'data/y=*/x.parquet' })).toContain(
      "using parquet options (path 'data/y=*/x.parquet', basePath 'data')",
    )
    expect(readsOf({ kind: 's3', path: '', options: { url: 's3://lake/x.parquet' } })).toContain(
      'from parquet.`s3a://lake/x.parquet` r',
    )
    expect(readsOf({ kind: 'spark_table', path: '', options: { name: 'lake.flights' } })).toContain(
      'from `lake`.`flights` r',
    )
  })

  test('refuses what Spark does not read by its path', () => {
    for (const kind of ['arrow', 'sqlite', 'postgres', 'http'])
      expect(() => compileSparkTrainingSet(over({ kind })), kind).toThrow(/does not read by its path/)
  })

  test('leaves out a column that Spark would fill differently, and says so above the statements', () => {
    const plan = over({ rowKey: ['id', 'x'] })
    const random: ModelPlan = { ...plan, train: { ...plan.train, split: { kind: 'random', fractions: [1, 1, 1] } } }
    const compiled = compileSparkTrainingSet(random)
    expect(compiled.omitted.map(({ column }) => column)).toEqual(['__split', '__key'])
    const text = sparkScript(random, compiled)
    expect(text).toContain('\n-- Without `__key`: `x` is a float, whose text Spark writes differently.\n')
    expect(text).not.toMatch(/as __(key|split)/)
    // By time it needs no text of anything.
    expect(compileSparkTrainingSet(plan).omitted.map(({ column }) => column)).toEqual(['__key'])
  })

  test('makes no lists of rows where sums and comparisons will do', async () => {
    const { statements } = compileSparkTrainingSet(
      await language.planOf('flights.proml', 'late_departure_without_history'),
    )
    expect(statements.at(-1)).not.toContain('scan0')
    const plan = await planOf(`source flights = parquet("data/flights.parquet") { time date }
entity airport(code: string)
feature a: int of airport = count() from flights by origin over 1d
feature b: float of airport = mean(delay) from flights by origin over 7d lag 1h
feature c: int of airport = latest(delay) from flights by origin
model m {
  observe flights
  predict late = delay > 15
  use a by origin
  use b by origin
  use c by origin
  let x = boosted_trees(a, b, c)
  output p = probability(x)
}
`)
    const query = compileSparkTrainingSet(plan).statements.at(-1) ?? ''
    expect(query).not.toContain('collect_list')
    expect(query.match(/scan\d+_rows as/g)).toEqual(['scan0_rows as'])
  })

  test('comes with an explanation when it is asked for', async () => {
    writeFileSync(context.workspace.resolve('data/ports.csv'), 'iata;latitude\nATL;33.6\nORD;41.9\n')
    const text = `source flights = parquet("data/flights.parquet") { time date }
source ports = csv("data/ports.csv")
entity airport(code: string)
feature north: float of airport = latest(latitude) from ports by iata
model m {
  observe flights
  predict late = delay > 15
  use north by origin
  let x = boosted_trees(north)
  output p = probability(x)
}
`
    writeFileSync(context.workspace.resolve('asked.proml'), text)
    const plain = await features.handlers.explain({ path: 'asked.proml' }, { signal })
    expect(plain.spark).toBeNull()
    const { spark, sql } = await features.handlers.explain({ path: 'asked.proml', engine: 'spark' }, { signal })
    expect(sql).toBe(plain.sql)
    expect(spark?.omitted).toEqual([])
    expect(spark?.sql).toMatch(/^-- Training set of m, for Spark/)
    expect(spark?.sql).toContain("using csv options (path 'data/ports.csv', header 'true', sep ';'")
  })
})
