"""What the file's writer meant: the delimiter, and whether a header names the columns.

The judge is a sample of rows from the beginning. A delimiter is good when most rows have the same
number of cells and the cells are clean, that is, hold no other delimiter.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "-", "?")  # compared in lower case

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
INFINITE = r"[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
_NUMBER = re.compile(f"(?:{NUMBER}|{INFINITE})")
_SAMPLE_CHARACTERS = 2**18
_SAMPLE_RECORDS = 200
_SEP = re.compile(r"sep=([,;\t|])")

Record = tuple[int, list[str]]  # the record's first line (1-based) and its cells


@dataclass(frozen=True)
class Layout:
    """How the file is laid out; `first` is the line where its data begin (1-based)."""

    delimiter: str
    header_row: int | None
    names: tuple[str, ...]
    first: int
    width: int
    preamble: tuple[int, ...] = ()


def is_missing(cell: str) -> bool:
    """Tell whether a cell is empty or one of the markers for a missing value."""
    return cell.strip().lower() in MISSING


def is_number(cell: str, delimiter: str) -> bool:
    """Tell whether a cell is a number; a decimal comma counts unless commas separate cells."""
    text = cell.strip()
    if delimiter != "," and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return _NUMBER.fullmatch(text) is not None


def sniff(text: str) -> Layout:
    """Return the layout of a file by its beginning (`text` may be all of it, or more than enough).

    A delimiter that occurs nowhere gives one column; what to do about that is the caller's.
    """
    sample = _whole_lines(text)
    announced = _SEP.fullmatch(sample.partition("\n")[0].strip().strip('"'))
    if announced:  # Excel's own "sep=;" in the first line
        return _layout(_records(sample, announced[1])[1:], announced[1], (1,))
    candidates = {mark: _records(sample, mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: _score(candidates[mark], mark))
    return _layout(candidates[best], best)


def _whole_lines(text: str) -> str:
    if len(text) <= _SAMPLE_CHARACTERS:
        return text
    end = text.rfind("\n", 0, _SAMPLE_CHARACTERS)
    return text[: end if end > 0 else _SAMPLE_CHARACTERS]


def _records(text: str, delimiter: str) -> list[Record]:
    """Return the first records that hold anything, each with the line that it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[Record] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((line, cells))
            line = reader.line_num + 1
            if len(records) == _SAMPLE_RECORDS:
                break
    except csv.Error:  # a cell beyond the reader's limit: judge by what came before it
        pass
    return records


def _score(records: list[Record], delimiter: str) -> float:
    width = _usual_width(records)
    if width == 1:
        return 0.0
    rows = [cells for _, cells in records if len(cells) == width]
    others = [mark for mark in DELIMITERS if mark != delimiter]
    clean = sum(_cleanness(cell, delimiter, others) for cells in rows for cell in cells)
    return len(rows) / len(records) * clean / (width * len(rows))


def _cleanness(cell: str, delimiter: str, others: list[str]) -> float:
    """Return 1 for a cell that looks whole, less for one that another delimiter would cut.

    A double quote left in a cell mostly means that a quoted value was torn apart.
    """
    if is_number(cell, delimiter):
        return 1.0
    if '"' in cell:
        return 0.0
    return 0.5 if any(mark in cell for mark in others) else 1.0


def _usual_width(records: list[Record]) -> int:
    """Return the commonest number of cells; of equally common ones the larger."""
    counts = Counter(len(cells) for _, cells in records)
    return max(counts, key=lambda width: (counts[width], width)) if counts else 1


def _layout(records: list[Record], delimiter: str, skipped: tuple[int, ...] = ()) -> Layout:
    width = _usual_width(records)
    preamble = list(skipped)
    while records and len(records[0][1]) == 1 < width:
        preamble.append(records[0][0])
        records = records[1:]
    if not records:
        return Layout(delimiter, None, (), 1, width, tuple(preamble))
    line, cells = records[0]
    if not _is_header(cells, delimiter):
        names = tuple(f"column {number}" for number in range(1, width + 1))
        return Layout(delimiter, None, names, line, width, tuple(preamble))
    usual = _usual_width(records[1:]) if records[1:] else len(cells)
    while len(cells) > usual and not cells[-1].strip():
        cells = cells[:-1]
    # The data begin after the header's record, which may itself span lines within quotes.
    after = line + 1 + sum(cell.count("\n") for cell in cells)
    names = tuple(cell.strip() for cell in cells)
    return Layout(delimiter, line, names, after, len(names), tuple(preamble))


def _is_header(cells: list[str], delimiter: str) -> bool:
    """Take the first record for names when no cell of it is a number or a missing marker."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and not any(is_number(c, delimiter) or is_missing(c) for c in filled)
