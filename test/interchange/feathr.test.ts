import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportFeathr } from '@shared/interchange/feathr/exportFeathr'
import { importFeathr } from '@shared/interchange/feathr/importFeathr'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFeathr } from '../../electron/services/interchange/feathr'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'
import { seed } from '../language/seed'
import { temporaryFolder, testHome, testPlatform } from '../support/context'
import { feathrPrograms } from './programs'
import { interchangeOn, treeOf } from './support'

const world = interchangeOn('feathr')
afterAll(() => world.close())

describe('a Feathr configuration', { timeout: 300_000 }, () => {
  let imported: Awaited<ReturnType<typeof world.importFrom>>
  beforeAll(async () => {
    imported = await world.importFrom('feathr', 'trips.conf', 'trips.proml')
  }, 300_000)

  it('becomes a program that the checker has nothing against, on its real data', async () => {
    expect(await world.check('trips.proml')).toEqual([])
    expect(readFileSync(world.at('trips.proml'), 'utf8')).toBe(imported.text)
  })

  it('keeps what every feature means', () => {
    const line = (name: string): string =>
      imported.text.replaceAll(/\n +/g, ' ').match(new RegExp(`^feature ${name}\\b.*$`, 'm'))?.[0] ?? ''
    expect(line('rider_trips_1d')).toBe(
      'feature rider_trips_1d of rider_id = count(trip_id) from tripEvents by rider_id over 1d inclusive',
    )
    expect(line('rider_long_fare_max_12h')).toBe(
      'feature rider_long_fare_max_12h: float of rider_id = max(fare) from tripEvents by rider_id where distance > 2.5 and (kind = "hire" or kind = "return") over 12h inclusive default 0',
    )
    expect(line('rider_last_tip')).toBe(
      'feature rider_last_tip of rider_id = last(tip) from tripEvents by rider_id where not is_null(tip) over 30d inclusive',
    )
    expect(line('rider_plan')).toBe(
      'feature rider_plan of rider_id = latest(upper(plan)) from riderProfiles by id kind categorical  default "NONE"',
    )
    expect(line('rider_value')).toBe(
      'feature rider_value of rider_id = if rider_trips_1d > 0 then rider_fare_mean_7d / rider_trips_1d else 0.0',
    )
    // The types of keys stand in no configuration, but in the files.
    expect(imported.text).toContain('entity rider_id(rider_id: int)\n')
    expect(imported.text).toContain('entity start_station_end_station(start_station: string, end_station: string)\n')
  })

  it('lists what is left out, with the reason, and keeps it as a comment', () => {
    const { leftOut } = imported.report
    expect(leftOut.map(({ name }) => name)).toEqual([
      'section defaults',
      'section advancedDerivations',
      'source memberPreferences',
      'feature rider_fare_by_kind',
      'feature rider_tip_buckets',
      'feature rider_embedding',
      'feature rider_first_word',
      'feature is_weekend',
      'feature rider_score',
      'feature rider_rank',
      'feature rider_language',
      'feature rider_route',
      'feature rider_names',
      'feature rider_after_score',
    ])
    expect(leftOut.every(({ file, reason }) => file === 'trips.conf' && reason.endsWith('.'))).toBe(true)
    for (const { name, reason } of leftOut) expect(imported.text).toContain(`// Left out: ${name}. ${reason}`)
  })

  it('says of every window that a row may see itself, and the checker says it of the model', async () => {
    expect(imported.report.warnings.map(({ name }) => name)).toEqual([
      'feature rider_trips_1d',
      'feature rider_fare_mean_7d',
      'feature rider_long_fare_max_12h',
      'feature rider_last_tip',
      'feature rider_stations_2d',
      'feature route_distance_min_7d',
    ])
    world.write(
      'leaking.proml',
      `model m {\n  observe tripEvents\n  predict dear = fare > 9\n  use past = rider_fare_mean_7d by rider_id\n  let p = boosted_trees(past)\n  output o = probability(p)\n}\n`,
    )
    expect((await world.check('trips.proml')).map(({ code }) => code)).toContain('PML2102')
  })

  it('comes back the same from its own export', async () => {
    const { files, report } = await world.exportTo('feathr', 'trips.proml', 'out')
    expect(files).toEqual(['out/features.conf'])
    expect(report.leftOut).toEqual([])
    const again = await world.importFrom('feathr', 'out')
    expect(again.report.leftOut).toEqual([])
    expect(treeOf(again.text)).toEqual(treeOf(imported.text))
  })

  it('is read as a folder, where other configurations are passed over and named', async () => {
    mkdirSync(world.at('folder/deep'), { recursive: true })
    world.write('folder/join.conf', 'featureBag: [ { key: [x], featureList: [f] } ]')
    world.write('folder/deep/a.conf', 'anchors.a: { source: "data/riders.csv", key: id, features.plan: plan }')
    const { text, report } = await world.importFrom('feathr', 'folder')
    expect(text).toContain('feature plan of id = latest(plan) from riders by id')
    expect(report.leftOut.map(({ file }) => file)).toEqual(['folder/join.conf'])
  })

  it('is replaced by nothing unasked', async () => {
    await expect(world.importFrom('feathr', 'trips.conf', 'trips.proml')).rejects.toMatchObject({
      code: 'already_exists',
    })
    await expect(world.exportTo('feathr', 'trips.proml', 'out')).rejects.toMatchObject({ code: 'already_exists' })
    await expect(world.exportTo('feathr', 'trips.proml', '../out')).rejects.toMatchObject({ code: 'outside_workspace' })
    await expect(world.importFrom('feathr', 'trips.conf', '../trips.proml')).rejects.toMatchObject({
      code: 'outside_workspace',
    })
    await expect(world.exportTo('feathr', 'trips.proml', 'trips.conf')).rejects.toMatchObject({
      code: 'permission_denied',
    })
    expect((await world.exportTo('feathr', 'trips.proml', 'out', true)).files).toEqual(['out/features.conf'])
  })
})

