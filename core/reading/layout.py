"""Where the table lies in its file: what stands above it, the names, and the first row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from core.reading.dialect import Dialect
from core.reading.limits import Notice, notice, shown
from core.reading.sniffing import (
    NUMBER,
    Punctuation,
    Record,
    is_missing,
    is_number,
    punctuation,
    usual_width,
)

_COMMA = re.compile(r"[+-]?[0-9.'’ \u00a0\u2009\u202f]*,[0-9]+([eE][+-]?[0-9]+)?")
_YEARS = range(1800, 2101)
_PREAMBLE_RECORDS = 100  # no table begins further down
Kind = Literal["whole", "fraction", "text"]
_WHOLE, _FRACTION = re.compile(r"[+-]?[0-9]+"), re.compile(NUMBER)
ROW_NAMES = "row name"  # the column that R writes without a name


@dataclass(frozen=True)
class Layout:
    """How the file is laid out; `first` is the line where its data begin (1-based)."""

    delimiter: str
    header_row: int | None
    names: tuple[str, ...]
    first: int
    width: int
    quote: str = '"'
    comment: str = ""
    kinds: tuple[Kind, ...] = ()  # of the columns, by their first cells
    notices: tuple[Notice, ...] = field(default=())


def find_layout(text: str, given: Dialect) -> Layout:
    """Return the layout of a file by its beginning; `given` overrules what would be found."""
    found = punctuation(text, given)
    records = found.records
    if given.header_row:
        records = [record for record in records if record[0] >= given.header_row]
        preamble = [line for line, _ in found.records if line < given.header_row]
    else:
        preamble, records = _without_preamble(records, found.delimiter)
    if not records:
        return Layout(found.delimiter, None, (), 1, 1, found.quote, found.comment)
    laid = _laid_out(found, records, given)
    skipped = [*found.announced, *preamble]
    told = (notice("Lines before the table are skipped", skipped),) if skipped else ()
    kinds = _kinds(records, laid, given)
    return replace(laid, notices=told + laid.notices, kinds=kinds)


def _laid_out(found: Punctuation, records: list[Record], given: Dialect) -> Layout:
    signs = found.delimiter, found.quote, found.comment
    width = usual_width(records)
    line, cells = records[0]
    named = given.header_row or (given.header_row is None and _is_header(records, signs[0]))
    above = _commented_names(found, line, width)
    if above and (above[0] == given.header_row or not named):
        at, names = above
        message = f"The names are taken from a line after {found.comment}"
        return _layout(signs, at, names, line, (Notice(message, 1, (at,)),))
    if not named:
        names = tuple(f"column {number}" for number in range(1, width + 1))
        message = "The first row holds values, so the columns are named column 1, column 2, …"
        return _layout(signs, None, names, line, (Notice(message, 1, (line,)),))
    # The data begin after the header's record, which may itself span lines within quotes.
    after = line + 1 + sum(cell.count("\n") for cell in cells)
    names, told = _names(records, found.delimiter)
    return _layout(signs, line, names, after, told)


def _layout(
    signs: tuple[str, str, str],
    header_row: int | None,
    names: tuple[str, ...],
    first: int,
    notices: tuple[Notice, ...],
) -> Layout:
    delimiter, quote, comment = signs
    width = len(names)
    return Layout(delimiter, header_row, names, first, width, quote, comment, notices=notices)


def _without_preamble(records: list[Record], delimiter: str) -> tuple[list[int], list[Record]]:
    """Part the lines above the table from it: narrower ones, above a row that can be its header."""
    width = usual_width(records)
    skipped: list[int] = []
    rest = records
    while rest and len(rest[0][1]) == 1 < width:
        skipped.append(rest[0][0])
        rest = rest[1:]
    narrow = [_filled(cells) <= max(1, width // 2) for _, cells in rest[:_PREAMBLE_RECORDS]]
    start = narrow.index(False) if False in narrow else 0
    if start and width > 2 and _is_header(rest[start:], delimiter) and _full(rest[start], width):
        skipped += [line for line, _ in rest[:start]]
        rest = rest[start:]
    return skipped, rest


def _filled(cells: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _full(record: Record, width: int) -> bool:
    """Tell a row that may be a header: all cells filled, but perhaps the first or the last."""
    return _filled(record[1]) >= width - 1


def _is_header(records: list[Record], delimiter: str) -> bool:
    """Take the first record for names when no cell of it is a number, years apart.

    A marker for a missing value counts as a value, unless it stands above numbers as a name does.
    """
    cells = records[0][1]
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return False
    if any(is_number(cell, delimiter) for cell in filled):
        return _are_years(records, delimiter)
    if not any(is_missing(cell) for cell in filled):
        return True
    below = [record[1] for record in records[1:] if len(record[1]) == len(cells)]
    return any(
        all(is_number(row[at], delimiter) for row in below)
        for at, cell in enumerate(cells)
        if below and not is_missing(cell)
    )


def _are_years(records: list[Record], delimiter: str) -> bool:
    """Tell years in a header: beside names, one after the other, with other values below."""
    cells = [cell.strip() for cell in records[0][1]]
    at = [place for place, cell in enumerate(cells) if is_number(cell, delimiter)]
    years = [int(cells[place]) for place in at if cells[place].isdecimal()]
    steps = {later - former for former, later in pairwise(years)}
    if len(years) < len(at) or len(at) == len(cells) or len(steps) > 1 or 0 in steps:
        return False
    below = {row[at[0]].strip() for _, row in records[1:] if len(row) == len(cells)}
    return years[0] in _YEARS and not any(
        cell.isdecimal() and int(cell) in _YEARS for cell in below
    )


def _names(records: list[Record], delimiter: str) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """Return the names in the first record, made to fit the rows below."""
    line, cells = records[0]
    usual = usual_width(records[1:]) if records[1:] else len(cells)
    while len(cells) > usual and not cells[-1].strip():
        cells = cells[:-1]
    names = [cell.strip() for cell in cells]
    told: list[Notice] = []
    if names[0][:1] in ("#", "%") and len(names[0]) > 1:
        told.append(Notice(f"The {names[0][0]} before the first name is left out", 1, (line,)))
        names[0] = names[0][1:].strip()
    if len(names) == usual - 1 and _are_row_names(records, usual, delimiter):
        names.insert(0, ROW_NAMES)
        message = (
            "The header has one name fewer than the rows have values, as R writes it: the first "
            f"column is taken for the names of the rows and called {shown(ROW_NAMES)}"
        )
        told.append(Notice(message, 1, (line,)))
    return tuple(names), tuple(told)


def _are_row_names(records: list[Record], width: int, delimiter: str) -> bool:
    """Tell R's row names: in every row, all different, and a running number or no numbers."""
    first = [cells[0].strip() for _, cells in records[1:] if len(cells) == width]
    if len(first) < 2 or len(first) < len(records) - 1 or len(set(first)) < len(first):
        return False
    running = first == [str(number) for number in range(1, len(first) + 1)]
    return running or not any(is_number(cell, delimiter) for cell in first)


