import type { ColumnSchema, ValueType } from '@shared/data/profile'
import type { Expr, FeaturePlan, FrameWindow, ModelPlan, SourcePlan, UsePlan, WindowRule } from '@shared/plan/plan'
import type { TrainingSetOptions } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import { minute, planOf } from './programs'

/**
 * Programs for two ways to compute one thing, where no third one is asked: any types, keys and windows, several sources,
 * thousands of rows, numbers at the ends of what a double holds.
 */
export interface StrangeProgram {
  readonly plan: ModelPlan
  readonly options: TrainingSetOptions
}

const span = { start: 0, end: 0 }
const kinds: Readonly<Record<string, readonly [ValueType, string]>> = {
  at: ['time', 'TIMESTAMP'],
  id: ['int', 'BIGINT'],
  k: ['string', 'VARCHAR'],
  k2: ['string', 'VARCHAR'],
  ki: ['int', 'BIGINT'],
  kf: ['float', 'DOUBLE'],
  kd: ['date', 'DATE'],
  kb: ['bool', 'BOOLEAN'],
  x: ['int', 'BIGINT'],
  y: ['float', 'DOUBLE'],
  b: ['bool', 'BOOLEAN'],
  t: ['time', 'TIMESTAMP'],
  v: ['vector', 'FLOAT[]'],
  created: ['time', 'TIMESTAMP'],
}
const columns: readonly Omit<ColumnSchema, 'isNullable'>[] = Object.entries(kinds).map(
  ([name, [type, nativeType]]) => ({
    ...{ name, type, nativeType },
  }),
)
const column = (name: string): Expr => ({ op: 'column', name, type: kinds[name]?.[0] ?? 'unknown' })
const literal = (value: number | null, type: ValueType): Expr => ({ op: 'literal', value, type })
const call = (fn: string, type: ValueType, ...args: Expr[]): Expr => ({ op: 'call', fn, args, type })

export const strangeSource = (name: string, more: Partial<SourcePlan> = {}): SourcePlan => ({
  ...{ name, kind: 'parquet', path: `${name}.parquet`, options: {}, timeColumn: 'at', createdColumn: null },
  ...{ rowKey: ['id'], columns },
  ...more,
})

/** Half a minute and a quarter of a second: windows of whole minutes begin between two rows. */
const step = 30_250_000
const floats =
  "['0.0', '-0.0', '5e-324', '-5e-324', '9007199254740993', '-9007199254740993', '1e-300', '0.1', '-0.3', 'NaN', 'inf']"
const integers = '[0, 1, -1, 9007199254740, -9007199254740, 3]'

interface Rows {
  readonly rows: number
  readonly seed: number
  readonly keys: number
  readonly times: number
  /** Rows arrive up to so many steps late; some before their time. */
  readonly late: number
  readonly isWild: boolean
  readonly from: number
}

/** Rows that DuckDB makes; every column is null here and there. */
const tableOf = ({ rows, seed, keys, times, late, isWild, from }: Rows): string => {
  const drawn = (name: string, count: number): string => `(hash(i, '${name}', ${seed}) % ${count})::bigint`
  const some = (name: string, sql: string, of = 9): string =>
    `case when ${drawn(`no ${name}`, of)} > 0 then ${sql} end as "${name}"`
  const at = `${from} + ${drawn('at', times)} * ${step}`
  const values = [
    some('at', `make_timestamp(${at})`, 23),
    'i as id',
    some('k', `'k' || ${drawn('k', keys)}`),
    some('k2', `'k' || ${drawn('k2', keys)}`),
    some('ki', drawn('ki', 3)),
    some('kf', `(['0.0', '-0.0', '0.5', 'NaN'])[1 + ${drawn('kf', 4)}]::double`),
    some('kd', `date '2020-01-01' + ${drawn('kd', 3)}::integer`),
    some('kb', `${drawn('kb', 2)} = 0`),
    some('x', isWild ? `(${integers})[1 + ${drawn('x', 6)}]::bigint` : `${drawn('x', 9)} - 3`),
    some('y', isWild ? `(${floats})[1 + ${drawn('y', 11)}]::double` : `(${drawn('y', 101)} - 50) / 10::double`),
    some('b', `${drawn('b', 2)} = 0`),
    some('t', `make_timestamp(${drawn('t', 5)})`),
    `[${drawn('v', 2)}::float] as v`,
    some('created', `make_timestamp(${at} + (${drawn('created', late + 2)} - 1) * ${step})`),
  ]
  return `(select ${values.join(', ')} from range(${rows}) t(i))`
}

