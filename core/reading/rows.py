"""From plain text to columns of text: every row as wide as the header, with its line number.

A regular file goes through pyarrow's reader at once. Whatever has quotes, ragged rows or odd blank
lines goes through the csv module row by row, which can say what was wrong and where.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pa_csv  # type: ignore[import-untyped]

from core.reading.limits import (
    MAX_COLUMNS,
    MAX_RECORD_LINES,
    MAX_ROWS,
    Notice,
    TableError,
    notice,
    plural,
)
from core.reading.sniffing import DELIMITER_NAMES, Layout, Record

Lines = npt.NDArray[np.int64]

_CELLS_A_BATCH = 500_000
_END = "\x01"  # one more line after the last; no text file that was let in holds this character


@dataclass(frozen=True)
class Rows:
    """The cells as text: `columns` of N strings each, `lines` (N,) with each row's line number."""

    columns: list[pa.ChunkedArray]
    lines: Lines
    notices: tuple[Notice, ...]


def one_kind_of_line_end(data: bytes) -> bytes:
    """Return the text with line feeds only; a carriage return within quotes stays as it is."""
    if b"\r" not in data or (b'"' in data and b"\n" in data):
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def check_bounds(data: bytes, delimiter: str, name: str) -> None:
    """Raise TableError for too many lines or columns; takes one pass, before any parser."""
    count = data.count(b"\n")
    if count > MAX_ROWS:
        raise TableError(
            f"{name} has {plural(count, 'line')}, more than the {plural(MAX_ROWS, 'row')} that "
            "can be read: keep fewer rows."
        )
    starts, lengths = _line_spans(data)
    mark = delimiter.encode()
    for index in np.flatnonzero(lengths > MAX_COLUMNS):  # only a long line can hold so many
        start = int(starts[index])
        columns = data.count(mark, start, start + int(lengths[index])) + 1
        if columns > MAX_COLUMNS:
            raise TableError(
                f"{name} has {plural(columns, 'column')} in line {index + 1}, more than the "
                f"{plural(MAX_COLUMNS, 'column')} that can be read: keep fewer columns."
            )


def read_rows(data: bytes, layout: Layout, name: str) -> Rows:
    """Return the rows below the header, or raise TableError where there is no safe reading."""
    if b'"' not in data:
        rows = _read_regular(data, layout)
        if rows is not None:
            return rows
    return _Collector(layout, name).read(data)


def _line_spans(data: bytes) -> tuple[Lines, Lines]:
    """Return where each line starts and how long it is, without its line feed."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)
    return starts, ends - starts


def _read_regular(data: bytes, layout: Layout) -> Rows | None:
    """Read a file whose rows all have the right number of cells; None for any other."""
    starts, lengths = _line_spans(data)
    first = layout.first - 1
    if first >= len(starts):
        return None
    filled = np.flatnonzero(lengths[first:] > 0) + first + 1
    keys = [str(number) for number in range(layout.width)]  # pyarrow must not see equal names
    body = pa.py_buffer(memoryview(data)[int(starts[first]) :])
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(body),
            pa_csv.ReadOptions(
                column_names=keys, block_size=max(2**20, 2 * int(lengths.max()) + 2)
            ),
            pa_csv.ParseOptions(delimiter=layout.delimiter, quote_char=False),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(filled):
        return None
    blank = np.flatnonzero(lengths[first:] == 0) + first + 1
    notices = (notice("Blank lines are skipped", blank),) if len(blank) else ()
    return Rows(table.columns, filled, notices)


@dataclass
class _Collector:
    """Takes records of any width and makes them fit, or remembers why not."""

    layout: Layout
    name: str
    batches: list[list[pa.Array]] = field(default_factory=list)
    batch: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    padded: list[int] = field(default_factory=list)
    long: list[tuple[int, int]] = field(default_factory=list)

    def read(self, data: bytes) -> Rows:
        for line, cells in _records(data, self.layout, self.name):
            self._take(line, cells)
        self._flush()
        self._refuse_ragged()
        parts = zip(*self.batches, strict=True)
        columns = [pa.chunked_array(list(part), pa.string()) for part in parts]
        return Rows(columns, np.array(self.lines, np.int64), self._notices())

    def _take(self, line: int, cells: list[str]) -> None:
        width = self.layout.width
        if not any(cell.strip() for cell in cells) and len(cells) <= 1:
            self.blank.append(line)
            return
        if len(cells) > width:
            if any(cell.strip() for cell in cells[width:]):
                self.long.append((line, len(cells)))
                return
            self.padded.append(line)
            cells = cells[:width]
        elif len(cells) < width:
            self.short.append(line)
            cells = cells + [""] * (width - len(cells))
        self.lines.append(line)
        self.batch.append(cells)
        if len(self.batch) * width >= _CELLS_A_BATCH:
            self._flush()

    def _flush(self) -> None:
        if self.batch:
            columns = zip(*self.batch, strict=True)
            self.batches.append([pa.array(column, pa.string()) for column in columns])
            self.batch = []

    def _refuse_ragged(self) -> None:
        """More than half of the rows ragged: then the header or the delimiter is not understood."""
        rows = len(self.lines) + len(self.long)
        if 2 * (len(self.long) + len(self.short)) <= rows:
            return
        line = min([at for at, _ in self.long[:1]] + self.short[:1])
        found = dict(self.long).get(line)
        what = f"{found} values" if found else "too few values"
        raise TableError(
            f"{self.name} is not a regular table: line {line} has {what} where {self._expected()}; "
            f"give every row {self.layout.width} values, separated by a "
            f"{DELIMITER_NAMES[self.layout.delimiter]}."
        )

    def _expected(self) -> str:
        header = self.layout.header_row
        if header is None:
            return f"most rows have {self.layout.width}"
        return f"line {header} names {plural(self.layout.width, 'column')}"

    def _notices(self) -> tuple[Notice, ...]:
        told = (
            ("Blank lines are skipped", self.blank),
            ("Rows that end early are filled up with missing values", self.short),
            ("Empty cells beyond the last column are left out", self.padded),
            ("Rows with more values than columns are left out", [line for line, _ in self.long]),
        )
        return tuple(notice(message, lines) for message, lines in told if lines)


def _records(data: bytes, layout: Layout, name: str) -> Iterator[Record]:
    """Yield each record below the header with its first line; TableError for an unclosed quote."""
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    for _ in islice(stream, layout.first - 1):
        pass
    guard = _Guard(layout.first, name)
    reader = csv.reader(guard.feed(chain(stream, [_END])), delimiter=layout.delimiter)
    try:
        for cells in reader:
            if cells == [_END]:
                return
            if cells and cells[-1].endswith(_END):
                guard.refuse()
            yield guard.start, cells
            guard.start = guard.line
    except csv.Error:
        guard.refuse()


@dataclass
class _Guard:
    """Counts the lines that go into one record, so that an open quote cannot swallow the file."""

    start: int
    name: str
    line: int = 0

    def feed(self, lines: Iterable[str]) -> Iterator[str]:
        self.line = self.start
        for line in lines:
            self.line += 1
            if self.line - self.start > MAX_RECORD_LINES:
                self.refuse()
            yield line

    def refuse(self) -> None:
        raise TableError(
            f"{self.name} has a double quote in line {self.start} that is never closed: "
            "close it, or write a quote within a value twice."
        )
