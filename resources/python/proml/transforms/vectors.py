"""Transforms of whole vectors."""

from __future__ import annotations

import numpy as np

from ..errors import JobError
from ..onnx_graph import GraphBuilder, Value
from .operator import Lowering, Transform


def _concat(at: Lowering) -> Value:
    return at.builder.matrix(at.inputs)


def _sum(builder: GraphBuilder, name: str) -> str:
    axes = builder.constant(np.array([1], dtype=np.int64))
    return builder.node("ReduceSum", [name, axes], keepdims=1)


def _length(builder: GraphBuilder, name: str) -> str:
    """The vector's length, or 1 for a vector of zeros, which then stays as it is."""
    length = builder.node("Sqrt", [_sum(builder, builder.node("Mul", [name, name]))])
    is_zero = builder.node("Equal", [length, builder.floats(0.0)])
    return builder.node("Where", [is_zero, builder.floats(1.0), length])


def unit(builder: GraphBuilder, name: str) -> str:
    return builder.node("Div", [name, _length(builder, name)])


def _l2_normalize(at: Lowering) -> Value:
    value = at.number(0)
    return at.result(unit(at.builder, value.name), value)


def _pair(at: Lowering) -> tuple[Value, Value]:
    left, right = at.number(0), at.number(1)
    if left.width != right.width:
        raise JobError(
            f"`{at.node.op}` of `{at.node.name}` needs vectors of one width: `{at.node.inputs[0]}` has {left.width} columns, "
            f"`{at.node.inputs[1]}` has {right.width}.",
            "Bring them to the same width, with `max:` for instance.",
            at.node.name,
        )
    return left, right


def _dot(at: Lowering) -> Value:
    left, right = _pair(at)
    product = at.builder.node("Mul", [left.name, right.name])
    return at.result(at.builder.finite(_sum(at.builder, product)), left, right, width=1)


def _cosine(at: Lowering) -> Value:
    builder = at.builder
    left, right = _pair(at)
    product = builder.node("Mul", [unit(builder, left.name), unit(builder, right.name)])
    return at.result(_sum(builder, product), left, right, width=1)


VECTORS: dict[str, Transform] = {
    "concat": Transform(_concat),
    "l2_normalize": Transform(_l2_normalize),
    "dot": Transform(_dot),
    "cosine": Transform(_cosine),
}
