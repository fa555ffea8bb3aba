"""Arithmetic, comparison, logic and elementary functions, with SQL's nulls: NaN is null, and so is any infinity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto

from ..onnx_graph import GraphBuilder, Value
from .operator import Lowering, Transform

FLOAT = TensorProto.FLOAT


def _literal(at: Lowering) -> Value:
    value = at.arguments.need("value")
    if isinstance(value, str):
        return Value(at.builder.constant(np.array([[value]], dtype=object)), "string", 1, True)
    return Value(at.builder.floats(float(value)), "float", 1, True)


def _binary(op: str, *, can_overflow: bool = False, **attributes: Any) -> Transform:
    def lower(at: Lowering) -> Value:
        left, right = at.number(0), at.number(1)
        name = at.builder.node(op, [left.name, right.name], **attributes)
        return at.result(at.builder.finite(name) if can_overflow else name, left, right)

    return Transform(lower)


def _unary(write: Callable[[GraphBuilder, str], str]) -> Transform:
    def lower(at: Lowering) -> Value:
        value = at.number(0)
        return at.result(write(at.builder, value.name), value)

    return Transform(lower)


def _either_null(builder: GraphBuilder, left: Value, right: Value) -> str:
    return builder.node("Or", [builder.node("IsNaN", [left.name]), builder.node("IsNaN", [right.name])])


def _comparison(op: str, *, is_negated: bool = False) -> Transform:
    def lower(at: Lowering) -> Value:
        builder = at.builder
        is_text = any(value.kind == "string" for value in at.inputs[:2])
        if is_text and op == "Equal" and all(value.kind == "string" for value in at.inputs[:2]):
            left, right = at.inputs[0], at.inputs[1]
        else:
            left, right = at.number(0), at.number(1)
        test = builder.node(op, [left.name, right.name])
        if is_negated:
            test = builder.node("Not", [test])
        answer = builder.cast(test, FLOAT)
        if not is_text:
            answer = builder.where_nan(_either_null(builder, left, right), answer)
        return at.result(answer, left, right)

    return Transform(lower)


def _all_of(at: Lowering) -> Value:
    # The product is 1, 0 or NaN; a single false decides, whatever else is unknown.
    return _fold(at, "Mul", 0.0)


def _any_of(at: Lowering) -> Value:
    # The greater of two known values; their sum is NaN if either is unknown, and a single true decides.
    return _fold(at, "Add", 1.0)


def _fold(at: Lowering, op: str, deciding: float) -> Value:
    builder = at.builder
    decided = builder.floats(deciding)
    result = at.number(0)
    for position in range(1, len(at.inputs)):
        right = at.number(position)
        is_decided = builder.node(
            "Or",
            [
                builder.node("Equal", [result.name, decided]),
                builder.node("Equal", [right.name, decided]),
            ],
        )
        combined = builder.node(op, [result.name, right.name])
        result = at.result(builder.node("Where", [is_decided, decided, combined]), result, right)
    return result


def _if(at: Lowering) -> Value:
    builder = at.builder
    condition = at.number(0)
    is_text = at.inputs[1].kind == "string" and at.inputs[2].kind == "string"
    then, otherwise = (at.inputs[1], at.inputs[2]) if is_text else (at.number(1), at.number(2))
    test = builder.node("Equal", [condition.name, builder.floats(1.0)])
    name = builder.node("Where", [test, then.name, otherwise.name])
    return at.result(name, condition, then, otherwise, kind="string" if is_text else "float")


def is_missing(builder: GraphBuilder, value: Value) -> str:
    """A bool tensor: NaN, or the empty text that stands for a missing one. Integers are never missing."""
    if value.kind == "string":
        return builder.node("Equal", [value.name, builder.constant(np.array([[""]], dtype=object))])
    return builder.node("IsNaN", [builder.to_float(value).name])


def _coalesce(at: Lowering) -> Value:
    builder = at.builder
    is_text = all(value.kind == "string" for value in at.inputs)
    values = list(at.inputs) if is_text else [at.number(i) for i in range(len(at.inputs))]
    result = values[-1]
    for value in reversed(values[:-1]):
        name = builder.node("Where", [is_missing(builder, value), result.name, value.name])
        result = at.result(name, value, result, kind=value.kind)
    return result


def _is_null(at: Lowering) -> Value:
    value = at.inputs[0]
    return at.result(at.builder.cast(is_missing(at.builder, value), FLOAT), value)


def _bounded(builder: GraphBuilder, value: str, low: str | None, high: str | None) -> str:
    # Not Clip: what it makes of NaN differs between engines. Comparisons with NaN are false everywhere.
    if high is not None:
        value = builder.node("Where", [builder.node("Greater", [value, high]), high, value])
    if low is not None:
        value = builder.node("Where", [builder.node("Less", [value, low]), low, value])
    return value


def _clip(at: Lowering) -> Value:
    value = at.number(0)
    low, high = at.arguments.get("low", 1), at.arguments.get("high", 2)
    bounds = [None if bound is None else at.builder.floats(float(bound)) for bound in (low, high)]
    return at.result(_bounded(at.builder, value.name, bounds[0], bounds[1]), value)


def _extreme(comparison: str) -> Transform:
    """The least or greatest of the known values, as SQL's `least` and `greatest`: null only if all are."""

    def lower(at: Lowering) -> Value:
        builder = at.builder
        result = at.number(0)
        for position in range(1, len(at.inputs)):
            right = at.number(position)
            is_right = builder.node(
                "Or", [builder.node(comparison, [right.name, result.name]), builder.node("IsNaN", [result.name])]
            )
            result = at.result(builder.node("Where", [is_right, right.name, result.name]), result, right)
        return result

    return Transform(lower)


