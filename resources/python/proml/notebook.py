"""The studio from Python: check a program, look at a feature, train, evaluate, draw the graph, draft a program."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

from .progress import Progress
from .results import Check, Draft, Graph, Run
from .studio import StudioError, ask, workspace

if TYPE_CHECKING:
    import pandas

#: What a program that is written in a cell is called in messages; nothing is written there.
CELL = "notebook_cell.proml"


class Program:
    """A path, and the text that stands for what is there where it is not saved."""

    def __init__(self, path: str, text: Optional[str] = None) -> None:
        self.path = path
        self.text = text


#: The last ``%%proml`` cell of this session.
_remembered: Optional[Program] = None


def remember(program: Program) -> None:
    """Makes it the program that is meant where none is named."""
    global _remembered
    _remembered = program


def remembered() -> Optional[Program]:
    return _remembered


def programs_here() -> list[str]:
    return sorted(path.name for path in Path.cwd().glob("*.proml") if path.is_file())


def _program(named: Optional[str]) -> Program:
    if named is not None:
        return Program(named) if named.endswith(".proml") and "\n" not in named else Program(CELL, named)
    if _remembered:
        return _remembered
    here = programs_here()
    if len(here) == 1:
        return Program(here[0])
    raise StudioError(
        "It is not clear which program is meant." if here else "There is no program here.",
        f"Name one: {', '.join(here)}." if here else "Write one in a cell that begins with %%proml, or name its file.",
        "invalid_input",
    )


def check(program: Optional[str] = None) -> Check:
    """Checks a program against its real data.

    `program` is a `.proml` file or the text of one; without it the last ``%%proml`` cell, else the only file here.
    """
    return check_program(_program(program))


def check_program(meant: Program, note: str = "") -> Check:
    answer = ask(["check", meant.path], meant.text)
    found: list[dict[str, Any]] = answer["diagnostics"]
    texts = {} if meant.text is None else {each["file"]: meant.text for each in found}
    for name in {each["file"] for each in found} - texts.keys():
        file = workspace() / name
        if file.is_file():
            texts[name] = file.read_bytes().decode("utf-8", "replace")
    return Check(found, texts, note)


def preview(
    feature: str, rows: int = 20, as_of: Optional[object] = None, program: Optional[str] = None
) -> pandas.DataFrame:
    """Values of a feature as a dataframe: of the keys with the most rows, as of a moment.

    `as_of` is a text or a datetime, in UTC where it names no zone; without it, the moment of the newest row. A feature
    that describes rows shows the first `rows` of its source.
    """
    arguments = ["--feature", feature, "--rows", str(int(rows))]
    if as_of is not None:
        arguments += ["--as-of", as_of.isoformat() if hasattr(as_of, "isoformat") else str(as_of)]
    # Features are found in the whole workspace; no program need be meant.
    meant = Program(program) if program and program.endswith(".proml") else _program(program) if program else _remembered
    answer = ask(["preview", *([meant.path] if meant else []), *arguments], meant.text if meant else None)
    return _frame(answer["columns"], answer["rows"])


def _frame(columns: list[dict[str, str]], rows: list[list[Any]]) -> pandas.DataFrame:
    import pandas

    kinds = {"int": "Int64", "float": "float64", "bool": "boolean", "string": "object"}
    series = {}
    for index, column in enumerate(columns):
        values = [row[index] for row in rows]
        kind = column["type"]
        if kind in ("date", "time"):
            series[column["name"]] = pandas.to_datetime(pandas.Series(values, dtype="object"), utc=True).dt.tz_localize(None)
        elif kind == "int":
            series[column["name"]] = pandas.Series([None if v is None else int(v) for v in values], dtype="Int64")
        else:
            series[column["name"]] = pandas.Series(values, dtype=kinds.get(kind, "object"))
    return pandas.DataFrame(series)


def train(model: Optional[str] = None, program: Optional[str] = None) -> Run:
    """Trains a model on this machine, with progress shown meanwhile; stopping the cell stops it."""
    meant = _program(program)
    with Progress(f"Training {model or meant.path}") as progress:
        run = ask(["train", meant.path, *(["--model", model] if model else [])], meant.text, progress.event)
    return Run(run)


def evaluate(which: Optional[str] = None) -> Run:
    """What a model is worth: of the run `r-0001`, of a model's newest run, or of the newest run of all."""
    if which is None:
        return Run(ask(["eval"]))
    is_run = re.fullmatch(r"(run:)?r-\d+", which) is not None
    return Run(ask(["eval", which] if is_run else ["eval", "--model", which]))


