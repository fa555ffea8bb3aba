import { readdirSync } from 'node:fs'
import type { Signature } from '@shared/training/run'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DataEngine } from '../../electron/services/data/engine'
import { createPredictionLog, type PredictionLog } from '../../electron/services/runtime/predictionLog'
import { testContext } from '../support/context'
import { buildProgram, startProgram } from '../support/processes'
import { idSignature } from './idSignature'
import { createTestEngine } from './support'

const seed = Number(process.env.PROML_SEED ?? Date.now() % 2 ** 31)
const reference = 'run:r-1'
let program: Awaited<ReturnType<typeof buildProgram>>

beforeAll(async () => {
  program = await buildProgram('logProcess', 'test/runtime/logProcess.ts')
})
afterAll(() => program.remove())

const idsIn = async (log: PredictionLog, engine: DataEngine): Promise<string[]> => {
  await log.flush(reference)
  const rows = await engine.rows(
    `select id from read_parquet('${log.folder(reference)}/*.parquet', union_by_name = true)`,
  )
  return rows.map(({ id }) => String(id))
}

test(`four studios log into one folder and are killed: what was acknowledged is there once (seed ${seed})`, async () => {
  const context = testContext()
  const calls = fc.sample(fc.integer({ min: 3, max: 40 }), { seed, numRuns: 8 })
  // As one is killed, the next takes its place beside those that live.
  const kept = await Promise.all(
    [0, 1, 2, 3].map(async (lane) => {
      const lines: string[] = []
      for (const [round, count] of calls.entries()) {
        if (round % 4 !== lane) continue
        const args = [context.workspace.root, context.platform.code, `w${round}`, String(2 + (round % 3) * 4)]
        const studio = startProgram(program.path, args)
        await studio.line(`kept w${round} ${count} `)
        await studio.kill()
        lines.push(...studio.lines)
      }
      return lines
    }),
  )
  const engine = createTestEngine(context)
  const log = createPredictionLog(context, engine, async () => idSignature)
  const ids = await idsIn(log, engine)
  const acknowledged = kept.flat().flatMap((line) => {
    const [, writer, call, rows] = line.split(' ')
    return Array.from({ length: Number(rows) }, (_, row) => `${writer}-${call}-${row}`)
  })
  expect(acknowledged.length).toBeGreaterThan(50)
  expect(new Set(ids).size).toBe(ids.length)
  expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([])
  // A call that was not acknowledged is there with all of its rows, or not at all.
  const ofCalls = Map.groupBy(ids, (id) => id.replace(/-\d+$/, ''))
  for (const [call, rows] of ofCalls) expect(rows.length, call).toBe(1 + (Number(call.split('-')[1]) % 5))
  expect(readdirSync(log.folder(reference)).filter((name) => !name.endsWith('.parquet'))).toEqual([])
  await log.dispose()
  await engine.dispose()
  context.remove()
}, 120_000)

test('every row that a model can take is kept: half a surrogate pair, zero bytes, truths as numbers, long texts', async () => {
  const context = testContext()
  const engine = createTestEngine(context)
  const signature: Signature = {
    ...idSignature,
    inputs: (['string', 'float32', 'int64', 'bool'] as const).map((tensor) => ({
      name: tensor,
      tensor,
      isNullable: true,
      example: null,
    })),
  }
  const log = createPredictionLog(context, engine, async () => signature)
  const texts = ['plain', '\ud800', 'a\u0000b', '"\n\r\u2028', 'x'.repeat(20_000_000)]
  const count = texts.length
  await log.append(reference, signature, {
    engine: 'wasm',
    rows: {
      string: texts,
      float32: [true, 1e300, -0, null, Number.NaN],
      int64: [true, 2 ** 53 - 1, -(2 ** 53 - 1), false, 0],
      bool: [1, 0, true, false, null],
    },
    outputs: { p: Array.from({ length: count }, () => Number.NaN) },
    elapsedMs: 1,
  })
  await log.flush(reference)
  const rows = await engine.rows(
    `select length("string") as n, "float32", "int64", "bool" from read_parquet('${log.folder(reference)}/*.parquet')`,
  )
  expect(rows).toEqual([
    { n: 5, float32: 1, int64: 1, bool: true },
    { n: 1, float32: 1e300, int64: 2 ** 53 - 1, bool: false },
    { n: 3, float32: 0, int64: -(2 ** 53 - 1), bool: true },
    { n: 4, float32: null, int64: 0, bool: false },
    { n: 20_000_000, float32: null, int64: 0, bool: null },
  ])
  await log.dispose()
  await engine.dispose()
  context.remove()
})
