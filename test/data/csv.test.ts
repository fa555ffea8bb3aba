import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { testContext } from '../support/context'
import { failureOf, tableRows } from './support/opened'

const context = testContext()
const data = createDataService(context, () => {})
const call = { signal: new AbortController().signal }
const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const rounds = process.env.PROML_LONG ? 2000 : 60

const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(context.workspace.root, name), content)
  return name
}
const table = (path: string) => tableRows(data, path)
const badRows = (path: string, limit = 100) => data.handlers.badRows({ path, limit }, call)
const skipping = (path: string): string => `csv:${path}?bad_rows=skip`

afterAll(async () => {
  await data.dispose()
  context.remove()
})

describe('dialects', () => {
  test.each([
    ['commas', 'a,b\n1,x\n2,y\n'],
    ['semicolons', 'a;b\n1;x\n2;y\n'],
    ['tabs', 'a\tb\n1\tx\n2\ty\n'],
    ['bars', 'a|b\n1|x\n2|y\n'],
    ['lines of Windows', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['lines of old Macintoshes', 'a,b\r1,x\r2,y\r'],
    ['lines of several systems', 'a,b\r\n1,x\n2,y\r\n'],
    ['no line end at the end', 'a,b\n1,x\n2,y'],
    ['blank lines', 'a,b\n\n1,x\n\n2,y\n\n'],
    ['a delimiter after the last value', 'a,b\n1,x,\n2,y,\n'],
    ['quotation marks around everything', '"a","b"\n"1","x"\n"2","y"\n'],
    ['a byte order mark', '\ufeffa,b\n1,x\n2,y\n'],
    ['a byte order mark before a quotation mark', '\ufeff"a",b\n1,x\n2,y\n'],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,x\n2,y\n', 'utf16le')],
    ['UTF-16 without a mark', Buffer.from('a,b\r\n1,x\r\n2,y\r\n', 'utf16le')],
    ['UTF-16 the other way round', Buffer.from('\ufeffa,b\n1,x\n2,y\n', 'utf16le').swap16()],
  ])('%s', async (_, content) => {
    expect(await table(write('dialect.csv', content))).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ])
  })

  test('delimiters, line ends and quotation marks inside quotation marks belong to the value', async () => {
    const rows = await table(write('quoted.csv', 'a,b\n1,"x,y"\n2,"two\nlines"\n3,"say ""yes"""\n'))
    expect(rows.map(({ b }) => b)).toEqual(['x,y', 'two\nlines', 'say "yes"'])
  })

  test('a file of numbers alone has no header: its columns are numbered', async () => {
    expect(await table(write('bare.csv', '1,2.5\n3,4.5\n'))).toEqual([
      { column0: 1, column1: 2.5 },
      { column0: 3, column1: 4.5 },
    ])
  })

  test('decimal commas are text until somebody says what they are', async () => {
    write('german.csv', 'name;price\na;1,5\nb;22,25\n')
    expect((await data.schemaOf('german.csv')).columns[1]?.type).toBe('string')
    expect(await table('csv:german.csv?decimal=%2C')).toEqual([
      { name: 'a', price: 1.5 },
      { name: 'b', price: 22.25 },
    ])
  })

  test('a delimiter that nobody would guess can be said', async () => {
    write('tilde.csv', 'a~b\n1~x\n')
    expect(await table('csv:tilde.csv?delimiter=~')).toEqual([{ a: 1, b: 'x' }])
    expect((await failureOf(data.schemaOf('csv:tilde.csv?delimiter=ab'))).code).toBe('invalid_input')
  })

  test('Latin-1 is refused with the line, and read when it is said to be that', async () => {
    write('latin.csv', Buffer.from('name,n\nplain,1\ncaf\xe9,2\n', 'latin1'))
    const error = await failureOf(data.schemaOf('latin.csv'))
    expect(error.message).toBe('`latin.csv`: line 3 is not UTF-8 text.')
    expect(error.place).toEqual({ file: 'latin.csv', line: 3, column: 'name' })
    expect(error.hint).toContain('encoding: "windows-1252"')
    expect(await table('csv:latin.csv?encoding=windows-1252')).toEqual([
      { name: 'plain', n: 1 },
      { name: 'café', n: 2 },
    ])
  })
})

