import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { afterAll, describe, it } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { testContext } from '../support/context'
import { type Measured, measured, summary } from './measured'
import { hasPeers, pandasProfile, peer } from './peers'

/** `flights-3m.parquet` of the npm package `vega-datasets`; without it, the sample fifteen times over, which has fewer moments. */
const large = process.env.PROML_FLIGHTS_3M
const rounds = Number(process.env.PROML_ROUNDS ?? 5)

/** As the terminal and the window ask: some columns at a time. */
const columnsAtOnce = 500

describe('profiles of every column', () => {
  const context = testContext({ sample: 'flights' })
  const data = createDataService(context, () => {})
  const call = { signal: new AbortController().signal }
  afterAll(async () => {
    await data.dispose()
    context.remove()
  })
  const at = (file: string): string => context.workspace.resolve(file)
  const pidOf = (): number => data.engine.status().pid ?? 0

  const profile = async (file: string): Promise<void> => {
    const columns = (await data.schemaOf(file)).columns.map(({ name }) => name)
    for (let first = 0; first < columns.length; first += columnsAtOnce)
      await data.handlers.profiles(
        { path: file, columns: columns.slice(first, first + columnsAtOnce), filters: [] },
        call,
      )
  }

  const row = (what: string, of: readonly (Measured | null)[], ours: readonly Measured[]) => {
    const known = of.filter((one) => one !== null)
    const [theirs, own] = [summary(known), summary(ours)]
    return {
      what,
      'wall ms': Math.round(theirs.wallMs),
      'cpu ms': Math.round(theirs.cpuMs),
      'peak MB': Math.round(theirs.peakMb),
      'product / it, wall': Number((own.wallMs / theirs.wallMs).toFixed(3)),
      'product / it, cpu': Number((own.cpuMs / theirs.cpuMs).toFixed(3)),
    }
  }

  /** The product, `SUMMARIZE` and pandas by turns, so that what else the machine does meets all of them. */
  const compare = async (file: string): Promise<void> => {
    const { columns, rows } = await data.schemaOf(file)
    const summarize = () => data.engine.rows(`SUMMARIZE SELECT * FROM read_parquet('${at(file)}')`)
    const paths = { source: at(file), output: at('none'), folder: context.workspace.root }
    await profile(file)
    await summarize()
    const all = { ours: [] as Measured[], summarize: [] as Measured[], read: [] as Measured[], alone: [] as Measured[] }
    for (let round = 0; round < rounds; round++) {
      all.ours.push(await measured(pidOf(), () => profile(file)))
      all.summarize.push(await measured(pidOf(), summarize))
      for (const [kept, script] of hasPeers
        ? ([
            [all.read, pandasProfile.withReading],
            [all.alone, pandasProfile.alone],
          ] as const)
        : []) {
        const found = await peer('requirements', script, paths)
        if (found) kept.push(found)
      }
    }
    console.log(`${columns.length} columns of ${rows?.toLocaleString('en-US')} rows of ${file}, medians of ${rounds}`)
    console.table(
      [
        row('product', all.ours, all.ours),
        row('SUMMARIZE', all.summarize, all.ours),
        row('pandas: read, describe, value_counts', all.read, all.ours),
        row('pandas: describe, value_counts', all.alone, all.ours),
      ].filter((one) => !Number.isNaN(one['wall ms'])),
    )
  }

  it('200 thousand flights', { timeout: 300_000 }, () => compare('data/flights.parquet'))

  it('3 million flights', { timeout: 900_000 }, async () => {
    const file = at('flights3m.parquet')
    if (large && existsSync(large)) copyFileSync(large, file)
    else
      await data.engine.copy(
        `select s.* from read_parquet('${at('data/flights.parquet')}') s, range(15)`,
        file,
        'parquet',
      )
    await compare('flights3m.parquet')
  })

  it('a million rows of 50 columns', { timeout: 900_000 }, async () => {
    const columns = Array.from({ length: 50 }, (_, index) =>
      index % 3 === 0
        ? `random() * ${index + 1} as c${index}`
        : index % 3 === 1
          ? `cast(random() * ${10 ** (index % 6)} as bigint) as c${index}`
          : `'v' || cast(random() * ${10 ** (index % 4)} as int) as c${index}`,
    )
    await data.engine.copy(`select ${columns.join(', ')} from range(1000000)`, at('mixed.parquet'), 'parquet')
    await compare('mixed.parquet')
  })

  /** Each written anew, so that nothing is known of it: types are found out, and its copy with columns is made. */
  it('wide CSV files', { timeout: 900_000 }, async () => {
    const shapes = [
      [300, 1],
      [300, 1000],
      [10_000, 1],
      [10_000, 100],
    ] as const
    for (const [width, length] of shapes) {
      const names = Array.from({ length: width }, (_, index) => `c${index}`)
      const line = (at: number): string =>
        names
          .map(
            (_, index) =>
              [((at * 7919 + index) % 997) / 7, (at * 31 + index) % 100, `v${(at * index) % 10}`][index % 3],
          )
          .join(',')
      const found: Measured[] = []
      for (let round = 0; round < Math.min(3, rounds); round++) {
        const file = `wide${width}x${length}-${round}.csv`
        writeFileSync(at(file), `${names.join(',')}\n${Array.from({ length }, (_, at) => line(at)).join('\n')}\n`)
        found.push(await measured(pidOf(), () => profile(file)))
      }
      const { wallMs, cpuMs, peakMb } = summary(found)
      console.log(
        `${width} columns of ${length} rows of CSV: ${Math.round(wallMs)} ms, processor ${Math.round(cpuMs)} ms, engine at most ${Math.round(peakMb)} MB`,
      )
    }
  })
})
