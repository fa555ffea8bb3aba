from __future__ import annotations

import json
import unittest
from typing import Any

import numpy as np

from proml.algorithms.boosted_trees import base_margin

from .support import SEED, fit, through_onnx


def adversarial(fitted: Any, matrix: Any) -> Any:
    """Rows that stand on a threshold, one float below and one above, with missing and special values among them."""
    rows = []
    for tree in json.loads(fitted.raw)["learner"]["gradient_booster"]["model"]["trees"]:
        for index, left in enumerate(tree["left_children"]):
            if left == -1:
                continue
            threshold = np.float32(tree["split_conditions"][index])
            for value in (threshold, np.nextafter(threshold, np.float32(-np.inf)), np.nextafter(threshold, np.float32(np.inf))):
                row = matrix[len(rows) % len(matrix)].copy()
                row[tree["split_indices"][index]] = value
                rows.append(row)
    for special in (np.nan, 0.0, -0.0, np.float32(1e-45), 2.0**24 + 1):
        rows.append(np.full(matrix.shape[1], special, dtype=np.float32))
    return np.array(rows, dtype=np.float32)


class Trees(unittest.TestCase):
    def setUp(self) -> None:
        random = np.random.default_rng(SEED)
        matrix = random.normal(size=(3000, 5)).astype(np.float32)
        matrix[:, 3] = np.round(matrix[:, 3] * 3)
        matrix[random.random(matrix.shape) < 0.1] = np.nan
        self.matrix = matrix
        self.signal = np.nan_to_num(matrix[:, 0]) + np.isnan(matrix[:, 1]) + np.nan_to_num(matrix[:, 3]) / 3
        self.noise = random.normal(size=3000)

    def test_probabilities_equal_xgboost_on_thresholds_and_missing_values(self) -> None:
        fitted = fit("boosted_trees", "binary", self.matrix, (self.signal + self.noise > 1).astype(float), rounds=40, depth=5)
        rows = adversarial(fitted, self.matrix)
        self.assertLess(np.abs(through_onnx(fitted, rows) - fitted.predict(rows)).max(), 1e-6, f"seed {SEED}")

    def test_values_equal_xgboost_for_a_regression(self) -> None:
        fitted = fit("boosted_trees", "regression", self.matrix, 100 + 30 * self.signal + self.noise, rounds=40, depth=5)
        rows = adversarial(fitted, self.matrix)
        expected = fitted.predict(rows)
        scale = np.abs(expected).max()  # XGBoost’s own float32 sums round at this scale.
        self.assertLess((np.abs(through_onnx(fitted, rows) - expected) / scale).max(), 1e-5, f"seed {SEED}")

    def test_a_base_score_is_read_as_old_and_new_versions_write_it(self) -> None:
        for text in ("2.5E-1", "[2.5E-1]"):
            learner = {"learner_model_param": {"base_score": text}, "objective": {"name": "binary:logistic"}}
            self.assertAlmostEqual(base_margin(learner), np.log(1 / 3))
            learner["objective"] = {"name": "reg:squarederror"}
            self.assertAlmostEqual(base_margin(learner), 0.25)

    def test_a_label_without_structure_gives_trees_of_one_leaf(self) -> None:
        label = np.zeros(3000)
        label[::2] = 1
        fitted = fit("boosted_trees", "binary", np.zeros((3000, 2), dtype=np.float32), label, rounds=3)
        np.testing.assert_allclose(through_onnx(fitted, np.zeros((4, 2), dtype=np.float32)), 0.5, atol=1e-6)


if __name__ == "__main__":
    unittest.main()
