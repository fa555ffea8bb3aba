"""A dataframe of a kernel, sent to the studio as one Arrow stream in pieces over a comm."""

from __future__ import annotations

import io
from typing import Any

# Fewer, larger messages: a socket that holds too many drops the newest.
PIECE_BYTES = 4 * 1024 * 1024


def is_frame(value: Any) -> bool:
    """Whether a value is a table that `send` can send."""
    root = type(value).__module__.split(".")[0]
    return root in ("pandas", "polars", "pyarrow") and type(value).__name__ in ("DataFrame", "Table")


def _named(frame: Any) -> Any:
    """A pandas frame whose columns have texts for names, no two alike."""
    said = [".".join(map(str, column)) if isinstance(column, tuple) else str(column) for column in frame.columns]
    names: list[str] = []
    for name in said:
        own, count = name, 1
        # A number that makes it another column's name is passed over.
        while own in names or (count > 1 and own in said):
            count += 1
            own = f"{name}_{count}"
        names.append(own)
    named = frame.copy(deep=False)
    named.columns = names
    return named


def _text(value: Any) -> str | None:
    """A value as text; one that is missing stays so. Arrays and NA do not say whether they equal themselves."""
    is_missing = value is None or type(value).__name__ in ("NAType", "NaTType")
    return None if is_missing or (isinstance(value, float) and value != value) else str(value)


def _from_pandas(frame: Any) -> tuple[Any, list[str]]:
    import pyarrow as pa

    named = _named(frame)
    try:
        return pa.Table.from_pandas(named), []
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        pass
    as_text = []
    for column in named.columns:
        try:
            pa.Array.from_pandas(named[column])
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            as_text.append(column)
            named[column] = [_text(value) for value in named[column]]
    return pa.Table.from_pandas(named), as_text


def _arrow(value: Any, rows: int) -> tuple[Any, int, list[str]]:
    """The first rows as an Arrow table, how many there are in all, and what became text."""
    root = type(value).__module__.split(".")[0]
    if root == "pandas":
        table, as_text = _from_pandas(value.iloc[:rows])
        return table, len(value), as_text
    if root == "polars":
        return value.head(rows).to_arrow(), value.height, []
    return value.slice(0, rows), value.num_rows, []


def send(namespace: dict[str, Any], name: str, target: str, rows: int, limit_bytes: int) -> None:
    """Sends at most `rows` rows and about `limit_bytes` of the frame `name` to the comm target `target`."""
    if name not in namespace:
        raise NameError(f"There is no variable {name} in this kernel any more.")
    if not is_frame(namespace[name]):
        raise TypeError(f"{name} is a {type(namespace[name]).__name__}, not a dataframe.")
    try:
        import pyarrow as pa
    except ImportError as error:
        raise ImportError("This kernel has no pyarrow, which sends dataframes: pip install pyarrow") from error
    from comm import create_comm

    table, total, as_text = _arrow(namespace[name], rows)
    if table.nbytes > limit_bytes and table.num_rows > 0:
        table = table.slice(0, max(1, int(table.num_rows * limit_bytes / table.nbytes)))
    link = create_comm(target_name=target)
    sink = io.BytesIO()

    def piece() -> None:
        if sink.tell() > 0:
            link.send(data={}, buffers=[sink.getvalue()])
            sink.seek(0)
            sink.truncate()

    row_bytes = max(1, table.nbytes // max(1, table.num_rows))
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=max(1, PIECE_BYTES // row_bytes)):
            writer.write_batch(batch)
            if sink.tell() >= PIECE_BYTES:
                piece()
    piece()
    link.close(data={"rows": table.num_rows, "totalRows": total, "asText": as_text})
