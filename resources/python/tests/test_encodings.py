from __future__ import annotations

import unittest
import warnings
from typing import Any

import numpy as np

from proml.errors import JobError

from .support import SEED, apply, column, texts


def numbers(rows: list[list[Any]]) -> Any:
    return np.array([[np.nan if value is None else value for value in row] for row in rows])


class Quantiles(unittest.TestCase):
    def samples(self) -> dict[str, Any]:
        random = np.random.default_rng(SEED)
        return {
            "skewed": random.gamma(2, 100, (3000, 1)),
            "few values": np.round(random.normal(size=(3000, 1)) * 3),
            "far from zero": 1e6 + random.random((2000, 1)),
            "next to zero": random.normal(size=(2000, 1)) * 1e-12,
            "flags": random.integers(0, 2, (100, 1)),
            "half of them zero": np.where(random.random((3000, 1)) < 0.5, 0, random.lognormal(0, 3, (3000, 1))),
            "one value": np.full((50, 1), 5.0),
            "seven rows": random.normal(size=(7, 1)),
        }

    def test_ranks_are_scikit_learns_on_and_beside_every_value(self) -> None:
        from sklearn.preprocessing import QuantileTransformer

        for name, values in self.samples().items():
            train = values.astype(np.float32)
            beside = [np.nextafter(train, np.float32(end)) for end in (-np.inf, np.inf)]
            ends = column(None, 1e30, -1e30, 0, 1e-45)
            rows = np.concatenate([train, *beside, train * np.float32(1.0001), ends])
            for output in ("uniform", "normal"):
                for quantiles in (1000, 20, 2):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        reference = QuantileTransformer(n_quantiles=quantiles, output_distribution=output, subsample=None)
                        expected = reference.fit(train.astype(np.float64)).transform(rows.astype(np.float64))
                    found = numbers(apply("quantile_transform", [rows], [train], output=output, quantiles=quantiles))
                    with self.subTest(sample=name, output=output, quantiles=quantiles, seed=SEED):
                        np.testing.assert_allclose(found, expected, atol=2e-6, rtol=0)

    def test_each_column_of_a_vector_has_its_own_ranks(self) -> None:
        train = np.array([[0, 0], [1, 10], [2, 20]], dtype=np.float32)
        rows = np.array([[1, 5], [5, np.nan]], dtype=np.float32)
        self.assertEqual(apply("quantile_transform", [rows], [train]), [[0.5, 0.25], [1, None]])


class Categories(unittest.TestCase):
    def test_target_means_are_scikit_learns(self) -> None:
        from sklearn.preprocessing import TargetEncoder

        random = np.random.default_rng(SEED)
        names = random.choice(list("abcdefgh"), (800, 1)).astype(object)
        whole = random.integers(-3, 6, (800, 1))
        flags = random.integers(0, 2, (800, 1)).astype(np.float32)
        for label, kind in ((random.integers(0, 2, 800).astype(float), "binary"), (random.normal(size=800), "continuous")):
            for train, unseen in ((names, texts("zz", "a")), (whole, np.array([[99], [1]])), (flags, column(1, 0))):
                for smooth in (0.0, 5.0, 20.0):
                    encoder = TargetEncoder(smooth=smooth, target_type=kind).fit(train, label)
                    rows = np.concatenate([train, unseen.astype(train.dtype)])
                    found = apply("target_encode", [rows], [train], label=label, smooth=smooth)
                    np.testing.assert_allclose(found, encoder.transform(rows), atol=1e-6, err_msg=f"{kind}, seed {SEED}")

    def test_a_value_that_is_missing_or_not_kept_has_the_mean_of_all(self) -> None:
        train, label = [texts("a", "a", "b", "")], np.array([1.0, 0.0, 0.0, 1.0])
        found = apply("target_encode", [texts("a", "b", "")], train, label=label, smooth=0, max=1)
        self.assertEqual(found, [[0.5], [0.5], [0.5]])
        flags = apply("target_encode", [column(1, None)], [column(1, 0, None)], label=np.array([1.0, 0, 1]), smooth=0)
        self.assertEqual(flags, [[1], [np.float32(2 / 3)]])

    def test_cross_tells_every_pair_apart_and_is_missing_where_a_part_is(self) -> None:
        whole = np.array([[1], [-2], [2**53 + 1]], dtype=np.int64)
        flag = column(1, 0, None)
        self.assertEqual(apply("cross", [texts("a", "b", ""), whole]), [["a\x1f1"], ["b\x1f-2"], [""]])
        self.assertEqual(apply("cross", [texts("a", "b", "c"), flag, whole]), [["a\x1f1\x1f1"], ["b\x1f0\x1f-2"], [""]])
        self.assertNotEqual(apply("cross", [texts("a1"), texts("2")]), apply("cross", [texts("a"), texts("12")]))
        with self.assertRaisesRegex(JobError, "needs two categories or more"):
            apply("cross", [texts("a")])


