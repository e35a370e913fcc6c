"""Read the columns of a text: every row as wide as the header, with its line number.

pyarrow parses the text. Rows that do not fit the header are first fitted or left out, with a
notice; a text whose quotes open within values goes through the csv module before.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, islice

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pa_csv  # type: ignore[import-untyped]

from core.table.notices import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_IRREGULAR_BYTES,
    MAX_LINE_BYTES,
    MAX_RECORD_LINES,
    MAX_ROWS,
    MEGABYTE,
    Notice,
    TableError,
    notice,
)
from core.table.reading.layout import Layout
from core.table.reading.plain_numbers import NULLS, is_lossless, may_misread, may_underflow
from core.table.reading.ragged_rows import RowFitter
from core.table.reading.records import (
    Lines,
    Offsets,
    Records,
    count_lines,
    find_records,
    quotes_enclose_cells,
    start_of_line,
)
from core.table.reading.sniffing import csv_options
from core.utils.sentence import plural

_BLOCK = 2**20  # bytes that pyarrow parses at a time; more for many columns,
_ROWS_A_BLOCK = 1_000  # since each block costs something for every column
_MANY = 1_000  # columns from which on an empty cell alone is null to pyarrow, to save memory:
_EMPTY = [""]  # it builds a dictionary of them for every column
_TYPES = {"whole": pa.int64(), "fraction": pa.float64(), "text": pa.string()}
_NOTHING = pa.chunked_array([], pa.null())
_END = "\x01"  # an extra last line; no text file holds this character


@dataclass(frozen=True)
class Rows:
    """Parsed rows: `columns` of N texts or plain numbers each, `lines` (N,) with line numbers.

    Plain numbers are int64 or float64, read without loss, null where missing.
    """

    columns: list[pa.ChunkedArray]
    lines: Lines
    notices: tuple[Notice, ...]


def check_lines(data: bytes, name: str) -> None:
    """Raise TableError for too many lines, before any parser sees them."""
    count = count_lines(data)
    if count > MAX_ROWS:
        raise TableError(
            f"{name} has {plural(count, 'line')}, more than the {plural(MAX_ROWS, 'row')} that "
            "can be read: keep fewer rows."
        )


def check_columns(data: bytes, delimiter: str, name: str) -> None:
    """Raise TableError for too many columns in a line, before any parser sees them."""
    start = 0
    while start + MAX_COLUMNS < len(data):
        end = data.rfind(b"\n", start, start + MAX_COLUMNS + 1)
        if end < 0:  # only a line that is longer than that can hold so many
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            _refuse_long_line(data, start, end, name)
            columns = data.count(delimiter.encode(), start, end) + 1
            if columns > MAX_COLUMNS:
                line = data.count(b"\n", 0, start) + 1
                raise TableError(
                    f"{name} has {plural(columns, 'column')} in line {line}, more than the "
                    f"{plural(MAX_COLUMNS, 'column')} that can be read: keep fewer columns."
                )
        start = end + 1


def _refuse_long_line(data: bytes, start: int, end: int, name: str) -> None:
    if end - start > MAX_LINE_BYTES:
        line = data.count(b"\n", 0, start) + 1
        raise TableError(
            f"{name} has {(end - start) // MEGABYTE} MB in line {line}, more than the "
            f"{MAX_LINE_BYTES // MEGABYTE} MB that a line may have: break it into rows."
        )


def read_rows(data: bytes, layout: Layout, name: str, emptied: Sequence[int] = ()) -> Rows:
    """Return the rows below the header, or raise TableError where no safe reading exists.

    Lines in `emptied` held comments and do not count as blank.
    """
    if rows := _line_by_line(data, layout, name):
        return rows
    if layout.spaced or not quotes_enclose_cells(data, layout.quote, layout.delimiter):
        return _row_by_row(data, layout, name, emptied)
    records = find_records(data, layout.quote).from_line(layout.first)
    _refuse_many_cells(len(records.lines), layout.width, name)
    if records.regular:
        quoted_lines = _quoted_lines_notice(_lines_within(data, records, layout))
        fitter = RowFitter(layout, name, frozenset(emptied))
        lines = fitter.without_blank(records).lines
        if rows := _parse(_Body.of(data, records), lines, layout, fitter.notices() + quoted_lines):
            return rows
        records = find_records(data, layout.quote, layout.delimiter).from_line(layout.first)
        fitter = RowFitter(layout, name, frozenset(emptied))
        fitted, lines = fitter.fit(data, records)
        body = _Body.of(fitted, find_records(fitted, layout.quote))
        if rows := _parse(body, lines, layout, fitter.notices() + quoted_lines):
            return rows
    return _row_by_row(data, layout, name, emptied)


def _lines_within(data: bytes, records: Records, layout: Layout) -> list[int]:
    """Return the lines within multi-line records that each could be a row."""
    found: list[int] = []
    mark, width = layout.delimiter.encode(), layout.width
    ends = np.append(records.lines[1:], records.lines[-1:] + records.span)
    long = records.select(ends - records.lines > 1)
    for line, start, end in zip(
        long.lines.tolist(), long.starts.tolist(), long.ends.tolist(), strict=True
    ):
        text = data[start:end]
        if text.count(mark) != (width - 1) * (text.count(b"\n") + 1):  # fast, and mostly so
            continue
        lines = text.split(b"\n")
        if _are_rows([each.count(mark) for each in lines], width):
            found += range(line, line + len(lines))
    return found


def _are_rows(delimiters: Sequence[int], width: int) -> bool:
    """Return whether lines within quotes each have as many cells as a row."""
    return width > 2 and len(delimiters) > 1 and {*delimiters} == {width - 1}


def _quoted_lines_notice(lines: list[int]) -> tuple[Notice, ...]:
    message = "Lines within quotes are read as part of a value, although each may be a row"
    return (notice(message, lines),) if lines else ()


def _line_by_line(data: bytes, layout: Layout, name: str) -> Rows | None:
    """Return the rows of a text in which every line is a row; None for any other.

    This skips the search for records, which takes longer than parsing.
    """
    if layout.quote and layout.quote.encode() in data:
        return None
    start = start_of_line(data, layout.first)
    count = count_lines(data, start)
    _refuse_many_cells(count, layout.width, name)
    lines = np.arange(layout.first, layout.first + count)
    return _parse(_Body(data, start), lines, layout)


def _refuse_many_cells(rows: int, columns: int, name: str) -> None:
    if rows * columns > MAX_CELLS:
        raise TableError(
            f"{name} has {plural(rows, 'row')} of {plural(columns, 'column')}, more than the "
            f"{plural(MAX_CELLS, 'cell')} that can be read: keep fewer rows or columns."
        )


def _row_by_row(data: bytes, layout: Layout, name: str, emptied: Sequence[int]) -> Rows:
    """Return the rows of a text rewritten by the csv module, which allows quotes within values."""
    if len(data) > MAX_IRREGULAR_BYTES:
        raise TableError(
            f"{name} has quotes that open or close within a value, which beyond "
            f"{MAX_IRREGULAR_BYTES // MEGABYTE} MB takes too long to parse: write such a "
            "quote twice, or read the file without quotes."
        )
    fitter, reader = RowFitter(layout, name, frozenset(emptied)), _RowReader(data, layout, name)
    text, lines = fitter.rewrite(reader.records())
    body = _Body.of(text, find_records(text, layout.quote))
    rows = _parse(body, lines, layout, fitter.notices() + reader.notices())
    if rows is None:
        raise TableError(f"{name} is not a regular table: save it again as CSV.")
    return rows


@dataclass(frozen=True)
class _Body:
    """A text, the first byte of its rows, and what pyarrow must know about them in advance."""

    data: bytes
    start: int
    longest: int = 0  # bytes of the longest row, if known
    spans_lines: bool = False

    @classmethod
    def of(cls, data: bytes, records: Records) -> _Body:
        if not len(records.lines):
            return cls(data, len(data))
        longest = int((records.ends - records.starts).max())
        return cls(data, int(records.starts[0]), longest, records.span > 1)


def _parse(
    body: _Body, kept: Offsets | Lines, layout: Layout, notices: tuple[Notice, ...] = ()
) -> Rows | None:
    """Return the rows of a regular text; None if it is ragged or its rows do not match `kept`."""
    lines = kept.astype(np.int64, copy=False)
    if not len(lines):
        return Rows([pa.chunked_array([], pa.string())] * layout.width, lines, notices)
    try:
        columns = _columns(body, layout)
    except pa.ArrowInvalid:
        return None
    return Rows(columns, lines, notices) if len(columns[0]) == len(lines) else None


def _columns(body: _Body, layout: Layout) -> list[pa.ChunkedArray]:
    """Return columns of plain numbers where that is lossless, all others as text."""
    keys = [str(number) for number in range(layout.width)]  # pyarrow must not see equal names
    text = dict.fromkeys(keys, pa.string())
    # pyarrow could infer the types, but would keep all parsed data in memory until the end.
    types = {key: _TYPES[kind] for key, kind in zip(keys, layout.kinds, strict=True)}
    if types == text or may_misread(body.data, body.start, layout):
        return _read_columns(body, layout, text)
    try:
        columns = _read_columns(body, layout, types)
    except pa.ArrowInvalid:  # a column has text further below
        return _read_columns(body, layout, text)
    suspect = cache(partial(may_underflow, body.data, body.start))
    unsafe = {key: pa.string() for key in keys if not is_lossless(columns[int(key)], suspect)}
    for key in unsafe:
        columns[int(key)] = _NOTHING
    if unsafe:
        texts = _read_columns(body, layout, unsafe, only=list(unsafe))
        for key, column in zip(unsafe, texts, strict=True):
            columns[int(key)] = column
    return columns


def _read_columns(
    body: _Body, layout: Layout, types: dict[str, pa.DataType], only: Sequence[str] = ()
) -> list[pa.ChunkedArray]:
    block = max(_BLOCK, 2 * body.longest + 2, _ROWS_A_BLOCK * layout.width)
    keys = [str(number) for number in range(layout.width)]
    table = pa_csv.read_csv(
        pa.BufferReader(pa.py_buffer(body.data)[body.start :]),
        pa_csv.ReadOptions(column_names=keys, block_size=block),
        pa_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote or False,
            newlines_in_values=body.spans_lines,
        ),
        pa_csv.ConvertOptions(
            column_types=types,
            null_values=NULLS if layout.width <= _MANY else _EMPTY,
            true_values=[],
            false_values=[],
            include_columns=list(only),
        ),
    )
    columns: list[pa.ChunkedArray] = table.columns
    return columns


class _RowReader:
    """Reader of one row at a time: limits the length of open quotes, notes doubtful ones."""

    def __init__(self, data: bytes, layout: Layout, name: str) -> None:
        self._stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
        self._layout = layout
        self._name = name
        self._record: list[str] = []  # its lines so far
        self._start = layout.first
        self._comments: list[int] = []
        self._early_quotes: list[int] = []
        self._blanks_before: list[int] = []
        self._quoted_lines: list[int] = []
        self._opening = layout.quote or "\0"  # start of a quoted cell, first or later in a row
        self._inner = layout.delimiter + self._opening
        sign, quote = re.escape(layout.delimiter), layout.quote
        within = f"{quote}[^{quote}]*(?:{quote}{quote}[^{quote}]*)*{quote}" if quote else "(?!)"
        blanks = "(?P<blanks> *)" if layout.spaced else "(?P<blanks>)"
        self._cell = re.compile(f"{blanks}{within}(?P<rest>[^{sign}\r\n]*)|[^{sign}\r\n]*")

    def records(self) -> Iterator[tuple[int, int, list[str]]]:
        """Yield each record below the header: first line, number of lines, cells.

        Raises TableError for a quote that is never closed.
        """
        for _ in islice(self._stream, self._layout.first - 1):
            pass
        signs = csv_options(self._layout.delimiter, self._layout.quote, self._layout.spaced)
        try:
            for cells in csv.reader(chain(self._lines(), [_END]), **signs):
                if cells == [_END]:
                    return
                if cells and cells[-1].endswith(_END):
                    self._refuse()
                parts = self._parts()
                self._note_quotes(parts)
                yield self._start, len(self._record), self._with_blanks(cells, parts)
                self._start += len(self._record)
                self._record = []
        except csv.Error:
            self._refuse()

    def _lines(self) -> Iterator[str]:
        mark = self._layout.comment
        for line in self._stream:
            if mark and not self._record and line.lstrip(" ").startswith(mark):
                self._comments.append(self._start)
                self._start += 1
                continue
            self._record.append(line)
            if len(self._record) > MAX_RECORD_LINES:
                self._refuse()
            yield line

    def _parts(self) -> list[re.Match[str]]:
        """Return the cells of the record as written, if it has quoted cells."""
        text, at, parts = "".join(self._record), 0, list[re.Match[str]]()
        if not self._layout.spaced and not (text.startswith(self._opening) or self._inner in text):
            return []
        while at < len(text) and (part := self._cell.match(text, at)):
            parts.append(part)
            at = part.end() + 1
        return parts

    def _note_quotes(self, parts: Sequence[re.Match[str]]) -> None:
        """Note quotes that close before the cell ends, follow spaces, or enclose rows."""
        lines = range(self._start, self._start + len(self._record))
        if len(lines) > 1:
            marks = [line.count(self._layout.delimiter) for line in self._record]
            self._quoted_lines += [*lines] * _are_rows(marks, self._layout.width)
        early = spaced = False
        for part in parts:
            blanks, rest = part.groups()
            early = early or bool(rest and rest.strip())
            spaced = spaced or bool(blanks)
        self._early_quotes += lines if early else ()
        self._blanks_before += lines[:1] if spaced else ()

    def _with_blanks(self, cells: list[str], parts: Sequence[re.Match[str]]) -> list[str]:
        """Return the cells with the spaces that the csv module skipped before unquoted ones."""
        if not self._layout.spaced or len(parts) != len(cells):
            return cells
        pairs = zip(cells, parts, strict=True)
        return [part[0] if part["blanks"] is None else cell for cell, part in pairs]

    def _refuse(self) -> None:
        quote = "single" if self._layout.quote == "'" else "double"
        raise TableError(
            f"{self._name} has a {quote} quote in line {self._start} that is never closed: "
            "close it, write a quote within a value twice, or read the file without quotes."
        )

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices of all records read."""
        changes = (
            ("Comment lines are skipped", self._comments),
            (
                "A quote closes before its cell ends: it is removed, the rest of the cell is kept",
                self._early_quotes,
            ),
            ("Spaces before quotes are removed", self._blanks_before),
        )
        notices = tuple(notice(message, lines) for message, lines in changes if lines)
        return notices + _quoted_lines_notice(self._quoted_lines)
