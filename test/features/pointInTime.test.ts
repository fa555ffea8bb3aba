import type { ModelPlan } from '@shared/plan/plan'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import { testContext } from '../support/context'
import { eventColumns, type Program, program, refAggregate, refExpr, rowsTable } from './programs'
import { aggregate, evaluate, observationOrder, type RefSource, type Row, timeSplits, type Value } from './reference'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const isLong = Boolean(process.env.PROML_LONG)
const looped = isLong ? 5000 : 500
const shuffled = isLong ? 600 : 60
const context = testContext()
const engineWith = (threads: number): DataEngine =>
  createDataEngine({
    code: context.platform.code,
    root: context.workspace.root,
    temporaryFolder: context.workspace.internal('tmp'),
    log: context.log,
    threads,
  })
let one: DataEngine
let two: DataEngine

beforeAll(() => {
  one = engineWith(1)
  two = engineWith(2)
})
afterAll(async () => {
  await one.dispose()
  await two.dispose()
  context.remove()
})

const sourceOf = (plan: ModelPlan, rows: readonly Row[]): RefSource => ({
  rows,
  time: 'at',
  created: plan.sources[0]?.createdColumn ?? null,
  rowKey: ['id'],
  columns: eventColumns.map(({ name }) => name),
})

const expected = ({ plan, rows }: Program): Record<string, Value>[] => {
  const source = sourceOf(plan, rows)
  const ordered = observationOrder(source, rows)
  const splits = timeSplits(source, ordered, [70, 15, 15])
  const featureAt = (name: string, keys: readonly string[], row: Row): Value => {
    const feature = plan.features.find((candidate) => candidate.name === name)
    if (!feature) throw new Error(name)
    const { definition } = feature
    const time = typeof row.at === 'number' ? row.at : null
    const key = keys.map((column) => row[column] ?? null)
    const value =
      definition.form === 'aggregate'
        ? aggregate(source, refAggregate(definition), key, time)
        : evaluate(refExpr(definition.expr), row, (other) => featureAt(other, keys, row))
    return value ?? (feature.default ? evaluate(refExpr(feature.default), row) : null)
  }
  return ordered.map((row, index) => ({
    ...Object.fromEntries(
      plan.uses.map(({ name, definition }) => [
        name,
        definition.kind === 'row'
          ? evaluate(refExpr(definition.expr), row)
          : featureAt(definition.feature, definition.keys, row),
      ]),
    ),
    label: row.b ?? null,
    __row: index,
    __split: splits[index] ?? null,
  }))
}

/** Formulas that DuckDB and a loop may round differently; everything else must agree to the last bit. */
const isRounded = (plan: ModelPlan, name: string): boolean => {
  const use = plan.uses.find((candidate) => candidate.name === name)
  const feature = plan.features.find(
    (candidate) => use?.definition.kind === 'feature' && candidate.name === use.definition.feature,
  )
  return (
    feature?.definition.form === 'aggregate' &&
    ['ewma', 'stddev', 'variance', 'median', 'quantile'].includes(feature.definition.aggregate)
  )
}

const isNear = (a: unknown, b: unknown): boolean =>
  a === b ||
  (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b)))

const computed = async (engine: DataEngine, plan: ModelPlan, rows: readonly Row[]) =>
  engine.rows(compileTrainingSet(plan, { tables: { events: rowsTable(rows) }, keepUnlabelled: true }))

const plain = (rows: readonly Record<string, unknown>[]): string =>
  JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))

describe(`features at a moment (seed ${seed})`, () => {
  test(`are what a loop over the rows says, in ${looped} random programs`, { timeout: 3_600_000 }, async () => {
    const count = { programs: 0, values: 0 }
    await fc.assert(
      fc.asyncProperty(program(), async (made) => {
        const found = await computed(one, made.plan, made.rows)
        const wanted = expected(made)
        expect(found.length).toBe(wanted.length)
        count.programs += 1
        wanted.forEach((row, index) => {
          count.values += Object.keys(row).length
          for (const [name, value] of Object.entries(row)) {
            const got = found[index]?.[name]
            const isSame = isRounded(made.plan, name)
              ? isNear(got, value)
              : Object.is(got === 0 ? 0 : got, value === 0 ? 0 : value)
            if (!isSame) expect({ row: index, [name]: got }).toEqual({ row: index, [name]: value })
          }
        })
      }),
      { numRuns: looped, seed },
    )
    console.log(`${count.programs} random programs, ${count.values} values like a loop's (PROML_SEED=${seed})`)
  })

  test('are the same to the last bit for any row order and number of threads', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        program(120).chain((made) =>
          fc.shuffledSubarray([...made.rows], { minLength: made.rows.length }).map((rows) => ({ made, rows })),
        ),
        async ({ made, rows }) => {
          const first = await computed(one, made.plan, made.rows)
          const second = await computed(two, made.plan, rows)
          expect(plain(second)).toBe(plain(first))
        },
      ),
      { numRuns: shuffled, seed },
    )
    console.log(`${shuffled} random programs, the same in another order with two threads (PROML_SEED=${seed})`)
  })
})
