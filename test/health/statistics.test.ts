import { areaUnderCurve, binaryMetrics, decayOf, regressionMetrics } from '@shared/health/metrics'
import {
  chiSquareTail,
  chiSquareTest,
  hellingerDistance,
  jensenShannonDistance,
  kolmogorovSmirnov,
  kolmogorovSmirnovFromSteps,
  populationStabilityIndex,
} from '@shared/health/statistics'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runPython } from '../runtime/support'

const seeded = process.env.PROML_SEED ? { seed: Number(process.env.PROML_SEED) } : {}
const baseline = [16, 18, 16, 14, 12, 12]
const current = [16, 16, 16, 16, 16, 8]

test('the published vectors hold', () => {
  expect(chiSquareTest(baseline, current).p).toBeCloseTo(0.67309, 5)
  expect(hellingerDistance(baseline, current)).toBeCloseTo(0.06812, 4)
  expect(populationStabilityIndex(baseline, current)).toBeCloseTo(0.0372184, 7)
  expect(jensenShannonDistance(baseline, current, 'nats')).toBeCloseTo(0.0680482, 7)
  expect(jensenShannonDistance(baseline, current, 'bits')).toBeCloseTo(0.0817342, 7)
})

test('an empty bin counts as one in ten thousand, and one empty on both sides as nothing', () => {
  expect(populationStabilityIndex([50, 50], [100, 0])).toBeCloseTo(
    0.5 * Math.log(2) + (1e-4 - 0.5) * Math.log(1e-4 / 0.5),
    12,
  )
  expect(populationStabilityIndex([50, 50, 0], [50, 50, 0])).toBe(0)
})

test('the tail of χ² equals SciPy’s', () => {
  const published: [number, number, number][] = [
    [0.5, 1, 0.47950012218695337],
    [3.2, 5, 0.6691829020332432],
    [40, 19, 0.003272317118779744],
    [1000, 900, 0.010994608942135844],
    [1e-9, 3, 0.9999999999999916],
  ]
  for (const [x, freedom, p] of published) expect(Math.abs(chiSquareTail(x, freedom) - p)).toBeLessThan(1e-11)
})

test('KS on random samples with ties equals SciPy’s, whole and by steps', () => {
  const samples = fc.sample(
    fc.tuple(
      fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 60 }),
    ),
    { numRuns: 200, seed: 7 },
  )
  const script =
    'import json,sys\nfrom scipy.stats import ks_2samp\nprint(json.dumps([float(ks_2samp(a,b,method="asymp").statistic) for a,b in json.load(sys.stdin)]))'
  const expected: number[] = JSON.parse(runPython(['-c', script], JSON.stringify(samples)))
  samples.forEach(([a, b], index) => {
    const sample = [...a].sort((x, y) => x - y)
    const now = [...b].sort((x, y) => x - y)
    const steps = [...new Set(sample)].map((value) => ({
      value,
      below: now.filter((one) => one < value).length,
      upTo: now.filter((one) => one <= value).length,
    }))
    expect(kolmogorovSmirnov(sample, now)).toBeCloseTo(expected[index] ?? Number.NaN, 12)
    expect(kolmogorovSmirnovFromSteps(sample, steps, now.length)).toBeCloseTo(expected[index] ?? Number.NaN, 12)
  })
})

test('distances of a distribution to itself are nothing, and never negative', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 30 }), (bins) => {
      const a = bins.map(([count]) => count)
      const b = bins.map(([, count]) => count)
      if (a.every((count) => count === 0) || b.every((count) => count === 0)) return true
      return (
        populationStabilityIndex(a, a) === 0 &&
        populationStabilityIndex(a, b) >= 0 &&
        hellingerDistance(a, a) < 1e-7 &&
        jensenShannonDistance(a, b, 'bits') <= 1 + 1e-12
      )
    }),
    seeded,
  )
})

test('metrics equal scikit-learn’s', () => {
  const labels = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0]
  const outputs = [0.1, 0.4, 0.35, 0.8, 0.8, 0.2, 0.4, 0.9, 1.0, 0.0]
  const found = binaryMetrics({ labels, outputs })
  const expected = {
    auc: 0.84,
    log_loss: 0.4743384526516996,
    brier: 0.16825,
    accuracy: 0.7,
    f1: 2 / 3,
    precision: 0.75,
    recall: 0.6,
  }
  for (const [name, value] of Object.entries(expected)) expect(found[name]).toBeCloseTo(value, 12)
  const regression = regressionMetrics({ labels: [3, -0.5, 2, 7], outputs: [2.5, 0, 2, 8] })
  const expectedRegression = { rmse: 0.6123724356957945, mae: 0.5, r2: 0.9486081370449679 }
  for (const [name, value] of Object.entries(expectedRegression)) expect(regression[name]).toBeCloseTo(value, 12)
})

test('AUC equals the share of pairs in the right order, ties half', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(10)), { maxLength: 60 }), (rows) => {
      const positive = rows.filter(([label]) => label === 1).map(([, output]) => output)
      const negative = rows.filter(([label]) => label === 0).map(([, output]) => output)
      const found = areaUnderCurve({ labels: rows.map(([label]) => label), outputs: rows.map(([, output]) => output) })
      if (positive.length === 0 || negative.length === 0) return found === null
      let right = 0
      for (const p of positive) for (const n of negative) right += p > n ? 1 : p === n ? 0.5 : 0
      return found !== null && Math.abs(found - right / (positive.length * negative.length)) < 1e-12
    }),
    seeded,
  )
})

test('decay knows which way is worse', () => {
  expect(decayOf('auc', 0.8, 0.75)).toBeCloseTo(0.05, 12)
  expect(decayOf('log_loss', 0.4, 0.5)).toBeCloseTo(0.1, 12)
})
