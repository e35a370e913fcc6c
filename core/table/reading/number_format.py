"""Number formats: decimal point or comma, and thousands separators.

"1,234" alone could be 1.234 or 1234. The other columns of the file decide, else the delimiter:
where commas separate cells, a decimal comma is unlikely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from core.table.reading.dialect import Dialect

_ALIKE = {" ": " \u00a0\u2009\u202f", "'": "'’"}  # characters that are used for the same separator
LIKE_NUMBER = "[+-]?[0-9.,'’ \u00a0\u2009\u202f]*[0-9][.,]?(?:[eE][+-]?[0-9]+)?"
_SIGN = re.compile("[.,'’ \u00a0\u2009\u202f]")
_LIKE_NUMBER = re.compile(LIKE_NUMBER)


@dataclass(frozen=True)
class NumberFormat:
    """A decimal separator and a thousands separator ("" for none)."""

    decimal: str = "."
    thousands: str = ""

    @cached_property
    def pattern(self) -> str:
        """Return the regular expression for a number."""
        point, exponent = re.escape(self.decimal), "(?:[eE][+-]?[0-9]+)?"
        plain = f"[+-]?(?:[0-9]+{point}?[0-9]*|{point}[0-9]+){exponent}"
        if not self.thousands:
            return plain
        return f"{plain}|[+-]?[1-9][0-9]{{0,2}}(?:[{self.separators}][0-9]{{3}})+(?:{point}[0-9]*)?"

    @property
    def separators(self) -> str:
        """Return the characters that separate thousands, including variants of a space."""
        return _ALIKE.get(self.thousands, self.thousands)

    def to_plain(self, text: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return numbers of this format with a decimal point and without thousands separators."""
        if self.thousands:
            text = pc.replace_substring_regex(text, f"[{self.separators}]", "")
        return text if self.decimal == "." else pc.replace_substring(text, self.decimal, ".")

    def count_matches(self, cells: Sequence[str]) -> int:
        """Return how many of the cells are numbers in this format."""
        pattern = re.compile(self.pattern)
        return sum(pattern.fullmatch(cell) is not None for cell in cells)


PLAIN = NumberFormat()
_FORMATS = tuple(
    NumberFormat(decimal, thousands)
    for thousands in ("", ",", ".", " ", "'")
    for decimal in (".", ",")
    if decimal != thousands
)


def possible_formats(cells: Sequence[str], given: Dialect) -> tuple[NumberFormat, ...]:
    """Return the formats in which most of the cells are numbers; () for a text column."""
    if not cells:
        return tuple(number_format for number_format in _FORMATS if _agrees(number_format, given))
    if 2 * sum(_LIKE_NUMBER.fullmatch(cell) is not None for cell in cells) <= len(cells):
        return ()
    grouped = given.thousands is not None or not _are_lists(cells)
    formats = [f for f in _FORMATS if _agrees(f, given) and (grouped or not f.thousands)]
    if not _SIGN.search("".join(cells)):  # without separators all formats agree
        return tuple(formats) if 2 * PLAIN.count_matches(cells) > len(cells) else ()
    found = [(number_format.count_matches(cells), number_format) for number_format in formats]
    most = max(count for count, _ in found)
    if 2 * most <= len(cells):
        return ()
    return tuple(number_format for count, number_format in found if count == most)


def _are_lists(cells: Sequence[str]) -> bool:
    """Return whether cells are lists of rising numbers of three digits, such as 400,401,402."""
    parts = [_SIGN.split(cell) for cell in cells]
    parted = [part for part in parts if len(part) > 1]
    rising = all(
        all(len(number) == 3 for number in part) and part == sorted(set(part)) for part in parted
    )
    return rising and any(len(part) > 2 for part in parted)


def _agrees(number_format: NumberFormat, given: Dialect) -> bool:
    decimal, thousands = number_format.decimal, number_format.thousands
    if given.decimal not in (None, decimal) or given.thousands == decimal:
        return False
    return given.thousands is None or thousands in ("", given.thousands)


def common_decimal(columns: Sequence[tuple[NumberFormat, ...]]) -> str | None:
    """Return the decimal separator of most unambiguous columns; None without any."""
    sure = [options[0].decimal for options in columns if options and not is_ambiguous(options)]
    return max(".,", key=sure.count) if sure else None


def is_ambiguous(options: Sequence[NumberFormat]) -> bool:
    """Return whether either decimal separator fits the same cells."""
    return len({number_format.decimal for number_format in options}) > 1


def sort_by_decimal(
    options: Sequence[NumberFormat], decimal: str | None, delimiter: str
) -> tuple[NumberFormat, ...]:
    """Return the formats, those with the decimal separator of other columns first."""
    usual = decimal or ("." if delimiter == "," else None)
    return tuple(sorted(options, key=lambda number_format: number_format.decimal != usual))
