from __future__ import annotations

import unittest
from typing import Any

import numpy as np

from proml.combinators import COMBINATORS, Joining, combinator_of
from proml.errors import JobError
from proml.odds import EDGE
from proml.onnx_graph import GraphBuilder
from proml.onnx_run import OnnxModel

from .support import SEED, node


def join(op: str, inputs: list[Any], label: Any, task: str = "binary", **params: Any) -> Any:
    one = node("j", op, [f"p{index}" for index in range(len(inputs))], "combinator", **params)
    return combinator_of(one, task).join(Joining(one, task, inputs, label, [EDGE] * len(inputs)))


def through_onnx(joined: Any, inputs: list[Any]) -> Any:
    builder = GraphBuilder()
    values = [builder.value_input(f"p{index}", "float", 1) for index in range(len(inputs))]
    with builder.scope("j"):
        builder.output("y", joined.lower(builder, values))
    feeds = {f"p{index}": one.astype(np.float32).reshape(-1, 1) for index, one in enumerate(inputs)}
    return OnnxModel(builder.model("join"), 1).run(feeds)["y"].ravel()


class Combinators(unittest.TestCase):
    def setUp(self) -> None:
        random = np.random.default_rng(SEED)
        truth = random.random(3000)
        self.label = (random.random(3000) < truth).astype(float)
        # One that is too sure of itself, and one that is noisy.
        odds = np.log(truth / (1 - truth))
        self.sure = 1 / (1 + np.exp(-2.5 * odds - 0.5))
        self.noisy = 1 / (1 + np.exp(-odds - random.normal(size=3000)))

    def test_each_answers_through_onnx_as_in_python(self) -> None:
        inputs = [self.sure, self.noisy]
        for op, params in (
            ("mean", {}),
            ("weighted", {"weights": (1, 3)}),
            ("stack", {}),
            ("calibrate", {}),
            ("cascade", {"threshold": 0.8}),
        ):
            given = inputs[:1] if op == "calibrate" else inputs
            joined = join(op, given, self.label, **params)
            difference = np.abs(through_onnx(joined, given) - joined.predict(given)).max()
            self.assertLess(difference, 1e-5, f"{op}, seed {SEED}")
        self.assertEqual(set(COMBINATORS), {"mean", "weighted", "stack", "calibrate", "cascade"})

    def test_calibrate_is_scikit_learns_sigmoid_over_log_odds(self) -> None:
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.frozen import FrozenEstimator
        from sklearn.linear_model import LogisticRegression

        random = np.random.default_rng(SEED)
        matrix = random.normal(size=(2000, 3))
        label = (matrix[:, 0] + random.normal(size=2000) > 0).astype(float)
        model = LogisticRegression().fit(matrix[:1000], label[:1000])
        reference = CalibratedClassifierCV(FrozenEstimator(model), method="sigmoid").fit(matrix[1000:], label[1000:])
        probability = model.predict_proba(matrix[1000:])[:, 1]
        found = join("calibrate", [probability], label[1000:]).predict([probability])
        inner = (probability > EDGE) & (probability < 1 - EDGE)
        expected = reference.predict_proba(matrix[1000:])[:, 1]
        np.testing.assert_allclose(found[inner], expected[inner], atol=1e-5, err_msg=f"seed {SEED}")

    def test_what_was_too_sure_is_calibrated(self) -> None:
        from sklearn.metrics import brier_score_loss

        found = join("calibrate", [self.sure], self.label)
        self.assertAlmostEqual(found.describe()["slope"], 1 / 2.5, delta=0.1)
        after = found.predict([self.sure])
        self.assertLess(brier_score_loss(self.label, after), brier_score_loss(self.label, self.sure))

    def test_stack_is_scikit_learns_regression_of_what_it_stacks(self) -> None:
        from sklearn.linear_model import LogisticRegression, Ridge

        inputs = [np.clip(one, EDGE, 1 - EDGE) for one in (self.sure, self.noisy)]
        odds = np.column_stack([np.log(one / (1 - one)) for one in inputs])
        expected = LogisticRegression(C=2).fit(odds, self.label).predict_proba(odds)[:, 1]
        np.testing.assert_allclose(join("stack", inputs, self.label, l2=0.5).predict(inputs), expected, atol=1e-6)
        values = [10 * one for one in inputs]
        number = 3 * values[0] - values[1]
        found = join("stack", values, number, "regression", l2=2)
        expected = Ridge(alpha=2).fit(np.column_stack(values), number).predict(np.column_stack(values))
        np.testing.assert_allclose(found.predict(values), expected, atol=1e-9)

    def test_cascade_asks_the_second_only_where_the_first_is_unsure(self) -> None:
        first, second = np.array([0.95, 0.9, 0.5, 0.1, 0.2]), np.array([0.1, 0.2, 0.3, 0.4, 0.6])
        found = join("cascade", [first, second], np.array([1.0, 0, 1, 0, 1]), threshold=0.9)
        self.assertEqual(found.predict([first, second]).tolist(), [0.95, 0.9, 0.3, 0.1, 0.6])
        np.testing.assert_allclose(through_onnx(found, [first, second]), [0.95, 0.9, 0.3, 0.1, 0.6], rtol=1e-6)
        self.assertEqual(found.told["share that p0 decides"], 0.6)

    def test_predictions_of_0_and_1_stay_finite(self) -> None:
        edge = [np.array([0.0, 1.0, 0.0, 1.0, 0.3])]
        label = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
        for op in ("calibrate", "stack"):
            found = join(op, edge, label)
            self.assertTrue(np.isfinite(through_onnx(found, edge)).all())

    def test_mistakes_are_named(self) -> None:
        with self.assertRaisesRegex(JobError, "the label is the same in every row"):
            join("calibrate", [self.sure], np.ones(3000))
        with self.assertRaisesRegex(JobError, "`cascade` of `j` takes 2 predictions, not 1"):
            join("cascade", [self.sure], self.label)
        with self.assertRaisesRegex(JobError, "joins probabilities, and the model predicts a number"):
            join("calibrate", [self.sure], self.label, "regression")
        with self.assertRaisesRegex(JobError, "needs one weight for each of its 2 inputs"):
            join("weighted", [self.sure, self.noisy], self.label, weights=(1,))


if __name__ == "__main__":
    unittest.main()
