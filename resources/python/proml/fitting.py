"""One fit of the whole plan: transforms, matrices through ONNX, algorithms, and the model that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .algorithms.algorithm import Data, Fit, Fitted
from .algorithms.table import algorithm_of
from .combinators import Joined, combinator_of
from .dataset import SPLITS, Array, Split
from .errors import JobError
from .onnx_graph import Value
from .onnx_run import OnnxModel
from .plan import Node, Plan
from .transform_graph import (
    Evaluator,
    early_nodes,
    fit_transforms,
    lower_node,
    lower_transforms,
    matrix_name,
    transform_model,
)
from .transforms.operator import State
from .transforms.table import transform_of

CLASS_THRESHOLD = 0.5
SPLIT_WORDS = {"train": "training", "valid": "validation", "test": "test"}


def check_plan(plan: Plan) -> None:
    """Everything that can be refused before a number is computed."""
    early = {node.name for node in early_nodes(plan)} | {use.name for use in plan.uses}
    if not plan.label:
        raise JobError("The model predicts nothing.", "Say what it learns: `predict late = delay > 15`.")
    if not plan.outputs:
        raise JobError("The model has no output.", "Write `output p = probability(…)`.")
    for node in plan.nodes:
        if node.role == "transform":
            if node.name not in early and transform_of(node).fit is not None:
                raise JobError(
                    f"`{node.op}` of `{node.name}` would learn from an algorithm’s answers, which the trainer cannot do yet.",
                    "Move it before the algorithm.",
                    node.name,
                )
        elif node.role == "combinator":
            combinator_of(node, plan.task)
        else:
            algorithm_of(node, plan.task)
            stacked = [name for name in node.inputs if name not in early]
            if stacked:
                raise JobError(
                    f"`{node.name}` is fitted on the answers of `{stacked[0]}`, which the trainer cannot do yet.",
                    "Join algorithms with `stack`, `mean` or `weighted`.",
                    node.name,
                )
    if not any(node.role == "algorithm" for node in plan.nodes):
        raise JobError("The model has no algorithm.", "Add one: `let gbt = boosted_trees(…)`.")


@dataclass(frozen=True)
class Prepared:
    """Fitted transforms and what came out of them: a float32 matrix an algorithm and split."""

    states: Mapping[str, State]
    transform: bytes
    matrices: Mapping[str, Mapping[str, Array]]
    _data: dict[str, Data] = field(default_factory=dict)

    def data(self, algorithm: str, splits: Mapping[str, Split]) -> Data:
        known = self._data.get(algorithm)
        if known is None:
            matrix = {name: self.matrices[name][algorithm] for name in SPLITS}
            known = Data(matrix["train"], splits["train"].label, matrix["valid"], splits["valid"].label)
            self._data[algorithm] = known
        return known


def prepare(plan: Plan, splits: Mapping[str, Split], threads: int, check: Callable[[], None]) -> Prepared:
    states = fit_transforms(plan, splits["train"])
    transform = transform_model(plan, states)
    model = OnnxModel(transform, threads)
    algorithms = [node for node in plan.nodes if node.role == "algorithm"]
    matrices: dict[str, dict[str, Array]] = {}
    for name, split in splits.items():
        made = model.run(split.feeds, check)
        matrices[name] = {node.name: made[matrix_name(node.name)] for node in algorithms}
    for node in algorithms:
        if not algorithm_of(node, plan.task).takes_missing:
            refuse_missing(plan, node, states, splits, matrices)
    return Prepared(states, transform, matrices)


def refuse_missing(
    plan: Plan,
    node: Node,
    states: Mapping[str, State],
    splits: Mapping[str, Split],
    matrices: Mapping[str, Mapping[str, Array]],
) -> None:
    """A linear algorithm has no answer for a missing value; say which input brings it."""
    for split_name in SPLITS:
        missing_rows = np.isnan(matrices[split_name][node.name]).any(axis=1)
        if not missing_rows.any():
            continue
        split = splits[split_name].take(np.flatnonzero(missing_rows)[:1])
        evaluator = Evaluator(plan, split.feeds, states, 1)
        for name in node.inputs:
            values = evaluator.value(name)
            if values.dtype == np.float32 and np.isnan(values).any():
                origin = _origin(plan, evaluator, name)
                raise JobError(
                    f"`{node.op}` of `{node.name}` cannot take missing values, and `{origin}` is missing in "
                    f"{_count_missing(plan, states, splits[split_name], name):,} rows of the {SPLIT_WORDS[split_name]} split.",
                    f"Fill it first: `impute({origin})`.",
                    origin,
                )


def _count_missing(plan: Plan, states: Mapping[str, State], split: Split, name: str) -> int:
    values = Evaluator(plan, split.feeds, states, split.rows).value(name)
    return int(np.isnan(values).any(axis=1).sum())


def _origin(plan: Plan, evaluator: Evaluator, name: str) -> str:
    """The input that a missing value comes from, following the graph back."""
    node = plan.node(name)
    if node is None:
        return name
    for needed in node.inputs:
        values = evaluator.value(needed)
        if values.dtype == np.float32 and np.isnan(values).any():
            return _origin(plan, evaluator, needed)
    return name


def fit_algorithm(
    node: Node,
    plan: Plan,
    prepared: Prepared,
    splits: Mapping[str, Split],
    threads: int,
    check: Callable[[], None],
    watch: Callable[[str, int, float], None] | None = None,
) -> Fitted:
    data = prepared.data(node.name, splits)
    return algorithm_of(node, plan.task).fit(Fit(node, plan.task, data, plan.seed, threads, watch, check))


def assemble(
    plan: Plan,
    states: Mapping[str, State],
    fitted: Mapping[str, Fitted],
    joined: Mapping[str, Joined],
    metadata: dict[str, str],
) -> bytes:
    """`model.onnx`: the transform graph with the algorithms appended to it."""
    graph = lower_transforms(plan, states)
    builder, values = graph.builder, graph.values
    for node in plan.nodes:
        if node.name in values:
            continue
        with builder.scope(node.name):
            if node.role == "algorithm":
                values[node.name] = fitted[node.name].lower(builder, graph.matrices[node.name])
            elif node.role == "combinator":
                values[node.name] = joined[node.name].lower(builder, [values[name] for name in node.inputs])
            else:
                values[node.name] = lower_node(builder, plan, node, values, {})
    for output in plan.outputs:
        with builder.scope(output.name):
            value = builder.full(builder.to_float(values[output.node]))
            if output.fn == "class":
                test = builder.node("GreaterOrEqual", [value.name, builder.floats(CLASS_THRESHOLD)])
                value = Value(builder.cast(test, 1), "float", value.width)
        builder.output(output.name, value)
    return builder.model(plan.model, metadata)
