import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ColumnLink } from '@shared/data/link'
import type { ColumnProfile } from '@shared/data/profile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { managedPython } from '../../electron/services/python/managed'
import { projectRoot, testContext, testHome } from '../support/context'

const context = testContext()
const data = createDataService(context, () => {})
const call = { signal: new AbortController().signal }
const at = (name: string): string => join(context.workspace.root, name)
const { python } = managedPython({ home: testHome(), resources: join(projectRoot, 'resources') })
const profile = (path: string, column: string): Promise<ColumnProfile> =>
  data.handlers.profile({ path, column, filters: [] }, call)
const link = (path: string, column: string, label: string): Promise<ColumnLink> =>
  data.handlers.link({ path, column, label, filters: [] }, call)
const ask = <T>(program: string): T => {
  const result = spawnSync(python, ['-c', program, at('odd.parquet')], { encoding: 'utf8' })
  if (result.status !== 0) throw new Error(result.stderr)
  return JSON.parse(result.stdout)
}

afterAll(async () => {
  await data.dispose()
  context.remove()
})

/** Ties, nulls, NaN, skew, a rare value, truths, texts and moments. */
const odd = `select setseed(0.42), range as i from range(20000)`
beforeAll(async () => {
  await data.engine.copy(
    `select i, (i * 7919) % 1000 as hashed, case when i % 11 = 0 then null when i % 97 = 0 then 'nan'::double when i % 101 = 0 then 'inf'::double else sqrt(i) * (i % 13) end as skewed,
       (i % 7)::int as few, i % 3 = 0 as third, case when i % 17 = 0 then null else 'g' || ((i * i) % 19) end as name, case when i % 5 < 2 then 'ü' || (i % 2) else '' end as text,
       timestamp '1969-12-30' + interval (i) minute + case when i > 9000 then interval 20 day else interval 0 day end as moment, date '2001-01-01' + (i % 40)::int as day, 1 as one
     from (${odd})`,
    at('odd.parquet'),
    'parquet',
  )
})

describe.skipIf(!existsSync(python))('against NumPy, SciPy and scikit-learn', () => {
  const numbers = ['i', 'hashed', 'skewed', 'few'] as const

  test('figures of numbers are theirs', async () => {
    const theirs = ask<Record<string, Record<string, number>>>(`
import sys, json, numpy as np, pyarrow.parquet as pq
t = pq.read_table(sys.argv[1])
out = {}
for c in ${JSON.stringify(numbers)}:
    v = np.array([float('nan') if x is None else float(x) for x in t[c].to_pylist()])
    v = v[np.isfinite(v)]
    q = np.quantile(v, [.01, .05, .25, .5, .75, .95, .99])
    out[c] = dict(distinct=len(np.unique(v)), min=v.min(), max=v.max(), mean=v.mean(), stddev=v.std(ddof=1), quantiles=list(q))
print(json.dumps(out))`)
    for (const name of numbers) {
      const ours = await profile('odd.parquet', name)
      const { mean = 0, stddev = 0, quantiles, ...exact } = theirs[name] ?? {}
      expect(ours, name).toMatchObject({ ...exact, isDistinctExact: true, estimates: [] })
      expect(ours.mean).toBeCloseTo(mean, 8)
      expect(ours.stddev).toBeCloseTo(stddev, 8)
      Object.values(ours.quantiles ?? {}).forEach((value, index) => {
        expect(value, `${name} ${index}`).toBeCloseTo((quantiles as unknown as number[])[index] ?? Number.NaN, 8)
      })
    }
    expect(await profile('odd.parquet', 'skewed')).toMatchObject({ nulls: 1819, nonFinite: 188 + 178 })
  })

  test('correlations are SciPy’s, associations SciPy’s and scikit-learn’s', async () => {
    const pairs = [
      ['hashed', 'skewed'],
      ['few', 'third'],
      ['i', 'moment'],
      ['day', 'hashed'],
      ['name', 'text'],
      ['name', 'third'],
      ['skewed', 'name'],
      ['few', 'name'],
    ] as const
    const theirs = ask<Record<string, number>[]>(`
import sys, json, numpy as np, pandas as pd
from scipy import stats
from sklearn.metrics import mutual_info_score
t = pd.read_parquet(sys.argv[1])
def number(c):
    s = t[c]
    if str(s.dtype).startswith('datetime'): return s.astype('int64').astype(float)
    if c == 'day': return pd.to_datetime(s).astype('int64').astype(float)
    return s.astype(float).replace([np.inf, -np.inf], np.nan)
out = []
for a, b in ${JSON.stringify(pairs)}:
    texts = [c for c in (a, b) if c in ('name', 'text')]
    if not texts:
        x, y = number(a), number(b)
        both = x.notna() & y.notna()
        out.append(dict(rows=int(both.sum()), pearson=stats.pearsonr(x[both], y[both]).statistic, spearman=stats.spearmanr(x[both], y[both]).statistic))
        continue
    columns = {c: (t[c].where(t[c].notna()).astype(object) if c in ('name', 'text', 'third') else number(c)) for c in (a, b)}
    both = columns[a].notna() & columns[b].notna()
    groups = []
    for c in (a, b):
        s = columns[c][both]
        groups.append(s.astype(str) if c in ('name', 'text', 'third') else np.floor(10 * (stats.rankdata(s) - 0.5) / len(s)).astype(int).astype(str))
    table = pd.crosstab(np.array(groups[0]), np.array(groups[1])).to_numpy()
    out.append(dict(rows=int(both.sum()), cramersV=stats.contingency.association(table, method='cramer'), mutualInformation=mutual_info_score(np.array(groups[0]), np.array(groups[1]))))
print(json.dumps(out))`)
    for (const [index, [column, label]] of pairs.entries()) {
      const ours = (await link('odd.parquet', column, label)) as unknown as Record<string, number>
      for (const [name, value] of Object.entries(theirs[index] ?? {}))
        expect(ours[name], `${name} of ${column} and ${label}`).toBeCloseTo(value, 9)
      expect(ours.isExact).toBe(true)
    }
  })
})

