"""A linear model for all with a correction for each group. The first column of the matrix is the group's number, −1 for
one that training never saw, which gets no correction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto

from ..onnx_graph import GraphBuilder, Value
from .algorithm import Algorithm, Array, Fit, Fitted

#: Steps of the solver; it has long converged by then.
MOST_STEPS = 2000


@dataclass(frozen=True)
class MixedEffects:
    """`effects`: a row for each group after one of zeros, first the intercept, then a slope a column if slopes vary."""

    weights: Array
    intercept: float
    effects: Array
    is_logistic: bool
    used: Mapping[str, Any]

    def predict(self, matrix: Array) -> Array:
        from scipy.special import expit

        values = matrix[:, 1:].astype(np.float64)
        own = self.effects[matrix[:, 0].astype(np.int64) + 1]
        score: Array = values @ self.weights + self.intercept + own[:, 0]
        if own.shape[1] > 1:
            score = score + (values * own[:, 1:]).sum(axis=1)
        return expit(score) if self.is_logistic else score

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        def part(name: str, start: int, end: int) -> str:
            bounds = [builder.constant(np.array([at], dtype=np.int64)) for at in (start, end, 1)]
            return builder.node("Slice", [name, *bounds])

        flat = builder.node("Reshape", [part(matrix.name, 0, 1), builder.constant(np.array([-1], dtype=np.int64))])
        row = builder.cast(builder.node("Add", [flat, builder.constant(np.array([1], dtype=np.float32))]), TensorProto.INT64)
        own = builder.node("Gather", [builder.constant(self.effects.astype(np.float32)), row], axis=0)
        values = part(matrix.name, 1, matrix.width)
        weights = builder.constant(self.weights.astype(np.float32).reshape(-1, 1))
        score = builder.node("Add", [builder.node("MatMul", [values, weights]), builder.floats(self.intercept)])
        score = builder.node("Add", [score, part(own, 0, 1)])
        if self.effects.shape[1] > 1:
            bent = builder.node("Mul", [values, part(own, 1, self.effects.shape[1])])
            axes = builder.constant(np.array([1], dtype=np.int64))
            score = builder.node("Add", [score, builder.node("ReduceSum", [bent, axes], keepdims=1)])
        return builder.probability(score) if self.is_logistic else Value(score, "float", 1)

    def describe(self) -> Mapping[str, Any]:
        return self.used


def _design(matrix: Array, groups: int, has_slopes: bool) -> Any:
    """One sparse row a row: 1, the columns, and in its group's own places 1 and, where slopes vary, the columns again."""
    from scipy import sparse

    values = matrix[:, 1:].astype(np.float64)
    rows = np.arange(len(matrix))
    group = matrix[:, 0].astype(np.int64)
    known = group >= 0
    own = sparse.csr_array((np.ones(int(known.sum())), (rows[known], group[known])), shape=(len(matrix), groups))
    common = [np.ones((len(matrix), 1)), values]
    slopes = [own.multiply(values[:, [column]]) for column in range(values.shape[1])] if has_slopes else []
    return sparse.hstack([*map(sparse.csr_array, common), own, *slopes], format="csr")


def _solve(design: Any, label: Array, penalty: Array, is_logistic: bool) -> Array:
    """The penalized maximum of likelihood: ½ Σ penalty · weight² beside the squared error, halved, or the log loss."""
    from scipy import sparse
    from scipy.optimize import minimize
    from scipy.sparse.linalg import lsqr
    from scipy.special import expit

    if not is_logistic:
        drawn = sparse.vstack([design, sparse.diags_array(np.sqrt(penalty))], format="csr")
        target = np.concatenate([label, np.zeros(len(penalty))])
        return np.asarray(lsqr(drawn, target, atol=1e-12, btol=1e-12, iter_lim=MOST_STEPS)[0])

    def loss(weights: Array) -> tuple[float, Array]:
        score = design @ weights
        value = np.sum(np.logaddexp(0, score) - label * score) + 0.5 * np.sum(penalty * weights**2)
        return float(value) / len(label), (design.T @ (expit(score) - label) + penalty * weights) / len(label)

    start = np.zeros(design.shape[1])
    options = {"maxiter": MOST_STEPS, "maxfun": 2 * MOST_STEPS, "ftol": 1e-14, "gtol": 1e-8}
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x)


def _fit(fit: Fit) -> Fitted:
    is_logistic, has_slopes = fit.task == "binary", fit.node.params.get("effects") == "slopes"
    l2, fixed_l2 = fit.number("l2", 1.0), fit.number("fixed_l2", 1.0)
    matrix, columns = fit.data.train, fit.data.train.shape[1] - 1
    groups = int(matrix[:, 0].max(initial=-1)) + 1
    design = _design(matrix, groups, has_slopes)
    fit.check()
    penalty = np.full(design.shape[1], l2)
    penalty[: 1 + columns] = fixed_l2
    penalty[0] = 0  # What all have in common is drawn nowhere.
    found = _solve(design, fit.data.train_label, penalty, is_logistic)
    own = found[1 + columns :].reshape(-1, groups).T
    effects = np.vstack([np.zeros((1, own.shape[1])), own])
    used = {"l2": l2, "fixed_l2": fixed_l2, "effects": "slopes" if has_slopes else "intercept"}
    told = {"max": fit.whole("max", 10_000), "groups": groups, "spread of the effects": float(own[:, 0].std()) if groups else 0.0}
    return MixedEffects(found[1 : 1 + columns], float(found[0]), effects, is_logistic, {**used, **told})


MIXED_EFFECTS = Algorithm(
    _fit,
    False,
    ("binary", "regression"),
    ("l2", "fixed_l2", "effects", "max"),
    has_odds=True,
    is_grouped=True,
)
