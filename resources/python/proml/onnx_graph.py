"""Builds an ONNX graph node by node, with names and bytes that depend on the plan and the fitted numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IR_VERSION = 10
OPSET = 21
OPSET_ML = 3
CONCAT_INPUTS = 7

#: How values travel inside the graph. A bool is a float of 0, 1 or NaN, so that null can be told from false.
Kind = Literal["float", "int", "string"]

_ELEMENT = {"float": TensorProto.FLOAT, "int": TensorProto.INT64, "string": TensorProto.STRING}
_INPUT = {
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "string": TensorProto.STRING,
    "bool": TensorProto.BOOL,
}


@dataclass(frozen=True)
class Value:
    """A tensor of the graph: `[rows, width]`, or `[1, width]` where `is_constant`."""

    name: str
    kind: Kind
    width: int
    is_constant: bool = False
    #: Of a probability: the tensor of its log-odds, where it was made from them. A float32 so near 0 or 1 has lost them.
    odds: str | None = None


class GraphBuilder:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._scope = ""
        self._taken: dict[str, int] = {}

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Names made inside start with the plan node's name, so that a viewer of the graph finds it."""
        before, self._scope = self._scope, name
        yield
        self._scope = before

    def _fresh(self, stem: str) -> str:
        base = f"{self._scope}/{stem}"
        count = self._taken.get(base, 0)
        self._taken[base] = count + 1
        return base if count == 0 else f"{base}_{count}"

    def input(self, name: str, tensor: str, width: int = 1) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, _INPUT[tensor], ["rows", width]))
        return name

    def value_input(self, name: str, kind: Kind, width: int) -> Value:
        self._inputs.append(helper.make_tensor_value_info(name, _ELEMENT[kind], ["rows", width]))
        return Value(name, kind, width)

    def output(self, name: str, value: Value) -> None:
        self.nodes.append(helper.make_node("Identity", [value.name], [name], name=f"{name}/output"))
        self._outputs.append(helper.make_tensor_value_info(name, _ELEMENT[value.kind], ["rows", value.width]))

    def constant(self, array: np.ndarray[Any, Any] | Sequence[str]) -> str:
        """An initializer; the same content is stored once."""
        values = np.asarray(array, dtype=object) if not isinstance(array, np.ndarray) else array
        content = "\x00".join(values.ravel()).encode() if values.dtype == object else values.tobytes()
        key = (str(values.dtype), values.shape, content)
        known = self._constants.get(key)
        if known is None:
            known = f"constant_{len(self._constants)}"
            self._constants[key] = known
            if values.dtype == object:
                encoded = [text.encode() for text in values.ravel()]
                self._initializers.append(helper.make_tensor(known, TensorProto.STRING, values.shape, encoded))
            else:
                self._initializers.append(numpy_helper.from_array(values, known))
        return known

    def floats(self, *values: float) -> str:
        """A row `[1, n]` of float32."""
        return self.constant(np.array([values], dtype=np.float32))

    def node(self, op: str, inputs: Sequence[str], domain: str = "", unread: int = 0, **attributes: Any) -> str:
        """The first output; `unread`: how many more the operator has that nothing reads."""
        output = self._fresh(op)
        outputs = [output, *(f"{output}/unread_{index}" for index in range(unread))]
        made = helper.make_node(op, list(inputs), outputs, name=output, domain=domain or None, **attributes)
        self.nodes.append(made)
        return output

    def probability(self, odds: str) -> Value:
        return Value(self.node("Sigmoid", [odds]), "float", 1, odds=odds)

    def to_float(self, value: Value) -> Value:
        if value.kind == "float":
            return value
        if value.kind == "string":
            raise TypeError(f"{value.name} is text")
        return Value(self.cast(value.name, TensorProto.FLOAT), "float", value.width, value.is_constant)

    def cast(self, name: str, element: int) -> str:
        return self.node("Cast", [name], to=element)

    def where_nan(self, condition: str, otherwise: str) -> str:
        return self.node("Where", [condition, self.floats(float("nan")), otherwise])

    def finite(self, name: str) -> str:
        """Infinity reads as null."""
        return self.where_nan(self.node("IsInf", [name]), name)

    def full(self, value: Value) -> Value:
        """A constant repeated for every row."""
        if not value.is_constant:
            return value
        if not self._inputs:
            raise ValueError("A graph without inputs has no rows.")
        rows = self.node("Shape", [self._inputs[0].name], start=0, end=1)
        shape = self.node("Concat", [rows, self.constant(np.array([1], dtype=np.int64))], axis=0)
        return Value(self.node("Expand", [value.name, shape]), value.kind, value.width)

    def matrix(self, values: Sequence[Value]) -> Value:
        """All values beside each other as float32."""
        parts = [self.full(self.to_float(value)) for value in values]
        width = sum(part.width for part in parts)
        if len(parts) == 1:
            return Value(self.node("Identity", [parts[0].name]), "float", width)
        return Value(self.beside([part.name for part in parts]), "float", width)

    def beside(self, names: Sequence[str]) -> str:
        """Matrices beside each other. WebGPU binds at most eight buffers to a kernel, the result among them, so many are joined in steps."""
        joined = list(names)
        while len(joined) > 1:
            groups = [joined[at : at + CONCAT_INPUTS] for at in range(0, len(joined), CONCAT_INPUTS)]
            joined = [group[0] if len(group) == 1 else self.node("Concat", group, axis=1) for group in groups]
        return joined[0]

    def model(self, name: str, metadata: dict[str, str] | None = None) -> bytes:
        graph = helper.make_graph(self.nodes, name, self._inputs, self._outputs, self._initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", OPSET_ML)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="proml", producer_version="0.1.0"
        )
        helper.set_model_props(model, dict(sorted((metadata or {}).items())))
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))
