import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportFeast } from '@shared/interchange/feast/exportFeast'
import { importFeast } from '@shared/interchange/feast/importFeast'
import { parse } from '@shared/language/syntax/parser'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFeast } from '../../electron/services/interchange/feast'
import { managedPython } from '../../electron/services/python/managed'
import { openWorkspaceRoot } from '../../electron/services/workspace/root'
import { seed } from '../language/seed'
import { temporaryFolder, testHome, testPlatform } from '../support/context'
import { feastPrograms } from './programs'
import { interchangeOn, treeOf, writeParquet } from './support'

const world = interchangeOn('feast')
afterAll(() => world.close())

const feastPython = (): string => managedPython({ ...testPlatform(testHome()), lock: 'feast' }).python
const moments = "timestamp '2024-05-01 00:00:00' + interval (i) hour"

beforeAll(async () => {
  await writeParquet(
    world.at('data/rider_hourly.parquet'),
    `select (i % 3)::bigint as rider_id, i::bigint as trips, (i * 1.5)::float as fare_mean, ${moments} as event_timestamp, ${moments} + interval 1 minute as created from range(48) t(i)`,
  )
  await writeParquet(
    world.at('data/station_stats.parquet'),
    `select 'S' || (i % 4) as station_code, i * 0.25::double as occ, i * 2.0::double as distance, ${moments} as event_timestamp from range(48) t(i)`,
  )
  await writeParquet(
    world.at('data/dock_states.parquet'),
    `select (i % 5)::bigint as dock_number, i::bigint as free, ${moments} as event_timestamp from range(48) t(i)`,
  )
  await writeParquet(
    world.at('data/visits.parquet'),
    `select (i % 3)::bigint as rider_id, 'S' || (i % 4) as station_code, i::bigint as visits, 'hire' as last_kind, ${moments} as event_timestamp from range(48) t(i)`,
  )
})

