import { spawnSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot, temporaryFolder, testHome } from '../support/context'
import { type OciRegistry, ociRegistry, registryBinary } from '../support/oci'

const hasRegistry = registryBinary() !== null
if (!hasRegistry) process.stderr.write('\n*** The demo pushes to a folder: docker-registry is not here.\n\n')

describe('the whole thread without a window', () => {
  const folder = temporaryFolder()
  const kept = join(folder.path, 'demo')
  let registry: OciRegistry | null = null

  const proml = (args: readonly string[], cwd = kept) => {
    const result = spawnSync(process.execPath, [join(projectRoot, 'out/main/cli.js'), ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, PROML_HOME: testHome() },
      timeout: 170_000,
    })
    return { code: result.status, out: result.stdout, err: result.stderr }
  }

  beforeAll(async () => {
    if (!hasRegistry) return
    registry = await ociRegistry()
    await registry.start()
  })
  afterAll(async () => {
    await registry?.remove()
    folder.remove()
  })

  it('runs on the 200,000 flights and ends with the digest in a registry', async () => {
    const { code, out, err } = proml(
      ['demo', '--json', '--keep', kept, ...(registry ? ['--registry', registry.url] : [])],
      folder.path,
    )
    expect(err).toBe('')
    expect(code).toBe(0)
    const facts = JSON.parse(out)
    expect(facts).toMatchObject({ rowsRead: 200_000, columns: 5, diagnostics: 0, trainingRows: 200_000 })
    expect(facts.featuresComputed).toBeGreaterThanOrEqual(6)
    // A reference fit by hand gives about 0.80 and 0.62: the difference is what point-in-time features are for.
    expect(facts.aucWithHistory).toBeGreaterThan(0.77)
    expect(facts.aucWithHistory).toBeLessThan(0.83)
    expect(facts.aucWithoutHistory).toBeGreaterThan(0.58)
    expect(facts.aucWithoutHistory).toBeLessThan(0.66)
    for (const { maxDifference } of facts.agreement) expect(maxDifference).toBeLessThanOrEqual(1e-5)
    expect(facts.gates.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'passed',
      'passed',
      'passed',
      'passed',
    ])
    if (registry) {
      const answer = await fetch(`${registry.url}/v2/late_departure/manifests/demo`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      })
      expect(answer.headers.get('docker-content-digest')).toBe(facts.digest)
    }
  })

  it('scores a file of observations and compares them with the baseline', () => {
    const scored = proml(['run', 'data/flights.parquet', '--out', 'scored.parquet', '--no-log', '--json'])
    expect(JSON.parse(scored.out)).toMatchObject({ rows: 200_000 })
    const health = proml(['health', '--json'])
    expect(JSON.parse(health.out).rows).toBeGreaterThan(29_000)
    // The test days are other weekdays than the training days: that is drift, and a script is told.
    expect(health.code).toBe(4)
  })

  it('pulls what was pushed into another workspace, where it runs', () => {
    const other = join(folder.path, 'other')
    cpSync(join(projectRoot, 'resources/samples/flights'), other, {
      recursive: true,
      filter: (path) => !/[\\/]\.proml($|[\\/])/.test(path),
    })
    const from = registry?.url ?? `file:${join(kept, '.proml/registry')}`
    const pulled = proml(['pull', 'late_departure:demo', '--from', from, '--workspace', other], other)
    expect(pulled.err).toBe('')
    const digest = pulled.out.trim()
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    const out = join(other, 'model.onnx')
    expect(proml(['export', out, '--model', digest, '--workspace', other], other).code).toBe(0)
    expect(existsSync(out)).toBe(true)
  })
})
