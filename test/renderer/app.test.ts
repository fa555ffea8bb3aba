import type { FeatureSummary } from '@shared/rpc/features'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalKeys } from '../../renderer/app/commands'
import { bestMatches, matchScore } from '../../renderer/app/match'
import { panelForFile, panelIdOf, registerPanels } from '../../renderer/app/panels'
import { searchFeatures, toggled } from '../../renderer/features/search'
import { ticksOf } from '../../renderer/ui/charts/lineChart'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatShort,
} from '../../renderer/ui/format'

const seed = Number(process.env.PROML_SEED ?? 20260101)

describe('search', () => {
  const names = ['airport_delay_3h', 'route_delay_7d', 'distance', 'flights.proml', 'explore.ipynb']

  test('finds by a part, by the starts of words and by words in any order', () => {
    expect(bestMatches('delay', names, (name) => name, 9)).toEqual(['route_delay_7d', 'airport_delay_3h'])
    expect(bestMatches('ad3', names, (name) => name, 9)).toEqual(['airport_delay_3h'])
    expect(bestMatches('7d route', names, (name) => name, 9)).toEqual(['route_delay_7d'])
    expect(bestMatches('zebra', names, (name) => name, 9)).toEqual([])
  })

  test('every text is found by itself and by any part of it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30 }), fc.nat(), fc.nat(), (text, from, length) => {
        const part = text.slice(from % text.length, (from % text.length) + 1 + (length % text.length))
        if (part.toLowerCase() === part.toUpperCase().toLowerCase()) expect(matchScore(part, text)).toBeGreaterThan(0)
      }),
      { seed },
    )
  })
})

describe('panels', () => {
  test('the longest ending opens a file, and another line of it is the same panel', () => {
    const panel = (type: string, opens: readonly string[]) => ({
      type,
      opens,
      title: () => type,
      component: () => null,
    })
    registerPanels([panel('archive', ['.gz']), panel('data', ['.csv', '.csv.gz'])])
    expect(panelForFile('a/B.CSV.GZ')?.type).toBe('data')
    expect(panelForFile('a.tar.gz')?.type).toBe('archive')
    expect(panelForFile('a.unknown')).toBe(undefined)
    expect(panelIdOf('text', { path: 'a', line: 3, revealedAt: 1 })).toBe(panelIdOf('text', { line: 9, path: 'a' }))
    expect(panelIdOf('text', { path: 'a' })).not.toBe(panelIdOf('text', { path: 'b' }))
  })

  test('keys are the same in whatever order they are written', () => {
    expect(canonicalKeys('Shift+Mod+p')).toBe('Mod+Shift+P')
    expect(canonicalKeys('F2')).toBe('F2')
  })
})

const feature = (name: string, more: Partial<FeatureSummary> = {}): FeatureSummary => ({
  name,
  namespace: 'flights',
  entity: 'airport',
  type: 'float',
  form: 'aggregate',
  definition: `mean(delay) from flights`,
  documentation: '',
  owner: null,
  unit: null,
  tags: [],
  status: null,
  path: 'flights.proml',
  line: 1,
  usedBy: [],
  ...more,
})

describe('features', () => {
  const all = [
    feature('airport_delay', { tags: ['delay'], owner: 'ops', usedBy: ['late'] }),
    feature('route_delay', { entity: 'route', tags: ['delay', 'recent'] }),
    feature('traffic', { type: 'int', definition: 'count() from flights', owner: 'ops' }),
  ]

  test('a name that fits stands before a definition that does', () => {
    expect(searchFeatures(all, 'route', {}).features.map((one) => one.name)).toEqual(['route_delay'])
    expect(searchFeatures(all, 'delay', {}).features.map((one) => one.name)).toEqual(['route_delay', 'airport_delay'])
    expect(searchFeatures(all, 'count', {}).features.map((one) => one.name)).toEqual(['traffic'])
  })

  test('the count beside a value is what choosing it gives', () => {
    const values = ['entity', 'form', 'type', 'owner', 'tag', 'status', 'usage'] as const
    fc.assert(
      fc.property(
        fc.constantFrom('', 'delay', 'flights'),
        fc.constantFrom(...values),
        fc.constantFrom(...values),
        (query, first, second) => {
          const start = searchFeatures(all, query, {}).facets[first][0]
          const chosen = start ? toggled({}, first, start.value) : {}
          for (const { value, count, isChosen } of searchFeatures(all, query, chosen).facets[second])
            if (!isChosen && second !== first)
              expect(searchFeatures(all, query, toggled(chosen, second, value)).features).toHaveLength(count)
        },
      ),
      { seed },
    )
  })
})

describe('numbers', () => {
  test('read as people read them, with separators and units', () => {
    expect([0, 8.1234, 1295.4, 0.71234, -63, 1.5e-7, 2e16, Number.NaN].map((value) => formatNumber(value))).toEqual([
      '0',
      '8.123',
      '1,295',
      '0.7123',
      '−63',
      '1.50e−7',
      '2.00e+16',
      'NaN',
    ])
    expect([formatCount(200000), formatShort(200000), formatShort(3376), formatShort(12)]).toEqual([
      '200,000',
      '200 k',
      '3.4 k',
      '12',
    ])
    expect([0.02, 0.0996, -0.031, 1].map(formatPercent)).toEqual(['2.0 %', '10 %', '−3.1 %', '100 %'])
    expect([formatPercent(0), formatPercent(0.0004), formatPercent(0.018), formatPercent(0.2)]).toEqual([
      '0 %',
      '< 0.1 %',
      '1.8 %',
      '20 %',
    ])
    expect([formatBytes(12), formatBytes(933577), formatBytes(3.9e6)]).toEqual(['12 B', '934 kB', '3.9 MB'])
    expect([formatDuration(12), formatDuration(2400), formatDuration(70_000)]).toEqual(['12 ms', '2.4 s', '1 min 10 s'])
    expect([9_960, 59_700, 119_700, 3_599_600].map(formatDuration)).toEqual([
      '10 s',
      '1 min 0 s',
      '2 min 0 s',
      '1 h 0 min',
    ])
  })

  test('axes have round ticks inside their range', () => {
    expect(ticksOf(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
        (low, span) => {
          const ticks = ticksOf(low, low + span)
          expect(ticks.length).toBeLessThan(14)
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - span * 1e-6 - Math.abs(low) * 1e-9)
            expect(tick).toBeLessThanOrEqual(low + span * (1 + 1e-6) + Math.abs(low) * 1e-9)
          }
        },
      ),
      { seed },
    )
  })
})
