"""One decision tree and the random forest: fitted by scikit-learn, written as ONNX.

scikit-learn goes left where a float32 is at most a float64 threshold, which is the same as at most the greatest float32
that is not above it. A missing number goes the way that the node says, in training as in ONNX.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..onnx_graph import GraphBuilder, Value
from ..onnx_trees import TreeTable
from ..transforms.piecewise import at_or_below
from .algorithm import Algorithm, Array, Fit, Fitted

#: Trees that are grown between two looks at whether the run is to stop.
AT_ONCE = 10


def _answers(tree: Any) -> Array:
    """What each node answers: the share of the positive class, or the mean."""
    values = tree.value[:, 0, :]
    return np.asarray(values[:, -1] / values.sum(axis=1) if values.shape[1] == 2 else values[:, 0], dtype=np.float64)


def _write(table: TreeTable, number: int, tree: Any, share: float) -> None:
    answers = _answers(tree)
    for node, left in enumerate(tree.children_left):
        if left == -1:
            table.leaf(number, node, [(0, float(np.float32(answers[node] * share)))])
            continue
        table.branch(
            number,
            node,
            int(tree.feature[node]),
            "BRANCH_LEQ",
            at_or_below(float(tree.threshold[node])),
            int(left),
            int(tree.children_right[node]),
            missing_is_yes=bool(tree.missing_go_to_left[node]),
        )


@dataclass(frozen=True)
class Trees:
    trees: Sequence[Any]
    used: Mapping[str, Any]

    def predict(self, matrix: Array) -> Array:
        rows = np.ascontiguousarray(matrix, dtype=np.float32)
        total: Array = np.zeros(len(rows))
        for tree in self.trees:
            total += _answers(tree)[tree.apply(rows)]
        return total / len(self.trees)

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        table = TreeTable()
        for number, tree in enumerate(self.trees):
            _write(table, number, tree, 1 / len(self.trees))
        return Value(table.lower(builder, matrix.name, 1), "float", 1)

    def describe(self) -> Mapping[str, Any]:
        return self.used


def _label(fit: Fit) -> Array:
    label = fit.data.train_label
    return label.astype(np.int64) if fit.task == "binary" else label


def _fit_tree(fit: Fit) -> Fitted:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    make = DecisionTreeClassifier if fit.task == "binary" else DecisionTreeRegressor
    used = {"depth": fit.whole("depth", 6), "min_rows": fit.whole("min_rows", 5)}
    model = make(max_depth=used["depth"], min_samples_leaf=used["min_rows"], random_state=fit.seed)
    model.fit(fit.data.train, _label(fit))
    return Trees([model.tree_], {**used, "leaves": int(model.get_n_leaves())})


def _fit_forest(fit: Fit) -> Fitted:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    make = RandomForestClassifier if fit.task == "binary" else RandomForestRegressor
    used = {
        "trees": fit.whole("trees", 100),
        "depth": fit.whole("depth", 10),
        "min_rows": fit.whole("min_rows", 5),
        "columns": fit.number("columns", 0.3),
    }
    model = make(
        max_depth=used["depth"],
        min_samples_leaf=used["min_rows"],
        max_features=used["columns"],
        random_state=fit.seed,
        n_jobs=fit.threads,
        warm_start=True,
    )
    label = _label(fit)
    for grown in [*range(AT_ONCE, used["trees"], AT_ONCE), used["trees"]]:
        fit.check()
        model.set_params(n_estimators=grown).fit(fit.data.train, label)
    return Trees([one.tree_ for one in model.estimators_], used)


TREES: dict[str, Algorithm] = {
    "decision_tree": Algorithm(_fit_tree, True, ("binary", "regression"), ("depth", "min_rows")),
    "random_forest": Algorithm(_fit_forest, True, ("binary", "regression"), ("trees", "depth", "min_rows", "columns")),
}
