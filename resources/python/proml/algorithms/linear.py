"""Linear models of scikit-learn: logistic, least squares, ridge, lasso, elastic net."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..onnx_graph import GraphBuilder, Value
from .algorithm import Algorithm, Array, Fit, Fitted


@dataclass(frozen=True)
class Linear:
    weights: Array
    intercept: float
    is_logistic: bool
    used: Mapping[str, Any]

    def predict(self, matrix: Array) -> Array:
        score: Array = matrix.astype(np.float64) @ self.weights + self.intercept
        return 1 / (1 + np.exp(-score)) if self.is_logistic else score

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        weights = builder.constant(self.weights.astype(np.float32).reshape(-1, 1))
        score = builder.node("Add", [builder.node("MatMul", [matrix.name, weights]), builder.floats(self.intercept)])
        return Value(builder.node("Sigmoid", [score]) if self.is_logistic else score, "float", 1)

    def describe(self) -> Mapping[str, Any]:
        return self.used



def _fit_logistic(fit: Fit) -> Fitted:
    from sklearn.linear_model import LogisticRegression

    l2 = fit.number("l2", 1.0)
    iterations = fit.whole("iterations", 500)
    matrix = fit.data.train.astype(np.float64)
    model = LogisticRegression(C=1 / l2 if l2 > 0 else np.inf, max_iter=iterations, random_state=fit.seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(matrix, fit.data.train_label)
    used: dict[str, Any] = {"l2": l2, "iterations": iterations, "iterations used": int(model.n_iter_[0])}
    if any("converge" in str(w.message) for w in caught):
        used["note"] = "Stopped before it converged: standardize its inputs, or raise `iterations`."
    return Linear(model.coef_[0].astype(np.float64), float(model.intercept_[0]), True, used)


def _fit_linear(fit: Fit) -> Fitted:
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(fit.data.train.astype(np.float64), fit.data.train_label)
    return Linear(np.asarray(model.coef_, dtype=np.float64), float(model.intercept_), False, {})


def _fit_ridge(fit: Fit) -> Fitted:
    from sklearn.linear_model import Ridge

    l2 = fit.number("l2", 1.0)
    model = Ridge(alpha=l2).fit(fit.data.train.astype(np.float64), fit.data.train_label)
    return Linear(np.asarray(model.coef_, dtype=np.float64), float(model.intercept_), False, {"l2": l2})


def _fit_lasso(fit: Fit) -> Fitted:
    from sklearn.linear_model import Lasso

    l1 = fit.number("l1", 0.01)
    model = Lasso(alpha=l1, random_state=fit.seed, max_iter=5000)
    model.fit(fit.data.train.astype(np.float64), fit.data.train_label)
    return Linear(np.asarray(model.coef_, dtype=np.float64), float(model.intercept_), False, {"l1": l1})


def _fit_elastic_net(fit: Fit) -> Fitted:
    from sklearn.linear_model import ElasticNet

    l1, l2 = fit.number("l1", 0.005), fit.number("l2", 0.005)
    total = l1 + l2
    model = ElasticNet(alpha=total, l1_ratio=l1 / total if total else 0.5, random_state=fit.seed, max_iter=5000)
    model.fit(fit.data.train.astype(np.float64), fit.data.train_label)
    return Linear(np.asarray(model.coef_, dtype=np.float64), float(model.intercept_), False, {"l1": l1, "l2": l2})


LINEAR: dict[str, Algorithm] = {
    "logistic": Algorithm(_fit_logistic, False, ("binary",), ("l2", "iterations")),
    "linear": Algorithm(_fit_linear, False, ("regression",), ()),
    "ridge": Algorithm(_fit_ridge, False, ("regression",), ("l2",)),
    "lasso": Algorithm(_fit_lasso, False, ("regression",), ("l1",)),
    "elastic_net": Algorithm(_fit_elastic_net, False, ("regression",), ("l1", "l2")),
}
