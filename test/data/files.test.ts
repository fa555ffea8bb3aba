import { copyFileSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { referenceOf } from '@shared/data/reference'
import type { StudioError } from '@shared/errors'
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'
import { afterAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { projectRoot, testContext } from '../support/context'

const context = testContext({ sample: 'flights' })
const data = createDataService(context, () => {})
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content)
  return name
}
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )
const flights = 'data/flights.parquet'
const page = (path: string, more: Partial<Parameters<typeof data.handlers.page>[0]> = {}) =>
  data.handlers.page({ path, offset: 0, limit: 10, sort: null, filters: [], ...more }, call)
const column = async (path: string, name: string, more: Parameters<typeof page>[1] = {}): Promise<unknown[]> => {
  const { arrow } = await page(path, { limit: 10_000, ...more })
  return Array.from(tableFromIPC(arrow).getChild(name) ?? [], (value) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
}

afterAll(async () => {
  await data.dispose()
  context.remove()
})

describe('a file whose time was set back after it changed', () => {
  const withOldTime = (name: string): void => utimesSync(at(name), 1_000_000_000, 1_000_000_000)

  test('is read as it is, also where a copy of it is what is read', async () => {
    const arrow = (value: number): Uint8Array => tableToIPC(tableFromArrays({ a: Float64Array.of(value) }))
    const files: readonly (readonly [name: string, of: (value: number) => string | Uint8Array])[] = [
      ['back.csv', (value) => `a\n${value}\n`],
      ['back16.csv', (value) => Buffer.from(`\ufeffa\n${value}\n`, 'utf16le')],
      ['back.arrow', arrow],
    ]
    for (const [name, of] of files)
      for (const value of [3, 7]) {
        write(name, of(value))
        withOldTime(name)
        expect(await column(name, 'a'), name).toEqual([value])
      }
  })

  test('is read as it is, where it is a database', async () => {
    const path = referenceOf({ kind: 'sqlite', path: 'back.db', options: { table: 't' } })
    const database = new DatabaseSync(at('back.db'))
    database.exec('create table t (a integer); insert into t values (0)')
    for (const value of [3, 7]) {
      database.exec(`update t set a = ${value}`)
      withOldTime('back.db')
      expect(await column(path, 'a')).toEqual([value])
    }
    database.close()
  })
})

describe('a Parquet file', () => {
  test('says its columns, rows, size, and which columns have nulls', async () => {
    const schema = await data.schemaOf(flights)
    expect(schema).toMatchObject({ path: flights, format: 'parquet', rows: 200_000 })
    expect(schema.columns).toEqual([
      { name: 'date', type: 'time', nativeType: 'TIMESTAMP', isNullable: false },
      { name: 'delay', type: 'int', nativeType: 'BIGINT', isNullable: false },
      { name: 'distance', type: 'int', nativeType: 'BIGINT', isNullable: false },
      { name: 'origin', type: 'string', nativeType: 'VARCHAR', isNullable: false },
      { name: 'destination', type: 'string', nativeType: 'VARCHAR', isNullable: false },
    ])
  })

  test('pages in file order, and pages fit together', async () => {
    const first = await page(flights, { limit: 3 })
    const second = await page(flights, { offset: 3, limit: 3 })
    const both = await page(flights, { limit: 6 })
    expect(first).toMatchObject({ offset: 0, rows: 3, totalRows: 200_000 })
    const rows = (arrow: Uint8Array): unknown[] => tableFromIPC(arrow).toArray().map(String)
    expect([...rows(first.arrow), ...rows(second.arrow)]).toEqual(rows(both.arrow))
    expect(await page(flights, { offset: 199_998 })).toMatchObject({ rows: 2, totalRows: 200_000 })
  })

  test('sorts, filters with typed values, and pages of a sort fit together on ties', async () => {
    const sort = { column: 'origin', isDescending: false }
    const filters = [
      { column: 'distance', operator: '>', value: 2000 } as const,
      { column: 'origin', operator: 'contains', value: 'a' } as const,
      { column: 'date', operator: '<', value: '2001-01-03' } as const,
    ]
    const all = await column(flights, 'date', { sort, filters, limit: 50 })
    const parts = await Promise.all(
      [0, 10, 20, 30, 40].map((offset) => column(flights, 'date', { sort, filters, offset, limit: 10 })),
    )
    expect(parts.flat()).toEqual(all)
    expect(new Set((await column(flights, 'origin', { filters })).map((one) => String(one).includes('A')))).toEqual(
      new Set([true]),
    )
  })

  test('profiles a number exactly', async () => {
    const profile = await data.handlers.profile({ path: flights, column: 'delay', filters: [] }, call)
    expect(profile).toMatchObject({
      rows: 200_000,
      nulls: 0,
      nonFinite: 0,
      isDistinctExact: true,
      sampledRows: 200_000,
    })
    const values = (await data.engine.rows(`select delay from read_parquet('${at(flights)}') order by delay`)).map(
      (row) => Number(row.delay),
    )
    expect(profile.distinct).toBe(new Set(values).size)
    expect(profile.quantiles?.p50).toBe(((values[99_999] ?? 0) + (values[100_000] ?? 0)) / 2)
    expect(profile.mean).toBeCloseTo(values.reduce((sum, one) => sum + one, 0) / values.length, 9)
    expect([profile.min, profile.max]).toEqual([values[0], values.at(-1)])
    const histogram = profile.histogram
    expect(histogram?.counts.reduce((sum, one) => sum + one, 0)).toBe(200_000)
    expect(histogram?.edges.length).toBe((histogram?.counts.length ?? 0) + 1)
    histogram?.counts.forEach((count, bin) => {
      const [low = 0, high = 0] = [histogram.edges[bin], histogram.edges[bin + 1]]
      const isLast = bin === histogram.counts.length - 1
      expect(values.filter((one) => one >= low && (isLast ? one <= high : one < high)).length).toBe(count)
    })
  })

  test('profiles times and texts', async () => {
    const date = await data.handlers.profile({ path: flights, column: 'date', filters: [] }, call)
    expect(date).toMatchObject({
      min: '2001-01-01T00:01:00.000Z',
      max: '2001-01-13T08:11:00.000Z',
      mean: null,
      quantiles: null,
    })
    expect(date.histogram?.counts.reduce((sum, one) => sum + one, 0)).toBe(200_000)
    const origin = await data.handlers.profile(
      { path: flights, column: 'origin', filters: [{ column: 'origin', operator: '!=', value: 'ATL' }] },
      call,
    )
    expect(origin.distinct).toBe(222)
    expect(origin.top[0]?.count).toBeGreaterThan(origin.top[1]?.count ?? 0)
    expect(origin.rows).toBeLessThan(200_000)
  })
})

describe('other formats', () => {
  test.each(['lz4', 'zstd'])('an Arrow file with %s buffers reads like any other', async (codec) => {
    copyFileSync(join(projectRoot, `test/data/fixtures/${codec}.feather`), at(`${codec}.feather`))
    const schema = await data.schemaOf(`${codec}.feather`)
    expect(schema.rows).toBe(5000)
    expect(schema.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'i int',
      'f float',
      's string',
      'c string',
      't time',
      'd date',
      'b bool',
      'm float',
      'l vector',
    ])
    const [row] = await data.engine.rows(
      `select count(*) as n, sum(i) as i, sum(f) as f, count(distinct s) as s, max(t)::varchar as t, min(d)::varchar as d, sum(b::int) as b, max(m) as m, min(l::varchar) as l
       from ${(await data.tableOf(`${codec}.feather`)).sql}`,
    )
    const numbers = Array.from({ length: 5000 }, (_, index) => index)
    expect(row).toMatchObject({
      n: 5000,
      i: numbers.filter((one) => one % 7 !== 0).reduce((sum, one) => sum + one, 0),
      s: 50,
      t: '2001-01-01 00:00:05.003999',
      d: '1969-12-30',
      b: 1667,
      m: 49.99,
      l: '[1, 2]',
    })
    expect(Number(row?.f)).toBeCloseTo(
      numbers.reduce((sum, one) => sum + one / 3, 0),
      6,
    )
  })

  test('CSV finds its delimiter, types from every row, and keeps lines that look like comments', async () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => `${index};${index}`).join('\n')
    write('late.csv', `a;b\n${rows}\n#1;0.5\n`)
    expect((await data.schemaOf('late.csv')).columns).toMatchObject([
      { name: 'a', type: 'string', isNullable: false },
      { name: 'b', type: 'float' },
    ])
    expect(await page('late.csv', { offset: 30_000 })).toMatchObject({ rows: 1, totalRows: 30_001 })
  })

  test('newline-delimited JSON', async () => {
    write('rows.ndjson', '{"a":1,"b":"x"}\n{"a":null,"b":"y"}\n')
    expect((await data.schemaOf('rows.ndjson')).columns).toMatchObject([
      { type: 'int', isNullable: true },
      { type: 'string' },
    ])
  })

  test('a glob is one table; a name with brackets is itself', async () => {
    write('part-1.csv', 'a,b\n1,2\n')
    write('part-2.csv', 'a,b\n3,4\n')
    write('part[12].csv', 'a,b\n9,9\n')
    expect(await column('part-*.csv', 'a')).toEqual([1, 3])
    expect(await column('part[12].csv', 'a')).toEqual([9])
  })

  test('numbers that are not finite are counted apart from nulls', async () => {
    write('odd.csv', 'v\n1\nnan\ninf\n\n3\n')
    const profile = await data.handlers.profile({ path: 'odd.csv', column: 'v', filters: [] }, call)
    expect(profile).toMatchObject({
      type: 'float',
      rows: 5,
      nonFinite: 2,
      nulls: 1,
      min: 1,
      max: 3,
      mean: 2,
      distinct: 2,
    })
  })
})

