"""What joins fitted algorithms: in numbers for the Python side, and as ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import JobError
from .onnx_graph import GraphBuilder, Value
from .plan import Node

Array = np.ndarray[Any, Any]


def weights_of(node: Node) -> list[float]:
    """Shares that add up to one."""
    count = len(node.inputs)
    if node.op == "mean":
        return [1 / count] * count
    if node.op != "weighted":
        raise JobError(
            f"The trainer does not know how to join by `{node.op}` (in `{node.name}`).",
            "Use one of: mean, weighted.",
            node.name,
        )
    weights = node.params.get("weights")
    if not isinstance(weights, tuple) or len(weights) != count:
        raise JobError(
            f"`weighted` of `{node.name}` needs one weight for each of its {count} inputs.",
            f"Write `weights: [{', '.join(['1'] * count)}]`.",
            node.name,
        )
    numbers = [float(weight) for weight in weights]
    if min(numbers) < 0 or sum(numbers) <= 0:
        raise JobError(
            f"The weights of `{node.name}` cannot be negative or all zero.", "Use positive weights.", node.name
        )
    return [number / sum(numbers) for number in numbers]


def combine(node: Node, inputs: Sequence[Array]) -> Array:
    total: Array = np.zeros(len(inputs[0]))
    for weight, values in zip(weights_of(node), inputs, strict=True):
        total = total + weight * values.astype(np.float64).reshape(-1)
    return total


def lower_combinator(builder: GraphBuilder, node: Node, inputs: Sequence[Value]) -> Value:
    terms = [
        builder.node("Mul", [builder.full(builder.to_float(value)).name, builder.floats(weight)])
        for weight, value in zip(weights_of(node), inputs, strict=True)
    ]
    return Value(terms[0] if len(terms) == 1 else builder.node("Sum", terms), "float", 1)