describe('a Feast repository', { timeout: 600_000 }, () => {
  let imported: Awaited<ReturnType<typeof world.importFrom>>
  beforeAll(async () => {
    imported = await world.importFrom('feast', '.', 'bikes.proml')
  }, 600_000)

  it('becomes a program that the checker has nothing against, on its real data', async () => {
    expect((await world.check('bikes.proml')).filter(({ severity }) => severity !== 'info')).toEqual([])
  })

  it('keeps what every feature means', () => {
    const text = imported.text.replaceAll(/\n +/g, ' ')
    expect(text).toContain(
      'feature rider_stats__trips: int of rider = latest(trips) from rider_hourly by rider_id over 1d like feast  owner "riders@example.org"  tags [`view=rider_stats`, recent, `team=riders`]',
    )
    expect(text).toContain('/// Trips of the hour\nfeature rider_stats__trips')
    expect(text).toContain(
      'feature rider_fresh__trips: int of rider = latest(trips) from rider_hourly by rider_id over 90m like feast',
    )
    // No schema and no entity says the type of this key, but its file does.
    expect(text).toContain('entity dock(dock_number: int)')
    // A ttl of nothing is no limit, and a mapped column is read by its own name.
    expect(text).toContain(
      'feature occupancy: float of station = latest(occ) from station_stats by station_code like feast',
    )
    expect(text).toContain(
      'feature visits: int of rider_station = latest(visits) from visits by (rider_id, station_code) over 7d like feast',
    )
    expect(imported.text).toContain(
      'source rider_hourly = parquet("data/rider_hourly.parquet") {\n  time event_timestamp\n  created created\n}',
    )
  })

  it('lists what is left out, and keeps Python code as a comment', () => {
    expect(imported.report.leftOut.map(({ name }) => name)).toEqual([
      'source asked',
      'source rider_push',
      'feature rider_stats:embedding',
      'on-demand feature view trips_asked',
      'feature service rider_service',
      'feature_store.yaml',
    ])
    expect(imported.text).toContain('//     frame["trips_asked"] = inputs["trips"] * inputs["hours"] / 1.0\n')
  })

  it('comes back the same from its own export', async () => {
    const { files, report } = await world.exportTo('feast', 'bikes.proml', 'out')
    expect(files).toEqual(['out/feature_store.yaml', 'out/features.py'])
    expect(report.leftOut).toEqual([])
    const again = await world.importFrom('feast', 'out')
    expect(treeOf(again.text)).toEqual(treeOf(imported.text))
  })

  it('is taken back by Feast itself, which then gives the values that it gave before', async () => {
    const history = (folder: string): unknown => {
      const script = `
import json, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
from pathlib import Path
from feast import FeatureStore
from feast.repo_config import load_repo_config
from feast.repo_operations import apply_total
repository = Path(sys.argv[1])
config = load_repo_config(repository, repository / "feature_store.yaml")
apply_total(config, repository, True)
store = FeatureStore(repo_path=str(repository))
rows = pd.DataFrame({"rider_id": [0, 1, 2], "station_code": ["S0", "S1", "S2"], "event_timestamp": pd.to_datetime(["2024-05-01 12:00", "2024-05-02 04:30", "2024-05-02 05:00"], utc=True)})
features = ["rider_stats:trips", "rider_stats:fare_mean", "rider_fresh:trips", "station_occupancy:occupancy", "rider_at_station:visits"]
frame = store.get_historical_features(entity_df=rows, features=features, full_feature_names=True).to_df()
frame = frame.sort_values("rider_id").drop(columns=["event_timestamp"])
print("RESULT" + json.dumps(json.loads(frame.to_json(orient="records")), sort_keys=True))
`
      const output = execFileSync(feastPython(), ['-c', script, folder], { cwd: folder, encoding: 'utf8' })
      return JSON.parse(/^RESULT(.*)$/m.exec(output)?.[1] ?? 'null')
    }
    mkdirSync(world.at('taken/back'), { recursive: true })
    await world.exportTo('feast', 'bikes.proml', 'taken/back', true)
    const before = temporaryFolder()
    for (const name of ['feature_store.yaml', 'entities.py', 'features.py', 'data'])
      cpSync(world.at(name), join(before.path, name), { recursive: true })
    const values = history(world.at('taken/back'))
    expect(values).toEqual(history(before.path))
    expect(values).toHaveLength(3)
    before.remove()

    // And the studio, asked for the same moments, computes what Feast does.
    await writeParquet(
      world.at('data/rows.parquet'),
      `select * from (values (0::bigint, 'S0', timestamp '2024-05-01 12:00:00', 1), (1, 'S1', timestamp '2024-05-02 04:30:00', 0), (2, 'S2', timestamp '2024-05-02 05:00:00', 1)) t(rider_id, station_code, event_timestamp, label)`,
    )
    world.write(
      'ask.proml',
      `source rows = parquet("data/rows.parquet") { time event_timestamp }
model ask {
  observe rows
  predict y = label > 0
  use trips = rider_stats__trips by rider_id
  use fare_mean by rider_id
  use fresh = rider_fresh__trips by rider_id
  use occupancy by station_code
  use visits by (rider_id, station_code)
  let p = boosted_trees(trips, fare_mean, fresh, occupancy, visits)
  output o = probability(p)
}
`,
    )
    const ours = await world.trainingSet('ask.proml', 'ask')
    const numbers = (row: Record<string, unknown>, names: readonly string[]) => names.map((name) => Number(row[name]))
    expect(ours.map((row) => numbers(row, ['trips', 'fare_mean', 'fresh', 'occupancy', 'visits']))).toEqual(
      (values as Record<string, unknown>[]).map((row) =>
        numbers(row, [
          'rider_stats__trips',
          'rider_stats__fare_mean',
          'rider_fresh__trips',
          'station_occupancy__occupancy',
          'rider_at_station__visits',
        ]),
      ),
    )
  })

  it('writes a Python text that no name can break out of', async () => {
    const nasty = `"\\"); import os; os.system('touch broken') #`
    world.write(
      'nasty.proml',
      `source stats = parquet("data/rider_hourly.parquet") { time event_timestamp }\nentity \`"); x\`(rider_id: int)\n/// """ ${nasty}\nfeature \`"""; import os\`: int of \`"); x\` = latest(trips) from stats by rider_id  owner ${JSON.stringify(nasty)}  tags [\`view="\\\`]`,
    )
    await world.exportTo('feast', 'nasty.proml', 'nasty')
    const again = await world.importFrom('feast', 'nasty')
    expect(treeOf(again.text)).toEqual(treeOf(readFileSync(world.at('nasty.proml'), 'utf8')))
    expect(existsSync(world.at('broken'))).toBe(false)
    expect(existsSync(world.at('nasty/broken'))).toBe(false)
  })
})