class Words(unittest.TestCase):
    def test_weights_are_scikit_learns_for_every_spelling(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        random = np.random.default_rng(SEED)
        words = "Boston boston BOSTON bOsToN École école ÉCOLE Zürich аэропорт Аэропорт straße STRASSE İzmir ŒUVRE a\u00a0b 🛫 ½".split(" ")
        docs = texts(*(" ".join(random.choice(words, random.integers(0, 7))) for _ in range(400)), "  two   spaces ", "")
        vectorizer = TfidfVectorizer(tokenizer=lambda text: [word for word in text.split(" ") if word], token_pattern=None)
        expected = vectorizer.fit(docs.ravel()).transform(docs.ravel()).toarray()
        np.testing.assert_allclose(apply("tfidf", [docs]), expected, atol=1e-6, err_msg=f"seed {SEED}")
        # Spellings that training did not see, of words that it saw.
        train = texts("école zürich boston")
        rows = texts("ÉCOLE", "École", "ZÜRICH", "Boston", "bOSTON")
        self.assertEqual(apply("tfidf", [rows], [train]), [[0, 0, 1], [0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 0]])

    def test_the_most_frequent_words_are_kept_and_a_text_without_any_is_zero(self) -> None:
        train = [texts("a a a b", "b c", "c d", "b")]
        self.assertEqual(len(apply("tfidf", [texts("a")], train, max=2)[0]), 2)
        self.assertEqual(apply("tfidf", [texts("d", "", "\x02")], train, max=2), [[0, 0], [0, 0], [0, 0]])
        self.assertEqual(len(apply("tfidf", [texts("a")], train, min_rows=2)[0]), 2)
        with self.assertRaisesRegex(JobError, "no training row of `x0` has a word"):
            apply("tfidf", [texts("a")], [texts("", "  ")])


class Vectors(unittest.TestCase):
    def test_lengths_products_and_angles_are_numpys(self) -> None:
        from sklearn.preprocessing import normalize

        random = np.random.default_rng(SEED)
        left, right = (random.normal(size=(200, 4)).astype(np.float32) for _ in range(2))
        left[3] = 0
        np.testing.assert_allclose(apply("l2_normalize", [left]), normalize(left), atol=1e-6)
        np.testing.assert_allclose(apply("dot", [left, right]), (left * right).sum(axis=1, keepdims=True), atol=1e-5)
        expected = (normalize(left) * normalize(right)).sum(axis=1, keepdims=True)
        found = apply("cosine", [left, right])
        np.testing.assert_allclose(found, expected, atol=1e-6)
        self.assertEqual(found[3], [0])

    def test_missing_stays_missing_and_widths_must_be_the_same(self) -> None:
        hole, whole = np.array([[1, np.nan]], dtype=np.float32), np.array([[3, 4]], dtype=np.float32)
        self.assertEqual(apply("dot", [hole, whole]), [[None]])
        self.assertEqual(apply("cosine", [hole, whole]), [[None]])
        self.assertEqual(apply("l2_normalize", [hole]), [[None, None]])
        with self.assertRaisesRegex(JobError, "needs vectors of one width: `x0` has 2 columns, `x1` has 1"):
            apply("dot", [whole, column(1)])


if __name__ == "__main__":
    unittest.main()
