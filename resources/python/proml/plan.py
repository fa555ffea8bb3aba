"""The model plan as the checker writes it (`shared/plan/plan.ts`), read into typed records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Tensor = Literal["float32", "int64", "string", "bool"]
Role = Literal["transform", "algorithm", "combinator"]


@dataclass(frozen=True)
class Use:
    name: str
    type: str
    tensor: Tensor
    is_nullable: bool
    #: How many numbers a vector has; 0 for what is no vector.
    length: int = 0

    @property
    def width(self) -> int:
        return self.length or 1


@dataclass(frozen=True)
class Tune:
    """A hyperparameter to be searched: a range or a set of choices."""

    low: float
    high: float
    is_log: bool
    is_integer: bool
    choices: tuple[Any, ...] | None

    @property
    def default(self) -> Any:
        """What a fit without a search takes: the first choice, or the middle of the range."""
        if self.choices is not None:
            return self.choices[0]
        middle = (self.low * self.high) ** 0.5 if self.is_log else (self.low + self.high) / 2
        return round(middle) if self.is_integer else middle


@dataclass(frozen=True)
class Node:
    name: str
    op: str
    role: Role
    inputs: tuple[str, ...]
    params: Mapping[str, Any]
    type: str

    def tuned(self) -> dict[str, Tune]:
        return {name: value for name, value in self.params.items() if isinstance(value, Tune)}

    def with_params(self, params: Mapping[str, Any]) -> Node:
        return replace(self, params={**self.params, **params})


@dataclass(frozen=True)
class Output:
    name: str
    node: str
    fn: Literal["probability", "class", "value"]


@dataclass(frozen=True)
class Search:
    trials: int
    direction: Literal["maximize", "minimize"]
    metric: str
    sampler: Literal["tpe", "random"] = "tpe"


@dataclass(frozen=True)
class Plan:
    namespace: str
    model: str
    label: str
    label_type: str
    task: str
    uses: tuple[Use, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    search: Search | None
    seed: int

    def node(self, name: str) -> Node | None:
        return next((node for node in self.nodes if node.name == name), None)

    def use(self, name: str) -> Use | None:
        return next((use for use in self.uses if use.name == name), None)

    def with_params(self, params: Mapping[str, Mapping[str, Any]]) -> Plan:
        """The plan with the hyperparameters of some nodes set."""
        nodes = tuple(node.with_params(params.get(node.name, {})) for node in self.nodes)
        return replace(self, nodes=nodes)


def _param(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
    if value["tune"] == "choices":
        return Tune(0, 0, False, False, tuple(value["choices"]))
    return Tune(value["low"], value["high"], bool(value["isLog"]), bool(value["isInteger"]), None)


def read_plan(data: Mapping[str, Any]) -> Plan:
    label = data.get("label")
    train = data["train"]
    search = train.get("search")
    return Plan(
        namespace=data.get("namespace", ""),
        model=data["model"],
        label="" if label is None else label["name"],
        label_type="" if label is None else label["type"],
        task="" if label is None else label["task"],
        uses=tuple(Use(u["name"], u["type"], u["tensor"], bool(u["isNullable"]), int(u.get("width") or 0)) for u in data["uses"]),
        nodes=tuple(
            Node(
                n["name"],
                n["op"],
                n["role"],
                tuple(n["inputs"]),
                {key: _param(value) for key, value in n["params"].items()},
                n["type"],
            )
            for n in data["nodes"]
        ),
        outputs=tuple(Output(o["name"], o["node"], o["fn"]) for o in data["outputs"]),
        search=None if search is None else Search(
            search["trials"], search["direction"], search["metric"], train.get("sampler", "tpe")
        ),
        seed=int(train["seed"]),
    )
