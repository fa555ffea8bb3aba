from __future__ import annotations

import unittest
import warnings
from typing import Any

import numpy as np

from proml.algorithms.table import ALGORITHMS
from proml.errors import JobError

from .support import SEED, fit, model_of, through_onnx


def data(rows: int = 2000) -> tuple[Any, Any, Any]:
    """A matrix, a noisy yes or no, and a noisy number; the fourth column has few values, the fifth tells nothing."""
    random = np.random.default_rng(SEED)
    matrix = random.normal(size=(rows, 5)).astype(np.float32)
    matrix[:, 3] = np.round(matrix[:, 3] * 2)
    signal = 1.5 * matrix[:, 0] - matrix[:, 1] * matrix[:, 2] + matrix[:, 3]
    return matrix, (signal + random.normal(size=rows) > 0.5).astype(float), 20 + 5 * signal + random.normal(size=rows)


def holes(matrix: Any) -> Any:
    random = np.random.default_rng(SEED + 1)
    made = matrix.copy()
    made[random.random(matrix.shape) < 0.15] = np.nan
    return made


class Linears(unittest.TestCase):
    def agrees(self, op: str, task: str, reference: Any, label: Any, matrix: Any, **params: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference.fit(matrix.astype(np.float64), label)
        is_binary = task == "binary"
        rows = matrix.astype(np.float64)
        expected = reference.predict_proba(rows)[:, 1] if is_binary else reference.predict(rows)
        found = fit(op, task, matrix, label, **params)
        scale = 1.0 if is_binary else np.abs(expected).max()
        with self.subTest(op=op, task=task, seed=SEED):
            np.testing.assert_allclose(found.predict(matrix), expected, rtol=1e-9, atol=1e-9)
            self.assertLess(np.abs(through_onnx(found, matrix) - expected).max() / scale, 1e-6)

    def test_what_they_answer_is_scikit_learns(self) -> None:
        from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, PoissonRegressor, Ridge
        from sklearn.naive_bayes import GaussianNB

        matrix, yes, number = data()
        self.agrees("logistic", "binary", LogisticRegression(C=2, max_iter=500), yes, matrix, l2=0.5)
        self.agrees("naive_bayes", "binary", GaussianNB(), yes, matrix)
        self.agrees("linear", "regression", LinearRegression(), number, matrix)
        self.agrees("ridge", "regression", Ridge(alpha=2), number, matrix, l2=2)
        self.agrees("lasso", "regression", Lasso(alpha=0.3, max_iter=5000), number, matrix, l1=0.3)
        net = ElasticNet(alpha=0.4, l1_ratio=0.25, max_iter=5000)
        self.agrees("elastic_net", "regression", net, number, matrix, l1=0.1, l2=0.3)
        counts = np.random.default_rng(SEED).poisson(np.exp(matrix[:, 0] / 2)).astype(float)
        self.agrees("poisson", "regression", PoissonRegressor(alpha=0.01, max_iter=500), counts, matrix, l2=0.01)

    def test_naive_bayes_keeps_its_digits_far_from_zero_and_where_a_column_hardly_varies(self) -> None:
        matrix, yes, _ = data()
        matrix[:, 0] = 2000 + np.round(matrix[:, 0])
        matrix[:, 4] = np.random.default_rng(SEED).random(len(matrix)) < 0.01
        found = fit("naive_bayes", "binary", matrix, yes)
        self.assertLess(np.abs(through_onnx(found, matrix) - found.predict(matrix)).max(), 1e-5, f"seed {SEED}")

    def test_a_count_below_zero_is_refused(self) -> None:
        matrix, _, number = data(50)
        with self.assertRaisesRegex(JobError, "`poisson` of `a` predicts counts, and the label is none: it is -"):
            fit("poisson", "regression", matrix, number - 100)

    def test_a_strong_absolute_penalty_keeps_the_columns_that_matter(self) -> None:
        matrix, _, number = data()
        self.assertEqual(np.count_nonzero(fit("lasso", "regression", matrix, number, l1=2.0).weights), 2)


class Trees(unittest.TestCase):
    def on_thresholds(self, trees: Any, matrix: Any) -> Any:
        """Rows that stand on a threshold, one float below and one above, with missing and special values among them."""
        rows = []
        for tree in trees[:5]:
            # A split of missing from known alone has no number to stand beside.
            for node in np.flatnonzero((tree.children_left >= 0) & np.isfinite(tree.threshold)):
                near = np.float32(tree.threshold[node])
                for value in (near, np.nextafter(near, np.float32(-np.inf)), np.nextafter(near, np.float32(np.inf))):
                    row = matrix[len(rows) % len(matrix)].copy()
                    row[tree.feature[node]] = value
                    rows.append(row)
        for special in (np.nan, 0.0, -0.0, np.float32(1e-45), 2.0**24 + 1):
            rows.append(np.full(matrix.shape[1], special, dtype=np.float32))
        return np.array(rows, dtype=np.float32)

    def reference(self, op: str, task: str) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        if op == "decision_tree":
            make = DecisionTreeClassifier if task == "binary" else DecisionTreeRegressor
            return make(max_depth=6, min_samples_leaf=5, random_state=7)
        forest = RandomForestClassifier if task == "binary" else RandomForestRegressor
        return forest(25, max_depth=8, min_samples_leaf=5, max_features=0.5, random_state=7)

    def test_every_row_falls_into_scikit_learns_leaf_missing_values_too(self) -> None:
        whole, yes, number = data()
        for op in ("decision_tree", "random_forest"):
            for task, label in (("binary", yes), ("regression", number)):
                for matrix in (whole, holes(whole)):
                    params = {} if op == "decision_tree" else {"trees": 25, "depth": 8, "columns": 0.5}
                    found = fit(op, task, matrix, label, **params)
                    rows = self.on_thresholds(found.trees, matrix)
                    model = self.reference(op, task).fit(matrix, label)
                    expected = model.predict_proba(rows)[:, 1] if task == "binary" else model.predict(rows)
                    scale = 1.0 if task == "binary" else np.abs(expected).max()
                    with self.subTest(op=op, task=task, has_missing=bool(np.isnan(matrix).any()), seed=SEED):
                        np.testing.assert_allclose(found.predict(rows), expected, rtol=1e-12)
                        self.assertLess(np.abs(through_onnx(found, rows) - expected).max() / scale, 1e-6)

    def test_a_column_that_is_missing_or_not_is_split_on(self) -> None:
        matrix = np.array([[np.nan], [1.0], [np.nan], [2.0]] * 25, dtype=np.float32)
        label = np.isnan(matrix[:, 0]).astype(float)
        found = fit("decision_tree", "binary", matrix, label)
        self.assertEqual(through_onnx(found, matrix).tolist(), label.tolist())


class Networks(unittest.TestCase):
    def test_onnx_answers_as_the_network_does_and_it_learns(self) -> None:
        matrix, yes, number = data()
        for task, label in (("binary", yes), ("regression", number)):
            found = fit("mlp", task, matrix, label, epochs=20, units=16, rate=0.01)
            expected = found.predict(matrix)
            scale = 1.0 if task == "binary" else np.abs(expected).max()
            with self.subTest(task=task, seed=SEED):
                self.assertLess(np.abs(through_onnx(found, matrix) - expected).max() / scale, 1e-6)
                self.assertGreater(np.corrcoef(expected, label)[0, 1], 0.7)

    def test_its_answers_are_scikit_learns(self) -> None:
        from sklearn.neural_network import MLPClassifier

        matrix, yes, _ = data(500)
        network = MLPClassifier((8, 8), random_state=np.random.RandomState(7), batch_size=200)
        for _ in range(3):
            network.partial_fit(matrix.astype(np.float64), yes, classes=[0.0, 1.0])
        found = fit("mlp", "binary", matrix, yes, epochs=3, units=8)
        np.testing.assert_allclose(found.predict(matrix), network.predict_proba(matrix.astype(np.float64))[:, 1], atol=1e-12)


def grouped(rows: int = 2000) -> tuple[Any, Any, Any, Any]:
    """Groups of which each starts elsewhere, the last one with few rows; a matrix, a yes or no, a number."""
    random = np.random.default_rng(SEED)
    group = np.minimum(random.integers(0, 12, rows), random.integers(0, 12, rows))
    group[:3] = 12
    matrix = random.normal(size=(rows, 3)).astype(np.float32)
    signal = matrix[:, 0] + random.normal(size=13)[group] + 0.5 * random.normal(size=13)[group] * matrix[:, 1]
    yes = (signal + random.normal(size=rows) > 0).astype(float)
    return np.column_stack([group, matrix]).astype(np.float32), group, yes, 5 + 2 * signal + random.normal(size=rows)


class MixedEffects(unittest.TestCase):
    def references(self, matrix: Any, group: Any, has_slopes: bool) -> Any:
        own = np.eye(13)[group]
        values = matrix[:, 1:].astype(np.float64)
        slopes = [own * values[:, [column]] for column in range(3)] if has_slopes else []
        return np.hstack([values, own, *slopes])

    def test_equal_penalties_give_scikit_learns_regression_on_one_column_a_group(self) -> None:
        from sklearn.linear_model import LogisticRegression, Ridge

        matrix, group, yes, number = grouped()
        for effects in ("intercept", "slopes"):
            design = self.references(matrix, group, effects == "slopes")
            found = fit("mixed_effects", "binary", matrix, yes, l2=2, fixed_l2=2, effects=effects)
            model = LogisticRegression(C=0.5, tol=1e-9, max_iter=5000).fit(design, yes)
            np.testing.assert_allclose(found.predict(matrix), model.predict_proba(design)[:, 1], atol=1e-5, err_msg=f"seed {SEED}")
            found = fit("mixed_effects", "regression", matrix, number, l2=2, fixed_l2=2, effects=effects)
            expected = Ridge(alpha=2).fit(design, number).predict(design)
            np.testing.assert_allclose(found.predict(matrix), expected, atol=1e-6, err_msg=f"seed {SEED}")

    def test_onnx_answers_alike_and_an_unseen_group_as_all(self) -> None:
        matrix, _, yes, number = grouped()
        rows = matrix.copy()
        rows[::5, 0] = -1
        for effects in ("intercept", "slopes"):
            for task, label in (("binary", yes), ("regression", number)):
                found = fit("mixed_effects", task, matrix, label, effects=effects)
                self.assertLess(np.abs(through_onnx(found, rows) - found.predict(rows)).max(), 1e-5, f"seed {SEED}")
        unseen = np.column_stack([np.full(3, -1), np.eye(3)]).astype(np.float32)
        np.testing.assert_allclose(found.predict(unseen), found.weights + found.intercept)

    def test_a_small_group_is_drawn_towards_all(self) -> None:
        matrix, group, _, number = grouped()
        number[group == 12] = number.mean() + 50
        effects = fit("mixed_effects", "regression", matrix, number, l2=30).effects[1:, 0]
        self.assertLess(effects[12], 10)
        self.assertGreater(effects[12], 2)


class All(unittest.TestCase):
    def matrix_for(self, algorithm: Any, matrix: Any) -> Any:
        if not algorithm.is_grouped:
            return matrix
        made = matrix.copy()
        made[:, 0] = np.arange(len(made)) % 3
        return made

    def test_the_same_rows_and_seed_give_the_same_bytes(self) -> None:
        matrix, yes, number = data(400)
        for op, algorithm in ALGORITHMS.items():
            for task in algorithm.tasks:
                label = yes if task == "binary" else np.abs(number)
                small = {name: 5 for name in ("rounds", "trees", "epochs") if name in algorithm.params}
                rows = self.matrix_for(algorithm, matrix)
                first, second = (model_of(fit(op, task, rows, label, **small), 5) for _ in range(2))
                self.assertEqual(first, second, op)

    def test_one_row_two_rows_and_a_column_without_variance(self) -> None:
        matrix = np.array([[1.0, 5.0], [2.0, 5.0]], dtype=np.float32)
        for op, algorithm in ALGORITHMS.items():
            for task in algorithm.tasks:
                small = {name: 2 for name in ("rounds", "trees", "epochs") if name in algorithm.params}
                given = self.matrix_for(algorithm, matrix)
                found = fit(op, task, given, np.array([0.0, 1.0]), **small)
                for rows in (given, given[:1]):
                    answer = through_onnx(found, rows)
                    self.assertTrue(np.isfinite(answer).all(), op)
                    np.testing.assert_allclose(answer, found.predict(rows), atol=1e-5, err_msg=op)


if __name__ == "__main__":
    unittest.main()