describe('bad input', () => {
  test.each([
    ['too many values', 'a,b,c\n1,2,3\n4,5,6,7\n8,9,10\n', 3, 'has 4 values where 3 are expected'],
    ['too few values', 'a,b,c\n1,2,3\n4,5,6\n8,9\n', 4, 'has 2 values where 3 are expected'],
    ['an open quotation mark', 'a,b\n1,"x\n2,3\n', 2, 'never closed'],
    ['bytes that are no UTF-8', Buffer.from('a,b\n1,caf\xe9\n', 'latin1'), 2, 'UTF-8'],
  ])('a CSV with %s names its line', async (_, content, line, words) => {
    write('bad.csv', content)
    const error = await failure(data.schemaOf('bad.csv'))
    expect(error.toData()).toMatchObject({ code: 'unreadable_file', place: { file: 'bad.csv', line } })
    expect(error.message).toContain(words)
    expect(error.hint).toBeTruthy()
  })

  test('a bad row deep in a long CSV is found too, and no row is dropped', async () => {
    const rows = Array.from({ length: 50_000 }, (_, index) => `${index},${index}`)
    rows.splice(40_000, 0, '1,2,3')
    write('long.csv', `a,b\n${rows.join('\n')}\n`)
    expect((await failure(page('long.csv'))).toData()).toMatchObject({
      code: 'unreadable_file',
      place: { line: 40_002 },
    })
  })

  test('a file that was mended reads', async () => {
    write('mended.csv', 'a,b\n1\n')
    expect((await failure(data.schemaOf('mended.csv'))).code).toBe('unreadable_file')
    write('mended.csv', 'a,b\n1,22\n')
    expect(await column('mended.csv', 'b')).toEqual([22])
  })

  test.each([
    ['truncated', () => readFileSync(at(flights)).subarray(0, 300_000)],
    ['a CSV by another name', () => 'a,b\n1,2\n'],
    [
      'with a footer that lies about its length',
      () => {
        const bytes = Buffer.from(readFileSync(at(flights)))
        bytes.writeUInt32LE(0x7fffffff, bytes.length - 8)
        return bytes
      },
    ],
  ])('a Parquet file that is %s is refused, and the next file reads', async (_, make) => {
    write('bad.parquet', make())
    const error = await failure(data.schemaOf('bad.parquet'))
    expect(error.toData()).toMatchObject({ code: 'unreadable_file', place: { file: 'bad.parquet' } })
    expect(error.message).toBe('`bad.parquet` cannot be read as Parquet.')
    expect((await page(flights)).rows).toBe(10)
  })

  test('a damaged Arrow file is refused', async () => {
    write('bad.arrow', readFileSync(join(projectRoot, 'test/data/fixtures/lz4.feather')).subarray(0, 9000))
    expect((await failure(data.schemaOf('bad.arrow'))).toData()).toMatchObject({
      code: 'unreadable_file',
      place: { file: 'bad.arrow' },
    })
  })

  test('an empty file, an absent file, another kind of file', async () => {
    write('empty.csv', '')
    write('notes.txt', 'hello')
    expect((await failure(data.schemaOf('empty.csv'))).toData()).toMatchObject({
      code: 'unreadable_file',
      message: '`empty.csv` is empty.',
    })
    expect((await failure(data.schemaOf('gone.parquet'))).code).toBe('not_found')
    expect((await failure(data.schemaOf('notes.txt'))).code).toBe('not_supported')
  })

  test('a column that is not there proposes the nearest', async () => {
    const error = await failure(data.handlers.profile({ path: flights, column: 'dely', filters: [] }, call))
    expect(error.toData()).toMatchObject({
      code: 'missing_column',
      hint: 'Did you mean `delay`?',
      place: { column: 'dely' },
    })
  })

  test('a filter whose value does not fit the column says so', async () => {
    const error = await failure(page(flights, { filters: [{ column: 'date', operator: '>', value: 'yesterday' }] }))
    expect(error.code).toBe('invalid_input')
    expect(error.message).toContain('yesterday')
  })

  test('column names are names, whatever they say', async () => {
    const hostile = '"; drop table x; --'
    write('hostile.csv', `"${hostile.replaceAll('"', '""')}",__proto__,constructor,\`\n1,2,3,4\n5,6,7,8\n`)
    expect((await data.schemaOf('hostile.csv')).columns.map(({ name }) => name)).toEqual([
      hostile,
      '__proto__',
      'constructor',
      '`',
    ])
    const filters = [{ column: hostile, operator: '>', value: 1 } as const]
    expect(await column('hostile.csv', hostile, { filters, sort: { column: hostile, isDescending: true } })).toEqual([
      5,
    ])
    expect(await data.handlers.profile({ path: 'hostile.csv', column: hostile, filters }, call)).toMatchObject({
      rows: 1,
      max: 5,
    })
    const value = "' or 1=1; --"
    expect(await page(flights, { filters: [{ column: 'origin', operator: '=', value }] })).toMatchObject({
      totalRows: 0,
    })
  })

  test('a path that leaves the workspace is refused, also through a link', async () => {
    symlinkSync('/etc', at('link'))
    for (const path of [
      '../secret.csv',
      '/etc/hostname.csv',
      'link/hosts.csv',
      'data/../../x.parquet',
      'li*/passwd.csv',
    ])
      expect(['outside_workspace', 'not_found']).toContain((await failure(page(path))).code)
  })
})

