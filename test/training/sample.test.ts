import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@shared/training/run'
import { afterAll, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createLanguageService } from '../../electron/services/language/language'
import { createTrainingService } from '../../electron/services/training/training'
import { testContext } from '../support/context'
import { readyPython } from './fixture'

const context = testContext({ sample: 'flights' })
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const training = createTrainingService(context, () => {}, {
  language,
  features,
  python: readyPython,
})
afterAll(async () => {
  for (const service of [training, features, language, data]) await service.dispose()
  context.remove()
})

const signal = new AbortController().signal

const train = async (model: string) => {
  const { jobId, runId } = await training.handlers.start({ path: 'flights.proml', model }, { signal })
  await context.jobs.finished(jobId)
  return training.readRun(runId)
}

test('features over time tell late departures that the flight itself does not', { timeout: 300_000 }, async () => {
  const without = await train('late_departure_without_history')
  const run = await train('late_departure')
  for (const one of [without, run]) {
    const { train: fitted = 0, valid = 0, test: held = 0 } = one.rows ?? {}
    expect(fitted + valid + held).toBe(200_000)
    // The departures of one minute stay together, so the splits are not cut to the row.
    expect(Math.abs(fitted - 140_000)).toBeLessThan(100)
    expect(Math.abs(held - 30_000)).toBeLessThan(100)
    expect(one.parity).toBeLessThanOrEqual(1e-5)
  }
  expect(run.metrics.test?.auc).toBeGreaterThan(0.78)
  expect(without.metrics.test?.auc).toBeLessThan(0.66)
  expect(run.trials).toHaveLength(4)
  const plain = ['distance', 'hour', 'weekday', 'origin']
  const ofHistory = run.importance.filter(({ name }) => !plain.includes(name)).reduce((sum, one) => sum + one.value, 0)
  expect(ofHistory).toBeGreaterThan(0.7)
  const plan: unknown = JSON.parse(readFileSync(join(training.runFolder(run.id), runFiles.plan), 'utf8'))
  expect(plan).toMatchObject({ model: 'late_departure' })
  console.log(
    JSON.stringify({
      auc: run.metrics.test?.auc,
      aucWithoutHistory: without.metrics.test?.auc,
      timings: run.timings,
      timingsWithoutHistory: without.timings,
      modelBytes: run.modelBytes,
      importance: run.importance.slice(0, 5),
    }),
  )
})
