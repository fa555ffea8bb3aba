"""Files that are whole or absent: a temporary beside the target, fsync, rename, fsync of the folder."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any


def write_durably(path: Path, content: bytes) -> None:
    temporary = path.parent / f".{uuid.uuid4()}.part"
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name != "nt":  # Windows cannot open a folder for syncing; its rename is journaled.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_durably(path, (text + "\n").encode())
