"""Small plans for the tests."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np

from proml.algorithms.algorithm import Data, Fit
from proml.algorithms.table import ALGORITHMS
from proml.onnx_graph import GraphBuilder
from proml.onnx_run import OnnxModel
from proml.plan import Node, Output, Plan, Use
from proml.transform_graph import evaluate_node
from proml.transforms.operator import Arguments, Fitting
from proml.transforms.table import transform_of

SEED = int(os.environ.get("PROML_SEED") or random.randrange(1 << 30))


def node(name: str, op: str, inputs: list[str], role: Any = "transform", **params: Any) -> Node:
    return Node(name, op, role, tuple(inputs), params, "float")


def plan(nodes: list[Node], uses: list[Use] | None = None, task: str = "binary", output: str = "p", fn: Any = "probability") -> Plan:
    return Plan(
        namespace="n",
        model="m",
        label="y",
        label_type="bool",
        task=task,
        uses=tuple(uses or ()),
        nodes=tuple(nodes),
        outputs=(Output("out", output, fn),),
        search=None,
        seed=7,
    )


def column(*values: float | None) -> np.ndarray[Any, Any]:
    return np.array([[np.nan if v is None else v] for v in values], dtype=np.float32)


def texts(*values: str) -> np.ndarray[Any, Any]:
    return np.array([[v] for v in values], dtype=object)


def apply(op: str, inputs: list[Any], train: list[Any] | None = None, label: Any = None, **params: Any) -> list[list[float]]:
    """One transform over rows, fitted on `train` or on the rows themselves; NaN reads as None."""
    names = [f"x{i}" for i in range(len(inputs))]
    one = node("t", op, names, **params)
    made = plan([one])
    fit = transform_of(one).fit
    seen = train if train is not None else inputs
    labels = np.zeros(len(seen[0])) if label is None else label
    state = fit(Fitting(Arguments(made, one), seen, labels)) if fit else {}
    result = evaluate_node(made, one, dict(zip(names, inputs, strict=True)), state, len(inputs[0]))
    return [[None if v != v else v for v in row] for row in result.tolist()]  # type: ignore[misc]


def fit(op: str, task: str, matrix: Any, label: Any, **params: Any) -> Any:
    """An algorithm fitted on a matrix, which also stands for the validation split."""
    data = Data(matrix, label, matrix, label)
    return ALGORITHMS[op].fit(Fit(node("a", op, [], "algorithm", **params), task, data, 7, 1, None, lambda: None))


def model_of(fitted: Any, width: int) -> bytes:
    builder = GraphBuilder()
    value = builder.value_input("x", "float", width)
    with builder.scope("a"):
        builder.output("y", fitted.lower(builder, value))
    return builder.model("one")


def through_onnx(fitted: Any, matrix: Any) -> Any:
    return OnnxModel(model_of(fitted, matrix.shape[1]), 1).run({"x": matrix})["y"].ravel()
