import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStudio, type Studio } from '../../electron/services/studio'
import { temporaryFolder, testContext } from '../support/context'
import { call, type DockerRegistry, startDockerRegistry } from './support'

const library = `namespace delays

source flights = parquet("data/flights.parquet") { time date }
entity airport(code: string)

/// Departures of a day.
feature busy: int of airport = count() from flights by origin over 1d
feature very_busy: bool of airport = busy > 100  default false
`
const model = (version: string) => `namespace mine
import very_busy as crowded from "delays@${version}"

source departures = parquet("data/flights.parquet") { time date }

model late {
  observe departures
  predict late = delay > 15
  use distance
  use crowded by origin
  let gbt = boosted_trees(distance, crowded, rounds: 5)
  output p = probability(gbt)
}
`

const folder = temporaryFolder()
let registry: DockerRegistry
const studios: { studio: Studio; remove: () => void }[] = []

const workspace = () => {
  const context = testContext({ sample: 'flights' })
  const studio = createStudio({
    platform: context.platform,
    root: context.workspace.root,
    log: context.log,
    isTrusted: true,
  })
  studios.push({ studio, remove: context.remove })
  const write = (name: string, text: string) => writeFileSync(join(context.workspace.root, name), text)
  return { studio, services: studio.services, write, root: context.workspace.root }
}

beforeAll(async () => {
  registry = await startDockerRegistry(folder.path)
})
afterAll(async () => {
  for (const { studio, remove } of studios) {
    await studio.dispose()
    remove()
  }
  await registry.kill()
  folder.remove()
})

describe('a feature set', () => {
  it('is published by one workspace and imported by its version in another, through a real registry', async () => {
    const theirs = workspace()
    theirs.write('delays.proml', library)
    const published = await theirs.services.registry.handlers.publishFeatures(
      { namespace: 'delays', version: '1.0.0' },
      call,
    )
    expect(published).toMatchObject({
      namespace: 'delays',
      versions: ['1.0.0'],
      files: ['delays.proml'],
      features: ['busy', 'very_busy'],
    })
    // Equal content is one version, whenever it is published.
    const again = await theirs.services.registry.handlers.publishFeatures(
      { namespace: 'delays', version: '1.0.0' },
      call,
    )
    expect(again.digest).toBe(published.digest)
    await theirs.services.registry.handlers.addRemote({ name: 'team', url: registry.url }, call)
    const { id } = await theirs.services.registry.handlers.push(
      { digest: published.digest, remote: 'team', tag: '1.0.0' },
      call,
    )
    await expect
      .poll(async () => (await theirs.services.registry.handlers.outbox({}, call)).find((one) => one.id === id), {
        timeout: 60_000,
      })
      .toMatchObject({ state: 'done', repository: 'features/delays' })
    expect(await theirs.services.registry.handlers.bundles({}, call)).toEqual([])

    const mine = workspace()
    mine.write('late.proml', model('1.0.0'))
    const check = () => mine.services.language.handlers.check({ path: 'late.proml' }, call)
    expect((await check()).diagnostics).toMatchObject([
      { code: 'PML1113', message: '`delays@1.0.0` is not there: it is not in this workspace’s store.' },
    ])
    await mine.services.registry.handlers.addRemote({ name: 'team', url: registry.url }, call)
    const job = await mine.services.registry.handlers.pull(
      { remote: 'team', repository: 'features/delays', reference: '1.0.0' },
      call,
    )
    await expect
      .poll(async () => (await mine.services.jobs.handlers.list({}, call)).find((one) => one.id === job.jobId)?.state, {
        timeout: 60_000,
      })
      .toBe('succeeded')
    expect((await check()).diagnostics).toEqual([])
    expect(await mine.services.registry.handlers.featureSets({}, call)).toMatchObject([{ digest: published.digest }])

    const plan = await mine.services.language.planOf('late.proml')
    expect(plan.features.map(({ name }) => name)).toEqual(['delays@1.0.0.busy', 'delays@1.0.0.very_busy'])
    const preview = await mine.services.features.handlers.preview({ path: 'late.proml', limit: 1000, rows: 10 }, call)
    expect(preview.rows).toBe(1000)
    expect(preview.profiles.find(({ name }) => name === 'crowded')?.distinct).toBe(2)
    // A later version leaves what was trained with this one alone: the digest says which it was.
    theirs.write('delays.proml', library.replace('> 100', '> 400'))
    const next = await theirs.services.registry.handlers.publishFeatures(
      { namespace: 'delays', version: '1.1.0' },
      call,
    )
    expect(next.digest).not.toBe(published.digest)
    mine.write('late.proml', model(published.digest))
    expect((await check()).diagnostics).toEqual([])
  })

  it('is refused where it does not check, or would come without what it needs', async () => {
    const { services, write, root } = workspace()
    const publish = (namespace: string) => services.registry.handlers.publishFeatures({ namespace, version: '1' }, call)
    await expect(publish('nowhere')).rejects.toMatchObject({ code: 'not_found', hint: 'It has: flights.' })
    write('delays.proml', library.replace('busy > 100', 'bussy > 100'))
    await expect(publish('delays')).rejects.toMatchObject({ code: 'language_errors', place: { file: 'delays.proml' } })
    write('delays.proml', library)
    write(
      'other.proml',
      'namespace other\nimport busy, airport from "delays.proml"\nfeature twice: int of airport = busy * 2\n',
    )
    await expect(publish('other')).rejects.toMatchObject({ code: 'invalid_input', place: { file: 'other.proml' } })
    await expect(publish('delays')).resolves.toMatchObject({ versions: ['1'] })
    await services.registry.handlers.publishFeatures({ namespace: 'delays', version: '2' }, call)
    write(
      'other.proml',
      'namespace other\nimport busy, airport from "delays@2"\nfeature twice: int of airport = busy * 2\n',
    )
    await expect(publish('other')).resolves.toMatchObject({ features: ['twice'] })
    expect(readFileSync(join(root, '.proml/objects/index.json'), 'utf8')).toContain('features/delays:2')
  })
})
