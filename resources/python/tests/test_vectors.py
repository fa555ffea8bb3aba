from __future__ import annotations

import unittest
from typing import Any

import numpy as np

from .support import SEED, apply, column

WIDTH = 3
#: Transforms of one value that work place by place, with their parameters.
PLACEWISE: list[tuple[str, dict[str, Any]]] = [
    *((op, {}) for op in ("standardize", "min_max", "robust_scale", "neg", "abs", "floor", "ceil", "exp", "log1p", "ln", "sqrt", "is_null")),
    ("quantile_transform", {"quantiles": 20}),
    ("quantile_transform", {"quantiles": 20, "output": "normal"}),
    ("impute", {"strategy": "mean"}),
    ("impute", {"strategy": "median"}),
    ("impute", {"strategy": "most_frequent"}),
    ("impute", {"value": 2.5}),
    ("clip", {"low": -0.5, "high": 0.5}),
    ("round", {"digits": 1}),
]
PAIRS = ("+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">=", "coalesce")


def vectors(rows: int = 60) -> np.ndarray[Any, Any]:
    values = np.random.default_rng(SEED).normal(size=(rows, WIDTH)).round(2).astype(np.float32)
    values[::7] = np.nan
    return values


def beside(parts: list[list[list[float]]]) -> list[list[float]]:
    return [[value for one in row for value in one] for row in zip(*parts, strict=True)]


class Vectors(unittest.TestCase):
    def test_transforms_work_place_by_place(self) -> None:
        values = vectors()
        for op, params in PLACEWISE:
            with self.subTest(op, **params):
                whole = apply(op, [values], **params)
                self.assertEqual(whole, beside([apply(op, [values[:, [place]]], **params) for place in range(WIDTH)]))

    def test_operators_bring_a_vector_together_with_a_vector_and_with_a_number(self) -> None:
        left, right = vectors(), vectors()[::-1].copy()
        number = np.linspace(-1, 1, len(left), dtype=np.float32).reshape(-1, 1)
        for op in PAIRS:
            with self.subTest(op):
                both = apply(op, [left, right])
                self.assertEqual(both, beside([apply(op, [left[:, [p]], right[:, [p]]]) for p in range(WIDTH)]))
                one = apply(op, [left, number])
                self.assertEqual(one, beside([apply(op, [left[:, [p]], number]) for p in range(WIDTH)]))

    def test_a_cycle_has_two_columns_a_place(self) -> None:
        values = vectors()
        whole = apply("cyclic", [values], period=2.0)
        places = [apply("cyclic", [values[:, [place]]], period=2.0) for place in range(WIDTH)]
        self.assertEqual(whole, [[one[row][part] for part in (0, 1) for one in places] for row in range(len(values))])

    def test_a_missing_vector_makes_what_is_computed_of_it_missing(self) -> None:
        missing, known = np.full((1, WIDTH), np.nan, dtype=np.float32), np.ones((1, WIDTH), dtype=np.float32)
        for op in ("dot", "cosine"):
            self.assertEqual(apply(op, [missing, known]), [[None]])
            self.assertAlmostEqual(apply(op, [known, known])[0][0], 3.0 if op == "dot" else 1.0, places=6)
        self.assertEqual(apply("l2_normalize", [missing]), [[None] * WIDTH])
        self.assertEqual(apply("if", [column(1), known, missing]), [[1.0] * WIDTH])


if __name__ == "__main__":
    unittest.main()
