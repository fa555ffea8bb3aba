from __future__ import annotations

import unittest

import numpy as np

from proml.errors import JobError

from .support import SEED, apply, column, node, plan, texts


def flat(rows: list[list[float]]) -> list[float]:
    return [value for row in rows for value in row]


class Nulls(unittest.TestCase):
    def test_division_by_zero_and_overflow_are_null(self) -> None:
        self.assertEqual(flat(apply("/", [column(6, 1, 0, None), column(3, 0, 0, 2)])), [2, None, None, None])
        self.assertEqual(flat(apply("exp", [column(0, 1000, None)])), [1, None, None])
        self.assertEqual(flat(apply("log1p", [column(0, -1, -2, None)])), [0, None, None, None])
        self.assertEqual(flat(apply("sqrt", [column(4, -1)])), [2, None])
        self.assertEqual(flat(apply("*", [column(3e38, 2), column(10, 2)])), [None, 4])

    def test_remainder_has_the_sign_of_the_left_value_and_by_zero_is_null(self) -> None:
        self.assertEqual(flat(apply("%", [column(7, -7, 7, 5), column(3, 3, -3, 0)])), [1, -1, 1, None])

    def test_comparison_with_null_is_null(self) -> None:
        self.assertEqual(flat(apply("<", [column(1, 2, None), column(2, 1, 1)])), [1, 0, None])
        self.assertEqual(flat(apply("=", [column(1, None), column(1, None)])), [1, None])
        self.assertEqual(flat(apply("!=", [column(1, 2), column(1, 1)])), [0, 1])
        self.assertEqual(flat(apply("=", [texts("a", "b"), texts("a", "a")])), [1, 0])

    def test_logic_is_three_valued(self) -> None:
        left = column(1, 1, 1, 0, 0, 0, None, None, None)
        right = column(1, 0, None, 1, 0, None, 1, 0, None)
        self.assertEqual(flat(apply("and", [left, right])), [1, 0, None, 0, 0, 0, None, 0, None])
        self.assertEqual(flat(apply("or", [left, right])), [1, 1, 1, 1, 0, None, 1, None, None])
        self.assertEqual(flat(apply("not", [column(1, 0, None)])), [0, 1, None])

    def test_if_takes_the_other_branch_for_null(self) -> None:
        self.assertEqual(flat(apply("if", [column(1, 0, None), column(5, 5, 5), column(6, 6, None)])), [5, 6, None])

    def test_coalesce_and_is_null(self) -> None:
        self.assertEqual(flat(apply("coalesce", [column(1, None, None), column(9, 2, None)])), [1, 2, None])
        self.assertEqual(flat(apply("is_null", [column(1, None)])), [0, 1])
        self.assertEqual(flat(apply("is_null", [texts("a", "")])), [0, 1])

    def test_clip_keeps_null(self) -> None:
        self.assertEqual(flat(apply("clip", [column(-5, 5, 50, None)], low=0, high=10)), [0, 5, 10, None])
        self.assertEqual(flat(apply("clip", [column(-5, 50)], high=10)), [-5, 10])

    def test_halves_round_away_from_zero(self) -> None:
        self.assertEqual(flat(apply("round", [column(0.5, 1.5, 2.5, -0.5, -2.5, None)])), [1, 2, 3, -1, -3, None])
        np.testing.assert_allclose(flat(apply("round", [column(1.25, 3.14159)], digits=1)), [1.3, 3.1], rtol=1e-6)
        self.assertEqual(flat(apply("floor", [column(1.5, -1.5)])), [1, -2])
        self.assertEqual(flat(apply("ceil", [column(1.5, -1.5)])), [2, -1])


