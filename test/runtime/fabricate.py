"""A small finished run, made with scikit-learn and onnx alone: what training would leave in `runs/<id>`."""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, roc_auc_score

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(7)
rows = 6000
origins = np.array(["ATL", "DFW", "ORD", "SFO"])
frame = pd.DataFrame(
    {
        "distance": rng.gamma(2.0, 400.0, rows).round().astype(np.float32),
        "hour": rng.integers(5, 24, rows),
        "busy": rng.random(rows) < 0.4,
        "origin": origins[rng.integers(0, 4, rows)],
    }
)
logit = -2.2 + 0.12 * (frame.hour - 12) + 0.9 * frame.busy - 0.0003 * frame.distance + 0.8 * (frame.origin == "ORD")
label = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
frame.loc[rng.random(rows) < 0.05, "distance"] = np.nan
split = np.where(np.arange(rows) < 4200, "train", np.where(np.arange(rows) < 5100, "valid", "test"))
train, test = split == "train", split == "test"

fill = float(np.float32(frame.distance[train].median()))
dense = np.column_stack([frame.distance.fillna(fill), frame.hour, frame.busy]).astype(np.float32)
wide = np.column_stack([dense, *[(frame.origin == one) for one in origins]]).astype(np.float32)
mean, spread = wide[train].mean(0), wide[train].std(0)
scaled = (wide - mean) / spread
linear = LogisticRegression(max_iter=500).fit(scaled[train], label[train])
trees = GradientBoostingClassifier(n_estimators=60, max_depth=3, random_state=0).fit(dense[train], label[train])


def python_outputs(index):
    a = linear.predict_proba(scaled[index])[:, 1]
    b = trees.predict_proba(dense[index])[:, 1]
    return (a + b) / 2


def round_down(value):
    """scikit-learn compares a float32 with a float64 threshold; the float32 just below decides alike."""
    single = np.float32(value)
    return float(single if float(single) <= value else np.nextafter(single, np.float32(-np.inf)))


ensemble = {name: [] for name in (
    "nodes_treeids nodes_nodeids nodes_featureids nodes_values nodes_modes nodes_truenodeids nodes_falsenodeids "
    "target_treeids target_nodeids target_ids target_weights").split()}
for number, estimator in enumerate(trees.estimators_[:, 0]):
    tree = estimator.tree_
    for node in range(tree.node_count):
        leaf = tree.children_left[node] < 0
        ensemble["nodes_treeids"].append(number)
        ensemble["nodes_nodeids"].append(node)
        ensemble["nodes_featureids"].append(0 if leaf else int(tree.feature[node]))
        ensemble["nodes_values"].append(0.0 if leaf else round_down(tree.threshold[node]))
        ensemble["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
        ensemble["nodes_truenodeids"].append(0 if leaf else int(tree.children_left[node]))
        ensemble["nodes_falsenodeids"].append(0 if leaf else int(tree.children_right[node]))
        if leaf:
            ensemble["target_treeids"].append(number)
            ensemble["target_nodeids"].append(node)
            ensemble["target_ids"].append(0)
            ensemble["target_weights"].append(float(tree.value[node, 0, 0]) * trees.learning_rate)

prior = label[train].mean()
ml = "ai.onnx.ml"
constant = lambda name, value: numpy_helper.from_array(np.asarray(value), name)
nodes = [
    helper.make_node("Imputer", ["distance"], ["d"], domain=ml, imputed_value_floats=[fill], replaced_value_float=float("nan")),
    helper.make_node("Cast", ["hour"], ["h"], to=TensorProto.FLOAT),
    helper.make_node("Cast", ["busy"], ["b"], to=TensorProto.FLOAT),
    helper.make_node("OneHotEncoder", ["origin"], ["o3"], domain=ml, cats_strings=list(origins), zeros=1),
    helper.make_node("Reshape", ["o3", "flat"], ["o"]),
    helper.make_node("Concat", ["d", "h", "b"], ["dense"], axis=1),
    helper.make_node("Concat", ["dense", "o"], ["wide"], axis=1),
    helper.make_node("Sub", ["wide", "mean"], ["centred"]),
    helper.make_node("Div", ["centred", "spread"], ["scaled"]),
    helper.make_node("Gemm", ["scaled", "weights", "bias"], ["lin_logit"]),
    helper.make_node("Sigmoid", ["lin_logit"], ["lin"]),
    helper.make_node("TreeEnsembleRegressor", ["dense"], ["gbt_logit"], domain=ml, n_targets=1,
                     base_values=[float(np.log(prior / (1 - prior)))], **ensemble),
    helper.make_node("Sigmoid", ["gbt_logit"], ["gbt"]),
    helper.make_node("Mean", ["lin", "gbt"], ["late_probability"]),
]
column = lambda name, kind: helper.make_tensor_value_info(name, kind, ["rows", 1])
graph = helper.make_graph(
    nodes,
    "late_departure",
    [column("distance", TensorProto.FLOAT), column("hour", TensorProto.INT64), column("busy", TensorProto.BOOL),
     column("origin", TensorProto.STRING)],
    [column("late_probability", TensorProto.FLOAT)],
    [constant("flat", np.array([-1, 4], np.int64)), constant("mean", mean), constant("spread", spread),
     constant("weights", linear.coef_.T.astype(np.float32)), constant("bias", linear.intercept_.astype(np.float32))],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid(ml, 3)], ir_version=10)
