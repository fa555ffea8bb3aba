import type { ColumnSchema, ValueType } from '@shared/data/profile'
import {
  type Expr,
  type FeaturePlan,
  type ModelPlan,
  plainTraining,
  type SourcePlan,
  type UsePlan,
  type WindowRule,
} from '@shared/plan/plan'
import { quoteName, quoteText } from '@shared/sql/quote'
import fc from 'fast-check'
import type { RefAggregate, RefExpr, Row, Value } from './reference'

export const minute = 60_000_000
/** 2020-01-01T00:00:00Z in µs. */
const origin = 1_577_836_800_000_000

const span = { start: 0, end: 0 }

export const eventColumns = [
  { name: 'at', type: 'time', nativeType: 'TIMESTAMP' },
  { name: 'id', type: 'int', nativeType: 'BIGINT' },
  { name: 'k one', type: 'string', nativeType: 'VARCHAR' },
  { name: 'other"; drop table x; --', type: 'string', nativeType: 'VARCHAR' },
  { name: 'k2', type: 'int', nativeType: 'BIGINT' },
  { name: 'x', type: 'int', nativeType: 'BIGINT' },
  { name: 'y', type: 'float', nativeType: 'DOUBLE' },
  { name: 'b', type: 'bool', nativeType: 'BOOLEAN' },
  { name: 's', type: 'string', nativeType: 'VARCHAR' },
  { name: 'created', type: 'time', nativeType: 'TIMESTAMP' },
] as const satisfies readonly Omit<ColumnSchema, 'isNullable'>[]

const typeOf = (name: string): ValueType => eventColumns.find((column) => column.name === name)?.type ?? 'unknown'

const nullable = <T extends Value>(value: fc.Arbitrary<T>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 7, arbitrary: value as fc.Arbitrary<Value> }, { weight: 1, arbitrary: fc.constant(null) })

/** Mostly whole minutes, so that many rows share one; some between two seconds, some days apart, some before 1970. */
const moment = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }).map((index) => origin + index * minute) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 24 }).map((index) => origin + index * 30_250_000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }).map((index) => origin + index * 431 * minute) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 12 }).map((index) => index * minute - 6 * minute - 1) },
)
const float = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -50, max: 50 }).map((value) => value / 10) },
  {
    weight: 2,
    arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }).map((v) => v + 0),
  },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
)
const key = fc.constantFrom('a', 'b', 'ç')

const event: fc.Arbitrary<Row> = fc.record({
  at: nullable(moment),
  id: fc.integer({ min: 0, max: 5 }),
  'k one': nullable(key),
  'other"; drop table x; --': nullable(key),
  k2: nullable(fc.integer({ min: 0, max: 1 })),
  x: nullable(fc.integer({ min: -3, max: 5 })),
  y: nullable(float),
  b: nullable(fc.boolean()),
  s: nullable(fc.constantFrom('', 'p', "q'", 'ß')),
  created: nullable(fc.integer({ min: 0, max: 16 }).map((index) => origin + index * minute)),
})

const column = (name: string): Expr => ({ op: 'column', name, type: typeOf(name) })
const literal = (value: Value, type: ValueType): Expr => ({ op: 'literal', value, type })
const call = (fn: string, type: ValueType, ...args: Expr[]): Expr => ({ op: 'call', fn, args, type })
const int = (value: number): Expr => literal(value, 'int')

const intValues = [
  column('x'),
  call('+', 'int', column('x'), int(1)),
  call('*', 'int', column('x'), column('k2')),
  call('if', 'int', call('>', 'bool', column('x'), int(1)), int(1), int(0)),
]
const floatValues = [
  column('y'),
  call('*', 'float', column('y'), literal(0.1, 'float')),
  call('/', 'float', column('x'), column('k2')),
  call('/', 'float', column('y'), column('x')),
  call('coalesce', 'float', column('y'), literal(0.25, 'float')),
]
const boolValues = [
  column('b'),
  call('>', 'bool', column('y'), literal(0, 'float')),
  call('or', 'bool', column('b'), call('=', 'bool', column('s'), literal('p', 'string'))),
  call('and', 'bool', column('b'), call('is_null', 'bool', column('x'))),
  call('not', 'bool', column('b')),
]
const anyValues = [...intValues, ...floatValues, ...boolValues, column('s')]
const filters = [null, null, ...boolValues, call('>', 'bool', column('x'), int(0))]

