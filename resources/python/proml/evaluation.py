"""Judging the finished ONNX model: metrics on each split, curves, importance, parity with the estimators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .dataset import SPLITS, Array, Split
from .onnx_run import OnnxModel
from .plan import Plan
from .search import score_output
from .statistics import auc, best_f1_threshold, confusion, curves, metrics_of, regression_metrics
from .transform_graph import used_uses

IMPORTANCE_ROWS = 20_000
IMPORTANCE_REPEATS = 2


def threshold_of(plan: Plan, label: Array, score: Array) -> tuple[float, str]:
    """Where yes begins, and why there."""
    if plan.task != "binary":
        return 0.5, ""
    if any(output.fn == "class" for output in plan.outputs):
        return 0.5, "the model’s own class output"
    return best_f1_threshold(label, score), "best F1 on the valid split"


def importance(
    plan: Plan, model: OnnxModel, test: Split, check: Callable[[], None]
) -> list[dict[str, Any]]:
    """Share by model input of what the metric loses when that input is shuffled among the rows of the test split."""
    random = np.random.default_rng(plan.seed)
    rows = test.rows
    sample = test.take(np.sort(random.choice(rows, IMPORTANCE_ROWS, replace=False))) if rows > IMPORTANCE_ROWS else test
    name = score_output(plan)

    def quality(feeds: Mapping[str, Array]) -> float:
        score = model.run(feeds, check)[name].ravel()
        if plan.task == "binary":
            return auc(sample.label, score)
        return -regression_metrics(sample.label, score)["rmse"]

    whole = quality(sample.feeds)
    losses: dict[str, float] = {}
    for use in used_uses(plan):
        shuffled = [
            quality({**sample.feeds, use.name: sample.feeds[use.name][random.permutation(sample.rows)]})
            for _ in range(IMPORTANCE_REPEATS)
        ]
        losses[use.name] = max(0.0, whole - float(np.mean(shuffled)))
    total = sum(losses.values())
    if not total > 0:
        return [{"name": key, "value": 1 / len(losses)} for key in losses]
    shares = [{"name": key, "value": value / total} for key, value in losses.items()]
    return sorted(shares, key=lambda share: (-float(share["value"]), share["name"]))


def evaluate(
    plan: Plan, model: OnnxModel, splits: Mapping[str, Split], check: Callable[[], None]
) -> tuple[dict[str, dict[str, Array]], dict[str, Any]]:
    """Outputs by split, and the fields of a run that they give."""
    outputs = {name: model.run(splits[name].feeds, check) for name in SPLITS}
    name = score_output(plan)
    score = {split: outputs[split][name].ravel().astype(np.float64) for split in SPLITS}
    threshold, why = threshold_of(plan, splits["valid"].label, score["valid"])
    test = splits["test"]
    is_binary = plan.task == "binary"
    return outputs, {
        "metrics": {split: metrics_of(plan.task, splits[split].label, score[split], threshold) for split in SPLITS},
        "curves": curves(test.label, score["test"]) if is_binary else None,
        "confusion": confusion(test.label, score["test"], threshold) if is_binary else None,
        "threshold": {"value": threshold, "why": why} if is_binary else None,
    }
