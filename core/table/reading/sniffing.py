"""Detection of the delimiter, the quote character and the comment character of a CSV file.

It uses a sample of rows from the beginning. A delimiter is good when most rows have the same
number of cells and the cells are clean, that is, hold no other delimiter.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.table.reading.dialect import DELIMITERS, Dialect
from core.table.reading.records import with_single_blanks, without_comments

COMMENT_MARKS = ("#", "%")
MARKS = tuple(mark for mark in DELIMITERS if mark != " ")  # spaces also separate words: tried last
MISSING = ("", "na", "n/a", "#n/a", "n.a.", "nan", "null", "-", "?")  # compared in lower case

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
INFINITE = r"[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
_INFINITE = re.compile(INFINITE)
_NUMBER = re.compile(f"(?:{NUMBER}|{INFINITE})")
_DAY = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?P<sign>[.,'’ \u00a0\u2009\u202f])[0-9]{3})"
                      r"(?:(?P=sign)[0-9]{3})*(?:[.,][0-9]+)?")  # fmt: skip
_SAMPLE_CHARACTERS = 2**18
_SAMPLE_RECORDS = 200
_SCORED_CELLS = 5_000  # of the sample, that are searched for other delimiters
_SEP = re.compile(r'"?sep=([,;\t|])"? *', re.IGNORECASE)
_COMMENT_WIDTH = 0.5  # most of the lines with a comment character that may fit as rows
_ENCLOSING = 0.8  # least share of single quotes that enclose cells
_SURE = 0.9  # score from which on spaces are not tried
_BLANKS_FIT = 0.9  # least share of lines that fit, for spaces as delimiter

Record = tuple[int, list[str]]  # the record's first line (1-based) and its cells


@dataclass(frozen=True)
class ParsedSample:
    """The first records of a file, parsed with a delimiter, quote and comment character."""

    delimiter: str
    quote: str
    comment: str
    spaced: bool  # spaces stand before quotes
    records: list[Record]
    comments: list[Record]
    sep_lines: tuple[int, ...] = ()  # the line that says "sep=;"


def is_missing(cell: str) -> bool:
    """Return whether a cell is empty or a marker for a missing value."""
    return cell.strip().lower() in MISSING


def is_infinite(cell: str) -> bool:
    """Return whether a cell is a word for infinity, which may be a name as well."""
    return _INFINITE.fullmatch(cell.strip()) is not None


def is_number(cell: str, delimiter: str) -> bool:
    """Return whether a cell is a number in any format; decimal commas unless commas separate."""
    text = cell.strip()
    if delimiter != "," and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return _NUMBER.fullmatch(text) is not None or _GROUPED.fullmatch(text) is not None


def sniff(text: str, given: Dialect) -> ParsedSample:
    """Return the parsed sample of a file, from its beginning (`text` may be all of it).

    What is `given` is not detected. A delimiter that occurs nowhere gives one column, which the
    caller has to handle.
    """
    sample = _whole_lines(text)
    announced = _SEP.fullmatch(sample.partition("\n")[0])
    if announced and given.delimiter is None:  # Excel's "sep=;" in the first line
        parsed = _parse(sample, announced[1], replace(given, comment=given.comment or ""))
        return replace(parsed, records=parsed.records[1:], sep_lines=(1,))
    if given.delimiter is not None:
        return _parse(sample, given.delimiter, given)
    samples = [_parse(sample, mark, given) for mark in MARKS]
    best = max(samples, key=_score)
    above = records_above(best.records)
    sooner = [s for s in samples if _is_regular(s.records) and records_above(s.records) < above]
    best = max(sooner, key=_score, default=best)  # which splits the names, not a title above them
    if best.delimiter == "," and given.decimal != ".":
        blanks = _parse(sample, " ", given)
        if _separates_decimals(blanks, no_names=records_above(best.records) == 0):
            return blanks
    if _score(best) < _SURE:
        blanks = _parse(sample, " ", given)
        parts_more = usual_width(blanks.records) > usual_width(best.records)
        fits = _fits(blanks) >= _BLANKS_FIT and _separates_cells(blanks)
        if parts_more and fits and _score(blanks) > _score(best):
            return blanks
    return best


def has_escaped_quotes(text: str, quote: str) -> bool:
    """Return whether quotes within values are escaped by a backslash instead of doubled."""
    if not quote or f"\\{quote}" not in text:
        return False
    inside = rf"[^,;\t|\n{quote}]"
    escaped = re.search(rf"\\{quote}{inside}", text)
    before = rf"[^,;\t|\n{quote}\\]"  # two quotes behind a backslash are an escaped one and the end
    return escaped is not None and re.search(f"{before}{quote}{quote}{inside}", text) is None


def _whole_lines(text: str) -> str:
    if len(text) <= _SAMPLE_CHARACTERS:
        return text
    end = text.rfind("\n", 0, _SAMPLE_CHARACTERS)
    return text[: end if end > 0 else _SAMPLE_CHARACTERS]


def _quote(text: str, delimiter: str) -> str:
    """Return the quote character: single quotes only if nearly all of them enclose cells."""
    text = text.replace("''", "")  # an escaped quote
    double, single = (
        sum(len(re.findall(cell, text, re.MULTILINE)) for cell in _quoted(delimiter, sign))
        if sign in text
        else 0
        for sign in ('"', "'")
    )
    return "'" if single > double and 2 * single > _ENCLOSING * text.count("'") else '"'


def _quoted(delimiter: str, quote: str) -> tuple[str, str]:
    """Return regular expressions for a quoted cell, without and with spaces before it."""
    sign = re.escape(delimiter)
    end = f"{quote}[^{quote}\n]*{quote}(?= *(?:$|{sign}))"
    return f"(?:^|{sign}){end}", f"(?:^|{sign}) +{end}"


def _is_spaced(text: str, delimiter: str, quote: str) -> bool:
    """Return whether spaces stand before most quotes that follow a delimiter."""
    if not quote or delimiter == " " or f"{delimiter} " not in text:
        return False
    direct, spaced = (
        len(re.findall(cell.replace("^|", ""), text, re.MULTILINE))
        for cell in _quoted(delimiter, quote)
    )
    return spaced > direct


def _parse(text: str, delimiter: str, given: Dialect) -> ParsedSample:
    """Return the sample parsed with this delimiter, with comment lines separate."""
    quote = _quote(text, delimiter) if given.quote is None else given.quote
    if delimiter == " ":
        text = with_single_blanks(text.encode(), quote).decode()
    spaced = _is_spaced(text, delimiter, quote)
    for mark in COMMENT_MARKS if given.comment is None else (given.comment,):
        cleared, lines = without_comments(text.encode(), quote, mark)
        if lines:
            records = _parse_records(cleared.decode(), delimiter, quote, spaced)
            rows = text.split("\n")
            notes = [(line, _cells(rows[line - 1], delimiter, quote)) for line in lines]
            if given.comment or _are_comments(notes, records):
                return ParsedSample(delimiter, quote, mark, spaced, records, notes)
    records = _parse_records(text, delimiter, quote, spaced)
    return ParsedSample(delimiter, quote, given.comment or "", spaced, records, [])


def _parse_records(text: str, delimiter: str, quote: str, spaced: bool) -> list[Record]:
    """Return the first records that are not empty, each with its first line."""
    records: list[Record] = []
    signs = csv_options(delimiter, quote, spaced)
    reader = csv.reader(io.StringIO(text, newline=""), **signs)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((line, cells))
            line = reader.line_num + 1
            if len(records) == _SAMPLE_RECORDS:
                break
    except csv.Error:  # a cell beyond the reader's limit: use the records before it
        pass
    return records


def _cells(line: str, delimiter: str, quote: str) -> list[str]:
    """Return the cells of one line, which may leave a quote open."""
    return next(csv.reader([line], **csv_options(delimiter, quote)), [""])


def csv_options(delimiter: str, quote: str, spaced: bool = False) -> dict[str, Any]:
    """Return the keyword arguments of the csv module for these characters."""
    if not quote:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE}
    return {"delimiter": delimiter, "quotechar": quote, "skipinitialspace": spaced}


def _are_comments(notes: list[Record], records: list[Record]) -> bool:
    """Return whether most of the lines would not fit as rows."""
    width = usual_width(records)
    fitting = sum(len(cells) == width for _, cells in notes)
    return bool(records) and fitting <= _COMMENT_WIDTH * len(notes)


def _score(found: ParsedSample) -> float:
    width = usual_width(found.records)
    if width == 1:
        return 0.0
    rows = rows_of(found.records, width)
    fit = len(rows) / len(found.records)
    rows = rows[: max(2, _SCORED_CELLS // width)]
    others = [mark for mark in MARKS if mark != found.delimiter]
    clean = sum(
        _cleanness(cell, found.delimiter, found.quote, others) for cells in rows for cell in cells
    )
    return fit * clean / (width * len(rows))


def _fits(found: ParsedSample) -> float:
    width = usual_width(found.records)
    if width == 1:
        return 0.0
    rows = found.records[1:] if len(found.records) > 2 else found.records  # R's header is shorter
    return sum(len(cells) == width for _, cells in rows) / len(rows)


def _separates_cells(found: ParsedSample) -> bool:
    """Return whether spaces separate cells, not the words of a text or a date from its time."""
    width = usual_width(found.records)
    rows = rows_of(found.records, width)
    moments = [_DAY.fullmatch(cells[0]) and _TIME.fullmatch(cells[1]) for cells in rows]
    if width == 2 and 2 * sum(map(bool, moments)) > len(rows):
        return False
    return len(found.records[0][1]) == width or any(are_numeric(rows, " "))


def _separates_decimals(found: ParsedSample, no_names: bool) -> bool:
    """Return whether spaces separate numbers with decimal commas, with or without names above."""
    cells = [cells for _, cells in found.records]
    rows = cells[1:]
    values = [cell for row in (cells if no_names else rows) for cell in row]
    commas = sum("," in cell for cell in values)
    return (
        len(rows) > 1
        and commas >= (len(values) if no_names else 1)
        and len(cells[0]) > 1
        and len({len(row) for row in cells}) == 1
        and all(is_number(cell, " ") and cell == cell.strip(",") for cell in values)
    )


def _is_regular(records: list[Record]) -> bool:
    """Return whether all records from the first of the usual width on have it, two or more."""
    widths = {len(cells) for _, cells in records[records_above(records) :]}
    return len(widths) == 1 and widths != {1}


def _cleanness(cell: str, delimiter: str, quote: str, others: list[str]) -> float:
    """Return 1 for a cell that looks whole, less for one that another delimiter would split.

    A quote left in a cell mostly means that a quoted value was split.
    """
    if is_number(cell, delimiter):
        return 1.0
    if quote and quote in cell:
        return 0.0
    return 0.5 if any(mark in cell for mark in others) or "  " in cell.strip() else 1.0


def usual_width(records: list[Record]) -> int:
    """Return the most frequent number of cells; of equally frequent ones the larger."""
    return most_frequent(len(cells) for _, cells in records)


def most_frequent(widths: Iterable[int]) -> int:
    """Return the most frequent width, the largest of equally frequent ones; 1 without any."""
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width), default=1)


def records_above(records: list[Record]) -> int:
    """Return how many records are above the first of the usual width."""
    width = usual_width(records)
    return next((at for at, (_, cells) in enumerate(records) if len(cells) == width), 0)


def rows_of(records: list[Record], width: int) -> list[list[str]]:
    """Return the cells of the records that have so many."""
    return [cells for _, cells in records if len(cells) == width]


def are_numeric(rows: list[list[str]], delimiter: str) -> list[bool]:
    """Return for each column whether more than half of its cells are numbers."""
    columns = zip(*rows, strict=True)
    return [2 * sum(is_number(cell, delimiter) for cell in cells) > len(cells) for cells in columns]


def filled_width(cells: list[str]) -> int:
    """Return the number of cells up to the last that is not empty."""
    return max((at for at, cell in enumerate(cells, 1) if cell.strip()), default=0)
