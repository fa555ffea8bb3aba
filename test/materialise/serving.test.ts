import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMaterialiseService } from '../../electron/services/materialise/materialise'
import { type RedisServer, redisProgram, redisServer } from '../support/redis'
import { call, failure, workbench } from './support'

const found = redisProgram()
let bench: ReturnType<typeof workbench>
let redis: RedisServer
const path = 'shop.proml'
const features = ['shop.spent', 'shop.orders']

const programText = `namespace shop
source orders = parquet("data/orders.parquet") { time ordered  row (id) }
entity client(name: string)
entity shelf(row: int, label: string)
feature spent: int of client = sum(amount) from orders by client over all default -1
feature orders: int of client = count() from orders by client over 1d
feature seen: int of shelf = count() from orders by (line, label) over all
`

beforeAll(async () => {
  bench = workbench()
  await bench.write(
    'data/orders.parquet',
    `select i as id, 'c' || (i % 3) as client, i as amount, i % 2 as line, 'a=b' as label, timestamp '2001-01-01' + interval (i) hour as ordered from range(48) r(i)`,
  )
  writeFileSync(bench.at(path), programText)
  if (found) redis = await redisServer(found)
})
afterAll(async () => {
  if (found) await redis.remove()
  await bench.dispose()
})

describe('the workspace’s own serving table', () => {
  test('answers for some features of it, in the order asked for, and for keys that nobody has', async () => {
    await bench.make({ path, features, online: true, asOf: '2001-01-02' })
    const { columns, rows, table } = await bench.get(
      path,
      ['orders', 'spent'],
      [{ name: 'c1' }, { name: 'c9' }, { name: 'c1' }],
    )
    expect(columns).toEqual([
      { name: 'orders', type: 'int' },
      { name: 'spent', type: 'int' },
    ])
    const own = { isKnown: true, values: ['8', String([1, 4, 7, 10, 13, 16, 19, 22].reduce((sum, one) => sum + one))] }
    expect(rows).toEqual([own, { isKnown: false, values: ['0', '-1'] }, own])
    expect(table).toMatchObject({ entity: 'shop.client', rows: 3, asOf: '2001-01-02 00:00:00.000' })
    expect((await bench.get(path, ['spent'], [{ name: 'c1' }])).rows[0]?.values).toEqual([own.values[1]])
  })

  test('has keys of several parts and types, and says what a key must be', async () => {
    await bench.make({ path, features: ['seen'], online: true })
    const { rows } = await bench.get(
      path,
      ['seen'],
      [
        { row: '1', label: 'a=b' },
        { row: '+01', label: 'a=b' },
        { row: '2', label: '' },
      ],
    )
    expect(rows.map(({ values }) => values[0])).toEqual(['24', '24', '0'])
    const refused = async (key: Record<string, string>) => (await failure(bench.get(path, ['seen'], [key]))).message
    expect(await refused({ row: 'one', label: 'a' })).toBe('`one` is no value of the key `row`, which is of type int.')
    expect(await refused({ row: '1' })).toBe('The key `label` is missing.')
    expect(await refused({ row: '1', label: 'a', name: 'b' })).toBe('There is no key `name`.')
    expect(await failure(bench.get(path, ['seen', 'spent'], [{ row: '1', label: 'a' }]))).toMatchObject({
      code: 'invalid_input',
    })
  })

  test('does not answer with what a feature no longer is', async () => {
    await bench.make({ path, features, online: true })
    writeFileSync(bench.at(path), programText.replace('over all default -1', 'over 1d default -1'))
    expect(await failure(bench.get(path, ['spent'], [{ name: 'c1' }]))).toMatchObject({
      code: 'conflict',
      message: '`shop.spent` changed since the serving table was made.',
    })
    const command = 'proml materialize shop.proml --feature spent --online'
    expect((await failure(bench.get(path, ['spent'], [{ name: 'c1' }]))).hint).toContain(`\`${command}\``)
    // The other is what it was.
    expect((await bench.get(path, ['orders'], [{ name: 'c1' }])).rows[0]?.values).toEqual(['8'])
    writeFileSync(bench.at(path), `// said in other words\n${programText}`)
    expect((await bench.get(path, ['spent'], [{ name: 'c1' }])).rows[0]?.isKnown).toBe(true)
    writeFileSync(bench.at(path), programText.replaceAll('spent', 'paid'))
    expect(await failure(bench.get(path, ['paid'], [{ name: 'c1' }]))).toMatchObject({ code: 'not_found' })
    writeFileSync(bench.at(path), programText)
  })

  test('removes what a newer table answers for, and says so', async () => {
    const served = async () =>
      (await bench.materialise.handlers.list({}, call)).tables
        .filter(({ entity }) => entity === 'shop.client')
        .map((table) => table.features.map(({ name }) => name.replace('shop.', '')).join())
    const removed = async (names: readonly string[]) => {
      const [set] = (await bench.make({ path, features: [...names], online: true })).sets
      return set?.online?.removed.map((one) => `${one.store}: ${one.features.join()}`)
    }
    const spent = () => bench.get(path, ['spent'], [{ name: 'c1' }])
    await removed(['spent'])
    expect(await removed(features)).toEqual(['this workspace: shop.spent'])
    expect(await served()).toEqual(['orders,spent'])
    expect((await spent()).rows[0]?.isKnown).toBe(true)
    // Another choice: both are asked for.
    expect(await removed(['orders'])).toEqual([])
    expect((await served()).sort()).toEqual(['orders', 'orders,spent'])
    // What of the larger table still holds is in the smaller one.
    writeFileSync(bench.at(path), programText.replace('over all default -1', 'over 1d default -1'))
    expect(await removed(['orders'])).toEqual(['this workspace: shop.orders,shop.spent'])
    expect(await served()).toEqual(['orders'])
    writeFileSync(bench.at(path), programText)
    await removed(features)

    const tidy = async () => (await bench.materialise.handlers.tidy({ path }, call)).removed.map(({ entity }) => entity)
    expect(await tidy()).toEqual([])
    // A feature may be there again when the error is mended.
    writeFileSync(bench.at('broken.proml'), 'namespace shop\nfeature seen: = ')
    const withoutShelf = programText
      .split('\n')
      .filter((line) => !line.includes('shelf'))
      .join('\n')
    writeFileSync(bench.at(path), withoutShelf)
    expect(await tidy()).toEqual([])
    rmSync(bench.at('broken.proml'))
    expect(await tidy()).toEqual(['shop.shelf'])
    writeFileSync(bench.at(path), programText)
  })

  test('does not grow by being made again and again, and is made anew where it is damaged', async () => {
    await bench.make({ path, features, online: true })
    const size = () => statSync(bench.at('.proml/online.db')).size
    const before = size()
    for (let round = 0; round < 5; round += 1) await bench.make({ path, features, online: true })
    expect(size()).toBeLessThanOrEqual(before * 2)
    await bench.materialise.dispose()
    const bytes = readFileSync(bench.at('.proml/online.db'))
    writeFileSync(bench.at('.proml/online.db'), bytes.fill(7, 100))
    const error = await failure(bench.get(path, ['spent'], [{ name: 'c1' }]))
    expect(error).toMatchObject({ code: 'unreadable_file', place: { file: '.proml/online.db' } })
    await bench.make({ path, features, online: true }).catch(() => bench.make({ path, features, online: true }))
    expect((await bench.get(path, ['spent'], [{ name: 'c1' }])).rows[0]?.isKnown).toBe(true)
    expect(readdirSync(bench.at('.proml')).filter((name) => name.startsWith('online.db.damaged'))).not.toEqual([])
  })
})

