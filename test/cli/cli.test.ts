import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot, temporaryFolder, testHome } from '../support/context'

describe('the proml command', () => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'flights')

  const proml = (args: readonly string[], cwd = workspace) => {
    const result = spawnSync(process.execPath, [join(projectRoot, 'out/main/cli.js'), ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, PROML_HOME: testHome() },
      timeout: 120_000,
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }

  beforeAll(() =>
    cpSync(join(projectRoot, 'resources/samples/flights'), workspace, {
      recursive: true,
      filter: (path) => !/[\\/]\.proml($|[\\/])/.test(path),
    }),
  )
  afterAll(() => folder.remove())

  it('finds the sample without errors or warnings', () => {
    const { code, out } = proml(['check', '.'])
    expect(out).toMatch(/1 file checked: 0 errors, 0 warnings/)
    expect(code).toBe(0)
  })

  it('points at the mistake, with its code and a mend, and exits 1', () => {
    const text = readFileSync(join(workspace, 'flights.proml'), 'utf8')
    writeFileSync(
      join(workspace, 'wrong.proml'),
      text.replace('namespace flights', 'namespace wrong').replace('mean(delay)', 'mean(dely)'),
    )
    const { code, out } = proml(['check', 'wrong.proml'])
    expect(out).toMatch(/^wrong\.proml:\d+:\d+ error PML\d{4} .*dely.*/m)
    expect(out).toMatch(/delay/)
    expect(code).toBe(1)
  })

  it('profiles a file for people and, with --json, for programs', () => {
    expect(proml(['profile', 'data/flights.parquet']).out).toMatch(/200,000 rows, 5 columns/)
    const { profiles } = JSON.parse(proml(['profile', 'data/airports.csv', '--json']).out) as {
      profiles: { name: string; rows: number }[]
    }
    expect(profiles.map(({ name, rows }) => [name, rows])).toContainEqual(['iata', 3376])
  })

  it('writes the training set, whole and twice the same', () => {
    const digest = () =>
      (
        JSON.parse(
          proml(['features', 'flights.proml', '--model', 'late_departure', '--out', 'set.parquet', '--json']).out,
        ) as { digest: string; rows: number }
      ).digest
    expect(digest()).toBe(digest())
  })

  it('previews what each use of a model looks like', () => {
    const { code, out } = proml(['features', 'flights.proml', '--model', 'late_departure', '--preview'])
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}from_delay_3h +float .*median/m)
    expect(out).toMatch(/^ {2}origin +string .*distinct/m)
  })

  it('names a malformed CSV by line and says what to do', () => {
    writeFileSync(join(workspace, 'data/bad.csv'), `a,b\n${'1,2\n'.repeat(50)}1,2,3,"unclosed\n4,5\n`)
    const { code, err } = proml(['profile', 'data/bad.csv'])
    expect(code).toBe(1)
    expect(err).toMatch(/bad\.csv/)
    expect(err).toMatch(/\b5[0-9]\b/)
  })

  it('names an unreadable Parquet file', () => {
    writeFileSync(
      join(workspace, 'data/torn.parquet'),
      readFileSync(join(workspace, 'data/flights.parquet')).subarray(0, 5000),
    )
    const { code, err } = proml(['profile', 'data/torn.parquet'])
    expect(code).toBe(1)
    expect(err).toMatch(/torn\.parquet/)
  })

  it('will not read outside the workspace', () => {
    const { code, err } = proml([
      'features',
      'flights.proml',
      '--model',
      'late_departure',
      '--out',
      '../../escape.parquet',
    ])
    expect(code).toBe(1)
    expect(err).toMatch(/outside the workspace/)
  })

  it('says what to do where there is nothing to push', () => {
    const { code, err } = proml(['push'])
    expect(code).toBe(1)
    expect(err).toMatch(/proml train/)
  })
})
