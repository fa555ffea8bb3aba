import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from '@shared/language/format/format'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { createFeaturesService } from '../../electron/services/features/features'
import { createTrainingService } from '../../electron/services/training/training'
import { testContext } from '../support/context'
import { readyPython } from '../training/fixture'
import { drafting } from './support'

const signal = new AbortController().signal

let context: ReturnType<typeof testContext>
let studio: ReturnType<typeof drafting>
beforeAll(() => {
  context = testContext({ sample: 'flights' })
  studio = drafting(context)
})
afterAll(async () => {
  await studio.dispose()
  context.remove()
})

const put = (path: string, text: string): void => {
  mkdirSync(join(context.workspace.root, 'data'), { recursive: true })
  writeFileSync(join(context.workspace.root, path), text)
}

/** Passengers: a label in the last but one column, a column that is only known afterwards, texts, nulls. */
const passengers = (rows: number): string => {
  const lines = ['id,fare class,age,lifeboat,note,survived,port']
  for (let row = 0; row < rows; row++) {
    const survived = (row * 7919) % 10 < 4 ? 1 : 0
    const age = row % 9 === 0 ? '' : String(20 + ((row * 31) % 50) + survived * 3)
    const lifeboat = survived === 1 ? String(1 + (row % 14)) : ''
    lines.push(
      `${row + 1},${['first', 'second', 'third'][row % 3]},${age},${lifeboat},note ${row},${survived},${row % 2 ? 'S' : 'C'}`,
    )
  }
  return `${lines.join('\n')}\n`
}

describe('a draft', () => {
  it('of the flights has features over time, and checks clean beside the program that is there', async () => {
    const draft = await studio.draft('data/flights.parquet')
    expect(draft).toMatchObject({ program: 'flights_draft.proml', model: 'flights_high_delay', label: 'high_delay' })
    expect(draft.text).toBe(format(draft.text))
    expect(await studio.check(draft.program, draft.text)).toEqual([])
    expect(draft.text).toContain(
      'source flights = parquet("data/flights.parquet") {\n  time date\n  row (date, origin, destination)\n}',
    )
    expect(draft.text).toContain(
      '/// 223 values of `origin` with 897 rows each on average; `destination` holds the same ones.',
    )
    expect(draft.text).toContain('use destination_delay_3h = origin_delay_3h by destination')
    expect(draft.text).toContain('let origin_codes = one_hot(origin, max: 50)')
    expect(draft.text).toContain('train { split time 70/15/15  seed 7 }')
    expect(draft.assumptions).toContain('The label is `delay > 15`.')
  })

  it('leaves out what only the outcome tells, names of rows and texts, and says so', async () => {
    put('data/passengers.csv', passengers(600))
    const draft = await studio.draft('data/passengers.csv')
    expect(await studio.check(draft.program, draft.text)).toEqual([])
    expect(draft.text).toContain('predict survived = survived > 0')
    expect(draft.text).toContain(
      '// Left out: `lifeboat` (alone tells the label, so it is probably known only afterwards).',
    )
    expect(draft.text).toContain('// Left out: `id` (it names rows, not kinds of rows).')
    expect(draft.text).toContain('// Left out: `note` (almost every row has a text of its own).')
    expect(draft.text).toContain('use age // 11 % null')
    expect(draft.text).toContain('use fare_class = `fare class` // 3 values')
    expect(draft.text).toContain('standardize(impute(age))')
    expect(draft.text).toContain('split random 70/15/15')
    expect(draft.text).not.toMatch(/use (lifeboat|id|note)\b/)
  })

  it('predicts the column that a person names, a number or one of several classes', async () => {
    put('data/passengers.csv', passengers(600))
    const number = await studio.draft('data/passengers.csv', { label: 'age' })
    expect(number.text).toMatch(/predict age = age\n/)
    expect(number.text).toMatch(/ridge\(/)
    expect(number.text).toMatch(/output age_value = value\(blend\)/)
    expect(await studio.check(number.program, number.text)).toEqual([])
    const classes = await studio.draft('data/passengers.csv', { label: 'fare class' })
    expect(classes.text).toContain('predict is_first = `fare class` = "first"')
    expect(await studio.check(classes.program, classes.text)).toEqual([])
    await expect(studio.draft('data/passengers.csv', { label: 'none' })).rejects.toMatchObject({
      code: 'missing_column',
    })
    await expect(studio.draft('data/passengers.csv', { label: 'note' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('has no model where nothing looks like a label, and still says what the file is', async () => {
    const draft = await studio.draft('data/airports.csv')
    expect(draft).toMatchObject({ model: null, program: 'airports.proml' })
    expect(draft.text).toContain('source airports = csv("data/airports.csv") { row iata }')
    expect(await studio.check(draft.program, draft.text)).toEqual([])
  })

  it('says what the source will be called where the rows lie elsewhere for now', async () => {
    const draft = await studio.draft('data/airports.csv', { sourcePath: 'data/places.parquet' })
    expect(draft).toMatchObject({ program: 'places.proml' })
    expect(draft.text).toContain('source places = csv("data/places.parquet")')
  })

  it('of no table or no file is refused in words', async () => {
    await expect(studio.draft('data/none.csv')).rejects.toMatchObject({ code: 'not_found' })
    await expect(studio.draft('flights.proml')).rejects.toMatchObject({ code: 'not_supported' })
    put('data/empty.csv', 'a,b\n')
    const draft = await studio.draft('data/empty.csv')
    expect(await studio.check(draft.program, draft.text)).toEqual([])
  })
})

test('a draft trains as it is: on flights it tells late departures, on passengers it learns', {
  timeout: 300_000,
}, async () => {
  const { data, language } = studio
  const features = createFeaturesService(context, () => {}, { data, language })
  const training = createTrainingService(context, () => {}, {
    language,
    features,
    python: readyPython,
  })
  const train = async (path: string, label?: string) => {
    const draft = await studio.draft(path, { label })
    put(draft.program, draft.text)
    const { jobId, runId } = await training.handlers.start({ path: draft.program }, { signal })
    await context.jobs.finished(jobId)
    return training.readRun(runId)
  }
  const flights = await train('data/flights.parquet')
  expect(flights.metrics.test?.auc).toBeGreaterThan(0.75)
  expect(flights.parity).toBeLessThanOrEqual(1e-5)
  put('data/passengers.csv', passengers(3000))
  const passengersRun = await train('data/passengers.csv')
  expect(passengersRun.metrics.test?.auc).toBeGreaterThan(0.5)
  const ages = await train('data/passengers.csv', 'age')
  expect(ages.metrics.test?.r2).toBeDefined()
  console.log(
    JSON.stringify({
      flights: flights.metrics.test,
      timings: flights.timings,
      passengers: passengersRun.metrics.test,
      ages: ages.metrics.test,
    }),
  )
  await training.dispose()
  await features.dispose()
})
