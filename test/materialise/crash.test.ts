import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readManifest } from '../../electron/services/materialise/backfillStore'
import { digestOfFile } from '../../electron/services/workspace/durable'
import { buildProgram, startProgram } from '../support/processes'
import { type RedisServer, redisProgram, redisServer } from '../support/redis'
import { call, workbench } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const rounds = process.env.PROML_LONG ? 40 : 4

let bench: ReturnType<typeof workbench>
let program: Awaited<ReturnType<typeof buildProgram>>
let redis: RedisServer | null = null
const found = redisProgram()
beforeAll(async () => {
  bench = workbench()
  program = await buildProgram('materialise', 'test/materialise/materialiseProcess.ts')
  redis = found ? await redisServer(found) : null
  if (redis) process.env.PROML_SECRET_SERVING = redis.password
  await bench.context.platform.secrets.set('source:serving', redis?.password ?? '')
  await bench.write(
    'data/events.parquet',
    `select i as id, 'k' || (i % 97) as name, i % 13 as x, timestamp '2001-01-01' + interval (i * 17) minute as happened from range(5000) r(i)`,
  )
  writeFileSync(
    bench.at('events.proml'),
    `namespace events
source events = parquet("data/events.parquet") { time happened  row (id) }
entity thing(name: string)
feature sum_7d: int of thing = sum(x) from events by name over 7d default 0
feature last_x: int of thing = latest(x) from events by name
`,
  )
  // Of every key either the first moment’s value or the second’s.
  await bench.write(
    'data/steps.parquet',
    `select 'k' || i as name, step, timestamp '2001-01-01' + interval (step) day as happened from range(30000) r(i), (values (1), (2)) s(step)`,
  )
  writeFileSync(
    bench.at('steps.proml'),
    `namespace steps
source steps = parquet("data/steps.parquet") { time happened }
entity thing(name: string)
feature step: int of thing = latest(step) from steps by name
feature twice: int of thing = step * 2
`,
  )
})
afterAll(async () => {
  program.remove()
  await redis?.remove()
  delete process.env.PROML_SECRET_SERVING
  await bench.dispose()
})

const code = (): string => bench.context.platform.code
const started = (input: unknown) =>
  startProgram(program.path, [bench.context.workspace.root, code(), JSON.stringify(input)])

describe(`killed at any moment (seed ${seed})`, () => {
  test('a backfill goes on with what is missing, and ends as if nothing had been', { timeout: 600_000 }, async () => {
    const input = { path: 'events.proml', days: { from: '2001-01-01', to: '2001-03-01' } }
    const folders = (): string => bench.at('.proml/features/events.thing')
    const folder = (): string => join(folders(), readdirSync(folders())[0] ?? '')
    const digests = async () => {
      const names = readdirSync(folder()).filter((name) => name.endsWith('.parquet'))
      return Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await digestOfFile(join(folder(), name))] as const)),
      )
    }
    const inode = (day: string) => statSync(join(folder(), `${day}.parquet`), { bigint: true }).ino

    const begin = performance.now()
    const whole = started(input)
    await whole.line('done')
    const took = performance.now() - begin
    const wanted = await digests()
    expect(Object.keys(wanted).length).toBe(60)
    const kept = { kills: 0, days: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 1 }),
        async (moments) => {
          rmSync(folders(), { recursive: true, force: true })
          for (const share of moments) {
            const one = started(input)
            await Promise.race([pause(took * share), one.ended])
            await one.kill()
            kept.kills += 1
            const manifest = existsSync(folders()) ? await readManifest(folder()) : null
            const days = Object.entries(manifest?.days ?? {})
            // What it names is whole.
            for (const [day, { digest }] of days) expect(digest).toBe(wanted[`${day}.parquet`])
            const before = new Map(days.map(([day]) => [day, inode(day)]))
            const rest = started(input)
            const line = await rest.line('done')
            const { backfill } = JSON.parse(line.slice('done '.length)).sets[0]
            expect(backfill).toMatchObject({ reused: days.length, computed: 60 - days.length })
            for (const [day, ino] of before) expect(inode(day)).toBe(ino)
            kept.days += days.length
            expect(await digests()).toEqual(wanted)
            await rest.ended
            // Nothing is left beside.
            expect(
              readdirSync(folder())
                .filter((name) => !name.endsWith('.parquet'))
                .sort(),
            ).toEqual(['lock', 'manifest.json'])
            expect(readdirSync(bench.at('.proml/tmp')).filter((name) => name.startsWith('materialise'))).toEqual([])
            rmSync(folders(), { recursive: true, force: true })
          }
        },
      ),
      { numRuns: rounds, seed },
    )
    console.log(`${kept.kills} kills; ${kept.days} days were there and stayed (PROML_SEED=${seed})`)
  })

  test('the tables that are served are of one moment, while they are exchanged and after', {
    timeout: 600_000,
  }, async () => {
    const target = redis ? { url: redis.url, secret: 'serving' } : undefined
    // With all features, or with one alone: the table of that goes when there is a newer one of all.
    const input = (day: string, features?: readonly string[]) => ({
      ...{ path: 'steps.proml', online: true, redis: target, asOf: day, features },
    })
    const first = started(input('2001-01-02T12:00', ['step']))
    const begin = performance.now()
    await first.line('done')
    await first.ended
    const took = performance.now() - begin
    const keys = Array.from({ length: 500 }, (_, index) => ({ name: `k${index * 60}` }))
    const seen = { reads: 0, moments: new Set<string>() }
    const look = async (): Promise<void> => {
      for (const from of redis ? [undefined, target] : [undefined]) {
        const { rows, table } = await bench.get('steps.proml', ['step'], keys, from)
        const value = table.asOf?.startsWith('2001-01-02') ? '1' : '2'
        expect(new Set(rows.map(({ values }) => values[0]))).toEqual(new Set([value]))
        expect(table.rows).toBe(30_000)
        seen.reads += 1
        seen.moments.add(`${from ? 'Redis' : 'embedded'} ${value}`)
      }
    }
    await look()
    const day = (step: number): string => `2001-01-0${step + 1}T12:00`
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.integer({ min: 1, max: 2 }),
        fc.boolean(),
        async (share, step, isAll) => {
          const one = started(input(day(step), isAll ? undefined : ['step']))
          let isOver = false
          const end = Promise.race([pause(took * share), one.ended]).then(() => {
            isOver = true
          })
          while (!isOver) await look()
          await end
          await one.kill()
          await look()
        },
      ),
      { numRuns: rounds, seed },
    )
    const last = started(input(day(2)))
    await last.line('done')
    await last.ended
    await look()
    console.log(
      `${seen.reads} reads of 500 keys, each of one moment: ${[...seen.moments].sort().join(', ')} (PROML_SEED=${seed})`,
    )
    // What the killed ones left is gone, or goes by itself.
    const { tables } = await bench.materialise.handlers.list({}, call)
    expect(tables.map(({ rows }) => rows)).toEqual([30_000])
    if (redis) {
      const hashes = (await redis.run('KEYS', 'proml:{steps.thing}:*')) as string[]
      const left: number[] = []
      for (const name of hashes) left.push(Number(await redis.run('TTL', name)))
      expect(left.filter((ttl) => ttl === -1).length).toBe(3)
      expect(left.every((ttl) => ttl === -1 || (ttl > 0 && ttl <= 3600))).toBe(true)
    }
  })
})
