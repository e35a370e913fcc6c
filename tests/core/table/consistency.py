"""Public CSV files, cell by cell against Python's csv under the dialect that is reported.

`python -m tests.core.table.consistency` looks at those that the installed packages bring, or at
those in folders that are named. Each difference is of a kind that a notice tells: it is printed
unless a notice of that kind has its count, its lines and its column, and so is a notice of more.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from core.table.csv_table import Notice, Table, TableError, read_csv
from core.table.notices import in_quotes
from core.table.reading.dialect import ENCODINGS, Dialect
from core.table.reading.sniffing import csv_options
from core.utils.sentence import plural

ENDINGS = (".csv", ".csv.gz", ".tsv")
LARGEST = 20 * 2**20  # bytes
TOLD = {  # words that only the notice of a kind has
    "control": "Control characters",
    "escaped": "Backslashes before quotes",
    "spaced": "Spaces before quotes",
    "before": "Lines before the table",
    "comment": "Comment lines",
    "blank": "Blank lines",
    "repeat": "Lines that repeat the column names",
    "second": "A second table",
    "long": "Rows with more values",
    "below": "Lines below the table",
    "void": "Rows without any value",
    "short": "Short rows",
    "padded": "Empty cells beyond",
    "trimmed": "Spaces around column names",
    "numbered": "Duplicate column names",
    "nameless": "Columns without a name",
    "dropped": "Columns with neither a name nor a value",
}
CELLS = {  # such that also name the first column
    "missing": "count as missing",
    "infinite": "is infinite in float64",
    "tiny": "is smaller than any float64",
    "rounded": "is an integer beyond 2⁵³",
    "zeros": "Leading zeros",
    "grouped": "Thousands separators are removed",
    "mixed": "has a different decimal separator from",
    "spaces": "Spaces around text",
}
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "-", "?")
CONTROL = "[\x00-\x08\x0e-\x1f\x7f]"
SIGNS = "., '’\u00a0\u2009\u202f"
PLAIN = {sign: str.maketrans({each: "." * (each == sign) for each in SIGNS}) for sign in ".,"}
Places = list[tuple[int, str]]  # lines, and the column where that matters
Found = dict[str, Places]  # of each kind of difference


class Record(NamedTuple):
    """What csv reads from one line, or from several that a quote joins."""

    cells: list[str]
    lines: int = 1
    comment: bool = False


def files(folders: list[Path]) -> list[Path]:
    """Every CSV file below these folders, without the hidden ones."""
    found = (path for folder in folders for path in folder.rglob("[!.]*") if path.is_file())
    return sorted(p for p in found if p.name.endswith(ENDINGS) and p.stat().st_size < LARGEST)


def differences(path: Path) -> list[str]:
    """How the table differs from what the csv module reads, and from what its notices tell.

    Raises TableError for a file that is refused.
    """
    table = read_csv(path)
    found: Found = defaultdict(list)
    records = dict(_records(_text(path, table, found), table.dialect))
    _skipped(table, records, found)
    if lost := {*table.lines.tolist()} - records.keys():
        return [f"no record begins in line {min(lost)}"]
    if (table.lines[1:] <= table.lines[:-1]).any():
        return ["rows stand twice or in another order"]
    places = _places(table, records, found)
    for line in table.lines.tolist():
        _width_of_row(records[line], line, table, found)
    for name, place in places.items():
        _column(table, records, name, place, found)
    _mixed(table, found)
    return [*_untold(table.notices, found)]


def _text(path: Path, table: Table, found: Found) -> str:
    """The text as csv can read it: what it would read in another way is noted and replaced."""
    data, dialect = path.read_bytes(), table.dialect
    data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    codec = "utf-16-be" if data.startswith(b"\0") else ENCODINGS[dialect.encoding or "UTF-8"]
    text = data.decode(codec)
    text = _replaced(text, CONTROL, "", found["control"])
    quote, mark = dialect.quote or "", dialect.delimiter or ","
    if _of(table.notices, TOLD["escaped"]):
        text = _replaced(text, rf"\\{quote}", 2 * quote, found["escaped"])
    if _of(table.notices, TOLD["spaced"]):
        text = _replaced(text, f"(?<=[\n{mark}]) +(?={quote})", "", found["spaced"], quote)
        found["spaced"] = sorted(set(found["spaced"]))
    if mark == " ":
        text = _replaced(text, "(?m:^[ \t]+|[ \t]+$)", "", [], quote)
        text = _replaced(text, "[ \t]+", " ", [], quote)
    return text


def _replaced(text: str, pattern: str, new: str, places: Places, quote: str = "") -> str:
    """Replace what the pattern finds, outside quotes where one is given, and note the lines."""
    within = f"({quote}[^{quote}]*{quote})" if quote else "((?!))"
    line, done = 1, 0

    def put(match: re.Match[str]) -> str:
        nonlocal line, done
        line, done = line + text.count("\n", done, match.start()), match.start()
        if match[1] is None:
            places.append((line, ""))
        return match[1] or new

    return re.sub(f"{within}|{pattern}", put, text)


def _records(text: str, dialect: Dialect) -> Iterator[tuple[int, Record]]:
    """Each record with the line (1-based) that it begins in; a quote in a comment opens nothing."""
    options = csv_options(dialect.delimiter or ",", dialect.quote or "")
    mark, line, stream = dialect.comment, 1, io.StringIO(text, newline="")
    for first in stream:
        comment = bool(mark) and first.lstrip(" ").startswith(mark or "")
        reader = csv.reader([first] if comment else chain([first], stream), **options)
        cells = next(reader, [])
        record = Record(cells, 1 + "".join(cells).count("\n"), comment)
        yield line, record
        line += record.lines


def _skipped(table: Table, records: dict[int, Record], found: Found) -> None:
    """Note each record that is no row of the table, by what it looks like."""
    kept = {table.dialect.header_row, *table.lines.tolist()}
    second = _of(table.notices, TOLD["second"])
    end = second.lines[0] if second else max(records) + 1
    filled = [line for line in records if line < end and _is_filled(records[line])]
    first, last = _first(table, records, filled), max(filled, default=0)
    for line in sorted(records.keys() - kept):
        record = records[line]
        if line >= end:
            kind = "second"
        elif line < first:
            kind = "before" if line in filled else ""
        elif line > last and (second or not record.cells) and not record.comment:
            kind = ""  # the end needs no telling
        else:
            kind = _kind(record, line, table, records)
        if kind == "void":
            _width_of_row(record, line, table, found)
        if kind:
            found[kind] += [(line + at, "") for at in range(record.lines)]


def _is_filled(record: Record) -> bool:
    return not record.comment and any(map(str.strip, record.cells))


def _first(table: Table, records: dict[int, Record], filled: list[int]) -> int:
    """The line that the rows begin in: below the names, or else below what is told as no row."""
    header = table.dialect.header_row or 0
    if header and not records[header].comment:
        return header + records[header].lines
    before = _of(table.notices, TOLD["before"])
    above = before.count if before else 0
    return next(
        line for line in filled if sum(records[at].lines for at in filled if at < line) >= above
    )


def _kind(record: Record, line: int, table: Table, records: dict[int, Record]) -> str:
    """Why a record below the names is no row."""
    header, width = records.get(table.dialect.header_row or 0), _width(table)
    if record.comment:
        return "comment"
    if not record.cells or (len(record.cells) == 1 and record.cells[0].isspace()):
        return "blank"
    if header and record.cells == header.cells:
        return "repeat"
    if all(map(_is_void, record.cells)) and not any(record.cells[width:]):
        return "void"
    if len(record.cells) > width:
        return "long"
    return "below" if line > table.lines.max() and len(record.cells) == 1 else "left out"


def _is_void(cell: str) -> bool:
    return cell.strip().lower() in MISSING or _is_infinite(cell)


def _width(table: Table) -> int:
    dropped = _of(table.notices, TOLD["dropped"])
    return len(table.frame.columns) + (dropped.count if dropped else 0)


def _width_of_row(record: Record, line: int, table: Table, found: Found) -> None:
    """Note a row that has fewer cells than there are columns, or empty ones beyond."""
    cells, width = record.cells, _width(table)
    if len(cells) != width:
        beyond = "changed" if any(map(str.strip, cells[width:])) else "padded"
        found["short" if len(cells) < width else beyond].append((line, ""))


def _places(table: Table, records: dict[int, Record], found: Found) -> dict[str, int]:
    """Where each column stands in a record, and what its name has not of the name in the file."""
    header = table.dialect.header_row or 0
    given = _given(table, records)
    names = [str(name) for name in table.frame.columns]
    places: dict[str, int] = {}
    for at, cell in enumerate(given):
        name = names[len(places)] if len(places) < len(names) else None
        kind = _kind_of_name(name, cell.strip(), at, given)
        if kind == "dropped" and any(_value(records[line], at) for line in table.lines.tolist()):
            kind = "changed"
        if kind:
            found[kind].append((header, ""))
        if name is not None and kind not in ("dropped", "changed"):
            places[name] = at
            if cell.strip() != cell and cell.strip():
                found["trimmed"].append((header, ""))
    found["changed"] += [(header, name) for name in names[len(places) :]]
    return places


def _value(record: Record, place: int) -> str:
    """The cell in that place, if it is there and no marker for a missing value."""
    cell = record.cells[place].strip() if place < len(record.cells) else ""
    return "" if _is_void(cell) else cell


def _given(table: Table, records: dict[int, Record]) -> list[str]:
    """The names in the file, as many as columns."""
    header, width = records.get(table.dialect.header_row or 0), _width(table)
    if header is None:
        return [f"column {at}" for at in range(1, width + 1)]
    given = header.cells.copy()
    if header.comment:
        given = [cell.lstrip("#%").strip() for cell in given]
        given = given if given[0] else given[1:]
    if _of(table.notices, "as R writes it"):
        given = ["row name", *given]
    if _of(table.notices, f"The {given[0].strip()[:1]} before the first name"):
        given[0] = given[0].strip()[1:].strip()
    return given if any(map(str.strip, given[width:])) else given[:width]


def _kind_of_name(name: str | None, cell: str, at: int, given: list[str]) -> str:
    """How a column's name differs from what stands in the file; "" where it does not."""
    if name == cell:
        return ""
    if (
        name
        and cell in map(str.strip, given[:at])
        and re.fullmatch(rf"{re.escape(cell)} \(\d+\)", name)
    ):
        return "numbered"
    if name and not cell and re.fullmatch(rf"column {at + 1}( \(\d+\))?", name):
        return "nameless"
    return "changed" if cell else "dropped"


