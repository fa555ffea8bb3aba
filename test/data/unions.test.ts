import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Table as ArrowTable, tableFromArrays, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow'
import { afterAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { projectRoot, testContext } from '../support/context'
import { failureOf, tableRows } from './support/opened'

const context = testContext()
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const write = (name: string, content: string | Uint8Array): string => {
  mkdirSync(dirname(at(name)), { recursive: true })
  writeFileSync(at(name), content)
  return name
}
const parquet = async (name: string, sql: string): Promise<string> => {
  await data.engine.copy(sql, at(name), 'parquet')
  return name
}
const table = (path: string) => tableRows(data, path)
const types = async (path: string): Promise<string[]> =>
  (await data.schemaOf(path)).columns.map(({ name, type, isNullable }) => `${name} ${type}${isNullable ? '?' : ''}`)

afterAll(async () => {
  await features.dispose()
  await language.dispose()
  await data.dispose()
  context.remove()
})

const rowsOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ k: index % 3, v: from + index, t: `2024-01-0${1 + (index % 7)}` }))

/** The same six rows in each format. */
const formats: readonly (readonly [kind: string, ending: string, make: (name: string) => Promise<string>])[] = [
  [
    'parquet',
    'parquet',
    (name) =>
      parquet(
        name,
        `select * from (values ${rowsOf(6).map(({ k, v, t }) => `(${k}::bigint, ${v}::bigint, timestamp '${t}')`)}) r(k, v, t)`,
      ),
  ],
  [
    'csv',
    'csv',
    async (name) =>
      write(
        name,
        `k,v,t\n${rowsOf(6)
          .map(({ k, v, t }) => `${k},${v},${t} 00:00:00`)
          .join('\n')}\n`,
      ),
  ],
  [
    'json',
    'ndjson',
    async (name) =>
      write(
        name,
        rowsOf(6)
          .map((row) => JSON.stringify({ ...row, t: `${row.t} 00:00:00` }))
          .join('\n'),
      ),
  ],
  ...(['file', 'stream'] as const).map(
    (kind) =>
      [
        'arrow',
        'arrow',
        async (name: string) => {
          const rows = rowsOf(6)
          const arrow = new ArrowTable({
            k: vectorFromArray(rows.map(({ k }) => BigInt(k))),
            v: vectorFromArray(rows.map(({ v }) => BigInt(v))),
            t: vectorFromArray(rows.map(({ t }) => new Date(t))),
          })
          return write(name.replace('.', `-${kind}.`), tableToIPC(arrow, kind))
        },
      ] as const,
  ),
]

describe.each(formats)('%s', (kind, ending, make) => {
  test('schema, rows, profile and a feature of it', async () => {
    const path = await make(`one.${ending}`)
    expect((await data.schemaOf(path)).columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'k int',
      'v int',
      't time',
    ])
    expect((await table(path)).map(({ k, v }) => [k, v])).toEqual(rowsOf(6).map(({ k, v }) => [k, v]))
    const profile = await data.handlers.profile({ path, column: 'v', filters: [] }, call)
    expect(profile).toMatchObject({ rows: 6, nulls: 0, min: 0, max: 5, distinct: 6 })
    write(
      'one.proml',
      `namespace one\nsource s = ${kind}("${path}") { time t }\nentity thing(k: int)\nfeature total: int of thing = sum(v) from s by k over all\n`,
    )
    const { arrow } = await features.handlers.feature({ feature: 'total', path: 'one.proml', rows: 10 }, call)
    const values = tableFromIPC(arrow)
      .toArray()
      .map((row) => [Number(row.k), Number(row.total)])
    expect(values.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [0, 3],
      [1, 5],
      [2, 7],
    ])
  })
})

