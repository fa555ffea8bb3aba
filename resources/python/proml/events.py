"""What a run tells: events as NDJSON on standard output, points in metrics.jsonl, words in log.txt."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import Cancelled

#: How long a run may take to notice a stop by itself; every file is whole at any moment, so it may then just end.
GRACE_SECONDS = 1.0
EXIT_CANCELLED = 130


class Events:
    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._started = time.monotonic()
        self._log = open(folder / "log.txt", "a", encoding="utf-8", buffering=1)
        self._metrics = open(folder / "metrics.jsonl", "a", encoding="utf-8", buffering=1)
        self.timings: dict[str, float] = {}

    def emit(self, kind: str, **fields: Any) -> None:
        line = json.dumps({"type": kind, **fields}, ensure_ascii=False, allow_nan=False)
        with self._lock:
            try:
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
            except BrokenPipeError:
                self._cancelled.set()

    def log(self, text: str) -> None:
        elapsed = time.monotonic() - self._started
        self._log.write(f"{elapsed:8.2f} s  {text}\n")
        self.emit("log", line=text)

    def log_only(self, text: str) -> None:
        self._log.write(text if text.endswith("\n") else text + "\n")

    def progress(self, fraction: float, message: str) -> None:
        self.check()
        self.emit("progress", fraction=round(fraction, 4), message=message)

    def metric(self, name: str, step: int, value: float, trial: int | None = None) -> None:
        point = {"step": step, "name": name, "value": value, "trial": trial}
        self._metrics.write(json.dumps(point) + "\n")
        self.emit("metric", **point)

    @contextmanager
    def phase(self, name: str, message: str, fraction: float) -> Iterator[None]:
        """Name a step, tell it, and keep how long it took."""
        self.progress(fraction, message)
        self.emit("phase", name=name)
        start = time.monotonic()
        yield
        self.timings[name] = round(self.timings.get(name, 0.0) + (time.monotonic() - start) * 1000, 1)
        self.log(f"{message} took {(time.monotonic() - start):.2f} s")

    def check(self) -> None:
        """A place where the run may stop."""
        if self._cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Ask the run to stop; if it is deep in native code and does not, end the process."""
        if self._cancelled.is_set():
            return
        self._cancelled.set()

        def end() -> None:
            self.emit("cancelled")
            os._exit(EXIT_CANCELLED)

        timer = threading.Timer(GRACE_SECONDS, end)
        timer.daemon = True
        timer.start()

    def watch(self) -> None:
        """Stop on SIGTERM, SIGINT, or when standard input closes (the parent is gone)."""

        wanted = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "pthread_sigmask"):
            # A handler would wait for the main thread to leave native code; a waiting thread does not. Blocked before
            # any thread is made, since one without the mask would take the signal and end the process.
            signal.pthread_sigmask(signal.SIG_BLOCK, wanted)

            def wait_for_signal() -> None:
                signal.sigwait(wanted)
                self.cancel()

            threading.Thread(target=wait_for_signal, daemon=True).start()
        else:
            for number in wanted:
                signal.signal(number, lambda *_: self.cancel())

        def read_until_closed() -> None:
            try:
                while os.read(0, 4096):
                    pass
            except OSError:
                pass
            self.cancel()

        threading.Thread(target=read_until_closed, daemon=True).start()
