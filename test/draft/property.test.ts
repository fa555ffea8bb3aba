import { type ColumnProfile, type TableSchema, type ValueType, valueTypes } from '@shared/data/profile'
import { draftProgram, nameOfFile } from '@shared/draft/draft'
import type { DraftFacts } from '@shared/draft/facts'
import { labelOf } from '@shared/draft/label'
import { flagTie, numberTie } from '@shared/draft/ties'
import { checkProgram } from '@shared/language/check/check'
import { format } from '@shared/language/format/format'
import { parse } from '@shared/language/syntax/parser'
import { planModel } from '@shared/plan/build'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seed } from '../language/seed'

const natives: Readonly<Record<ValueType, string>> = {
  ...{ bool: 'BOOLEAN', int: 'BIGINT', float: 'DOUBLE', string: 'VARCHAR', date: 'DATE', time: 'TIMESTAMP' },
  ...{ duration: 'INTERVAL', vector: 'FLOAT[]', unknown: 'BLOB' },
}

/** What people, machines and strangers call columns. */
const names = fc.oneof(
  fc.constantFrom(
    ...[
      'id',
      'user_id',
      'label',
      'y',
      'date',
      'created_at',
      'price',
      'delay',
      'is_late',
      'origin',
      'hour',
      'lin',
      'gbt',
    ],
    ...['from', 'model', 'null', 'over', 'fare class', 'Unnamed: 0', '2nd', 'a`b', 'übrig', 'x"y', 'weekday', 'scaled'],
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }),
)

const moments = fc.integer({ min: 0, max: 2_000_000_000_000 })

const profileOf = (name: string, type: ValueType, rows: number): fc.Arbitrary<ColumnProfile> =>
  fc
    .record({
      nulls: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: rows })),
      nonFinite: fc.constantFrom(0, 0, 1),
      spread: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: rows })),
      numbers: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 9, maxLength: 9 }),
      times: fc.tuple(moments, moments),
      texts: fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 12 }),
    })
    .map(({ nulls, nonFinite, spread, numbers, times, texts }): ColumnProfile => {
      const known = rows - nulls
      const distinct = type === 'bool' ? Math.min(2, known) : Math.min(spread, known)
      const whole = type === 'int' ? numbers.map((value) => Math.round(value % 1e9)) : numbers
      const [min = 0, p01 = 0, p05 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0, p99 = 0, max = 0] = whole.toSorted(
        (a, b) => a - b,
      )
      const [from, to] = times.toSorted((a, b) => a - b)
      const isMoment = type === 'date' || type === 'time'
      const values =
        type === 'bool' ? ['true', 'false'] : type === 'string' ? [...new Set(texts)] : [String(min), String(max)]
      const isNumber = type === 'int' || type === 'float'
      return {
        ...{ name, type, rows, nulls, nonFinite: type === 'float' ? Math.min(nonFinite, known) : 0, distinct },
        isDistinctExact: true,
        min:
          distinct === 0 ? null : isMoment ? new Date(from ?? 0).toISOString() : isNumber ? min : (values[0] ?? null),
        max:
          distinct === 0 ? null : isMoment ? new Date(to ?? 0).toISOString() : isNumber ? max : (values.at(-1) ?? null),
        ...{ mean: null, stddev: null, histogram: null, sampledRows: rows },
        quantiles: isNumber && distinct > 0 ? { p01, p05, p25, p50, p75, p95, p99 } : null,
        top: values
          .slice(0, distinct)
          .map((value) => ({ value, count: Math.max(1, Math.floor(known / values.length)) })),
      }
    })

interface Column {
  readonly name: string
  readonly type: ValueType
  readonly isNullable: boolean
}

const columns: fc.Arbitrary<Column[]> = fc.uniqueArray(
  fc.record({ name: names, type: fc.constantFrom(...valueTypes), isNullable: fc.boolean() }),
  { selector: ({ name }) => name.toLowerCase(), maxLength: 60 },
)

/** Rows about the same users again and again, of which something is asked. */
const events: readonly Column[] = [
  { name: 'at', type: 'time', isNullable: false },
  { name: 'user_id', type: 'int', isNullable: true },
  { name: 'churned', type: 'bool', isNullable: false },
]
const withEvents = (others: readonly Column[]): Column[] => [
  ...events,
  ...others.filter(({ name }) => !events.some((event) => event.name === name.toLowerCase())),
]