const aggregateOf = (): fc.Arbitrary<{ aggregate: string; args: readonly Expr[]; type: ValueType }> => {
  const withArgument = (names: readonly string[], values: readonly Expr[], type: (value: Expr) => ValueType) =>
    fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)).map(([aggregate, value]) => ({
      aggregate,
      args: [value],
      type: type(value),
    }))
  const numeric = [...intValues, ...floatValues]
  return fc.oneof(
    fc.constant({ aggregate: 'count', args: [], type: 'int' as const }),
    withArgument(['count', 'distinct', 'approx_distinct'], anyValues, () => 'int'),
    withArgument(['sum'], numeric, ({ type }) => type),
    withArgument(['mean', 'stddev', 'variance', 'median'], numeric, () => 'float'),
    withArgument(['min', 'max', 'first', 'last', 'mode'], anyValues, ({ type }) => type),
    withArgument(['any', 'all'], boolValues, () => 'bool'),
    fc.tuple(fc.constantFrom(...numeric), fc.constantFrom(0.1, 0.5, 0.9)).map(([value, q]) => ({
      aggregate: 'quantile',
      args: [value, literal(q, 'float')],
      type: 'float' as const,
    })),
    fc.constantFrom(...numeric).map((value): { aggregate: string; args: readonly Expr[]; type: ValueType } => ({
      aggregate: 'ewma',
      args: [value, { op: 'duration', micros: 2 * minute, type: 'duration' }],
      type: 'float',
    })),
    fc
      .tuple(fc.constantFrom(column('x'), column('s'), ...boolValues), fc.integer({ min: 1, max: 3 }))
      .map(([value, n]): { aggregate: string; args: readonly Expr[]; type: ValueType } => ({
        aggregate: 'top',
        args: [value, int(n)],
        type: 'string',
      })),
    withArgument(['latest'], anyValues, ({ type }) => type),
  )
}

const keyLists = [['k one'], ['k2'], ['k one', 'k2'], []] as const
/** The observation’s columns that may name a key of the source. */
const namings: Readonly<Record<string, readonly string[]>> = {
  'k one': ['k one', 'other"; drop table x; --'],
  k2: ['k2'],
}

const rule = fc.oneof(
  { weight: 4, arbitrary: fc.constant<WindowRule>('open') },
  { weight: 5, arbitrary: fc.constantFrom<WindowRule>('inclusive', 'feast', 'feathr', 'chronon') },
)

const feature = (index: number): fc.Arbitrary<FeaturePlan> =>
  fc
    .record({
      value: aggregateOf(),
      keys: fc.constantFrom(...keyLists),
      filter: fc.constantFrom(...filters),
      window: fc.oneof(
        fc.record({
          kind: fc.constant('time' as const),
          micros: fc.constantFrom(1, 2, 5, 30, 13 * 60, 13 * 24 * 60).map((count) => count * minute),
          rule,
        }),
        fc.record({ kind: fc.constant('rows' as const), rows: fc.integer({ min: 1, max: 4 }), rule }),
        fc.record({ kind: fc.constant('all' as const), rule }),
      ),
      lagMicros: fc.constantFrom(0, minute, 3 * minute),
      hasDefault: fc.boolean(),
    })
    .map(({ value, keys, filter, window, lagMicros, hasDefault }) => ({
      name: `f${index}`,
      entity: keys.length === 0 ? null : keys.join('_'),
      entityKeys: [...keys],
      type: value.type,
      definition: {
        form: 'aggregate' as const,
        ...value,
        window,
        source: 'events',
        keys: [...keys],
        filter,
        lagMicros,
      },
      default: hasDefault && (value.type === 'int' || value.type === 'float') ? literal(7, value.type) : null,
      documentation: '',
      unit: null,
      owner: null,
      tags: [],
      status: null,
      replacement: null,
      file: 'test.proml',
      span,
    }))

const derivedFrom = (base: FeaturePlan): FeaturePlan => {
  const value: Expr = { op: 'feature', name: base.name, type: base.type }
  const isNumber = base.type === 'int' || base.type === 'float'
  // Floats are compared with what no small integers make: two right ways to a variance of 1 differ in the last bit.
  const limit = literal(base.type === 'float' ? 1.0307 : 1, base.type)
  const expr = isNumber ? call('>', 'bool', value, limit) : call('is_null', 'bool', value)
  return { ...base, name: `${base.name}_derived`, type: 'bool', definition: { form: 'derived', expr }, default: null }
}

