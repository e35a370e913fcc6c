"""How numbers are written: decimal point or comma, and what parts the thousands.

"1,234" alone could be 1.234 or 1234. The other columns of the file decide, else the delimiter does:
where commas part cells, a decimal comma is unlikely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from core.table.reading.dialect import Dialect

_ALIKE = {" ": " \u00a0\u2009\u202f", "'": "'’"}  # signs that are written for the same
LIKE_NUMBER = "[+-]?[0-9.,'’ \u00a0\u2009\u202f]*[0-9][.,]?(?:[eE][+-]?[0-9]+)?"
_SIGN = re.compile("[.,'’ \u00a0\u2009\u202f]")
_LIKE_NUMBER = re.compile(LIKE_NUMBER)


@dataclass(frozen=True)
class NumberFormat:
    """A decimal sign and a thousands separator ("" for none)."""

    decimal: str = "."
    thousands: str = ""

    @cached_property
    def pattern(self) -> str:
        """Return the regular expression of a number."""
        point, exponent = re.escape(self.decimal), "(?:[eE][+-]?[0-9]+)?"
        plain = f"[+-]?(?:[0-9]+{point}?[0-9]*|{point}[0-9]+){exponent}"
        if not self.thousands:
            return plain
        return f"{plain}|[+-]?[1-9][0-9]{{0,2}}(?:[{self.separators}][0-9]{{3}})+(?:{point}[0-9]*)?"

    @property
    def separators(self) -> str:
        """Return the signs that part thousands; others are written for the same blank."""
        return _ALIKE.get(self.thousands, self.thousands)

    def plain(self, text: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return numbers of this notation with a decimal point and nothing between digits."""
        if self.thousands:
            text = pc.replace_substring_regex(text, f"[{self.separators}]", "")
        return text if self.decimal == "." else pc.replace_substring(text, self.decimal, ".")

    def count_matches(self, cells: Sequence[str]) -> int:
        """Return how many of the cells are numbers in this notation."""
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
    """Return the notations in which most of the cells are numbers; () for a column of words."""
    if not cells:
        return tuple(notation for notation in _FORMATS if _agrees(notation, given))
    if 2 * sum(_LIKE_NUMBER.fullmatch(cell) is not None for cell in cells) <= len(cells):
        return ()
    grouped = given.thousands is not None or not _are_lists(cells)
    ways = [way for way in _FORMATS if _agrees(way, given) and (grouped or not way.thousands)]
    if not _SIGN.search("".join(cells)):  # without a sign all notations are one
        ways = ways if 2 * PLAIN.count_matches(cells) > len(cells) else []
        return tuple(ways)
    found = [(notation.count_matches(cells), notation) for notation in ways]
    most = max(count for count, _ in found)
    if 2 * most <= len(cells):
        return ()
    return tuple(notation for count, notation in found if count == most)


def _are_lists(cells: Sequence[str]) -> bool:
    """Tell lists of rising numbers of three digits, some of three or more, from thousands."""
    parts = [_SIGN.split(cell) for cell in cells]
    parted = [part for part in parts if len(part) > 1]
    rising = all(
        all(len(number) == 3 for number in part) and part == sorted(set(part)) for part in parted
    )
    return rising and any(len(part) > 2 for part in parted)


def _agrees(notation: NumberFormat, given: Dialect) -> bool:
    return given.decimal in (None, notation.decimal) and (
        given.thousands is None
        or (notation.thousands in ("", given.thousands) and notation.decimal != given.thousands)
    )


def common_decimal(columns: Sequence[tuple[NumberFormat, ...]]) -> str | None:
    """Return the decimal sign that most columns have which leave no doubt; None without any."""
    sure = [options[0].decimal for options in columns if options and not is_ambiguous(options)]
    return max(".,", key=sure.count) if sure else None


def is_ambiguous(options: Sequence[NumberFormat]) -> bool:
    """Tell whether the same cells could be read with either decimal sign."""
    return len({notation.decimal for notation in options}) > 1


def sort_by_decimal(
    options: Sequence[NumberFormat], decimal: str | None, delimiter: str
) -> tuple[NumberFormat, ...]:
    """Return the notations, those first that agree with the decimal sign of other columns."""
    usual = decimal or ("." if delimiter == "," else None)
    return tuple(sorted(options, key=lambda notation: notation.decimal != usual))
