"""Transforms of categories: text, whole numbers and flags."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from ..errors import JobError
from ..onnx_graph import Value
from .arithmetic import is_missing
from .operator import Fitting, Lowering, State, Transform
from .scaling import most_frequent

#: More columns than this from one text are a mistake more often than a wish.
MOST_CATEGORIES = 10_000


def _categories(at: Fitting) -> list[object]:
    node = at.arguments.node
    limit = at.arguments.get("max", 1)
    values = [value for value, _ in most_frequent(at.first)]
    if not values:
        raise JobError(
            f"`{node.op}` of `{node.name}` has nothing to learn from: `{node.inputs[0]}` is missing in every training row.",
            "Remove it from the model, or give the feature a `default`.",
            node.inputs[0],
        )
    if limit is not None:
        return values[: int(limit)]
    if len(values) > MOST_CATEGORIES:
        raise JobError(
            f"`{node.inputs[0]}` has {len(values):,} different values, too many for `{node.op}`.",
            f"Keep the most frequent: `{node.op}({node.inputs[0]}, max: 50)`.",
            node.inputs[0],
        )
    return values


def _fit_categories(at: Fitting) -> State:
    return {"categories": _categories(at)}


def _lower_one_hot(at: Lowering) -> Value:
    builder, value = at.builder, at.inputs[0]
    categories = at.state["categories"]
    width = len(categories)
    if value.kind == "float":
        test = builder.node("Equal", [value.name, builder.floats(*categories)])
        return at.result(builder.cast(test, TensorProto.FLOAT), value, width=width)
    names = {"cats_strings": categories} if value.kind == "string" else {"cats_int64s": [int(c) for c in categories]}
    cube = builder.node("OneHotEncoder", [value.name], domain="ai.onnx.ml", zeros=1, **names)
    shape = builder.constant(np.array([-1, width], dtype=np.int64))
    return at.result(builder.node("Reshape", [cube, shape]), value, width=width)


def _lookup(at: Lowering, keys: list[object], answers: list[float], default: float) -> Value:
    """A table from categories to numbers."""
    builder, value = at.builder, at.inputs[0]
    if value.kind == "float":
        test = builder.cast(builder.node("Equal", [value.name, builder.floats(*[float(str(k)) for k in keys])]), TensorProto.FLOAT)
        axes = builder.constant(np.array([1], dtype=np.int64))
        shifted = builder.floats(*[a - default for a in answers])
        total = builder.node("ReduceSum", [builder.node("Mul", [test, shifted]), axes], keepdims=1)
        return at.result(builder.node("Add", [total, builder.floats(default)]), value, width=1)
    attribute = "keys_strings" if value.kind == "string" else "keys_int64s"
    name = builder.node(
        "LabelEncoder",
        [value.name],
        domain="ai.onnx.ml",
        values_floats=answers,
        default_float=default,
        **{attribute: keys},
    )
    return at.result(name, value, width=1)


def fit_ordinal(at: Fitting) -> State:
    """Categories in their own order: the smallest is 0."""
    return {"categories": sorted(_categories(at))}


def lower_ordinal(at: Lowering) -> Value:
    categories = at.state["categories"]
    return _lookup(at, categories, [float(i) for i in range(len(categories))], -1.0)


def _fit_target_encode(at: Fitting) -> State:
    """(sum of the labels + smooth · mean of all) / (rows + smooth), for each category."""
    smooth = float(at.arguments.get("smooth", None, 20.0))
    everywhere = float(at.label.mean())
    flat = at.first.ravel()
    categories = _categories(at)
    means = []
    for category in categories:
        labels = at.label[flat == category]
        means.append((float(labels.sum()) + smooth * everywhere) / (len(labels) + smooth))
    return {"categories": categories, "means": means, "default": everywhere}


def _lower_target_encode(at: Lowering) -> Value:
    return _lookup(at, at.state["categories"], at.state["means"], at.state["default"])


#: Between the parts of a crossed category; no text of a table has it.
_BETWEEN = "\x1f"


def _as_text(at: Lowering, value: Value) -> str:
    builder = at.builder
    if value.kind == "string":
        return value.name
    if value.kind == "float":
        known = builder.node("Where", [is_missing(builder, value), builder.floats(0.0), value.name])
        return builder.cast(builder.cast(known, TensorProto.INT64), TensorProto.STRING)
    return builder.cast(value.name, TensorProto.STRING)


def _lower_cross(at: Lowering) -> Value:
    builder, between = at.builder, at.builder.constant(np.array([[_BETWEEN]], dtype=object))
    if len(at.inputs) < 2:
        raise JobError(f"`cross` of `{at.node.name}` needs two categories or more.", "Write `cross(a, b)`.", at.node.name)
    name = _as_text(at, at.inputs[0])
    for value in at.inputs[1:]:
        name = builder.node("StringConcat", [builder.node("StringConcat", [name, between]), _as_text(at, value)])
    for value in at.inputs:
        if value.kind != "int":
            absent = builder.constant(np.array([[""]], dtype=object))
            name = builder.node("Where", [is_missing(builder, value), absent, name])
    return at.result(name, *at.inputs, kind="string", width=1)


CATEGORICAL: dict[str, Transform] = {
    "one_hot": Transform(_lower_one_hot, _fit_categories),
    "ordinal": Transform(lower_ordinal, fit_ordinal),
    "target_encode": Transform(_lower_target_encode, _fit_target_encode),
    "cross": Transform(_lower_cross),
}
