"""The training set: typed columns of the Parquet file that the feature service made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .errors import JobError
from .plan import Plan, Use

Array = np.ndarray[Any, Any]
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class Split:
    """Model inputs as `[rows, 1]` arrays of their tensor types, vectors as `[rows, length]`, and the label as float64."""

    feeds: Mapping[str, Array]
    label: Array

    @property
    def rows(self) -> int:
        return len(self.label)

    def take(self, rows: Array) -> Split:
        return Split({name: values[rows] for name, values in self.feeds.items()}, self.label[rows])


def _numbers(column: pa.ChunkedArray, use: Use) -> Array:
    if pa.types.is_temporal(column.type) or pa.types.is_string(column.type):
        raise JobError(
            f"`{use.name}` is a {column.type} in the training set and cannot be a number of the model.",
            "Turn it into a number in the `use`, with `hour(…)` for instance.",
            use.name,
        )
    values: Array = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float32)
    values[~np.isfinite(values)] = np.nan
    return values


def _vectors(column: pa.ChunkedArray, use: Use) -> Array:
    """One row a vector; a missing one, or one that lacks a number, is NaN in every place."""
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_fixed_size_list(column.type)):
        raise JobError(
            f"`{use.name}` is a {column.type} in the training set, not a list of {use.length} numbers.",
            "Make the training set again.",
            use.name,
        )
    values = np.full((len(column), use.length), np.nan, dtype=np.float32)
    start = 0
    for chunk in column.chunks:
        known = np.flatnonzero(np.asarray(pc.is_valid(chunk)))
        lengths = np.asarray(pc.list_value_length(chunk.filter(pc.is_valid(chunk))))
        wrong = lengths != use.length
        if wrong.any():
            raise JobError(
                f"`{use.name}` has {int(lengths[wrong][0])} numbers in {int(wrong.sum()):,} rows, not {use.length}.",
                "Leave those rows out, or write the length that the data has.",
                use.name,
            )
        # `flatten` leaves out what lies under a missing list.
        flat = chunk.flatten().cast(pa.float32(), safe=False).to_numpy(zero_copy_only=False)
        values[start + known] = flat.reshape(-1, use.length)
        start += len(chunk)
    values[~np.isfinite(values).all(axis=1)] = np.nan
    return values


def _column(column: pa.ChunkedArray, use: Use) -> Array:
    if use.length:
        return _vectors(column, use)
    if use.tensor == "float32":
        return _numbers(column, use)
    if column.null_count and use.tensor != "string":
        raise JobError(
            f"`{use.name}` is missing in {column.null_count:,} rows, and a {use.type} of the model cannot be missing.",
            "Give it a `default`, or use `coalesce`.",
            use.name,
        )
    if use.tensor == "int64":
        return np.asarray(column.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)
    if use.tensor == "bool":
        return np.asarray(column.cast(pa.bool_()).to_numpy(zero_copy_only=False), dtype=np.bool_)
    if column.null_count and not use.is_nullable:
        raise JobError(
            f"`{use.name}` is missing in {column.null_count:,} rows, and a string of the model cannot be missing.",
            "Give it a `default`, or use `coalesce`.",
            use.name,
        )
    # A missing text crosses as the empty one, which `is_null` and `impute` take for missing.
    text = pc.fill_null(column.cast(pa.string()), "")
    return np.asarray(text.to_numpy(zero_copy_only=False), dtype=object)


def _label(column: pa.ChunkedArray) -> Array:
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    values: Array = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def read_splits(path: Path, plan: Plan) -> dict[str, Split]:
    """The rows of each split, in the file's order; rows without a label are left out."""
    try:
        present = set(pq.read_schema(path).names)
        wanted = [use.name for use in plan.uses] + [plan.label, "__split"]
        absent = [name for name in wanted if name not in present]
        if absent:
            raise JobError(
                f"The training set lacks the column `{absent[0]}`.", "Make the training set again.", absent[0]
            )
        table = pq.read_table(path, columns=wanted)
    except (OSError, pa.ArrowInvalid) as error:
        raise JobError(f"The training set cannot be read: {error}", "Make the training set again.") from error
    label = _label(table.column(plan.label))
    columns = {use.name: _column(table.column(use.name), use).reshape(-1, use.width) for use in plan.uses}
    split_of = np.asarray(table.column("__split").cast(pa.string()).to_numpy(zero_copy_only=False), dtype=object)
    known = np.isfinite(label)
    splits: dict[str, Split] = {}
    for name in SPLITS:
        rows = np.flatnonzero((split_of == name) & known)
        splits[name] = Split({use: values[rows] for use, values in columns.items()}, label[rows])
    return splits


def check_splits(splits: Mapping[str, Split], plan: Plan) -> None:
    """What no algorithm can learn from is said before anything is fitted."""
    for name, split in splits.items():
        if split.rows == 0:
            raise JobError(
                f"The {name} split has no row with a label.",
                "Choose other fractions after `split`, or bring more rows.",
            )
    if plan.task == "binary":
        values = np.unique(splits["train"].label)
        if not np.isin(values, (0.0, 1.0)).all():
            raise JobError(
                f"`{plan.label}` is not yes or no: it has the value {values[~np.isin(values, (0.0, 1.0))][0]:g}.",
                "Compare it with something in `predict`, as in `late = delay > 15`.",
                plan.label,
            )
        if len(values) == 1:
            raise JobError(
                f"`{plan.label}` is {'true' if values[0] else 'false'} in every row of the training split.",
                "Choose another split, or another condition after `predict`.",
                plan.label,
            )
    elif plan.task != "regression":
        raise JobError(
            f"`{plan.label}` has more than two classes, which the trainer cannot fit yet.",
            "Predict a yes-or-no question or a number.",
            plan.label,
        )


def missing_vectors(splits: Mapping[str, Split], plan: Plan) -> list[str]:
    """A vector without one of its numbers is none at all, which is worth a line."""
    lines: list[str] = []
    for use in plan.uses:
        if use.length:
            missing = sum(int(np.isnan(split.feeds[use.name][:, 0]).sum()) for split in splits.values())
            rows = sum(split.rows for split in splits.values())
            if missing:
                lines.append(f"`{use.name}` is missing, or lacks one of its numbers, in {missing:,} of {rows:,} rows")
    return lines
