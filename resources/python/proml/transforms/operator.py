"""The shape of a transform: `fit` learns numbers from the training rows, `lower` writes ONNX nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import JobError
from ..onnx_graph import GraphBuilder, Kind, Value
from ..plan import Node, Plan

Array = np.ndarray[Any, Any]
#: What a transform has learnt: plain numbers and texts.
State = Mapping[str, Any]


@dataclass(frozen=True)
class Arguments:
    """Parameters of a node, whether written with a name, or at a position as a literal."""

    plan: Plan
    node: Node

    def get(self, name: str, position: int | None = None, default: Any = None) -> Any:
        if name in self.node.params:
            return self.node.params[name]
        if position is not None and position < len(self.node.inputs):
            literal = self.plan.node(self.node.inputs[position])
            if literal is not None and literal.op == "literal":
                return literal.params["value"]
        return default

    def need(self, name: str, position: int | None = None) -> Any:
        value = self.get(name, position)
        if value is None:
            raise JobError(
                f"`{self.node.op}` of `{self.node.name}` lacks `{name}`.", f"Write `{name}: …` in its parentheses."
            )
        return value


@dataclass(frozen=True)
class Fitting:
    arguments: Arguments
    inputs: Sequence[Array]
    #: The label of the training rows, float64.
    label: Array

    @property
    def first(self) -> Array:
        return self.inputs[0]

    def numbers(self) -> Array:
        """The first input, which is of numbers, NaN where missing."""
        if self.first.dtype == object:
            node = self.arguments.node
            raise JobError(
                f"`{node.op}` of `{node.name}` works on numbers, and `{node.inputs[0]}` is text.",
                "Encode the text first, with `one_hot` or `ordinal`.",
                node.inputs[0],
            )
        return self.first


@dataclass(frozen=True)
class Lowering:
    builder: GraphBuilder
    arguments: Arguments
    inputs: Sequence[Value]
    state: State

    @property
    def node(self) -> Node:
        return self.arguments.node

    def number(self, position: int) -> Value:
        """An input as float32."""
        value = self.inputs[position]
        if value.kind == "string":
            raise JobError(
                f"`{self.node.op}` of `{self.node.name}` works on numbers, and `{self.node.inputs[position]}` is text.",
                "Encode the text first, with `one_hot` or `ordinal`.",
                self.node.inputs[position],
            )
        return self.builder.to_float(value)

    def result(self, name: str, *inputs: Value, kind: Kind = "float", width: int | None = None) -> Value:
        """As wide as the widest input, constant if all are."""
        wide = max((value.width for value in inputs), default=1) if width is None else width
        return Value(name, kind, wide, all(value.is_constant for value in inputs))


@dataclass(frozen=True)
class Transform:
    lower: Callable[[Lowering], Value]
    fit: Callable[[Fitting], State] | None = None
