import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../electron/cli/exitCodes'
import { createTestEngine } from '../runtime/support'
import { projectRoot, testContext, testHome } from '../support/context'
import { length, program, writeChanged, writePosts } from './posts'

// Each is a process that starts; on a busy machine that takes its time.
describe('the proml command with vectors', { timeout: 240_000 }, () => {
  const context = testContext()
  const engine = createTestEngine(context)
  const { root } = context.workspace

  const proml = (...args: readonly string[]) => {
    const result = spawnSync(process.execPath, [join(projectRoot, 'out/main/cli.js'), ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, PROML_HOME: testHome() },
      timeout: 120_000,
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }

  beforeAll(async () => {
    mkdirSync(join(root, 'data'))
    await writePosts(engine, join(root, 'data'))
    await writeChanged(engine, join(root, 'data'), 'new.parquet', 'topic')
    await writeChanged(engine, join(root, 'data'), 'short.parquet', 'topic[:2]')
    writeFileSync(join(root, 'posts.proml'), program)
  })
  afterAll(async () => {
    await engine.dispose()
    context.remove()
  })

  it('checks, trains, evaluates and runs', () => {
    expect(proml('check', '.')).toMatchObject({ code: 0, out: expect.stringContaining('0 errors, 0 warnings') })
    const trained = proml('train', 'posts.proml', '--model', 'liked')
    expect(trained).toMatchObject({ code: 0 })
    const evaluated = proml('eval')
    expect(evaluated.out).toMatch(/auc\s+train .* test 0\.9/)
    expect(evaluated.out).toMatch(/%\s+topic/)
    const run = proml('run', 'data/new.parquet', '--out', 'out.csv')
    expect(run.code, run.err).toBe(0)
    const [head, ...lines] = readFileSync(join(root, 'out.csv'), 'utf8').trim().split('\n')
    expect(head).toBe('at,id,liked_probability')
    expect(lines).toHaveLength(200)
  })

  it('pushes it, runs what was pushed, and watches that', () => {
    const { digest } = JSON.parse(proml('push', '--tag', 'dev', '--json').out)
    const run = proml('run', '--model', digest, 'data/new.parquet', '--out', 'pushed.parquet')
    expect(run.out + run.err).toMatch(/200 rows → pushed.parquet/)
    expect(proml('health', '--model', digest).out).toMatch(/200 predictions/)
  })

  it('says what is wrong with a file, and exits as for other wrong input', () => {
    const run = proml('run', 'data/short.parquet', '--out', 'short.csv')
    expect(run.err).toContain('A vector of `topic` has 2 numbers, not 8.')
    expect(run.err).toContain('Write the length that the data has')
    expect(run.code).toBe(exitCodes.usage)
  })

  it('profiles a column of vectors without writing them out', () => {
    const { out } = proml('profile', 'data/posts.parquet')
    expect(out).toMatch(/topic +vector +[\d,]+ distinct · 100 null\n/)
  })

  it('says that vectors do not move to Feast', () => {
    const { out, err } = proml('export', 'feast', 'posts.proml', '--out', 'feast')
    expect(out + err).toContain('feature taste. Vectors are not carried.')
  })

  it('shows a feature that is a vector, and writes it', () => {
    const shown = proml('preview', 'posts.proml', '--feature', 'taste', '--rows', '2', '--json')
    expect(shown.code, shown.err).toBe(0)
    const { columns, rows } = JSON.parse(shown.out)
    expect(columns).toEqual([
      { name: 'name', type: 'string' },
      { name: 'taste', type: 'vector' },
    ])
    expect(rows[0][1]).toHaveLength(length)
    expect(rows[0][1].every(Number.isFinite)).toBe(true)
    const written = proml('features', 'posts.proml', '--feature', 'taste', '--out', 'tastes.csv')
    expect(written.code, written.err).toBe(0)
    expect(readFileSync(join(root, 'tastes.csv'), 'utf8').split('\n')[1]).toMatch(/^a\d+,[^,]*,"\[-?0/)
  })
})
