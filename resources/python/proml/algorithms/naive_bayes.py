"""Gaussian naive Bayes of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..onnx_graph import GraphBuilder, Value
from .algorithm import Algorithm, Array, Fit, Fitted


@dataclass(frozen=True)
class NaiveBayes:
    """Rows no and yes: mean and variance of each column. `prior`: the log-odds of yes before any column is known."""

    mean: Array
    variance: Array
    prior: float
    used: Mapping[str, Any]

    def predict(self, matrix: Array) -> Array:
        from scipy.special import expit

        distance = [(matrix.astype(np.float64) - self.mean[k]) ** 2 / self.variance[k] for k in (0, 1)]
        spread = np.log(self.variance[0] / self.variance[1]).sum()
        answer: Array = expit(self.prior + 0.5 * (spread + (distance[0] - distance[1]).sum(axis=1)))
        return answer

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        # a² − b² as (a − b)(a + b), column by column and about a centre, so that float32 keeps what tells them apart.
        centre = self.mean.mean(axis=0).astype(np.float32)
        scale = 1 / np.sqrt(self.variance)
        shift = (self.mean - centre.astype(np.float64)) * scale
        near = builder.node("Sub", [matrix.name, builder.floats(*centre)])

        def line(slope: Array, offset: Array) -> str:
            return builder.node("Sub", [builder.node("Mul", [near, builder.floats(*slope)]), builder.floats(*offset)])

        difference = line(scale[0] - scale[1], shift[0] - shift[1])
        total = line(scale[0] + scale[1], shift[0] + shift[1])
        axes = builder.constant(np.array([1], dtype=np.int64))
        evidence = builder.node("ReduceSum", [builder.node("Mul", [difference, total]), axes], keepdims=1)
        always = self.prior + 0.5 * float(np.log(self.variance[0] / self.variance[1]).sum())
        half = builder.node("Mul", [evidence, builder.floats(0.5)])
        return builder.probability(builder.node("Add", [half, builder.floats(always)]))

    def describe(self) -> Mapping[str, Any]:
        return self.used


def _fit(fit: Fit) -> Fitted:
    from sklearn.naive_bayes import GaussianNB

    smoothing = fit.number("smoothing", 1e-9)
    # A variance of nothing would make a column decide alone.
    model = GaussianNB(var_smoothing=max(smoothing, 1e-12)).fit(fit.data.train.astype(np.float64), fit.data.train_label)
    prior = float(np.log(model.class_prior_[1] / model.class_prior_[0]))
    return NaiveBayes(model.theta_, model.var_, prior, {"smoothing": smoothing})


NAIVE_BAYES = Algorithm(_fit, False, ("binary",), ("smoothing",), has_odds=True)
