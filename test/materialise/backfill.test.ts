import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backfillFolder, manifestSchema } from '../../electron/services/materialise/backfillStore'
import { call, failure, workbench } from './support'

let bench: ReturnType<typeof workbench>
beforeAll(() => {
  bench = workbench()
})
afterAll(() => bench.dispose())

const programText = (more = '') => `namespace shop
source orders = parquet("data/orders.parquet") { time ordered  created arrived  row (id) }
entity client(name: string)
/// What a client spent in three days.
feature spent_3d: int of client = sum(amount) from orders by client over 3d default 0 ${more}
/// Whether that is much.
feature spends_much: bool of client = spent_3d > 500
`

/** Orders of ten days: five clients, one a day new; each third order arrives a day late. */
const orders = `select i as id, 'c' || (i % least(5, 1 + i // 20)) as client, (i * 37) % 100 as amount,
  timestamp '2001-01-01' + interval (i * 72) minute as ordered,
  timestamp '2001-01-01' + interval (i * 72 + (case when i % 3 = 0 then 1440 else 0 end)) minute as arrived
from range(200) r(i)`

const days = { from: '2001-01-01', to: '2001-01-10' }
const path = 'shop.proml'
const write = (sql = orders) => bench.write('data/orders.parquet', sql)
const backfill = async (more: Partial<Parameters<typeof bench.make>[0]> = {}) => {
  const [set] = (await bench.make({ path, days, ...more })).sets
  if (!set?.backfill) throw new Error('nothing was made')
  return set.backfill
}
const files = (folder: string) =>
  Object.fromEntries(
    readdirSync(bench.at(folder))
      .filter((name) => name.endsWith('.parquet'))
      .map((name) => {
        const { ino, mtimeNs } = statSync(join(bench.at(folder), name), { bigint: true })
        return [name.slice(0, 10), `${ino} ${mtimeNs}`]
      }),
  )
const manifestOf = (folder: string) =>
  manifestSchema.parse(JSON.parse(readFileSync(join(bench.at(folder), 'manifest.json'), 'utf8')))
/** Days whose file was written again. */
const rewritten = (before: Record<string, string>, after: Record<string, string>) =>
  Object.keys(after).filter((day) => after[day] !== before[day])

beforeAll(async () => {
  await write()
  writeFileSync(bench.at(path), programText())
})

