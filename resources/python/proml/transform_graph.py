"""The transform part of the graph: fitted on the training split, then run by ONNX over every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .algorithms.table import algorithm_of
from .dataset import Array, Split
from .errors import JobError
from .onnx_graph import GraphBuilder, Kind, Value
from .onnx_run import OnnxModel
from .plan import Node, Plan, Use
from .transforms.categorical import fit_ordinal, lower_ordinal
from .transforms.operator import Arguments, Fitting, Lowering, State
from .transforms.table import transform_of

_KIND: dict[str, Kind] = {"float32": "float", "bool": "float", "int64": "int", "string": "string"}


def early_nodes(plan: Plan) -> list[Node]:
    """Transforms that depend on no algorithm."""
    late: set[str] = set()
    early: list[Node] = []
    for node in plan.nodes:
        if node.role == "transform" and not any(name in late for name in node.inputs):
            early.append(node)
        else:
            late.add(node.name)
    return early


def used_uses(plan: Plan) -> list[Use]:
    """Model inputs that some node or output reads, in the order of the plan; those nobody reads are no inputs."""
    read = {name for node in plan.nodes for name in node.inputs} | {output.node for output in plan.outputs}
    return [use for use in plan.uses if use.name in read]


def as_kind(values: Array) -> Kind:
    return "string" if values.dtype == object else "int" if values.dtype == np.int64 else "float"


def as_value(values: Array) -> Array:
    """An input as it travels inside the graph: a bool is a float."""
    return values.astype(np.float32) if values.dtype == np.bool_ else values


def lower_node(builder: GraphBuilder, plan: Plan, node: Node, values: Mapping[str, Value], state: State) -> Value:
    with builder.scope(node.name):
        inputs = [values[name] for name in node.inputs]
        return transform_of(node).lower(Lowering(builder, Arguments(plan, node), inputs, state))


def evaluate_node(plan: Plan, node: Node, inputs: Mapping[str, Array], state: State, rows: int) -> Array:
    """One node over rows at hand, through ONNX as it will be served."""
    builder = GraphBuilder()
    anchor = "rows/anchor"  # Gives a graph of constants alone its rows.
    builder.value_input(anchor, "float", 1)
    values: dict[str, Value] = {}
    feeds: dict[str, Array] = {anchor: np.zeros((rows, 1), dtype=np.float32)}
    for name in dict.fromkeys(node.inputs):
        feeds[name] = as_value(inputs[name])
        values[name] = builder.value_input(name, as_kind(feeds[name]), feeds[name].shape[1])
    for name in dict.fromkeys(node.inputs):
        literal = plan.node(name)
        if literal is not None and literal.op == "literal":
            values[name] = lower_node(builder, plan, literal, {}, {})
    value = builder.full(lower_node(builder, plan, node, values, state))
    builder.output("value", value)
    model = OnnxModel(builder.model("node"), 1)
    return model.run({name: feeds[name] for name in model.inputs})["value"]


class Evaluator:
    """Values of plan nodes over one split, each computed once and only when asked for."""

    def __init__(self, plan: Plan, feeds: Mapping[str, Array], states: Mapping[str, State], rows: int) -> None:
        self._plan = plan
        self._states = states
        self._rows = rows
        self._values: dict[str, Array] = {name: as_value(values) for name, values in feeds.items()}

    def set(self, name: str, values: Array) -> None:
        self._values[name] = values

    def value(self, name: str) -> Array:
        known = self._values.get(name)
        if known is None:
            node = self._plan.node(name)
            if node is None:
                raise JobError(f"`{name}` is neither an input nor a step of the model.", "Check the program again.", name)
            inputs = {needed: self.value(needed) for needed in node.inputs}
            known = evaluate_node(self._plan, node, inputs, self._states.get(name, {}), self._rows)
            self._values[name] = known
        return known


def grouped_nodes(plan: Plan) -> list[Node]:
    """Algorithms whose first input is a category."""
    return [node for node in plan.nodes if node.role == "algorithm" and algorithm_of(node, plan.task).is_grouped]


def fit_transforms(plan: Plan, train: Split) -> dict[str, State]:
    """What each early transform learns from the training split."""
    states: dict[str, State] = {}
    evaluator = Evaluator(plan, train.feeds, states, train.rows)
    for node in early_nodes(plan):
        fit = transform_of(node).fit
        if fit is not None:
            inputs = [evaluator.value(name) for name in node.inputs]
            states[node.name] = fit(Fitting(Arguments(plan, node), inputs, train.label))
    for node in grouped_nodes(plan):
        first = evaluator.value(node.inputs[0])
        states[node.name] = fit_ordinal(Fitting(Arguments(plan, node), [first], train.label))
    return states


@dataclass(frozen=True)
class TransformGraph:
    """A graph in the making, with the values that algorithms and outputs may read."""

    builder: GraphBuilder
    values: dict[str, Value]
    #: The matrix that each algorithm is fitted on.
    matrices: dict[str, Value]


def matrix_name(algorithm: str) -> str:
    return f"{algorithm}$inputs"


def lower_transforms(plan: Plan, states: Mapping[str, State]) -> TransformGraph:
    builder = GraphBuilder()
    values: dict[str, Value] = {}
    uses = used_uses(plan)
    if not uses:
        raise JobError("The model reads no input.", "Bring one in with `use`.")
    for use in uses:
        builder.input(use.name, use.tensor, use.width)
        values[use.name] = Value(use.name, _KIND[use.tensor], use.width)
    for use in uses:
        if use.tensor == "bool":
            with builder.scope(use.name):
                values[use.name] = Value(builder.cast(use.name, 1), "float", 1)
    for node in early_nodes(plan):
        values[node.name] = lower_node(builder, plan, node, values, states.get(node.name, {}))
    matrices: dict[str, Value] = {}
    for node in plan.nodes:
        if node.role != "algorithm" or any(name not in values for name in node.inputs):
            continue
        inputs = [values[name] for name in node.inputs]
        if algorithm_of(node, plan.task).is_grouped:
            with builder.scope(f"{node.name}/group"):
                at = Lowering(builder, Arguments(plan, node), inputs, states[node.name])
                inputs[0] = lower_ordinal(at)
        text = [name for name, value in zip(node.inputs, inputs, strict=True) if value.kind == "string"]
        if text:
            raise JobError(
                f"`{node.op}` of `{node.name}` cannot take text: `{text[0]}`.",
                f"Encode it first: `one_hot({text[0]}, max: 50)`.",
                text[0],
            )
        with builder.scope(node.name):
            matrices[node.name] = builder.matrix(inputs)
    return TransformGraph(builder, values, matrices)


def transform_model(plan: Plan, states: Mapping[str, State]) -> bytes:
    """`transform.onnx`: one output `<algorithm>$inputs` an algorithm."""
    graph = lower_transforms(plan, states)
    for name, value in graph.matrices.items():
        graph.builder.output(matrix_name(name), value)
    return graph.builder.model(f"{plan.model}_transform")
