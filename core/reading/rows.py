"""From plain text to columns: every row as wide as the header, with its line number.

pyarrow's reader parses the text. Rows that do not fit the header are mended or left out before it
sees them, each told; a text whose quotes open within values goes through the csv module first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pa_csv  # type: ignore[import-untyped]

from core.reading.dialect import DELIMITERS
from core.reading.layout import Layout
from core.reading.limits import (
    MAX_COLUMNS,
    MAX_IRREGULAR_BYTES,
    MAX_RECORD_LINES,
    MAX_ROWS,
    MEGABYTE,
    Notice,
    TableError,
    notice,
    plural,
)
from core.reading.plain_numbers import NULLS, hides_numbers, may_underflow, without_loss
from core.reading.records import Lines, Records, find_records
from core.reading.sniffing import Record, csv_options, is_number

_END = "\x01"  # one more line after the last; no text file that was let in holds this character


@dataclass(frozen=True)
class Rows:
    """The cells: `columns` of N texts or plain numbers each, `lines` (N,) with their line numbers.

    Plain numbers are int64 or float64 that stand in the file as such, null where missing.
    """

    columns: list[pa.ChunkedArray]
    lines: Lines
    notices: tuple[Notice, ...]


def check_lines(data: bytes, name: str) -> None:
    """Raise TableError for too many lines, before any parser sees them."""
    count = data.count(b"\n")
    if count > MAX_ROWS:
        raise TableError(
            f"{name} has {plural(count, 'line')}, more than the {plural(MAX_ROWS, 'row')} that "
            "can be read: keep fewer rows."
        )


def check_columns(data: bytes, delimiter: str, name: str) -> None:
    """Raise TableError for too many columns in a line, before any parser sees them."""
    lines = find_records(data, "")
    lengths = lines.ends - lines.starts
    for index in np.flatnonzero(lengths > MAX_COLUMNS):  # only a long line can hold so many
        columns = data.count(delimiter.encode(), lines.starts[index], lines.ends[index]) + 1
        if columns > MAX_COLUMNS:
            raise TableError(
                f"{name} has {plural(columns, 'column')} in line {index + 1}, more than the "
                f"{plural(MAX_COLUMNS, 'column')} that can be read: keep fewer columns."
            )


def read_rows(data: bytes, layout: Layout, name: str, emptied: Sequence[int] = ()) -> Rows:
    """Return the rows below the header, or raise TableError where there is no safe reading.

    Lines in `emptied` held comments and are not told as blank.
    """
    records = find_records(data, layout.quote).since(layout.first)
    if records.regular:
        mender = _Mender(layout, name, frozenset(emptied))
        filled = mender.filled(records)
        if rows := _parsed(data, records, filled.lines, layout, mender.notices()):
            return rows
        records = find_records(data, layout.quote, layout.delimiter).since(layout.first)
        mender = _Mender(layout, name, frozenset(emptied))
        mended, lines = mender.mend(data, records)
        anew = find_records(mended, layout.quote)
        if rows := _parsed(mended, anew, lines, layout, mender.notices()):
            return rows
    return _row_by_row(data, layout, name, emptied)


def _row_by_row(data: bytes, layout: Layout, name: str, emptied: Sequence[int]) -> Rows:
    """Write the text anew by the csv module, which takes a quote within a value as it stands."""
    if len(data) > MAX_IRREGULAR_BYTES:
        raise TableError(
            f"{name} has quotes that open or close within a value, which beyond "
            f"{MAX_IRREGULAR_BYTES // MEGABYTE} MB takes too long to sort out: write such a quote "
            "twice, or read it without quotes."
        )
    mender = _Mender(layout, name, frozenset(emptied))
    text, lines = mender.rewrite(_records(data, layout, name))
    rows = _parsed(text, find_records(text, layout.quote), lines, layout, mender.notices())
    if rows is None:
        raise TableError(f"{name} is not a regular table: save it again as CSV.")
    return rows


def _parsed(
    data: bytes, records: Records, lines: Lines, layout: Layout, notices: tuple[Notice, ...]
) -> Rows | None:
    """Parse a text of regular rows; None where it is not one, or not of as many rows as lines."""
    if not len(lines):
        return Rows([pa.chunked_array([], pa.string())] * layout.width, lines, notices)
    try:
        columns = _columns(data, records, layout)
    except pa.ArrowInvalid:
        return None
    return Rows(columns, lines, notices) if len(columns[0]) == len(lines) else None


def _columns(data: bytes, records: Records, layout: Layout) -> list[pa.ChunkedArray]:
    """Return plain numbers where nothing is lost by them, all other columns as text."""
    keys = [str(number) for number in range(layout.width)]  # pyarrow must not see equal names
    start = int(records.starts[0])
    read = partial(_read, pa.py_buffer(data)[start:], records, layout, keys)
    if not layout.guess_numbers or hides_numbers(data, start):
        columns: list[pa.ChunkedArray] = read(as_text=keys).columns
        return columns
    guessed = read()
    suspect = may_underflow(data, start)
    columns = guessed.columns
    unsafe = [key for key in keys if not without_loss(columns[int(key)], suspect)]
    if unsafe:
        for key, column in zip(unsafe, read(as_text=unsafe, only=unsafe).columns, strict=True):
            columns[int(key)] = column
    return columns


def _read(
    body: pa.Buffer,
    records: Records,
    layout: Layout,
    keys: list[str],
    *,
    as_text: Sequence[str] = (),
    only: Sequence[str] = (),
) -> pa.Table:
    longest = int((records.ends - records.starts).max())
    return pa_csv.read_csv(
        pa.BufferReader(body),
        pa_csv.ReadOptions(column_names=keys, block_size=max(2**20, 2 * longest + 2)),
        pa_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote or False,
            newlines_in_values=records.span > 1,
        ),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(as_text, pa.string()),
            null_values=NULLS,
            true_values=[],
            false_values=[],
            include_columns=list(only),
        ),
    )


@dataclass
class _Mender:
    """Makes records of any width fit, notes what it did, and refuses where most do not fit."""

    layout: Layout
    name: str
    emptied: frozenset[int]
    rows: int = 0
    blank: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    padded: list[int] = field(default_factory=list)
    long: list[tuple[int, int]] = field(default_factory=list)
    below: list[int] = field(default_factory=list)

    def filled(self, records: Records) -> Records:
        """Return the records that are not empty."""
        empty = records.ends == records.starts
        self._note_blank(records.lines[empty].tolist())
        return records.where(~empty)

    def mend(self, data: bytes, records: Records) -> tuple[bytes, Lines]:
        """Return the text with every record made to fit, and the lines of those kept."""
        records = self._above_footer(data, self.filled(records))
        kept = np.ones(len(records.lines), np.bool_)
        pieces: list[bytes | memoryview] = []
        text, done = memoryview(data), int(records.starts[0]) if len(records.lines) else 0
        for at in np.flatnonzero(records.delimiters != self.layout.width - 1):
            start, end = int(records.starts[at]), int(records.ends[at])
            line, cells = int(records.lines[at]), int(records.delimiters[at]) + 1
            fitted = self._fitted(data[start:end], line, cells)
            kept[at] = fitted is not None
            pieces += [text[done:start], fitted or b""]
            done = end
        end = int(records.ends[-1]) if len(records.lines) else 0
        self._finish(int(kept.sum()))
        return b"".join([*pieces, text[done:end]]), records.lines[kept]

    def rewrite(self, records: Iterable[Record]) -> tuple[bytes, Lines]:
        """Return the text of records parsed elsewhere, made to fit, and the lines of those kept."""
        out = io.StringIO()
        signs = csv_options(self.layout.delimiter, self.layout.quote)
        writer = csv.writer(out, lineterminator="\n", **signs)
        lines = []
        for line, cells in records:
            row = self._fitting(cells, line)
            if row is not None:
                writer.writerow(row)
                lines.append(line)
        self._finish(len(lines))
        return out.getvalue().encode(), np.array(lines, np.int64)

    def _above_footer(self, data: bytes, records: Records) -> Records:
        """Part off what stands below the table: lines of one text where three or more belong."""
        end = len(records.lines)
        while self.layout.width > 2 and end and records.delimiters[end - 1] == 0:
            cell = data[records.starts[end - 1] : records.ends[end - 1]].decode()
            if is_number(cell, self.layout.delimiter):
                break
            end -= 1
        self.below = records.lines[end:].tolist()
        return records.where(np.arange(len(records.lines)) < end)

    def _fitted(self, record: bytes, line: int, cells: int) -> bytes | None:
        """Return a record of so many cells with as many as there are columns; None to leave out."""
        mark, width = self.layout.delimiter.encode(), self.layout.width
        if cells == 1 and not record.strip():
            self._note_blank([line])
            return None
        if cells < width:
            self.short.append(line)
            return record + mark * (width - cells)
        rest = record.rstrip(b" " + mark)
        cells_left = cells - record[len(rest) :].count(mark)
        if cells_left > width:
            self.long.append((line, cells))
            return None
        self.padded.append(line)
        return rest + mark * (width - cells_left)

    def _fitting(self, cells: list[str], line: int) -> list[str] | None:
        """Do as `_fitted` does, for a record that was parsed."""
        width = self.layout.width
        if len(cells) <= 1 and not any(cell.strip() for cell in cells):
            self._note_blank([line])
            return None
        if len(cells) < width:
            self.short.append(line)
            return cells + [""] * (width - len(cells))
        if any(cell.strip() for cell in cells[width:]):
            self.long.append((line, len(cells)))
            return None
        if len(cells) > width:
            self.padded.append(line)
        return cells[:width]

    def _note_blank(self, lines: Iterable[int]) -> None:
        self.blank += [line for line in lines if line not in self.emptied]

    def _finish(self, kept: int) -> None:
        """More than half of the rows ragged: then the header or the delimiter is not understood."""
        self.blank.sort()
        if 2 * (len(self.long) + len(self.short)) <= kept + len(self.long):
            return
        line = min([at for at, _ in self.long[:1]] + self.short[:1])
        found = dict(self.long).get(line)
        what = f"{found} values" if found else "too few values"
        raise TableError(
            f"{self.name} is not a regular table: line {line} has {what} where {self._expected()}; "
            f"give every row {self.layout.width} values, separated by "
            f"{DELIMITERS[self.layout.delimiter]}, or choose another delimiter or header line."
        )

    def _expected(self) -> str:
        header = self.layout.header_row
        if header is None:
            return f"most rows have {self.layout.width}"
        return f"line {header} names {plural(self.layout.width, 'column')}"

    def notices(self) -> tuple[Notice, ...]:
        """Return what was done, with count and first lines."""
        told = (
            ("Blank lines are skipped", self.blank),
            ("Rows that end early are filled up with missing values", self.short),
            ("Empty cells beyond the last column are left out", self.padded),
            ("Rows with more values than columns are left out", [line for line, _ in self.long]),
            ("Lines below the table are skipped", self.below),
        )
        return tuple(notice(message, lines) for message, lines in told if lines)


def _records(data: bytes, layout: Layout, name: str) -> Iterator[Record]:
    """Yield each record below the header with its first line; TableError for an unclosed quote."""
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    for _ in islice(stream, layout.first - 1):
        pass
    guard = _Guard(layout.first, name, "single" if layout.quote == "'" else "double")
    signs = csv_options(layout.delimiter, layout.quote)
    reader = csv.reader(guard.feed(chain(stream, [_END])), **signs)
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
    quote: str
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
            f"{self.name} has a {self.quote} quote in line {self.start} that is never closed: "
            "close it, write a quote within a value twice, or read the file without quotes."
        )
