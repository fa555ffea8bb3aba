import { join } from 'node:path'
import type { ModelPlan } from '@shared/plan/plan'
import { compileSparkTrainingSet } from '@shared/sql/spark/trainingSet'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import { program, type Program, rowsTable } from '../features/programs'
import { testContext } from '../support/context'
import { openSpark, type Spark, sparkPython, type SparkValue } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const programs = Number(process.env.N ?? 20)
const context = testContext()
let engine: DataEngine
let spark: Spark
beforeAll(() => {
  engine = createDataEngine({ code: context.platform.code, root: context.workspace.root, temporaryFolder: context.workspace.internal('tmp'), log: context.log })
  spark = openSpark(sparkPython() ?? '', context.workspace.internal('warehouse'))
})
afterAll(async () => {
  await spark.end()
  await engine.dispose()
  context.remove()
})
const same = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)))
const plain = (v: unknown): unknown => typeof v === 'bigint' ? Number(v) : v instanceof Date ? v.getTime() * 1000 : v

let count = 0
test('random', { timeout: 3_600_000 }, async () => {
  let index = 0
  const kinds: Record<string, number> = {}
  for (const { plan, rows } of fc.sample(program(), { numRuns: programs, seed })) {
    const path = join(context.workspace.root, `events${index++}.parquet`)
    await engine.copy(`select * from ${rowsTable(rows)}`, path, 'parquet')
    const located: ModelPlan = { ...plan, sources: plan.sources.map((s) => ({ ...s, path })) }
    const { statements } = compileSparkTrainingSet(located, { keepUnlabelled: true })
    const told = await engine.rows(compileTrainingSet(located, { tables: { events: `read_parquet('${path}')` }, keepUnlabelled: true }))
    let found
    try { found = (await spark.run(statements)).rows } catch (e) { console.log(JSON.stringify(plan.features.map(f=>f.definition)), String(e).slice(0, 1500)); console.log(statements.at(-1)); throw e }
    expect(found.length).toBe(told.length)
    for (const [i, row] of told.entries()) for (const [name, value] of Object.entries(row)) {
      if (name === '__time') continue
      count += 1
      if (!same(plain(value), found[i]?.[name])) {
        const f = plan.features.find(f => f.name === name.replace(' again', ''))
        const d = f?.definition
        const k = d?.form === 'aggregate' ? `${d.aggregate} ${d.window.kind} ${d.window.rule} ${d.args[0]?.type} ${plan.sources[0]?.createdColumn}` : name
        kinds[k] = (kinds[k] ?? 0) + 1
        if (kinds[k] === 1) console.log(index, k, i, plain(value), found[i]?.[name])
      }
    }
  }
  console.log(count, kinds)
})
