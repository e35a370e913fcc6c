"""What the file's writer meant by its signs: the delimiter, the quote, the mark of a comment.

The judge is a sample of rows from the beginning. A delimiter is good when most rows have the same
number of cells and the cells are clean, that is, hold no other delimiter.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from core.reading.dialect import DELIMITERS, Dialect
from core.reading.records import with_single_blanks

MARKS = tuple(mark for mark in DELIMITERS if mark != " ")  # blanks also part words: tried last
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "-", "?")  # compared in lower case

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
INFINITE = r"[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
_NUMBER = re.compile(f"(?:{NUMBER}|{INFINITE})")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?P<sign>[.,'’ \u00a0\u2009\u202f])[0-9]{3})"
                      r"(?:(?P=sign)[0-9]{3})*(?:[.,][0-9]+)?")  # fmt: skip
_SAMPLE_CHARACTERS = 2**18
_SAMPLE_RECORDS = 200
_SEP = re.compile(r"sep=([,;\t|])")
_COMMENT_WIDTH = 0.5  # of the lines that begin with the mark, those that would fit as rows
_ENCLOSING = 0.8  # of all single quotes, those around cells for the file to be quoted so
_SURE = 0.9  # a score from which on blanks are not tried
_BLANKS_FIT = 0.9  # of the lines, for blanks to separate cells

Record = tuple[int, list[str]]  # the record's first line (1-based) and its cells


@dataclass(frozen=True)
class Punctuation:
    """The signs of a file, its first records without comments, and what goes before all of them."""

    delimiter: str
    quote: str
    comment: str
    records: list[Record]
    comments: list[Record]
    announced: tuple[int, ...] = ()  # the line that says "sep=;"


def is_missing(cell: str) -> bool:
    """Tell whether a cell is empty or one of the markers for a missing value."""
    return cell.strip().lower() in MISSING


def is_number(cell: str, delimiter: str) -> bool:
    """Tell whether a cell is a number in any notation; a decimal comma unless commas separate."""
    text = cell.strip()
    if delimiter != "," and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return _NUMBER.fullmatch(text) is not None or _GROUPED.fullmatch(text) is not None


def punctuation(text: str, given: Dialect) -> Punctuation:
    """Return the signs of a file by its beginning (`text` may be all of it, or more).

    What is `given` is not looked for. A delimiter that occurs nowhere gives one column; what to do
    about that is the caller's.
    """
    sample = _whole_lines(text)
    announced = _SEP.fullmatch(sample.partition("\n")[0].strip().strip('"'))
    if announced and given.delimiter is None:  # Excel's own "sep=;" in the first line
        quote = _quote(sample, announced[1]) if given.quote is None else given.quote
        records = _records(sample, announced[1], quote)
        return Punctuation(announced[1], quote, given.comment or "", records[1:], [], (1,))
    if given.delimiter is not None:
        return _parted(sample, given.delimiter, given)
    found = [_parted(sample, mark, given) for mark in MARKS]
    best = max(found, key=_score)
    above = _above(best)
    sooner = [each for each in found if _is_even(each) and _above(each) < above]
    best = max(sooner, key=_score, default=best)  # no title is what it parts, but the names
    if _score(best) < _SURE:
        blanks = _parted(sample, " ", given)
        parts_more = usual_width(blanks.records) > usual_width(best.records)
        if parts_more and _fits(blanks) >= _BLANKS_FIT and _score(blanks) > _score(best):
            return blanks
    return best


def has_escaped_quotes(text: str, quote: str) -> bool:
    """Tell whether quotes within values have a backslash before them, instead of standing twice."""
    if not quote or f"\\{quote}" not in text:
        return False
    inside = rf"[^,;\t|\n{quote}]"
    escaped = re.search(rf"\\{quote}{inside}", text)
    return escaped is not None and re.search(f"{inside}{quote}{quote}{inside}", text) is None


def _whole_lines(text: str) -> str:
    if len(text) <= _SAMPLE_CHARACTERS:
        return text
    end = text.rfind("\n", 0, _SAMPLE_CHARACTERS)
    return text[: end if end > 0 else _SAMPLE_CHARACTERS]


def _quote(text: str, delimiter: str) -> str:
    """Return the sign that encloses whole cells: single quotes where they do nothing else."""
    text = text.replace("''", "")  # a quote within quotes
    begin, end = f"(?:^|{re.escape(delimiter)})", f"(?=$|{re.escape(delimiter)})"
    double, single = (
        len(re.findall(f"{begin}{sign}[^{sign}\n]*{sign}{end}", text, re.MULTILINE))
        if sign in text
        else 0
        for sign in ('"', "'")
    )
    return "'" if single > double and 2 * single > _ENCLOSING * text.count("'") else '"'


def _parted(text: str, delimiter: str, given: Dialect) -> Punctuation:
    """Return the sample as this delimiter parts it, with comment lines apart."""
    quote = _quote(text, delimiter) if given.quote is None else given.quote
    if delimiter == " ":
        text = with_single_blanks(text.encode(), quote).decode()
    records = _records(text, delimiter, quote)
    comment = _comment(records) if given.comment is None else given.comment
    if not comment:
        return Punctuation(delimiter, quote, "", records, [])
    rows = [record for record in records if not record[1][0].lstrip().startswith(comment)]
    notes = [record for record in records if record[1][0].lstrip().startswith(comment)]
    return Punctuation(delimiter, quote, comment, rows, notes)


def _records(text: str, delimiter: str, quote: str) -> list[Record]:
    """Return the first records that hold anything, each with the line that it begins in."""
    records: list[Record] = []
    reader = csv.reader(io.StringIO(text, newline=""), **csv_options(delimiter, quote))
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


def csv_options(delimiter: str, quote: str) -> dict[str, Any]:
    """Return the csv module's words for these signs."""
    if not quote:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE}
    return {"delimiter": delimiter, "quotechar": quote}


