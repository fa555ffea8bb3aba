import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceContext } from '../../electron/services/context'
import { ensureManagedPython, type PythonLock } from '../../electron/services/python/managed'

/** Asks other software by a script, in its own environment: it gets a file with JSON and a folder, and prints JSON after `RESULT`. */
export const answerOf = async (
  context: ServiceContext,
  lock: PythonLock,
  script: string,
  input: unknown,
): Promise<unknown> => {
  const { home, resources } = context.platform
  const python = await ensureManagedPython({ home, resources, lock })
  const file = join(context.workspace.root, `${lock}.json`)
  writeFileSync(file, JSON.stringify(input))
  const output = execFileSync(python, ['-c', script, file, context.workspace.root], {
    cwd: context.workspace.root,
    encoding: 'utf8',
    env: { ...process.env, FEAST_USAGE: 'False', PYTHONWARNINGS: 'ignore' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return JSON.parse(/^RESULT(.*)$/m.exec(output)?.[1] ?? 'null')
}

/** Values by question for each `ttl`, twice: as Feast sorts, and with sorts that keep the order of equals. */
export const feastScript = `
import json, os, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
from datetime import timedelta
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64
given = json.load(open(sys.argv[1]))
folder = sys.argv[2]
utc = lambda column: pd.to_datetime(pd.Series(column, dtype="Int64"), unit="us", utc=True)
events = pd.DataFrame({name: [row[name] for row in given["events"]] for name in ("k", "v")}).astype({"v": "float64"})
for name in ("at", "created"):
    events[name] = utc([row[name] for row in given["events"]]).astype("datetime64[us, UTC]")
events.to_parquet(os.path.join(folder, "events.parquet"))
asked = pd.DataFrame({"k": [row["k"] for row in given["asked"]], "n": range(len(given["asked"])), "event_timestamp": utc([row["at"] for row in given["asked"]])})
store = FeatureStore(config=RepoConfig(project="truth", provider="local", registry=os.path.join(folder, "registry.db"), offline_store={"type": "dask"}, online_store=None, entity_key_serialization_version=3))
thing = Entity(name="thing", join_keys=["k"], value_type=ValueType.STRING)
source = FileSource(name="events", path=os.path.join(folder, "events.parquet"), timestamp_field="at", created_timestamp_column="created")
views = [FeatureView(name=f"view{i}", entities=[thing], ttl=timedelta(microseconds=ttl), schema=[Field(name="v", dtype=Float64)], source=source) for i, ttl in enumerate(given["ttls"])]
store.apply([thing, source, *views])
def history(view):
    frame = store.get_historical_features(entity_df=asked, features=[f"{view.name}:v"]).to_df()
    return {int(n): None if pd.isna(v) else float(v) for n, v in zip(frame["n"], frame["v"])}
plain = [history(view) for view in views]
sort = pd.DataFrame.sort_values
def stable(self, *arguments, **options):
    return sort(self, *arguments, **{**options, "kind": "stable"})
pd.DataFrame.sort_values = stable
print("RESULT" + json.dumps({"plain": plain, "stable": [history(view) for view in views]}))
`

/** Values by question for each way to ask. */
export const pandasScript = `
import json, sys
import pandas as pd
given = json.load(open(sys.argv[1]))
def table(rows, names):
    frame = pd.DataFrame({name: [row[name] for row in rows] for name in names})
    return frame.assign(at=pd.to_datetime(frame["at"], unit="us")).sort_values("at", kind="stable")
events = table(given["events"], ("at", "k", "v")).astype({"v": "float64"})
asked = table(given["asked"], ("at", "k")).rename_axis("n").reset_index()
found = []
for ask in given["asks"]:
    tolerance = None if ask["tolerance"] is None else pd.Timedelta(ask["tolerance"], unit="us")
    frame = pd.merge_asof(asked, events, on="at", by="k", tolerance=tolerance, allow_exact_matches=ask["exact"])
    found.append({int(n): None if pd.isna(v) else float(v) for n, v in zip(frame["n"], frame["v"])})
print("RESULT" + json.dumps(found))
`