def _column(table: Table, records: dict[int, Record], name: str, place: int, found: Found) -> None:
    """Note the cells of a column that differ from what became of them."""
    column = table.frame[name].astype(object)
    values = column.where(column.notna(), None).tolist()
    decimal = table.dialect.decimal or "."
    for line, value in zip(table.lines.tolist(), values, strict=True):
        cells = records[line].cells
        cell = cells[place] if place < len(cells) else ""
        for kind in _kinds(cell, value, decimal):
            found[kind].append((line, name))


@lru_cache(2**16)
def _kinds(cell: str, value: object, decimal: str) -> tuple[str, ...]:
    """How a value differs from the cell that it was."""
    text = cell.strip()
    if value is None:
        known = "infinite" if _is_infinite(cell) else "changed"
        return ("missing" if text.lower() in MISSING else known,)
    if isinstance(value, str):
        return () if value == cell else ("spaces" if value == text else "changed",)
    assert isinstance(value, int | float)
    for sign in (decimal, "," if decimal == "." else "."):
        digits = text.translate(PLAIN[sign])
        if _float(digits) == value:
            return tuple(_kinds_of_number(text, digits, sign, value))
    return ("changed",)


def _kinds_of_number(text: str, digits: str, sign: str, value: float) -> Iterator[str]:
    """How a number differs from what stands in the file, in which that is its decimal sign."""
    if "." in text or "," in text:
        yield sign
    if len(digits) < len(text):
        yield "grouped"
    if re.match("[+-]?0[0-9]", digits):
        yield "zeros"
    if re.fullmatch("[+-]?[0-9]+", digits) and int(digits) != value:
        yield "rounded"
    if value == 0 and re.match("[+-]?[0.]*[1-9]", digits):
        yield "tiny"


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_infinite(cell: str) -> bool:
    return (_float(cell.replace(",", ".")) or 0.0) in (float("inf"), float("-inf"))