const [x, y, b] = [column('x'), column('y'), column('b')]
const zero = call('*', 'int', x, literal(0, 'int'))
const numbers = [
  ...[x, y, b, call('neg', 'float', y), call('*', 'float', y, x), call('/', 'float', x, y)],
  // 0 and −0.
  ...[call('*', 'float', x, literal(0, 'float')), call('*', 'float', zero, y)],
  call('if', 'int', call('>', 'bool', x, literal(1, 'int')), literal(1, 'int'), literal(null, 'int')),
]
const fractions = [0, 1, 0.25, 0.9999999999999999, 1e-7, 1 / 3, 0.5].map((fraction) => literal(fraction, 'float'))
type Value = readonly [aggregate: string, args: readonly Expr[], type: ValueType]
const plain = ['mean', 'stddev', 'variance', 'median'] as const
const own = ['min', 'max', 'first', 'last', 'latest'] as const

const value: fc.Arbitrary<Value> = fc.constantFrom(...numbers).chain((number) =>
  fc.oneof(
    fc.constant<Value>(['count', [], 'int']),
    fc.constantFrom(...numbers, column('t'), column('v'), column('k')).map((one): Value => ['count', [one], 'int']),
    fc
      .constantFrom<ValueType>('float', number.type === 'float' ? 'float' : 'int')
      .map((type): Value => ['sum', [number], type]),
    fc.constantFrom(...plain).map((name): Value => [name, [number], 'float']),
    fc.constantFrom(...own).map((name): Value => [name, [number], number.type]),
    fc.constantFrom(...fractions).map((fraction): Value => ['quantile', [number, fraction], 'float']),
    fc.constantFrom('any', 'all').map((name): Value => [name, [b], 'bool']),
    fc.constantFrom<Value>(['first', [column('k')], 'string'], ['distinct', [x], 'int']),
  ),
)
const rule = fc.constantFrom<WindowRule>('open', 'open', 'inclusive', 'feast', 'feathr', 'chronon')
const frame: fc.Arbitrary<FrameWindow> = fc.oneof(
  fc.record({
    kind: fc.constant('time' as const),
    micros: fc.constantFrom(0, 1, step, minute, 5 * minute, 13 * 60 * minute, 13 * 1440 * minute, 2 ** 49),
    rule,
  }),
  fc.record({ kind: fc.constant('rows' as const), rows: fc.constantFrom(1, 2, 5, 3000, 2 ** 33), rule }),
  fc.record({ kind: fc.constant('all' as const), rule }),
)
const keyLists = [
  ['k'],
  ['k'],
  [],
  ['k', 'ki'],
  ['ki'],
  ['kf'],
  ['kd'],
  ['at'],
  ['kb'],
  ['kf', 'kb', 'k'],
  ['v'],
] as const

export const strangeFeature = (name: string, [aggregate, args, type]: Value, more: Partial<Made> = {}): FeaturePlan => {
  const { keys = ['k'], window = { kind: 'all', rule: 'open' }, lagMicros = 0, filter = null, source = 'events' } = more
  return {
    ...{ name, entity: 'e', entityKeys: [...keys], type, default: null, documentation: '', unit: null, owner: null },
    ...{ tags: [], status: null, replacement: null, file: 'strange.proml', span },
    definition: { form: 'aggregate', aggregate, args, source, keys: [...keys], filter, window, lagMicros },
  }
}
interface Made {
  readonly keys: readonly string[]
  readonly window: FrameWindow
  readonly lagMicros: number
  readonly filter: Expr | null
  readonly source: string
}

