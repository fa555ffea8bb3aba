"""What joins fitted algorithms: in numbers for the Python side, and as ONNX. What learns, learns from the validation split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .errors import JobError
from .odds import Sum, SumOfOdds, log_odds
from .onnx_graph import GraphBuilder, Value
from .plan import Node

Array = np.ndarray[Any, Any]


class Joined(Protocol):
    def predict(self, inputs: Sequence[Array]) -> Array:
        """float64, one a row."""

    def lower(self, builder: GraphBuilder, inputs: Sequence[Value]) -> Value:
        """The same as ONNX."""

    def describe(self) -> Mapping[str, Any]:
        """What it was given and what it has learnt."""


@dataclass(frozen=True)
class Joining:
    """Predictions on the validation split, and its label."""

    node: Node
    task: str
    inputs: Sequence[Array]
    label: Array
    #: How near each input comes to 0 or 1.
    edges: Sequence[float]

    def number(self, name: str, default: float) -> float:
        return float(self.node.params.get(name, default))


def weights_of(node: Node) -> list[float]:
    """Shares that add up to one."""
    count = len(node.inputs)
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


def _mean(joining: Joining) -> Joined:
    count = len(joining.node.inputs)
    return Sum([1 / count] * count)


def _weighted(joining: Joining) -> Joined:
    return Sum(weights_of(joining.node))


def _check_both(joining: Joining) -> None:
    if len(np.unique(joining.label)) < 2:
        raise JobError(
            f"`{joining.node.op}` of `{joining.node.name}` learns from the validation split, in which the label is the same in every row.",
            "Choose another split, or more rows for validation.",
            joining.node.name,
        )


def _stack(joining: Joining) -> Joined:
    from sklearn.linear_model import LogisticRegression, Ridge

    l2, is_binary = joining.number("l2", 1.0), joining.task == "binary"
    if is_binary:
        _check_both(joining)
        odds = [log_odds(values, edge) for values, edge in zip(joining.inputs, joining.edges, strict=True)]
        matrix = np.column_stack(odds)
        model = LogisticRegression(C=1 / l2 if l2 > 0 else np.inf, max_iter=1000).fit(matrix, joining.label)
    else:
        matrix = np.column_stack(joining.inputs)
        model = Ridge(alpha=l2).fit(matrix, joining.label)
    weights = [float(weight) for weight in np.ravel(model.coef_)]
    told = {f"weight of {name}": weight for name, weight in zip(joining.node.inputs, weights, strict=True)}
    found = Sum(weights, float(np.ravel(model.intercept_)[0]), {"l2": l2, **told})
    return SumOfOdds(found, joining.edges) if is_binary else found


def _calibrate(joining: Joining) -> Joined:
    """Platt's curve, with his targets, which keep it finite where the split is told apart without a fault."""
    from scipy.optimize import minimize
    from scipy.special import expit

    _check_both(joining)
    odds = log_odds(joining.inputs[0], joining.edges[0])
    yes = joining.label > 0.5
    positives, negatives = int(yes.sum()), int((~yes).sum())
    target = np.where(yes, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(at: Array) -> tuple[float, Array]:
        score = at[0] * odds + at[1]
        error = expit(score) - target
        return float(np.mean(np.logaddexp(0, score) - target * score)), np.array([np.mean(error * odds), np.mean(error)])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9})
    slope, offset = (float(number) for number in found.x)
    return SumOfOdds(Sum([slope], offset, {"slope": slope, "offset": offset}), joining.edges)


@dataclass(frozen=True)
class Cascade:
    threshold: float
    told: Mapping[str, Any]

    def _is_sure(self, first: Array) -> Array:
        # As the graph compares: in float32.
        near, far = np.float32(self.threshold), np.float32(1 - self.threshold)
        sure: Array = (first.astype(np.float32) >= near) | (first.astype(np.float32) <= far)
        return sure

    def predict(self, inputs: Sequence[Array]) -> Array:
        return np.where(self._is_sure(inputs[0]), inputs[0], inputs[1])

    def lower(self, builder: GraphBuilder, inputs: Sequence[Value]) -> Value:
        first, second = (builder.full(builder.to_float(value)).name for value in inputs)
        yes = builder.node("GreaterOrEqual", [first, builder.floats(self.threshold)])
        no = builder.node("LessOrEqual", [first, builder.floats(1 - self.threshold)])
        return Value(builder.node("Where", [builder.node("Or", [yes, no]), first, second]), "float", 1)

    def describe(self) -> Mapping[str, Any]:
        return self.told


def _cascade(joining: Joining) -> Joined:
    threshold = joining.number("threshold", 0.9)
    decided = float(Cascade(threshold, {})._is_sure(joining.inputs[0]).mean())
    return Cascade(threshold, {"threshold": threshold, f"share that {joining.node.inputs[0]} decides": decided})


@dataclass(frozen=True)
class Combinator:
    join: Callable[[Joining], Joined]
    tasks: tuple[str, ...] = ("binary", "regression")
    #: How many predictions it takes; None: any number.
    inputs: int | None = None
    params: tuple[str, ...] = ()
    is_fitted: bool = False
    #: Its probabilities are made from log-odds.
    has_odds: bool = False


COMBINATORS: dict[str, Combinator] = {
    "mean": Combinator(_mean),
    "weighted": Combinator(_weighted, params=("weights",)),
    "stack": Combinator(_stack, params=("l2",), is_fitted=True, has_odds=True),
    "calibrate": Combinator(_calibrate, ("binary",), 1, is_fitted=True, has_odds=True),
    "cascade": Combinator(_cascade, ("binary",), 2, ("threshold",)),
}


def combinator_of(node: Node, task: str) -> Combinator:
    found = COMBINATORS.get(node.op)
    if found is None:
        raise JobError(
            f"The trainer does not know how to join by `{node.op}` (in `{node.name}`).",
            f"Use one of: {', '.join(COMBINATORS)}.",
            node.name,
        )
    if task not in found.tasks:
        raise JobError(
            f"`{node.op}` of `{node.name}` joins probabilities, and the model predicts a number.",
            "Use mean, weighted or stack.",
            node.name,
        )
    if found.inputs is not None and len(node.inputs) != found.inputs:
        raise JobError(
            f"`{node.op}` of `{node.name}` takes {found.inputs} predictions, not {len(node.inputs)}.",
            "Give it as many.",
            node.name,
        )
    if node.op == "weighted":
        weights_of(node)
    return found
