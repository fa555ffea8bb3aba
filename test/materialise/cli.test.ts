import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot, temporaryFolder, testHome } from '../support/context'
import { type RedisServer, redisProgram, redisServer } from '../support/redis'

const found = redisProgram()

// Each is a process that starts; on a busy machine that takes its time.
describe('proml materialize and proml online', { timeout: 240_000 }, () => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'flights')
  let redis: RedisServer | null = null
  const proml = (...args: string[]) => {
    const result = spawnSync(process.execPath, [join(projectRoot, 'out/main/cli.js'), ...args], {
      cwd: workspace,
      encoding: 'utf8',
      env: { ...process.env, PROML_HOME: testHome(), PROML_SECRET_SERVING: redis?.password ?? '' },
      timeout: 120_000,
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }
  beforeAll(async () => {
    cpSync(join(projectRoot, 'resources/samples/flights'), workspace, {
      recursive: true,
      filter: (path) => !/[\\/]\.proml($|[\\/])/.test(path),
    })
    if (found) redis = await redisServer(found)
  })
  afterAll(async () => {
    await redis?.remove()
    folder.remove()
  })

  const asked = ['flights.proml', '--feature', 'airport_delay_3h', 'airport_traffic_1d']
  const range = ['--from', '2001-01-01', '--to', '2001-01-04']

  it('makes a file a day and a table for serving, and computes no day twice', () => {
    const first = proml('materialize', ...asked, ...range, '--online', '--as-of', '2001-01-05T18:30')
    expect(first.code, first.err).toBe(0)
    expect(first.out).toMatch(
      /4 days computed, 0 were there, 890 rows → \.proml\/features\/flights\.airport\/[0-9a-f]{32}/,
    )
    expect(first.out).toMatch(/223 keys as of 2001-01-05 18:30:00.000 UTC → this workspace/)
    const again = JSON.parse(proml('materialize', ...asked, '--from', '2001-01-03', '--to', '2001-01-05', '--json').out)
    expect(again.sets).toMatchObject([{ entity: 'flights.airport', backfill: { days: 3, computed: 1, reused: 2 } }])
    const days = readdirSync(join(workspace, again.sets[0].backfill.folder)).filter((name) => name.endsWith('.parquet'))
    expect(days.map((name) => name.slice(0, 10))).toEqual([
      '2001-01-01',
      '2001-01-02',
      '2001-01-03',
      '2001-01-04',
      '2001-01-05',
    ])
  })

  it('answers for a key, known or not, and lists what there is', () => {
    const get = (...args: string[]) => proml('online', 'get', ...asked, ...args)
    const known = get('--key', 'code=ORD')
    expect(known.code).toBe(0)
    expect(known.out).toMatch(/^airport_delay_3h {4}-?\d+\.\d+\nairport_traffic_1d {2}\d+$/m)
    expect(known.err).toMatch(/as of 2001-01-05 18:30:00.000 UTC/)
    const nobody = JSON.parse(get('--key', 'code=nope', '--json').out)
    expect(nobody).toMatchObject({ isKnown: false, values: { airport_delay_3h: 0, airport_traffic_1d: 0 } })
    const list = JSON.parse(proml('online', 'list', '--json').out)
    expect(list).toMatchObject({
      backfills: [{ entity: 'flights.airport', first: '2001-01-01', last: '2001-01-05', days: 5 }],
      tables: [{ entity: 'flights.airport', rows: 223 }],
    })
  })

  it('says which tables go, and that the others may still be asked', () => {
    const one = proml('materialize', 'flights.proml', '--feature', 'airport_traffic_1d', '--online')
    expect(one.code, one.err).toBe(0)
    const all = proml('materialize', ...asked, '--online')
    expect(all.out).toMatch(
      /removed from this workspace, where a newer table answers: flights\.airport_traffic_1d as of 2001-/,
    )
    const tidy = proml('online', 'tidy', 'flights.proml')
    expect([tidy.code, tidy.out, tidy.err]).toEqual([0, '', 'Every table may still be asked.\n'])
    expect(JSON.parse(proml('online', 'tidy', 'flights.proml', '--json').out)).toEqual({ removed: [] })
  })

  it('exits with what went wrong', () => {
    const code = (...args: string[]) => proml(...args).code
    expect(code('materialize', ...asked)).toBe(2)
    expect(code('materialize', ...asked, '--redis', 'redis://127.0.0.1:1')).toBe(5)
    expect(code('online', 'get', ...asked, '--key', 'ORD')).toBe(2)
    const json = proml('materialize', ...asked, '--online', '--redis', 'redis://me:word@127.0.0.1', '--json')
    expect(JSON.parse(json.out).error).toMatchObject({ code: 'invalid_input' })
  })

  it.skipIf(!found)('serves from a Redis whose password only the environment or the key store has', () => {
    const there = ['--redis', redis?.url ?? '', '--redis-secret', 'serving']
    const made = proml('materialize', ...asked, ...there, '--ttl', '1h')
    expect(made.out, made.err).toMatch(/223 keys|2\d\d keys .* → Redis/)
    const answer = JSON.parse(proml('online', 'get', ...asked, '--key', 'code=ORD', ...there, '--json').out)
    expect(answer).toMatchObject({ isKnown: true, entity: 'flights.airport' })
    expect(statSync(join(workspace, '.proml/online.db')).size).toBeGreaterThan(0)
  })
})
