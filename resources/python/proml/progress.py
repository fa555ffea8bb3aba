"""Progress of a long call, in a notebook's output while it lasts and gone afterwards."""

from __future__ import annotations

import sys
import time
from html import escape
from types import TracebackType
from typing import Any, Optional

#: Pages are not redrawn more often than this.
_interval_seconds = 0.15


class Progress:
    def __init__(self, title: str) -> None:
        self._title = title
        self._handle: Any = None
        self._shown_at = 0.0
        self._fraction: Optional[float] = None
        self._message = ""
        self._metric = ""

    def __enter__(self) -> Progress:
        self._show()
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if self._handle is not None:
            # An update cannot take an output away; an empty one takes no room.
            self._handle.update({"text/html": "", "text/plain": ""}, raw=True)

    def event(self, event: dict[str, Any]) -> None:
        if event["type"] == "progress":
            self._fraction, self._message = event.get("fraction"), str(event.get("message", ""))
        elif event["type"] == "metric" and event.get("points"):
            point = event["points"][-1]
            self._metric = f"{point['name']} {point['value']:.4f} at step {point['step']}"
        if time.monotonic() - self._shown_at >= _interval_seconds:
            self._show()

    def _show(self) -> None:
        self._shown_at = time.monotonic()
        share = "" if self._fraction is None else f" {self._fraction:.0%}"
        words = " · ".join(part for part in (f"{self._title}{share}", self._message, self._metric) if part)
        value = "" if self._fraction is None else f' value="{self._fraction:.3f}"'
        bundle = {"text/html": f"<p><progress{value}></progress> {escape(words)}</p>", "text/plain": words}
        if self._handle is not None:
            self._handle.update(bundle, raw=True)
        elif "ipykernel" in sys.modules:
            from IPython.display import display

            self._handle = display(bundle, raw=True, display_id=True)