const feature = (name: string): fc.Arbitrary<FeaturePlan> =>
  fc
    .tuple(
      value,
      fc.record({
        keys: fc.constantFrom(...keyLists),
        window: frame,
        lagMicros: fc.constantFrom(0, 0, 1, minute, step, -minute, 2 ** 48),
        filter: fc.constantFrom(null, null, b, call('>', 'bool', x, literal(0, 'int'))),
        source: fc.constantFrom('events', 'events', 'others'),
      }),
    )
    .map(([made, more]) => strangeFeature(name, made, more))

const useOf = (name: string, { name: feature, type }: FeaturePlan, keys: readonly string[]): UsePlan => ({
  ...{ name, type, tensor: 'float32', isNullable: true, span },
  definition: { kind: 'feature', feature, keys: [...keys] },
})

export const strangePlan = (
  features: readonly FeaturePlan[],
  more: { readonly sources?: readonly SourcePlan[]; readonly observe?: string } = {},
): ModelPlan => ({
  ...planOf(
    features,
    features.flatMap((one) => [
      useOf(one.name, one, one.entityKeys),
      useOf(
        `${one.name} again`,
        one,
        one.entityKeys.map((key) => (key === 'k' ? 'k2' : key)),
      ),
    ]),
    false,
  ),
  sources: more.sources ?? [strangeSource('events')],
  observation: { source: more.observe ?? 'events', filter: null },
})

const rowsOf = (counts: readonly number[]): fc.Arbitrary<Rows> =>
  fc.record({
    rows: fc.constantFrom(...counts),
    seed: fc.nat(1_000_000),
    keys: fc.constantFrom(1, 3, 50, 5000),
    times: fc.constantFrom(1, 7, 60, 5000),
    late: fc.constantFrom(1, 5, 100_000),
    isWild: fc.boolean(),
    from: fc.constantFrom(1_577_836_800_000_000, 0, -5000 * step),
  })

/** Rows that somebody brings have some of the columns only. */
const brought = [
  ['k', 'k2', 'ki', 'at', 'b', 'id'],
  ['k', 'k2', 'id'],
  ['at', 'id', 'k'],
] as const

export const strangeProgram: fc.Arbitrary<StrangeProgram> = fc
  .record({
    features: fc.tuple(feature(`f"1'`), feature('passed'), feature('row_number'), feature('__row')),
    events: rowsOf([0, 1, 3, 40, 40, 300, 2047, 2048, 2049, 4097]),
    others: rowsOf([0, 5, 500, 2048]),
    asked: rowsOf([0, 7, 600, 2049]),
    created: fc.tuple(fc.boolean(), fc.boolean()),
    observe: fc.constantFrom('events', 'events', 'asked', 'timeless'),
    columns: fc.constantFrom(null, null, null, ...brought),
    limit: fc.constantFrom(undefined, undefined, undefined, 0, 1, 100, 2048),
    keepUnlabelled: fc.boolean(),
  })
  .map(({ features, events, others, asked, created, observe, columns, limit, keepUnlabelled }) => {
    const sources = [
      strangeSource('events', { createdColumn: created[0] ? 'created' : null }),
      strangeSource('others', { createdColumn: created[1] ? 'created' : null }),
      strangeSource('asked'),
      strangeSource('timeless', { timeColumn: null }),
    ]
    const table = tableOf(asked)
    const list = columns?.map((name) => `"${name}"`).join(', ')
    return {
      plan: strangePlan(features, { sources, observe }),
      options: {
        tables: { events: tableOf(events), others: tableOf(others), asked: table, timeless: table },
        ...{ keepUnlabelled, limit },
        ...(columns ? { observations: { table: `(select ${list} from ${table})`, columns } } : {}),
      },
    }
  })