class Fitted(unittest.TestCase):
    def test_scales_equal_scikit_learn_and_leave_missing_values_out(self) -> None:
        from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

        random = np.random.default_rng(SEED)
        values = random.gamma(2, 100, (500, 1)).astype(np.float32)
        values[random.random((500, 1)) < 0.1] = np.nan
        for op, scaler in (("standardize", StandardScaler()), ("min_max", MinMaxScaler()), ("robust_scale", RobustScaler())):
            with self.subTest(op=op, seed=SEED):
                expected = scaler.fit_transform(values.astype(np.float64))
                ours = np.array([[np.nan if v is None else v for v in row] for row in apply(op, [values])])
                np.testing.assert_allclose(ours, expected, atol=1e-5)

    def test_a_constant_column_scales_to_zero(self) -> None:
        for op in ("standardize", "min_max", "robust_scale"):
            self.assertEqual(flat(apply(op, [column(5, 5, 5)])), [0, 0, 0])

    def test_what_is_learnt_comes_from_the_training_rows_alone(self) -> None:
        self.assertEqual(flat(apply("min_max", [column(20)], [column(0, 10)])), [2])

    def test_one_hot_keeps_the_most_frequent_with_ties_by_value(self) -> None:
        train = [texts("b", "b", "c", "a", "d")]
        self.assertEqual(apply("one_hot", [texts("b", "a", "c", "new")], train, max=2), [[1, 0], [0, 1], [0, 0], [0, 0]])

    def test_one_hot_of_whole_numbers_and_flags(self) -> None:
        whole = np.array([[3], [1], [3], [9]], dtype=np.int64)
        self.assertEqual(apply("one_hot", [whole], [whole[:3]]), [[1, 0], [0, 1], [1, 0], [0, 0]])
        self.assertEqual(apply("one_hot", [column(1, 0, None)], [column(1, 1, 0)]), [[1, 0], [0, 1], [0, 0]])

    def test_text_beyond_the_basic_plane_and_empty_text(self) -> None:
        rows = [texts("🛫", "é", "", "🛫")]
        self.assertEqual(apply("one_hot", rows, [texts("🛫", "🛫", "é")]), [[1, 0], [0, 1], [0, 0], [1, 0]])

    def test_ordinal_is_in_the_values_own_order_and_unseen_is_minus_one(self) -> None:
        self.assertEqual(flat(apply("ordinal", [texts("b", "z", "a")], [texts("b", "a", "b")])), [1, -1, 0])
        self.assertEqual(flat(apply("ordinal", [column(5, 2, 7)], [column(2, 5)])), [1, 0, -1])
        whole = np.array([[5], [2], [7]], dtype=np.int64)
        self.assertEqual(flat(apply("ordinal", [whole], [whole[:2]])), [1, 0, -1])

    def test_impute(self) -> None:
        rows = [column(1, None)]
        train = [column(1, 2, 9, 9, None)]
        self.assertEqual(flat(apply("impute", rows, train, strategy="median")), [1, 5.5])
        self.assertEqual(flat(apply("impute", rows, train, strategy="mean")), [1, 5.25])
        self.assertEqual(flat(apply("impute", rows, train, strategy="most_frequent")), [1, 9])
        self.assertEqual(flat(apply("impute", rows, train, value=-3)), [1, -3])
        self.assertEqual(apply("impute", [texts("a", "")], [texts("b", "b", "a")]), [["a"], ["b"]])

    def test_bucketize(self) -> None:
        self.assertEqual(flat(apply("bucketize", [column(-1, 0, 14.9, 15, 99, None)], edges=(0, 15, 60))), [0, 1, 1, 2, 3, None])
        train = [column(*range(100))]
        counts = np.bincount([int(v) for v in flat(apply("bucketize", train, buckets=4))])
        self.assertEqual(counts.tolist(), [25, 25, 25, 25])

    def test_a_column_that_is_missing_everywhere_is_named(self) -> None:
        with self.assertRaisesRegex(JobError, "`x0` is missing in every training row"):
            apply("standardize", [column(None, None)])

    def test_cyclic_and_concat(self) -> None:
        np.testing.assert_allclose(apply("cyclic", [column(0, 6, 12, 24)], period=24), [[0, 1], [1, 0], [0, -1], [0, 1]], atol=1e-6)
        self.assertEqual(apply("concat", [column(1, 2), column(3, 4)]), [[1, 3], [2, 4]])


class Mistakes(unittest.TestCase):
    def test_text_in_arithmetic_is_named(self) -> None:
        with self.assertRaisesRegex(JobError, "works on numbers, and `x0` is text"):
            apply("log1p", [texts("a")])

    def test_an_unknown_transform_is_named(self) -> None:
        from proml.transforms.table import transform_of

        with self.assertRaisesRegex(JobError, "does not know the transform `warp`"):
            transform_of(node("t", "warp", []))

    def test_literals_stand_for_rows(self) -> None:
        from proml.transform_graph import Evaluator

        two = node("two", "literal", [], value=2)
        total = node("sum", "+", ["x", "two"])
        beside = node("beside", "concat", ["two", "x"])
        evaluator = Evaluator(plan([two, total, beside]), {"x": column(1, 5)}, {}, 2)
        self.assertEqual(evaluator.value("sum").tolist(), [[3], [7]])
        self.assertEqual(evaluator.value("beside").tolist(), [[2, 1], [2, 5]])


if __name__ == "__main__":
    unittest.main()
