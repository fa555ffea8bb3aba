from __future__ import annotations

import unittest

import numpy as np

from proml.baseline import categorical_column, input_column, numeric_column
from proml.plan import Use

from .support import SEED


class Baseline(unittest.TestCase):
    def test_bins_of_equal_count_cover_every_finite_value(self) -> None:
        values = np.random.default_rng(SEED).normal(size=5000)
        values[:100] = np.nan
        column = numeric_column("x", values)
        self.assertEqual((column["rows"], column["nulls"]), (5000, 100))
        self.assertEqual(len(column["histogram"]["edges"]), 21)
        self.assertEqual(column["histogram"]["counts"], [245] * 20)
        self.assertEqual(len(column["sample"]), 1000)
        self.assertEqual(column["sample"], sorted(column["sample"]))
        self.assertAlmostEqual(column["stddev"], float(np.nanstd(values, ddof=1)))

    def test_few_values_get_a_bin_each(self) -> None:
        column = numeric_column("x", np.array([0.0] * 7 + [1.0] * 3))
        self.assertEqual(column["histogram"], {"edges": [0.0, 0.5, 1.0], "counts": [7, 3]})

    def test_one_value_and_none(self) -> None:
        self.assertEqual(numeric_column("x", np.array([4.0, 4.0]))["histogram"], {"edges": [4.0, 4.0], "counts": [2]})
        self.assertIsNone(numeric_column("x", np.array([np.nan]))["histogram"])

    def test_many_zeros_share_one_bin(self) -> None:
        values = np.concatenate([np.zeros(900), np.arange(1, 101)])
        column = numeric_column("x", values)
        self.assertEqual(sum(column["histogram"]["counts"]), 1000)
        edges = column["histogram"]["edges"]
        self.assertEqual(edges, sorted(set(edges)))

    def test_rare_categories_go_under_other(self) -> None:
        texts = [f"v{i:03}" for i in range(150)] + ["often"] * 5
        column = categorical_column("x", "categorical", texts, 2)
        self.assertEqual(column["categories"][0], {"value": "often", "count": 5})
        self.assertEqual((len(column["categories"]), column["other"], column["rows"]), (100, 51, 157))

    def test_flags_are_counted_as_words(self) -> None:
        column = input_column(Use("b", "bool", "bool", False), np.array([[True], [False], [True]]))
        self.assertEqual(column["kind"], "boolean")
        self.assertEqual(column["categories"], [{"value": "true", "count": 2}, {"value": "false", "count": 1}])


if __name__ == "__main__":
    unittest.main()