const use = (name: string, type: ValueType, definition: UsePlan['definition']): UsePlan => ({
  name,
  type,
  tensor: 'float32',
  isNullable: true,
  definition,
  span,
})

const eventSource = (hasCreated: boolean): SourcePlan => ({
  name: 'events',
  kind: 'parquet',
  path: 'events.parquet',
  options: {},
  timeColumn: 'at',
  createdColumn: hasCreated ? 'created' : null,
  rowKey: ['id'],
  columns: eventColumns,
})

export interface Program {
  readonly plan: ModelPlan
  readonly rows: readonly Row[]
}

export const planOf = (features: readonly FeaturePlan[], uses: readonly UsePlan[], hasCreated: boolean): ModelPlan => ({
  version: 1,
  namespace: 'test',
  model: 'm',
  documentation: '',
  file: 'test.proml',
  sources: [eventSource(hasCreated)],
  observation: { source: 'events', filter: null },
  label: { name: 'label', expr: column('b'), type: 'bool', task: 'binary' },
  features,
  uses,
  nodes: [],
  outputs: [],
  train: { ...plainTraining, split: { kind: 'time', fractions: [70, 15, 15] }, seed: 1 },
  ranking: null,
  gates: [],
  health: [],
})

/** A random model over random rows: ties, nulls, NaN, late rows, absent keys, one entity named in two ways. */
export const program = (rowCount = 40): fc.Arbitrary<Program> =>
  fc
    .record({
      rows: fc.array(event, { minLength: 0, maxLength: rowCount, size: 'max' }),
      features: fc.tuple(feature(0), feature(1), feature(2)),
      hasCreated: fc.boolean(),
      isOther: fc.boolean(),
      keepsAll: fc.boolean(),
    })
    .map(({ rows, features, hasCreated, isOther }) => {
      const keysOf = (one: FeaturePlan): string[] =>
        one.entityKeys.map((name) => (isOther ? namings[name]?.at(-1) : namings[name]?.[0]) ?? name)
      const all = features.flatMap((one) => [one, derivedFrom(one)])
      const uses = all.flatMap((one) => {
        const named = use(one.name, one.type, { kind: 'feature', feature: one.name, keys: one.entityKeys })
        const other = use(`${one.name} again`, one.type, { kind: 'feature', feature: one.name, keys: keysOf(one) })
        return [named, other]
      })
      return {
        rows,
        plan: planOf(all, [...uses, use('x', 'int', { kind: 'row', expr: column('x') })], hasCreated),
      }
    })

const sqlValue = (value: Value, nativeType: string): string => {
  if (value === null) return `null::${nativeType}`
  if (nativeType === 'TIMESTAMP') return `make_timestamp(${value})`
  if (typeof value === 'number') return nativeType === 'DOUBLE' ? `'${value}'::double` : `${value}::bigint`
  return typeof value === 'string' ? quoteText(value) : String(value)
}

/** The rows as a DuckDB table expression, in this order. */
export const rowsTable = (rows: readonly Row[]): string => {
  const names = eventColumns.map(({ name }) => quoteName(name)).join(', ')
  const nothing = eventColumns.map(({ nativeType }) => `null::${nativeType}`).join(', ')
  const values = rows.map(
    (row) => `(${eventColumns.map(({ name, nativeType }) => sqlValue(row[name] ?? null, nativeType)).join(', ')})`,
  )
  // A first row that is cut off gives the types of an empty table.
  return `(select * from (values (${nothing}), ${values.join(', ')}) t(${names}) offset 1)`.replace(', )', ')')
}

export const refExpr = (expr: Expr): RefExpr => {
  switch (expr.op) {
    case 'column':
    case 'feature':
      return { op: expr.op, name: expr.name }
    case 'literal':
      return { op: 'literal', value: expr.value }
    case 'duration':
      return { op: 'literal', value: expr.micros }
    case 'call':
      return { op: 'call', fn: expr.fn, args: expr.args.map(refExpr) }
  }
}

export const refAggregate = (definition: Extract<FeaturePlan['definition'], { form: 'aggregate' }>): RefAggregate => ({
  aggregate: definition.aggregate,
  args: definition.args.map(refExpr),
  keys: definition.keys,
  filter: definition.filter ? refExpr(definition.filter) : null,
  window: definition.window,
  lagMicros: definition.lagMicros,
})
