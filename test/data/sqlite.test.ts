import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { referenceOf } from '@shared/data/reference'
import type { StudioError } from '@shared/errors'
import { draftResultSchema } from '@shared/rpc/draft'
import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { microsOf } from '../../electron/services/data/sqliteTypes'
import { createDraftService } from '../../electron/services/draft/draft'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 1_000_000)
const context = testContext()
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )
const reference = (path: string, table: string): string => referenceOf({ kind: 'sqlite', path, options: { table } })

let count = 0
/** A database of this test alone. */
const database = (...statements: readonly string[]): { path: string; db: DatabaseSync } => {
  count += 1
  const path = `shop${count}.db`
  const db = new DatabaseSync(at(path))
  for (const statement of statements) db.exec(statement)
  return { path, db }
}
const typesOf = async (path: string, table: string): Promise<Record<string, string>> => {
  const { columns } = await data.schemaOf(reference(path, table))
  return Object.fromEntries(columns.map(({ name, nativeType }) => [name, nativeType]))
}
const rowsOf = async (path: string, table: string): Promise<Record<string, unknown>[]> =>
  data.engine.rows(`select * from ${(await data.tableOf(reference(path, table))).sql}`)

afterAll(async () => {
  await data.dispose()
  await language.dispose()
  context.remove()
})

describe('what columns of a SQLite table are', () => {
  test('follows the values, and the declared types where those leave a choice', async () => {
    const { path, db } = database(
      `create table t (id integer primary key, price decimal(10, 2), paid boolean, day date, at datetime, note text,
        written text, size real, photo blob, anything, never datetime)`,
      `insert into t values
        (1, 5, 1, '2024-02-29', '2024-02-29 12:30', 'é', '2024-01-01T00:00:00.123456Z', 1, x'00ff', 'x', null),
        (9007199254740993, 5.25, 0, '2024-03-01', '2024-03-01', null, '2024-01-01T02:00:00+02:00', 2.5, null, 'y', null)`,
    )
    expect(await typesOf(path, 't')).toEqual({
      id: 'BIGINT',
      price: 'DOUBLE',
      paid: 'BOOLEAN',
      day: 'DATE',
      at: 'TIMESTAMP',
      note: 'VARCHAR',
      written: 'TIMESTAMP',
      size: 'DOUBLE',
      photo: 'BLOB',
      anything: 'VARCHAR',
      never: 'TIMESTAMP',
    })
    const [first, second] = await rowsOf(path, 't')
    expect(first).toMatchObject({ id: 1, price: 5, paid: true, size: 1, note: 'é' })
    expect(first?.written).toEqual(new Date('2024-01-01T00:00:00.123Z'))
    expect(second).toMatchObject({ id: 9007199254740993n, price: 5.25, paid: false, note: null, photo: null })
    expect(second?.written).toEqual(new Date('2024-01-01T00:00:00Z'))
    const { columns, rows, format } = await data.schemaOf(reference(path, 't'))
    expect({ rows, format }).toEqual({ rows: 2, format: 'sqlite' })
    expect(columns.filter(({ isNullable }) => isNullable).map(({ name }) => name)).toEqual(['note', 'photo', 'never'])
    db.close()
  })

  test('becomes text where one value has another type, and loses no value', async () => {
    const { path, db } = database(
      'create table t (amount integer, at datetime, mixed, big real)',
      `insert into t values (1, '2024-01-01 00:00:00', 1, 9007199254740993), ('many', 'yesterday', x'0a', 0.5), (null, null, 2.5, 9e999)`,
    )
    expect(await typesOf(path, 't')).toEqual({ amount: 'VARCHAR', at: 'VARCHAR', mixed: 'VARCHAR', big: 'DOUBLE' })
    const rows = await rowsOf(path, 't')
    expect(rows.map(({ amount }) => amount)).toEqual(['1', 'many', null])
    expect(rows.map(({ mixed }) => mixed)).toEqual(['1', "x'0a'", '2.5'])
    expect(rows[2]?.big).toBe(Number.POSITIVE_INFINITY)
    db.close()
  })

  test('takes a moment for what the calendar and the clock know, to the microsecond', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0101-01-01T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (moment, micros, offset) => {
          const local = new Date(moment.getTime() + offset * 60_000).toISOString()
          fc.pre(local.length === 24)
          const sign = offset < 0 ? '-' : '+'
          const two = (value: number): string => String(value).padStart(2, '0')
          const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
          const text = `${local.slice(0, -1)}${String(micros).padStart(3, '0')}${zone}`
          expect(microsOf(text)).toBe(BigInt(moment.getTime()) * 1000n + BigInt(micros))
        },
      ),
      { seed },
    )
    for (const text of ['2023-02-29 00:00', '2024-13-01 00:00', '2024-01-01 24:00', '2024-01-01 00:60', '2024-01-01'])
      expect(microsOf(text)).toBe(null)
  })
})