describe('bad rows', () => {
  const messy = [
    'id,name,n',
    '1,"two',
    'lines",1',
    '2,too,many,values',
    '3,"x"y,3',
    '4,few',
    '5,ok,5',
    '6,"never closed,6',
    '7,ok,7',
    '',
  ].join('\n')

  test('each is told with its line as an editor counts, its column, what is wrong, and its text', async () => {
    write('messy.csv', messy)
    const told = await badRows('messy.csv')
    expect(told.rows.map(({ line, lastLine, column, reason, text }) => [line, lastLine, column, reason, text])).toEqual(
      [
        [4, 4, null, 'has 4 values where 3 are expected', '2,too,many,values'],
        [5, 5, 'name', 'has text after a closing quotation mark', '3,"x"y,3'],
        [6, 6, null, 'has 2 values where 3 are expected', '4,few'],
        [8, 8, 'name', 'opens a quotation mark that is never closed', '6,"never closed,6'],
      ],
    )
    expect(told.total).toBe(4)
    const error = await failureOf(data.schemaOf('messy.csv'))
    expect(error.toData()).toMatchObject({
      code: 'unreadable_file',
      message: '`messy.csv`: line 4 has 4 values where 3 are expected, and 3 more lines are wrong.',
      place: { file: 'messy.csv', line: 4 },
    })
    expect(error.hint).toContain('csv("messy.csv", bad_rows: "skip")')
  })

  test('the others are read when that is asked for, and how many are left out is said', async () => {
    write('messy.csv', messy)
    expect(await table(skipping('messy.csv'))).toEqual([
      { id: 1, name: 'two\nlines', n: 1 },
      { id: 5, name: 'ok', n: 5 },
      { id: 7, name: 'ok', n: 7 },
    ])
    expect(await data.schemaOf(skipping('messy.csv'))).toMatchObject({ rows: 3, skippedRows: 4 })
    expect((await badRows(skipping('messy.csv'))).total).toBe(4)
    const profile = await data.handlers.profile({ path: skipping('messy.csv'), column: 'n', filters: [] }, call)
    expect(profile).toMatchObject({ rows: 3, type: 'int' })
    expect(readFileSync(join(context.workspace.root, 'messy.csv'), 'utf8')).toBe(messy)
  })

  test('a mended file leaves nothing out', async () => {
    write('mending.csv', 'a,b\n1\n2,3\n')
    expect(await table(skipping('mending.csv'))).toEqual([{ a: 2, b: 3 }])
    write('mending.csv', 'a,b\n1,22\n2,3\n')
    expect((await table(skipping('mending.csv'))).length).toBe(2)
    expect((await data.schemaOf(skipping('mending.csv'))).skippedRows).toBe(0)
    expect(
      readdirSync(context.workspace.internal('tmp', 'csv')).filter((name) => name.endsWith('.csv')).length,
    ).toBeLessThan(6)
  })

  test('of a glob, each is told with its file', async () => {
    write('many-1.csv', 'a,b\n1,2\n')
    write('many-2.csv', 'a,b\n3\n4,5\n')
    write('many-3.csv', 'a,b\n6,7,8\n')
    expect((await badRows('many-*.csv')).rows.map(({ file, line }) => [file, line])).toEqual([
      ['many-2.csv', 2],
      ['many-3.csv', 2],
    ])
    expect((await failureOf(data.schemaOf('many-*.csv'))).place).toMatchObject({ file: 'many-2.csv', line: 2 })
    expect(await table(skipping('many-*.csv'))).toEqual([
      { a: 1, b: 2 },
      { a: 4, b: 5 },
    ])
  })

  test('100,000 of them are counted, a few described', async () => {
    write('bad-through.csv', `a,b\n${'1\n'.repeat(100_000)}2,3\n`)
    const told = await badRows('bad-through.csv', 5)
    expect([told.total, told.rows.length]).toEqual([100_000, 5])
    expect(await table(skipping('bad-through.csv'))).toEqual([{ a: 2, b: 3 }])
  })

  test('a line longer than any row is one bad row, shown clipped', async () => {
    write('long-line.csv', `a,b\n1,${'x'.repeat(5_000_000)}\n2,y\n`)
    const { total, rows } = await badRows('long-line.csv')
    expect(total).toBe(1)
    expect(rows[0]).toMatchObject({ line: 2, reason: 'is longer than 2 MB' })
    expect(rows[0]?.text.length).toBeLessThan(250)
    expect(await table(skipping('long-line.csv'))).toEqual([{ a: 2, b: 'y' }])
  })

  const good = fc.array(
    fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'Z', '7', ' ', 'é', '☃', '.') }),
      fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', 'é') }),
    ),
    { minLength: 2, maxLength: 2 },
  )
  const quote = (value: string): string => (/[",\r\n]|^$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
  const row = fc.oneof(
    {
      weight: 6,
      arbitrary: good.map((values) => ({ bytes: Buffer.from(['ok', ...values.map(quote)].join(',')), values })),
    },
    { weight: 1, arbitrary: fc.constant({ bytes: Buffer.from('a,b'), values: null }) },
    { weight: 1, arbitrary: fc.constant({ bytes: Buffer.from('a,"b\n,c",d,e'), values: null }) },
    { weight: 1, arbitrary: fc.constant({ bytes: Buffer.from('a,"b"c,d'), values: null }) },
    { weight: 1, arbitrary: fc.constant({ bytes: Buffer.from('a,b\xff,d', 'latin1'), values: null }) },
  )

  test(`in random files the bad rows are told and the good ones kept, whole (${rounds} files, seed ${seed})`, async () => {
    let rowCount = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 40 }).filter((rows) => rows.some(({ values }) => values !== null)),
        fc.constantFrom('\n', '\r\n'),
        async (rows, end) => {
          rowCount += rows.length
          write(
            'random.csv',
            Buffer.concat([{ bytes: Buffer.from('k,x,y') }, ...rows].flatMap(({ bytes }) => [bytes, Buffer.from(end)])),
          )
          let line = 2
          const expected: number[] = []
          for (const { bytes, values } of rows) {
            if (values === null) expected.push(line)
            line += 1 + bytes.toString('latin1').split('\n').length - 1
          }
          expect((await badRows('random.csv')).rows.map((bad) => bad.line)).toEqual(expected)
          const sql = (await data.tableOf(skipping('random.csv'))).sql.replace(
            ', sample_size',
            ', header = true, all_varchar = true, sample_size',
          )
          const read = await data.engine.rows(`select x, y from ${sql}`)
          expect(read.map(({ x, y }) => [x ?? '', y ?? ''])).toEqual(
            rows.flatMap(({ values }) => (values ? [values] : [])),
          )
        },
      ),
      { seed, numRuns: rounds },
    )
    console.log(`${rowCount} random CSV rows, seed ${seed}`)
  })
})
