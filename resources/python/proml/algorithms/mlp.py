"""A neural network of fully connected layers, fitted by scikit-learn's Adam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..onnx_graph import GraphBuilder, Value
from ..statistics import log_loss, regression_metrics
from .algorithm import Algorithm, Array, Fit, Fitted


@dataclass(frozen=True)
class Network:
    weights: Sequence[Array]
    biases: Sequence[Array]
    is_logistic: bool
    used: Mapping[str, Any]

    def predict(self, matrix: Array) -> Array:
        from scipy.special import expit

        value: Array = matrix.astype(np.float64)
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            value = value @ weight + bias
            if index < len(self.weights) - 1:
                value = np.maximum(value, 0)
        score: Array = value.reshape(-1)
        return expit(score) if self.is_logistic else score

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        name = matrix.name
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            numbers = [builder.constant(part.astype(np.float32)) for part in (weight, bias)]
            name = builder.node("Gemm", [name, *numbers])
            if index < len(self.weights) - 1:
                name = builder.node("Relu", [name])
        return builder.probability(name) if self.is_logistic else Value(name, "float", 1)

    def describe(self) -> Mapping[str, Any]:
        return self.used


def _watch(fit: Fit, network: Network, epoch: int) -> None:
    if fit.watch is None:
        return
    for split, matrix, label in (
        ("train", fit.data.train, fit.data.train_label),
        ("valid", fit.data.valid, fit.data.valid_label),
    ):
        answer = network.predict(matrix)
        name = "log_loss" if network.is_logistic else "rmse"
        value = log_loss(label, answer) if network.is_logistic else regression_metrics(label, answer)["rmse"]
        fit.watch(f"{fit.node.name}.{split}.{name}", epoch, value)


def _fit(fit: Fit) -> Fitted:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    is_logistic = fit.task == "binary"
    used = {
        "layers": fit.whole("layers", 2),
        "units": fit.whole("units", 32),
        "rate": fit.number("rate", 0.001),
        "l2": fit.number("l2", 0.0001),
        "epochs": fit.whole("epochs", 30),
        "batch": fit.whole("batch", 200),
    }
    label = fit.data.train_label
    # Learnt about its mean and by its spread; a step is then of the right size whatever the label counts.
    middle, spread = (0.0, 1.0) if is_logistic else (float(label.mean()), float(label.std()) or 1.0)
    make = MLPClassifier if is_logistic else MLPRegressor
    model = make(
        hidden_layer_sizes=(int(used["units"]),) * int(used["layers"]),
        learning_rate_init=used["rate"],
        alpha=used["l2"],
        batch_size=min(int(used["batch"]), len(label)),
        # One stream of random numbers for all epochs: a number would shuffle each of them alike.
        random_state=np.random.RandomState(fit.seed),
    )
    matrix = fit.data.train.astype(np.float64)
    more = {"classes": [0.0, 1.0]} if is_logistic else {}

    def network() -> Network:
        weights, biases = list(model.coefs_), list(model.intercepts_)
        weights[-1], biases[-1] = weights[-1] * spread, biases[-1] * spread + middle
        return Network(weights, biases, is_logistic, used)

    for epoch in range(int(used["epochs"])):
        fit.check()
        model.partial_fit(matrix, label if is_logistic else (label - middle) / spread, **more)
        _watch(fit, network(), epoch + 1)
    return network()


MLP = Algorithm(_fit, False, ("binary", "regression"), ("layers", "units", "rate", "l2", "epochs", "batch"), has_odds=True)