describe('a SQLite source', () => {
  test('is checked against its real columns, previewed, profiled and used in features', async () => {
    const { path, db } = database(
      'create table orders (at datetime, customer text not null, amount integer)',
      "insert into orders select datetime('2024-01-01', '+' || value || ' hours'), 'c' || (value % 3), value from (with recursive n(value) as (select 0 union all select value + 1 from n where value < 99) select value from n)",
    )
    writeFileSync(
      at('shop.proml'),
      `namespace shop
source orders = sqlite("${path}", table: "orders") { time at  row (customer) }
entity customer(id: string)
feature spent_1d: int of customer = sum(amount) from orders by customer over 1d default 0
model large {
  observe orders
  predict large = amount > 50
  use spent = spent_1d by customer
  let all = logistic(spent)
  output p = probability(all)
}
`,
    )
    expect((await language.handlers.check({ path: 'shop.proml' }, call)).diagnostics).toEqual([])
    const plan = await language.planOf('shop.proml', 'large')
    expect(plan.sources).toMatchObject([{ kind: 'sqlite', path, options: { table: 'orders' } }])
    const output = at('set.parquet')
    expect(await features.buildTrainingSet(plan, { output, ...call })).toMatchObject({ rows: 100, features: 1 })
    const [spent] = await data.engine.rows(`select sum(spent) as total from read_parquet('${output}')`)
    let total = 0
    for (let now = 0; now < 100; now += 1)
      for (let then = Math.max(0, now - 24); then < now; then += 1) if (then % 3 === now % 3) total += then
    expect(Number(spent?.total)).toBe(total)
    const preview = await features.handlers.preview({ path: 'shop.proml', limit: 50, rows: 5 }, call)
    expect(preview.rows).toBe(50)
    const named = reference(path, 'orders')
    const page = await data.handlers.page(
      { path: named, offset: 2, limit: 3, sort: null, filters: [{ column: 'amount', operator: '>', value: 10 }] },
      call,
    )
    expect(page).toMatchObject({ rows: 3, totalRows: 89 })
    expect(Array.from(tableFromIPC(page.arrow).getChild('amount') ?? [], Number)).toEqual([13, 14, 15])
    const profile = await data.handlers.profile({ path: named, column: 'customer', filters: [] }, call)
    expect(profile).toMatchObject({ rows: 100, distinct: 3 })
    db.close()
  })

  test('is told where it has no such column, no such table, no such file', async () => {
    const { path, db } = database(
      'create table orders (id integer)',
      'create view "new orders" as select id from orders',
    )
    const codes = async (text: string): Promise<unknown[]> => {
      const { diagnostics } = await language.handlers.check({ path: 'a.proml', text }, call)
      return diagnostics.map(({ code, message }) => [code, message])
    }
    expect(await codes(`source s = sqlite("${path}", table: "orders") { time when }`)).toEqual([
      ['PML1101', expect.stringContaining('`when`')],
    ])
    expect(await codes(`source s = sqlite("${path}", table: "order")`)).toEqual([
      ['PML1305', `\`${path}, table order\` cannot be read: \`${path}\` has no table \`order\`.`],
    ])
    expect((await failure(data.schemaOf(reference(path, 'order')))).hint).toBe('It has `new orders`, `orders`.')
    expect(await codes('source s = sqlite("nowhere.db", table: "t")')).toEqual([
      ['PML1305', expect.stringContaining('no file')],
    ])
    expect(await codes('source s = sqlite("../out.db", table: "t")')).toEqual([
      ['PML1304', '`../out.db` lies outside the workspace.'],
    ])
    expect(await data.handlers.tables({ path }, call)).toEqual({ tables: ['new orders', 'orders'] })
    expect(Object.keys(await typesOf(path, 'NEW ORDERS'))).toEqual(['id'])
    db.close()
  })

  test('is read anew when the database changes, also where the change stands in its log only', async () => {
    const { path, db } = database(
      'pragma journal_mode = wal',
      'create table t (id integer)',
      'insert into t values (1)',
    )
    const first = await data.tableOf(reference(path, 't'))
    expect((await data.tableOf(reference(path, 't'))).sql).toBe(first.sql)
    const rowsThere = async (): Promise<number | null> => (await data.schemaOf(reference(path, 't'))).rows
    expect(await rowsThere()).toBe(1)
    for (let rows = 2; rows < 8; rows += 1) {
      db.exec(`insert into t values (${rows})`)
      expect(await rowsThere()).toBe(rows)
    }
    // The last states stay for who was about to read them, older ones go.
    const cache = readdirSync(context.workspace.internal('cache', 'sources'))
    const stem = (await data.tableOf(reference(path, 't'))).sql.match(/sources\/([0-9a-f]+)-/)?.[1] ?? ''
    expect(cache.filter((name) => name.startsWith(stem))).toHaveLength(3)
    expect(cache.filter((name) => name.endsWith('.part'))).toEqual([])
    db.close()
  })

  test('is never written over by what is made from it', async () => {
    const { path, db } = database('create table t (id integer)', 'insert into t values (1)')
    db.close()
    copyFileSync(at(path), at('kept.parquet'))
    writeFileSync(
      at('over.proml'),
      'source s = sqlite("kept.parquet", table: "t")\nmodel m {\n  observe s\n  predict x = id\n  use id\n  let l = linear(id)\n  output v = value(l)\n}\n',
    )
    const plan = await language.planOf('over.proml', 'm')
    const before = readFileSync(at('kept.parquet'))
    expect(await failure(features.buildTrainingSet(plan, { output: at('kept.parquet'), ...call }))).toMatchObject({
      code: 'invalid_input',
    })
    expect(readFileSync(at('kept.parquet'))).toEqual(before)
  })
})

