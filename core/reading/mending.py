"""Rows that do not fit the header: made to fit or left out, and each told."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from core.reading.dialect import DELIMITERS
from core.reading.layout import Layout
from core.reading.limits import Notice, TableError, notice
from core.reading.records import Lines, Offsets, Records
from core.reading.sniffing import Record, csv_options, is_number
from core.sentence import plural


@dataclass
class Mender:
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

    def mend(self, data: bytes, records: Records) -> tuple[bytes, Offsets]:
        """Return the text with every record made to fit, and the lines of those kept."""
        records = self._above_footer(data, self.filled(records))
        kept = np.ones(len(records.lines), np.bool_)
        mended = bytearray()
        text, done = memoryview(data), int(records.starts[0]) if len(records.lines) else 0
        for at in np.flatnonzero(records.delimiters != self.layout.width - 1):
            start, end = int(records.starts[at]), int(records.ends[at])
            line, cells = int(records.lines[at]), int(records.delimiters[at]) + 1
            fitted = self._fitted(data[start:end], line, cells)
            kept[at] = fitted is not None
            mended += text[done:start]
            mended += fitted or b""
            done = end
        end = int(records.ends[-1]) if len(records.lines) else 0
        self._finish(int(kept.sum()))
        mended += text[done:end]
        return bytes(mended), records.lines[kept]

    def rewrite(self, records: Iterable[Record]) -> tuple[bytes, Lines]:
        """Return the text of records parsed elsewhere, made to fit, and the lines of those kept."""
        out = io.BytesIO()
        text = io.TextIOWrapper(out, encoding="utf-8", newline="")
        signs = csv_options(self.layout.delimiter, self.layout.quote)
        writer = csv.writer(text, lineterminator="\n", **signs)
        lines = array("q")
        for line, cells in records:
            row = self._fitting(cells, line)
            if row is not None:
                writer.writerow(row)
                lines.append(line)
        self._finish(len(lines))
        text.flush()
        return out.getvalue(), np.array(lines, np.int64)

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