const facts: fc.Arbitrary<DraftFacts> = fc
  .record({
    rows: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 5_000_000 })),
    columns: fc.oneof(columns, columns.map(withEvents)),
    stem: fc.constantFrom('flights', 'from', 'My file (1)', '2024', 'data', 'model'),
    format: fc.constantFrom('parquet' as const, 'csv' as const, 'json' as const, 'arrow' as const),
  })
  .chain(({ rows, columns, stem, format: kind }) =>
    fc
      .record({
        profiles: fc.tuple(...columns.map(({ name, type }) => profileOf(name, type, rows))),
        chosen: fc.subarray(columns.map(({ name }) => name)),
        wanted: fc.option(fc.nat({ max: 60 })),
        ties: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }),
      })
      .map(({ profiles, chosen, wanted, ties }): DraftFacts => {
        const schema: TableSchema = {
          path: `data/${stem}.${kind}`,
          format: kind,
          // A file that says of a column that it is never null tells the truth.
          columns: columns.map(({ name, type, isNullable }, index) => ({
            ...{ name, type, nativeType: natives[type], isNullable: isNullable || (profiles[index]?.nulls ?? 0) > 0 },
          })),
          sizeBytes: 1,
          rows,
        }
        const named = profiles[wanted ?? -1]?.name
        const label = (() => {
          try {
            return labelOf(profiles, named)
          } catch {
            return labelOf(profiles)
          }
        })()
        const [first, second] = chosen
        return {
          ...{ schema, rows, profiles, label, path: schema.path, name: nameOfFile(schema.path) },
          key: chosen.length === 0 ? null : { columns: chosen.slice(0, 3), distinct: rows },
          ascending: chosen,
          shared: first && second ? [{ first, second }] : [],
          ties: Object.fromEntries(columns.map(({ name }, index) => [name, ties[index] ?? 0])),
        }
      }),
  )

describe('whatever the file, its draft', () => {
  it('parses, is formatted, and checks without errors or warnings', () => {
    let [models, histories] = [0, 0]
    fc.assert(
      fc.property(facts, (given) => {
        const { text, model } = draftProgram(given)
        expect(parse(text).errors).toEqual([])
        expect(format(text)).toBe(text)
        const schemas = new Map([[given.schema.path, given.schema]])
        const program = checkProgram([{ path: 'draft.proml', text }], schemas)
        expect(program.diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([])
        if (model === null) return
        models++
        if (text.includes('\nfeature ')) histories++
        expect(planModel(program, 'draft.proml', model)).toMatchObject({ ok: true })
      }),
      { seed, numRuns: 800 },
    )
    // The law would hold of empty drafts too.
    expect(models).toBeGreaterThan(80)
    expect(histories).toBeGreaterThan(10)
  })

  it('is the same for the same facts', () => {
    fc.assert(
      fc.property(facts, (given) => {
        expect(draftProgram(given)).toEqual(draftProgram(structuredClone(given)))
      }),
      { seed, numRuns: 50 },
    )
  })
})

describe('a tie', () => {
  const groups = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 1000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    { minLength: 1, maxLength: 30 },
  )

  it('is between nothing and everything, and everything where each group is of one kind', () => {
    fc.assert(
      fc.property(groups, (given) => {
        const flags = given.map(({ count, share }) => ({ count, sum: Math.round(count * share) }))
        const counted = flags.map(({ count, sum }) => ({ count, sum, squares: sum }))
        for (const tie of [flagTie(counted), numberTie(counted)]) {
          expect(tie).toBeGreaterThanOrEqual(0)
          expect(tie).toBeLessThanOrEqual(1)
        }
        const pure = flags.map(({ count, sum }) => {
          const all = sum * 2 > count ? count : 0
          return { count, sum: all, squares: all }
        })
        const isMixed = pure.some(({ sum }) => sum > 0) && pure.some(({ sum }) => sum === 0)
        expect(flagTie(pure)).toBe(isMixed ? 1 : 0)
      }),
      { seed, numRuns: 200 },
    )
  })
})
