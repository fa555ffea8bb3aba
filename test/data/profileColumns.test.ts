import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ColumnProfile } from '@shared/data/profile'
import { quoteText } from '@shared/sql/quote'
import { afterAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import type { DataEngine } from '../../electron/services/data/engine'
import { profileColumns } from '../../electron/services/data/profile'
import { testContext } from '../support/context'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const rounds = process.env.PROML_LONG ? 200 : 8
const context = testContext()
const data = createDataService(context, () => {})
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const profiles = async (path: string, columns: readonly string[]): Promise<ColumnProfile[]> =>
  (await data.handlers.profiles({ path, columns: [...columns], filters: [] }, call)).profiles

afterAll(async () => {
  await data.dispose()
  context.remove()
})

const shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

/** Value by value, as one would by hand; of a column of numbers. */
const byHand = (column: readonly (number | null)[]) => {
  const known = column.filter((value) => value !== null)
  const finite = known.filter(Number.isFinite).sort((a, b) => a - b)
  const mean = finite.reduce((sum, one) => sum + one, 0) / finite.length
  const squares = finite.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  const counts = Map.groupBy(known, (value) => String(value))
  return {
    exact: {
      rows: column.length,
      nulls: column.length - known.length,
      nonFinite: known.length - finite.length,
      distinct: new Set(finite).size,
      min: finite[0] ?? null,
      max: finite.at(-1) ?? null,
    },
    mean,
    stddev: finite.length > 1 ? Math.sqrt(squares / (finite.length - 1)) : Number.NaN,
    quantiles: shares.map((share) => {
      const place = share * (finite.length - 1)
      const [low = Number.NaN, high = Number.NaN] = [finite[Math.floor(place)], finite[Math.ceil(place)]]
      return low + (high - low) * (place - Math.floor(place))
    }),
    top: [...counts.values()].map((same) => same.length).sort((a, b) => b - a),
    binned: (edges: readonly number[]) =>
      edges.slice(0, -1).map((edge, bin) => {
        const isFirst = bin === 0
        const isLast = bin === edges.length - 2
        return finite.filter((one) => (isFirst || one >= edge) && (isLast || one < (edges[bin + 1] ?? 0))).length
      }),
  }
}

/** Kinds of columns, in terms of a row's number `i` and a random whole number `k`. */
const kinds: Readonly<Record<string, string>> = {
  whole: 'k % 7919',
  small: '(k % 5)::tinyint',
  vast: 'k::bigint * 1000003 - 4611686018427387904',
  unsigned: '(k % 300)::ubigint',
  huge: 'k::hugeint',
  real: `case k % 97 when 0 then 'nan'::double when 1 then 'inf'::double when 2 then '-inf'::double else (k % 100003) / 7.0 end`,
  single: '((k % 1000) / 8.0)::float',
  skewed: 'exp((k % 2000) / 100.0)',
  tenth: '(k % 40) * 0.1::double',
  priced: '((k % 100000) / 100)::decimal(12, 2)',
}

describe(`columns together, alone and by hand (${rounds} tables, seed ${seed})`, () => {
  test('say the same', { timeout: 600_000 }, async () => {
    let made = 0
    for (let round = 0; round < rounds; round += 1) {
      // Few rows are profiled together, more each alone; beyond 20,000 values the histogram takes a pass of its own.
      const rows = [0, 1, 2, 40, 700, 5000, 22_000, 60_000][(seed + round) % 8] ?? 1
      const columns = Object.entries(kinds).map(
        ([name, sql], index) =>
          `case when hash(k, ${index}) % 11 = 0 and ${round % 3} > 0 then null else ${sql} end as ${name}`,
      )
      const sql = `select ${columns.join(', ')}, k % 2 = 0 as truth, 't' || k % 50 as text, date '1969-12-01' + (k % 400)::int as day,
          timestamp '1999-12-31 23:59:59' + interval (k % 100000) second as moment, [k % 3, 1] as list
        from (select i, (hash(i + ${seed + round}) % 1000000)::int as k from range(${rows}) t(i)) order by i`
      await data.engine.copy(sql, at(`table${round}.parquet`), 'parquet')
      const path = `table${round}.parquet`
      const names = (await data.schemaOf(path)).columns.map(({ name }) => name)
      const together = await profiles(path, names)
      expect(together.map(({ name }) => name)).toEqual(names)
      const read = await data.engine.rows(
        `select ${Object.keys(kinds)
          .map((name) => `${name}::double as ${name}`)
          .join(', ')} from read_parquet(${quoteText(at(path))})`,
      )
      for (const profile of together) {
        const why = `${profile.name} of ${rows} rows, seed ${seed}, round ${round}`
        const alone = await data.handlers.profile({ path, column: profile.name, filters: [] }, call)
        expect({ ...profile, mean: null, stddev: null }, why).toEqual({ ...alone, mean: null, stddev: null })
        expect(profile.estimates, why).toEqual([])
        if (!(profile.name in kinds)) continue
        const hand = byHand(read.map((row) => (row[profile.name] === null ? null : Number(row[profile.name]))))
        expect(profile, why).toMatchObject(hand.exact)
        const near = (ours: number | null | undefined, theirs: number, what: string): void => {
          if (Number.isNaN(theirs)) expect(ours ?? null, `${what} of ${why}`).toBeNull()
          else
            expect(Math.abs(Number(ours) - theirs), `${what} of ${why}: ${ours}, ${theirs}`).toBeLessThanOrEqual(
              1e-9 * Math.max(1, Math.abs(theirs), Math.abs(Number(hand.exact.max))),
            )
        }
        near(profile.mean, hand.mean, 'mean')
        near(profile.stddev, hand.stddev, 'deviation')
        for (const [index, value] of Object.values(profile.quantiles ?? {}).entries())
          near(value, hand.quantiles[index] ?? Number.NaN, `quantile ${index}`)
        expect(
          profile.top.map(({ count }) => count),
          why,
        ).toEqual(hand.top.slice(0, 12))
        if (profile.histogram) expect(profile.histogram.counts, why).toEqual(hand.binned(profile.histogram.edges))
        made += 1
      }
    }
    console.log(`${made} columns profiled three ways, seed ${seed}`)
  })
})

describe('many columns', () => {
  /** An engine that counts what it is asked. */
  const counting = (): { engine: DataEngine; asked: () => number } => {
    let count = 0
    const rows: DataEngine['rows'] = (...asked) => {
      count += 1
      return data.engine.rows(...asked)
    }
    return { engine: { ...data.engine, rows }, asked: () => count }
  }

  test('of few rows take a few statements, not a few each', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `c${index}`)
    writeFileSync(at('wide.csv'), `${names.join(',')}\n${names.map((_, i) => ['7', '0.5', 'x'][i % 3]).join(',')}\n`)
    const { columns } = await data.schemaOf('wide.csv')
    const { sql } = await data.tableOf('wide.csv')
    const { engine, asked } = counting()
    const found = await profileColumns(engine, { from: sql, parameters: [] }, columns, 1)
    expect(found.map(({ name, max, rows }) => [name, max, rows])).toEqual(
      names.map((name, i) => [name, [7, 0.5, 'x'][i % 3], 1]),
    )
    expect(asked()).toBe(3)
    expect((await profiles('wide.csv', names)).length).toBe(300)
  })

  test('10,000 of them come a few hundred at a time, and the memory is bounded', { timeout: 600_000 }, async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `c${index}`)
    const row = (seed: number): string => names.map((_, index) => (index * 31 + seed * 17) % 1000).join(',')
    writeFileSync(at('wider.csv'), `${names.join(',')}\n${Array.from({ length: 50 }, (_, i) => row(i)).join('\n')}\n`)
    for (const start of process.env.PROML_LONG ? Array.from({ length: 20 }, (_, index) => 500 * index) : [0, 9500]) {
      const found = await profiles('wider.csv', names.slice(start, start + 500))
      expect(found.map(({ name, rows }) => [name, rows])).toEqual(
        names.slice(start, start + 500).map((name) => [name, 50]),
      )
    }
    const status = `/proc/${data.engine.status().pid}/status`
    const peak = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1] : undefined
    if (peak !== undefined) expect(Number(peak) / 1024).toBeLessThan(2048)
  })

  test('one that is not there is named, with a few that are', async () => {
    await expect(profiles('wide.csv', ['c1', 'zzzzzzzzzz'])).rejects.toMatchObject({
      code: 'missing_column',
      hint: expect.stringMatching(/^It has `c0`, .* and 270 more\.$/),
    })
  })

  test('are cancelled at once', async () => {
    await data.engine.copy(
      `select ${Array.from({ length: 40 }, (_, index) => `random() as r${index}`).join(', ')} from range(400000)`,
      at('slow.parquet'),
      'parquet',
    )
    const { columns } = await data.schemaOf('slow.parquet')
    const stop = new AbortController()
    const running = data.handlers.profiles(
      { path: 'slow.parquet', columns: columns.map(({ name }) => name), filters: [] },
      { signal: stop.signal },
    )
    setTimeout(() => stop.abort(), 100)
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    // None of them goes on behind the back of who stopped it.
    await expect.poll(() => data.engine.status().state).toBe('idle')
  })
})