describe('a hostile Feathr configuration', { timeout: 300_000 }, () => {
  const outside = temporaryFolder()
  beforeAll(() => writeFileSync(join(outside.path, 'secret.conf'), 'anchors: { secret: "SECRET" }'))
  afterAll(() => outside.remove())

  const refusal = async (text: string): Promise<string> => {
    world.write('hostile.conf', text)
    return world.importFrom('feathr', 'hostile.conf').then(
      ({ text: program }) => `accepted: ${program}`,
      (error: Error) => error.message,
    )
  }

  it('includes nothing from outside the workspace, by any way of writing it', async () => {
    const secret = join(outside.path, 'secret.conf')
    symlinkSync(secret, world.at('link.conf'))
    const up = '../'.repeat(30)
    for (const written of [
      `"${up}${secret.slice(1)}"`,
      `file("${secret}")`,
      `required(file("${secret}"))`,
      '"link.conf"',
      `"${up}etc/passwd"`,
      `file("/etc/hosts")`,
    ]) {
      const said = await refusal(`include ${written}\nanchors: {}`)
      expect(said).not.toContain('SECRET')
      // What is not there is passed over, as HOCON has it; what is there is refused.
      if (written.includes('secret') || written.includes('link'))
        expect(said).toContain('An `include` leaves the workspace.')
    }
    expect(await refusal('include package("os", "secret.conf")')).toContain('is not carried')
    expect(await refusal('include url("file:///etc/passwd")')).toContain('could not be read as HOCON')
  })

  it('learns nothing of the environment', async () => {
    expect(await refusal('anchors: { a: { source: ${PATH}, key: x, features: {} } }')).toContain('PATH')
    const said = await refusal('anchors: { a: { source: "x"${?HOME}".csv", key: x, features: { f: f } } }')
    expect(said).toContain('csv("x.csv")')
  })

  it.each([
    ['nested deeply', `anchors: ${'{a:'.repeat(30_000)}1${'}'.repeat(30_000)}`],
    ['an endless list', `anchors: [${'['.repeat(30_000)}`],
    ['circular', 'a: ${b}\nb: ${a}\nanchors: ${a}'],
    ['huge', `anchors: { x: "${'y'.repeat(9 * 1024 * 1024)}" }`],
    ['including itself', 'include "hostile.conf"'],
    ['no HOCON', 'anchors: { '],
    ['a list', '[1, 2]'],
  ])('%s is refused with a sentence', async (_, text) => {
    expect(await refusal(text)).toMatch(/^`hostile\.conf` could not be read as HOCON: .+/)
  })

  it('that grows without end is ended at its deadline', async () => {
    const impatient = interchangeOn(null, { deadlineMs: 3_000 })
    const doubled = Array.from({ length: 40 }, (_, index) => `a${index + 1}: [\${a${index}}, \${a${index}}]`)
    impatient.write('grown.conf', `a0: [1]\n${doubled.join('\n')}`)
    await expect(impatient.importFrom('feathr', 'grown.conf')).rejects.toThrow(
      /took longer than 3 seconds|could not be read/,
    )
    await impatient.close()
  })

  it('that has every value of a wrong kind gives a list, not an exception', async () => {
    const odd = ['1', '"x"', '[]', '{}', 'null', 'true', '[{}]']
    const text = odd
      .flatMap((value, index) => [
        `sources.s${index}: ${value}`,
        `sources.t${index}: { location: { path: ${value} }, timeWindowParameters: ${value} }`,
        `anchors.a${index}: ${value}`,
        `anchors.b${index}: { source: ${value}, key: ${value}, features: ${value} }`,
        `anchors.c${index}: { source: "data/trips.csv", key: rider_id, features.c${index}: ${value} }`,
        `anchors.d${index}: { source: "data/trips.csv", key: rider_id, features.d${index}: { def: ${value}, type: ${value}, default: ${value}, aggregation: ${value}, window: ${value} } }`,
        `derivations.e${index}: ${value}`,
        `derivations.f${index}: { key: ${value}, inputs: ${value}, definition: ${value} }`,
      ])
      .join('\n')
    world.write('odd.conf', text)
    const { text: program, report } = await world.importFrom('feathr', 'odd.conf')
    expect(parse(program).errors).toEqual([])
    expect(report.leftOut.length).toBeGreaterThan(20)
  })

  it('writes nothing but names, whatever its names are', async () => {
    const names = ['a b', 'x\\ny', 'a`b', 'feature', '"', '*/', '// z', 'ünï', '1x', '${x}', 'a.b']
    const text = names
      .map(
        (name, index) =>
          `anchors.a${index}: { source: "data/trips.csv", key: rider_id, features.${JSON.stringify(name)}: "fare" }`,
      )
      .join('\n')
    world.write('names.conf', text.replaceAll('\\\\n', '\\n'))
    const { text: program, report } = await world.importFrom('feathr', 'names.conf')
    const found = parse(program)
    expect(found.errors).toEqual([])
    expect(found.declarations.filter(({ kind }) => kind === 'feature').map(({ name }) => name.text)).toEqual(
      names.filter((name) => !/[`\n]/.test(name) && name !== 'x\\ny'),
    )
    expect(report.leftOut).toHaveLength(2)
    expect(existsSync(world.at('z'))).toBe(false)
  })
})

describe('programs of which Feathr has everything', { timeout: 300_000 }, () => {
  it('come back the same from Feathr', async () => {
    const folder = temporaryFolder()
    const texts = fc.sample(feathrPrograms, { seed, numRuns: 150 })
    mkdirSync(join(folder.path, 'all'))
    for (const [index, text] of texts.entries()) {
      const path = `${String(index).padStart(3, '0')}.proml`
      const { text: config, report } = exportFeathr({ path, document: parse(text), others: [] })
      expect(report.leftOut, text).toEqual([])
      writeFileSync(join(folder.path, 'all', path.replace('.proml', '.conf')), config)
    }
    const files = await readFeathr('all', openWorkspaceRoot(folder.path), 120_000, {
      platform: testPlatform(testHome()),
      signal: new AbortController().signal,
      onProgress: () => {},
      onLine: () => {},
    })
    expect(files).toHaveLength(texts.length)
    for (const [index, file] of files.entries()) {
      const again = importFeathr({ files: [file], root: folder.path, typeOfColumn: () => null })
      expect(treeOf(again.text), `PROML_SEED=${seed}, program ${index}`).toEqual(treeOf(texts[index] ?? ''))
    }
    folder.remove()
  })
})
