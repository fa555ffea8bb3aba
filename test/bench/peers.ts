import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureManagedPython, type PythonLock } from '../../electron/services/python/managed'
import { projectRoot, testHome } from '../support/context'
import type { Measured } from './measured'

const frame = `
import json, os, resource, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
source, output, folder = sys.argv[1:4]
def measure(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    print("RESULT" + json.dumps({"wallMs": 1000 * (time.perf_counter() - wall), "cpuMs": 1000 * (time.process_time() - cpu), "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
`

/** The six features with rolling windows, whose right end is open. */
export const pandasSix = `${frame}
def work():
    rows = pd.read_parquet(source).dropna(subset=["delay"])
    rows = rows.sort_values(["date", "origin", "destination", "delay", "distance"], kind="stable").reset_index(drop=True)
    rows["late_one"] = (rows["delay"] > 15).astype("int64")
    def over(keys, width, column, how):
        ordered = rows.sort_values([*keys, "date"], kind="stable")
        found = getattr(ordered.groupby(keys, sort=False).rolling(width, on="date", closed="left")[column], how)()
        found.index = ordered.sort_values(keys, kind="stable").index if len(found) != len(ordered) else ordered.index
        return found
    out = pd.DataFrame({
        "a": over(["origin"], "1h", "delay", "mean"), "b": over(["origin"], "3h", "delay", "mean"),
        "c": over(["origin"], "1D", "late_one", "sum"), "d": over(["origin"], "1D", "delay", "count"),
        "e": over(["origin", "destination"], "1D", "delay", "mean"), "f": over(["origin", "destination"], "7D", "delay", "mean"),
    }).sort_index()
    out["late"], out["date"] = rows["delay"] > 15, rows["date"]
    before = rows["date"].rank(method="min") - 1
    out["split"] = pd.cut(before / len(rows), [-1, 0.7, 0.85, 1.0], right=False, labels=["train", "valid", "test"]).astype(str)
    out.to_parquet(output)
measure(work)
`

/** Feast has no windows of its own: it is given the six values of every row, computed beforehand, and joins them in time. */
export const feastSix = `${frame}
from datetime import timedelta
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64
rows = pd.read_parquet(source)
rows["route"] = rows["origin"] + rows["destination"]
rows["date"] = rows["date"].dt.tz_localize("UTC").astype("datetime64[us, UTC]")
given = pd.read_parquet(output).astype({name: "float64" for name in "abcdef"})
for name in "abcdef":
    rows[name] = given[name]
def view(name, key, columns, store):
    path = os.path.join(folder, name + ".parquet")
    rows[[key, "date", *columns]].drop_duplicates([key, "date"]).to_parquet(path)
    entity = Entity(name=key, join_keys=[key], value_type=ValueType.STRING)
    made = FeatureView(name=name, entities=[entity], ttl=timedelta(0), schema=[Field(name=one, dtype=Float64) for one in columns], source=FileSource(name=name, path=path, timestamp_field="date"))
    store.apply([entity, made])
store = FeatureStore(config=RepoConfig(project="bench", provider="local", registry=os.path.join(folder, "registry.db"), offline_store={"type": "dask"}, online_store=None, entity_key_serialization_version=3))
view("airport", "origin", list("abcd"), store)
view("way", "route", list("ef"), store)
asked = rows[["origin", "route", "date"]].rename(columns={"date": "event_timestamp"})
asked["late"] = rows["delay"] > 15
def work():
    store.get_historical_features(entity_df=asked, features=[f"airport:{n}" for n in "abcd"] + [f"way:{n}" for n in "ef"]).to_df().to_parquet(output + ".feast")
measure(work)
`

/** Feast’s known worst shape: a thousand features of one view. */
export const feastWide = `${frame}
from datetime import timedelta
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64
rows = pd.read_parquet(source)
rows["at"] = rows["at"].dt.tz_localize("UTC").astype("datetime64[us, UTC]")
path = os.path.join(folder, "wide.parquet")
rows.to_parquet(path)
names = [name for name in rows.columns if name.startswith("v")]
store = FeatureStore(config=RepoConfig(project="bench", provider="local", registry=os.path.join(folder, "registry.db"), offline_store={"type": "dask"}, online_store=None, entity_key_serialization_version=3))
thing = Entity(name="thing", join_keys=["k"], value_type=ValueType.STRING)
store.apply([thing, FeatureView(name="wide", entities=[thing], ttl=timedelta(0), schema=[Field(name=name, dtype=Float64) for name in names], source=FileSource(name="wide", path=path, timestamp_field="at"))])
asked = rows[["k", "at"]].rename(columns={"at": "event_timestamp"})
def work():
    store.get_historical_features(entity_df=asked, features=[f"wide:{name}" for name in names]).to_df().to_parquet(output)
measure(work)
`

/** What pandas says of every column: the usual figures, and how often each value is there. */
const describeAll = `
def work():
    rows = READ
    rows.describe(include="all")
    for name in rows: rows[name].value_counts()
`
export const pandasProfile = {
  withReading: `${frame}${describeAll.replace('READ', 'pd.read_parquet(source)')}measure(work)\n`,
  /** The rows are there already. */
  alone: `${frame}given = pd.read_parquet(source)${describeAll.replace('READ', 'given')}measure(work)\n`,
}

export const hasPeers = Boolean(process.env.PROML_PEERS)

/** Runs a peer in its own environment and process; null where it did not come to an end in `minutes`, or died. */
export const peer = async (
  lock: PythonLock,
  script: string,
  paths: { readonly source: string; readonly output: string; readonly folder: string },
  minutes = 10,
): Promise<Measured | null> => {
  const python = await ensureManagedPython({ home: testHome(), resources: join(projectRoot, 'resources'), lock })
  try {
    const printed = execFileSync(python, ['-c', script, paths.source, paths.output, paths.folder], {
      ...{ cwd: paths.folder, encoding: 'utf8', timeout: minutes * 60_000 },
      env: { ...process.env, FEAST_USAGE: 'False', PYTHONWARNINGS: 'ignore' },
      stdio: 'pipe',
      maxBuffer: 64 * 1024 ** 2,
    })
    return JSON.parse(/^RESULT(.*)$/m.exec(printed)?.[1] ?? 'null') as Measured | null
  } catch (error) {
    const { signal, stderr } = error as { signal?: string; stderr?: string }
    console.log(`${lock}: ${signal ?? ''} ${stderr?.trim().split('\n').at(-1) ?? ''}`)
    return null
  }
}
