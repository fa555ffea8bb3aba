"""The words after ``%proml``."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from typing import NoReturn, Optional

from .studio import StudioError


@dataclass(frozen=True)
class Arguments:
    command: str
    subject: Optional[str] = None
    program: Optional[str] = None
    rows: int = 20
    as_of: Optional[str] = None
    label: Optional[str] = None
    name: Optional[str] = None
    out: Optional[str] = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise StudioError(f"%proml does not understand this: {message}.", self.format_usage().strip(), "invalid_input")


def _parser() -> _Parser:
    parser = _Parser(prog="%proml", add_help=False, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, subject: str, *options: str) -> None:
        command = commands.add_parser(name, prog=f"%proml {name}", add_help=False, allow_abbrev=False)
        command.add_argument("subject", nargs="?", metavar=subject)
        for option in options:
            command.add_argument(option, **({"type": int, "default": 20} if option == "--rows" else {}))

    add("check", "PROGRAM", "--program")
    add("preview", "FEATURE", "--rows", "--as-of", "--program")
    add("train", "MODEL", "--program")
    add("evaluate", "RUN|MODEL")
    add("graph", "MODEL", "--program")
    add("draft", "DATA", "--label", "--name", "--out")
    return parser


def parse(line: str) -> Optional[Arguments]:
    """None where help is asked for."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise StudioError(f"%proml does not understand this: {error}.", "Close the quotation marks.", "invalid_input") from None
    if not words or words[0] in ("help", "--help", "-h") or words[-1] in ("--help", "-h"):
        return None
    found = vars(_parser().parse_args(words))
    return Arguments(**{name: value for name, value in found.items() if value is not None})
