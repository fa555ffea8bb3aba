import { join } from 'node:path'
import type { ModelPlan } from '@shared/plan/plan'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import { seed } from '../language/seed'
import { testContext } from '../support/context'
import { eventColumns, minute, type Program, program, rowsTable } from './programs'
import type { Row } from './reference'

const context = testContext()
const runs = process.env.PROML_LONG ? 400 : 25
const engines = new Map<number, DataEngine>()

beforeAll(() => {
  for (const threads of [1, 2, 8])
    engines.set(
      threads,
      createDataEngine({
        code: context.platform.code,
        root: context.workspace.root,
        temporaryFolder: context.workspace.internal('tmp'),
        log: context.log,
        threads,
      }),
    )
})
afterAll(async () => {
  for (const engine of engines.values()) await engine.dispose()
  context.remove()
})

const day = 24 * 60 * minute
const columns = eventColumns.map(({ name }) => name)

const engineWith = (threads: number): DataEngine => {
  const engine = engines.get(threads)
  if (!engine) throw new Error(String(threads))
  return engine
}

/** The training set of the rows `asked`, whatever else the source’s table holds, as one text. */
const trainingSet = async (
  plan: ModelPlan,
  table: string,
  { asked, threads = 1 }: { asked?: readonly Row[]; threads?: number } = {},
): Promise<string> => {
  const observations = asked && { table: rowsTable(asked), columns }
  const sql = compileTrainingSet(plan, { tables: { events: table }, keepUnlabelled: true, observations })
  const rows = await engineWith(threads).rows(sql)
  return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

const shuffled = (rows: readonly Row[]): fc.Arbitrary<Row[]> =>
  fc.shuffledSubarray([...rows], { minLength: rows.length })

/** Holds a law for so many random programs over random rows, and says so. */
const hold = async <T>(law: string, made: fc.Arbitrary<T>, check: (made: T) => Promise<void>): Promise<void> => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(made, async (one) => {
      await check(one)
      count += 1
    }),
    { numRuns: runs, seed },
  )
  console.log(`${law}: ${count} random programs (PROML_SEED=${seed})`)
}

const timeOf = (row: Row, name: string): number | null => (typeof row[name] === 'number' ? row[name] : null)
const newest = (rows: readonly Row[]): number => Math.max(0, ...rows.map((row) => timeOf(row, 'at') ?? 0))

/** The rules of the studio, which ask when a row arrived, in place of those that do not. */
const asking = (plan: ModelPlan): ModelPlan => ({
  ...plan,
  features: plan.features.map((feature) => {
    const { definition } = feature
    if (definition.form !== 'aggregate') return feature
    const { window } = definition
    const rule = window.rule === 'open' || window.rule === 'chronon' ? 'open' : 'inclusive'
    return { ...feature, definition: { ...definition, window: { ...window, rule } } }
  }),
  sources: plan.sources.map((source) => ({ ...source, createdColumn: 'created' })),
})

const isRounding = ({ features }: ModelPlan): boolean =>
  features.some(({ definition }) => definition.form === 'aggregate' && /feathr|chronon/.test(definition.window.rule))

const shifted = (rows: readonly Row[], by: number): Row[] =>
  rows.map((row) => {
    const [at, created] = [timeOf(row, 'at'), timeOf(row, 'created')]
    return { ...row, at: at === null ? null : at + by, created: created === null ? null : created + by }
  })

/** Times go along with a shift, and the row’s key has its time; everything else stays. */
const withoutTimes = (text: string): string =>
  JSON.stringify((JSON.parse(text) as Record<string, unknown>[]).map(({ __time, __key, ...rest }) => rest))

describe(`a training set stays as it is (PROML_SEED=${seed})`, { timeout: 600_000 }, () => {
  test('in any order of rows, with 1, 2 and 8 threads', async () => {
    const made = program(80).chain((one) => shuffled(one.rows).map((rows) => ({ ...one, rows, before: one.rows })))
    await hold('order and threads', made, async ({ plan, rows, before }) => {
      const first = await trainingSet(plan, rowsTable(before))
      for (const threads of [2, 8]) expect(await trainingSet(plan, rowsTable(rows), { threads })).toBe(first)
    })
  })

  test('in any split of the rows into files', async () => {
    const made = fc.tuple(program(60), fc.func(fc.integer({ min: 0, max: 2 })))
    let number = 0
    await hold('split into files', made, async ([{ plan, rows }, part]) => {
      const first = await trainingSet(plan, rowsTable(rows))
      const folder = join(context.workspace.root, `parts${number++}`)
      for (const file of [0, 1, 2])
        await engineWith(1).copy(
          rowsTable(rows.filter((_, index) => part(index) === file)),
          join(folder, `${file}.parquet`),
          'parquet',
        )
      const table = `read_parquet('${folder}/*.parquet')`
      expect(await trainingSet(plan, table)).toBe(first)
      expect(await trainingSet(plan, table, { threads: 8 })).toBe(first)
    })
  })

  test('when all times move by one distance', async () => {
    const made = fc.tuple(program(60), fc.integer({ min: -30_000, max: 9_000 }), fc.integer({ min: 0, max: day }))
    await hold('moved times', made, async ([{ plan, rows }, days, more]) => {
      // Whole seconds and hops stay where they are, so that windows cut to them move by whole days.
      const by = days * day + (isRounding(plan) ? 0 : more)
      const first = await trainingSet(plan, rowsTable(rows))
      const second = await trainingSet(plan, rowsTable(shifted(rows, by)))
      expect(withoutTimes(second)).toBe(withoutTimes(first))
    })
  })

  test('when rows come in that arrived after the last moment that is asked about', async () => {
    const made = fc.tuple(program(40), program(20), fc.integer({ min: 1, max: 5 * day }))
    await hold('late arrivals', made, async ([{ plan, rows }, { rows: more }, delay]) => {
      const known = asking(plan)
      const late = more.map((row) => ({ ...row, created: newest(rows) + delay }))
      const first = await trainingSet(known, rowsTable(rows), { asked: rows })
      expect(await trainingSet(known, rowsTable([...late, ...rows]), { asked: rows })).toBe(first)
    })
  })

  test('when rows come in from after the last moment, whatever system’s rule it is', async () => {
    const made = fc.tuple(program(40), program(20))
    await hold('rows of the future', made, async ([{ plan, rows }, { rows: more }]) => {
      const future = shifted(more, newest(rows) + 2 * day)
      const first = await trainingSet(plan, rowsTable(rows), { asked: rows })
      expect(await trainingSet(plan, rowsTable([...future, ...rows]), { asked: rows })).toBe(first)
    })
  })

  test('but not when the same rows had arrived in time', async () => {
    let changed = 0
    const made: fc.Arbitrary<[Program, Program]> = fc.tuple(program(40), program(20))
    await hold('rows in time', made, async ([{ plan, rows }, { rows: more }]) => {
      const known = asking(plan)
      const early = more.map((row) => ({ ...row, created: null }))
      const first = await trainingSet(known, rowsTable(rows), { asked: rows })
      if ((await trainingSet(known, rowsTable([...early, ...rows]), { asked: rows })) !== first) changed += 1
    })
    expect(changed).toBeGreaterThan(runs / 2)
  })
})
