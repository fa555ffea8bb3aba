"""Runs an ONNX graph over many rows in blocks, so that memory stays flat and a stop is noticed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime as ort

Array = np.ndarray[Any, Any]
BLOCK_ROWS = 16_384


class OnnxModel:
    def __init__(self, model: bytes, threads: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.inputs = [value.name for value in self._session.get_inputs()]
        self.outputs = [value.name for value in self._session.get_outputs()]

    def run(self, feeds: Mapping[str, Array], check: Callable[[], None] = lambda: None) -> dict[str, Array]:
        rows = len(next(iter(feeds.values())))
        blocks: list[list[Array]] = []
        for start in range(0, max(rows, 1), BLOCK_ROWS):
            check()
            blocks.append(
                self._session.run(
                    self.outputs, {name: feeds[name][start : start + BLOCK_ROWS] for name in self.inputs}
                )
            )
        return {name: np.concatenate([block[i] for block in blocks]) for i, name in enumerate(self.outputs)}
