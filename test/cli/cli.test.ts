import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../electron/services/workspace/durable'
import { fabricateRunIn } from '../runtime/support'
import { projectRoot, temporaryFolder, testHome } from '../support/context'
import { ociRegistry, registryUser } from '../support/oci'

const quickProgram = `namespace quick

source flights = parquet("data/flights.parquet") { time date  row (date, origin, destination) }

model quick {
  observe flights
  predict late = delay > 15
  use distance
  let gbt = boosted_trees(distance, depth: 3, rounds: 10)
  output late_probability = probability(gbt)
  train { split time 70/15/15  seed 7 }
  validate { auc >= 0.4 }
}
`

// Each is a process that starts; on a busy machine that takes its time.
describe('the proml command', { timeout: 240_000 }, () => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'flights')

  const json = <T>(text: string): T => JSON.parse(text)

  const proml = (args: readonly string[], cwd = workspace, environment: NodeJS.ProcessEnv = {}) => {
    const result = spawnSync(process.execPath, [join(projectRoot, 'out/main/cli.js'), ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, PROML_HOME: testHome(), ...environment },
      timeout: 120_000,
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }

  beforeAll(() =>
    cpSync(join(projectRoot, 'resources/samples/flights'), workspace, {
      recursive: true,
      filter: (path) => !/[\\/]\.proml($|[\\/])/.test(path),
    }),
  )
  afterAll(() => folder.remove())

  it('finds the sample without errors or warnings', () => {
    const { code, out } = proml(['check', '.'])
    expect(out).toMatch(/1 file checked: 0 errors, 0 warnings/)
    expect(code).toBe(0)
  })

  it('points at the mistake, with its code and a mend, and exits 3', () => {
    const text = readFileSync(join(workspace, 'flights.proml'), 'utf8')
    writeFileSync(
      join(workspace, 'wrong.proml'),
      text.replace('namespace flights', 'namespace wrong').replace('mean(delay)', 'mean(dely)'),
    )
    const { code, out } = proml(['check', 'wrong.proml'])
    expect(out).toMatch(/^wrong\.proml:\d+:\d+ error PML\d{4} .*dely.*/m)
    expect(out).toMatch(/delay/)
    expect(code).toBe(3)
  })

  it('takes the folder of the programs for the workspace, wherever below it the data is', () => {
    const fresh = join(folder.path, 'fresh')
    cpSync(join(workspace, 'data/airports.csv'), join(fresh, 'data/airports.csv'))
    writeFileSync(join(fresh, 'own.proml'), 'source airports = csv("data/airports.csv")\n')
    const { code, out } = proml(['profile', 'airports.csv', '--json'], join(fresh, 'data'))
    expect(code).toBe(0)
    // A command sees no higher than where it was given; from above, the data has the path that the program calls it by.
    expect(json<{ schema: { path: string } }>(out).schema.path).toBe('airports.csv')
    const above = proml(['profile', 'data/airports.csv', '--json'], fresh)
    expect(json<{ schema: { path: string } }>(above.out).schema.path).toBe('data/airports.csv')
    expect(existsSync(join(fresh, '.proml'))).toBe(false)
    expect(existsSync(join(fresh, 'data/.proml'))).toBe(false)
  })

  it('profiles a file for people and, with --json, for programs', () => {
    expect(proml(['profile', 'data/flights.parquet']).out).toMatch(/200,000 rows, 5 columns/)
    const { profiles } = JSON.parse(proml(['profile', 'data/airports.csv', '--json']).out) as {
      profiles: { name: string; rows: number }[]
    }
    expect(profiles.map(({ name, rows }) => [name, rows])).toContainEqual(['iata', 3376])
    expect(proml(['profile', 'data/flights.parquet', '--label', 'delay']).out).toMatch(
      /With delay:\n {2}date +Pearson -?0\.\d{4} · Spearman -?0\.\d{4}\n {2}distance[^\n]*\n {2}origin +Cramér’s V 0\.\d{4} · mutual information 0\.\d{4} nats/,
    )
  })

  it('says first that the label is no column, before anything is measured', () => {
    // Whoever reads the rows of this one fails; its columns can be listed.
    const holed = readFileSync(join(workspace, 'data/flights.parquet'))
    writeFileSync(join(workspace, 'holed.parquet'), holed.fill(0, 4, 200_000))
    expect(proml(['profile', 'holed.parquet']).err).toContain('cannot be read')
    const { code, err, out } = proml(['profile', 'holed.parquet', '--label', 'dely'])
    rmSync(join(workspace, 'holed.parquet'))
    expect([code, out]).toEqual([3, ''])
    expect(err).toContain('has no column `dely`')
    expect(err).toContain('Did you mean `delay`?')
  })

  it('counts in words that fit', () => {
    writeFileSync(join(workspace, 'one.csv'), 'a\nx\n')
    expect(proml(['profile', 'one.csv']).out).toContain('one.csv: 1 row, 1 column, 4 bytes')
    expect(proml(['preview', 'one.csv']).err).toContain('1 of 1 row')
    rmSync(join(workspace, 'one.csv'))
  })

  it('says every bad line of a CSV, exits 3, and reads without them when told to', () => {
    writeFileSync(join(workspace, 'messy.csv'), 'id,name\n1,Ada\n2,too,many\n3\n4,\u202eGrace\n')
    const refused = proml(['profile', 'messy.csv'])
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('messy.csv: line 3 has 3 values where 2 are expected: 2,too,many')
    expect(refused.err).toContain('messy.csv: line 4 has 1 value where 2 are expected: 3')
    expect(refused.err).toContain('To read the file without such lines, add `--skip-bad-rows`.')
    expect(refused.err).not.toContain('bad_rows')
    const told = json<{ error: { place: unknown }; badRows: { total: number; rows: { line: number }[] } }>(
      proml(['preview', 'messy.csv', '--json']).out,
    )
    expect(told.error.place).toEqual({ file: 'messy.csv', line: 3 })
    expect(told.badRows.rows.map(({ line }) => line)).toEqual([3, 4])
    const read = proml(['preview', 'messy.csv', '--skip-bad-rows'])
    expect([read.code, read.out]).toEqual([0, 'id  name\n1   Ada\n4   \\u{202e}Grace\n'])
    expect(read.err).toContain('2 lines are left out')
    expect(
      json<{ badRows: { total: number } }>(proml(['profile', 'messy.csv', '--skip-bad-rows', '--json']).out).badRows
        .total,
    ).toBe(2)
    const program =
      'source m = csv("messy.csv")\nentity one(id: int)\nfeature n: string of one = latest(name) from m by id\n'
    writeFileSync(join(workspace, 'messy.proml'), program)
    const features = proml(['features', 'messy.proml', '--feature', 'n', '--out', 'n.csv'])
    expect([features.code, features.err]).toEqual([3, expect.stringContaining('line 3 has 3 values')])
    writeFileSync(join(workspace, 'messy.proml'), program.replace('.csv")', '.csv", bad_rows: "skip")'))
    expect(proml(['features', 'messy.proml', '--feature', 'n', '--out', 'n.csv']).out).toContain('2 rows')
    for (const name of ['messy.csv', 'messy.proml', 'n.csv']) rmSync(join(workspace, name))
  })

  it('refuses a damaged file in words, exits 3, and writes nothing', () => {
    const good = readFileSync(join(workspace, 'data/flights.parquet'))
    writeFileSync(join(workspace, 'torn.parquet'), good.subarray(0, 300_000))
    const { code, err, out } = proml(['profile', 'torn.parquet', '--json'])
    expect([code, err]).toEqual([3, expect.stringContaining('`torn.parquet` cannot be read as Parquet.')])
    expect(json<{ error: { place: unknown } }>(out).error.place).toEqual({ file: 'torn.parquet' })
    const program =
      'source t = parquet("torn.parquet")\nentity o(origin: string)\nfeature d: int of o = latest(delay) from t by origin\n'
    writeFileSync(join(workspace, 'torn.proml'), program)
    expect(proml(['features', 'torn.proml', '--feature', 'd', '--out', 'torn.csv']).code).toBe(3)
    expect(readdirSync(workspace).filter((name) => name.startsWith('torn') || name.endsWith('.part'))).toEqual([
      'torn.parquet',
      'torn.proml',
    ])
    for (const name of ['torn.parquet', 'torn.proml']) rmSync(join(workspace, name))
  })

  it('profiles a table of a SQLite database, and says which there are', () => {
    const database = new DatabaseSync(join(workspace, 'shop.db'))
    database.exec('create table orders (n integer); insert into orders values (1), (2)')
    database.close()
    expect(proml(['profile', 'shop.db', '--table', 'orders']).out).toMatch(/2 rows, 1 column[\s\S]*n {2}int/)
    expect(proml(['profile', 'sqlite:shop.db?table=orders']).code).toBe(0)
    expect(proml(['profile', 'shop.db']).err).toContain('It has `orders`')
  })

  it('writes the training set, whole and twice the same', () => {
    const write = () =>
      json<{ digest: string; reused: boolean }>(
        proml(['features', 'flights.proml', '--model', 'late_departure', '--out', 'set.parquet', '--json']).out,
      )
    const forget = () => rmSync(join(workspace, '.proml/cache/training'), { recursive: true, force: true })
    forget()
    const first = write()
    forget()
    expect(write()).toEqual({ ...first, reused: false })
    // What is there already is not computed.
    expect(write()).toMatchObject({ digest: first.digest, reused: true, computed: 0 })
    const { err } = proml(['features', 'flights.proml', '--model', 'late_departure', '--out', 'set.parquet'])
    expect(err).toMatch(/nothing was computed/)
  }, 120_000)

  it('previews what each use of a model looks like', () => {
    const { code, out } = proml(['features', 'flights.proml', '--model', 'late_departure', '--preview'])
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}from_delay_3h +float .*median/m)
    expect(out).toMatch(/^ {2}origin +string .*distinct/m)
  })

  it('computes features by name, for every key or for the rows of a file', () => {
    const asked = ['--feature', 'airport_delay_3h', '--feature', 'airport_traffic_1d', '--as-of', '2001-01-05T18:30']
    const all = JSON.parse(proml(['features', 'flights.proml', ...asked, '--out', 'keys.csv', '--json']).out)
    expect(all).toMatchObject({ features: 2, asOf: '2001-01-05 18:30:00.000' })
    expect(readFileSync(join(workspace, 'keys.csv'), 'utf8')).toMatch(
      /^code,as_of,airport_delay_3h,airport_traffic_1d\n/,
    )
    writeFileSync(join(workspace, 'spine.csv'), 'code\nORD\nATL\n')
    const some = proml(['features', 'flights.proml', ...asked, '--spine', 'spine.csv', '--out', 'some.csv'])
    expect(some.out).toMatch(/^2 rows, 2 features → some\.csv\nsha256:[0-9a-f]{64}$/m)
    expect(some.err).toMatch(/as of 2001-01-05 18:30:00\.000 UTC/)
    const nowhere = proml(['features', 'flights.proml', ...asked])
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('--out')])
    const both = proml(['features', 'flights.proml', ...asked, '--model', 'late_departure', '--out', 'x.csv'])
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('either')])
  })

  it('explains how a training set is computed, with the SQL', () => {
    const { code, out } = proml(['explain', 'flights.proml', '--model', 'late_departure'])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^Scan of flights by origin, asked for \(origin\) and \(destination\): 4 features share it, by a pass over its rows$/m,
    )
    expect(out).toMatch(/\nSQL\nwith source0 as/)
    const words = JSON.parse(proml(['explain', 'flights.proml', '--model', 'late_departure', '--no-sql', '--json']).out)
    expect(words).toMatchObject({ model: 'late_departure', reads: [{ source: 'flights' }, { source: 'airports' }] })
    expect(words).not.toHaveProperty('sql')
  })

  it('prints what Spark would run, and nothing beside it', () => {
    const asked = ['explain', 'flights.proml', '--model', 'late_departure', '--engine', 'spark']
    const { code, out, err } = proml(asked)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^-- Training set of late_departure, for Spark .*\nset spark\.sql\.session\.timeZone = UTC;\n/)
    expect(out.trimEnd()).toMatch(/order by o\.row_number;$/)
    const both = JSON.parse(proml([...asked, '--json']).out)
    expect(both).toMatchObject({ model: 'late_departure', omitted: [] })
    expect(both.spark.trimEnd()).toBe(out.trimEnd())
    expect(both.sql).toMatch(/^with source0 as/)
    expect(proml(['explain', 'flights.proml', '--engine', 'presto']).code).toBe(2)
  })

  it('says what a model would know too early', () => {
    const { code, out } = proml(['leak', 'flights.proml', '--model', 'late_departure', '--rows', '5000'])
    expect(code).toBe(0)
    expect(out).toMatch(/^late_departure: 5,000 rows$/m)
    expect(out).toMatch(/^ {2}from_delay_1h +– .*\d+ % \([\d,]+\)$/m)
    expect(out).toMatch(/^With windows that include their end, .*\d+ % of \w+( \(\w+\))? would see its own moment\.$/m)
    const leak = JSON.parse(
      proml(['leak', 'flights.proml', '--model', 'late_departure', '--rows', '500', '--json']).out,
    )
    expect(leak).toMatchObject({
      model: 'late_departure',
      rows: 500,
      sentences: [expect.any(String), expect.any(String)],
    })
  })

  it('says which option takes a count, and takes none but that', () => {
    for (const asked of [
      ['leak', 'flights.proml', '--model', 'late_departure', '--rows', '1.5'],
      ['preview', 'flights.proml', '--feature', 'airport_delay_3h', '--rows', 'many'],
      ['preview', 'data/airports.csv', '--rows', '-3'],
    ]) {
      const { code, err } = proml(asked)
      expect(code).toBe(2)
      expect(err).toMatch(/is no count\.\nWrite a whole number of at least 1 behind `--rows`\.$/m)
    }
  })

  it('names a malformed CSV by line and says what to do', () => {
    writeFileSync(join(workspace, 'data/bad.csv'), `a,b\n${'1,2\n'.repeat(50)}1,2,3,"unclosed\n4,5\n`)
    const { code, err } = proml(['profile', 'data/bad.csv'])
    expect(code).toBe(3)
    expect(err).toMatch(/bad\.csv/)
    expect(err).toMatch(/\b5[0-9]\b/)
  })

  it('names an unreadable Parquet file', () => {
    writeFileSync(
      join(workspace, 'data/torn.parquet'),
      readFileSync(join(workspace, 'data/flights.parquet')).subarray(0, 5000),
    )
    const { code, err } = proml(['profile', 'data/torn.parquet'])
    expect(code).toBe(3)
    expect(err).toMatch(/torn\.parquet/)
  })

  it('will not read outside the workspace', () => {
    const { code, err } = proml([
      'features',
      'flights.proml',
      '--model',
      'late_departure',
      '--out',
      '../../escape.parquet',
    ])
    expect(code).toBe(2)
    expect(err).toMatch(/outside the workspace/)
  })

  it('says what to do where there is nothing to push', () => {
    const { code, err } = proml(['push'])
    expect(code).toBe(2)
    expect(err).toMatch(/proml train/)
  })

  it('exits 2 for what it does not know, and says so', () => {
    for (const args of [
      [],
      ['no-such-command'],
      ['check', '--no-such-option'],
      ['train'],
      ['check', 'not-there.proml'],
    ]) {
      const { code, err } = proml(args)
      expect([args, code]).toEqual([args, 2])
      expect(err).not.toBe('')
    }
    expect(proml(['--help']).code).toBe(0)
    expect(proml(['check', '--help']).code).toBe(0)
  })

  it('tells a script what went wrong in JSON, and a person in words', () => {
    const { code, out, err } = proml(['profile', 'data/not-there.parquet', '--json'])
    const { error } = json<{ error: { code: string; message: string; hint: string } }>(out)
    expect(error.code).toBe('not_found')
    expect(err).toBe(`data/not-there.parquet: ${error.message}\n${error.hint}\n`)
    expect(code).toBe(2)
  })

  it('formats, or says what is not formatted, in words and in JSON', () => {
    const folder = join(workspace, 'unformatted')
    const file = join(folder, 'a.proml')
    mkdirSync(folder)
    writeFileSync(file, 'namespace   a\n')
    const check = proml(['fmt', 'unformatted', '--check', '--json'])
    const name = join('unformatted', 'a.proml')
    expect(json(check.out)).toEqual({ files: 1, unformatted: [name], isWritten: false })
    expect(check.code).toBe(3)
    expect(readFileSync(file, 'utf8')).toBe('namespace   a\n')
    const written = proml(['fmt', 'unformatted', '--json'])
    expect(json(written.out)).toEqual({ files: 1, unformatted: [name], isWritten: true })
    expect([written.code, readFileSync(file, 'utf8')]).toEqual([0, 'namespace a\n'])
    expect(proml(['fmt', 'unformatted', '--check']).code).toBe(0)
  })

  it('says what the machine has; without Python it exits 6', () => {
    const { code, out } = proml(['doctor', '--json'])
    expect(json(out)).toMatchObject({ python: { state: 'ready' }, engine: { version: expect.stringMatching(/^v1/) } })
    expect(code).toBe(0)
    const empty = join(folder.path, 'empty-home')
    const missing = proml(['doctor', '--json'], workspace, { PROML_HOME: empty })
    expect(json<{ python: { state: string } }>(missing.out).python.state).not.toBe('ready')
    expect(missing.code).toBe(6)
  })

  it('exits 5 where a registry does not answer or does not have it', () => {
    const gone = proml(['pull', 'a/b:dev', '--from', 'http://127.0.0.1:9', '--json'])
    expect(json<{ error: { code: string } }>(gone.out).error.code).toBe('registry_unreachable')
    expect(gone.code).toBe(5)
  })

  it('writes, pushes, pulls and exports a model in JSON, and exits 4 where a gate is not met', () => {
    const gate = { metric: 'auc', operator: '>=', limit: 0.999, quantile: null, span: { start: 0, end: 0 } } as const
    fabricateRunIn(join(workspace, '.proml/runs/r-9001'), [gate])
    const exported = proml(['export', 'model.onnx', '--json'])
    const model = readFileSync(join(workspace, 'model.onnx'))
    expect(json(exported.out)).toEqual({
      reference: 'run:r-9001',
      digest: digestOf(model),
      path: join(workspace, 'model.onnx'),
      bytes: model.byteLength,
    })
    expect(proml(['export', 'flights.proml']).code).toBe(2)
    expect(readFileSync(join(workspace, 'flights.proml'), 'utf8')).toMatch(/^\/\/|namespace/)

    const refused = proml(['push', 'r-9001', '--json'])
    expect(json<{ error: { code: string } }>(refused.out).error.code).toBe('gate_failed')
    expect(refused.code).toBe(4)
    const pushed = proml(['push', 'r-9001', '--draft', '--json'])
    const { digest, repository } = json<{ digest: string; repository: string }>(pushed.out)
    expect(pushed.code).toBe(0)
    const pulled = proml(['pull', `${repository}:dev`, '--json'])
    expect(json(pulled.out)).toMatchObject({ remote: 'local', repository, reference: 'dev', digest })
    expect(pulled.code).toBe(0)
    const absent = proml(['pull', `${repository}:nope`, '--json'])
    expect(absent.code).toBe(2)
  })

  it.skipIf(process.platform === 'win32')('exits 130 where Ctrl+C ended a job', async () => {
    const days = ['--from', '2001-01-02', '--to', '2001-01-12']
    const child = spawn(
      process.execPath,
      [join(projectRoot, 'out/main/cli.js'), 'materialize', 'flights.proml', '--model', 'late_departure', ...days],
      { cwd: workspace, env: { ...process.env, PROML_HOME: testHome() } },
    )
    const ended = new Promise<number | null>((done) => child.once('exit', done))
    const kept = join(workspace, '.proml/features')
    const files = (ending: string): string[] =>
      existsSync(kept)
        ? readdirSync(kept, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending))
        : []
    // It has a job once that has written something.
    await expect.poll(() => files('.parquet').length, { timeout: 120_000 }).toBeGreaterThan(0)
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(files('.part')).toEqual([])
    expect(files('2001-01-11.parquet')).toEqual([])
  })

  it('checks a text that is not saved, as the file that it will be', () => {
    const text = 'source s = csv("data/airports.csv")\nfeature north: float = latitud from s\n'
    writeFileSync(join(folder.path, 'text'), text)
    const { code, out } = proml(['check', 'new.proml', '--unsaved', join(folder.path, 'text'), '--json'])
    expect(code).toBe(3)
    expect(JSON.parse(out)).toMatchObject({ diagnostics: [{ file: 'new.proml', line: 2, code: 'PML1101' }] })
    expect(proml(['check', '.', '--unsaved', join(folder.path, 'text')]).err).toMatch(/one program/)
  })

  it('previews a feature as a table, as JSON, and into a file', () => {
    const preview = ['preview', 'flights.proml', '--feature', 'airport_traffic_1d', '--rows', '2']
    expect(proml(preview).out).toMatch(/^code {2}airport_traffic_1d\nDFW {3}\d+\nORD {3}\d+\n$/)
    const { columns, rows, asOf } = JSON.parse(proml([...preview, '--as-of', '2001-01-03', '--json']).out)
    expect({ columns, asOf }).toEqual({
      columns: [
        { name: 'code', type: 'string' },
        { name: 'airport_traffic_1d', type: 'int' },
      ],
      asOf: '2001-01-03 00:00:00.000',
    })
    expect(rows).toHaveLength(2)
    proml([...preview, '--out', 'traffic.csv'])
    expect(readFileSync(join(workspace, 'traffic.csv'), 'utf8')).toMatch(/^code,airport_traffic_1d\nDFW,/)
  })

  it('tells the feature graph in words and draws it', () => {
    const words = proml(['graph', 'flights.proml', '--model', 'late_departure']).out
    expect(words).toMatch(/^Feature graph of late_departure\n/)
    expect(proml(['graph', 'flights.proml', '--svg', '-']).out).toMatch(/^<svg [^>]*role="img"/)
    expect(proml(['graph', 'flights.proml', '--model', 'none']).err).toMatch(/has no model `none`/)
  })

  it('drafts a program that checks clean, and writes over none', () => {
    expect(proml(['draft', 'data/flights.parquet', '--out', 'first.proml']).err).toMatch(/The label is `delay > 15`\./)
    const draft = readFileSync(join(workspace, 'first.proml'), 'utf8')
    expect(draft).toMatch(/^namespace flights_draft\n/)
    expect(proml(['check', 'first.proml']).out).toMatch(/0 errors, 0 warnings/)
    expect(proml(['fmt', '--check', 'first.proml']).code).toBe(0)
    const again = proml(['draft', 'data/flights.parquet', '--out', 'first.proml', '--json'])
    expect(again.code).toBe(2)
    expect(JSON.parse(again.out)).toMatchObject({ error: { message: expect.stringMatching(/first\.proml/) } })
    expect(readFileSync(join(workspace, 'first.proml'), 'utf8')).toBe(draft)
  })

  it('says how to sign in, and does so for a registry that is known by name', async () => {
    writeFileSync(join(workspace, 'quick.proml'), quickProgram)
    expect(proml(['train', 'quick.proml']).code).toBe(0)
    const registry = await ociRegistry({ withPassword: true })
    await registry.start()
    try {
      const refused = proml(['push', '--to', registry.url])
      expect(refused.code).toBe(5)
      expect(refused.err).toMatch(/blocked: .* wants a user name and a password\./)
      expect(refused.err).toMatch(/PROML_REGISTRY_USERNAME and PROML_REGISTRY_PASSWORD/)
      const name = new URL(registry.url).host.replace(':', '-')
      const pushed = proml(['push', '--to', name], workspace, {
        PROML_REGISTRY_USERNAME: registryUser.username,
        PROML_REGISTRY_PASSWORD: registryUser.password,
      })
      expect(pushed.err).toBe('')
      expect(pushed.out).toMatch(/^sha256:[0-9a-f]{64} {2}\S+\/quick:dev$/m)
    } finally {
      await registry.remove()
    }
  })
})
