"""Hyperparameter search: optuna's samplers, seeded, judged on the valid split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .algorithms.algorithm import Fitted
from .answers import join, python_outputs
from .dataset import Split
from .errors import JobError
from .events import Events
from .fitting import Prepared, fit_algorithm, prepare
from .plan import Node, Plan, Search, Tune
from .statistics import metric

Params = Mapping[str, Mapping[str, Any]]


def tuned_nodes(plan: Plan) -> dict[str, dict[str, Tune]]:
    return {node.name: node.tuned() for node in plan.nodes if node.tuned()}


def defaults(plan: Plan) -> dict[str, dict[str, Any]]:
    return {
        name: {key: tune.default for key, tune in params.items()} for name, params in tuned_nodes(plan).items()
    }


def score_output(plan: Plan) -> str:
    """The output that metrics judge: the first that is no class."""
    return next((output.name for output in plan.outputs if output.fn != "class"), plan.outputs[0].name)


def _suggest(trial: Any, name: str, tune: Tune) -> Any:
    if tune.choices is not None:
        return trial.suggest_categorical(name, list(tune.choices))
    if tune.is_integer:
        return trial.suggest_int(name, int(tune.low), int(tune.high), log=tune.is_log)
    return trial.suggest_float(name, tune.low, tune.high, log=tune.is_log)


def _changes_transforms(plan: Plan) -> bool:
    return any(node.role == "transform" and node.tuned() for node in plan.nodes)


class Trials:
    """Fits for one set of hyperparameters after another; what a trial does not change is fitted once."""

    def __init__(self, plan: Plan, splits: Mapping[str, Split], prepared: Prepared, threads: int, events: Events) -> None:
        self._plan, self._splits, self._prepared = plan, splits, prepared
        self._threads, self._events = threads, events
        self._fixed: dict[str, Fitted] = {}

    def _fit(self, plan: Plan, node: Node, prepared: Prepared) -> Fitted:
        return fit_algorithm(node, plan, prepared, self._splits, self._threads, self._events.check)

    def value(self, params: Params, name: str) -> float:
        plan = self._plan.with_params(params)
        is_new = _changes_transforms(self._plan)
        prepared = prepare(plan, self._splits, self._threads, self._events.check) if is_new else self._prepared
        fitted: dict[str, Fitted] = {}
        for node in plan.nodes:
            if node.role != "algorithm":
                continue
            if is_new or node.name in params:
                fitted[node.name] = self._fit(plan, node, prepared)
            else:
                if node.name not in self._fixed:
                    self._fixed[node.name] = self._fit(plan, node, prepared)
                fitted[node.name] = self._fixed[node.name]
        valid = self._splits["valid"]
        joined = join(plan, prepared, fitted, valid)
        outputs = python_outputs(plan, prepared, fitted, joined, "valid", valid)
        return metric(name, plan.task, valid.label, outputs[score_output(plan)])


def _sampler(wanted: Search, seed: int) -> Any:
    import optuna

    if wanted.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed)


def search(
    plan: Plan, wanted: Search, splits: Mapping[str, Split], prepared: Prepared, threads: int, events: Events,
    progress: tuple[float, float],
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The best hyperparameters by node, and every trial."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction=wanted.direction, sampler=_sampler(wanted, plan.seed))
    runner = Trials(plan, splits, prepared, threads, events)
    tuned = tuned_nodes(plan)
    sign = 1.0 if wanted.direction == "maximize" else -1.0
    best: tuple[float, dict[str, dict[str, Any]]] | None = None
    trials: list[dict[str, Any]] = []
    start, end = progress
    for number in range(wanted.trials):
        told = "" if best is None else f" · best {wanted.metric} {best[0]:.4f}"
        events.progress(start + (end - start) * number / wanted.trials, f"Trial {number + 1} of {wanted.trials}{told}")
        trial = study.ask()
        params = {
            node: {key: _suggest(trial, f"{node}.{key}", tune) for key, tune in names.items()}
            for node, names in tuned.items()
        }
        value = runner.value(params, wanted.metric)
        if not math.isfinite(value):
            raise JobError(f"`{wanted.metric}` of trial {number + 1} is not a number.", "Search another metric.")
        study.tell(trial, value)
        flat = {f"{node}.{key}": setting for node, names in params.items() for key, setting in names.items()}
        record = {"number": number, "params": flat, "value": value, "state": "complete"}
        trials.append(record)
        events.emit("trial", **record)
        events.metric(f"search.{wanted.metric}", number + 1, value, number)
        if best is None or sign * value > sign * best[0]:
            best = (value, params)
    if best is None:
        raise JobError("A search of no trials finds nothing.", "Write `search 20 trials …`.")
    return best[1], trials