onnx.checker.check_model(model, full_check=True)
model_bytes = model.SerializeToString()
(folder / "model.onnx").write_bytes(model_bytes)


def cells(values):
    return [None if isinstance(v, float) and np.isnan(v) else v for v in np.asarray(values).tolist()]


golden = np.flatnonzero(test)[:100]
dump = lambda name, value: (folder / name).write_text(json.dumps(value))
dump("golden.json", {
    "inputs": {name: cells(frame[name].to_numpy()[golden]) for name in frame},
    "outputs": {"late_probability": python_outputs(golden).tolist()},
    "labels": label[golden].tolist(),
})
tensors = {"distance": "float32", "hour": "int64", "busy": "bool", "origin": "string"}
examples = {"distance": fill, "hour": 14, "busy": False, "origin": "ORD"}
dump("signature.json", {
    "version": 1, "model": "late_departure",
    "inputs": [{"name": n, "tensor": t, "isNullable": n == "distance", "example": examples[n]} for n, t in tensors.items()],
    "outputs": [{"name": "late_probability", "tensor": "float32"}],
})


def numeric(name, values):
    finite = np.sort(values[np.isfinite(values)].astype(float))
    edges = np.unique(np.quantile(finite, np.linspace(0, 1, 21)))
    counts, _ = np.histogram(finite, edges)
    q = np.quantile(finite, [0.05, 0.25, 0.5, 0.75, 0.95])
    return {
        "name": name, "kind": "numeric", "rows": len(values), "nulls": int(len(values) - len(finite)),
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        "sample": finite[np.linspace(0, len(finite) - 1, 1000).round().astype(int)].tolist(),
        "categories": None, "other": 0, "mean": finite.mean(), "stddev": finite.std(ddof=1),
        "quantiles": dict(zip(["p05", "p25", "p50", "p75", "p95"], q.tolist())),
    }


def discrete(name, kind, values):
    values, counts = np.unique(values, return_counts=True)
    return {
        "name": name, "kind": kind, "rows": int(counts.sum()), "nulls": 0, "histogram": None, "sample": None,
        "categories": [{"value": str(v).lower() if kind == "boolean" else str(v), "count": int(c)} for v, c in zip(values, counts)],
        "other": 0, "mean": None, "stddev": None, "quantiles": None,
    }


probability = python_outputs(np.arange(rows))
metrics = {
    "auc": roc_auc_score(label[test], probability[test]), "log_loss": log_loss(label[test], probability[test]),
    "brier": brier_score_loss(label[test], probability[test]), "accuracy": accuracy_score(label[test], probability[test] >= 0.5),
}
dump("baseline.json", {
    "version": 1, "rows": int(train.sum()),
    "inputs": [numeric("distance", frame.distance.to_numpy()[train]), numeric("hour", frame.hour.to_numpy()[train]),
               discrete("busy", "boolean", frame.busy[train]), discrete("origin", "categorical", frame.origin[train])],
    "output": numeric("late_probability", probability[train]),
    "metrics": metrics,
})

times = pd.Timestamp("2001-01-01") + pd.to_timedelta(np.arange(rows) * 10, unit="min")
stored = frame.copy()
stored["late"] = label
stored["__row"] = np.arange(rows)
stored["__time"] = times
stored["__split"] = split
stored["__key"] = [json.dumps([t.strftime("%Y-%m-%d %H:%M:%S"), o], separators=(",", ":")) for t, o in zip(times, frame.origin)]
stored.to_parquet(folder / "training-set.parquet", index=False)
stored.assign(probability=probability).to_parquet(folder / "expected.parquet", index=False)

span = {"start": 0, "end": 0}
dump("plan.json", {
    "version": 1, "namespace": "flights", "model": "late_departure", "documentation": "", "file": "flights.proml",
    "sources": [{"name": "flights", "kind": "parquet", "path": "data/flights.parquet", "timeColumn": "date", "createdColumn": None,
                 "rowKey": ["origin"], "columns": [
                     {"name": "date", "type": "time", "nativeType": "TIMESTAMP"},
                     {"name": "origin", "type": "string", "nativeType": "VARCHAR"}]}],
    "observation": {"source": "flights", "filter": None}, "label": None, "features": [], "uses": [], "nodes": [], "outputs": [],
    "train": {"split": {"kind": "time", "fractions": [0.7, 0.15, 0.15]}, "search": None, "seed": 7}, "gates": [],
    "health": [{"kind": "drift", "statistic": "psi", "limit": 0.2, "span": span},
               {"kind": "decay", "metric": "auc", "limit": 0.03, "span": span}],
})
digest = "sha256:" + hashlib.sha256(model_bytes).hexdigest()
dump("run.json", {
    "version": 1, "id": folder.name, "model": "late_departure", "path": "flights.proml", "state": "succeeded",
    "startedAt": 1000, "endedAt": 2000, "seed": 7, "sourceDigest": "", "planDigest": "", "dataDigest": None,
    "rows": {"train": 4200, "valid": 900, "test": 900}, "features": 4, "metrics": {"test": metrics}, "curves": None,
    "confusion": None, "importance": [{"name": "hour", "value": 0.6}, {"name": "busy", "value": 0.25},
                                      {"name": "origin", "value": 0.1}, {"name": "distance", "value": 0.05}],
    "trials": [], "params": {}, "parity": 0, "modelDigest": digest, "modelBytes": len(model_bytes), "environment": {},
    "timings": {}, "error": None,
})
