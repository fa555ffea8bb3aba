from __future__ import annotations

import unittest

import numpy as np

from proml.baseline import categorical_column, distances, golden, golden_rows, input_column, numeric_column, signature
from proml.dataset import Split
from proml.plan import Use

from .support import SEED, node, plan


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


class Vectors(unittest.TestCase):
    def test_the_baseline_of_a_vector_is_its_distance_from_the_mean(self) -> None:
        values = np.random.default_rng(SEED).normal(size=(500, 3)).astype(np.float32)
        values[::10] = np.nan
        column = input_column(Use("v", "vector", "float32", True, 3), values)
        known = values[np.isfinite(values[:, 0])].astype(np.float64)
        np.testing.assert_allclose(column["centre"], known.mean(axis=0))
        self.assertEqual((column["kind"], column["rows"], column["nulls"]), ("numeric", 500, 50))
        expected = np.linalg.norm(known - known.mean(axis=0), axis=1).mean()
        self.assertAlmostEqual(column["mean"], float(expected), places=4)

    def test_one_vector_in_all_rows_and_none_at_all(self) -> None:
        use = Use("v", "vector", "float32", True, 2)
        column = input_column(use, np.full((4, 2), 0.1, dtype=np.float32))
        self.assertEqual(column["histogram"], {"edges": [0.0, 0.0], "counts": [4]})
        column = input_column(use, np.full((4, 2), np.nan, dtype=np.float32))
        self.assertEqual((column["histogram"], column["nulls"], column["centre"]), (None, 4, [0.0, 0.0]))

    def test_distances_have_five_digits(self) -> None:
        values = np.array([[3, 4], [0.00123456789, 0], [123456.789, 0], [0, 0], [np.nan, 1]], dtype=np.float64)
        self.assertEqual([None if v != v else float(f"{v:.12g}") for v in distances(values, np.zeros(2))], [5, 0.0012346, 123460, 0, None])

    def test_examples_and_golden_rows_are_lists(self) -> None:
        made = plan([node("p", "logistic", ["v"], "algorithm")], [Use("v", "vector", "float32", True, 2)])
        rows = np.array([[0, 0], [1, 1], [9, 9], [np.nan, np.nan]], dtype=np.float32)
        split = Split({"v": rows}, np.zeros(4))
        self.assertEqual(signature(made, split)["inputs"], [
            {"name": "v", "tensor": "float32", "isNullable": True, "width": 2, "example": [0.0, 0.0]}
        ])
        self.assertEqual(golden(made, split, {})["inputs"], {"v": [[0, 0], [1, 1], [9, 9], None]})

    def test_wide_vectors_make_fewer_golden_rows(self) -> None:
        for width, count in ((1, 100), (4096, 48), (16384, 12)):
            split = Split({"v": np.zeros((300, width), dtype=np.float32)}, np.zeros(300))
            self.assertEqual(len(golden_rows(split)), count)


if __name__ == "__main__":
    unittest.main()
