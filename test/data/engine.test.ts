import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { afterAll, describe, expect, test } from 'vitest'
import { createDataEngine, type EngineState } from '../../electron/services/data/engine'
import { temporaryFolder, testContext } from '../support/context'

const context = testContext({ sample: 'flights' })
const states: EngineState[] = []
const engine = createDataEngine({
  code: context.platform.code,
  root: context.workspace.root,
  temporaryFolder: context.workspace.internal('tmp'),
  log: context.log,
  onState: (state) => states.push(state),
})
const outside = temporaryFolder()
const flights = `read_parquet('${join(context.workspace.root, 'data/flights.parquet')}')`
/** Runs for minutes if nothing stops it. */
const endless = 'select count(*) from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3'
/** The process that answers now. */
const running = async (): Promise<number> => {
  await engine.rows('select 1').catch(() => {})
  const { pid } = engine.status()
  if (pid === null) return running()
  return pid
}
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error) => (error instanceof StudioError ? error : Promise.reject(error)),
  )

afterAll(async () => {
  await engine.dispose()
  context.remove()
  outside.remove()
})

describe('the data engine', () => {
  test('starts when it is first needed and says what it does', async () => {
    expect(engine.status()).toMatchObject({ state: 'stopped', pid: null })
    expect(await engine.rows('select 42 as answer')).toEqual([{ answer: 42 }])
    expect(engine.status()).toMatchObject({ state: 'idle', restarts: 0, version: expect.stringMatching(/^v1\.5\./) })
    expect(states).toEqual(['starting', 'idle', 'busy', 'idle'])
  })

  test('integers are numbers while a number holds them', async () => {
    expect(await engine.rows('select 9007199254740991::bigint a, 9007199254740993::bigint b, [1::bigint] c')).toEqual([
      { a: 9007199254740991, b: 9007199254740993n, c: [1] },
    ])
  })

  test('ends with the program that started it, even in the middle of a query', async () => {
    const settings = JSON.stringify({
      allowedFolders: [],
      temporaryFolder: context.workspace.internal('tmp'),
      threads: 1,
      memoryLimitBytes: 1e9,
    })
    const work = { id: 1, kind: 'work', work: { kind: 'rows', sql: endless, parameters: [] } }
    const program = `const child = require('node:child_process').fork(${JSON.stringify(join(context.platform.code, 'duckdb-process.js'))}, [${JSON.stringify(settings)}], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
child.on('message', (answer) => { if (answer.kind === 'ready') { child.send(${JSON.stringify(work)}); setTimeout(() => console.log(child.pid), 500) } })`
    const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const engineId = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))))
    const isAlive = (): boolean => {
      try {
        return process.kill(engineId, 0)
      } catch {
        return false
      }
    }
    expect(isAlive()).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(isAlive, { timeout: 60_000 }).toBe(false)
  })

  test('a short query does not wait for a long one', async () => {
    const stop = new AbortController()
    const long = failure(engine.rows(endless, [], { signal: stop.signal }))
    expect(await engine.rows(`select count(*) as n from ${flights}`)).toEqual([{ n: 200_000 }])
    stop.abort()
    expect((await long).code).toBe('cancelled')
  })

  test('a cancelled query stops and the process lives on', async () => {
    const { pid } = engine.status()
    const stop = new AbortController()
    const running = failure(engine.rows(endless, [], { signal: stop.signal }))
    setTimeout(() => stop.abort(), 100)
    expect((await running).code).toBe('cancelled')
    expect(await engine.rows('select 1 as one')).toEqual([{ one: 1 }])
    expect(engine.status().pid).toBe(pid)
    expect((await failure(engine.rows('select 1', [], { signal: AbortSignal.abort() }))).code).toBe('cancelled')
  })

  test('a cancelled copy leaves nothing behind', async () => {
    const stop = new AbortController()
    const target = join(context.workspace.root, 'copied/rows.parquet')
    const copying = failure(
      engine.copy(`select a.* from ${flights} a, range(100000)`, target, 'parquet', { signal: stop.signal }),
    )
    setTimeout(() => stop.abort(), 300)
    expect((await copying).code).toBe('cancelled')
    expect(readdirSync(join(context.workspace.root, 'copied'))).toEqual([])
  })

  test('killed in the middle, it says so, and the next query works', async () => {
    const running = failure(engine.rows(endless))
    await engine.rows('select 1')
    process.kill(engine.status().pid ?? Number.NaN, 'SIGKILL')
    const error = await running
    expect(error.code).toBe('engine_failed')
    expect(error.message).toBe('The data engine stopped while it was working on this.')
    expect(await engine.rows('select 2 as two')).toEqual([{ two: 2 }])
    expect(engine.status().restarts).toBe(1)
  })

  test('killed while it writes, no file appears', async () => {
    const target = join(context.workspace.root, 'torn/rows.parquet')
    const copying = failure(engine.copy(`select a.* from ${flights} a, range(100000)`, target, 'parquet'))
    // It writes once its file is there; killed before, the next process would be asked, and would write for hours.
    const written = () =>
      readdirSync(join(context.workspace.root, 'torn')).some(
        (name) => statSync(join(context.workspace.root, 'torn', name)).size > 0,
      )
    await expect
      .poll(() => existsSync(join(context.workspace.root, 'torn')) && written(), { timeout: 60_000 })
      .toBe(true)
    process.kill(engine.status().pid ?? Number.NaN, 'SIGKILL')
    expect((await copying).code).toBe('engine_failed')
    expect(existsSync(target)).toBe(false)
    expect(readdirSync(join(context.workspace.root, 'torn'))).toEqual([])
  })

  test('spill folders of dead processes go away', async () => {
    const before = await running()
    process.kill(before, 'SIGKILL')
    await expect.poll(running).not.toBe(before)
    const folders = () =>
      readdirSync(context.workspace.internal('tmp')).filter((name) => name.startsWith('engine-')).length
    await expect.poll(folders).toBe(1)
  })

  test('a query that is asked of a process that is just dying is asked again of the next', async () => {
    for (let round = 0; round < 5; round += 1) {
      process.kill(await running(), 'SIGKILL')
      // Whatever of it was noticed already: the first may have reached it, those after it cannot have.
      await engine.rows('select 1').catch(() => {})
      expect(await engine.rows(`select ${round} as n`)).toEqual([{ n: round }])
    }
  })

  test.skipIf(process.platform === 'win32')(
    'cancelling a query that does not stop ends its process, and its neighbours’ answers come from the next',
    async () => {
      const stuck = await running()
      const stop = new AbortController()
      const copied = join(context.workspace.root, 'neighbour/rows.parquet')
      process.kill(stuck, 'SIGSTOP')
      const cancelledOne = failure(engine.rows('select 1', [], { signal: stop.signal }))
      const neighbours = Promise.all([
        engine.rows(`select count(*) as n from ${flights}`),
        engine.arrow('select 7 as seven'),
        engine.copy(`select * from ${flights} limit 10`, copied, 'parquet'),
      ])
      const other = failure(engine.run('create table t (a int)'))
      await expect.poll(() => engine.status().state).toBe('busy')
      stop.abort()
      expect((await cancelledOne).code).toBe('cancelled')
      const [rows, arrow, copy] = await neighbours
      expect(rows).toEqual([{ n: 200_000 }])
      expect(arrow.length).toBeGreaterThan(0)
      expect(copy.rows).toBe(10)
      expect(readdirSync(join(context.workspace.root, 'neighbour'))).toEqual(['rows.parquet'])
      // It might have been done already.
      expect((await other).code).toBe('engine_failed')
      expect(await running()).not.toBe(stuck)
    },
  )
})

