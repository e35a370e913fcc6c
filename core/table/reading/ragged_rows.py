"""Rows that do not fit the header: padded, cut or left out, each with a notice."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from core.table.notices import Notice, TableError, notice
from core.table.reading.dialect import DELIMITERS
from core.table.reading.layout import Layout
from core.table.reading.records import Lines, Offsets, Records
from core.table.reading.sniffing import csv_options, filled_width, is_number
from core.utils.sentence import plural


@dataclass
class RowFitter:
    """Fitter of records to the header: notes its changes, and refuses mostly ragged files."""

    layout: Layout
    name: str
    emptied: frozenset[int]
    rows: int = 0
    blank: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    padded: list[int] = field(default_factory=list)
    long: list[tuple[int, int, int]] = field(default_factory=list)  # first line, cells, lines
    footer_lines: list[int] = field(default_factory=list)

    def without_blank(self, records: Records) -> Records:
        """Return the records that are not empty."""
        empty = records.ends == records.starts
        self._note_blank(records.lines[empty].tolist())
        return records.select(~empty)

    def fit(self, data: bytes, records: Records) -> tuple[bytes, Offsets]:
        """Return the text with records of equal width, and the lines of the records in it."""
        records = self._without_footer(data, self.without_blank(records))
        kept = np.ones(len(records.lines), np.bool_)
        fitted = bytearray()
        text, done = memoryview(data), int(records.starts[0]) if len(records.lines) else 0
        for at in np.flatnonzero(records.delimiters != self.layout.width - 1):
            start, end = int(records.starts[at]), int(records.ends[at])
            line, cells = int(records.lines[at]), int(records.delimiters[at]) + 1
            row = self._fit_bytes(data[start:end], line, cells)
            kept[at] = row is not None
            fitted += text[done:start]
            fitted += row or b""
            done = end
        end = int(records.ends[-1]) if len(records.lines) else 0
        self._finish(int(kept.sum()))
        fitted += text[done:end]
        return bytes(fitted), records.lines[kept]

    def rewrite(self, records: Iterable[tuple[int, int, list[str]]]) -> tuple[bytes, Lines]:
        """Return the text of parsed records at equal width, and the lines of the records in it.

        Each record comes with its first line and its number of lines.
        """
        out = io.BytesIO()
        text = io.TextIOWrapper(out, encoding="utf-8", newline="")
        signs = csv_options(self.layout.delimiter, self.layout.quote)
        writer = csv.writer(text, lineterminator="\n", **signs)
        lines = array("q")
        footer: list[tuple[int, int, list[str]]] = []
        for record in records:
            if self._is_footer(record[2]):
                footer.append(record)
                continue
            for line, count, cells in [*footer, record]:
                row = self._fit_cells(cells, line, count)
                if row is not None:
                    writer.writerow(row)
                    lines.append(line)
            footer = []
        self.footer_lines = [line + more for line, count, _ in footer for more in range(count)]
        self._finish(len(lines))
        text.flush()
        return out.getvalue(), np.array(lines, np.int64)

    def _without_footer(self, data: bytes, records: Records) -> Records:
        """Return the records without the footer: lines of one text below three or more columns."""
        end = len(records.lines)
        while end and records.delimiters[end - 1] == 0:
            if not self._is_footer(
                [data[records.starts[end - 1] : records.ends[end - 1]].decode()]
            ):
                break
            end -= 1
        footer = zip(records.lines[end:], records.starts[end:], records.ends[end:], strict=True)
        for line, first, last in footer:
            self.footer_lines += range(line, line + data.count(b"\n", first, last) + 1)
        return records.select(np.arange(len(records.lines)) < end)

    def _is_footer(self, cells: list[str]) -> bool:
        """Return whether a line has one text cell while the table has three or more columns."""
        return (
            self.layout.width > 2
            and len(cells) == 1
            and bool(cells[0].strip())
            and not is_number(cells[0], self.layout.delimiter)
        )

    def _fit_bytes(self, record: bytes, line: int, cells: int) -> bytes | None:
        """Return a record of `cells` cells padded or cut to the columns; None to leave it out."""
        mark, width = self.layout.delimiter.encode(), self.layout.width
        if cells == 1 and not record.strip():
            self._note_blank([line])
            return None
        if cells < width:
            self.short.append(line)
            return record + mark * (width - cells)
        signs = csv_options(self.layout.delimiter, self.layout.quote)
        text = io.StringIO(record.decode(), newline="")
        if self._is_long(next(csv.reader(text, **signs)), line, record.count(b"\n") + 1):
            return None
        rest = record.rstrip(b" " + mark)
        return rest + mark * (width - cells + record[len(rest) :].count(mark))

    def _fit_cells(self, cells: list[str], line: int, lines: int) -> list[str] | None:
        """Do what `_fit_bytes` does, for a parsed record of `lines` lines."""
        width = self.layout.width
        if len(cells) <= 1 and not any(cell.strip() for cell in cells):
            self._note_blank([line])
            return None
        if len(cells) < width:
            self.short.append(line)
            return cells + [""] * (width - len(cells))
        return None if self._is_long(cells, line, lines) else cells[:width]

    def _is_long(self, cells: list[str], line: int, lines: int) -> bool:
        """Return whether a record has too many values to be cut, and note it.

        A row wider than others, with an empty cell before its last value, may have shifted.
        """
        width = self.layout.width
        if len(cells) == width:
            return False
        filled = [cell.strip() for cell in cells[: filled_width(cells)]]
        if len(filled) > width or (len(cells) != self.layout.usual and not all(filled)):
            self.long.append((line, len(cells), lines))
            return True
        self.padded.append(line)
        return False

    def _note_blank(self, lines: Iterable[int]) -> None:
        self.blank += [line for line in lines if line not in self.emptied]

    def _finish(self, kept: int) -> None:
        """Raise TableError if more than half of the rows are ragged."""
        self.blank.sort()
        if 2 * (len(self.long) + len(self.short)) <= kept + len(self.long):
            return
        line = min([at for at, _, _ in self.long[:1]] + self.short[:1])
        found = next((cells for at, cells, _ in self.long[:1] if at == line), None)
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
        """Return notices of the changes, with count and first lines."""
        long = [line + more for line, _, lines in self.long for more in range(lines)]
        changes = (
            ("Blank lines are skipped", self.blank),
            ("Short rows are filled up with missing values", self.short),
            ("Empty cells beyond the last column are left out", self.padded),
            ("Rows with more values than columns are left out", long),
            ("Lines below the table are skipped", self.footer_lines),
        )
        return tuple(notice(message, lines) for message, lines in changes if lines)