def _commented_names(
    found: Punctuation, first: int, width: int
) -> tuple[int, tuple[str, ...]] | None:
    """Return the names in the last comment above the data, where it has as many as the rows."""
    above = [record for record in found.comments if record[0] < first]
    if not above:
        return None
    line, cells = above[-1]
    names = [cell.strip() for cell in cells]
    names[0] = names[0].lstrip(found.comment).strip()
    names = names if names[0] else names[1:]
    fits = len(names) == width and not any(is_number(name, found.delimiter) for name in names)
    return (line, tuple(names)) if fits and all(names) else None


def _kinds(records: list[Record], layout: Layout, given: Dialect) -> tuple[Kind, ...]:
    """Return which columns begin with plain numbers; none does where a decimal comma is about."""
    rows = [cells for line, cells in records if line >= layout.first and len(cells) == layout.width]
    commas = any(_COMMA.fullmatch(cell.strip()) for row in rows for cell in row if "," in cell)
    plain = rows and not commas and given.decimal != "," and not given.thousands
    columns = zip(*rows, strict=True) if plain else [()] * layout.width
    return tuple(_kind(cells) for cells in columns)


def _kind(cells: tuple[str, ...]) -> Kind:
    known = [cell.strip() for cell in cells if not is_missing(cell)]
    if not known or not all(_FRACTION.fullmatch(cell) for cell in known):
        return "text"
    return "whole" if all(_WHOLE.fullmatch(cell) for cell in known) else "fraction"
