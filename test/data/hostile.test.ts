import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StudioError } from '@shared/errors'
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { testContext } from '../support/context'
import { mutated, random } from './support/mutations'

const context = testContext()
const data = createDataService(context, () => {})
const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const rounds = process.env.PROML_LONG ? 1500 : 40
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)

/** What a person does who opens a file: schema, rows, profiles. */
const look = async (path: string): Promise<'read' | StudioError> => {
  try {
    const { columns } = await data.schemaOf(path)
    await data.handlers.page({ path, offset: 0, limit: 200, sort: null, filters: [] }, call)
    for (const { name } of columns.slice(0, 8)) await data.handlers.profile({ path, column: name, filters: [] }, call)
    return 'read'
  } catch (error) {
    if (error instanceof StudioError) return error
    throw error
  }
}
const visible = (): string[] =>
  readdirSync(context.workspace.root)
    .filter((name) => name !== '.proml')
    .sort()
/** The most that the engine ever held, in MB; null where the system does not say. */
const peakMb = (): number | null => {
  const { pid } = data.engine.status()
  const status = pid !== null && existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
  const found = /VmHWM:\s+(\d+) kB/.exec(status)?.[1]
  return found === undefined ? null : Number(found) / 1024
}

afterAll(async () => {
  await data.dispose()
  context.remove()
})

const rows = `select range as i, range / 3 as f, 'name ' || (range % 50) as s, timestamp '2001-01-01' + interval (range) minute as t,
  range % 2 = 0 as b, case when range % 7 = 0 then null else [range, range + 1] end as l from range(3000)`

beforeAll(async () => {
  await data.engine.copy(rows, at('good.parquet'), 'parquet')
  await data.engine.copy(`select * exclude (l) from (${rows})`, at('good.csv'), 'csv')
  await data.engine.run(`copy (${rows}) to '${at('good.ndjson')}' (format json)`)
  const numbers = Array.from({ length: 3000 }, (_, index) => index)
  const arrow = tableFromArrays({
    i: Int32Array.from(numbers),
    f: Float64Array.from(numbers),
    s: numbers.map((one) => `name ${one % 50}`),
  })
  writeFileSync(at('good.arrow'), tableToIPC(arrow, 'file'))
  const database = new DatabaseSync(at('good.db'))
  database.exec('create table t (i integer, s text)')
  const insert = database.prepare('insert into t values (?, ?)')
  database.exec('begin')
  for (const one of numbers) insert.run(one, `name ${one % 50}`)
  database.exec('commit')
  database.close()
})

describe(`damaged and lying files (seed ${seed})`, () => {
  const kinds: Record<string, { readonly ending: string; readonly path: (name: string) => string }> = {
    parquet: { ending: 'parquet', path: (name) => name },
    csv: { ending: 'csv', path: (name) => name },
    arrow: { ending: 'arrow', path: (name) => name },
    json: { ending: 'ndjson', path: (name) => name },
    sqlite: { ending: 'db', path: (name) => `sqlite:${name}?table=t` },
  }

  test.each(Object.keys(kinds))(
    '%s: each is read or refused in words, and the next file reads',
    { timeout: 600_000 },
    async (kind) => {
      const { ending, path } = kinds[kind] ?? { ending: '', path: String }
      const good = readFileSync(at(`good.${ending}`))
      const next = random(seed)
      const before = visible()
      let refused = 0
      for (let round = 0; round < rounds; round += 1) {
        const { bytes, how } = mutated(good, next)
        const name = `bad.${ending}`
        writeFileSync(at(name), bytes)
        const outcome = await look(path(name))
        rmSync(at(name), { force: true })
        rmSync(at(`${name}-wal`), { force: true })
        rmSync(at(`${name}-shm`), { force: true })
        rmSync(at(`${name}-journal`), { force: true })
        if (outcome === 'read') continue
        refused += 1
        const what = `round ${round}, ${how}: ${outcome.code}: ${outcome.message}\n${outcome.detail}`
        expect(['unreadable_file', 'engine_failed', 'not_found', 'not_supported', 'invalid_input'], what).toContain(
          outcome.code,
        )
        expect(outcome.hint, what).toBeTruthy()
        if (outcome.code === 'engine_failed') expect(outcome.message, what).toMatch(/stopped|memory/)
      }
      expect(visible()).toEqual(before)
      expect(await look('good.parquet')).toBe('read')
      const peak = peakMb()
      console.log(
        `${kind}: ${rounds} files, ${refused} refused, engine at most ${peak === null ? '?' : Math.round(peak)} MB, ${data.engine.status().restarts} restarts, seed ${seed}`,
      )
    },
  )
})