describe('a data engine that cannot stay alive', () => {
  const broken = temporaryFolder()
  const program = join(broken.path, 'duckdb-process.js')
  const makeEngine = (restMs: number) =>
    createDataEngine({
      code: broken.path,
      root: context.workspace.root,
      temporaryFolder: context.workspace.internal('tmp'),
      log: context.log,
      restMs,
    })
  afterAll(() => broken.remove())

  test('is started a few times, ever later, then says that it stays off, and starts once it works again', {
    timeout: 60_000,
  }, async () => {
    writeFileSync(program, 'process.exit(7)')
    const looping = makeEngine(1500)
    const messages: string[] = []
    const began = Date.now()
    for (let round = 0; round < 8; round += 1) messages.push((await failure(looping.rows('select 1'))).message)
    expect(messages.slice(0, 5)).toEqual(Array(5).fill('The data engine could not be started.'))
    expect(Date.now() - began).toBeGreaterThan(1000)
    expect(messages.slice(5)).toEqual(
      Array(3).fill('The data engine stopped 5 times in a row and is not started again for now.'),
    )
    expect(looping.status()).toMatchObject({ state: 'stopped', restarts: 4 })
    writeFileSync(program, `import ${JSON.stringify(join(context.platform.code, 'duckdb-process.js'))}`)
    await expect
      .poll(() => looping.rows('select 3 as three').catch(String), { timeout: 30_000, interval: 200 })
      .toEqual([{ three: 3 }])
    // An answer ends the row: the next death is the first again.
    process.kill(looping.status().pid ?? Number.NaN, 'SIGKILL')
    await expect.poll(() => looping.rows('select 4 as four').catch(String)).toEqual([{ four: 4 }])
    await looping.dispose()
  })
})

