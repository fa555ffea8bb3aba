"""Linear models of scikit-learn: logistic, least squares, ridge, lasso, elastic net, Poisson."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import JobError
from ..onnx_graph import GraphBuilder, Value
from .algorithm import Algorithm, Array, Fit, Fitted


#: What turns the score into the answer.
Link = Literal["none", "logistic", "exponential"]
#: Steps of the solvers that have no parameter for it.
MOST_STEPS = 5000


@dataclass(frozen=True)
class Linear:
    weights: Array
    intercept: float
    link: Link
    used: Mapping[str, Any]

    def predict(self, matrix: Array) -> Array:
        score: Array = matrix.astype(np.float64) @ self.weights + self.intercept
        if self.link == "none":
            return score
        return 1 / (1 + np.exp(-score)) if self.link == "logistic" else np.exp(score)

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        weights = builder.constant(self.weights.astype(np.float32).reshape(-1, 1))
        score = builder.node("Add", [builder.node("MatMul", [matrix.name, weights]), builder.floats(self.intercept)])
        if self.link == "logistic":
            return builder.probability(score)
        return Value(score if self.link == "none" else builder.node("Exp", [score]), "float", 1)

    def describe(self) -> Mapping[str, Any]:
        return self.used


def _converged(fit: Fit, model: Any, mend: str) -> dict[str, Any]:
    """Fits, and says where the solver stopped too soon."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(fit.data.train.astype(np.float64), fit.data.train_label)
    is_short = any("converge" in str(one.message).lower() for one in caught)
    return {"note": f"Stopped before it converged: standardize its inputs, or {mend}."} if is_short else {}


def _linear(model: Any, link: Link, used: Mapping[str, Any]) -> Fitted:
    weights = np.asarray(model.coef_, dtype=np.float64).reshape(-1)
    return Linear(weights, float(np.ravel(model.intercept_)[0]), link, used)


def _fit_logistic(fit: Fit) -> Fitted:
    from sklearn.linear_model import LogisticRegression

    l2, iterations = fit.number("l2", 1.0), fit.whole("iterations", 500)
    model = LogisticRegression(C=1 / l2 if l2 > 0 else np.inf, max_iter=iterations, random_state=fit.seed)
    note = _converged(fit, model, "raise `iterations`")
    return _linear(model, "logistic", {"l2": l2, "iterations": iterations, "iterations used": int(model.n_iter_[0]), **note})


def _fit_linear(fit: Fit) -> Fitted:
    from sklearn.linear_model import LinearRegression

    return _linear(LinearRegression().fit(fit.data.train.astype(np.float64), fit.data.train_label), "none", {})


def _fit_ridge(fit: Fit) -> Fitted:
    from sklearn.linear_model import Ridge

    l2 = fit.number("l2", 1.0)
    return _linear(Ridge(alpha=l2).fit(fit.data.train.astype(np.float64), fit.data.train_label), "none", {"l2": l2})


def _fit_lasso(fit: Fit) -> Fitted:
    from sklearn.linear_model import Lasso

    l1 = fit.number("l1", 0.01)
    model = Lasso(alpha=l1, max_iter=MOST_STEPS)
    note = _converged(fit, model, "raise `l1`")
    return _linear(model, "none", {"l1": l1, "weights kept": int(np.count_nonzero(model.coef_)), **note})


def _fit_elastic_net(fit: Fit) -> Fitted:
    from sklearn.linear_model import ElasticNet

    l1, l2 = fit.number("l1", 0.005), fit.number("l2", 0.005)
    total = l1 + l2
    model = ElasticNet(alpha=total, l1_ratio=l1 / total if total else 0.5, max_iter=MOST_STEPS)
    note = _converged(fit, model, "raise `l1`")
    return _linear(model, "none", {"l1": l1, "l2": l2, "weights kept": int(np.count_nonzero(model.coef_)), **note})


def _fit_poisson(fit: Fit) -> Fitted:
    from sklearn.linear_model import PoissonRegressor

    label = fit.data.train_label
    if label.min() < 0 or not label.any():
        found = f"it is {label.min():g} in some row" if label.min() < 0 else "it is 0 in every row"
        raise JobError(
            f"`poisson` of `{fit.node.name}` predicts counts, and the label is none: {found} of the training split.",
            "Predict a number that is never below 0, or use ridge.",
            fit.node.name,
        )
    l2, iterations = fit.number("l2", 0.001), fit.whole("iterations", 500)
    model = PoissonRegressor(alpha=l2, max_iter=iterations)
    note = _converged(fit, model, "raise `iterations`")
    return _linear(model, "exponential", {"l2": l2, "iterations": iterations, "iterations used": int(model.n_iter_), **note})


LINEAR: dict[str, Algorithm] = {
    "logistic": Algorithm(_fit_logistic, False, ("binary",), ("l2", "iterations"), has_odds=True),
    "linear": Algorithm(_fit_linear, False, ("regression",), ()),
    "ridge": Algorithm(_fit_ridge, False, ("regression",), ("l2",)),
    "lasso": Algorithm(_fit_lasso, False, ("regression",), ("l1",)),
    "elastic_net": Algorithm(_fit_elastic_net, False, ("regression",), ("l1", "l2")),
    "poisson": Algorithm(_fit_poisson, False, ("regression",), ("l2", "iterations")),
}