describe('a hostile SQLite file', () => {
  test('keeps names of columns and tables as names', async () => {
    const evil = '"; drop table x; --'
    const quoted = `"${evil.replaceAll('"', '""')}"`
    const { path, db } = database(
      'create table x (id integer)',
      `create table ${quoted} (${quoted} integer, "a'b" text, "é\n\t" text, "select" text)`,
      `insert into ${quoted} values (1, 'q''', 'w', 'e')`,
    )
    expect(await rowsOf(path, evil)).toEqual([{ [evil]: 1, "a'b": "q'", 'é\n\t': 'w', select: 'e' }])
    const named = reference(path, evil)
    expect(await data.handlers.profile({ path: named, column: evil, filters: [] }, call)).toMatchObject({ rows: 1 })
    expect(db.prepare('select count(*) as n from x').get()).toMatchObject({ n: 0 })
    db.close()
  })

  test('may hold huge texts, broken text and ends of text within a text', async () => {
    const { path, db } = database(
      'create table t (a text)',
      `insert into t values (replace(hex(zeroblob(4000000)), '00', 'ä')), (cast(x'ff41' as text)), ('a' || char(0) || 'b'), ('')`,
    )
    const rows = await data.engine.rows(
      `select length(a) as n, a = '' as is_empty from ${(await data.tableOf(reference(path, 't'))).sql}`,
    )
    expect(rows.map(({ n }) => n)).toEqual([4_000_000, 2, 3, 0])
    expect(rows.map(({ is_empty }) => is_empty)).toEqual([false, false, false, true])
    db.close()
  })

  test('is told where it is no database, cut off, empty or locked, and what was read before stays', async () => {
    const { path, db } = database(
      'create table t (a text)',
      'insert into t select hex(randomblob(500)) from (with recursive n(i) as (select 0 union all select i + 1 from n where i < 2000) select i from n)',
    )
    db.close()
    writeFileSync(at('text.db'), 'not a database at all, though it is long enough to be one. '.repeat(100))
    writeFileSync(at('none.db'), '')
    copyFileSync(at(path), at('cut.db'))
    truncateSync(at('cut.db'), 300_000)
    const messages = await Promise.all(
      ['text.db', 'none.db', 'cut.db'].map((one) => failure(data.schemaOf(reference(one, 't')))),
    )
    expect(messages.map(({ code, message, hint }) => [code, message, typeof hint])).toEqual([
      ['unreadable_file', '`text.db` is not a SQLite database.', 'string'],
      ['unreadable_file', '`none.db` is empty.', 'string'],
      ['unreadable_file', 'The database `cut.db` is damaged or unfinished.', 'string'],
    ])
    expect((await data.schemaOf(reference(path, 't'))).rows).toBe(2001)
    const writer = new DatabaseSync(at(path))
    writer.exec('begin exclusive; delete from t')
    copyFileSync(at(path), at('other.db'))
    const locked = new DatabaseSync(at('other.db'))
    locked.exec('begin exclusive')
    expect(await failure(data.schemaOf(reference('other.db', 't')))).toMatchObject({
      code: 'unreadable_file',
      message: 'The database `other.db` is locked by another program.',
    })
    for (const one of [writer, locked]) {
      one.exec('rollback')
      one.close()
    }
    expect((await data.schemaOf(reference('other.db', 't'))).rows).toBe(2001)
  }, 30_000)

  test('cannot keep the studio busy: a view without an end is left when the person leaves', async () => {
    const { path, db } = database(
      'create view forever as with recursive n(i) as (select 0 union all select i + 1 from n) select i from n',
      'create view silent as with recursive n(i) as (select 0 union all select i + 1 from n) select i from n where i < 0',
      'create table t (id integer)',
    )
    for (const view of ['forever', 'silent']) {
      const stop = new AbortController()
      const work = failure(data.tableOf(reference(path, view), { signal: stop.signal }))
      await data.schemaOf(reference(path, 't')).catch(() => {})
      stop.abort()
      expect(await work).toMatchObject({ code: 'cancelled' })
    }
    expect((await data.schemaOf(reference(path, 't'))).rows).toBe(0)
    expect(
      readdirSync(context.workspace.internal('cache', 'sources')).filter((name) => name.endsWith('.part')),
    ).toEqual([])
    db.close()
  }, 30_000)
})

