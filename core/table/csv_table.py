"""Read a CSV file or a DataFrame into a `Table`, or raise TableError with one sentence.

    table = read_csv("penguins.csv")    # bytes, a path, a file opened in binary mode, a DataFrame
    table.frame            # pandas.DataFrame: int64, float64 (NaN where missing) or text columns
    table.dialect          # comma, "." as decimal point, UTF-8, header in line 1
    table.notices          # what was changed, dropped or guessed, with count and first lines

Every value that differs from the file is in a notice, except for decimal fractions, which are read
to the nearest float64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.table.notices import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    MEGABYTE,
    Notice,
    TableError,
    notice,
)
from core.table.reading.column_names import column_names, drop_nameless
from core.table.reading.columns import Fact, Progress, TypedColumn, fact_notices, type_columns
from core.table.reading.decoding import decode
from core.table.reading.dialect import DELIMITERS, Dialect
from core.table.reading.frames import columns_of
from core.table.reading.layout import TEXT, Layout, find_layout, without_second_table
from core.table.reading.records import (
    lines_with,
    one_kind_of_line_end,
    start_of_line,
    with_single_blanks,
    without_comments,
    without_repeats,
)
from core.table.reading.rows import Rows, check_columns, check_lines, read_rows
from core.table.reading.sniffing import has_escaped_quotes
from core.table.reading.unpacking import unpack
from core.utils.arguments import instance, integer
from core.utils.sentence import plural

__all__ = [
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "TO_PREDICT",
    "TO_TRAIN_ON",
    "Dialect",
    "Notice",
    "Table",
    "TableError",
    "read_csv",
]

TO_TRAIN_ON, TO_PREDICT = (2, 2), (1, 1)  # minimum rows and columns
_HEAD_BYTES = 2**20
_LOST_ROWS = "Rows with more", "Lines below"  # notices of rows that do not fit
_MANY_COLUMNS = 500  # columns from which on pandas is faster with joined blocks


@dataclass(frozen=True, eq=False)
class Table:
    """A typed table of N rows; `lines` (N,) holds each row's line in the file (1-based).

    Raises ValueError for a frame that is not a DataFrame, has two columns of the same name, or
    holds complex numbers. `read_csv` accepts more DataFrames and reports its changes in notices.
    """

    frame: pd.DataFrame
    dialect: Dialect = field(default_factory=lambda: Dialect(header_row=1))
    notices: tuple[Notice, ...] = ()
    name: str = "The table"
    lines: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        for name, kind in instance("frame", self.frame, pd.DataFrame).dtypes.items():
            if getattr(kind, "kind", "O") == "c":
                raise ValueError(f"frame, column {name!r}, must not hold complex numbers")
        if not self.frame.columns.is_unique:
            raise ValueError("frame must not have two columns of the same name")
        lines = self.lines
        if len(lines) != len(self.frame):  # a table made by hand has one row per line
            lines = np.arange(len(self.frame)) + (self.dialect.header_row or 0) + 1
        lines = np.array(lines, np.int64)
        lines.flags.writeable = False
        object.__setattr__(self, "lines", lines)

    def __repr__(self) -> str:
        """Return, say, Table(penguins.csv: 344 rows, 9 columns, 2 notices)."""
        rows, columns = self.frame.shape
        notices = f", {plural(len(self.notices), 'notice')}" if self.notices else ""
        size = f"{plural(rows, 'row')}, {plural(columns, 'column')}"
        return f"{type(self).__name__}({self.name}: {size}{notices})"


def read_csv(
    source: bytes | str | Path | BinaryIO | pd.DataFrame,
    *,
    name: str | None = None,
    dialect: Dialect | None = None,
    least: tuple[int, int] = TO_TRAIN_ON,
    progress: Progress | None = None,
) -> Table:
    """Return the table of a CSV file of any common dialect, plain or in a gzip or zip archive.

    `source` is the file's content, its path, a file opened in binary mode, or a DataFrame; `name`
    is its name in messages. What `dialect` does not give is detected. Raises TableError with one
    sentence where no safe reading exists: no text, empty, too large, fewer rows or columns than
    `least` (rows, columns), most rows ragged.
    `progress` is called with the number of columns done and their total; an exception in it ends
    the reading.

    Numbers of a DataFrame stay as they are, to the last bit; its other cells are read like those of
    a file. Its index is dropped, names are made unique, and each row's line is that in a file with
    a header. Complex numbers, lists and the like are refused. Raises ValueError for an argument of
    another type.
    """
    given, name, least = _arguments(dialect, name, least)
    if isinstance(source, pd.DataFrame):
        return _from_frame(source, given, name or "The table", least)
    data, name = _content(source, name)
    data, unpacked = unpack(data, name)
    decoded = decode(data, name, given.encoding)
    del data  # so that a large file is not in memory twice
    if not decoded.data or decoded.data.isspace():
        raise TableError(f"{name} is empty: choose a CSV file with a header and rows of values.")
    text, layout, emptied = _prepare_text(decoded.data, given, name, least[1])
    layout = replace(layout, notices=(*unpacked, *decoded.notices, *layout.notices))
    rows = read_rows(text, layout, name, emptied)
    given = replace(given, encoding=decoded.encoding)
    return _typed_table(rows, layout, given, name, least[0], progress)


def as_table(source: Table | pd.DataFrame, name: str = "table") -> Table:
    """Return a table unchanged, or the table that `read_csv` makes of a DataFrame.

    Raises ValueError, with `name` in its message, for anything else.
    """
    if isinstance(source, pd.DataFrame):
        return read_csv(source)
    return instance(name, source, Table)


def _arguments(
    dialect: Dialect | None, name: str | None, least: tuple[int, int]
) -> tuple[Dialect, str | None, tuple[int, int]]:
    if not isinstance(least, tuple) or len(least) != 2:
        raise ValueError(f"least must be two numbers, of rows and of columns, not {least!r}")
    rows, columns = (
        integer(f"least {what}", count)
        for what, count in zip(("rows", "columns"), least, strict=True)
    )
    given = Dialect() if dialect is None else instance("dialect", dialect, Dialect)
    return given, None if name is None else instance("name", name, str), (rows, columns)


def _from_frame(source: pd.DataFrame, given: Dialect, name: str, least: tuple[int, int]) -> Table:
    """Return the table of a DataFrame, with columns typed like those of a file."""
    parsed, layout = columns_of(source, name)
    if layout.width < least[1]:
        raise TableError(
            f"{name} has {plural(layout.width, 'column')}: a feature and a target are needed."
        )
    rows = Rows(parsed, np.arange(len(source)) + layout.first, ())
    table = _typed_table(rows, layout, given, name, least[0], progress=None)
    dialect = replace(table.dialect, delimiter=None, encoding=None, quote=None, comment=None)
    return replace(table, dialect=dialect)


def _typed_table(
    rows: Rows, layout: Layout, given: Dialect, name: str, least: int, progress: Progress | None
) -> Table:
    """Return the table of parsed rows; raise TableError for fewer than `least`."""
    _refuse_few_rows(len(rows.lines), layout, name, least, (*layout.notices, *rows.notices))
    names, renamed = column_names(layout)
    typed = type_columns(rows.columns, layout.delimiter, given, progress)
    columns = dict(zip(names, typed, strict=True))
    renamed += drop_nameless(columns, layout)
    frame, lines, changes = _assemble(columns, rows)
    _refuse_few_rows(len(lines), layout, name, least)
    notices = (*layout.notices, *renamed, *rows.notices, *changes)
    return Table(frame, _dialect(layout, typed, given), notices, name, lines)


def _prepare_text(
    data: bytes, given: Dialect, name: str, columns: int
) -> tuple[bytes, Layout, list[int]]:
    """Return the text for the parser, its layout, and which of its lines were emptied."""
    data, unescaped = _with_doubled_quotes(data, given)
    layout = _find_layout(data, given)
    text, comments = without_comments(data, layout.quote, layout.comment)
    text = one_kind_of_line_end(text, layout.quote)
    check_lines(text, name)
    if layout.delimiter == " ":
        text = with_single_blanks(text, layout.quote)
    check_columns(text, layout.delimiter, name)
    if layout.width < columns:
        raise TableError(_one_column(text, layout, given, name))
    if not layout.names:
        _refuse_few_rows(0, layout, name, least=1)
    text, second = without_second_table(text, layout)
    if second:
        layout = replace(
            layout, kinds=(TEXT,) * layout.width
        )  # the kinds were found over both tables
    on_one_line = layout.header_row == layout.first - 1  # else a copy would lose its first line
    text, repeated = without_repeats(text, layout.first - 1 if on_one_line else 0, layout.quote)
    text = text.rstrip(b"\n") if text.endswith(b"\n\n") else text  # needs no notice
    comments = [line for line in comments if line >= layout.first and line not in second]
    skipped = (
        ("Comment lines are skipped", comments),
        ("Lines that repeat the column names are skipped", repeated),
        ("A second table with its own names is skipped, with all lines below", second),
    )
    notices = tuple(notice(message, lines) for message, lines in skipped if lines)
    layout = replace(layout, notices=unescaped + layout.notices + notices)
    return text, layout, comments + repeated


def _find_layout(data: bytes, given: Dialect) -> Layout:
    """Return the layout; look again if quotes enclose carriage returns."""
    sample = _sample(data)
    layout = find_layout(sample, given)
    exact = one_kind_of_line_end(data[:_HEAD_BYTES], layout.quote).decode("utf-8", errors="ignore")
    return layout if exact == sample else find_layout(exact, replace(given, quote=layout.quote))


def _one_column(text: bytes, layout: Layout, given: Dialect, name: str) -> str:
    line = layout.header_row or layout.first
    held = text[start_of_line(text, line) :].partition(b"\n")[0].strip()
    if given.delimiter:
        signs, which, never = [given.delimiter], "it", "it does not occur"
        remedy = f" with {DELIMITERS[given.delimiter]} as delimiter: choose another delimiter"
    else:
        signs, which, never = [*DELIMITERS], "them", "none of them occurs"
        offered = ", ".join(DELIMITERS.values())
        remedy = f": separate a feature and a target by one of {offered}"
    why = f"line {line} has none of {which}"
    if any(sign.encode() in held for sign in signs):
        why = f"outside quotes, {never} equally often in nearly all lines"
    return f"{name} has only one column{remedy} ({why})."


def _sample(data: bytes) -> str:
    """Return the beginning of the text, with line feeds only."""
    text = data[:_HEAD_BYTES].decode("utf-8", errors="ignore")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_doubled_quotes(data: bytes, given: Dialect) -> tuple[bytes, tuple[Notice, ...]]:
    """Return the text with quotes within values doubled instead of escaped by a backslash."""
    quote = '"' if given.quote is None else given.quote
    if not has_escaped_quotes(_sample(data), quote):
        return data, ()
    escaped = b"\\" + quote.encode()
    message = "Backslashes before quotes within values are removed"
    removed = notice(message, lines_with(data, escaped), data.count(escaped))
    return data.replace(escaped, 2 * quote.encode()), (removed,)


def _dialect(layout: Layout, columns: Sequence[TypedColumn], given: Dialect) -> Dialect:
    """Return the complete dialect; of several thousands separators the first."""
    commas = sum(column.number_format.decimal == "," for column in columns)
    more = commas > 0 and commas > sum(map(_has_points, columns))
    decimal = given.decimal or ("," if more or given.thousands == "." else ".")
    signs = (column.number_format.thousands for column in columns)
    thousands = next((sign for sign in signs if sign not in ("", decimal)), "")
    return Dialect(
        layout.delimiter,
        decimal,
        given.encoding,
        layout.header_row or 0,
        layout.quote,
        given.thousands if given.thousands is not None else thousands,
        layout.comment,
    )


def _has_points(column: TypedColumn) -> bool:
    """Return whether the column holds fractions with a decimal point."""
    values = column.cells
    if column.number_format.decimal != "." or not isinstance(values, np.ndarray):
        return False
    return values.dtype.kind == "f" and bool((np.floor(values) < values).any())


def _content(source: bytes | str | Path | BinaryIO, name: str | None) -> tuple[bytes, str]:
    """Return the bytes and the name for messages; read no more than the limit."""
    if isinstance(source, bytes | bytearray | memoryview):
        data, own_name = bytes(source), "The file"
    elif isinstance(source, str | Path):
        data, own_name = _from_path(Path(source))
    else:
        data = _read_binary(source)
        own_name = Path(str(getattr(source, "name", "The file"))).name
    name = " ".join((name or own_name).split()) or "The file"
    if len(data) > MAX_BYTES:
        raise TableError(
            f"{name} is larger than the {MAX_BYTES // MEGABYTE} MB that can be read: "
            "keep fewer rows or columns."
        )
    return data, name


def _read_binary(source: BinaryIO) -> bytes:
    """Return the content of an open file, no more than the limit."""
    data = source.read(MAX_BYTES + 1) if hasattr(source, "read") else None
    if not isinstance(data, bytes):
        what = "a file opened as text" if isinstance(data, str) else f"a {type(source).__name__}"
        raise ValueError(
            f"source must be bytes, a path, a file opened in binary mode or a DataFrame, not {what}"
        )
    return data


def _from_path(path: Path) -> tuple[bytes, str]:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1), path.name
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = (getattr(error, "strerror", None) or "it is not a file name").lower()
        raise TableError(f"{path.name} cannot be opened: {reason}.") from error


def _refuse_few_rows(
    count: int, layout: Layout, name: str, least: int, notices: Sequence[Notice] = ()
) -> None:
    if count >= least:
        return
    header = f"a header in line {layout.header_row} but " if layout.header_row else ""
    few = "only one row of values" if count == 1 else f"{header}no rows of values"
    for lost in (each for each in notices if each.message.startswith(_LOST_ROWS)):
        raise TableError(
            f"{name} has {few}, since {lost.message[0].lower()}{str(lost)[1:]}: give every row "
            f"{layout.width} values, separated by {DELIMITERS[layout.delimiter]}."
        )
    number = "one" if least == 1 else "two"
    advice = "add at least a second one" if count == 1 else f"add at least {number}"
    raise TableError(f"{name} has {few}: {advice}.")


def _assemble(
    columns: Mapping[str, TypedColumn], rows: Rows
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], list[Notice]]:
    """Return the frame without rows that are all missing, its lines, and notices."""
    void = np.ones(len(rows.lines), np.bool_)
    for column in columns.values():
        void &= column.missing
    facts = [
        replace(fact, column=name)
        for name, column in columns.items()
        for fact in _without_rows(column.facts, void)
    ]
    cells = {name: column.cells for name, column in columns.items()}
    frame = pd.DataFrame(cells, copy=len(cells) > _MANY_COLUMNS)  # a copy takes twice the memory
    notices = fact_notices(facts, rows.lines)
    if not void.any():
        return frame, rows.lines, notices
    notices.insert(0, notice("Rows without any value are left out", rows.lines[void]))
    return frame[~void].reset_index(drop=True), rows.lines[~void], notices


def _without_rows(facts: Sequence[Fact], void: npt.NDArray[np.bool_]) -> list[Fact]:
    """Return the facts without missing cells in the `void` rows."""
    kept = (replace(f, rows=f.rows[~void[f.rows]]) if f.kind == "missing" else f for f in facts)
    return [fact for fact in kept if len(fact.rows)]
