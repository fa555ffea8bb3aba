import { join } from 'node:path'
import type { Expr } from '@shared/plan/plan'
import { compileTrainingSetSteps, type TrainingSetSteps } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import { seed } from '../language/seed'
import { testContext } from '../support/context'
import { strangeFeature, strangePlan, strangeProgram } from './strange'

const context = testContext()
const at = (name: string): string => join(context.workspace.root, name)
const runs = process.env.PROML_LONG ? 2000 : 30

const engineWith = (options: { threads: number; memoryLimitBytes?: number }): DataEngine =>
  createDataEngine({
    ...{ code: context.platform.code, root: context.workspace.root, log: context.log },
    ...{ temporaryFolder: context.workspace.internal('tmp'), ...options },
  })
const engines: DataEngine[] = []
beforeAll(() => {
  for (const threads of [1, 4]) engines.push(engineWith({ threads }))
})
afterAll(async () => {
  for (const engine of engines) await engine.dispose()
  context.remove()
})
const one = (): DataEngine => engines[0] as DataEngine

type Format = 'parquet' | 'csv'
/** A digest, or why there is none. A CSV tells 0 from −0, a Parquet file with a dictionary does not. */
const written = (engine: DataEngine, statement: TrainingSetSteps | string, format: Format): Promise<string> =>
  engine.copy(statement, at(`set.${format}`), format).then(
    ({ digest }) => digest,
    (error: { detail?: string; message: string }) => `${error.detail ?? error.message}`,
  )
const passed = ({ query, steps }: TrainingSetSteps, engine = one(), format: Format = 'csv'): Promise<string> =>
  written(engine, { query, steps }, format)
const stated = ({ plain }: TrainingSetSteps, engine = one(), format: Format = 'csv'): Promise<string> =>
  written(engine, plain ?? '', format)
const both = (statement: TrainingSetSteps, engine = one()): Promise<string> => written(engine, statement, 'csv')

const column = (name: string, type: Expr['type']): Expr => ({ op: 'column', name, type })
const [x, y] = [column('x', 'int'), column('y', 'float')]
const times = (type: Expr['type'], ...args: Expr[]): Expr => ({ op: 'call', fn: '*', args, type })
/** A row each second: `columns` are SQL over its number `i`. */
const events = (rows: number, columns: string): Record<string, string> => {
  const all = `make_timestamp(i * 1000000) as "at", i as id, 'k' as k, 'k' as k2, ${columns}`
  return {
    events: `(select null::bigint as ki, null::double as kf, null::date as kd, null::boolean as kb, null::timestamp as t, null::float[] as v, null::timestamp as created, * from (select ${all} from range(${rows}) r(i)))`,
  }
}
const heldBy = async (engine: DataEngine): Promise<number> =>
  Number((await engine.rows('select coalesce(sum(memory_usage_bytes), 0)::double as b from duckdb_memory()'))[0]?.b)