def _round(at: Lowering) -> Value:
    # Half away from zero, as SQL rounds; ONNX's Round goes half to even.
    builder, value = at.builder, at.number(0)
    digits = int(at.arguments.get("digits", 1, 0) or 0)
    name = value.name
    if digits:
        name = builder.node("Mul", [name, builder.floats(10.0**digits)])
    up = builder.node("Floor", [builder.node("Add", [builder.node("Abs", [name]), builder.floats(0.5)])])
    name = builder.node("Mul", [builder.node("Sign", [name]), up])
    if digits:
        name = builder.node("Div", [name, builder.floats(10.0**digits)])
    return at.result(name, value)


def _cyclic(at: Lowering) -> Value:
    builder, value = at.builder, at.number(0)
    period = float(at.arguments.need("period", 1))
    # Reduced before the sine, so that large values keep their precision in float32. Without Mod, for which WebGPU has no
    # kernel: onnxruntime-web 1.30 then divides what an older buffer holds.
    whole = builder.node("Floor", [builder.node("Div", [value.name, builder.floats(period)])])
    rest = builder.node("Sub", [value.name, builder.node("Mul", [whole, builder.floats(period)])])
    turn = builder.node("Div", [rest, builder.floats(period)])
    angle = builder.node("Mul", [turn, builder.floats(2 * np.pi)])
    pair = builder.node("Concat", [builder.node("Sin", [angle]), builder.node("Cos", [angle])], axis=1)
    return at.result(pair, value, width=2 * value.width)


def _log1p(builder: GraphBuilder, value: str) -> str:
    return builder.finite(builder.node("Log", [builder.node("Add", [value, builder.floats(1.0)])]))


def _ceil(builder: GraphBuilder, value: str) -> str:
    return builder.node("Ceil", [value])


ARITHMETIC: dict[str, Transform] = {
    "literal": Transform(_literal),
    "+": _binary("Add", can_overflow=True),
    "-": _binary("Sub", can_overflow=True),
    "*": _binary("Mul", can_overflow=True),
    "/": _binary("Div", can_overflow=True),
    "%": _binary("Mod", fmod=1),
    "pow": _binary("Pow", can_overflow=True),
    "neg": _unary(lambda builder, value: builder.node("Neg", [value])),
    "=": _comparison("Equal"),
    "!=": _comparison("Equal", is_negated=True),
    "<": _comparison("Less"),
    "<=": _comparison("LessOrEqual"),
    ">": _comparison("Greater"),
    ">=": _comparison("GreaterOrEqual"),
    "and": Transform(_all_of),
    "or": Transform(_any_of),
    "not": _unary(lambda builder, value: builder.node("Sub", [builder.floats(1.0), value])),
    "if": Transform(_if),
    "coalesce": Transform(_coalesce),
    "is_null": Transform(_is_null),
    "log": _unary(lambda builder, value: builder.finite(builder.node("Log", [value]))),
    "ln": _unary(lambda builder, value: builder.finite(builder.node("Log", [value]))),
    "log1p": _unary(_log1p),
    "exp": _unary(lambda builder, value: builder.finite(builder.node("Exp", [value]))),
    "sqrt": _unary(lambda builder, value: builder.node("Sqrt", [value])),
    "abs": _unary(lambda builder, value: builder.node("Abs", [value])),
    "sign": _unary(lambda builder, value: builder.node("Sign", [value])),
    "floor": _unary(lambda builder, value: builder.node("Floor", [value])),
    "ceil": _unary(_ceil),
    "sin": _unary(lambda builder, value: builder.node("Sin", [value])),
    "cos": _unary(lambda builder, value: builder.node("Cos", [value])),
    "round": Transform(_round),
    "clip": Transform(_clip),
    "least": _extreme("Less"),
    "greatest": _extreme("Greater"),
    "cyclic": Transform(_cyclic),
}
