import type { ValueType } from '@shared/data/profile'
import { type Expr, type ModelPlan, plainTraining, type UsePlan } from '@shared/plan/plan'

const columns = [
  { name: 'id', type: 'int', nativeType: 'BIGINT' },
  { name: 'i', type: 'int', nativeType: 'BIGINT' },
  { name: 'x', type: 'float', nativeType: 'DOUBLE' },
  { name: 'y', type: 'float', nativeType: 'DOUBLE' },
  { name: 'b', type: 'bool', nativeType: 'BOOLEAN' },
  { name: 's`"', type: 'string', nativeType: 'VARCHAR' },
  { name: 't', type: 'time', nativeType: 'TIMESTAMP' },
  { name: 'd', type: 'date', nativeType: 'DATE' },
] as const

const column = (name: (typeof columns)[number]['name']): Expr => ({
  op: 'column',
  name,
  type: columns.find((one) => one.name === name)?.type ?? 'unknown',
})
const call = (fn: string, type: ValueType, ...args: Expr[]): Expr => ({ op: 'call', fn, args, type })
const literal = (value: number | string | boolean | null, type: ValueType): Expr => ({ op: 'literal', value, type })
const int = (value: number): Expr => literal(value, 'int')
const float = (value: number | null): Expr => literal(value, 'float')

const [i, x, y, b, s, t, d] = [
  column('i'),
  column('x'),
  column('y'),
  column('b'),
  column('s`"'),
  column('t'),
  column('d'),
]

/** Every function of a row, over integers, floats and both, and functions of functions. */
const expressions: readonly Expr[] = [
  ...['+', '-', '*'].flatMap((fn) => [
    call(fn, 'float', x, y),
    call(fn, 'float', x, i),
    call(fn, 'int', i, int(3)),
    call(fn, 'float', i, float(0.1)),
  ]),
  ...['/', '%'].flatMap((fn) => [call(fn, 'float', x, y), call(fn, 'float', x, i)]),
  call('/', 'float', i, int(7)),
  call('%', 'int', i, int(7)),
  call('%', 'int', int(7), i),
  ...['=', '!=', '<', '<=', '>', '>='].flatMap((fn) => [
    call(fn, 'bool', x, y),
    call(fn, 'bool', i, x),
    call(fn, 'bool', s, literal("q'\\n\n${x}", 'string')),
    call(fn, 'bool', t, literal('2001-01-05 10:00:00', 'time')),
    call(fn, 'bool', d, literal('2001-01-05', 'date')),
    call(fn, 'bool', b, literal(true, 'bool')),
  ]),
  ...['and', 'or'].map((fn) => call(fn, 'bool', b, call('>', 'bool', x, y))),
  call('not', 'bool', b),
  call('neg', 'float', x),
  call('neg', 'int', i),
  call('if', 'float', b, x, y),
  call('if', 'float', b, i, y),
  call('coalesce', 'float', x, y, float(0.1)),
  call('coalesce', 'float', i, y),
  ...[i, x, b, s, t, d].map((one) => call('is_null', 'bool', one)),
  ...['log1p', 'ln', 'exp', 'sqrt', 'floor', 'ceil'].flatMap((fn) => [call(fn, 'float', x), call(fn, 'float', i)]),
  call('abs', 'float', x),
  call('abs', 'int', i),
  ...[0, 1, 2, 6, 12].flatMap((digits) => [
    call('round', 'float', x, int(digits)),
    call('round', 'float', call('/', 'float', i, int(8)), int(digits)),
  ]),
  call('clip', 'float', x, float(-1), float(2.5)),
  call('clip', 'float', i, float(0), float(null)),
  call('clip', 'float', x, float(null), float(0)),
  ...['hour', 'minute', 'weekday', 'day', 'month', 'year'].map((fn) => call(fn, 'int', t)),
  ...['weekday', 'day', 'month', 'year'].map((fn) => call(fn, 'int', d)),
  ...['lower', 'upper'].map((fn) => call(fn, 'string', s)),
  call('length', 'int', s),
  ...[s, i, b].flatMap((one) => [call('hash', 'int', one, int(1000)), call('hash', 'int', one, int(2 ** 31))]),
  call('/', 'float', int(1), call('exp', 'float', x)),
  call('is_null', 'bool', call('*', 'float', x, x)),
  call('exp', 'float', call('+', 'float', x, y)),
  literal(5e-324, 'float'),
  literal(Number.MAX_VALUE, 'float'),
  literal("'; drop table x; --`${env:HOME}", 'string'),
]

/** Rows as a table expression of DuckDB: every number with every other, and texts, times and dates among them. */
export const expressionRows = (): string => {
  const numbers = ['null', '0', '-0.0', '0.5', '-0.5', '2.5', '-2.5', '1e-12', '-1', '0.49999999999999994', '2.345']
  const greater = ['1.005', '1e15', '4503599627370497.5', '1e300', '-1e308', '5e-324', "'nan'", "'inf'", "'-inf'"]
  const floats = [...numbers, ...greater].map((one) => `${one}::double`).join(', ')
  const texts = `[null, '', 'a', 'Äb', 'añ𝄞', 'q''\\n' || chr(10) || '\${x}', 'ΑΒΓ', 'çà', '"', '\\']`
  const times = `['2001-01-05 10:00:00', '1969-12-31 23:59:59.999999', '0099-03-01 00:00:00', '2024-02-29 12:34:56.7', null, '9999-12-31 23:59:59']`
  return `(select row_number() over () as id, x, y,
      case when j % 9 = 0 then null else [0, 1, -1, 7, -8, 2147483648, -9007199254740993, 12, 100][1 + j % 9] end as i,
      [true, false, null][1 + j % 3] as b, ${texts}[1 + j % 10] as "s\`""", ${times}[1 + j % 6]::timestamp as t,
      ${times}[1 + j % 6]::timestamp::date as d
    from (select unnest([${floats}]) as x) a, (select unnest([${floats}]) as y) c, (select unnest(range(18)) as j) e)`
}

export const expressionPlan = (path: string): ModelPlan => {
  const span = { start: 0, end: 0 }
  const tensor = { tensor: 'float32', isNullable: true, span } as const
  const uses: UsePlan[] = expressions.map((expr, index) => ({
    ...{ name: `u${index} ${expr.op === 'call' ? expr.fn : expr.op}`, type: expr.type, ...tensor },
    definition: { kind: 'row', expr },
  }))
  return {
    ...{ version: 1, namespace: 'test', model: 'm', documentation: '', file: 'test.proml' },
    sources: [
      {
        ...{ name: 'edges', kind: 'parquet', path, options: {}, timeColumn: 't', createdColumn: null },
        ...{ rowKey: ['id'], columns },
      },
    ],
    observation: { source: 'edges', filter: null },
    ...{ label: null, features: [], uses, nodes: [], outputs: [], train: plainTraining },
    ...{ ranking: null, gates: [], health: [] },
  }
}
