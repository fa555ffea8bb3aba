"""The training distribution of inputs and output, the model's signature, and rows to check a copy of it by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from .dataset import Array, Split
from .plan import Plan, Use
from .transform_graph import used_uses

BINS = 20
SAMPLE = 1_000
CATEGORIES = 100
GOLDEN_ROWS = 100
GOLDEN_LEAST = 10
GOLDEN_NUMBERS = 200_000


def numeric_edges(values: Array) -> list[float]:
    """Ascending edges of at most 20 bins `[edge, next)`; few distinct values get a bin each."""
    distinct = np.unique(values)
    if len(distinct) == 1:
        return [float(distinct[0]), float(distinct[0])]
    if len(distinct) <= BINS:
        between = (distinct[:-1] + distinct[1:]) / 2
        return [float(distinct[0]), *map(float, between), float(distinct[-1])]
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)))
    return [float(edge) for edge in edges]


def bin_counts(values: Array, edges: list[float]) -> list[int]:
    inner = np.asarray(edges[1:-1])
    index = np.searchsorted(inner, values, side="right")
    return [int(count) for count in np.bincount(index, minlength=len(edges) - 1)]


def numeric_column(name: str, values: Array) -> dict[str, Any]:
    values = values.astype(np.float64).ravel()
    known = np.sort(values[np.isfinite(values)])
    column: dict[str, Any] = {
        "name": name,
        "kind": "numeric",
        "rows": len(values),
        "nulls": int(len(values) - len(known)),
        "histogram": None,
        "sample": None,
        "categories": None,
        "other": 0,
        "mean": None,
        "stddev": None,
        "quantiles": None,
    }
    if len(known) == 0:
        return column
    edges = numeric_edges(known)
    places = np.unique(np.linspace(0, len(known) - 1, min(SAMPLE, len(known))).round().astype(np.int64))
    quantiles = np.quantile(known, [0.05, 0.25, 0.5, 0.75, 0.95])
    column["histogram"] = {"edges": edges, "counts": bin_counts(known, edges)}
    column["sample"] = [float(value) for value in known[places]]
    column["mean"] = float(known.mean())
    column["stddev"] = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    column["quantiles"] = dict(zip(("p05", "p25", "p50", "p75", "p95"), map(float, quantiles), strict=True))
    return column


def categorical_column(name: str, kind: str, texts: list[str], nulls: int) -> dict[str, Any]:
    counts = sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0]))
    kept = counts[:CATEGORIES]
    return {
        "name": name,
        "kind": kind,
        "rows": len(texts) + nulls,
        "nulls": nulls,
        "histogram": None,
        "sample": None,
        "categories": [{"value": value, "count": count} for value, count in kept],
        "other": sum(count for _, count in counts[CATEGORIES:]),
        "mean": None,
        "stddev": None,
        "quantiles": None,
    }


def distances(values: Array, centre: Array) -> Array:
    """How far each vector lies from the centre; NaN for a missing one. To five digits, so that the same vectors are as far in
    whatever order an engine adds up."""
    far: Array = np.sqrt(np.square(values.astype(np.float64) - centre).sum(axis=1))
    known = far[far > 0]
    unit = 10.0 ** (np.floor(np.log10(known)) - 4)
    far[far > 0] = np.round(known / unit) * unit
    return far


def vector_column(name: str, values: Array) -> dict[str, Any]:
    """Of a vector, how far it lies from the mean of the training vectors, by which service is compared with training."""
    known = values[np.isfinite(values).all(axis=1)]
    centre: Array = known.astype(np.float64).mean(axis=0) if len(known) else np.zeros(values.shape[1])
    return {**numeric_column(name, distances(values, centre)), "centre": [float(value) for value in centre]}


def input_column(use: Use, values: Array) -> dict[str, Any]:
    if use.length:
        return vector_column(use.name, values)
    flat = values.ravel()
    if use.tensor == "string":
        texts = flat.tolist()
        nulls = texts.count("") if use.is_nullable else 0
        return categorical_column(use.name, "categorical", [t for t in texts if t != "" or not use.is_nullable], nulls)
    if use.tensor == "bool" or use.type == "bool":
        numbers = flat.astype(np.float64)
        known = numbers[np.isfinite(numbers)]
        texts = ["true" if value else "false" for value in known.tolist()]
        return categorical_column(use.name, "boolean", texts, len(numbers) - len(known))
    return numeric_column(use.name, flat)


def baseline(plan: Plan, train: Split, output_name: str, output: Array, metrics: Mapping[str, float]) -> dict[str, Any]:
    return {
        "version": 1,
        "rows": train.rows,
        "inputs": [input_column(use, train.feeds[use.name]) for use in used_uses(plan)],
        "output": numeric_column(output_name, output),
        "metrics": dict(metrics),
    }


def _example_vector(values: Array) -> Any:
    """One that occurs and is as usual as any: that of the middle distance from the mean."""
    known = values[np.isfinite(values).all(axis=1)]
    if len(known) == 0:
        return None
    far = distances(known, known.astype(np.float64).mean(axis=0))
    return known[int(np.argsort(far, kind="stable")[(len(known) - 1) // 2])].astype(float).tolist()


def _example(use: Use, values: Array) -> Any:
    if use.length:
        return _example_vector(values)
    column = input_column(use, values)
    if column["kind"] == "numeric":
        flat = values.astype(np.float64).ravel()
        known = np.sort(flat[np.isfinite(flat)])
        if len(known) == 0:
            return None
        middle = known[(len(known) - 1) // 2]  # A value that occurs, so that an integer stays one.
        return int(middle) if use.tensor == "int64" or use.type == "int" else float(middle)
    first = column["categories"][0]["value"] if column["categories"] else None
    return first == "true" if column["kind"] == "boolean" and first is not None else first


def signature(plan: Plan, train: Split) -> dict[str, Any]:
    return {
        "version": 1,
        "model": plan.model,
        "inputs": [
            {
                "name": use.name,
                "tensor": use.tensor,
                "isNullable": use.is_nullable,
                **({"width": use.length} if use.length else {}),
                "example": _example(use, train.feeds[use.name]),
            }
            for use in used_uses(plan)
        ],
        "outputs": [{"name": output.name, "tensor": "float32"} for output in plan.outputs],
    }


def _plain_vectors(values: Array) -> list[Any]:
    return [row.tolist() if np.isfinite(row).all() else None for row in values]


def _plain(values: Array) -> list[Any]:
    flat = values.ravel().tolist()
    return [None if isinstance(value, float) and not np.isfinite(value) else value for value in flat]


def golden_rows(test: Split) -> Array:
    """Evenly spaced over the split; fewer where vectors make a row large."""
    width = sum(values.shape[1] for values in test.feeds.values())
    count = max(GOLDEN_LEAST, min(GOLDEN_ROWS, GOLDEN_NUMBERS // width))
    return np.unique(np.linspace(0, test.rows - 1, min(count, test.rows)).round().astype(np.int64))


def golden(plan: Plan, test: Split, outputs: Mapping[str, Array]) -> dict[str, Any]:
    rows = golden_rows(test)
    return {
        "inputs": {
            use.name: (_plain_vectors if use.length else _plain)(test.feeds[use.name][rows]) for use in used_uses(plan)
        },
        "outputs": {name: _plain(values[rows]) for name, values in outputs.items()},
        "labels": _plain(test.label[rows]),
    }