describe('files that are too much', () => {
  const longBytes = process.env.PROML_LONG ? 1024 ** 3 : 64 * 1024 ** 2
  const wide = process.env.PROML_LONG ? 100_000 : 20_000
  const writeLong = (name: string, begin: string, end: string): void => {
    const file = openSync(at(name), 'w')
    writeSync(file, begin)
    const chunk = Buffer.alloc(1024 ** 2, 'x')
    for (let written = 0; written < longBytes; written += chunk.length) writeSync(file, chunk)
    writeSync(file, end)
    closeSync(file)
  }

  test.each([
    ['long.csv', 'a,b\n1,2\n3,', '\n4,5\n', 3],
    ['quoted.csv', 'a,b\n1,2\n3,"', '"\n4,5\n', 3],
    ['first.csv', '', '', 1],
    ['long.ndjson', '{"a":1}\n{"a":"', '"}\n', 2],
  ])(
    `a line of ${longBytes / 1024 ** 2} MB (%s) is refused by its number, in bounded memory`,
    { timeout: 600_000 },
    async (name, begin, end, line) => {
      writeLong(name, begin, end)
      const before = process.memoryUsage().rss
      const outcome = await look(name)
      if (!(outcome instanceof StudioError)) throw new Error('It was read.')
      expect(outcome.toData()).toMatchObject({ code: 'unreadable_file', place: { file: name, line } })
      expect((outcome.detail ?? '').length + outcome.message.length).toBeLessThan(20_000)
      expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(512)
      expect(peakMb() ?? 0).toBeLessThan(2048)
      rmSync(at(name))
      expect(await look('good.parquet')).toBe('read')
    },
  )

  test('a name that holds a NUL is refused, with the column', async () => {
    writeFileSync(at('nul.csv'), 'a,b\0c\n1,2\n')
    expect(await look('nul.csv')).toMatchObject({
      code: 'unreadable_file',
      message: 'The name of column 2 of `nul.csv` holds a NUL.',
    })
    rmSync(at('nul.csv'))
  })

  test(`${wide} columns are a table: schema, a page of some, a profile of one`, { timeout: 600_000 }, async () => {
    const names = Array.from({ length: wide }, (_, index) => `c${index}`)
    writeFileSync(at('wide.csv'), `${names.join(',')}\n${names.map((_, index) => index).join(',')}\n`)
    const schema = await data.schemaOf('wide.csv')
    expect([schema.columns.length, schema.columns.at(-1)?.name]).toEqual([wide, `c${wide - 1}`])
    const columns = ['c0', 'c5000', `c${wide - 1}`]
    const { arrow } = await data.handlers.page(
      { path: 'wide.csv', offset: 0, limit: 5, columns, sort: null, filters: [] },
      call,
    )
    expect(
      tableFromIPC(arrow)
        .toArray()
        .map((row) => Object.values(row.toJSON()).map(Number)),
    ).toEqual([[0, 5000, wide - 1]])
    const profile = await data.handlers.profile({ path: 'wide.csv', column: 'c7777', filters: [] }, call)
    expect(profile).toMatchObject({ rows: 1, min: 7777 })
    rmSync(at('wide.csv'))
  })

  test('names are names, whatever they say', async () => {
    const names = [
      '"; drop table x; --',
      '__proto__',
      'constructor',
      '\u202egnp.exe',
      'n'.repeat(64 * 1024),
      "o'clock",
      '\u001b[31m',
      ' ',
      '',
    ]
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`)
    writeFileSync(at('names.csv'), `${quoted.join(',')}\n${names.map((_, index) => index).join(',')}\n`)
    const { columns } = await data.schemaOf('names.csv')
    expect(columns.length).toBe(names.length)
    expect(columns.slice(0, 5).map(({ name }) => name)).toEqual(names.slice(0, 5))
    for (const [index, { name }] of columns.entries()) {
      const filters = [{ column: name, operator: '=', value: index } as const]
      const sort = { column: name, isDescending: true }
      const page = await data.handlers.page({ path: 'names.csv', offset: 0, limit: 5, sort, filters }, call)
      expect(page.totalRows, name.slice(0, 40)).toBe(1)
      const profile = await data.handlers.profile({ path: 'names.csv', column: name, filters: [] }, call)
      expect([profile.name, profile.min], name.slice(0, 40)).toEqual([name, index])
    }
    const output = at('names.parquet')
    await data.handlers.convert({ path: 'names.csv', output: 'names.parquet', filters: [] }, call)
    expect((await data.schemaOf('names.parquet')).columns.length).toBe(names.length)
    rmSync(output)
    rmSync(at('names.csv'))
  })
})
