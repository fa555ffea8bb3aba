import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot, temporaryFolder, testHome } from '../support/context'
import { treeOf } from './support'

describe('proml import and export', { timeout: 300_000 }, () => {
  const folder = temporaryFolder()
  const proml = (...args: string[]) => {
    const result = spawnSync(process.execPath, [join(projectRoot, 'out/main/cli.js'), ...args], {
      cwd: folder.path,
      encoding: 'utf8',
      env: { ...process.env, PROML_HOME: testHome() },
      timeout: 280_000,
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }
  beforeAll(() => {
    cpSync(join(projectRoot, 'test/interchange/fixtures/feathr'), folder.path, { recursive: true })
    mkdirSync(join(folder.path, '.proml'))
  })
  afterAll(() => folder.remove())

  it('prints a program that can be redirected, and the report beside it', () => {
    const { code, out, err } = proml('import', 'feathr', 'trips.conf')
    expect(code).toBe(0)
    expect(out).toContain('feature rider_trips_1d of rider_id = count(trip_id) from tripEvents')
    treeOf(out)
    expect(err).toContain(
      'Left out: trips.conf: feature rider_tip_buckets. The aggregation `MAX_POOLING` has no counterpart.',
    )
    expect(err).toContain('Warning: trips.conf: feature rider_trips_1d.')
    expect(err).toMatch(/\d+ carried, \d+ remarks, 14 left out, 6 warnings/)
  })

  it('writes, and writes over nothing unless told to', () => {
    expect(proml('import', 'feathr', 'trips.conf', '--out', 'trips.proml').code).toBe(0)
    const again = proml('import', 'feathr', 'trips.conf', '--out', 'trips.proml')
    expect(again.code).toBe(2)
    expect(again.err).toContain('There already is a file `trips.proml`.')
    expect(proml('import', 'feathr', 'trips.conf', '--out', 'trips.proml', '--force').code).toBe(0)
    expect(proml('import', 'feathr', 'trips.conf', '--out', '../escaped.proml', '--workspace', '.').err).toContain(
      'outside the workspace',
    )
    expect(existsSync(join(folder.path, '../escaped.proml'))).toBe(false)
  })

  it('exports into a folder, as JSON where that is asked for', () => {
    const exported = JSON.parse(proml('export', 'feathr', 'trips.proml', '--out', 'out', '--json').out) as {
      files: string[]
      report: { carried: unknown[]; leftOut: unknown[] }
    }
    expect(exported.files).toEqual(['out/features.conf'])
    expect(exported.report.leftOut).toEqual([])
    const again = JSON.parse(proml('import', 'feathr', 'out', '--json').out) as { text: string; written: null }
    expect(again.written).toBeNull()
    expect(treeOf(again.text)).toEqual(treeOf(readFileSync(join(folder.path, 'trips.proml'), 'utf8')))
  })

  it('leaves the export of models as it was', () => {
    const { code, err } = proml('export', 'model.onnx')
    expect(code).toBe(2)
    expect(err).toContain('There is no finished run here.')
  })
})
