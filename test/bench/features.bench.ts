import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { quoteText } from '@shared/sql/quote'
import { describe, expect, it } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { projectRoot, testContext } from '../support/context'
import { chosenSizes, flightSizes, publishedFlights, writeFlights } from './flights'
import { type Measured, measured, median, summary } from './measured'
import { feastSix, feastWide, hasPeers, pandasSix, peer } from './peers'
import { sixByHand, sixFeatures, sumsOf } from './sixFeatures'

type Context = ReturnType<typeof testContext>

/** An engine of its own for each piece of work, so that its peak of memory is that of the work. */
const withEngine = async <T>(
  context: Context,
  work: (tools: {
    data: ReturnType<typeof createDataService>
    build: (program: string, model: string, output: string, signal?: AbortSignal) => Promise<unknown>
    pid: number
  }) => Promise<T>,
): Promise<T> => {
  const data = createDataService(context, () => {})
  const language = createLanguageService(context, () => {}, { data })
  const features = createFeaturesService(context, () => {}, { data, language })
  try {
    await data.engine.rows('select 1')
    const never = new AbortController().signal
    const build = async (program: string, model: string, output: string, signal = never): Promise<unknown> => {
      // Computed each time, not taken from what was computed before.
      rmSync(context.workspace.internal('cache', 'training'), { recursive: true, force: true })
      return features.buildTrainingSet(await language.planOf(program, model), { output, signal })
    }
    return await work({ data, build, pid: data.engine.status().pid ?? Number.NaN })
  } finally {
    for (const service of [features, language, data]) await service.dispose()
  }
}

const row = (what: string, who: string, taken: Measured | null, ours?: Measured): Record<string, string | number> => ({
  ...{ what, who },
  ...(taken
    ? { 'wall s': taken.wallMs / 1000, 'cpu s': taken.cpuMs / 1000, 'peak MB': Math.round(taken.peakMb) }
    : { 'wall s': 'no end' }),
  ...(ours && taken ? { 'cpu ratio': Number((ours.cpuMs / taken.cpuMs).toFixed(3)) } : {}),
})

const shown = (rows: readonly Record<string, string | number>[]): void => {
  console.log(
    `load ${loadavg()
      .map((one) => one.toFixed(1))
      .join(' ')}`,
  )
  console.table(rows)
}

