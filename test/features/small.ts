import type { FrameWindow, ModelPlan, SourcePlan } from '@shared/plan/plan'
import { quoteText } from '@shared/sql/quote'
import { compileTrainingSet } from '@shared/sql/trainingSet'
import fc from 'fast-check'
import type { DataEngine } from '../../electron/services/data/engine'
import { planOf } from './programs'

/** Events of things, and moments at which somebody asks about one: all that the rules of windows are about. */
export interface Event {
  /** Microseconds since 1970. */
  readonly at: number
  /** Unlike any other event’s. */
  readonly id: number
  readonly k: string
  readonly v: number | null
  readonly created: number | null
}
export interface Asked {
  readonly at: number
  readonly k: string
}
export interface World {
  readonly events: readonly Event[]
  readonly asked: readonly Asked[]
}

export interface SmallFeature {
  readonly aggregate: 'latest' | 'count' | 'sum' | 'min' | 'max' | 'last'
  readonly window: FrameWindow
  readonly lagMicros?: number
  /** Only events whose value is known. */
  readonly isKnown?: boolean
}

const column = (name: string, type: SourcePlan['columns'][number]['type'], nativeType: string) => ({
  name,
  type,
  nativeType,
})
const source = (name: string, createdColumn: string | null, columns: SourcePlan['columns']): SourcePlan => ({
  ...{ name, kind: 'parquet', path: `${name}.parquet`, options: {}, timeColumn: 'at', rowKey: [] },
  ...{ createdColumn, columns: [column('at', 'time', 'TIMESTAMP'), ...columns] },
})

/** `n` is the number of the asked row; the features are `f0`, `f1`, … */
export const smallPlan = (features: readonly SmallFeature[], hasCreated: boolean): ModelPlan => {
  const span = { start: 0, end: 0 }
  const value = { op: 'column', name: 'v', type: 'float' } as const
  const isNull = { op: 'call', fn: 'is_null', args: [value], type: 'bool' } as const
  const filter = { op: 'call', fn: 'not', args: [isNull], type: 'bool' } as const
  const plans: ModelPlan['features'] = features.map(({ aggregate, window, lagMicros = 0, isKnown = false }, index) => ({
    ...{ name: `f${index}`, entity: 'thing', entityKeys: ['k'], type: aggregate === 'count' ? 'int' : 'float' },
    definition: {
      ...{ form: 'aggregate', aggregate, args: aggregate === 'count' ? [] : [value], source: 'events', keys: ['k'] },
      ...{ filter: isKnown ? filter : null, window, lagMicros },
    },
    ...{ default: null, documentation: '', unit: null, owner: null, tags: [], status: null, replacement: null },
    ...{ file: 'small.proml', span },
  }))
  const tensor = { tensor: 'float32', isNullable: true, span } as const
  const number = { op: 'column', name: 'n', type: 'int' } as const
  return {
    ...planOf(
      plans,
      [
        { name: 'n', type: 'int', ...tensor, definition: { kind: 'row', expr: number } },
        ...plans.map(({ name, type }) => ({
          ...{ name, type, ...tensor },
          definition: { kind: 'feature' as const, feature: name, keys: ['k'] },
        })),
      ],
      hasCreated,
    ),
    sources: [
      source('events', hasCreated ? 'created' : null, [
        ...[column('id', 'int', 'BIGINT'), column('k', 'string', 'VARCHAR'), column('v', 'float', 'DOUBLE')],
        column('created', 'time', 'TIMESTAMP'),
      ]),
      source('asked', null, [column('k', 'string', 'VARCHAR'), column('n', 'int', 'BIGINT')]),
    ],
    observation: { source: 'asked', filter: null },
    label: null,
  }
}

const time = (micros: number | null): string => (micros === null ? 'null::timestamp' : `make_timestamp(${micros})`)
const table = (names: string, first: string, rows: readonly string[]): string =>
  // A first row that is cut off gives the types.
  `(select * from (values ${[first, ...rows].join(', ')}) t(${names}) offset 1)`

export const smallTables = ({ events, asked }: World): { readonly events: string; readonly asked: string } => ({
  events: table(
    '"at", id, k, v, created',
    "(null::timestamp, 0::bigint, '', null::double, null::timestamp)",
    events.map(
      ({ at, id, k, v, created }) =>
        `(${time(at)}, ${id}, ${quoteText(k)}, ${v === null ? 'null' : `'${v}'::double`}, ${time(created)})`,
    ),
  ),
  asked: table(
    '"at", k, n',
    "(null::timestamp, '', 0::bigint)",
    asked.map(({ at, k }, n) => `(${time(at)}, ${quoteText(k)}, ${n})`),
  ),
})

type Found = readonly (number | null)[]

/** The features’ values by asked row, as the studio computes them. */
export const studioValues = async (
  engine: DataEngine,
  features: readonly SmallFeature[],
  world: World,
  hasCreated: boolean,
): Promise<readonly Found[]> => {
  const sql = compileTrainingSet(smallPlan(features, hasCreated), { tables: smallTables(world), keepUnlabelled: true })
  const found = new Map(
    (await engine.rows(sql)).map((row) => [
      Number(row.n),
      features.map((_, index) => (row[`f${index}`] === null ? null : Number(row[`f${index}`]))),
    ]),
  )
  return world.asked.map((_, n) => found.get(n) ?? [])
}

/** Many small worlds side by side: no key is in two of them. */
export const joined = (worlds: readonly World[]): World => {
  const inWorld = <T extends { readonly k: string }>(row: T, index: number): T => ({ ...row, k: `${index}.${row.k}` })
  return {
    events: worlds
      .flatMap(({ events }, index) => events.map((event) => inWorld(event, index)))
      .map((event, id) => ({ ...event, id })),
    asked: worlds.flatMap(({ asked }, index) => asked.map((row) => inWorld(row, index))),
  }
}

export interface WorldOptions {
  readonly moment: fc.Arbitrary<number>
  /** Where questions have moments of their own. */
  readonly asking?: fc.Arbitrary<number>
  /** No two events of a thing at one time. */
  readonly isUnique?: boolean
}

/** Few things and few moments, so that much happens at once; a fifth of the events arrive late, some at an unknown time. */
export const world = ({ moment, asking = moment, isUnique = false }: WorldOptions): fc.Arbitrary<World> => {
  const k = fc.constantFrom('a', 'b')
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => n / 4) },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const delay = fc.oneof(
    { weight: 7, arbitrary: fc.constant(1_000_000) },
    { weight: 2, arbitrary: fc.integer({ min: 2, max: 4000 }).map((seconds) => seconds * 1_000_000) },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const event = fc
    .record({ at: moment, k, v: value, delay })
    .map(({ at, k, v, delay }) => ({ at, id: 0, k, v, created: delay === null ? null : at + delay }))
  return fc.record({
    events: fc.uniqueArray(event, {
      minLength: 4,
      maxLength: 14,
      size: 'max',
      selector: ({ k, at, created }) => JSON.stringify(isUnique ? [k, at] : [k, at, created]),
    }),
    asked: fc.uniqueArray(fc.record({ at: asking, k: fc.constantFrom('a', 'b', 'nobody') }), {
      maxLength: 8,
      size: 'max',
      selector: ({ at, k }) => JSON.stringify([at, k]),
    }),
  })
}