describe('a Feast repository that misbehaves', { timeout: 600_000 }, () => {
  const repository = (name: string, text: string): string => {
    mkdirSync(world.at(name), { recursive: true })
    world.write(`${name}/feature_store.yaml`, 'project: p\nregistry: r.db\nprovider: local\n')
    world.write(`${name}/definitions.py`, text)
    return name
  }

  it('is not run in a workspace that nobody trusts', async () => {
    const untrusted = interchangeOn('feast', { isTrusted: false })
    await expect(untrusted.importFrom('feast', '.')).rejects.toMatchObject({ code: 'permission_denied' })
    await untrusted.close()
  })

  it('is ended at its deadline', async () => {
    const impatient = interchangeOn(null, { deadlineMs: 8_000 })
    mkdirSync(impatient.at('loop'))
    impatient.write('loop/definitions.py', 'while True:\n    pass\n')
    await expect(impatient.importFrom('feast', 'loop')).rejects.toMatchObject({ code: 'deadline_exceeded' })
    await impatient.close()
  })

  it.each([
    ['raises', 'x = 1\nraise RuntimeError("not today")\n', 'RuntimeError: not today', 2],
    ['exits', 'import sys\nsys.exit(0)\n', 'SystemExit: 0', 2],
    ['is no Python', 'def (:\n', 'SyntaxError', null],
  ])('that %s is told in Python’s own words, with its line', async (_, text, words, line) => {
    const name = repository(`bad_${words.length}`, text)
    const failure = await world.importFrom('feast', name).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'python_failed', message: expect.stringContaining(words) })
    if (line !== null) expect(failure).toMatchObject({ place: { file: `${name}/definitions.py`, line } })
  })

  it('that ends the process at once is an error, not a hang', async () => {
    const name = repository('gone', 'import os\nos._exit(3)\n')
    await expect(world.importFrom('feast', name)).rejects.toMatchObject({
      code: 'python_failed',
      message: expect.stringContaining('exit code 3'),
    })
  })

  it('sees no secret of the studio’s own environment', async () => {
    process.env.PROML_TEST_SECRET = 'SECRET'
    const name = repository('curious', 'import os\nraise RuntimeError(str(os.environ.get("PROML_TEST_SECRET")))\n')
    await expect(world.importFrom('feast', name)).rejects.toMatchObject({ message: expect.stringContaining('None') })
    delete process.env.PROML_TEST_SECRET
  })

  it('that prints gives the same program', async () => {
    const name = repository('loud', 'print("{" * 100000)\n')
    expect((await world.importFrom('feast', name)).report.carried).toEqual([])
  })
})

describe('programs of which Feast has everything', { timeout: 600_000 }, () => {
  it('come back the same from Feast', async () => {
    const folder = temporaryFolder()
    for (const [index, text] of fc.sample(feastPrograms, { seed, numRuns: 4 }).entries()) {
      const name = `r${index}`
      const program = { path: `${name}.proml`, document: parse(text), others: [] }
      const { files, report } = exportFeast({ program, project: name, pathFrom: (path) => `../${path}` })
      expect(report.leftOut, text).toEqual([])
      mkdirSync(join(folder.path, name))
      for (const [file, content] of Object.entries(files)) writeFileSync(join(folder.path, name, file), content)
      const description = await readFeast(name, openWorkspaceRoot(folder.path), 120_000, {
        platform: testPlatform(testHome()),
        signal: new AbortController().signal,
        onProgress: () => {},
        onLine: () => {},
      })
      const again = importFeast({ description, folder: name, root: folder.path, typeOfColumn: () => null })
      // Python’s own order of names is not the program’s: declarations are compared by their names.
      expect(byName(treeOf(again.text)), `PROML_SEED=${seed}, program ${index}:\n${text}`).toEqual(byName(treeOf(text)))
    }
    folder.remove()
  })
})

const byName = (tree: unknown): unknown =>
  (tree as { declarations: { kind: string; name: { text: string } }[] }).declarations.toSorted((a, b) =>
    `${a.kind} ${a.name.text}` < `${b.kind} ${b.name.text}` ? -1 : 1,
  )
