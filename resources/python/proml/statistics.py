"""Metrics and curves. scikit-learn is the oracle in the tests; nothing here needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import JobError

Array = np.ndarray[Any, Any]
CURVE_POINTS = 200
CALIBRATION_BINS = 10
BINARY_METRICS = ("auc", "log_loss", "brier", "accuracy", "f1", "precision", "recall")
REGRESSION_METRICS = ("rmse", "mae", "r2")


def auc(label: Array, score: Array) -> float:
    """Area under the ROC curve by ranks, ties shared: the Mann–Whitney statistic."""
    positive = label > 0.5
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = last - (counts - 1) / 2
    total = float(rank[inverse][positive].sum())
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def log_loss(label: Array, probability: Array) -> float:
    tiny = np.finfo(np.float64).eps
    p = np.clip(probability.astype(np.float64), tiny, 1 - tiny)
    return float(-np.mean(label * np.log(p) + (1 - label) * np.log1p(-p)))


def confusion(label: Array, score: Array, threshold: float) -> dict[str, float]:
    positive, said = label > 0.5, score >= threshold
    return {
        "threshold": float(threshold),
        "truePositive": int((positive & said).sum()),
        "falsePositive": int((~positive & said).sum()),
        "trueNegative": int((~positive & ~said).sum()),
        "falseNegative": int((positive & ~said).sum()),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def binary_metrics(label: Array, score: Array, threshold: float) -> dict[str, float]:
    score = score.astype(np.float64)
    table = confusion(label, score, threshold)
    hit, wrong, missed = table["truePositive"], table["falsePositive"], table["falseNegative"]
    return {
        "auc": auc(label, score),
        "log_loss": log_loss(label, score),
        "brier": float(np.mean((score - label) ** 2)),
        "accuracy": (hit + table["trueNegative"]) / len(label),
        "f1": _ratio(2 * hit, 2 * hit + wrong + missed),
        "precision": _ratio(hit, hit + wrong),
        "recall": _ratio(hit, hit + missed),
    }


def regression_metrics(label: Array, value: Array) -> dict[str, float]:
    error = value.astype(np.float64) - label
    spread = float(np.sum((label - label.mean()) ** 2))
    squares = float(np.sum(error**2))
    return {
        "rmse": float(np.sqrt(squares / len(label))),
        "mae": float(np.mean(np.abs(error))),
        "r2": 1 - squares / spread if spread > 0 else 0.0,
    }


def metrics_of(task: str, label: Array, score: Array, threshold: float) -> dict[str, float]:
    """All metrics that are defined; one that is not (AUC of a single class) is left out."""
    found = binary_metrics(label, score, threshold) if task == "binary" else regression_metrics(label, score)
    return {name: value for name, value in found.items() if np.isfinite(value)}


def metric(name: str, task: str, label: Array, score: Array) -> float:
    found = metrics_of(task, label, score, 0.5)
    if name not in found:
        known = BINARY_METRICS if task == "binary" else REGRESSION_METRICS
        raise JobError(f"`{name}` is no metric of this model.", f"Use one of: {', '.join(known)}.")
    return found[name]


def _steps(label: Array, score: Array) -> tuple[Array, Array, Array]:
    """Thresholds descending over the distinct scores, with true and false positives at or above each."""
    order = np.argsort(-score, kind="stable")
    score, positive = score[order], (label[order] > 0.5).astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    hits = np.cumsum(positive)[last]
    return score[last], hits, last + 1 - hits


def best_f1_threshold(label: Array, score: Array) -> float:
    thresholds, hits, wrong = _steps(label, score.astype(np.float64))
    f1 = 2 * hits / np.maximum(hits + wrong + hits[-1], 1)
    return float(thresholds[int(np.argmax(f1))])


def _thin(along: Array, points: int) -> Array:
    """Indices of at most `points` places, evenly spaced along a growing measure, both ends kept."""
    if len(along) <= points:
        return np.arange(len(along))
    targets = np.linspace(along[0], along[-1], points)
    return np.unique(np.clip(np.searchsorted(along, targets), 0, len(along) - 1))


def curves(label: Array, score: Array) -> dict[str, Any]:
    score = score.astype(np.float64)
    thresholds, hits, wrong = _steps(label, score)
    tpr, fpr = hits / max(hits[-1], 1), wrong / max(wrong[-1], 1)
    roc = [{"fpr": 0.0, "tpr": 0.0, "threshold": 1.0}]
    for i in _thin(tpr + fpr, CURVE_POINTS - 1):
        roc.append({"fpr": float(fpr[i]), "tpr": float(tpr[i]), "threshold": float(thresholds[i])})
    precision = hits / (hits + wrong)
    recalls = [
        {"recall": float(tpr[i]), "precision": float(precision[i]), "threshold": float(thresholds[i])}
        for i in _thin(tpr, CURVE_POINTS)
    ]
    return {"roc": roc, "precisionRecall": recalls, "calibration": calibration(label, score)}


def calibration(label: Array, score: Array) -> list[dict[str, float]]:
    """Ten bins of equal count, by rising score."""
    bins = np.array_split(np.argsort(score, kind="stable"), CALIBRATION_BINS)
    return [
        {"predicted": float(score[rows].mean()), "observed": float(label[rows].mean()), "count": len(rows)}
        for rows in bins
        if len(rows)
    ]


def largest_difference(task: str, ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> float:
    """max |a − b|; for a regression relative to the largest |b| (at least 1): float32 sums round at that scale, in
    XGBoost itself too."""
    worst = 0.0
    for name, expected in theirs.items():
        difference = np.abs(ours[name].astype(np.float64).ravel() - expected)
        if task == "regression":
            difference = difference / max(1.0, float(np.abs(expected).max(initial=0.0)))
        worst = max(worst, float(difference.max(initial=0.0)))
    return worst
