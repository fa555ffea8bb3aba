from __future__ import annotations

import unittest

import numpy as np
from sklearn import metrics as oracle

from proml import statistics as ours

from .support import SEED


class AgainstScikitLearn(unittest.TestCase):
    def setUp(self) -> None:
        random = np.random.default_rng(SEED)
        self.label = (random.random(4000) < 0.3).astype(np.float64)
        # Rounded, so that many scores are the same.
        self.score = np.round(np.clip(self.label * 0.2 + random.random(4000) * 0.8, 0, 1), 2)

    def test_binary_metrics(self) -> None:
        found = ours.binary_metrics(self.label, self.score, 0.5)
        said = self.score >= 0.5
        expected = {
            "auc": oracle.roc_auc_score(self.label, self.score),
            "log_loss": oracle.log_loss(self.label, self.score),
            "brier": oracle.brier_score_loss(self.label, self.score),
            "accuracy": oracle.accuracy_score(self.label, said),
            "f1": oracle.f1_score(self.label, said),
            "precision": oracle.precision_score(self.label, said),
            "recall": oracle.recall_score(self.label, said),
        }
        self.assertEqual(list(found), list(expected))
        for name, value in expected.items():
            self.assertAlmostEqual(found[name], value, places=12, msg=f"{name}, seed {SEED}")

    def test_regression_metrics(self) -> None:
        value = self.score * 100
        found = ours.regression_metrics(self.label * 100, value)
        self.assertAlmostEqual(found["rmse"], oracle.root_mean_squared_error(self.label * 100, value), places=9)
        self.assertAlmostEqual(found["mae"], oracle.mean_absolute_error(self.label * 100, value), places=9)
        self.assertAlmostEqual(found["r2"], oracle.r2_score(self.label * 100, value), places=12)

    def test_points_of_the_curves_lie_on_scikit_learns(self) -> None:
        score = self.score + np.random.default_rng(SEED).random(4000) * 1e-3
        made = ours.curves(self.label, score)
        fpr, tpr, _ = oracle.roc_curve(self.label, score, drop_intermediate=False)
        known = set(zip(np.round(fpr, 12), np.round(tpr, 12), strict=True))
        self.assertLessEqual(len(made["roc"]), 200)
        self.assertEqual((made["roc"][0]["fpr"], made["roc"][-1]["tpr"]), (0, 1))
        for point in made["roc"]:
            self.assertIn((round(point["fpr"], 12), round(point["tpr"], 12)), known)
        area = np.trapezoid([p["tpr"] for p in made["roc"]], [p["fpr"] for p in made["roc"]])
        self.assertAlmostEqual(area, oracle.roc_auc_score(self.label, score), places=2)
        precision, recall, _ = oracle.precision_recall_curve(self.label, score)
        known = set(zip(np.round(recall, 12), np.round(precision, 12), strict=True))
        self.assertLessEqual(len(made["precisionRecall"]), 200)
        for point in made["precisionRecall"]:
            self.assertIn((round(point["recall"], 12), round(point["precision"], 12)), known)

    def test_the_best_threshold_has_the_best_f1(self) -> None:
        threshold = ours.best_f1_threshold(self.label, self.score)
        best = max(oracle.f1_score(self.label, self.score >= t) for t in np.unique(self.score))
        self.assertAlmostEqual(oracle.f1_score(self.label, self.score >= threshold), best, places=12)

    def test_a_split_of_one_class_has_no_auc(self) -> None:
        self.assertNotIn("auc", ours.metrics_of("binary", np.ones(3), np.array([0.1, 0.2, 0.3]), 0.5))

    def test_calibration_bins_have_equal_counts(self) -> None:
        bins = ours.calibration(self.label, self.score)
        self.assertEqual([b["count"] for b in bins], [400] * 10)
        self.assertAlmostEqual(sum(b["observed"] for b in bins) / 10, self.label.mean())


if __name__ == "__main__":
    unittest.main()
