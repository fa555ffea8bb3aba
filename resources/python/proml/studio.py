"""Asks the studio's own command: one implementation of everything, in a process that ends with this one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Optional

Event = Callable[[dict[str, Any]], None]

#: How long the command may take to stop in order once it is asked to.
_stop_seconds = 15.0
_kept_lines = 20


class StudioError(Exception):
    """A failure in the studio's words: what is wrong (``message``) and what to do about it (``hint``)."""

    def __init__(self, message: str, hint: str = "", code: str = "internal") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def _render_traceback_(self) -> list[str]:
        """Where in our Python it was noticed helps nobody: IPython shows these lines instead."""
        return [line for line in (self.message, self.hint) if line]


def command() -> list[str]:
    """The command line of `proml`: what the studio says in PROML_COMMAND, else what is on PATH."""
    said = os.environ.get("PROML_COMMAND")
    if said:
        try:
            parts = json.loads(said)
        except ValueError:
            parts = None
        if isinstance(parts, list) and parts and all(isinstance(part, str) for part in parts):
            return parts
        raise StudioError(
            "PROML_COMMAND is no command line.",
            'Write it as a JSON list of texts, such as ["proml"].',
            "invalid_input",
        )
    found = shutil.which("proml")
    if found:
        return [found]
    raise StudioError(
        "The command `proml` is not here, and everything is computed by it.",
        "Open this notebook in Pro-ML Studio; or run `npm link` in a clone of it, which puts `proml` on PATH; or set "
        'PROML_COMMAND to a JSON list, such as ["node", "/path/to/proml-studio/resources/setup/proml.mjs"].',
        "not_found",
    )


def workspace() -> Path:
    """The folder that data paths are relative to: the nearest one upward that the studio has worked in, else this one."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".proml").is_dir()), here)


def ask(arguments: Sequence[str], text: Optional[str] = None, on_event: Optional[Event] = None) -> Any:
    """What `proml … --json` answers. `text` stands for the program that is not saved; events come while it works."""
    with _unsaved(text) as more:
        child = _start([*command(), *arguments, "--json", *more, *(["--events"] if on_event else [])])
        output: list[str] = []
        reader = threading.Thread(target=_read_into, args=(child.stdout, output), daemon=True)
        reader.start()
        try:
            lines = _follow(child, on_event)
            child.wait()
            reader.join()
        except BaseException as interrupted:
            _stop(child)
            if isinstance(interrupted, KeyboardInterrupt):
                raise StudioError("Stopped.", code="cancelled") from None
            raise
        finally:
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe:
                    pipe.close()
    try:
        answer = json.loads("".join(output))
    except ValueError:
        detail = "\n".join(lines[-_kept_lines:])
        raise StudioError(
            f"`{' '.join(command())}` gave no answer (exit status {child.returncode}).",
            detail or "Run it in a terminal to see why.",
        ) from None
    error = answer.get("error") if isinstance(answer, dict) and child.returncode != 0 else None
    if isinstance(error, dict):
        raise StudioError(str(error.get("message")), str(error.get("hint") or ""), str(error.get("code")))
    return answer


@contextmanager
def _unsaved(text: Optional[str]) -> Iterator[list[str]]:
    if text is None:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="proml-") as folder:
        file = Path(folder) / "unsaved.proml"
        file.write_bytes(text.encode())
        yield ["--unsaved", str(file)]


def _start(arguments: Sequence[str]) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        # The studio's own binary may be Electron's, which is a Node when asked so.
        "ELECTRON_RUN_AS_NODE": "1",
        # Our end of its input closes when this process is gone, however it went.
        "PROML_FOLLOW_INPUT": "1",
    }
    # A group of its own: an interrupt of the kernel comes to us, and is passed on once.
    group: dict[str, Any] = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    try:
        return subprocess.Popen(
            list(arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env=environment,
            **group,
        )
    except OSError as error:
        raise StudioError(
            f"`{arguments[0]}` could not be started: {error.strerror or error}.",
            "Check PROML_COMMAND, or what `proml` on PATH is.",
            "not_found",
        ) from None


def _read_into(pipe: Optional[IO[str]], output: list[str]) -> None:
    if pipe:
        output.extend(pipe)


def _follow(child: subprocess.Popen[str], on_event: Optional[Event]) -> list[str]:
    """Reads standard error to its end: events are passed on, other lines are kept."""
    lines: list[str] = []
    for line in child.stderr or ():
        event = _event(line)
        if event is None:
            lines.append(line.rstrip())
        elif on_event:
            on_event(event)
    return lines


def _event(line: str) -> Optional[dict[str, Any]]:
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "type" in value else None


def _stop(child: subprocess.Popen[str]) -> None:
    try:
        child.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT)
        child.wait(_stop_seconds)
    except (OSError, subprocess.TimeoutExpired):
        child.kill()
        child.wait()
