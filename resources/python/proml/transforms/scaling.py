"""Transforms of numbers that learn from the training split: scales, bins, fills. Missing values are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto

from ..errors import JobError
from ..onnx_graph import Value
from .arithmetic import is_missing
from .operator import Array, Fitting, Lowering, State, Transform


class Columns(Sequence[Array]):
    """The finite values of each column as float64, made when they are asked for: vectors have very many columns."""

    def __init__(self, numbers: Array) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return int(self._numbers.shape[1])

    def __getitem__(self, place: Any) -> Any:
        column = self._numbers[:, place].astype(np.float64)
        return column[np.isfinite(column)]


def known_columns(at: Fitting) -> Sequence[Array]:
    numbers = at.numbers()
    if not np.isfinite(numbers).any(axis=0).all():
        node = at.arguments.node
        raise JobError(
            f"`{node.op}` of `{node.name}` has nothing to learn from: `{node.inputs[0]}` is missing in every training row.",
            "Remove it from the model, or give the feature a `default`.",
            node.inputs[0],
        )
    return Columns(numbers)


def _scale(shift: list[float], by: list[float]) -> State:
    return {"shift": shift, "by": [value if value > 0 and np.isfinite(value) else 1.0 for value in by]}


def _fit_standardize(at: Fitting) -> State:
    columns = known_columns(at)
    return _scale([float(c.mean()) for c in columns], [float(c.std()) for c in columns])


def _fit_min_max(at: Fitting) -> State:
    columns = known_columns(at)
    return _scale([float(c.min()) for c in columns], [float(c.max() - c.min()) for c in columns])


def _fit_robust_scale(at: Fitting) -> State:
    quartiles = [np.quantile(c, [0.25, 0.5, 0.75]) for c in known_columns(at)]
    return _scale([float(q[1]) for q in quartiles], [float(q[2] - q[0]) for q in quartiles])


def _lower_scale(at: Lowering) -> Value:
    builder, value = at.builder, at.number(0)
    centred = builder.node("Sub", [value.name, builder.floats(*at.state["shift"])])
    return at.result(builder.node("Div", [centred, builder.floats(*at.state["by"])]), value)


def _fit_bucketize(at: Fitting) -> State:
    edges = at.arguments.get("edges", 1)
    if isinstance(edges, tuple):
        return {"edges": [float(edge) for edge in sorted(set(edges))]}
    count = int(at.arguments.get("buckets", None, 0) or at.arguments.get("bins", None, 0) or edges or 10)
    if count < 2:
        raise JobError(f"`bucketize` of `{at.arguments.node.name}` needs at least two buckets.", "Write `buckets: 10`.")
    inner = np.quantile(known_columns(at)[0], np.arange(1, count) / count)
    return {"edges": [float(edge) for edge in np.unique(inner.astype(np.float32))]}


def _lower_bucketize(at: Lowering) -> Value:
    """The number of edges at or below the value; missing stays missing."""
    builder, value = at.builder, at.number(0)
    reached = builder.node("GreaterOrEqual", [value.name, builder.floats(*at.state["edges"])])
    axes = builder.constant(np.array([1], dtype=np.int64))
    index = builder.node("ReduceSum", [builder.cast(reached, TensorProto.FLOAT), axes], keepdims=1)
    return at.result(builder.where_nan(builder.node("IsNaN", [value.name]), index), value, width=1)


def most_frequent(values: Array) -> list[tuple[object, int]]:
    """Values with their counts, the most frequent first, ties by value. Missing ones are left out."""
    known = [v for v in values.ravel().tolist() if v != "" and v == v]
    return sorted(Counter(known).items(), key=lambda item: (-item[1], item[0]))


def _fit_impute(at: Fitting) -> State:
    constant = at.arguments.get("value", 1)
    if at.first.dtype == object:
        if constant is None:
            counts = most_frequent(at.first)
            constant = counts[0][0] if counts else "missing"
        return {"text": str(constant)}
    width = at.first.shape[1]
    if constant is not None and not isinstance(constant, str):
        return {"fill": [float(constant)] * width}
    strategy = at.arguments.get("strategy", None, constant or "median")
    columns = known_columns(at)
    if strategy == "mean":
        return {"fill": [float(c.mean()) for c in columns]}
    if strategy == "median":
        return {"fill": [float(np.median(c)) for c in columns]}
    if strategy in ("mode", "most_frequent"):
        return {"fill": [float(str(most_frequent(c)[0][0])) for c in columns]}
    raise JobError(
        f"`impute` of `{at.arguments.node.name}` does not know the strategy `{strategy}`.",
        'Use "mean", "median", "most_frequent", or a `value:`.',
    )


def _lower_impute(at: Lowering) -> Value:
    builder = at.builder
    if "text" in at.state:
        value = at.inputs[0]
        fill = builder.constant(np.array([[at.state["text"]]], dtype=object))
    else:
        value = at.number(0)
        fill = builder.floats(*at.state["fill"])
    name = builder.node("Where", [is_missing(builder, value), fill, value.name])
    return at.result(name, value, kind=value.kind)


SCALING: dict[str, Transform] = {
    "standardize": Transform(_lower_scale, _fit_standardize),
    "min_max": Transform(_lower_scale, _fit_min_max),
    "robust_scale": Transform(_lower_scale, _fit_robust_scale),
    "bucketize": Transform(_lower_bucketize, _fit_bucketize),
    "impute": Transform(_lower_impute, _fit_impute),
}