describe('a text file', () => {
  const copies = (): string[] => readdirSync(context.workspace.internal('tmp', 'columns'))

  test('is read once for all of its columns, and again when it changed', async () => {
    writeFileSync(at('text.csv'), 'n,t\n1,2001-01-01 10:00:00\n2,\n')
    const [n] = await profiles('text.csv', ['n'])
    const count = copies().length
    await profiles('text.csv', ['t'])
    await data.handlers.link({ path: 'text.csv', column: 'n', label: 'n', filters: [] }, call)
    expect([n?.max, copies().length]).toEqual([2, count])
    appendFileSync(at('text.csv'), '9,2001-01-02 10:00:00\n')
    expect((await profiles('text.csv', ['n', 't'])).map(({ max }) => max)).toEqual([9, '2001-01-02T10:00:00.000Z'])
    expect(copies().length).toBe(count)
  })

  test('has the same rows and types in its copy', async () => {
    writeFileSync(
      at('types.csv'),
      `i,f,b,d,t,z,c,s\n1,0.5,true,2001-01-01,2001-01-01 10:00:00.123456,2001-01-01 10:00:00+02,10:11:12,ü\n-9223372036854775808,nan,false,0001-01-01,1969-12-31 23:59:59,1999-01-01 00:00:00+00,00:00:00,"a""b"\n,inf,,,,,,\n3,1e308,true,9999-12-31,2262-04-12 00:00:00,2001-01-01 10:00:00-11,23:59:59.999999,"a\nb"\n`,
    )
    writeFileSync(at('types.ndjson'), '{"a":1,"b":[1,2],"c":{"d":1}}\n{"a":2.5,"b":null,"c":null}\n')
    for (const path of ['types.csv', 'types.ndjson']) {
      const table = await data.tableOf(path)
      const from = await data.columnsFrom(table)
      for (const what of ['describe select *', 'select *'])
        expect(await data.engine.rows(`${what} from ${from}`), path).toEqual(
          await data.engine.rows(`${what} from ${table.sql}`),
        )
    }
  })

  test('with filters, and without its bad rows, is the same as without a copy', async () => {
    writeFileSync(at('bad.csv'), 'n,s\n1,a\n2,b,c\n3,b\n')
    const filters = [{ column: 's', operator: '=', value: 'b' } as const]
    const path = 'csv:bad.csv?bad_rows=skip'
    const { profiles: found } = await data.handlers.profiles({ path, columns: ['n'], filters }, call)
    expect(found).toMatchObject([{ rows: 1, min: 3 }])
    await expect(profiles('bad.csv', ['n'])).rejects.toMatchObject({ code: 'unreadable_file', place: { line: 3 } })
  })

  test('that is left while it is copied leaves no copy behind', async () => {
    writeFileSync(
      at('long.csv'),
      `a,b\n${Array.from({ length: 400_000 }, (_, index) => `${index},${index / 7}`).join('\n')}\n`,
    )
    await data.schemaOf('long.csv')
    const count = copies().length
    const stop = new AbortController()
    const running = data.handlers.profiles({ path: 'long.csv', columns: ['a'], filters: [] }, { signal: stop.signal })
    setTimeout(() => stop.abort(), 30)
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(() => data.engine.status().state).toBe('idle')
    expect(copies().length).toBe(count)
    expect((await profiles('long.csv', ['a']))[0]).toMatchObject({ rows: 400_000, max: 399_999 })
  })
})

