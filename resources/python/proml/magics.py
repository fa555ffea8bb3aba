"""The ``%proml`` and ``%%proml`` magics."""

from __future__ import annotations

import inspect
import re
import shlex
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Optional

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from . import notebook
from .arguments import Arguments, parse
from .durable import write_durably
from .results import Check
from .studio import StudioError, workspace

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

#: What this session wrote, by path: another text there is somebody else's.
_written: dict[Path, str] = {}


@magics_class
class ProMlMagics(Magics):
    @no_var_expand
    @line_cell_magic
    def proml(self, line: str, cell: Optional[str] = None) -> Any:
        """Pro-ML in a notebook.

        A cell that begins with `%%proml` is a program. It is checked against the real data of the workspace and
        remembered: the commands below mean it where they name no program. `%%proml name.proml` also writes that file,
        once the program has no errors.

            %proml check [PROGRAM]
            %proml preview FEATURE [--rows N] [--as-of MOMENT] [--program PROGRAM]
            %proml train [MODEL] [--program PROGRAM]
            %proml evaluate [RUN | MODEL]
            %proml graph [MODEL] [--program PROGRAM]
            %proml draft FILE-OR-DATAFRAME [--label COLUMN] [--name NAME] [--out PROGRAM]

        Each gives a value: `rows = %proml preview delay_3h` is a dataframe.
        """
        if cell is not None:
            return _program_cell(line, cell)
        arguments = parse(line)
        if arguments is None:
            print(inspect.cleandoc(ProMlMagics.proml.__doc__ or ""))
            return None
        return _commands[arguments.command](self.shell, arguments)


def _program_cell(line: str, cell: str) -> Check:
    """Checks the cell; a named one is written where it has no errors."""
    names = shlex.split(line)
    if len(names) > 1 or (names and not names[0].endswith(".proml")):
        raise StudioError(f"`{line.strip()}` is no name for a program.", "Write %%proml, or %%proml name.proml.", "invalid_input")
    program = notebook.Program(names[0] if names else notebook.CELL, cell)
    notebook.remember(program)
    result = notebook.check_program(program)
    if names:
        result.note = _save(Path(names[0]), cell) if result else f"{names[0]} is not written."
    return result


def _save(path: Path, text: str) -> str:
    """Writes the program; what somebody else wrote there meanwhile is kept in the trash."""
    target = path.absolute()
    before = target.read_bytes().decode("utf-8", "replace") if target.exists() else None
    if before == text:
        _written[target] = text
        return f"{path} is as it was."
    kept = ""
    if before is not None and _written.get(target) != before:
        # Where the studio puts what is removed: a folder of its own for each, by the old place.
        root = workspace()
        slot = root / ".proml" / "trash" / f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
        copy = slot / (target.relative_to(root) if target.is_relative_to(root) else target.name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_durably(copy, before.encode())
        kept = f" What it held before is in .proml/trash/{slot.name}."
    target.parent.mkdir(parents=True, exist_ok=True)
    write_durably(target, text.encode())
    _written[target] = text
    return f"Wrote {path}.{kept}"


def _check(_shell: Any, arguments: Arguments) -> Check:
    return notebook.check(arguments.subject or arguments.program)


def _preview(_shell: Any, arguments: Arguments) -> Any:
    if arguments.subject is None:
        _refuse("Which feature?", "Write %proml preview FEATURE.")
    return notebook.preview(arguments.subject, arguments.rows, arguments.as_of, arguments.program)


def _train(_shell: Any, arguments: Arguments) -> Any:
    return notebook.train(arguments.subject, arguments.program)


def _evaluate(_shell: Any, arguments: Arguments) -> Any:
    return notebook.evaluate(arguments.subject)


def _graph(_shell: Any, arguments: Arguments) -> Any:
    return notebook.graph(arguments.subject, arguments.program)


def _draft(shell: Any, arguments: Arguments) -> Any:
    if arguments.subject is None:
        _refuse("A draft of what?", "Write %proml draft data/file.parquet, or the name of a dataframe.")
    value = shell.user_ns.get(arguments.subject, arguments.subject)
    result = notebook.draft(value, name=arguments.name, label=arguments.label)
    if arguments.out:
        result.save(arguments.out)
    return result


def _refuse(message: str, hint: str) -> NoReturn:
    raise StudioError(message, hint, "invalid_input")


_commands = {
    "check": _check,
    "preview": _preview,
    "train": _train,
    "evaluate": _evaluate,
    "graph": _graph,
    "draft": _draft,
}

_options = {
    "preview": ["--rows", "--as-of", "--program"],
    "train": ["--program"],
    "graph": ["--program"],
    "draft": ["--label", "--name", "--out"],
}

_declared = {"preview": "feature", "train": "model", "evaluate": "model", "graph": "model"}


def _texts() -> list[str]:
    """The program of the last cell, and those of the files here."""
    program = notebook.remembered()
    found = [program.text] if program and program.text else []
    for name in notebook.programs_here():
        found.append(Path(name).read_text(encoding="utf-8", errors="replace"))
    return found


def _names(kind: str) -> list[str]:
    pattern = re.compile(rf"^{kind}\s+(\w+)", re.MULTILINE)
    return sorted({name for text in _texts() for name in pattern.findall(text)})


def complete(line: str) -> list[str]:
    """What may come next on a line that begins with the magic."""
    words = line.split()
    done = words if line.endswith((" ", "\t")) else words[:-1]
    if line.lstrip().startswith("%%"):
        return notebook.programs_here() if len(done) == 1 else []
    if len(done) == 1:
        return sorted(_commands)
    command, last = done[1], done[-1]
    if last == "--program" or (command == "check" and len(done) == 2):
        return notebook.programs_here()
    options = [each for each in _options.get(command, []) if each not in done]
    if len(done) > 2:
        return options
    if command == "draft":
        return sorted(str(path) for path in Path("data").glob("*.*")) + options
    return (_names(_declared[command]) if command in _declared else []) + options


def load(shell: InteractiveShell) -> None:
    shell.register_magics(ProMlMagics)
    shell.set_hook("complete_command", lambda _self, event: complete(event.line), re_key=r"%%?proml\b")