describe('writing a file', () => {
  test('as CSV, cells that a spreadsheet would run are made text', async () => {
    write('formula.csv', 'a,b\n=cmd|x,1\nplain,2\n@sum,3\n-5x,4\n')
    const { rows } = await data.handlers.convert(
      { path: 'formula.csv', output: 'out/safe.csv', filters: [{ column: 'b', operator: '<', value: 4 }] },
      call,
    )
    expect(rows).toBe(3)
    expect(readFileSync(at('out/safe.csv'), 'utf8')).toBe("a,b\n'=cmd|x,1\nplain,2\n'@sum,3\n")
  })

  test('is never done over a program or a notebook', async () => {
    write('rows.csv', 'a\n1\n')
    write('mine.proml', 'model m')
    const converted = data.handlers.convert({ path: 'rows.csv', output: 'mine.proml', filters: [] }, call)
    expect((await failure(converted)).code).toBe('invalid_input')
    expect(readFileSync(at('mine.proml'), 'utf8')).toBe('model m')
  })

  test('as Parquet, onto itself, whole', async () => {
    write('self.csv', 'a\n1\n2\n')
    await data.handlers.convert({ path: 'self.csv', output: 'self.parquet', filters: [] }, call)
    await data.handlers.convert(
      { path: 'self.parquet', output: 'self.parquet', filters: [{ column: 'a', operator: '=', value: 2 }] },
      call,
    )
    expect(await column('self.parquet', 'a')).toEqual([2])
  })
})
