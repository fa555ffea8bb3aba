import { dayNumber, endOfDay } from '@shared/features/days'
import type { FeatureQuestion } from '@shared/features/question'
import type { FeaturePlan } from '@shared/plan/plan'
import { quoteText } from '@shared/sql/quote'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { inputDigests, openSet, valuesAt, writeKnownKeys } from '../../electron/services/materialise/compute'
import { eventColumns, program, rowsTable } from '../features/programs'
import type { Row } from '../features/reference'
import { call, workbench } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const rounds = process.env.PROML_LONG ? 300 : 30
const bench = workbench()
afterAll(() => bench.dispose())

const days = ['1969-12-31', '1970-01-01', '2019-12-31', '2020-01-01', '2020-01-02', '2020-01-09', '2020-01-19']

/** Values of each day, and what is said of the rows that they come from. */
const computed = async (question: FeatureQuestion, rows: readonly Row[], moments: readonly string[] = days) => {
  const { engine } = bench.data
  const tools = {
    engine,
    features: {
      openSources: async () => ({ tables: [], expressions: { events: rowsTable(rows) } }),
      explained: <T>(_: unknown, work: () => Promise<T>) => work(),
    },
  }
  const set = { entity: question.entity, question, features: question.wanted.map(({ name }) => name) }
  const opened = await openSet(tools, set, call.signal)
  const digestOf = await inputDigests(tools, opened, call.signal)
  const { table } = await writeKnownKeys(tools, opened, bench.at('keys.parquet'), call.signal)
  await engine.copy(valuesAt(opened, table, moments.map(endOfDay)), bench.at('values.parquet'), 'parquet')
  const values = await engine.rows(
    `select epoch_us(as_of) as t, * exclude (as_of) from read_parquet(${quoteText(bench.at('values.parquet'))}) order by all`,
  )
  const text = (row: unknown): string =>
    JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  return moments.map((day) => ({
    digest: digestOf(dayNumber(day)),
    values: values.filter(({ t }) => String(t) === String(endOfDay(day))).map(text),
  }))
}

const setsOf = (features: readonly FeaturePlan[], sources: FeatureQuestion['sources']): FeatureQuestion[] => {
  const entities = new Map<string, FeaturePlan[]>()
  for (const feature of features)
    if (feature.entity !== null) entities.set(feature.entity, [...(entities.get(feature.entity) ?? []), feature])
  return [...entities].map(([entity, own]) => ({
    ...{ namespace: 'test', file: 'test.proml', features: own, sources, entity },
    wanted: own.map(({ name, type }) => ({ name, type })),
    keys: (own[0]?.entityKeys ?? []).map((name) => ({
      ...{ name, column: name },
      type: eventColumns.find((column) => column.name === name)?.type ?? 'unknown',
    })),
  }))
}

describe(`a day whose rows are what they were (seed ${seed})`, () => {
  test('has the values that it had, whatever else changed', async () => {
    const counted = { same: 0, kept: 0, changed: 0, alone: 0 }
    const change = fc.record({
      at: fc.nat(),
      isRemoved: fc.boolean(),
      other: fc.nat(),
      column: fc.constantFrom(...eventColumns),
    })
    await fc.assert(
      fc.asyncProperty(
        program(),
        program(),
        change,
        async ({ plan, rows }, { rows: others }, { at, isRemoved, other, column }) => {
          const index = rows.length === 0 ? 0 : at % rows.length
          const row = others.length === 0 ? undefined : others[other % others.length]
          const old = rows[index]
          const now: Row[] =
            isRemoved || !row || !old
              ? rows.filter((_, place) => place !== index)
              : rows.map((one, place) => (place === index ? { ...old, [column.name]: row[column.name] ?? null } : one))
          for (const question of setsOf(plan.features, plan.sources)) {
            const before = await computed(question, rows)
            // Alone, it is computed from the rows up to its end.
            const place = at % days.length
            const [alone] = await computed(question, rows, days.slice(place, place + 1))
            expect(alone, days[place]).toEqual(before[place])
            counted.alone += alone?.values.length ?? 0
            // In another order.
            const after = await computed(question, [...now].reverse())
            before.forEach(({ digest, values }, place) => {
              const later = after[place]
              const isSame = later?.digest === digest
              if (isSame) expect(later?.values, days[place]).toEqual(values)
              counted[isSame ? (values.length > 0 ? 'same' : 'kept') : 'changed'] += 1
            })
          }
        },
      ),
      { numRuns: rounds, seed },
    )
    expect(counted.same).toBeGreaterThan(0)
    expect(counted.changed).toBeGreaterThan(0)
    expect(counted.alone).toBeGreaterThan(0)
    console.log(
      `${counted.same} days with values and ${counted.kept} without stayed what they were, ${counted.changed} were to be computed again (PROML_SEED=${seed})`,
    )
  })
})
