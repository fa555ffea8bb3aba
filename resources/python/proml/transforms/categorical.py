"""Transforms of categories: text, whole numbers and flags."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from ..errors import JobError
from ..onnx_graph import Value
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


def _fit_ordinal(at: Fitting) -> State:
    """Categories in their own order: the smallest is 0."""
    return {"categories": sorted(_categories(at))}


def _lower_ordinal(at: Lowering) -> Value:
    categories = at.state["categories"]
    return _lookup(at, categories, [float(i) for i in range(len(categories))], -1.0)


def _lower_cross(at: Lowering) -> Value:
    builder = at.builder
    parts = []
    for value in at.inputs:
        if value.kind == "string":
            parts.append(value.name)
            continue
        whole = value if value.kind == "int" else Value(builder.cast(value.name, TensorProto.INT64), "int", value.width)
        parts.append(builder.cast(whole.name, TensorProto.STRING))
    name = parts[0]
    mark = builder.constant(np.array([["×"]], dtype=object))
    for part in parts[1:]:
        name = builder.node("StringConcat", [builder.node("StringConcat", [name, mark]), part])
    return at.result(name, *at.inputs, kind="string", width=1)



CATEGORICAL: dict[str, Transform] = {
    "one_hot": Transform(_lower_one_hot, _fit_categories),
    "ordinal": Transform(_lower_ordinal, _fit_ordinal),
    "cross": Transform(_lower_cross),
}
