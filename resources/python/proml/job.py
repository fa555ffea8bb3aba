"""`python -m proml.job <job.json>`: trains one plan into a run folder, telling events on standard output."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Before numpy is loaded: one thread of linear algebra, so that sums have one order and models one set of bytes.
    for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[_name] = "1"

import json
import traceback
from pathlib import Path
from typing import Any

from .errors import Cancelled, JobError
from .events import EXIT_CANCELLED, Events

EXIT_FAILED = 1
EXIT_USAGE = 2


def run(job: dict[str, Any], events: Events) -> None:
    events.progress(0.0, "Loading the libraries")
    from .train import train

    result = train(job, events)
    events.emit("result", **result)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m proml.job <job.json>\n")
        return EXIT_USAGE
    job: dict[str, Any] = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    events = Events(Path(job["folder"]))
    events.watch()
    try:
        run(job, events)
        return 0
    except Cancelled:
        events.emit("cancelled")
        return EXIT_CANCELLED
    except JobError as error:
        events.log(f"{error.message} {error.hint}")
        events.emit("error", message=error.message, hint=error.hint, place=error.place)
    except MemoryError:
        events.log_only(traceback.format_exc())
        events.emit("error", message="The computer ran out of memory.", hint="Train on fewer rows or inputs.", place=None)
    except Exception as error:
        events.log_only(traceback.format_exc())
        words = f"{type(error).__name__}: {error}".splitlines()[0]
        events.emit("error", message=words, hint="The run’s log says where it happened.", place=None)
    return EXIT_FAILED


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Not sys.exit: worker threads of native libraries must not hold up the end of a run that is complete on disk.
    os._exit(code)
