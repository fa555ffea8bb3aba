import { join } from 'node:path'
import type { ModelPlan } from '@shared/plan/plan'
import { compileTrainingSetSteps, type TrainingSetSteps } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import { seed } from '../language/seed'
import { testContext } from '../support/context'
import { minute, program, rowsTable } from './programs'
import { smallPlan, smallTables } from './small'

const context = testContext()
const at = (name: string): string => join(context.workspace.root, name)
const runs = process.env.PROML_LONG ? 3000 : 120
const threads = [1, 2, 8] as const

const told: unknown[] = []
const log = { ...context.log, info: (_: string, detail?: unknown) => void told.push(detail) }
const engineWith = (options: { threads: number; memoryLimitBytes?: number }): DataEngine =>
  createDataEngine({
    ...{ code: context.platform.code, root: context.workspace.root, log },
    ...{ temporaryFolder: context.workspace.internal('tmp'), ...options },
  })
const engines: DataEngine[] = []
beforeAll(() => {
  for (const count of threads) engines.push(engineWith({ threads: count }))
})
afterAll(async () => {
  for (const engine of engines) await engine.dispose()
  context.remove()
})

const [one] = [() => engines[0] as DataEngine]
const stepsOf = (plan: ModelPlan, tables: Readonly<Record<string, string>>): TrainingSetSteps =>
  compileTrainingSetSteps(plan, { tables, keepUnlabelled: true })
const outputsOf = ({ steps }: TrainingSetSteps): number =>
  steps.reduce(
    (count, step) =>
      typeof step === 'string'
        ? count
        : count + step.sources.flatMap(({ scans }) => scans.flatMap(({ probes }) => probes.flat())).length,
    0,
  )

/** The file’s digest; without what stands in for a pass, so that one that is refused fails. */
const passed = async (engine: DataEngine, { steps, query }: TrainingSetSteps, signal?: AbortSignal): Promise<string> =>
  (await engine.copy({ steps, query }, at('passed.parquet'), 'parquet', { signal })).digest
const stated = async (engine: DataEngine, { plain }: TrainingSetSteps): Promise<string> =>
  (await engine.copy(plain ?? '', at('stated.parquet'), 'parquet')).digest

describe(`windows by a pass over the rows (PROML_SEED=${seed})`, { timeout: 1_200_000 }, () => {
  test('are what the statements give, to the last bit, for any order of rows and number of threads', async () => {
    let [programs, windows] = [0, 0]
    await fc.assert(
      fc.asyncProperty(program(60), fc.nat(), async ({ plan, rows }, turn) => {
        const statement = stepsOf(plan, { events: rowsTable(rows) })
        if (!statement.plain) return
        const expected = await stated(one(), statement)
        const other = engines[turn % engines.length] as DataEngine
        expect(await passed(other, statement)).toBe(expected)
        const turned = stepsOf(plan, { events: rowsTable([...rows].reverse()) })
        expect(await passed(one(), turned)).toBe(expected)
        programs += 1
        windows += outputsOf(statement)
      }),
      { numRuns: runs, seed },
    )
    expect(windows).toBeGreaterThan(programs)
    console.log(`${programs} random programs, ${windows} kinds of windows like the statements' (PROML_SEED=${seed})`)
  })

  const feature = { aggregate: 'sum', window: { kind: 'time', micros: minute, rule: 'open' } } as const
  /** Sums of these integers, over a minute and in all. */
  const ofIntegers = (values: readonly string[], time = 'make_timestamp(n * 30000000)'): TrainingSetSteps => {
    const plan = smallPlan([feature, { ...feature, window: { kind: 'all', rule: 'open' } }], false)
    const typed = JSON.parse(JSON.stringify(plan).replaceAll('"name":"v","type":"float"', '"name":"v","type":"int"'))
    const { asked } = smallTables({ events: [], asked: [{ at: 90_000_000, k: 'a' }] })
    const list = values.map((value, n) => `(${n}, ${value}::bigint)`).join(', ')
    return stepsOf(typed, {
      events: `(select ${time} as "at", n as id, 'a' as k, v, null::timestamp as created from (values ${list}) t(n, v))`,
      asked,
    })
  }

  test('leave to the statements what a double does not hold: large integers and their sums, far times', async () => {
    const far = "timestamp '2262-04-11' + interval (n) second"
    for (const statement of [
      ofIntegers(['9007199254740993', '1']),
      ofIntegers(['9007199254740000', '-9007199254740000', '993']),
      ofIntegers(['1', '2'], far),
    ]) {
      await expect(passed(one(), statement)).rejects.toThrow()
      const made = await one().copy(statement, at('both.parquet'), 'parquet')
      expect(made.digest).toBe(await stated(one(), statement))
    }
    // Who wonders what takes so long finds it in the log.
    expect(told.map(String).filter((why) => /too large|53 bits|too far/.test(why))).toHaveLength(3)
    // The engine goes on.
    const fine = ofIntegers(['9007199254740000', '900'])
    expect(await passed(one(), fine)).toBe(await stated(one(), fine))
  })

  const many = (rows: number): TrainingSetSteps => {
    const plan = smallPlan([{ ...feature, window: { kind: 'time', micros: 60 * minute, rule: 'open' } }], false)
    const from = `(select make_timestamp(i * 1000000) as "at", i as id, 'k' || (i % 7) as k, (i % 1001) / 8 as v, null::timestamp as created from range(${rows}) t(i))`
    return stepsOf(plan, { events: from, asked: `(select "at", k, id as n from ${from})` })
  }

  test('leave to the statements rows for which there is no memory', async () => {
    const little = engineWith({ threads: 1, memoryLimitBytes: 64 * 1024 ** 2 })
    try {
      const statement = many(2_000_000)
      await expect(passed(little, statement)).rejects.toThrow()
      expect(little.status().restarts).toBe(0)
    } finally {
      await little.dispose()
    }
  })

  test('stand beside their own rows, however many threads read and write them', async () => {
    const statement = many(300_000)
    const expected = await stated(one(), statement)
    for (const engine of engines) expect(await passed(engine, statement)).toBe(expected)
  })

  test('are left when somebody says so, wherever the pass is', async () => {
    const statement = many(400_000)
    const took = performance.now()
    const whole = await passed(one(), statement)
    const time = performance.now() - took
    let cancelled = 0
    for (const share of [0.1, 0.3, 0.5, 0.7]) {
      const stop = new AbortController()
      const work = passed(one(), statement, stop.signal).then(
        () => null,
        (error: { code: string }) => error.code,
      )
      setTimeout(() => stop.abort(), share * time)
      const code = await work
      expect([null, 'cancelled']).toContain(code)
      if (code !== null) cancelled += 1
    }
    expect(cancelled).toBeGreaterThan(0)
    expect(await passed(one(), statement)).toBe(whole)
  })
})
