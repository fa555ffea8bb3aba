"""The steps of a training run, from the Parquet file to the files of the run folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

from .algorithms.algorithm import Fitted
from .answers import join, python_outputs
from .baseline import baseline, golden, signature
from .dataset import SPLITS, check_splits, missing_vectors, read_splits
from .durable import write_durably, write_json
from .evaluation import evaluate, importance
from .events import Events
from .fitting import assemble, check_plan, fit_algorithm, prepare
from .onnx_run import OnnxModel
from .plan import Plan, read_plan
from .search import defaults, score_output, search, tuned_nodes
from .statistics import largest_difference

PACKAGES = ("numpy", "scikit-learn", "xgboost", "xgboost-cpu", "onnx", "onnxruntime", "optuna", "pyarrow")


def environment(threads: int) -> dict[str, str]:
    found = {"python": platform.python_version(), "threads": str(threads)}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _metadata(plan: Plan, model_signature: dict[str, Any]) -> dict[str, str]:
    return {
        "proml.namespace": plan.namespace,
        "proml.model": plan.model,
        "proml.label": plan.label,
        "proml.task": plan.task,
        "proml.signature": json.dumps(model_signature, sort_keys=True, ensure_ascii=False),
    }


def train(job: dict[str, Any], events: Events) -> dict[str, Any]:
    plan = read_plan({**job["plan"], "train": {**job["plan"]["train"], "seed": job.get("seed", job["plan"]["train"]["seed"])}})
    folder, threads = Path(job["folder"]), max(1, int(job.get("threads", 1)))
    check_plan(plan)
    with events.phase("read", "Reading the training set", 0.02):
        splits = read_splits(Path(job["trainingSet"]), plan)
        check_splits(splits, plan)
    rows = {name: splits[name].rows for name in SPLITS}
    events.log(f"{rows['train']:,} training, {rows['valid']:,} validation and {rows['test']:,} test rows")
    events.emit("rows", rows=rows)
    for line in missing_vectors(splits, plan):
        events.log(line)

    chosen = defaults(plan)
    if chosen and plan.search is None:
        events.log("No search is asked for: hyperparameters to tune take the middle of their range")
    with events.phase("transform", "Fitting the transforms", 0.06):
        prepared = prepare(plan.with_params(chosen), splits, threads, events.check)
        write_durably(folder / "transform.onnx", prepared.transform)
    trials: list[dict[str, Any]] = []
    if plan.search is not None and tuned_nodes(plan):
        with events.phase("search", "Searching hyperparameters", 0.1):
            chosen, trials = search(plan, plan.search, splits, prepared, threads, events, (0.1, 0.65))
    elif plan.search is not None:
        events.log("A search is asked for, and nothing is written `tune(…)`: it is left out")
    final = plan.with_params(chosen)
    if any(node.role == "transform" and node.name in chosen for node in plan.nodes):
        with events.phase("transform", "Fitting the transforms with the best hyperparameters", 0.65):
            prepared = prepare(final, splits, threads, events.check)
            write_durably(folder / "transform.onnx", prepared.transform)

    fitted: dict[str, Fitted] = {}
    params: dict[str, Any] = {}
    algorithms = [node for node in final.nodes if node.role == "algorithm"]
    for position, node in enumerate(algorithms):
        fraction = (0.66 if trials else 0.12) + (0.8 - (0.66 if trials else 0.12)) * position / len(algorithms)
        with events.phase(f"fit {node.name}", f"Fitting {node.name} ({node.op})", fraction):
            watch = lambda name, step, value: events.metric(name, step, value)  # noqa: E731
            fitted[node.name] = fit_algorithm(node, final, prepared, splits, threads, events.check, watch)
        params.update({f"{node.name}.{key}": value for key, value in fitted[node.name].describe().items()})

    with events.phase("combine", "Joining the predictions", 0.81):
        joined = join(final, prepared, fitted, splits["valid"])
    for name, one in joined.items():
        params.update({f"{name}.{key}": value for key, value in one.describe().items()})

    model_signature = signature(final, splits["train"])
    with events.phase("write", "Writing the model", 0.82):
        model_bytes = assemble(final, prepared.states, fitted, joined, _metadata(final, model_signature))
        model = OnnxModel(model_bytes, threads)
    with events.phase("evaluate", "Evaluating the model", 0.84):
        outputs, judged = evaluate(final, model, splits, events.check)
        expected = python_outputs(final, prepared, fitted, joined, "test", splits["test"])
        parity = largest_difference(final.task, outputs["test"], expected)
    threshold = judged.pop("threshold")
    if threshold is not None:
        params["threshold"], params["threshold from"] = threshold["value"], threshold["why"]
    with events.phase("importance", "Measuring importance", 0.9):
        shares = importance(final, model, splits["test"], events.check)
    with events.phase("save", "Saving the run", 0.98):
        name = score_output(final)
        kept = baseline(final, splits["train"], name, outputs["train"][name], judged["metrics"]["test"])
        write_json(folder / "signature.json", model_signature)
        write_json(folder / "baseline.json", kept)
        write_json(folder / "golden.json", golden(final, splits["test"], expected))
        write_durably(folder / "model.onnx", model_bytes)
    told = ", ".join(f"{key} {value:.4f}" for key, value in judged["metrics"]["test"].items())
    events.log(f"Test split: {told}; the model and the estimators differ by at most {parity:.1e}")
    return {
        **judged,
        "rows": rows,
        "features": len(model_signature["inputs"]),
        "importance": shares,
        "trials": trials,
        "params": params,
        "parity": parity,
        "modelDigest": f"sha256:{hashlib.sha256(model_bytes).hexdigest()}",
        "modelBytes": len(model_bytes),
        "environment": environment(threads),
        "timings": events.timings,
    }
