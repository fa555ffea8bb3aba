import type { TableSchema, ValueType } from '@shared/data/profile'
import { type CheckedProgram, checkProgram, type SchemaAnswer } from '@shared/language/check/check'
import { parse } from '@shared/language/syntax/parser'
import type { Span } from '@shared/plan/plan'

type Column = readonly [name: string, type: ValueType, nativeType: string, isNullable?: boolean]

const table = (path: string, format: TableSchema['format'], columns: readonly Column[]): [string, TableSchema] => [
  path,
  {
    path,
    format,
    columns: columns.map(([name, type, nativeType, isNullable = false]) => ({ name, type, nativeType, isNullable })),
    sizeBytes: 1,
    rows: null,
  },
]

/** The sample's two files, and one with a column of every kind. */
export const schemas: ReadonlyMap<string, SchemaAnswer> = new Map<string, SchemaAnswer>([
  table('data/flights.parquet', 'parquet', [
    ['date', 'time', 'TIMESTAMP'],
    ['delay', 'int', 'BIGINT'],
    ['distance', 'int', 'BIGINT'],
    ['origin', 'string', 'VARCHAR'],
    ['destination', 'string', 'VARCHAR'],
  ]),
  table('data/airports.csv', 'csv', [
    ['iata', 'string', 'VARCHAR'],
    ['name', 'string', 'VARCHAR', true],
    ['latitude', 'float', 'DOUBLE', true],
    ['longitude', 'float', 'DOUBLE', true],
  ]),
  ['data/broken.parquet', { failed: 'It is no Parquet file.' }],
  table('data/kinds.parquet', 'parquet', [
    ['at', 'time', 'TIMESTAMP'],
    ['day', 'date', 'DATE'],
    ['flag', 'bool', 'BOOLEAN'],
    ['maybe', 'bool', 'BOOLEAN', true],
    ['whole', 'int', 'BIGINT', true],
    ['real', 'float', 'DOUBLE'],
    ['text', 'string', 'VARCHAR', true],
    ['a column', 'float', 'FLOAT'],
  ]),
  table('data/posts.parquet', 'parquet', [
    ['at', 'time', 'TIMESTAMP'],
    ['author', 'string', 'VARCHAR'],
    ['liked', 'bool', 'BOOLEAN'],
    ['fixed', 'vector', 'FLOAT[8]'],
    ['open', 'vector', 'DOUBLE[]', true],
  ]),
])

/** Declarations that most tests start from. */
export const prelude = `source flights = parquet("data/flights.parquet") {
  time date
  row (date, origin, destination)
}
source airports = csv("data/airports.csv")
source kinds = parquet("data/kinds.parquet") { time at }
entity airport(code: string)
entity route(origin: string, destination: string)
feature from_delay: float of airport = mean(delay) from flights by origin over 3h  default 0
feature last_delay: int of route = latest(delay) from flights by (origin, destination)
`

/** A text with its marks taken out, and the spans that they stood around: \`let a = «b»\`. */
export const marked = (source: string): { readonly text: string; readonly spans: readonly Span[] } => {
  if (!source.includes('«')) return { text: source, spans: [] }
  const spans: Span[] = []
  const open: number[] = []
  let text = ''
  for (const character of source) {
    if (character === '«') open.push(text.length)
    else if (character === '»') spans.push({ start: open.pop() ?? 0, end: text.length })
    else text += character
  }
  return { text, spans }
}

/** Another namespace of the workspace, for imports. */
export const library = `namespace library

source flights = parquet("data/flights.parquet") { time date }
entity airport(code: string)
feature busy: int of airport = count() from flights by origin over 1d
feature very_busy: bool of airport = busy > 100
feature long: bool = distance > 1000 from flights
`

/** Published where the data was, and imported where it is not. */
const brokenSet = `namespace broken
source lost = parquet("data/broken.parquet") { time at }
entity airport(code: string)
feature gone: int of airport = count() from lost by origin over 1d
`

export const check = (text: string): CheckedProgram =>
  checkProgram(
    [
      { path: 'test.proml', text },
      { path: 'features/library.proml', text: library },
    ],
    schemas,
    new Map([['broken@1.0.0', { files: [{ path: 'gone.proml', document: parse(brokenSet) }] }]]),
  )

/** A model around statements, with what they need to check clean. */
export const modelOf = (statements: string): string =>
  `${prelude}model m {\n  observe flights\n  predict late = delay > 15\n${statements}\n}\n`

/** A whole model of one algorithm, around one more use. */
export const modelUsing = (use: string, more = ''): string =>
  modelOf(`  use distance\n  ${use}\n  let gbt = boosted_trees(distance${more})\n  output p = probability(gbt)`)
