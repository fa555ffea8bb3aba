"""The shape of an algorithm. A fitted one answers with the positive class's probability, or with the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..errors import JobError
from ..onnx_graph import GraphBuilder, Value
from ..plan import Node

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Data:
    """Float32 matrices as they came out of the transform graph, and labels."""

    train: Array
    train_label: Array
    valid: Array
    valid_label: Array
    #: What one fit made of these rows and the next can use again (XGBoost's binned columns).
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fit:
    node: Node
    task: str
    data: Data
    seed: int
    threads: int
    #: Called with (name, step, value) as the fit goes on, or None where nobody watches (a trial).
    watch: Callable[[str, int, float], None] | None
    #: Raises when the run is to stop.
    check: Callable[[], None]

    def number(self, name: str, default: float) -> float:
        value = self.node.params.get(name, default)
        if not isinstance(value, int | float):
            raise JobError(
                f"`{name}` of `{self.node.name}` is not a number.", f"Write `{name}: {default:g}`.", self.node.name
            )
        return float(value)

    def whole(self, name: str, default: int) -> int:
        return int(round(self.number(name, default)))


class Fitted(Protocol):
    def predict(self, matrix: Array) -> Array:
        """The estimator's own answer, float64, one a row."""

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        """The same as ONNX."""

    def describe(self) -> Mapping[str, Any]:
        """Hyperparameters as they were used."""


@dataclass(frozen=True)
class Algorithm:
    fit: Callable[[Fit], Fitted]
    takes_missing: bool
    tasks: tuple[str, ...]
    params: tuple[str, ...]
    #: Its probabilities are made from log-odds.
    has_odds: bool = False
    #: Its first input is a category, whose number is the first column of its matrix.
    is_grouped: bool = False