describe('first rows that mislead', () => {
  test('make no figure wrong', { timeout: 120_000 }, async () => {
    await data.engine.copy(
      `select range as i, case when range < 30000 then 1 else range end as late, case when range < 30000 then range else range % 7 end as early,
         range // 3 as sorted, hash(range) % 90000 as mixed from range(500000)`,
      at('sly.parquet'),
      'parquet',
    )
    const [i, late, early, sorted, mixed] = await profiles('sly.parquet', ['i', 'late', 'early', 'sorted', 'mixed'])
    expect(i?.estimates).toEqual(['distinct', 'quantiles', 'top'])
    // As good as exact, though it has more values than are promised to be.
    expect(late).toMatchObject({
      estimates: [],
      distinct: 470_001,
      top: [{ value: '1', count: 30_000 }, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    })
    expect(early).toMatchObject({ estimates: [], distinct: 30_000, isDistinctExact: true })
    expect(sorted).toMatchObject({ estimates: [], distinct: 166_667 })
    expect(mixed).toMatchObject({ estimates: [] })
    expect(mixed?.distinct).toBeLessThanOrEqual(90_000)
    for (const profile of [i, late, early, sorted, mixed])
      expect(profile?.histogram?.counts.reduce((sum, one) => sum + one, 0)).toBe(500_000)
    expect(i?.sampledRows).toBeGreaterThan(190_000)
    expect(i?.sampledRows).toBeLessThan(210_000)
  })

  test('and one value beyond all others breaks no histogram', async () => {
    await data.engine.copy(
      `select case when range = 7 then 1e300 else range / 1000.0 end as v from range(30000)`,
      at('beyond.parquet'),
      'parquet',
    )
    const [profile] = await profiles('beyond.parquet', ['v'])
    expect(profile?.max).toBe(1e300)
    expect(profile?.histogram?.counts.reduce((sum, one) => sum + one, 0)).toBe(30_000)
  })
})
