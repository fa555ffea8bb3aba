from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from proml.dataset import missing_vectors, read_splits
from proml.errors import JobError
from proml.plan import Use

from .support import node, plan

USE = Use("v", "vector", "float32", True, 3)
PLAN = plan([node("p", "logistic", ["v"], "algorithm")], [USE])


def read(column: Any, chunk: int = 2) -> np.ndarray[Any, Any]:
    """The column of a training set that is written in small row groups."""
    rows = len(column)
    table = pa.table({"v": column, "y": pa.array([True] * rows), "__split": pa.array(["train"] * rows)})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.parquet"
        pq.write_table(table, path, row_group_size=chunk)
        return np.asarray(read_splits(path, PLAN)["train"].feeds["v"])


class Vectors(unittest.TestCase):
    def test_lists_of_every_kind_become_one_block_of_numbers(self) -> None:
        rows = [[1, 2, 3], None, [4, 5, 6], [7, 8, 9], None]
        expected = np.array([[1, 2, 3], [np.nan] * 3, [4, 5, 6], [7, 8, 9], [np.nan] * 3], dtype=np.float32)
        types = [
            pa.list_(pa.float32()), pa.list_(pa.float64()), pa.list_(pa.int64()), pa.list_(pa.float32(), 3), pa.large_list(pa.float64()),
        ]
        for type_ in types:
            with self.subTest(str(type_)):
                values = read(pa.array(rows, type=type_))
                self.assertEqual((values.dtype, values.shape), (np.float32, (5, 3)))
                np.testing.assert_array_equal(values, expected)

    def test_a_vector_that_lacks_a_number_is_missing(self) -> None:
        values = read(pa.array([[1, None, 3], [1, float("nan"), 3], [float("inf"), 0, 0], [1e300, 0, 0], [1, 2, 3]], pa.list_(pa.float64())))
        self.assertEqual(np.isnan(values).tolist(), [[True] * 3] * 4 + [[False] * 3])

    def test_another_length_and_no_list_at_all_are_said(self) -> None:
        with self.assertRaisesRegex(JobError, "`v` has 2 numbers in 1 rows, not 3"):
            read(pa.array([[1, 2, 3], [1, 2]], pa.list_(pa.float32())))
        with self.assertRaisesRegex(JobError, "`v` is a double in the training set, not a list of 3 numbers"):
            read(pa.array([1.0, 2.0]))

    def test_how_many_are_missing_is_said(self) -> None:
        values = np.array([[1, 2, 3], [np.nan] * 3], dtype=np.float32)
        from proml.dataset import Split

        splits = {"train": Split({"v": values}, np.zeros(2)), "test": Split({"v": values[:1]}, np.zeros(1))}
        self.assertEqual(missing_vectors(splits, PLAN), ["`v` is missing, or lacks one of its numbers, in 1 of 3 rows"])


if __name__ == "__main__":
    unittest.main()