describe('a profile', () => {
  test('has the lengths of texts, in characters', async () => {
    expect((await profile('odd.parquet', 'text')).lengths).toEqual({ min: 0, mean: 0.8, max: 2 })
    expect((await profile('odd.parquet', 'few')).lengths).toBeUndefined()
  })

  test('says which stretches of time have no rows', async () => {
    const { coverage, min, max } = await profile('odd.parquet', 'moment')
    expect([min, max]).toEqual(['1969-12-30T00:00:00.000Z', '1970-02-01T21:19:00.000Z'])
    expect(coverage?.stepMs).toBe(2 * 86_400_000)
    expect(coverage?.emptyBins).toBeGreaterThan(0)
    const [gap] = coverage?.gaps ?? []
    // Rows end on 5 January and go on on the 25th; the bins around both have rows.
    expect(gap && [new Date(gap.from).toISOString().slice(0, 10), new Date(gap.to).toISOString().slice(0, 10)]).toEqual(
      ['1970-01-07', '1970-01-25'],
    )
  })

  test('tells estimates from exact figures, and they are near', { timeout: 120_000 }, async () => {
    const sql = `select range as i, (range * 7919) % 500 as few, 'u' || range as name from range(1200000)`
    await data.engine.copy(sql, at('many.parquet'), 'parquet')
    const many = await profile('many.parquet', 'i')
    expect(many).toMatchObject({
      estimates: ['distinct', 'quantiles', 'top'],
      isDistinctExact: false,
      min: 0,
      max: 1_199_999,
      mean: 599_999.5,
    })
    expect(Math.abs(many.distinct / 1_200_000 - 1)).toBeLessThan(0.1)
    expect(Math.abs((many.quantiles?.p50 ?? 0) / 600_000 - 1)).toBeLessThan(0.02)
    expect(many.histogram?.counts.reduce((sum, one) => sum + one, 0)).toBe(1_200_000)
    expect(await profile('many.parquet', 'few')).toMatchObject({ estimates: [], distinct: 500, isDistinctExact: true })
    expect((await profile('many.parquet', 'name')).estimates).toEqual(['distinct', 'top'])
    expect(await link('many.parquet', 'i', 'few')).toMatchObject({ kind: 'numbers', isExact: false, rows: 1_000_000 })
  })

  test('of numbers beyond all measure, of one value, of nothing', async () => {
    writeFileSync(at('huge.csv'), 'a,b,c\n1e308,1,\n-1e308,1,\n1.5e308,1,\n1.7e308,1,\n')
    expect(await profile('huge.csv', 'a')).toMatchObject({
      rows: 4,
      distinct: 4,
      min: -1e308,
      max: 1.7e308,
      stddev: null,
    })
    expect(await profile('huge.csv', 'b')).toMatchObject({ distinct: 1, stddev: 0, mean: 1 })
    expect(await profile('huge.csv', 'c')).toMatchObject({
      rows: 4,
      nulls: 4,
      distinct: 0,
      min: null,
      max: null,
      top: [],
    })
    expect(await link('huge.csv', 'a', 'b')).toMatchObject({ kind: 'numbers', pearson: null, spearman: null })
    expect(await link('huge.csv', 'c', 'b')).toMatchObject({ rows: 0 })
  })

  test('compares only what can be compared, and says why not', async () => {
    expect(await link('many.parquet', 'name', 'name')).toMatchObject({
      kind: 'none',
      reason: '`name` has 1,000,000 different values, too many to compare by groups.',
    })
    await data.engine.copy('select [1, 2] as l, 1 as n', at('lists.parquet'), 'parquet')
    expect(await link('lists.parquet', 'l', 'n')).toMatchObject({
      kind: 'none',
      reason: '`l` is integer[], which has neither an order nor groups.',
    })
    expect(await link('odd.parquet', 'one', 'name')).toMatchObject({
      kind: 'groups',
      cramersV: null,
      mutualInformation: 0,
    })
  })

  test('is cancelled at once', async () => {
    const stop = new AbortController()
    await data.engine.copy('select range as i, random() as r from range(8000000)', at('long.parquet'), 'parquet')
    await data.schemaOf('long.parquet')
    const began = Date.now()
    const running = data.handlers.link(
      { path: 'long.parquet', column: 'i', label: 'r', filters: [] },
      { signal: stop.signal },
    )
    setTimeout(() => stop.abort(), 100)
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    expect(Date.now() - began).toBeLessThan(10_000)
  })
})
