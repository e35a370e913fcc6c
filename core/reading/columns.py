"""From a column of text to a typed one: numbers where every cell is a number, else categories.

Decimal fractions are read to the nearest float64, as Python does. What a reader would not expect is
kept as a fact (which rows, and one example) and told: see `tell`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from core.reading.limits import LINES_KEPT, Notice, shown
from core.reading.sniffing import INFINITE, MISSING, NUMBER

Mask = npt.NDArray[np.bool_]

_EXACT = 2**53  # the integers that float64 holds without a gap
_COMMA_NUMBER = NUMBER.replace(r"\.", ",")
_INTEGER = "[+-]?[0-9]+"
_NOT_ZERO = r"^[+-]?[0.]*[1-9]"

_OWN_NOTICES = 10  # columns that are told one by one; the others share a notice

# What is told of a kind of fact; {cell} and {column} stand for its first example.
_TOLD = {
    "missing": "Cells that are empty or hold a marker (NA, N/A, NaN, null, -, ?) count as missing,"
    " the first in column {column}",
    "infinite": "{cell} in column {column} is infinite in float64 and counts as missing",
    "tiny": "{cell} in column {column} is smaller than any float64 and becomes 0",
    "rounded": "{cell} in column {column} is an integer beyond 2⁵³ and is rounded to the nearest"
    " float64",
    "word": "Column {column} is read as text, since {cell} is not a number",
    "spaces": "Spaces around a text are left out, the first in column {column}",
}


@dataclass(frozen=True)
class Fact:
    """Rows (0-based) of one column where something is to be told, and the first cell as it was."""

    kind: str
    rows: npt.NDArray[np.intp]
    cell: str
    column: str = ""


@dataclass(frozen=True)
class Column:
    """A typed column: int64, float64 (NaN where missing) or text (None or NaN where missing)."""

    cells: pd.Series
    missing: Mask
    decimal: str
    facts: tuple[Fact, ...]


def type_column(text: pa.ChunkedArray, delimiter: str) -> Column:
    """Return the typed column of N cells; a decimal comma is tried unless commas separate cells."""
    trimmed = pc.utf8_trim_whitespace(text)
    missing = _mask(pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(MISSING)))
    number = _matches(trimmed, f"{NUMBER}|{INFINITE}")
    decimal = "."
    if delimiter != "," and not (number | missing).all():
        comma = _matches(trimmed, f"{_COMMA_NUMBER}|{INFINITE}")
        if comma.sum() > number.sum():
            number, decimal = comma, ","
    if (number | missing).all():
        text = trimmed if decimal == "." else pc.replace_substring(trimmed, ",", ".")
        return _numbers(text, missing, decimal)
    return _texts(text, trimmed, missing, number)


def _numbers(text: pa.ChunkedArray, missing: Mask, decimal: str) -> Column:
    held = pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), text)
    values = pc.cast(held, pa.float64()).to_numpy().astype(np.float64)  # NaN where missing
    infinite = np.isinf(values)
    values[infinite] = np.nan
    facts = [
        _fact("missing", missing, text),
        _fact("infinite", infinite, text),
        _fact("tiny", _underflowed(text, values), text),
        _fact("rounded", _rounded(text, values), text),
    ]
    missing = missing | infinite
    kept = tuple(fact for fact in facts if fact is not None)
    return Column(_narrowed(text, values, missing), missing, decimal, kept)


def _narrowed(text: pa.ChunkedArray, values: npt.NDArray[np.float64], missing: Mask) -> pd.Series:
    """Keep whole numbers as int64, which shows them without a decimal point."""
    whole = not missing.any() and bool((np.abs(values) <= _EXACT).all())
    if whole and _matches(text, _INTEGER).all():
        return pd.Series(values.astype(np.int64))
    return pd.Series(values)


def _underflowed(text: pa.ChunkedArray, values: npt.NDArray[np.float64]) -> Mask:
    """Return where a number other than 0 was read as 0."""
    zero: Mask = values == 0
    if zero.any():
        zero[zero] = _mask(pc.match_substring_regex(text.filter(pa.array(zero)), _NOT_ZERO))
    return zero


def _rounded(text: pa.ChunkedArray, values: npt.NDArray[np.float64]) -> Mask:
    """Return where an integer as written is not the float64 that it became."""
    large: Mask = np.abs(values) >= _EXACT  # NaN compares false
    if large.any():
        cells = text.filter(pa.array(large))
        whole = _matches(cells, _INTEGER)
        pairs = zip(cells.to_pylist(), values[large], whole, strict=True)
        large[large] = [w and _digits(cell) != int(value) for cell, value, w in pairs]
    return large


def _digits(cell: str) -> int:
    """Return an integer of at most 309 digits, however many zeros lead it."""
    size = int(cell.lstrip("+-").lstrip("0"))
    return -size if cell.startswith("-") else size


def _texts(text: pa.ChunkedArray, trimmed: pa.ChunkedArray, missing: Mask, number: Mask) -> Column:
    held = pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), trimmed)
    facts = [_fact("missing", missing, text)]
    facts.append(_fact("spaces", _mask(pc.not_equal(text, trimmed)) & ~missing, text))
    if 2 * (number & ~missing).sum() > (~missing).sum():
        facts.append(_fact("word", ~number & ~missing, text))
    kept = tuple(fact for fact in facts if fact is not None)
    return Column(held.to_pandas(), missing, ".", kept)


def tell(facts: Sequence[Fact], lines: npt.NDArray[np.int64]) -> list[Notice]:
    """Return one notice a kind, over all columns; text that was meant as numbers has its own."""
    notices = []
    for kind in _TOLD:
        found = [fact for fact in facts if fact.kind == kind]
        own = found[:_OWN_NOTICES] if kind == "word" else []
        groups = [*([fact] for fact in own), found[len(own) :]]
        notices += [_told(group, lines) for group in groups if group]
    return notices


def _told(facts: list[Fact], lines: npt.NDArray[np.int64]) -> Notice:
    count = sum(len(fact.rows) for fact in facts)
    first = np.unique(np.concatenate([fact.rows[:LINES_KEPT] for fact in facts]))[:LINES_KEPT]
    message = _TOLD[facts[0].kind].format(cell=shown(facts[0].cell), column=shown(facts[0].column))
    if len(facts) > 1 and count > 1:
        message += f" (and in {len(facts) - 1} more of the columns)"
    return Notice(message, count, tuple(int(line) for line in lines[first]))


def _fact(kind: str, where: Mask, text: pa.ChunkedArray) -> Fact | None:
    rows = np.flatnonzero(where)
    return Fact(kind, rows, text[int(rows[0])].as_py()) if len(rows) else None


def _matches(text: pa.ChunkedArray, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(text, f"^(?:{pattern})$"))


def _mask(array: pa.ChunkedArray) -> Mask:
    # astype copies: Arrow's own memory is read-only.
    return np.asarray(array.to_numpy()).astype(np.bool_)
