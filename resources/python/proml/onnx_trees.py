"""The columns of an ONNX tree ensemble, filled node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from .onnx_graph import GraphBuilder

_NODE_COLUMNS = (
    "treeids",
    "nodeids",
    "featureids",
    "values",
    "modes",
    "truenodeids",
    "falsenodeids",
    "missing_value_tracks_true",
)
_TARGET_COLUMNS = ("treeids", "nodeids", "ids", "weights")


class TreeTable:
    """Thresholds and weights are float32 already; the graph keeps no more of them."""

    def __init__(self) -> None:
        self._nodes: dict[str, list[Any]] = {name: [] for name in _NODE_COLUMNS}
        self._targets: dict[str, list[Any]] = {name: [] for name in _TARGET_COLUMNS}

    def _node(self, *values: Any) -> None:
        for name, value in zip(_NODE_COLUMNS, values, strict=True):
            self._nodes[name].append(value)

    def branch(
        self,
        tree: int,
        node: int,
        feature: int,
        mode: Literal["BRANCH_LT", "BRANCH_LEQ"],
        threshold: float,
        yes: int,
        no: int,
        *,
        missing_is_yes: bool = False,
    ) -> None:
        self._node(tree, node, feature, float(threshold), mode, yes, no, int(missing_is_yes))

    def leaf(self, tree: int, node: int, weights: Sequence[tuple[int, float]]) -> None:
        """`weights`: what the leaf adds, by target."""
        self._node(tree, node, 0, 0.0, "LEAF", 0, 0, 0)
        for target, weight in weights:
            for name, value in zip(_TARGET_COLUMNS, (tree, node, target, float(weight)), strict=True):
                self._targets[name].append(value)

    def attributes(self) -> dict[str, list[Any]]:
        nodes = {f"nodes_{name}": values for name, values in self._nodes.items()}
        return {**nodes, **{f"target_{name}": values for name, values in self._targets.items()}}

    def lower(self, builder: GraphBuilder, matrix: str, targets: int, base: Sequence[float] | None = None) -> str:
        """The sum over all trees, `[rows, targets]`."""
        more = {} if base is None else {"base_values": list(base)}
        return builder.node(
            "TreeEnsembleRegressor",
            [matrix],
            domain="ai.onnx.ml",
            n_targets=targets,
            aggregate_function="SUM",
            post_transform="NONE",
            **more,
            **self.attributes(),
        )
