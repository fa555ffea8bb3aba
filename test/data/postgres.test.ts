import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { referenceOf } from '@shared/data/reference'
import type { StudioError } from '@shared/errors'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { addressOf, tableNameOf } from '../../electron/services/data/postgresAddress'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'
import { type PostgresServer, postgresPrograms, postgresServer } from '../support/postgres'

const programs = postgresPrograms()
if (!programs)
  process.stderr.write(
    '\n*** SKIPPED: sources of a real PostgreSQL were NOT tested. On Debian: apt-get install postgresql\n\n',
  )

const logged: string[] = []
const note = (message: string, detail?: unknown): void => void logged.push(`${message} ${JSON.stringify(detail)}`)
const context = { ...testContext(), log: { info: note, warn: note, error: note } }
let isTrusted = true
const data = createDataService(context, () => {}, { isTrusted: () => isTrusted })
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )
const shop = (table: string): string =>
  referenceOf({ kind: 'postgres', path: '', options: { url: { secret: 'shop' }, table } })
const rowsOf = async (table: string): Promise<Record<string, unknown>[]> =>
  data.engine.rows(`select * from ${(await data.tableOf(shop(table), { isFresh: true })).sql}`)

afterAll(async () => {
  await data.dispose()
  await language.dispose()
  context.remove()
})

describe('the address of a database', () => {
  test('is taken apart here, encrypted and checked by itself, and never repeated', () => {
    const password = (config: ReturnType<typeof addressOf>): unknown =>
      typeof config.password === 'function' ? config.password() : config.password
    const far = addressOf('postgres://me:p%40ss@db.example/shop')
    expect(far).toMatchObject({
      host: 'db.example',
      port: 5432,
      user: 'me',
      database: 'shop',
      ssl: { rejectUnauthorized: true },
    })
    expect(password(far)).toBe('p@ss')
    expect(addressOf('postgresql://me@localhost:5433/shop')).toMatchObject({ port: 5433, ssl: false })
    expect(password(addressOf('postgres://me@localhost/shop'))).toBe('')
    expect(addressOf('postgres://me@db.example/shop?sslmode=require').ssl).toEqual({ rejectUnauthorized: false })
    for (const wrong of [
      'mysql://me:hidden@h/d',
      'postgres://:hidden@h/d',
      'postgres://me:hidden@h',
      'postgres://me:hidden@h/d?sslrootcert=/etc/passwd',
      'postgres://me:hidden@h/d?sslmode=maybe',
      'postgres://me:hidden%zz@h/d',
      'hidden',
    ]) {
      const thrown = (() => {
        try {
          return addressOf(wrong)
        } catch (error) {
          return error
        }
      })()
      expect(thrown).toMatchObject({ code: 'invalid_input' })
      expect(JSON.stringify([thrown, String(thrown)])).not.toContain('hidden')
    }
  })

  test('names of tables are read with their schema and quotation marks', () => {
    expect(tableNameOf('orders')).toEqual({ schema: null, name: 'orders' })
    expect(tableNameOf('public.Orders')).toEqual({ schema: 'public', name: 'Orders' })
    expect(tableNameOf('"a.b"."say ""x"""')).toEqual({ schema: 'a.b', name: 'say "x"' })
    for (const wrong of ['', 'a.b.c', '"', 'a.']) expect(() => tableNameOf(wrong)).toThrow('no name of a table')
  })

  test('with a password in it does not stand in a program', async () => {
    const text = 'source s = postgres("postgres://me:hidden@h/d", table: "t")'
    const { diagnostics } = await language.handlers.check({ path: 'a.proml', text }, call)
    expect(diagnostics).toMatchObject([{ code: 'PML1303', message: expect.stringContaining('holds a password') }])
    expect(JSON.stringify(diagnostics)).not.toContain('hidden')
  })
})