def graph(model: Optional[str] = None, program: Optional[str] = None) -> Graph:
    """The feature graph of a model, or of the features where there is none, as a drawing."""
    meant = _program(program)
    answer = ask(["graph", meant.path, *(["--model", model] if model else [])], meant.text)
    return Graph(answer["svg"], answer["text"])


def draft(
    data: Union[str, Path, Any],
    name: Optional[str] = None,
    label: Optional[str] = None,
    save: bool = True,
    path: Optional[str] = None,
) -> Draft:
    """Proposes a program about a data file or a dataframe: source, entities, features and a model, as text to keep.

    A dataframe is written to `data/<name>.parquet` of the workspace, if nothing is there yet. With ``save=False`` it is
    not kept, and the source of the draft names `path`, where you will put it. `label` is the column to predict.
    """
    more = ["--label", label] if label else []
    if isinstance(data, (str, Path)):
        return Draft(ask(["draft", str(data), *more, *(["--as", path] if path else [])]))
    if save:
        return Draft(ask(["draft", str(_kept(data, name)), *more]))
    said = path or (f"data/{name}.parquet" if name else None)
    if said is None:
        raise StudioError("The draft's source needs a path.", "Pass path='data/….parquet', or a name.", "invalid_input")
    folder = workspace() / ".proml" / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"draft-{uuid.uuid4()}.parquet"
    try:
        _write(data, file)
        return Draft(ask(["draft", str(file), "--as", said, *more]))
    finally:
        file.unlink(missing_ok=True)


def _kept(data: Any, name: Optional[str]) -> Path:
    if not name or not re.fullmatch(r"[\w][\w .-]*", name):
        raise StudioError(
            "The dataframe needs a name to be kept under.",
            "Pass name='flights' to write data/flights.parquet, or save=False and path=….",
            "invalid_input",
        )
    target = workspace() / "data" / f"{name}.parquet"
    if target.exists():
        raise StudioError(
            f"data/{target.name} is there already.",
            f"Choose another name, or draft from the file: proml.draft('data/{target.name}').",
            "already_exists",
        )
    target.parent.mkdir(exist_ok=True)
    part = target.with_name(f".{uuid.uuid4()}.part")
    try:
        _write(data, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _write(data: Any, file: Path) -> None:
    """Any dataframe that can write Parquet: pandas, and those that do as Polars does."""
    if not hasattr(data, "to_parquet") and not hasattr(data, "write_parquet"):
        raise StudioError(
            f"A {type(data).__name__} is no dataframe.", "Pass a dataframe, or the path of a data file.", "invalid_input"
        )
    try:
        if hasattr(data, "write_parquet"):
            data.write_parquet(file)
            return
        # An index with a name is a column that someone named.
        named = [each for each in data.index.names if each is not None]
        frame = data.reset_index() if named else data
        frame.rename(columns=str).to_parquet(file, index=False)
    except ImportError as error:
        raise StudioError("Parquet cannot be written here.", f"Install pyarrow: {error}.", "not_supported") from None
    except Exception as error:  # pyarrow tells of columns with mixed types, each in its own class
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StudioError(f"The dataframe cannot be written as Parquet: {words}", "Give each column one type.", "invalid_input") from None