describe('a server that takes a connection and says nothing', () => {
  test('is given up, and left at once where somebody cancels', async () => {
    const server = createServer(() => {})
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const silent = { url: `redis://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }
    const jobId = await bench.start({ path, features, redis: silent })
    const connected = new Promise((done) => server.once('connection', done))
    await connected
    await bench.context.jobs.handlers.cancel({ id: jobId }, call)
    expect(await failure(bench.context.jobs.finished(jobId))).toMatchObject({ code: 'cancelled' })
    expect(await failure(bench.get(path, ['spent'], [{ name: 'c1' }], silent))).toMatchObject({
      code: 'source_unreachable',
    })
    server.close()
  })
})

describe.skipIf(!found)('a table in a Redis', () => {
  const target = () => ({ url: redis.url, secret: 'serving' })
  const make = (more: object = {}) => bench.make({ path, features, redis: { ...target(), ...more } })

  test('takes its password from the key store alone, and says what is refused', async () => {
    expect(await failure(make())).toMatchObject({
      code: 'not_found',
      message: 'There is no secret `serving` on this machine.',
    })
    await bench.context.platform.secrets.set('source:serving', 'wrong')
    expect(await failure(make())).toMatchObject({ code: 'permission_denied' })
    expect(await failure(make({ secret: undefined }))).toMatchObject({ code: 'permission_denied' })
    const inside = redis.url.replace('redis://', 'redis://me:secret@')
    expect(await failure(make({ url: inside }))).toMatchObject({ code: 'invalid_input' })
    expect(await failure(make({ url: 'http://127.0.0.1' }))).toMatchObject({ code: 'invalid_input' })
    await bench.context.platform.secrets.set('source:serving', redis.password)
    // What would put it there, with the same address and secret.
    expect(await failure(bench.get(path, ['spent', 'orders'], [{ name: 'c1' }], target()))).toMatchObject({
      code: 'not_found',
      message: 'There is no serving table of `shop.client` with `shop.orders`, `shop.spent` in this Redis.',
      hint: `Make one: \`proml materialize shop.proml --feature spent orders --redis ${redis.url} --redis-secret serving\``,
    })
    await make()
    const written = readdirSync(bench.at('.proml'), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    )
    for (const { parentPath, name } of written)
      expect(readFileSync(join(parentPath, name)).includes(redis.password)).toBe(false)
    expect((await bench.get(path, ['spent'], [{ name: 'c1' }], target())).rows[0]?.isKnown).toBe(true)
  })

  test('is not reached from a workspace that nobody trusts', async () => {
    const { context, data, features: service, language } = bench
    const stranger = createMaterialiseService(context, () => {}, {
      data,
      features: service,
      language,
      isTrusted: () => false,
    })
    const refused = { code: 'permission_denied' }
    expect(
      await failure(
        stranger.handlers.get({ path, features: ['spent'], keys: [{ name: 'c1' }], redis: target() }, call),
      ),
    ).toMatchObject(refused)
    expect(await failure(stranger.handlers.start({ path, online: false, redis: target() }, call))).toMatchObject(
      refused,
    )
  })

  test('is forgotten after its time, and a table that the server threw away is no empty one', async () => {
    await make({ ttlSeconds: 600 })
    const names = (await redis.run('KEYS', 'proml:{shop.client}:*')) as string[]
    const ttl = await Promise.all(
      names.filter((name) => !name.endsWith(':groups')).map((name) => redis.run('TTL', name)),
    )
    expect(ttl.length).toBe(2)
    for (const seconds of ttl) expect(Number(seconds)).toBeGreaterThan(500)
    // One version is there, however often it is made.
    await make()
    await make()
    const now = (await redis.run('KEYS', 'proml:{shop.client}:*')) as string[]
    expect(now.length).toBe(3)
    const hash = now.find((name) => !/:(groups|live)$/.test(name)) ?? ''
    expect(await redis.run('TTL', hash)).toBe(-1)
    await redis.run('DEL', hash)
    expect(await failure(bench.get(path, ['spent'], [{ name: 'c1' }], target()))).toMatchObject({
      code: 'not_found',
      message: 'The Redis has thrown the table away.',
    })
  })

  test('goes where a newer one says all that it says; what another version may ask for goes when told to', async () => {
    const left = async () => ((await redis.run('KEYS', 'proml:{shop.client}:*')) as string[]).length
    const groups = async () => ((await redis.run('SMEMBERS', 'proml:{shop.client}:groups')) as string[]).length
    const ttl = async () => Number(await redis.run('TTL', 'proml:{shop.client}:groups'))
    await redis.run('FLUSHALL')
    const removed = async (input: object): Promise<readonly string[]> => {
      const [set] = (await make(input)).sets
      return set?.online?.removed.map((one) => `${one.store}: ${one.features.join()}`) ?? []
    }
    const one = ['spent']
    const served = { redis: { ...target(), ttlSeconds: 600 } }
    await bench.make({ path, features: one, ...served })
    expect(await ttl()).toBeGreaterThan(500)
    expect(await groups()).toBe(1)
    expect(await removed({})).toEqual(['Redis: shop.spent'])
    // The list, which table is served, and its rows.
    expect(await left()).toBe(3)
    // The list stays as long as the table that stays longest.
    expect(await ttl()).toBe(-1)
    await bench.make({ path, features: ['orders'], ...served })
    expect([await groups(), await ttl()]).toEqual([2, -1])
    // Gone by itself, as after its time.
    for (const name of (await redis.run('KEYS', 'proml:{shop.client}:*')) as string[])
      if (Number(await redis.run('TTL', name)) > 0) await redis.run('DEL', name)
    await make({})
    expect(await groups()).toBe(1)

    await bench.make({ path, features: one, redis: target() })
    writeFileSync(bench.at(path), programText.replace('over all default -1', 'over 1d default -1'))
    const before = await left()
    // Whoever runs the program as it was asks these.
    const [set] = (await bench.make({ path, features: ['orders'], redis: target() })).sets
    expect(set?.online?.removed).toEqual([])
    expect(await left()).toBe(before + 2)
    const gone = (await bench.materialise.handlers.tidy({ path, redis: target() }, call)).removed
    expect(gone.map((table) => table.features.map(({ name }) => name).join()).sort()).toEqual([
      'shop.orders,shop.spent',
      'shop.spent',
    ])
    expect(await left()).toBe(3)
    expect((await bench.get(path, ['orders'], [{ name: 'c1' }], target())).rows[0]?.isKnown).toBe(true)
    writeFileSync(bench.at(path), programText)
    await make()
  })

  test('that does not answer is said to, and what it served is served when it is there again', async () => {
    await redis.stop()
    expect(await failure(make())).toMatchObject({ code: 'source_unreachable' })
    expect(await failure(bench.get(path, ['spent'], [{ name: 'c1' }], target()))).toMatchObject({
      code: 'source_unreachable',
    })
    await redis.start()
    // It keeps nothing itself here.
    expect(await failure(bench.get(path, ['spent'], [{ name: 'c1' }], target()))).toMatchObject({ code: 'not_found' })
    await make()
    expect((await bench.get(path, ['spent'], [{ name: 'c1' }], target())).rows[0]?.isKnown).toBe(true)
  })
})
