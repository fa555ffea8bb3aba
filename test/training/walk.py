"""Every transform of a plan as one ONNX graph with an output each, and what each must answer: the column that DuckDB made
where the operator runs there too, else scikit-learn or numpy."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, QuantileTransformer
from sklearn.preprocessing import RobustScaler, StandardScaler, TargetEncoder, normalize

from proml.dataset import read_splits
from proml.plan import read_plan
from proml.transform_graph import fit_transforms, lower_transforms

ROWS = 300
folder = Path(sys.argv[1])
plan = read_plan(json.loads((folder / "plan.json").read_text()))
#: {let: {"op": operator, "column": DuckDB's, or null}}
wanted = json.loads((folder / "wanted.json").read_text())
splits = read_splits(folder / "set.parquet", plan)
train, test = splits["train"], splits["test"].take(np.arange(ROWS))

graph = lower_transforms(plan, fit_transforms(plan, train))
for name in wanted:
    graph.builder.output(f"{name}_out", graph.builder.full(graph.builder.to_float(graph.values[name])))
(folder / "walk.onnx").write_bytes(graph.builder.model("walk"))

table = pq.read_table(folder / "set.parquet").to_pandas()
held = table[table["__split"] == "test"].head(ROWS)


def column(split, name):
    return split.feeds[name].astype(object if name in ("origin", "destination") else np.float64)


distance, seen_distance = column(test, "distance"), column(train, "distance")
origin, seen_origin = column(test, "origin"), column(train, "origin")
pair, seen_pair = (
    np.array([[f"{a} {b}"] for a, b in zip(column(one, "origin").ravel(), column(one, "destination").ravel(), strict=True)], dtype=object)
    for one in (test, train)
)
cyclic, faster = (np.hstack([np.sin(2 * np.pi * distance / period), np.cos(2 * np.pi * distance / period)]) for period in (24, 12))
twice = np.hstack([distance, distance])


def scaled(scaler):
    return scaler.fit(seen_distance).transform(distance)


def most_frequent(values, count):
    found, counts = np.unique(values.ravel(), return_counts=True)
    return [found[np.lexsort((found, -counts))][:count]]


def one_hot(rows, seen, count):
    return OneHotEncoder(categories=most_frequent(seen, count), handle_unknown="ignore", sparse_output=False).fit(seen[:1]).transform(rows)


REFERENCES = {
    "standardize": lambda: scaled(StandardScaler()),
    "min_max": lambda: scaled(MinMaxScaler()),
    "robust_scale": lambda: scaled(RobustScaler()),
    "quantile_transform": lambda: scaled(QuantileTransformer(output_distribution="normal", subsample=None)),
    "bucketize": lambda: np.searchsorted(np.quantile(seen_distance, np.arange(1, 10) / 10), distance, side="right"),
    "one_hot": lambda: one_hot(origin, seen_origin, 50),
    "ordinal": lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(seen_origin).transform(origin),
    "target_encode": lambda: TargetEncoder(smooth=20.0, target_type="binary").fit(seen_origin, train.label).transform(origin),
    "cross": lambda: one_hot(pair, seen_pair, 100),
    "tfidf": lambda: TfidfVectorizer(token_pattern=r"[^ ]+", vocabulary=sorted(v.lower() for v in most_frequent(seen_origin, 200)[0]))
    .fit(seen_origin.ravel())
    .transform(origin.ravel())
    .toarray(),
    "impute": lambda: distance,
    "cyclic": lambda: cyclic,
    "concat": lambda: twice,
    "l2_normalize": lambda: normalize(twice),
    "dot": lambda: (cyclic * faster).sum(axis=1, keepdims=True),
    "cosine": lambda: (normalize(cyclic) * normalize(faster)).sum(axis=1, keepdims=True),
}


def reference(op, from_duckdb):
    if from_duckdb is not None:
        return held[from_duckdb].to_numpy(np.float64).reshape(-1, 1)
    return REFERENCES[op]()


def plain(values):
    return [[None if value != value else value for value in row] for row in values.tolist()]


answers = {name: plain(np.asarray(reference(one["op"], one["column"]))) for name, one in wanted.items()}
inputs = {use.name: test.feeds[use.name].ravel().tolist() for use in plan.uses if use.name in ("distance", "origin", "destination")}
types = {use.name: use.tensor for use in plan.uses}
(folder / "walk.json").write_text(json.dumps({"inputs": inputs, "types": types, "answers": answers}))
