"""Where a value stands among those of the training split, as scikit-learn's QuantileTransformer has it."""

from __future__ import annotations

import numpy as np

from ..onnx_graph import Value
from .operator import Array, Fitting, Lowering, State, Transform
from .piecewise import Piece, above, at_or_above, constant, fitted, in_order, lower_pieces
from .scaling import known_columns

#: Ranks nearer to an end than this count as the end, lest the normal distribution be infinite there.
TAIL = 1e-7
#: A cubic follows the inverse normal distribution to float32 over ranks of this ratio.
RATIO = 1.15
#: Between this rank and its mirror image it is steps of equal length instead.
CENTRE = 0.3


def _uniform(rank: Array) -> Array:
    return rank


def _normal(rank: Array) -> Array:
    from scipy.special import ndtri

    least = TAIL - np.spacing(1)
    answer: Array = np.clip(ndtri(np.clip(rank, 0, 1)), ndtri(least), ndtri(1 - least))
    return answer


def _rank_breaks(low: float, high: float) -> list[float]:
    """Ranks inside a stretch at which one cubic hands over to the next: close together where a tail is steep."""
    tail = [TAIL]
    while tail[-1] * RATIO < CENTRE:
        tail.append(tail[-1] * RATIO)
    breaks = [*tail, *np.linspace(CENTRE, 1 - CENTRE, 21), *(1 - rank for rank in reversed(tail))]
    return [float(rank) for rank in breaks if low < rank < high]


def _stretch(low: tuple[float, float], high: tuple[float, float], is_normal: bool) -> list[Piece]:
    """The open stretch between two values, along which the rank is a straight line."""
    (start, first), (end, last) = low, high
    slope = (last - first) / (end - start)
    shape, degree = (_normal, 3) if is_normal else (_uniform, 1)

    def answer(value: Array) -> Array:
        return shape(first + (value - start) * slope)

    breaks = [start + (rank - first) / slope for rank in _rank_breaks(first, last)] if is_normal else []
    starts, ends = [above(start), *breaks], [*breaks, end]
    return [fitted(place, until, degree, answer) for place, until in zip(starts, ends, strict=True)]


def pieces_of(known: Array, quantiles: int, is_normal: bool) -> list[Piece]:
    levels = np.linspace(0, 1, max(1, min(quantiles, len(known))))
    values = np.percentile(known, levels * 100)
    distinct, first = np.unique(values, return_index=True)
    last = np.append(first[1:], len(values)) - 1
    shape = _normal if is_normal else _uniform

    def flat(start: float, rank: float) -> Piece:
        return constant(start, float(shape(np.array(rank))))

    pieces = [flat(-np.inf, 0.0)]
    for index in range(len(distinct) - 1):
        place, rank = float(distinct[index]), float(levels[last[index]])
        if index > 0 and first[index] != last[index]:
            # A value that many rows share stands in the middle of its ranks.
            pieces.append(flat(at_or_above(place), float(levels[first[index]] + rank) / 2))
        pieces += _stretch((place, rank), (float(distinct[index + 1]), float(levels[first[index + 1]])), is_normal)
    least, most = float(distinct[0]), float(distinct[-1])
    margin = TAIL if is_normal else 0.0
    from_least = at_or_above(least + margin) if is_normal else above(least)
    to_most = max(above(most - margin) if is_normal else at_or_above(most), from_least)
    inner = [piece for piece in pieces[1:] if piece.start < to_most]
    # The piece that holds at the first place after the least value begins there.
    before = [piece for piece in inner if piece.start <= from_least]
    opening = [Piece(from_least, *_rest(before[-1]))] if before and from_least < to_most else []
    after = [piece for piece in inner if piece.start > from_least]
    return in_order([pieces[0], *opening, *after, flat(to_most, 1.0)])


def _rest(piece: Piece) -> tuple[float, float, tuple[float, ...]]:
    return piece.anchor, piece.scale, piece.coefficients


def _fit(at: Fitting) -> State:
    quantiles = int(at.arguments.get("quantiles", None, 1000))
    is_normal = at.arguments.get("output", None, "uniform") == "normal"
    return {"columns": [pieces_of(column, quantiles, is_normal) for column in known_columns(at)]}


def _lower(at: Lowering) -> Value:
    value = at.number(0)
    return at.result(lower_pieces(at.builder, value, at.state["columns"]), value)


QUANTILES: dict[str, Transform] = {"quantile_transform": Transform(_lower, _fit)}