describe('a backfill', () => {
  test('has for each day what is known at its end, as `--as-of` computes it', async () => {
    const { folder, computed, reused, rows } = await backfill()
    expect({ computed, reused }).toEqual({ computed: 10, reused: 0 })
    expect(folder).toMatch(/^\.proml\/features\/shop\.client\/[0-9a-f]{32}$/)
    let total = 0
    for (const day of ['2001-01-01', '2001-01-02', '2001-01-06', '2001-01-10']) {
      const next = new Date(Date.parse(`${day}T00:00Z`) + 86_400_000).toISOString().slice(0, 10)
      const asked = { features: ['spent_3d', 'spends_much'], path, output: 'asked.parquet', asOf: next }
      await bench.context.jobs.finished((await bench.features.handlers.values(asked, call)).jobId)
      const select = 'select name, as_of::varchar as t, spent_3d, spends_much from'
      const wanted = await bench.rows(`${select} @asked.parquet order by name`)
      expect(await bench.rows(`${select} @${folder}/${day}.parquet`), day).toEqual(wanted)
      expect(manifestOf(folder).days[day]?.rows).toBe(wanted.length)
      total += wanted.length
    }
    // Clients come one after another.
    expect(total).toBe(1 + 2 + 5 + 5)
    expect(rows).toBe(Object.values(manifestOf(folder).days).reduce((sum, day) => sum + day.rows, 0))
  })

  test('computes nothing again, and a longer range only what is new', async () => {
    const { folder } = await backfill()
    const before = files(folder)
    expect(await backfill()).toMatchObject({ computed: 0, reused: 10 })
    expect(rewritten(before, files(folder))).toEqual([])
    const longer = await backfill({ days: { from: '2000-12-31', to: '2001-01-11' } })
    expect(longer).toMatchObject({ computed: 2, reused: 10, folder })
    expect(rewritten(before, files(folder))).toEqual(['2000-12-31', '2001-01-11'])
    // Nobody was known then.
    expect(manifestOf(folder).days['2000-12-31']?.rows).toBe(0)
  })

  test('is kept where words change, and is another where a definition does', async () => {
    const { folder, identity } = await backfill()
    writeFileSync(bench.at(path), `${programText('owner "sales"')}// a remark\n`)
    expect(await backfill()).toMatchObject({ computed: 0, identity })
    writeFileSync(bench.at(path), programText('owner "sales"').replace('3d default', '2d default'))
    const other = await backfill()
    expect(other).toMatchObject({ computed: 10, reused: 0 })
    expect(other.folder).not.toBe(folder)
    writeFileSync(bench.at(path), programText())
    expect(await backfill()).toMatchObject({ computed: 0, reused: 10, folder })
  })

  test('computes again the days that a changed input changes, and no others', async () => {
    const { folder } = await backfill()
    const before = files(folder)
    // In another order, and as another file: the same rows.
    await write(`select * from (${orders}) order by amount, id desc`)
    expect(await backfill()).toMatchObject({ computed: 0, reused: 10 })
    // Of the second day, but told on the eighth.
    const late = `select 999, 'c0', 700, timestamp '2001-01-02 10:00', timestamp '2001-01-08 10:00'`
    await write(`${orders} union all ${late}`)
    expect(await backfill()).toMatchObject({ computed: 3, reused: 7 })
    expect(rewritten(before, files(folder)).sort()).toEqual(['2001-01-08', '2001-01-09', '2001-01-10'])
    // At the very midnight: of the next day, whatever a window’s rule says of its end.
    await write(`${orders} union all select 998, 'c0', 1, timestamp '2001-01-05', timestamp '2001-01-05'`)
    const changed = files(folder)
    await backfill()
    expect(rewritten(changed, files(folder)).sort()[0]).toBe('2001-01-04')
    await write()
    await backfill()
    const manifest = manifestOf(folder)
    expect(await backfill()).toMatchObject({ computed: 0 })
    expect(manifestOf(folder)).toEqual(manifest)
  })

  test('does not believe a file that was cut short, nor a manifest that is no manifest', async () => {
    const { folder } = await backfill()
    const manifest = manifestOf(folder)
    truncateSync(join(bench.at(folder), '2001-01-03.parquet'), 100)
    appendFileSync(join(bench.at(folder), '2001-01-05.parquet'), 'x')
    expect(await backfill()).toMatchObject({ computed: 2, reused: 8 })
    expect(manifestOf(folder)).toEqual(manifest)
    writeFileSync(join(bench.at(folder), 'manifest.json'), '{"days": ')
    expect(await backfill()).toMatchObject({ computed: 10, reused: 0 })
    const again = manifestOf(folder).days
    expect(again).toEqual(Object.fromEntries(Object.keys(again).map((day) => [day, manifest.days[day]])))
  })

  test('goes on from what was noted before a kill, and does not write the manifest for each day', async () => {
    const { folder } = await backfill()
    const notes = join(bench.at(folder), 'manifest.notes.ndjson')
    const whole = manifestOf(folder)
    expect(existsSync(notes)).toBe(false)
    // As a writer leaves it that is killed while it notes the last day: nine are whole, three of them in the manifest.
    const days = Object.entries(whole.days)
    const lines = days.slice(3).map(([day, one]) => JSON.stringify({ [day]: one }))
    const left = { ...whole, days: Object.fromEntries(days.slice(0, 3)) }
    writeFileSync(join(bench.at(folder), 'manifest.json'), JSON.stringify(left))
    writeFileSync(notes, lines.join('\n').slice(0, -30))
    const listed = async () => {
      const { backfills } = await bench.materialise.handlers.list({}, call)
      return backfills.find((one) => one.folder === folder)?.days
    }
    expect(await listed()).toBe(9)
    const before = files(folder)
    expect(await backfill()).toMatchObject({ computed: 1, reused: 9 })
    expect(rewritten(before, files(folder))).toEqual(['2001-01-10'])
    expect(existsSync(notes)).toBe(false)
    expect(manifestOf(folder)).toEqual(whole)

    const store = await backfillFolder(bench.context.workspace, 'shop.client', whole.identity)
    const [day] = days.map(([, one]) => one)
    const inode = () => statSync(join(store.path, 'manifest.json'), { bigint: true }).ino
    const written = inode()
    const sizes: number[] = []
    for (let year = 1000; year < 1300; year += 1) {
      await store.note({ [`${year}-01-01`]: day as (typeof days)[number][1] })
      sizes.push(statSync(notes).size)
    }
    // Each takes as much as the first.
    expect(new Set(sizes.map((size, index) => size - (sizes[index - 1] ?? 0))).size).toBe(1)
    expect(inode()).toBe(written)
    expect(await listed()).toBe(310)
    await store.write(whole)
    expect(await listed()).toBe(10)
  })

  test('names the day that fails, and keeps those before it', async () => {
    writeFileSync(
      bench.at('large.proml'),
      `namespace large
source orders = parquet("data/orders.parquet") { time ordered  row (id) }
entity client(name: string)
feature product: int of client = sum(amount) from orders by client over 1d
`,
    )
    // Two on the fourth day; the sum of both is larger than 64 bits hold.
    const moments = ['2001-01-01 10:00', '2001-01-02 10:00', '2001-01-04 10:00', '2001-01-04 11:00']
    await write(
      moments
        .map(
          (t, id) =>
            `select ${id} as id, 'c' as client, 4611686018427387904 as amount, timestamp '${t}' as ordered, timestamp '${t}' as arrived`,
        )
        .join(' union all '),
    )
    const error = await failure(bench.make({ path: 'large.proml', days }))
    expect(error).toMatchObject({ code: 'invalid_input' })
    expect(error.message).toMatch(/^2001-01-04: A number of a feature became larger/)
    const folder = readdirSync(bench.at('.proml/features/large.client'))[0] ?? ''
    const made = manifestOf(`.proml/features/large.client/${folder}`).days
    expect(Object.keys(made).sort()).toEqual(['2001-01-01', '2001-01-02', '2001-01-03'])
    expect(readdirSync(bench.at('.proml/tmp')).filter((name) => name.startsWith('materialise'))).toEqual([])
    await write()
  })

  test('names the day in which a vector of the wrong length lies', async () => {
    writeFileSync(
      bench.at('vectors.proml'),
      `namespace vectors
source tastes = parquet("data/tastes.parquet") { time at  schema (taste: vector[2]) }
entity client(name: string)
feature taste: vector[2] of client = latest(taste) from tastes by name
`,
    )
    // One a day at noon; at the midnight between the fourth and the fifth day, one number too many.
    const noon = `select 'c' || (i % 2) as name, timestamp '2001-01-01 12:00' + to_days(i::int) as at, [i, 1]::double[] as taste from range(10) r(i)`
    await bench.write(
      'data/tastes.parquet',
      `${noon} union all select 'c0', timestamp '2001-01-05', [1, 2, 3]::double[]`,
    )
    const error = await failure(bench.make({ path: 'vectors.proml', days }))
    expect(error).toMatchObject({ code: 'invalid_input', place: { column: 'taste' } })
    expect(error.message).toBe('2001-01-05: A vector of `taste` has 3 numbers, not 2.')
    const { backfills } = await bench.materialise.handlers.list({}, call)
    expect(backfills.find(({ entity }) => entity === 'vectors.client')).toMatchObject({
      ...{ first: '2001-01-01', last: '2001-01-04', days: 4 },
    })
    await bench.write('data/tastes.parquet', noon)
    // A row of midnight belongs to what the fourth day is told by, too.
    expect(await backfill({ path: 'vectors.proml' })).toMatchObject({ computed: 7, reused: 3 })
  })

  test('says that the moment has a name of its own', async () => {
    const named = (feature: string, key: string): void =>
      writeFileSync(
        bench.at('moments.proml'),
        `namespace moments
source orders = parquet("data/orders.parquet") { time ordered  row (id) }
entity client(${key}: string)
feature ${feature}: int of client = count() from orders by client over 1d
`,
      )
    const refused = async (): Promise<string> => {
      const { code, message, hint } = await failure(bench.make({ path: 'moments.proml', days }))
      return `${code}: ${message} ${hint}`
    }
    named('as_of', 'name')
    expect(await refused()).toMatch(
      /^invalid_input: `as_of` is the column of the moment, and a feature too\. Give the feature another name in the program/,
    )
    named('As_Of', 'name')
    expect(await refused()).toMatch(/and a feature too/)
    named('ordered', 'as_of')
    expect(await refused()).toMatch(/and a key too\. Give the key another name/)
    expect(existsSync(bench.at('.proml/features/moments.client'))).toBe(false)
  })

  test('tells each day, stops when told to, and goes on from there', async () => {
    writeFileSync(bench.at('many.proml'), programText().replace('namespace shop', 'namespace many'))
    const range = { from: '2001-01-01', to: '2001-07-19' }
    const jobId = await bench.start({ path: 'many.proml', days: range })
    const log = async () => (await bench.context.jobs.handlers.log({ id: jobId, from: 0 }, call)).lines
    await expect
      .poll(async () => (await log()).some((line) => line.includes('2001-01-03: ')), { timeout: 60_000 })
      .toBe(true)
    await bench.context.jobs.handlers.cancel({ id: jobId }, call)
    expect(await failure(bench.context.jobs.finished(jobId))).toMatchObject({ code: 'cancelled' })
    expect(readdirSync(bench.at('.proml/tmp')).filter((name) => name.startsWith('materialise'))).toEqual([])
    const told = (await log()).filter((line) => /\d{4}-\d\d-\d\d: /.test(line)).length
    const rest = await backfill({ path: 'many.proml', days: range })
    expect(rest.reused).toBeGreaterThanOrEqual(told)
    expect(rest.computed + rest.reused).toBe(200)
    expect(rest.computed).toBeGreaterThan(0)
  })

  test('refuses what cannot be', async () => {
    const refused = async (input: Parameters<typeof bench.make>[0]) => {
      const { code, message } = await failure(bench.make(input))
      return `${code}: ${message}`
    }
    expect(await refused({ path })).toMatch(/^invalid_input: Nothing says what to make/)
    expect(await refused({ path, days: { from: '2001-01-09', to: '2001-01-01' } })).toMatch(
      /^invalid_input: 2001-01-01 lies/,
    )
    expect(await refused({ path, days: { from: '2001-02-30', to: '2001-03-01' } })).toMatch(
      /^invalid_input: `2001-02-30`/,
    )
    expect(await refused({ path, days: { from: '0001-01-01', to: '9999-01-01' } })).toMatch(
      /^invalid_input: .* too many/,
    )
    expect(await refused({ path, features: ['spent_4d'], days })).toMatch(/^not_found: There is no feature/)
    expect(await refused({ path, model: 'none', days })).toMatch(/^not_found: .*no model/)
    expect(await refused({ path: 'none.proml', days })).toMatch(/^not_found: There is no program/)
    expect(await refused({ path, days, asOf: '2001-01-05' })).toMatch(/^invalid_input: The days of a range/)
    await bench.write('data/towns.parquet', `select 'a' as town, 3 as size`)
    writeFileSync(
      bench.at('towns.proml'),
      'namespace towns\nsource towns = parquet("data/towns.parquet")\nentity town(name: string)\nfeature size: int of town = latest(size) from towns by town\n',
    )
    expect(await refused({ path: 'towns.proml', days })).toMatch(/^invalid_input: .*do not depend on time/)
    // They can be served all the same.
    await bench.make({ path: 'towns.proml', online: true })
    const { rows, table } = await bench.get('towns.proml', ['size'], [{ name: 'a' }, { name: 'b' }])
    expect(table.asOf).toBeNull()
    expect(rows).toEqual([
      { isKnown: true, values: ['3'] },
      { isKnown: false, values: [null] },
    ])
    expect(existsSync(bench.at('.proml/features/towns.town'))).toBe(false)
  })
})