def _comment(records: list[Record]) -> str:
    """Return the sign that begins lines which are no rows, since they would not fit as such."""
    for mark in ("#", "%"):
        marked = [cells for _, cells in records if cells[0].lstrip().startswith(mark)]
        others = [(line, c) for line, c in records if not c[0].lstrip().startswith(mark)]
        if marked and others:
            width = usual_width(others)
            if sum(len(cells) == width for cells in marked) <= _COMMENT_WIDTH * len(marked):
                return mark
    return ""


def _score(found: Punctuation) -> float:
    width = usual_width(found.records)
    if width == 1:
        return 0.0
    rows = [cells for _, cells in found.records if len(cells) == width]
    others = [mark for mark in MARKS if mark != found.delimiter]
    clean = sum(
        _cleanness(cell, found.delimiter, found.quote, others) for cells in rows for cell in cells
    )
    return len(rows) / len(found.records) * clean / (width * len(rows))


def _fits(found: Punctuation) -> float:
    width = usual_width(found.records)
    if width == 1:
        return 0.0
    rows = found.records[1:] if len(found.records) > 2 else found.records  # R's names are fewer
    return sum(len(cells) == width for _, cells in rows) / len(rows)


def _above(found: Punctuation) -> int:
    """Return how many records stand above the first of the usual width."""
    width = usual_width(found.records)
    return next((at for at, (_, cells) in enumerate(found.records) if len(cells) == width), 0)


def _is_even(found: Punctuation) -> bool:
    """Tell whether all records from that one on have the same number of cells, more than one."""
    widths = {len(cells) for _, cells in found.records[_above(found) :]}
    return len(widths) == 1 and widths != {1}


def _cleanness(cell: str, delimiter: str, quote: str, others: list[str]) -> float:
    """Return 1 for a cell that looks whole, less for one that another delimiter would cut.

    A quote left in a cell mostly means that a quoted value was torn apart.
    """
    if is_number(cell, delimiter):
        return 1.0
    if quote and quote in cell:
        return 0.0
    return 0.5 if any(mark in cell for mark in others) or "  " in cell.strip() else 1.0


def usual_width(records: list[Record]) -> int:
    """Return the commonest number of cells; of equally common ones the larger."""
    counts = Counter(len(cells) for _, cells in records)
    return max(counts, key=lambda width: (counts[width], width)) if counts else 1