describe('locked down, it refuses to', () => {
  const inside = (name: string): string => join(context.workspace.root, name)
  const secret = join(outside.path, 'secret.csv')
  writeFileSync(secret, 'a\n1\n')
  symlinkSync(outside.path, inside('link'))
  symlinkSync(secret, inside('link.csv'))

  test.each([
    ['read a file outside', `select * from read_csv('${secret}')`],
    ['read a file outside by its bare name', `from '${secret}'`],
    ['read the text of a file outside', `select * from read_text('${secret}')`],
    [
      'read outside through ..',
      `select * from read_csv('${inside(`../${outside.path.split('/').at(-1)}/secret.csv`)}')`,
    ],
    ['read outside through a linked folder', `select * from read_csv('${inside('link/secret.csv')}')`],
    ['read outside through a linked file', `select * from read_csv('${inside('link.csv')}')`],
    ['list files outside', `select * from glob('${outside.path}/*')`],
    ['write a file outside', `copy (select 1) to '${join(outside.path, 'written.csv')}'`],
    ['write outside through a link', `copy (select 1) to '${inside('link/written.csv')}'`],
    ['write beside the workspace', `copy (select 1) to '${context.workspace.root}-beside.csv'`],
    ['attach a database outside', `attach '${join(outside.path, 'x.db')}'`],
    ['export a database outside', `export database '${join(outside.path, 'dump')}'`],
    ['install an extension', 'install httpfs'],
    ['load an extension', "load 'httpfs'"],
    ['load a library', `load '${inside('evil.duckdb_extension')}'`],
    ['reach the network', "select * from read_csv('https://localhost:1/x.csv')"],
    ['reach S3', "select * from read_parquet('s3://bucket/x.parquet')"],
    ['give itself access', 'set enable_external_access = true'],
    ['widen the folders', "set allowed_directories = ['/']"],
    ['add a path', `set allowed_paths = ['${secret}']`],
    ['unlock its settings', 'set lock_configuration = false'],
    ['reset its settings', 'reset enable_external_access'],
    ['move the spill folder', `set temp_directory = '${outside.path}'`],
    ['use more threads', 'set threads = 64'],
    ['lift the memory limit', "pragma memory_limit = '1TB'"],
    ['write a log file', `pragma profiling_output = '${join(outside.path, 'profile.json')}'`],
    ['read the environment', "select getenv('HOME')"],
    ['keep a secret', "create persistent secret s (type s3, key_id 'a', secret 'b')"],
  ])('%s', async (_, sql) => {
    expect((await failure(engine.run(sql))).code).toBe('engine_failed')
    expect(readdirSync(outside.path)).toEqual(['secret.csv'])
    expect(await engine.rows('select 1 as one')).toEqual([{ one: 1 }])
  })
})
