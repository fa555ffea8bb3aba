import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { StudioError } from '@shared/errors'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createKernelsService, type KernelsService } from '../../electron/services/kernels/kernels'
import { createLanguageService } from '../../electron/services/language/language'
import { createPythonService, type PythonService } from '../../electron/services/python/python'
import { testContext } from '../support/context'

vi.setConfig({ testTimeout: 180_000 })

const context = testContext()
const data = createDataService(context, () => {})
const language = createLanguageService(context, () => {}, { data })
const features = createFeaturesService(context, () => {}, { data, language })
const signal = AbortSignal.timeout(600_000)
let python: PythonService
let kernels: KernelsService
let kernelId: string

const start = async (code: string): Promise<string> =>
  (await kernels.handlers.execute({ kernelId, cellId: 'cell', code }, { signal })).id
const run = async (code: string): Promise<void> => {
  const id = await start(code)
  for (;;) {
    const found = (await kernels.handlers.executions({ kernelId }, { signal })).find((each) => each.id === id)
    if (found?.endedAt != null) {
      if (found.state !== 'ok') throw new Error(JSON.stringify(found.outputs))
      return
    }
    await pause(20)
  }
}
const snapshot = (name: string) => kernels.handlers.snapshot({ kernelId, name }, { signal })
const failure = async (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: StudioError) => error,
  )

beforeAll(async () => {
  python = createPythonService(context, () => {})
  await python.ready()
  kernels = createKernelsService(context, () => {}, { python })
  writeFileSync(
    join(context.workspace.root, 'work.ipynb'),
    '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}',
  )
  kernelId = (await kernels.handlers.start({ path: 'work.ipynb' }, { signal })).id
  await run(`
import numpy as np, pandas as pd, pyarrow as pa
n = 300_000
df = pd.DataFrame({'k': np.arange(n) % 3, 'v': np.arange(n, dtype='int64'), 't': pd.Timestamp('2024-01-01') + pd.to_timedelta(np.arange(n), unit='min'), 's': ['x', None, 'z'] * (n // 3)})
odd = pd.DataFrame([[1, 'a'], [2.5, None]], columns=pd.MultiIndex.from_tuples([('a', 1), ('b', 2)]))
odd['mixed'] = [1, {'x': object}]
arrow = pa.table({'a': [1, 2, 3]})
number = 7
`)
}, 300_000)
afterAll(async () => {
  await kernels.dispose()
  await python.dispose()
  await features.dispose()
  await language.dispose()
  await data.dispose()
  context.remove()
})

describe('dataframes of a kernel', () => {
  it('are told from other variables', async () => {
    const variables = await kernels.handlers.variables({ kernelId }, { signal })
    expect(variables.filter(({ isFrame }) => isFrame).map(({ name, shape }) => [name, shape])).toEqual([
      ['arrow', '3 × 1'],
      ['df', '300,000 × 4'],
      ['odd', '2 × 3'],
    ])
  })

  it('open as a table: rows, profile, and the note which kernel and when', async () => {
    const { path, note } = await snapshot('df')
    expect(path).toBe('notebook:work.ipynb?name=df')
    expect(note).toMatchObject({ notebook: 'work.ipynb', name: 'df', rows: 300_000, totalRows: 300_000, asText: [] })
    const schema = await data.schemaOf(path)
    expect(schema).toMatchObject({ path, rows: 300_000, frame: note })
    expect(schema.columns.map(({ name, type }) => `${name} ${type}`)).toEqual(['k int', 'v int', 't time', 's string'])
    const profile = await data.handlers.profile({ path, column: 'v', filters: [] }, { signal })
    expect(profile).toMatchObject({ rows: 300_000, min: 0, max: 299_999, distinct: 300_000, mean: 149_999.5 })
    expect(await data.handlers.profile({ path, column: 's', filters: [] }, { signal })).toMatchObject({
      nulls: 100_000,
    })
    const { arrow } = await data.handlers.page({ path, offset: 299_999, limit: 5, sort: null, filters: [] }, { signal })
    expect(Number(tableFromIPC(arrow).get(0)?.v)).toBe(299_999)
  })

  it('are a source of features, by the name of the variable', async () => {
    writeFileSync(
      join(context.workspace.root, 'frame.proml'),
      'namespace frame\nsource s = notebook("df") { time t }\nentity thing(k: int)\nfeature total: int of thing = sum(v) from s by k over all\n',
    )
    const { arrow } = await features.handlers.feature({ feature: 'total', path: 'frame.proml', rows: 10 }, { signal })
    const totals = tableFromIPC(arrow)
      .toArray()
      .map((row) => [Number(row.k), Number(row.total)])
    expect(totals.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [0, 14_999_850_000],
      [1, 14_999_950_000],
      [2, 15_000_050_000],
    ])
  })

  it('are as they are now when they are copied again, and leave no name in the notebook', async () => {
    await run("df = df.head(5)\nbefore = {name for name in globals() if not name.startswith('_')}")
    expect((await snapshot('df')).note.rows).toBe(5)
    expect((await data.schemaOf('notebook:work.ipynb?name=df')).rows).toBe(5)
    await run("assert {name for name in globals() if not name.startswith('_')} == before | {'before'}")
  })

  it('of Arrow, and those with odd names and values, come too', async () => {
    expect((await data.schemaOf((await snapshot('arrow')).path)).rows).toBe(3)
    const { path, note } = await snapshot('odd')
    expect(note.asText).toEqual(['mixed.'])
    expect((await data.schemaOf(path)).columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'a.1 float',
      'b.2 string',
      'mixed. string',
    ])
  })

  it('whose columns have one name, or hold missing values and arrays among others, come too', async () => {
    await run(`
same = pd.DataFrame([[1, 2, 3]], columns=['a', 'a', 'a_2'])
kinds = pd.DataFrame({'x': pd.Series([1, pd.NA, np.array([1, 2]), float('nan'), {'y': object}], dtype=object)})
`)
    const { path } = await snapshot('same')
    expect((await data.schemaOf(path)).columns.map(({ name }) => name)).toEqual(['a', 'a_3', 'a_2'])
    const kinds = await snapshot('kinds')
    expect(kinds.note.asText).toEqual(['x'])
    expect(await data.handlers.profile({ path: kinds.path, column: 'x', filters: [] }, { signal })).toMatchObject({
      rows: 5,
      nulls: 2,
    })
  })

  it('that are none, are gone, or of a busy kernel are refused in words, and nothing half stays', async () => {
    const files = () => readdirSync(context.workspace.internal('cache', 'frames')).sort()
    const before = files()
    expect((await failure(snapshot('number'))).hint).toContain('number is a int, not a dataframe.')
    expect((await failure(snapshot("x'); import os #"))).code).toBe('kernel_failed')
    expect((await failure(data.schemaOf('notebook:?name=gone'))).toData()).toMatchObject({
      code: 'not_found',
      message: 'There is no copy of the dataframe `gone`.',
    })
    const sleeping = start('import time; time.sleep(30)')
    await sleeping
    await expect.poll(async () => (await kernels.handlers.list({}, { signal }))[0]?.status).toBe('busy')
    expect((await failure(snapshot('df'))).code).toBe('engine_busy')
    await kernels.handlers.interrupt({ kernelId }, { signal })
    expect(files()).toEqual(before)
  })
})
