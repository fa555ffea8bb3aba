"""Small drawings of curves as SVG: on a card of their own, so that they read on a light page and on a dark one."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

Point = tuple[float, float]

_side = 168
_left, _top, _bottom = 34, 26, 32


def _xy(point: Point) -> str:
    x, y = (min(1.0, max(0.0, value)) for value in point)
    return f"{_left + x * _side:.1f},{_top + (1 - y) * _side:.1f}"


def _frame(title: str, across: str, up: str, inside: str) -> str:
    width, height = _left + _side + 14, _top + _side + _bottom
    right, base, middle = _left + _side, _top + _side, _left + _side / 2
    text = 'font-family="system-ui, sans-serif" font-size="10" fill="#565f6d"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}">'
        f"<title>{escape(title)}</title>"
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6" fill="#ffffff" stroke="#c3c9d2"/>'
        f'<rect x="{_left}" y="{_top}" width="{_side}" height="{_side}" fill="none" stroke="#c3c9d2"/>'
        f'<text x="{_left}" y="17" font-family="system-ui, sans-serif" font-size="11.5" font-weight="600" '
        f'fill="#1b1f27">{escape(title)}</text>'
        f'<text x="{middle}" y="{base + 25}" text-anchor="middle" {text}>{escape(across)}</text>'
        f'<text x="{_left}" y="{base + 13}" {text}>0</text>'
        f'<text x="{right}" y="{base + 13}" text-anchor="end" {text}>1</text>'
        f'<text x="{_left - 5}" y="{base}" text-anchor="end" {text}>0</text>'
        f'<text x="{_left - 5}" y="{_top + 8}" text-anchor="end" {text}>1</text>'
        f'<text transform="translate(14 {_top + _side / 2}) rotate(-90)" text-anchor="middle" {text}>{escape(up)}</text>'
        f"{inside}</svg>"
    )


def _diagonal() -> str:
    return f'<polyline points="{_xy((0, 0))} {_xy((1, 1))}" stroke="#9aa2ae" stroke-dasharray="3 3"/>'


def line_chart(title: str, points: Sequence[Point], across: str, up: str, diagonal: bool = False) -> str:
    """A curve between 0 and 1 on both axes."""
    path = " ".join(_xy(point) for point in points)
    inside = f'{_diagonal() if diagonal else ""}<polyline points="{path}" fill="none" stroke="#0b66c3" stroke-width="1.6"/>'
    return _frame(title, across, up, inside)


def calibration_chart(bins: Sequence[dict[str, Any]]) -> str:
    """How often it was true where a probability was predicted; on the diagonal where the model means what it says."""
    points = [(each["predicted"], each["observed"]) for each in bins]
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="2.6" fill="#0b66c3"/>' for x, y in (_xy(point).split(",") for point in points)
    )
    path = " ".join(_xy(point) for point in points)
    line = f'<polyline points="{path}" fill="none" stroke="#0b66c3" stroke-width="1.2"/>'
    return _frame("Calibration", "predicted", "observed", f"{_diagonal()}{line}{dots}")


def picture(svg: str, alternative: str) -> str:
    """A drawing inside HTML: as an image it can neither run scripts nor load anything."""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{escape(alternative)}" src="data:image/svg+xml;base64,{data}">'
