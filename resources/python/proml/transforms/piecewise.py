"""A function of one number in pieces, each a polynomial, found by a tree: no row needs more than its own piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..onnx_graph import GraphBuilder, Value
from ..onnx_trees import TreeTable
from .operator import Array

INFINITY = np.float32(np.inf)


def at_or_above(value: float) -> float:
    """The least float32 that is not below the value."""
    near = np.float32(value)
    return float(near if float(near) >= value else np.nextafter(near, INFINITY))


def above(value: float) -> float:
    """The least float32 above the value."""
    near = np.float32(value)
    return float(near if float(near) > value else np.nextafter(near, INFINITY))


def at_or_below(value: float) -> float:
    """The greatest float32 that is not above the value."""
    near = np.float32(value)
    return float(near if float(near) <= value else np.nextafter(near, -INFINITY))


@dataclass(frozen=True)
class Piece:
    """From `start` (a float32) to the next piece: a polynomial of `t = (x − anchor) · scale`, lowest power first."""

    start: float
    anchor: float
    scale: float
    coefficients: tuple[float, ...]


def constant(start: float, value: float) -> Piece:
    return Piece(start, 0.0, 0.0, (value,))


def fitted(start: float, end: float, degree: int, answer: Callable[[Array], Array]) -> Piece:
    """The polynomial through `degree + 1` places of a smooth function. What float32 rounds off the anchor and the scale
    is made up for by the coefficients."""
    anchor = at_or_above(start)
    # At least as wide as two neighbours are apart, and not so narrow that the scale is infinite.
    width = max(end - anchor, float(np.abs(np.spacing(np.float32(anchor)))), 1e-37)
    scale = float(np.float32(1 / width))
    places = (1 - np.cos(np.pi * np.arange(degree + 1) / degree)) / 2
    powers = np.vander(places, degree + 1, increasing=True)
    coefficients = np.linalg.solve(powers, answer(anchor + places / scale))
    return Piece(anchor, anchor, scale, tuple(float(c) for c in coefficients))


def in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Without those in which no float32 lies: of two that start at one place the later holds."""
    kept: list[Piece] = []
    for piece in pieces:
        while kept and kept[-1].start >= piece.start:
            kept.pop()
        kept.append(piece)
    return kept


def _grow(table: TreeTable, tree: int, pieces: Sequence[Piece], weigh: Callable[[Piece], list[tuple[int, float]]]) -> None:
    """A balanced tree: the left half where the value is below the start of the right one."""
    free = 1

    def grow(node: int, low: int, high: int) -> None:
        nonlocal free
        if high - low == 1:
            table.leaf(tree, node, weigh(pieces[low]))
            return
        middle = (low + high) // 2
        yes, no = free, free + 1
        free += 2
        table.branch(tree, node, tree, "BRANCH_LT", pieces[middle].start, yes, no)
        grow(yes, low, middle)
        grow(no, middle, high)

    grow(0, 0, len(pieces))


def lower_pieces(builder: GraphBuilder, value: Value, columns: Sequence[Sequence[Piece]]) -> str:
    """Column by column; missing stays missing."""
    width = value.width
    terms = max(len(piece.coefficients) for pieces in columns for piece in pieces)
    table = TreeTable()
    for column, pieces in enumerate(columns):

        def weigh(piece: Piece, column: int = column) -> list[tuple[int, float]]:
            numbers = (piece.anchor, piece.scale, *piece.coefficients)
            return [(part * width + column, number) for part, number in enumerate(numbers)]

        _grow(table, column, pieces, weigh)
    found = table.lower(builder, value.name, (2 + terms) * width)

    def part(index: int) -> str:
        bounds = [builder.constant(np.array([at], dtype=np.int64)) for at in (index * width, (index + 1) * width, 1)]
        return builder.node("Slice", [found, *bounds])

    place = builder.node("Mul", [builder.node("Sub", [value.name, part(0)]), part(1)])
    answer = part(1 + terms)
    for index in range(terms - 1, 0, -1):
        answer = builder.node("Add", [builder.node("Mul", [answer, place]), part(1 + index)])
    return builder.where_nan(builder.node("IsNaN", [value.name]), answer)