def _mixed(table: Table, found: Found) -> None:
    """Note the columns of one decimal sign where others have the other: which, the notice tells."""
    signs = {sign: found.pop(sign, []) for sign in ".,"}
    told = _of(table.notices, CELLS["mixed"])
    if told or all(signs.values()):
        comma = told and signs[","] and _names_columns(told.message, signs[","])
        found["mixed"] = signs["," if comma else "."]
    elif other := signs["," if table.dialect.decimal == "." else "."]:
        found["changed"] += other


def _untold(notices: tuple[Notice, ...], found: Found) -> Iterator[str]:
    """Each kind of difference whose notice lacks, or has another count, other lines or columns."""
    for kind in {**TOLD, **CELLS, **found}:
        words, places = {**TOLD, **CELLS}.get(kind), found.get(kind, [])
        told = (words and _of(notices, words)) or Notice("nothing")
        lines = sorted({line for line, _ in places})
        same = (told.count, [*told.lines]) == (len(places), lines[: len(told.lines)])
        if not same or (kind in CELLS and places and not _names_columns(told.message, places)):
            yield f"{kind}: {len(places)} in {lines[:5]}, {places[:1]}, told: {told.count} × {told}"


def _names_columns(message: str, places: Places) -> bool:
    """Tell whether a notice names the first line's column, and says how many more there are."""
    columns = {column for _, column in places}
    more = f"(and in {plural(len(columns) - 1, 'more column')})"
    _, column = min(places, key=lambda place: place[0])
    first = f"in column {in_quotes(column)}"
    return first in message and message.endswith(more) == (len(columns) > 1)


def _of(notices: tuple[Notice, ...], words: str) -> Notice | None:
    return next((notice for notice in notices if words in notice.message), None)


def main() -> None:
    """Say of each file what differs and is not told, and count."""
    folders = [Path(name) for name in sys.argv[1:]] or [Path(sysconfig.get_paths()["purelib"])]
    read = refused = silent = 0
    for path in files(folders):
        try:
            found = differences(path)
        except TableError as error:
            refused += 1
            print(f"refused: {error}")
            continue
        read += 1
        silent += bool(found)
        for line in found[:3]:
            print(f"{path.name}: {line}")
    print(f"{read} files read, {refused} refused, {silent} differ without a word")


if __name__ == "__main__":
    main()
