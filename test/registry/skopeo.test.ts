import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryFolder, testContext } from '../support/context'
import { call, fabricateRun, startDockerRegistry, testRegistry } from './support'

const hasSkopeo = spawnSync('skopeo', ['--version']).status === 0
if (!hasSkopeo)
  console.warn('SKIPPED: agreement with an independent client. Install skopeo (apt-get install skopeo) to run it.')

describe.skipIf(!hasSkopeo)('an independent client agrees', () => {
  const folder = temporaryFolder()
  afterAll(folder.remove)

  const raw = (source: string): string => {
    const bytes = execFileSync('skopeo', ['inspect', '--raw', '--tls-verify=false', source])
    return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  }

  test('it reads our store, our folder registry and what we pushed; we pull what it pushed', async () => {
    const context = testContext()
    const run = fabricateRun(context, { modelBytes: 300_000 })
    const registry = testRegistry(context, () => [run])
    const server = await startDockerRegistry(join(folder.path, 'server'))
    const host = new URL(server.url).host
    await registry.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    const bundle = await registry.bundle(run, { tag: 'v1' })
    for (const remote of ['team', 'local'])
      await registry.until((await registry.push(bundle, remote, 'v1')).id, ['done', 'blocked'])

    const objects = context.workspace.internal('objects')
    expect(raw(`oci:${objects}:late_departure:v1`)).toBe(bundle.digest)
    expect(raw(`oci:${context.workspace.internal('registry/late_departure')}:v1`)).toBe(bundle.digest)
    expect(raw(`docker://${host}/late_departure:v1`)).toBe(bundle.digest)

    execFileSync('skopeo', [
      'copy',
      '--insecure-policy',
      '--dest-tls-verify=false',
      `oci:${objects}:late_departure:v1`,
      `docker://${host}/by-skopeo:v1`,
    ])
    const other = testContext()
    const elsewhere = testRegistry(other, () => [])
    await elsewhere.service.handlers.addRemote({ name: 'team', url: server.url }, call)
    expect(await elsewhere.pull('team', 'by-skopeo', 'v1')).toEqual({ digest: bundle.digest })
    await elsewhere.service.dispose()
    await registry.service.dispose()
    await server.kill()
    other.remove()
    context.remove()
  })
})