describe.skipIf(!programs)('a PostgreSQL source', { timeout: 60_000 }, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer(programs ?? '')
    await data.handlers.setSecret({ name: 'shop', value: server.url }, call)
  }, 60_000)
  afterAll(() => server.remove())
  const readable = async (...sql: readonly string[]): Promise<void> => {
    for (const one of sql) await server.run(one)
    await server.run('grant select on all tables in schema public to reader')
  }

  test('has the columns that the database says, and values of each type as they are', async () => {
    const evil = '"; drop table kinds; --'
    await readable(
      "create type mood as enum ('sad', 'glad')",
      'create domain price as numeric(10, 2)',
      `create table kinds (id bigint primary key, small smallint, n integer, r real, d double precision, p price, big numeric,
        ok boolean, day date, at timestamp, tz timestamptz, note text, code char(3), m mood, j jsonb, u uuid, raw bytea,
        "${evil.replaceAll('"', '""')}" text)`,
      `insert into kinds values
        (9007199254740993, -1, 2, 1.5, 'NaN', 12.34, 0.1, true, '2024-02-29', '2024-01-01 00:00:00.123456',
         '2024-01-01 02:00:00.5+02', E'a\\n"b"\\\\ é', 'ab', 'glad', '{"a": 1}', '00000000-0000-0000-0000-000000000001', '\\x00ff', ''),
        (2, null, null, null, null, 'NaN', null, null, null, null, null, null, null, null, null, null, null, null)`,
    )
    const before = await data.schemaOf(shop('public.kinds'))
    expect(Object.fromEntries(before.columns.map(({ name, nativeType }) => [name, nativeType]))).toEqual({
      id: 'BIGINT',
      small: 'SMALLINT',
      n: 'INTEGER',
      r: 'FLOAT',
      d: 'DOUBLE',
      p: 'DECIMAL(10,2)',
      big: 'DOUBLE',
      ok: 'BOOLEAN',
      day: 'DATE',
      at: 'TIMESTAMP',
      tz: 'TIMESTAMP',
      note: 'VARCHAR',
      code: 'VARCHAR',
      m: 'VARCHAR',
      j: 'VARCHAR',
      u: 'VARCHAR',
      raw: 'BLOB',
      [evil]: 'VARCHAR',
    })
    expect(before.columns.filter(({ isNullable }) => !isNullable).map(({ name }) => name)).toEqual(['id'])
    const { sql } = await data.tableOf(shop('public.kinds'))
    const [row, nulls] = await data.engine.rows(
      `select * exclude (p, "at", tz, "day", raw), cast(p as varchar) as p, epoch_us("at") as "at", epoch_us(tz) as tz, cast("day" as varchar) as "day", hex(raw) as raw from ${sql} order by id desc`,
    )
    expect(row).toEqual({
      id: 9007199254740993n,
      small: -1,
      n: 2,
      r: 1.5,
      d: Number.NaN,
      p: '12.34',
      big: 0.1,
      ok: true,
      day: '2024-02-29',
      at: Date.UTC(2024, 0, 1) * 1000 + 123_456,
      tz: Date.UTC(2024, 0, 1) * 1000 + 500_000,
      note: 'a\n"b"\\ é',
      code: 'ab ',
      m: 'glad',
      j: '{"a": 1}',
      u: '00000000-0000-0000-0000-000000000001',
      raw: '00FF',
      [evil]: '',
    })
    expect(Object.values(nulls ?? {}).filter((value) => value !== null)).toEqual([2])
    const after = await data.schemaOf(shop('public.kinds'))
    expect(after.columns.map(({ name, nativeType }) => [name, nativeType])).toEqual(
      before.columns.map(({ name, nativeType }) => [name, nativeType]),
    )
    expect(after).toMatchObject({ format: 'postgres', rows: 2 })
  })

  test('is checked, and read anew for each training set; pages and checks keep the last copy', async () => {
    await readable(
      'create table orders (at timestamptz not null, customer text not null, amount integer not null)',
      "insert into orders select '2024-01-01'::timestamptz + i * interval '1 hour', 'c' || (i % 3), i from generate_series(0, 99) i",
    )
    writeFileSync(
      at('shop.proml'),
      `namespace shop
source orders = postgres(secret("shop"), table: "public.orders") { time at  row (customer) }
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
    expect(JSON.stringify(plan)).not.toContain('127.0.0.1')
    const build = () => features.buildTrainingSet(plan, { output: at('set.parquet'), ...call })
    expect(await build()).toMatchObject({ rows: 100 })
    await server.run("insert into orders values ('2024-02-01', 'c9', 7)")
    const page = () =>
      data.handlers.page({ path: shop('public.orders'), offset: 0, limit: 5, sort: null, filters: [] }, call)
    expect(await page()).toMatchObject({ totalRows: 100 })
    expect(await data.handlers.refresh({ path: shop('public.orders') }, call)).toMatchObject({ rows: 101 })
    expect(await page()).toMatchObject({ totalRows: 101 })
    await server.run("insert into orders values ('2024-02-02', 'c9', 8)")
    expect(await build()).toMatchObject({ rows: 102 })
    const profile = await data.handlers.profile({ path: shop('public.orders'), column: 'customer', filters: [] }, call)
    expect(profile).toMatchObject({ rows: 102, distinct: 4 })
    const codes = async (text: string): Promise<unknown[]> =>
      (await language.handlers.check({ path: 'b.proml', text }, call)).diagnostics.map(({ code, message }) => [
        code,
        message,
      ])
    expect(await codes('source s = postgres(secret("shop"), table: "public.orders") { time when }')).toEqual([
      ['PML1101', expect.stringContaining('`when`')],
    ])
    expect(await codes('source s = postgres(secret("shop"), table: "public.order")')).toEqual([
      ['PML1305', expect.stringContaining('The database has no table `public.order`.')],
    ])
    expect(await codes('source s = postgres(secret("none"), table: "public.orders")')).toEqual([
      ['PML1305', expect.stringContaining('There is no secret `none` on this machine.')],
    ])
  })

  test('crosses fetch by fetch, with rows of any size, as it was at one moment', async () => {
    await readable(
      "create table wide as select i as id, repeat('ä', case when i % 500 = 0 then 1000000 else 10 end) as note from generate_series(1, 30000) i",
    )
    const table = await data.tableOf(shop('wide'))
    expect(
      await data.engine.rows(
        `select count(*) as n, count(distinct id) as ids, sum(length(note)) as total from ${table.sql}`,
      ),
    ).toEqual([{ n: 30_000, ids: 30_000, total: 60 * 1_000_000 + 29_940 * 10 }])
    await readable("create table huge as select repeat('x', 40000000) as note")
    expect(await data.engine.rows(`select length(note) as n from ${(await data.tableOf(shop('huge'))).sql}`)).toEqual([
      { n: 40_000_000 },
    ])
    await readable('create table none (id integer)')
    expect(await rowsOf('none')).toEqual([])
  })

  test('refuses what it cannot hold, and what this user may not see', async () => {
    await readable('create table lists (id integer, tags text[])', 'create table spans (s int4range)')
    await server.run('create table hidden (id integer)')
    expect(await failure(data.schemaOf(shop('lists')))).toMatchObject({
      code: 'not_supported',
      message: 'The column `tags` of `lists` holds several values in one (`text[]`).',
    })
    expect(await failure(data.tableOf(shop('spans')))).toMatchObject({ code: 'not_supported' })
    expect(await failure(data.tableOf(shop('hidden')))).toMatchObject({ code: 'permission_denied' })
    expect(await failure(data.tableOf(shop('orders"; drop table orders; --')))).toMatchObject({ code: 'invalid_input' })
    expect(await failure(data.tableOf(shop('"orders""; drop table orders; --"')))).toMatchObject({ code: 'not_found' })
  })

  test('changes nothing, whatever a view does', async () => {
    await readable(
      'create table counts (n integer)',
      'create function tick() returns integer language plpgsql volatile security definer as $$ begin insert into counts values (1); return 1; end $$',
      'create view ticking as select tick() as n',
    )
    expect(await failure(data.tableOf(shop('ticking')))).toMatchObject({
      code: 'unreadable_file',
      message: expect.stringContaining('read-only transaction'),
    })
    expect(await server.run('select count(*)::int as n from counts')).toEqual([{ n: 0 }])
  })

  test('is left when the person leaves, and the server is told', async () => {
    await server.run('create or replace view endless as select count(*) as n from generate_series(1, 1000000000000)')
    await readable()
    const stop = new AbortController()
    const work = failure(data.tableOf(shop('endless'), { signal: stop.signal }))
    const running = async (): Promise<number> =>
      (await server.run("select 1 from pg_stat_activity where usename = 'reader' and state = 'active'")).length
    while ((await running()) === 0) await pause(10)
    stop.abort()
    expect(await work).toMatchObject({ code: 'cancelled' })
    for (let attempt = 0; attempt < 200 && (await running()) > 0; attempt += 1) await pause(10)
    expect(await running()).toBe(0)
  })

  test('keeps to encryption where it is asked for, and says what to do where that fails', async () => {
    const asked = (mode: string, table: string) =>
      data.handlers
        .setSecret({ name: mode, value: `${server.url}?sslmode=${mode}` }, call)
        .then(() =>
          data.tableOf(referenceOf({ kind: 'postgres', path: '', options: { url: { secret: mode }, table } })),
        )
    await readable('create view safe as select ssl from pg_stat_ssl where pid = pg_backend_pid()')
    expect(await data.engine.rows(`select * from ${(await asked('require', 'safe')).sql}`)).toEqual([{ ssl: true }])
    expect(await data.engine.rows(`select * from ${(await asked('disable', 'safe')).sql}`)).toEqual([{ ssl: false }])
    const refused = await failure(asked('verify-full', 'safe'))
    expect(refused).toMatchObject({ code: 'permission_denied', hint: expect.stringContaining('sslmode=require') })
  })

  test('asks nobody for a workspace that is not trusted', async () => {
    isTrusted = false
    try {
      expect(await failure(data.schemaOf(shop('counts')))).toMatchObject({ code: 'permission_denied' })
      expect(await failure(data.tableOf(shop('counts'), { isFresh: true }))).toMatchObject({
        code: 'permission_denied',
      })
    } finally {
      isTrusted = true
    }
  })

  test('uses the last copy where the server does not answer, and says so; a wrong password is told as such', async () => {
    await server.stop()
    const table = await data.tableOf(shop('public.orders'), { isFresh: true })
    expect(await data.engine.rows(`select count(*) as n from ${table.sql}`)).toEqual([{ n: 102 }])
    expect(logged.some((line) => line.includes('does not answer'))).toBe(true)
    expect(await failure(data.tableOf(shop('never.seen')))).toMatchObject({ code: 'source_unreachable' })
    await server.start()
    await data.handlers.setSecret({ name: 'wrong', value: server.url.replace('pa%3A', 'no%3A') }, call)
    const wrong = await failure(
      data.tableOf(referenceOf({ kind: 'postgres', path: '', options: { url: { secret: 'wrong' }, table: 'orders' } })),
    )
    expect(wrong).toMatchObject({ code: 'permission_denied' })
    expect(JSON.stringify(wrong.toData())).not.toContain('ss/w@rd')
  })

  test('leaves the password in no log and in no file of the workspace', () => {
    const files = readdirSync(context.workspace.root, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    )
    expect(files.length).toBeGreaterThan(3)
    for (const secret of [server.password, encodeURIComponent(server.password)]) {
      expect(logged.join('\n')).not.toContain(secret)
      for (const file of files)
        expect(readFileSync(join(file.parentPath, file.name)).includes(secret), file.name).toBe(false)
    }
    expect(readdirSync(context.workspace.internal('tmp')).filter((name) => name.startsWith('postgres-'))).toEqual([])
  })
})
