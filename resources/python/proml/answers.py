"""What the nodes of a fitted plan answer on one split, as the Python estimators have it: float64, without the ONNX model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .algorithms.algorithm import Fitted
from .algorithms.table import algorithm_of
from .combinators import Joined, Joining, combinator_of
from .dataset import Array, Split
from .fitting import CLASS_THRESHOLD, Prepared
from .odds import EDGE, EDGE_OF_ODDS
from .plan import Output, Plan
from .transform_graph import Evaluator


class Answers:
    def __init__(
        self,
        plan: Plan,
        prepared: Prepared,
        fitted: Mapping[str, Fitted],
        joined: Mapping[str, Joined],
        split_name: str,
        split: Split,
    ) -> None:
        self._plan, self._joined, self._rows = plan, joined, split.rows
        self._evaluator = Evaluator(plan, split.feeds, prepared.states, split.rows)
        self._known: dict[str, Array] = {
            name: estimator.predict(prepared.matrices[split_name][name]) for name, estimator in fitted.items()
        }

    def value(self, name: str) -> Array:
        if name not in self._known:
            node = self._plan.node(name)
            if node is not None and node.role == "combinator":
                inputs = [self.value(needed).astype(np.float64).reshape(-1) for needed in node.inputs]
                self._known[name] = self._joined[name].predict(inputs)
            else:
                for needed in node.inputs if node is not None else ():
                    self._evaluator.set(needed, self.value(needed).reshape(self._rows, -1).astype(np.float32))
                self._known[name] = self._evaluator.value(name).astype(np.float64)
        return self._known[name]

    def output(self, output: Output) -> Array:
        result = self.value(output.node).reshape(-1)
        return (result >= CLASS_THRESHOLD).astype(np.float64) if output.fn == "class" else result


def _edge_of(plan: Plan, name: str) -> float:
    node = plan.node(name)
    if node is None or node.role == "transform":
        return EDGE
    found = algorithm_of(node, plan.task) if node.role == "algorithm" else combinator_of(node, plan.task)
    return EDGE_OF_ODDS if found.has_odds else EDGE


def join(plan: Plan, prepared: Prepared, fitted: Mapping[str, Fitted], valid: Split) -> dict[str, Joined]:
    """The combinators, each after those that it joins, fitted on the validation split where they learn."""
    joined: dict[str, Joined] = {}
    answers = Answers(plan, prepared, fitted, joined, "valid", valid)
    for node in plan.nodes:
        if node.role == "combinator":
            inputs = [answers.value(name).astype(np.float64).reshape(-1) for name in node.inputs]
            edges = [_edge_of(plan, name) for name in node.inputs]
            joined[node.name] = combinator_of(node, plan.task).join(Joining(node, plan.task, inputs, valid.label, edges))
    return joined


def python_outputs(
    plan: Plan,
    prepared: Prepared,
    fitted: Mapping[str, Fitted],
    joined: Mapping[str, Joined],
    split_name: str,
    split: Split,
) -> dict[str, Array]:
    answers = Answers(plan, prepared, fitted, joined, split_name, split)
    return {output.name: answers.output(output) for output in plan.outputs}
