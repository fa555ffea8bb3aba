import { copyFileSync, existsSync } from 'node:fs'
import { afterAll, describe, it } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { testContext } from '../support/context'
import { median, timed } from './measured'

/** `flights-3m.parquet` of the npm package `vega-datasets`; without it, the sample fifteen times over, which has fewer moments. */
const large = process.env.PROML_FLIGHTS_3M
const rounds = Number(process.env.PROML_ROUNDS ?? 5)

describe('profiles against SUMMARIZE', () => {
  const context = testContext({ sample: 'flights' })
  const data = createDataService(context, () => {})
  const call = { signal: new AbortController().signal }
  afterAll(async () => {
    await data.dispose()
    context.remove()
  })

  const measure = async (file: string): Promise<void> => {
    const { columns, rows } = await data.schemaOf(file)
    const ours = async (): Promise<void> => {
      for (const { name } of columns) await data.handlers.profile({ path: file, column: name, filters: [] }, call)
    }
    const theirs = () => data.engine.rows(`SUMMARIZE SELECT * FROM read_parquet('${context.workspace.resolve(file)}')`)
    await ours()
    await theirs()
    const pairs: { ours: number; theirs: number }[] = []
    for (let round = 0; round < rounds; round++) pairs.push({ ours: await timed(ours), theirs: await timed(theirs) })
    console.table([
      {
        what: `profile ${columns.length} columns of ${file}`,
        rows,
        'product ms': Math.round(median(pairs.map((pair) => pair.ours))),
        'SUMMARIZE ms': Math.round(median(pairs.map((pair) => pair.theirs))),
        ratio: Number(median(pairs.map((pair) => pair.ours / pair.theirs)).toFixed(2)),
      },
    ])
  }

  it('200 thousand flights', { timeout: 300_000 }, () => measure('data/flights.parquet'))

  it('3 million flights', { timeout: 600_000 }, async () => {
    const file = context.workspace.resolve('flights3m.parquet')
    const sample = context.workspace.resolve('data/flights.parquet')
    if (large && existsSync(large)) copyFileSync(large, file)
    else await data.engine.copy(`select s.* from read_parquet('${sample}') s, range(15)`, file, 'parquet')
    await measure('flights3m.parquet')
  })

  it('a million rows of 50 columns', { timeout: 900_000 }, async () => {
    const columns = Array.from({ length: 50 }, (_, index) =>
      index % 3 === 0
        ? `random() * ${index + 1} as c${index}`
        : index % 3 === 1
          ? `cast(random() * ${10 ** (index % 6)} as bigint) as c${index}`
          : `'v' || cast(random() * ${10 ** (index % 4)} as int) as c${index}`,
    )
    const file = context.workspace.resolve('mixed.parquet')
    await data.engine.copy(`select ${columns.join(', ')} from range(1000000)`, file, 'parquet')
    await measure('mixed.parquet')
  })
})
