from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]


def node(name: str, op: str, role: str, inputs: list[str], **params: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "role": role, "inputs": inputs, "params": params, "type": "float", "width": 1}


def use(name: str, kind: str, tensor: str, is_nullable: bool = False) -> dict[str, Any]:
    return {"name": name, "type": kind, "tensor": tensor, "isNullable": is_nullable}


def regression_plan(rounds: int = 30) -> dict[str, Any]:
    return {
        "namespace": "n",
        "model": "delay",
        "label": {"name": "y", "type": "float", "task": "regression"},
        "uses": [use("a", "float", "float32", True), use("b", "int", "int64"), use("c", "string", "string")],
        "nodes": [
            node("filled", "impute", "transform", ["a"], strategy="mean"),
            node("port", "one_hot", "transform", ["c"], max=3),
            node("lin", "ridge", "algorithm", ["filled", "b", "port"], l2=0.5),
            node("gbt", "boosted_trees", "algorithm", ["a", "b"], rounds=rounds, depth=4),
            node("both", "weighted", "combinator", ["lin", "gbt"], weights=[1, 3]),
        ],
        "outputs": [{"name": "delay", "node": "both", "fn": "value"}],
        "train": {"split": {}, "search": None, "seed": 3},
    }


class Job(unittest.TestCase):
    def setUp(self) -> None:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = Path(made.name)
        random = np.random.default_rng(1)
        a, b = random.normal(size=2000), random.integers(0, 50, 2000)
        c = random.choice(["x", "y", "z", "w"], 2000)
        y = 3 * a + 0.1 * b + (c == "x") + random.normal(size=2000)
        a[random.random(2000) < 0.1] = np.nan
        split = np.where(np.arange(2000) < 1400, "train", np.where(np.arange(2000) < 1700, "valid", "test"))
        column = pa.array(a, mask=np.isnan(a))
        pq.write_table(pa.table({"a": column, "b": b, "c": c, "y": y, "__split": split}), self.folder / "set.parquet")

    def start(self, plan: dict[str, Any], run: str = "run") -> subprocess.Popen[str]:
        folder = self.folder / run
        folder.mkdir()
        job = {"plan": plan, "trainingSet": str(self.folder / "set.parquet"), "folder": str(folder), "threads": 1, "seed": 3}
        (folder / "job.json").write_text(json.dumps(job))
        return subprocess.Popen(
            [sys.executable, "-m", "proml.job", str(folder / "job.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def events(self, process: subprocess.Popen[str]) -> list[dict[str, Any]]:
        assert process.stdout is not None and process.stdin is not None
        events = [json.loads(line) for line in process.stdout]
        process.wait(30)
        process.stdin.close()
        process.stdout.close()
        return events

    def until_fitting(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["type"] == "metric":
                return
        self.fail("the job ended before it fitted anything")

    def test_a_regression_gives_the_same_bytes_twice(self) -> None:
        first, second = (self.events(self.start(regression_plan(), run))[-1] for run in ("one", "two"))
        self.assertEqual(first["type"], "result")
        self.assertLess(first["parity"], 1e-5)
        self.assertGreater(first["metrics"]["test"]["r2"], 0.7)
        self.assertEqual(list(first["metrics"]["test"]), ["rmse", "mae", "r2"])
        self.assertIsNone(first["curves"])
        self.assertEqual(first["modelDigest"], second["modelDigest"])
        models = [(self.folder / run / "model.onnx").read_bytes() for run in ("one", "two")]
        self.assertEqual(models[0], models[1])

    def stopped(self, stop: Any) -> None:
        process = self.start(regression_plan(rounds=100_000))
        self.until_fitting(process)
        begin = time.monotonic()
        stop(process)
        events = self.events(process)
        self.assertEqual(events[-1]["type"], "cancelled")
        self.assertEqual(process.returncode, 130)
        self.assertLess(time.monotonic() - begin, 10)
        left = {path.name for path in (self.folder / "run").iterdir()}
        self.assertEqual(left, {"job.json", "log.txt", "metrics.jsonl", "transform.onnx"})

    @unittest.skipIf(os.name == "nt", "Windows has no SIGTERM to handle")
    def test_a_signal_stops_it(self) -> None:
        self.stopped(lambda process: process.send_signal(signal.SIGTERM))

    def test_the_end_of_its_parent_stops_it(self) -> None:
        self.stopped(lambda process: process.stdin.close())

    def fails(self, plan: dict[str, Any]) -> dict[str, Any]:
        process = self.start(plan)
        last = self.events(process)[-1]
        self.assertEqual((last["type"], process.returncode), ("error", 1))
        return last

    def test_a_classifier_for_a_number_is_refused(self) -> None:
        plan = regression_plan()
        plan["nodes"][2]["op"] = "logistic"
        plan["nodes"][2]["params"] = {}
        self.assertEqual(self.fails(plan)["message"], "`logistic` of `lin` cannot predict a number.")

    def test_text_without_an_encoding_is_refused(self) -> None:
        plan = regression_plan()
        plan["nodes"][3]["inputs"] = ["a", "c"]
        last = self.fails(plan)
        self.assertEqual(last["message"], "`boosted_trees` of `gbt` cannot take text: `c`.")
        self.assertEqual(last["hint"], "Encode it first: `one_hot(c, max: 50)`.")

    def test_a_column_that_is_not_there_is_named(self) -> None:
        plan = regression_plan()
        plan["uses"].append(use("gone", "float", "float32"))
        self.assertEqual(self.fails(plan)["message"], "The training set lacks the column `gone`.")

    def test_a_damaged_training_set_is_said(self) -> None:
        (self.folder / "set.parquet").write_bytes(b"PAR1 not really")
        self.assertIn("The training set cannot be read", self.fails(regression_plan())["message"])


if __name__ == "__main__":
    unittest.main()
