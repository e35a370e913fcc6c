"""Layout of a file: lines above the table, column names, first row, second tables."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal

from core.table.notices import Notice, in_quotes, notice
from core.table.reading.dialect import Dialect
from core.table.reading.records import count_lines, start_of_line
from core.table.reading.sniffing import (
    NUMBER,
    ParsedSample,
    Record,
    are_numeric,
    csv_options,
    filled_width,
    is_infinite,
    is_missing,
    is_number,
    most_frequent,
    records_above,
    rows_of,
    sniff,
    usual_width,
)

_COMMA = re.compile(r"[+-]?[0-9.'’ \u00a0\u2009\u202f]*,[0-9]+([eE][+-]?[0-9]+)?")
_MOMENT = re.compile(r"[0-9]+([-/.:])[0-9]+\1[0-9]+")  # a date, a time, a version, an IP address
_AMOUNT = re.compile(r"[$€£¥]\s?[0-9][0-9.,]*$|[0-9][0-9.,]*\s?%$")
_YEARS = range(1800, 2101)
_PREAMBLE_RECORDS = 100  # no table begins further below
_GAPS = 10_000  # blank lines below which a second table is searched,
_NEAR = 2**14  # and bytes around each that are read
Kind = Literal["whole", "fraction", "text"]
TEXT: Kind = "text"
_WHOLE, _FRACTION = re.compile(r"[+-]?[0-9]+"), re.compile(NUMBER)
ROW_NAMES = "row name"  # name for the column that R writes without one


@dataclass(frozen=True)
class Layout:
    """Layout of a file; `first` is the line of its first row (1-based)."""

    delimiter: str
    header_row: int | None
    names: tuple[str, ...]
    first: int
    width: int
    quote: str = '"'
    comment: str = ""
    spaced: bool = False  # spaces stand before quotes
    usual: int = 0  # most frequent number of cells in a row
    kinds: tuple[Kind, ...] = ()  # of the columns, by their first cells
    notices: tuple[Notice, ...] = ()


def find_layout(text: str, given: Dialect) -> Layout:
    """Return the layout of a file from its beginning; `given` overrules detection."""
    found = sniff(text, given)
    records = found.records
    if given.header_row:
        records = [record for record in records if record[0] >= given.header_row]
        preamble = [record for record in found.records if record[0] < given.header_row]
    else:
        preamble, records = _without_preamble(records, found.delimiter)
    if not records:
        return Layout(found.delimiter, None, (), 1, 1, found.quote, found.comment)
    header_row, names, first, notices = _header(found, records, given)
    above = (range(record[0], _line_after(record)) for record in preamble)
    if skipped := [*found.sep_lines, *(line for lines in above for line in lines)]:
        notices = (notice("Lines before the table are skipped", skipped), *notices)
    below = [record for record in records if record[0] >= first]
    return Layout(
        found.delimiter,
        header_row,
        names,
        first,
        len(names),
        found.quote,
        found.comment,
        found.spaced,
        usual=usual_width(below),
        kinds=_kinds(rows_of(below, len(names)), len(names), given),
        notices=notices,
    )


def _header(
    found: ParsedSample, records: list[Record], given: Dialect
) -> tuple[int | None, tuple[str, ...], int, tuple[Notice, ...]]:
    """Return the line of the names, the names, the line of the first row, and notices."""
    line, width = records[0][0], usual_width(records)
    named = given.header_row or (given.header_row is None and _is_header(records, found.delimiter))
    above = _commented_names(found, line, width)
    if above and (above[0] == given.header_row or not named):
        at, names = above
        message = f"The column names are taken from a comment line ({found.comment})"
        return at, names, line, (Notice(message, 1, (at,)),)
    if not named:
        names = tuple(f"column {number}" for number in range(1, width + 1))
        message = "The first row holds values, so the columns are named column 1, column 2, …"
        return None, names, line, (Notice(message, 1, (line,)),)
    names, notices = _names(records, found.delimiter)
    return line, names, _line_after(records[0]), notices


def _line_after(record: Record) -> int:
    """Return the line below a record, which may span several lines within quotes."""
    line, cells = record
    return line + 1 + sum(cell.count("\n") for cell in cells)


def _without_preamble(records: list[Record], delimiter: str) -> tuple[list[Record], list[Record]]:
    """Return the records above the table and those of the table, if a header can follow.

    Those above hold a single cell, or fewer or more cells than the table has columns, or stand
    above a blank line.
    """
    if not records:
        return [], []
    width = usual_width(records)
    single = next((at for at, (_, cells) in enumerate(records) if len(cells) > 1), 0)
    start = single if width > 1 else 0
    rest = records[start:]
    start += (
        _count_narrow(rest, delimiter)
        or _count_uneven(rest, delimiter)
        or _count_above_gap(rest, delimiter)
    )
    return records[:start], records[start:]


def _count_narrow(records: list[Record], delimiter: str) -> int:
    """Return how many records fill fewer columns than usual."""
    usual = most_frequent(filled_width(cells) for _, cells in records)
    narrow = [
        _filled_cells(cells) <= max(1, usual // 2) for _, cells in records[:_PREAMBLE_RECORDS]
    ]
    start = narrow.index(False) if False in narrow else 0
    named = _filled_cells(records[start][1]) >= usual - 1 and _is_header(records[start:], delimiter)
    return start if usual > 2 and named else 0


def _count_uneven(records: list[Record], delimiter: str) -> int:
    """Return how many records are wider or narrower than the rows, above a header of numbers."""
    width, start = usual_width(records), records_above(records)
    rest = records[start:]
    if not start or (len(records[0][1]) == width - 1 and _are_row_names(records, width, delimiter)):
        return 0
    numbers = any(are_numeric(rows_of(rest[1:], width), delimiter))
    return start if numbers and _is_header(rest, delimiter) else 0


def _count_above_gap(records: list[Record], delimiter: str) -> int:
    """Return how many records, two or more, are above a blank line and a header of numbers."""
    for at in range(2, min(len(records) - 2, _PREAMBLE_RECORDS)):
        blank = records[at][0] > _line_after(records[at - 1])
        if blank and _is_header(records[at:], delimiter) and _numbers_begin(records, at, delimiter):
            return at
    return 0


def _numbers_begin(records: list[Record], at: int, delimiter: str) -> bool:
    """Return whether in some column a new word separates text above from numbers below."""
    names = records[at][1]
    above, below = (rows_of(part, len(names)) for part in (records[:at], records[at + 1 :]))
    if not above or len(below) <= len(above) or any(are_numeric(above[1:], delimiter)):
        return False
    columns = zip(names, zip(*above, strict=True), are_numeric(below, delimiter), strict=True)
    return any(
        numeric
        and any(letter.isalpha() for letter in name)
        and name not in words
        and not any(is_number(word, delimiter) for word in words)
        for name, words, numeric in columns
    )


def _filled_cells(cells: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _is_header(records: list[Record], delimiter: str) -> bool:
    """Return whether the first record holds names: no cell is a number, except years and counts.

    Dates, addresses and prices above others of their kind are values. So are markers for a missing
    value and words for infinity, unless they stand above numbers as a name does.
    """
    cells = records[0][1]
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return False
    words = [cell for cell in filled if not (is_missing(cell) or is_infinite(cell))]
    if any(is_number(cell, delimiter) for cell in words):
        return _are_numbered(records, delimiter)
    if _begins_with_values(records):
        return False
    if len(words) == len(filled):
        return True
    below = rows_of(records[1:], len(cells))
    return any(
        all(is_number(row[at], delimiter) for row in below)
        for at, cell in enumerate(cells)
        if below and cell in words
    )


def _begins_with_values(records: list[Record]) -> bool:
    """Return whether dates, times, addresses or prices stand above others of their kind."""
    cells = records[0][1]
    rows = rows_of(records[1:], len(cells))
    return any(
        2 * sum(kind.match(row[at].strip()) is not None for row in rows) > len(rows)
        for kind in (_MOMENT, _AMOUNT)
        for at, cell in enumerate(cells)
        if kind.match(cell.strip())
    )


def _are_numbered(records: list[Record], delimiter: str) -> bool:
    """Return whether a header has numbers: years beside names, or a count from 0 or 1."""
    cells = [cell.strip() for cell in records[0][1]]
    at = [place for place, cell in enumerate(cells) if is_number(cell, delimiter)]
    if not all(cells[place].isdecimal() for place in at):
        return False
    numbers = [int(cells[place]) for place in at]
    rows = rows_of(records[1:], len(cells))
    below = [[row[place].strip() for place in at] for row in rows]
    if len(at) < len(cells) and all(number in _YEARS for number in numbers):
        years = [cell.isdecimal() and int(cell) in _YEARS for row in below for cell in row]
        rising = sorted(set(numbers)) in (numbers, numbers[::-1])
        return rising and 2 * sum(years) <= len(years)
    return (
        len(at) > 2 and numbers[0] in (0, 1) and _count_on(cells) and not any(map(_count_on, rows))
    )


def _count_on(cells: list[str]) -> bool:
    """Return whether each cell is one more than the one before; the first may be a name."""
    numbers = [int(cell) if cell.strip().isdecimal() else None for cell in cells]
    numbers = numbers[1:] if numbers[0] is None else numbers
    return None not in numbers and all(b == a + 1 for a, b in pairwise(numbers))  # type: ignore[operator]


def _names(records: list[Record], delimiter: str) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """Return the names in the first record, adapted to the rows below, and notices."""
    line, cells = records[0]
    usual = usual_width(records[1:]) if records[1:] else len(cells)
    while len(cells) > usual and not cells[-1].strip():
        cells = cells[:-1]
    names = [cell.strip() for cell in cells]
    notices: list[Notice] = []
    if spaced := [name for name, cell in zip(names, cells, strict=True) if name != cell and name]:
        message = f"Spaces around column names are removed, the first around {in_quotes(spaced[0])}"
        notices.append(Notice(message, len(spaced), (line,)))
    if names[0][:1] in ("#", "%") and len(names[0]) > 1:
        notices.append(Notice(f"The {names[0][0]} before the first name is removed", 1, (line,)))
        names[0] = names[0][1:].strip()
    if len(names) == usual - 1 and _are_row_names(records, usual, delimiter):
        names.insert(0, ROW_NAMES)
        message = (
            "The header has one name fewer than the rows have values, as R writes it: the first "
            f"column is read as row names and called {in_quotes(ROW_NAMES)}"
        )
        notices.append(Notice(message, 1, (line,)))
    return tuple(names), tuple(notices)


def _are_row_names(records: list[Record], width: int, delimiter: str) -> bool:
    """Return whether the first cells are R's row names: all different, running numbers or text.

    Row numbers of a subset have gaps; they are accepted only with spaces or tabs as delimiter, as a
    comma could be a decimal comma.
    """
    first = [cells[0].strip() for cells in rows_of(records[1:], width)]
    if len(first) < 2 or len(first) < len(records) - 1 or len(set(first)) < len(first):
        return False
    if not any(cells[-1].strip() for _, cells in records[1:]):  # a delimiter at each row's end
        return False
    running = first == [str(number) for number in range(1, len(first) + 1)]
    chosen = delimiter in " \t" and all(name.isdecimal() and name[0] != "0" for name in first)
    return running or chosen or not any(is_number(cell, delimiter) for cell in first)


def _commented_names(
    found: ParsedSample, first: int, width: int
) -> tuple[int, tuple[str, ...]] | None:
    """Return line and names of the last comment above the data, if it has one name per column."""
    above = [record for record in found.comments if record[0] < first]
    if not above:
        return None
    line, cells = above[-1]
    names = [cell.strip() for cell in cells]
    names[0] = names[0].lstrip(found.comment).strip()
    names = names if names[0] else names[1:]
    fits = len(names) == width and not any(is_number(name, found.delimiter) for name in names)
    return (line, tuple(names)) if fits and all(names) else None


def without_second_table(data: bytes, layout: Layout) -> tuple[bytes, range]:
    """Return the text up to a second table, and the lines of that table.

    It begins below a blank line with names above a row with a number, if rows with numbers stand
    above the blank line.
    """
    blank = rb"\n(?:[ " + re.escape(layout.delimiter.encode()) + rb"]*\n)+"
    start = start_of_line(data, layout.first)
    line, done, inside = layout.first, start, False
    for gap in islice(re.compile(blank).finditer(data, start), _GAPS):
        line += data.count(b"\n", done, gap.end())
        inside ^= bool(layout.quote) and data.count(layout.quote.encode(), done, gap.end()) % 2 == 1
        done = gap.end()
        if inside:
            continue
        names, *below = _lines_of(data[done : done + _NEAR], layout, 2)
        if _are_names(names, layout) and any(_has_number(row, layout) for row in below):
            above = _lines_of(data[max(start, gap.start() - _NEAR) : gap.start()], layout)
            if any(len(row) == layout.width and _has_number(row, layout) for row in above):
                return data[: gap.start() + 1], range(line, line + count_lines(data, done))
    return data, range(0)


def _lines_of(text: bytes, layout: Layout, most: int | None = None) -> list[list[str]]:
    """Return the cells of at most `most` lines; the first and the last may be cut off."""
    signs = csv_options(layout.delimiter, layout.quote)
    lines = text.decode(errors="ignore").replace("\r", "\n").split("\n")  # else csv may raise
    return [next(csv.reader([line], **signs), []) for line in lines[:most]]


def _are_names(cells: list[str], layout: Layout) -> bool:
    names = [cell.strip() for cell in cells[: filled_width(cells)]]
    values = [n for n in names if is_missing(n) or is_number(n, layout.delimiter)]
    return len(names) > 1 and not values and len(set(names)) == len(names)


def _has_number(cells: list[str], layout: Layout) -> bool:
    return any(is_number(cell, layout.delimiter) for cell in cells)


def _kinds(rows: list[list[str]], width: int, given: Dialect) -> tuple[Kind, ...]:
    """Return the kinds of the columns by their first cells; all text if decimal commas occur."""
    commas = any(_COMMA.fullmatch(cell.strip()) for row in rows for cell in row if "," in cell)
    plain = rows and not commas and given.decimal != "," and not given.thousands
    columns = zip(*rows, strict=True) if plain else [()] * width
    return tuple(_kind(cells) for cells in columns)


def _kind(cells: tuple[str, ...]) -> Kind:
    known = [cell.strip() for cell in cells if not is_missing(cell)]
    if not known or not all(_FRACTION.fullmatch(cell) for cell in known):
        return TEXT
    return "whole" if all(_WHOLE.fullmatch(cell) for cell in known) else "fraction"