describe('a glob', () => {
  test('of partitions has a column for each folder, whatever the format', async () => {
    await parquet('p/year=2001/month=1/a.parquet', 'select 1::bigint as n')
    await parquet('p/year=2001/month=2/a.parquet', 'select 2::bigint as n')
    await parquet('p/year=2002/month=1/a.parquet', 'select 3::bigint as n')
    expect(await types('p/**/*.parquet')).toEqual(['n int', 'month int?', 'year int?'])
    const expected = [
      { n: 1, month: 1, year: 2001 },
      { n: 2, month: 2, year: 2001 },
      { n: 3, month: 1, year: 2002 },
    ]
    expect(await table('p/year=*/month=*/*.parquet')).toEqual(expected)
    expect(await table('p/year=2001/*/*.parquet')).toEqual(expected.slice(0, 2))
    const profile = await data.handlers.profile({ path: 'p/**/*.parquet', column: 'year', filters: [] }, call)
    expect(profile).toMatchObject({ rows: 3, min: 2001, max: 2002 })
    for (const [folder, n] of [
      ['day=1', 1],
      ['day=2', 2],
    ] as const) {
      write(`c/${folder}/a.csv`, `n,s\n${n},x\n`)
      write(`j/${folder}/a.ndjson`, `{"n":${n},"s":"x"}\n`)
      write(`a/${folder}/a.arrow`, tableToIPC(tableFromArrays({ n: Int32Array.of(n), s: ['x'] }), 'file'))
    }
    for (const path of ['c/*/*.csv', 'j/*/*.ndjson', 'a/*/*.arrow'])
      expect(await table(path)).toEqual([
        { n: 1, s: 'x', day: 1 },
        { n: 2, s: 'x', day: 2 },
      ])
    // Left out lines do not take the folders along.
    write('c/day=2/a.csv', 'n,s\n2,x\n3\n')
    expect(await table('csv:c/*/*.csv?bad_rows=skip')).toEqual([
      { n: 1, s: 'x', day: 1 },
      { n: 2, s: 'x', day: 2 },
    ])
  })

  test('whose folders do not say the same partitions is refused, with two files', async () => {
    await parquet('odd/year=2001/a.parquet', 'select 1 as n')
    await parquet('odd/b.parquet', 'select 2 as n')
    const error = await failureOf(data.schemaOf('odd/**/*.parquet'))
    expect(error.message).toBe(
      'The folders of `odd/b.parquet` and `odd/year=2001/a.parquet` do not say the same partitions.',
    )
  })

  test('of files with other columns goes by name: what one lacks is null there', async () => {
    await parquet('m/1.parquet', "select 1::bigint as a, 'x' as b")
    await parquet('m/2.parquet', "select 'y' as b, 2.5::double as a, true as c")
    expect(await types('m/*.parquet')).toEqual(['a float', 'b string', 'c bool?'])
    expect(await table('m/*.parquet')).toEqual([
      { a: 1, b: 'x', c: null },
      { a: 2.5, b: 'y', c: true },
    ])
    write('m/1.csv', 'a,b\n1,x\n')
    write('m/2.csv', 'b,a,c\ny,2,true\n')
    expect(await table('m/*.csv')).toEqual([
      { a: 1, b: 'x', c: null },
      { a: 2, b: 'y', c: true },
    ])
    write('m/1.ndjson', '{"a":1,"b":"x"}\n')
    write('m/2.ndjson', '{"b":"y","a":2,"c":true}\n')
    expect(await table('m/*.ndjson')).toEqual([
      { a: 1, b: 'x', c: null },
      { a: 2, b: 'y', c: true },
    ])
  })

  test('in which a column is of two kinds is refused, with both files and the column', async () => {
    await parquet('k/1.parquet', 'select 1 as a')
    await parquet('k/2.parquet', 'select 2 as a, 1 as later')
    await parquet('k/3.parquet', "select 3 as a, 'x' as later")
    const error = await failureOf(data.schemaOf('k/*.parquet'))
    expect(error.toData()).toMatchObject({
      code: 'unreadable_file',
      message: '`later` is INTEGER in `k/2.parquet` and VARCHAR in `k/3.parquet`.',
      place: { file: 'k/3.parquet', column: 'later' },
    })
  })

  test('of tables that have nothing in common is refused', async () => {
    write('n/1.csv', 'a,b\n1,2\n')
    write('n/2.csv', 'c,d\n1,2\n')
    expect((await failureOf(data.schemaOf('n/*.csv'))).message).toBe('`n/2.csv` has none of the columns of `n/1.csv`.')
  })

  test('that fits no file says so', async () => {
    const error = await failureOf(data.schemaOf('none/*.parquet'))
    expect(error.toData()).toMatchObject({
      code: 'not_found',
      message: 'No file fits `none/*.parquet`.',
      place: { file: 'none/*.parquet' },
    })
  })

  test('with one damaged file names that file', async () => {
    await parquet('d/1.parquet', 'select range as n from range(10000)')
    write('d/2.parquet', readFileSync(at('d/1.parquet')).subarray(0, 500))
    expect((await failureOf(data.schemaOf('d/*.parquet'))).place).toMatchObject({ file: 'd/2.parquet' })
    copyFileSync(join(projectRoot, 'test/data/fixtures/lz4.feather'), at('d/1.feather'))
    write('d/2.feather', readFileSync(at('d/1.feather')).subarray(0, 9000))
    expect((await failureOf(data.schemaOf('d/*.feather'))).place).toMatchObject({ file: 'd/2.feather' })
    write('d/1.ndjson', '{"a":1}\n')
    write('d/2.ndjson', '{"a":1}\n\n{"a":\n')
    expect((await failureOf(data.schemaOf('d/*.ndjson'))).place).toMatchObject({ file: 'd/2.ndjson', line: 3 })
  })

  test('of a thousand files is one table', async () => {
    for (let index = 0; index < 1000; index += 1) write(`t/${String(index).padStart(4, '0')}.csv`, `n\n${index}\n`)
    expect((await data.schemaOf('t/*.csv')).rows).toBe(1000)
  })
})
