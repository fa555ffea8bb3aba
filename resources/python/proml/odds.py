"""Weighted sums of predictions, and of the log-odds that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .onnx_graph import GraphBuilder, Value

Array = np.ndarray[Any, Any]

#: Probabilities nearer to 0 or 1 count as this near. Where float32 kept their log-odds, it is far out; of others it
#: rounds too much off.
EDGE_OF_ODDS = 1e-7
EDGE = 1e-4


def log_odds(probability: Array, edge: float) -> Array:
    kept = np.clip(probability, edge, 1 - edge)
    answer: Array = np.log(kept) - np.log1p(-kept)
    return answer


def _within(builder: GraphBuilder, name: str, low: float, high: float) -> str:
    # Not Clip: what it makes of NaN differs between engines.
    for comparison, bound in (("Less", builder.floats(low)), ("Greater", builder.floats(high))):
        name = builder.node("Where", [builder.node(comparison, [name, bound]), bound, name])
    return name


def _lower_log_odds(builder: GraphBuilder, value: Value, edge: float) -> str:
    if value.odds is not None:
        most = float(np.log1p(-edge) - np.log(edge))
        return _within(builder, value.odds, -most, most)
    name = _within(builder, builder.full(builder.to_float(value)).name, edge, 1 - edge)
    rest = builder.node("Sub", [builder.floats(1.0), name])
    return builder.node("Sub", [builder.node("Log", [name]), builder.node("Log", [rest])])


@dataclass(frozen=True)
class Sum:
    """A weighted sum of predictions."""

    weights: Sequence[float]
    offset: float = 0.0
    told: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, inputs: Sequence[Array]) -> Array:
        total: Array = np.full(len(inputs[0]), self.offset)
        for weight, values in zip(self.weights, inputs, strict=True):
            total = total + weight * values
        return total

    def lower(self, builder: GraphBuilder, inputs: Sequence[Value]) -> Value:
        return Value(self.add(builder, [builder.full(builder.to_float(value)).name for value in inputs]), "float", 1)

    def add(self, builder: GraphBuilder, names: Sequence[str]) -> str:
        terms = [
            builder.node("Mul", [name, builder.floats(weight)])
            for weight, name in zip(self.weights, names, strict=True)
        ]
        total = terms[0] if len(terms) == 1 else builder.node("Sum", terms)
        return builder.node("Add", [total, builder.floats(self.offset)]) if self.offset else total

    def describe(self) -> Mapping[str, Any]:
        return self.told


@dataclass(frozen=True)
class SumOfOdds:
    """The probability that a weighted sum of log-odds stands for."""

    sum: Sum
    edges: Sequence[float]

    def predict(self, inputs: Sequence[Array]) -> Array:
        from scipy.special import expit

        odds = [log_odds(values, edge) for values, edge in zip(inputs, self.edges, strict=True)]
        answer: Array = expit(self.sum.predict(odds))
        return answer

    def lower(self, builder: GraphBuilder, inputs: Sequence[Value]) -> Value:
        odds = [_lower_log_odds(builder, value, edge) for value, edge in zip(inputs, self.edges, strict=True)]
        return builder.probability(self.sum.add(builder, odds))

    def describe(self) -> Mapping[str, Any]:
        return self.sum.told