describe(`windows by a pass, at the edges (PROML_SEED=${seed})`, { timeout: 1_200_000 }, () => {
  test('are what the statements give for any types, keys, sources and numbers of rows, or are refused', async () => {
    let [programs, refused] = [0, 0]
    await fc.assert(
      fc.asyncProperty(strangeProgram, fc.nat(), async ({ plan, options }, turn) => {
        const statement = compileTrainingSetSteps(plan, options)
        if (!statement.plain) return
        const engine = engines[turn % engines.length] as DataEngine
        const format = turn % 3 === 0 ? 'parquet' : 'csv'
        const [own, expected] = [await passed(statement, engine, format), await stated(statement, engine, format)]
        programs += 1
        if (/^(Sums of integers|A sum|A variance|An integer|A time) /.test(own)) refused += 1
        else expect(own).toBe(expected)
      }),
      { numRuns: runs, seed },
    )
    expect(refused).toBeLessThan(programs / 4)
    console.log(`${programs} strange programs like the statements', ${refused} refused (PROML_SEED=${seed})`)
  })

  test('know one zero only among the values of a quantile, and fractions to the last bit', async () => {
    const zeros = times('float', y, x)
    const zero: Expr = { op: 'literal', value: 0.5, type: 'float' }
    const fraction = (value: number): Expr => ({ ...zero, value }) as Expr
    const features = [
      strangeFeature('median', ['median', [zeros], 'float']),
      ...[0, 0.25, 1].map((q) => strangeFeature(`zero${q}`, ['quantile', [zeros, fraction(q)], 'float'])),
      ...[0.9999999999999999, 0.30000000000000004, 1 / 3].map((q) =>
        strangeFeature(`q${q}`, ['quantile', [column('x', 'int'), fraction(q)], 'float']),
      ),
    ]
    const tables = events(50, 'case when hash(i) % 2 = 0 then i else -i end as x, 0::double as y, true as b')
    const statement = compileTrainingSetSteps(strangePlan(features), { tables })
    expect(await passed(statement)).toBe(await stated(statement))
  })

  test('fail where the statements do, and not at rows that these leave out', async () => {
    const b = column('b', 'bool')
    const square = times('int', x, x)
    const tables = events(5, 'case when i = 0 then 4000000000000000000 else i end as x, 1::double as y, i > 0 as b')
    const filtered = strangeFeature('f', ['sum', [square], 'int'], { filter: b })
    const other = strangeFeature('g', ['count', [], 'int'])
    const fine = compileTrainingSetSteps(strangePlan([filtered, other]), { tables })
    expect(await both(fine)).toBe(await stated(fine))
    const failing = compileTrainingSetSteps(strangePlan([strangeFeature('f', ['sum', [square], 'int'])]), { tables })
    expect(await both(failing)).toMatch(/^Out of Range Error: Overflow in multiplication/)
    expect(await both(failing)).toBe(await stated(failing))
  })

  const big = (rows: number, columns = 'i as x, 1::double as y, true as b'): TrainingSetSteps =>
    compileTrainingSetSteps(strangePlan([strangeFeature('f', ['sum', [x], 'int'])]), { tables: events(rows, columns) })

  test('give back the memory of what was refused or cancelled', async () => {
    const engine = engineWith({ threads: 1 })
    try {
      const before = await heldBy(engine)
      // Refused in the middle of the rows: only the last one is too large.
      await passed(
        big(200_000, 'case when i = 199999 then 9007199254740993 else i end as x, 1::double as y, true as b'),
        engine,
      )
      const far = big(200_000)
      const times = JSON.parse(JSON.stringify(far).replaceAll('i * 1000000', 'i * 30000000000')) as TrainingSetSteps
      expect(await passed(times, engine)).toMatch('too far away')
      const stop = new AbortController()
      const work = engine.copy({ query: far.query, steps: far.steps }, at('stopped.csv'), 'csv', {
        signal: stop.signal,
      })
      setTimeout(() => stop.abort(), 150)
      await work.catch(() => {})
      // The tables of one of them take more.
      expect(await heldBy(engine)).toBeLessThan(before + 4 * 1024 ** 2)
    } finally {
      await engine.dispose()
    }
  })

  test('of two training sets at a time are those of each alone', async () => {
    const little = engineWith({ threads: 2, memoryLimitBytes: 128 * 1024 ** 2 })
    try {
      const statement = big(60_000)
      const expected = (await one().copy(statement.plain ?? '', at('alone.csv'), 'csv')).digest
      const made = await Promise.all([0, 1, 2].map((n) => little.copy(statement, at(`beside${n}.csv`), 'csv')))
      expect(made.map(({ digest }) => digest)).toEqual([expected, expected, expected])
      expect(little.status().restarts).toBe(0)
    } finally {
      await little.dispose()
    }
  })

  test('are left to the statements where there is no memory for what is kept of each key', async () => {
    const windows = Array.from({ length: 12 }, (_, n) =>
      strangeFeature(`f${n}`, ['stddev', [y], 'float'], {
        keys: ['id'],
        window: { kind: 'time', micros: 1_000_000 * (n + 1), rule: 'open' },
      }),
    )
    const statement = compileTrainingSetSteps(strangePlan(windows), {
      tables: events(300_000, 'i as x, 1::double as y, true as b'),
    })
    const little = engineWith({ threads: 1, memoryLimitBytes: 160 * 1024 ** 2 })
    try {
      expect(await passed(statement, little)).toMatch('are free')
    } finally {
      await little.dispose()
    }
  })
})