test('a database that Python wrote is read the same', async () => {
  const script = `
import sqlite3, datetime, sys
sqlite3.register_adapter(datetime.datetime, lambda at: at.isoformat(" "))
db = sqlite3.connect(sys.argv[1])
db.execute("create table t (at timestamp, name text, amount real, raw blob)")
db.executemany("insert into t values (?, ?, ?, ?)", [
  (datetime.datetime(2024, 5, 6, 7, 8, 9, 123456), "Ünï", 1.1, b"\\x00\\x01"),
  (datetime.datetime(2024, 5, 6), None, None, None)])
db.commit()
`
  execFileSync('python3', ['-c', script, at('python.db')])
  expect(await typesOf('python.db', 't')).toEqual({ at: 'TIMESTAMP', name: 'VARCHAR', amount: 'DOUBLE', raw: 'BLOB' })
  const { sql } = await data.tableOf(reference('python.db', 't'))
  expect(await data.engine.rows(`select epoch_us("at") as micros, name, amount from ${sql}`)).toEqual([
    { micros: Date.UTC(2024, 4, 6, 7, 8, 9) * 1000 + 123456, name: 'Ünï', amount: 1.1 },
    { micros: Date.UTC(2024, 4, 6) * 1000, name: null, amount: null },
  ])
})

test('a database opened without a table says which it has, and a draft is made of one of them', async () => {
  const { path, db } = database(
    'create table visits (at datetime, shop text, spent real, came_back boolean)',
    `insert into visits select datetime('2024-01-01', '+' || i || ' hours'), 's' || (i % 5), (i * 37) % 101, i * 37 % 101 > 50
     from (with recursive n(i) as (select 0 union all select i + 1 from n where i < 799) select i from n)`,
  )
  db.close()
  expect(await failure(data.schemaOf(path))).toMatchObject({
    message: `\`${path}\` is a database: say which table.`,
    hint: `It has \`visits\`; in a program write \`sqlite("${path}", table: "visits")\`.`,
  })
  const draft = createDraftService(context, () => {}, { data, language })
  const { jobId } = await draft.handlers.file({ path: reference(path, 'visits'), label: 'came_back' }, call)
  const result = await context.jobs.finished(jobId)
  const { text, program } = draftResultSchema.parse(result)
  expect(program).toBe('visits.proml')
  expect(text).toContain(`source visits = sqlite("${path}", table: "visits") {`)
  expect((await language.handlers.check({ path: program, text }, call)).diagnostics).toEqual([])
})
