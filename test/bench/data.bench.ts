import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createDataService, type DataService } from '../../electron/services/data/data'
import { createFeaturesService, type FeaturesService } from '../../electron/services/features/features'
import { createLanguageService, type LanguageService } from '../../electron/services/language/language'
import { testContext } from '../support/context'
import { median, timed } from './measured'

const file = 'data/flights.parquet'
const rounds = 5

describe('data and features on 200,000 flights', () => {
  const context = testContext({ sample: 'flights' })
  let data: DataService
  let language: LanguageService
  let features: FeaturesService

  beforeAll(() => {
    data = createDataService(context, () => {})
    language = createLanguageService(context, () => {}, { data })
    features = createFeaturesService(context, () => {}, { data, language })
  })
  afterAll(async () => {
    await features.dispose()
    await language.dispose()
    await data.dispose()
    context.remove()
  })

  /** Paired: one after the other in each round, so that what else the machine does meets both. */
  const compare = async (product: () => Promise<unknown>, peer: () => Promise<unknown>) => {
    await product()
    await peer()
    const pairs: { ours: number; theirs: number }[] = []
    for (let round = 0; round < rounds; round++) pairs.push({ ours: await timed(product), theirs: await timed(peer) })
    return {
      'product ms': Math.round(median(pairs.map(({ ours }) => ours))),
      'peer ms': Math.round(median(pairs.map(({ theirs }) => theirs))),
      ratio: Number(median(pairs.map(({ ours, theirs }) => ours / theirs)).toFixed(2)),
    }
  }

  it('measures', { timeout: 600_000 }, async () => {
    const call = { signal: new AbortController().signal }
    const { columns } = await data.schemaOf(file)
    const path = context.workspace.resolve(file).replaceAll("'", "''")
    const profile = await compare(
      () => data.handlers.profiles({ path: file, columns: columns.map(({ name }) => name), filters: [] }, call),
      () => data.engine.rows(`SUMMARIZE SELECT * FROM read_parquet('${path}')`),
    )
    // The same window by hand, without ties by content, nulls, determinism of floats, splits and keys.
    const plan = await language.planOf('flights.proml', 'late_departure')
    const output = join(context.workspace.root, 'set.parquet')
    const set = await compare(
      () => {
        // What was computed before would only be copied.
        rmSync(context.workspace.internal('cache', 'training'), { recursive: true, force: true })
        return features.buildTrainingSet(plan, { output, signal: call.signal })
      },
      () =>
        data.engine.copy(
          `SELECT *, delay > 15 AS late,
             avg(delay) OVER (PARTITION BY origin ORDER BY date RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING) a,
             avg(delay) OVER (PARTITION BY origin ORDER BY date RANGE BETWEEN INTERVAL 3 HOUR PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING) b,
             count(*) OVER (PARTITION BY origin ORDER BY date RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING) c,
             avg(delay) OVER (PARTITION BY origin, destination ORDER BY date RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING) d,
             avg(delay) OVER (PARTITION BY origin, destination ORDER BY date RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING) e
           FROM read_parquet('${path}')`,
          join(context.workspace.root, 'hand.parquet'),
          'parquet',
        ),
    )
    console.table([
      { what: 'profile every column', peer: 'DuckDB SUMMARIZE', ...profile },
      { what: `training set, ${plan.uses.length} uses`, peer: 'five windows written by hand', ...set },
    ])
  })
})
