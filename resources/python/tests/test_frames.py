"""What a dataframe becomes before it is sent to the studio."""

from __future__ import annotations

import unittest

import pandas as pd
import pyarrow as pa

from proml import frames


class FramesTest(unittest.TestCase):
    def test_tells_tables_from_other_values(self) -> None:
        self.assertTrue(frames.is_frame(pd.DataFrame({"a": [1]})))
        self.assertTrue(frames.is_frame(pa.table({"a": [1]})))
        for value in (pd.Series([1]), [1], {"a": 1}, None, pd.DataFrame):
            self.assertFalse(frames.is_frame(value))

    def test_names_are_texts_and_no_two_alike_and_the_frame_stays_as_it_was(self) -> None:
        frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a", 7, ("b", "c")])
        table, total, as_text = frames._arrow(frame, 10)
        self.assertEqual(table.column_names, ["a", "a_2", "7", "b.c"])
        self.assertEqual((total, as_text), (1, []))
        self.assertEqual(list(frame.columns), ["a", "a", 7, ("b", "c")])

    def test_takes_the_first_rows_and_says_how_many_there_are(self) -> None:
        for value in (pd.DataFrame({"a": range(100)}), pa.table({"a": list(range(100))})):
            table, total, _ = frames._arrow(value, 7)
            self.assertEqual((table.num_rows, total), (7, 100))

    def test_values_of_several_kinds_become_texts_and_nulls_stay(self) -> None:
        table, _, as_text = frames._arrow(pd.DataFrame({"a": [1, "x", None, {"k"}], "b": [1, 2, 3, 4]}), 10)
        self.assertEqual(as_text, ["a"])
        self.assertEqual(table["a"].to_pylist(), ["1", "x", None, "{'k'}"])

    def test_what_is_gone_or_no_table_is_an_error_in_words(self) -> None:
        with self.assertRaisesRegex(NameError, "no variable x"):
            frames.send({}, "x", "target", 1, 1)
        with self.assertRaisesRegex(TypeError, "x is a list, not a dataframe"):
            frames.send({"x": [1]}, "x", "target", 1, 1)


if __name__ == "__main__":
    unittest.main()
