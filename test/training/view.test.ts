import type { MetricPoint, Run } from '@shared/training/run'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupCurves } from '../../renderer/train/curveGroups'
import { type SortKey, sortRuns } from '../../renderer/train/runOrder'
import { formatMetric, formatMetricShort } from '../../renderer/train/words'

const run = (id: string, auc: number | null, startedAt: number): Run => ({
  version: 1,
  id,
  model: 'm',
  path: 'm.proml',
  state: auc === null ? 'failed' : 'succeeded',
  startedAt,
  endedAt: startedAt + 1000,
  seed: 1,
  sourceDigest: '',
  planDigest: '',
  dataDigest: null,
  rows: null,
  features: 1,
  metrics: auc === null ? {} : { test: { auc } },
  curves: null,
  confusion: null,
  importance: [],
  trials: [],
  params: {},
  parity: null,
  modelDigest: null,
  modelBytes: null,
  environment: {},
  timings: {},
  error: null,
})

test('runs sort by a metric both ways, and those without it stand last', () => {
  const runs = [run('r-0001', 0.7, 1), run('r-0002', null, 2), run('r-0003', 0.8, 3)]
  const order = (direction: 'ascending' | 'descending') => sortRuns(runs, { key: 'auc', direction }).map(({ id }) => id)
  expect(order('descending')).toEqual(['r-0003', 'r-0001', 'r-0002'])
  expect(order('ascending')).toEqual(['r-0001', 'r-0003', 'r-0002'])
})

test('sorting keeps every run, whatever the column', () => {
  const keys: readonly SortKey[] = [
    'id',
    'model',
    'state',
    'auc',
    'log_loss',
    'rows',
    'features',
    'duration',
    'started',
  ]
  const any = fc.record({ auc: fc.option(fc.double({ min: 0, max: 1, noNaN: true })), at: fc.nat() })
  fc.assert(
    fc.property(fc.array(any), fc.constantFrom(...keys), (made, key) => {
      const runs = made.map(({ auc, at }, index) => run(`r-${index}`, auc, at))
      const sorted = sortRuns(runs, { key, direction: 'descending' })
      expect(new Set(sorted)).toEqual(new Set(runs))
    }),
    { seed: Number(process.env.PROML_SEED ?? 7) },
  )
})

test('training and validation of one algorithm share a chart, the search has its own', () => {
  const point = (name: string, step: number): MetricPoint => ({ name, step, value: step / 10, trial: null })
  const groups = groupCurves([
    point('search.auc', 1),
    point('gbt.train.log_loss', 1),
    point('gbt.valid.log_loss', 1),
    point('gbt.train.log_loss', 2),
  ])
  expect(groups.map(({ title, series }) => [title, series.map(({ id, points }) => [id, points.length])])).toEqual([
    ['Search: AUC by trial', [['search', 1]]],
    [
      'gbt: log loss by round',
      [
        ['train', 2],
        ['valid', 1],
      ],
    ],
  ])
})

test('scores stand under each other', () => {
  expect([0.7531, -0.2, 12.5, undefined].map(formatMetric)).toEqual(['0.7531', '−0.2000', '12.5', '–'])
  // Rounded, not cut: 0.6409 is no 0.640.
  expect([0.6409, -0.1234, 1234.5, 12.345].map(formatMetricShort)).toEqual(['0.641', '−0.123', '1,235', '12.3'])
})
