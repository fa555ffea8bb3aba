import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelPlan } from '@shared/plan/plan'
import { quoteText } from '@shared/sql/quote'
import { compileTrainingSet, compileTrainingSetSteps } from '@shared/sql/trainingSet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createDataEngine, type DataEngine } from '../../electron/services/data/engine'
import { createLanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'

const context = testContext({ sample: 'flights' })
const at = (name: string): string => join(context.workspace.root, name)
const megabyte = 1024 ** 2
/** The sample’s flights so many times, each time half a year later. */
const copies = process.env.PROML_LONG ? 5 : 1
const limit = process.env.PROML_LONG ? 256 : 160

let plan: ModelPlan
beforeAll(async () => {
  const data = createDataService(context, () => {})
  const language = createLanguageService(context, () => {}, { data })
  plan = await language.planOf('flights.proml', 'late_departure')
  for (const service of [language, data]) await service.dispose()
})
afterAll(() => context.remove())

const withLimit = async <T>(megabytes: number, work: (engine: DataEngine) => Promise<T>, threads = 1): Promise<T> => {
  const engine = createDataEngine({
    ...{ code: context.platform.code, root: context.workspace.root, log: context.log, threads },
    ...{ temporaryFolder: context.workspace.internal('tmp', String(megabytes)) },
    memoryLimitBytes: megabytes * megabyte,
  })
  try {
    return await work(engine)
  } finally {
    await engine.dispose()
  }
}

const tables = (): Record<string, string> => ({
  flights: `(select * replace (date + c * interval 184 day as date) from read_parquet(${quoteText(at('data/flights.parquet'))}), range(${copies}) t(c))`,
  airports: `read_csv(${quoteText(at('data/airports.csv'))})`,
})

const peakOf = (pid: number | null): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return 0
  }
}

/** Writes the training set; the digest, what was spilled at most, and what the process held at most, in MB. */
const written = (megabytes: number) =>
  withLimit(megabytes, async (engine) => {
    const statement = compileTrainingSetSteps(plan, { tables: tables() })
    let isDone = false
    const writing = engine.copy(statement, at(`${megabytes}.parquet`), 'parquet').finally(() => {
      isDone = true
    })
    let spilled = 0
    while (!isDone) {
      const [row] = await engine.rows('select coalesce(sum(size), 0)::double as size from duckdb_temporary_files()')
      spilled = Math.max(spilled, Number(row?.size) / megabyte)
      await Promise.race([writing, new Promise((resolve) => setTimeout(resolve, 20))]).catch(() => {})
    }
    const { digest, rows } = await writing
    return { digest, rows, spilled, peak: peakOf(engine.status().pid) }
  })

describe('a training set of more than fits into memory', { timeout: 1_200_000 }, () => {
  test('is written by way of the disk, the same to the last bit', async () => {
    const [plenty, little] = [await written(8192), await written(limit)]
    expect(little.digest).toBe(plenty.digest)
    expect(little.rows).toBe(200_000 * copies)
    expect(plenty.spilled).toBe(0)
    expect(little.spilled).toBeGreaterThan(limit / 4)
    // The limit is the engine’s own count; the program and what it does not count come to it.
    expect(little.peak).toBeLessThan(limit + 600)
    const mb = (value: number): string => `${Math.round(value)} MB`
    console.log(
      `${little.rows} rows: ${mb(plenty.peak)} without a limit; ${mb(limit)} allowed, ${mb(little.peak)} held, ${mb(little.spilled)} spilled`,
    )
  })

  test('is the same in steps as in one statement, with one thread and with eight', async () => {
    const options = { tables: tables() }
    const statement = compileTrainingSetSteps(plan, options)
    const [one, stated] = await withLimit(8192, async (engine) => [
      await engine.copy(compileTrainingSet(plan, options), at('one.parquet'), 'parquet'),
      await engine.copy(statement.plain ?? '', at('stated.parquet'), 'parquet'),
    ])
    expect(stated).toEqual(one)
    for (const threads of [1, 8])
      await withLimit(
        8192,
        async (engine) => expect(await engine.copy(statement, at('steps.parquet'), 'parquet')).toEqual(one),
        threads,
      )
  })
})