describe('training sets', () => {
  for (const size of chosenSizes())
    it(`six features over windows, two keys, ${size} observations`, { timeout: 7_200_000 }, async () => {
      const context = testContext()
      const at = (name: string): string => join(context.workspace.root, name)
      mkdirSync(at('data'))
      writeFileSync(at('six.proml'), sixFeatures)
      const { copies } = flightSizes[size]
      const rounds = Number(process.env.PROML_BENCH_ROUNDS ?? flightSizes[size].rounds)
      const file = at('data/flights.parquet')
      const sample = join(projectRoot, 'resources/samples/flights/data/flights.parquet')
      if (size === '20 k') {
        // The engine reads nothing outside of the workspace.
        const whole = at('data/sample.parquet')
        cpSync(sample, whole)
        await withEngine(context, ({ data }) =>
          data.engine.copy(
            `select * from (select * from read_parquet(${quoteText(whole)}) order by all limit 20000) order by date`,
            file,
            'parquet',
          ),
        )
      } else if (copies === 0) cpSync(sample, file)
      else {
        const published = at('data/published.parquet')
        cpSync(publishedFlights(), published)
        await withEngine(context, ({ data }) => writeFlights(data.engine, published, copies, file))
      }
      const [ours, hand]: [Measured[], Measured[]] = [[], []]
      // A process each, which lives on as in the studio: the first round, in which it gets its memory, counts for the peak alone.
      await withEngine(context, (product) =>
        withEngine(context, async (byHand) => {
          for (let round = 0; round <= rounds; round++) {
            ours.push(await measured(product.pid, () => product.build('six.proml', 'six', at('ours.parquet'))))
            hand.push(
              await measured(byHand.pid, () => byHand.data.engine.copy(sixByHand(file), at('hand.parquet'), 'parquet')),
            )
          }
        }),
      )
      const first = { ours: ours[0], hand: hand[0] }
      const ratios = ours.slice(1).map(({ cpuMs }, index) => cpuMs / (hand[index + 1]?.cpuMs ?? Number.NaN))
      console.log(
        `${size}: first round ${first.ours?.cpuMs} and ${first.hand?.cpuMs} ms of processor time; then pairwise ${median(ratios).toFixed(2)}`,
      )
      const mine = summary(rounds > 0 ? ours.slice(1) : ours)
      const rows = [
        row(size, 'product', mine),
        row(size, 'DuckDB by hand', summary(rounds > 0 ? hand.slice(1) : hand), mine),
      ]
      const files = ['ours.parquet', 'hand.parquet']
      if (hasPeers && size !== '30 M') {
        const paths = { source: file, output: at('pandas.parquet'), folder: context.workspace.root }
        const pandas = await peer('requirements', pandasSix, paths)
        rows.push(row(size, 'pandas', pandas, mine))
        if (pandas) {
          files.push('pandas.parquet')
          // It joins every row of a key with every other: of 200,000 rows the system ends it for want of memory.
          if (size === '20 k')
            rows.push(row(size, 'Feast, of values made before', await peer('feast', feastSix, paths), mine))
        }
      }
      // Told to stop at a tenth, a half and nine tenths of the time that it takes.
      const stops: number[] = []
      for (const share of [0.1, 0.5, 0.9])
        await withEngine(context, async ({ build }) => {
          const stop = new AbortController()
          const work = build('six.proml', 'six', at('stopped.parquet'), stop.signal).catch(() => {})
          await new Promise((resolve) => setTimeout(resolve, share * mine.wallMs))
          const told = performance.now()
          stop.abort()
          await work
          stops.push(Math.round(performance.now() - told))
        })
      console.log(`${size}: stopped after ${stops.join(', ')} ms`)
      const sums = await withEngine(context, ({ data }) =>
        Promise.all(files.map((name) => data.engine.rows(sumsOf(at(name))))),
      )
      shown(rows)
      rmSync(at('data'), { recursive: true })
      context.remove()
      for (const other of sums.slice(1)) expect(other).toEqual(sums[0])
    })

  it('a thousand features of 17,000 rows', { timeout: 3_600_000 }, async () => {
    const context = testContext()
    const at = (name: string): string => join(context.workspace.root, name)
    const names = Array.from({ length: 1000 }, (_, index) => `v${index}`)
    writeFileSync(
      at('wide.proml'),
      `source wide = parquet("wide_rows.parquet") { time at  row n }
entity thing(k: string)
${names.map((name) => `feature f${name}: float of thing = latest(${name}) from wide by k like feast`).join('\n')}
model wide_model {
  observe wide
  predict late = v0 > 0.5
${names.map((name) => `  use f${name} by k`).join('\n')}
  let x = boosted_trees(fv0, fv1)
  output p = probability(x)
  train { split time 70/15/15 }
}
`,
    )
    const source = at('wide_rows.parquet')
    await withEngine(context, ({ data }) =>
      data.engine.copy(
        `select n, 'k' || (n % 1000) as k, make_timestamp(1577836800000000 + n * 60000000) as "at", ${names
          .map((name, index) => `(hash(n * 1000 + ${index}) % 1000000) / 1e6 as ${name}`)
          .join(', ')} from range(17000) t(n)`,
        source,
        'parquet',
      ),
    )
    const ours = await withEngine(context, ({ build, pid }) =>
      measured(pid, () => build('wide.proml', 'wide_model', at('ours.parquet'))),
    )
    const hand = await withEngine(context, ({ data, pid }) =>
      measured(pid, () =>
        data.engine.copy(
          `with w as materialized (select * from read_parquet(${quoteText(source)}))
           select o.k, o."at", ${names.map((name) => `f.${name}`).join(', ')}
           from (select k, "at" from w) o asof join w f on o.k = f.k and o."at" >= f."at" order by o."at"`,
          at('hand.parquet'),
          'parquet',
        ),
      ),
    )
    const rows = [row('17 k × 1,000', 'product', ours), row('17 k × 1,000', 'DuckDB by hand', hand, ours)]
    if (hasPeers)
      rows.push(
        row(
          '17 k × 1,000',
          'Feast',
          await peer('feast', feastWide, { source, output: at('feast.parquet'), folder: context.workspace.root }, 20),
          ours,
        ),
      )
    shown(rows)
    context.remove()
  })
})
