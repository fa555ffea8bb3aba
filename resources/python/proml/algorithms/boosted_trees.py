"""Boosted trees: fitted by XGBoost, written as ONNX from the booster's own JSON.

XGBoost goes left where `x < threshold` with both in float32, so BRANCH_LT with the same float32 is exact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..onnx_graph import GraphBuilder, Value
from ..onnx_trees import TreeTable
from .algorithm import Algorithm, Array, Fit, Fitted


def base_margin(learner: Mapping[str, Any]) -> float:
    """The score that the trees are added to. XGBoost 3 stores `base_score` as the text of a vector, earlier ones as
    the text of a number; for a logistic objective it is a probability."""
    text = str(learner["learner_model_param"]["base_score"]).strip("[]")
    value = float(text.split(",")[0])
    if learner["objective"]["name"] == "binary:logistic":
        return float(np.log(value / (1 - value)))
    return value


def tree_table(booster: Mapping[str, Any]) -> TreeTable:
    """The trees of the JSON of a booster with one target."""
    table = TreeTable()
    for number, tree in enumerate(booster["learner"]["gradient_booster"]["model"]["trees"]):
        if any(tree["split_type"]):
            raise ValueError("categorical splits are not written to ONNX")
        for node, left in enumerate(tree["left_children"]):
            value = float(np.float32(tree["split_conditions"][node]))
            if left == -1:
                table.leaf(number, node, [(0, value)])
                continue
            table.branch(
                number,
                node,
                tree["split_indices"][node],
                "BRANCH_LT",
                value,
                left,
                tree["right_children"][node],
                missing_is_yes=bool(tree["default_left"][node]),
            )
    return table


@dataclass(frozen=True)
class BoostedTrees:
    raw: bytes
    threads: int
    is_logistic: bool
    used: Mapping[str, Any]

    def predict(self, matrix: Array) -> Array:
        import xgboost

        booster = xgboost.Booster({"nthread": self.threads}, model_file=bytearray(self.raw))
        rows = xgboost.DMatrix(matrix, nthread=self.threads)
        # The margin: XGBoost's own probability is a float32, which near 1 no longer knows its log-odds.
        score = np.asarray(booster.predict(rows, output_margin=True), dtype=np.float64)
        return 1 / (1 + np.exp(-score)) if self.is_logistic else score

    def lower(self, builder: GraphBuilder, matrix: Value) -> Value:
        booster = json.loads(self.raw)
        score = tree_table(booster).lower(builder, matrix.name, 1, [base_margin(booster["learner"])])
        return builder.probability(score) if self.is_logistic else Value(score, "float", 1)

    def describe(self) -> Mapping[str, Any]:
        return self.used


#: Metric of XGBoost → ours.
_WATCHED = {"logloss": "log_loss", "rmse": "rmse"}


def _fit(fit: Fit) -> Fitted:
    import xgboost

    class Watch(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            fit.check()
            if fit.watch is not None:
                for split, metrics in evals_log.items():
                    for name, values in metrics.items():
                        fit.watch(f"{fit.node.name}.{split}.{_WATCHED[name]}", epoch + 1, float(values[-1]))
            return False

    is_logistic = fit.task == "binary"
    used = {
        "rounds": fit.whole("rounds", 200),
        "depth": fit.whole("depth", 6),
        "rate": fit.number("rate", 0.1),
        "min_weight": fit.number("min_weight", 1.0),
        "subsample": fit.number("subsample", 1.0),
        "columns": fit.number("columns", 1.0),
        "l1": fit.number("l1", 0.0),
        "l2": fit.number("l2", 1.0),
    }
    parameters = {
        "objective": "binary:logistic" if is_logistic else "reg:squarederror",
        "eval_metric": "logloss" if is_logistic else "rmse",
        "tree_method": "hist",
        "max_depth": used["depth"],
        "eta": used["rate"],
        "min_child_weight": used["min_weight"],
        "subsample": used["subsample"],
        "colsample_bytree": used["columns"],
        "alpha": used["l1"],
        "lambda": used["l2"],
        "seed": fit.seed,
        "nthread": fit.threads,
        "verbosity": 0,
    }
    train = fit.data.kept.get("DMatrix")
    if train is None:
        train = xgboost.DMatrix(fit.data.train, label=fit.data.train_label, nthread=fit.threads)
        fit.data.kept["DMatrix"] = train
    watched = []
    if fit.watch is not None:
        valid = xgboost.DMatrix(fit.data.valid, label=fit.data.valid_label, nthread=fit.threads)
        watched = [(train, "train"), (valid, "valid")]
    booster = xgboost.train(parameters, train, int(used["rounds"]), evals=watched, callbacks=[Watch()], verbose_eval=False)
    return BoostedTrees(bytes(booster.save_raw("json")), fit.threads, is_logistic, used)


BOOSTED_TREES = Algorithm(
    _fit,
    True,
    ("binary", "regression"),
    ("depth", "rate", "rounds", "min_weight", "subsample", "columns", "l1", "l2"),
    has_odds=True,
)
