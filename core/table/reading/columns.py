"""Typed columns from parsed ones: numbers where every cell is one, else text.

Decimal fractions are read to the nearest float64, as Python does. Whatever a user would not expect
becomes a `Fact` (rows and an example) and then a notice: see `fact_notices`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from core.table.notices import MAX_NOTICE_LINES, Notice, in_quotes
from core.table.reading.dialect import Dialect
from core.table.reading.number_format import (
    LIKE_NUMBER,
    PLAIN,
    NumberFormat,
    common_decimal,
    is_ambiguous,
    possible_formats,
    sort_by_decimal,
)
from core.table.reading.plain_numbers import EXACT
from core.table.reading.sniffing import INFINITE, MISSING
from core.utils.sentence import plural

Mask = npt.NDArray[np.bool_]
Progress = Callable[[int, int], object]  # called with the number of columns done, and their total

_INTEGER = "[+-]?[0-9]+"
_NOT_ZERO = r"^[+-]?[0.]*[1-9]"
_INFINITE = re.compile(f"{INFINITE}$")
_LEADING_ZERO = "^[+-]?0[0-9]"
_SAMPLE = 200  # cells from which a column's number format is detected
_CELLS_AT_ONCE = 200_000  # of short columns: a call of pyarrow costs more than their cells

_DONE = pa.chunked_array([], pa.null())  # in place of a column that has been typed
# One notice per column, which is withdrawn if the column is interpreted later.
_PER_COLUMN = ("sign", "word", "unlike")

# Notices by kind of fact; {cell} and {column} are those of the first example.
_MESSAGES = {
    "missing": "Empty cells and markers such as NA, null or - count as missing, the first in column"
    " {column}",
    "infinite": "{cell} in column {column} is infinite in float64 and counts as missing",
    "tiny": "{cell} in column {column} is smaller than any float64 and becomes 0",
    "rounded": "{cell} in column {column} is an integer beyond 2⁵³ and is rounded to the nearest"
    " float64",
    "zeros": "Leading zeros are removed, the first in {cell} in column {column}",
    "grouped": "Thousands separators are removed, the first in {cell} in column {column}",
    "doubtful": "{cell} in column {column} could have a decimal separator or a thousands separator;"
    " it is read as the other columns and the delimiter suggest",
    "comma": "{cell} in column {column} is read with a decimal comma, although commas also separate"
    " the columns",
    "mixed": "{cell} in column {column} has a different decimal separator from other columns",
    "sign": "Column {column} is read as text, since {cell} has a different decimal separator"
    " from other columns",
    "word": "Column {column} is read as text, since {cell} is not a number",
    "unlike": "Column {column} is read as text, since {cell} has a different number format from"
    " its other numbers",
    "spaces": "Spaces around text are removed, the first in column {column}",
}


@dataclass(frozen=True)
class Fact:
    """Rows (0-based) of one column that need a notice, and the first of their cells as written."""

    kind: str
    rows: npt.NDArray[np.intp]
    cell: str
    column: str = ""


@dataclass(frozen=True)
class TypedColumn:
    """A typed column: int64, float64 (NaN where missing) or text (None or NaN where missing)."""

    cells: npt.NDArray[np.generic] | pd.api.extensions.ExtensionArray
    missing: Mask
    number_format: NumberFormat
    facts: tuple[Fact, ...]


class _TextGroup:
    """Text cells with and without spaces around them, and which are missing or numbers."""

    def __init__(self, cells: pa.Array) -> None:
        self.cells = cells
        self.trimmed = pc.utf8_trim_whitespace(cells)
        self.missing = _mask(pc.is_in(pc.utf8_lower(self.trimmed), value_set=pa.array(MISSING)))
        self.number = _matches(self.trimmed, f"{PLAIN.pattern}|{INFINITE}")

    @cached_property
    def as_text(self) -> pd.api.extensions.ExtensionArray:
        """Return the trimmed cells, None where missing."""
        nullable = pc.if_else(pa.array(self.missing), pa.scalar(None, pa.string()), self.trimmed)
        array: pd.api.extensions.ExtensionArray = nullable.to_pandas().array
        return array

    @cached_property
    def spaces(self) -> Mask:
        """Return where cells that are not missing have spaces around them."""
        return _mask(pc.not_equal(self.cells, self.trimmed)) & ~self.missing


class _TextCells:
    """The N cells of one column of a group."""

    def __init__(self, group: _TextGroup, place: slice) -> None:
        self._group, self._place = group, place
        self.cells, self.trimmed = group.cells[place], group.trimmed[place]
        self.missing, self.number = group.missing[place], group.number[place]

    @property
    def as_text(self) -> pd.api.extensions.ExtensionArray:
        return self._group.as_text[self._place]

    @property
    def spaces(self) -> Mask:
        return self._group.spaces[self._place]

    def is_number_in(self, number_format: NumberFormat) -> Mask:
        """Return where a cell is a number in that format."""
        if number_format == PLAIN:
            return self.number
        return _matches(self.trimmed, f"{number_format.pattern}|{INFINITE}")


def type_columns(
    columns: list[pa.ChunkedArray],
    delimiter: str,
    given: Dialect,
    progress: Progress | None = None,
) -> list[TypedColumn]:
    """Return the columns of N cells each, typed; numbers in the given format or the one that fits.

    Empties `columns` on the way, so that only the current ones are in memory twice.
    """
    if progress:
        progress(0, len(columns))
    options = _possible_formats(columns, given)
    floats = [(PLAIN,)] * sum(pa.types.is_float64(column.type) for column in columns)
    decimal = given.decimal or common_decimal([*options.values(), *floats])
    typed: dict[int, TypedColumn] = {}
    for group in _groups(list(options), len(columns[0])):
        for at, text in zip(group, _cells_of([columns[at] for at in group]), strict=True):
            preferred = sort_by_decimal(options[at], decimal, delimiter)
            typed[at] = _type_text(text, preferred, decimal, delimiter)
            columns[at] = _DONE
        _release_memory()
        if progress:
            progress(len(typed), len(columns))

    def take(at: int) -> TypedColumn:
        column = _type_numbers(columns[at])
        columns[at] = _DONE
        _release_memory()
        return column

    numbers = [at for at in range(len(columns)) if at not in typed]
    with ThreadPoolExecutor(2) as threads:  # most of the time goes into allocating memory
        typed |= zip(numbers, threads.map(take, numbers), strict=True)
    return [typed[at] for at in range(len(columns))]


def _release_memory() -> None:
    """Give memory that Arrow keeps for later use back to the system."""
    pa.default_memory_pool().release_unused()


def _possible_formats(
    columns: Sequence[pa.ChunkedArray], given: Dialect
) -> dict[int, tuple[NumberFormat, ...]]:
    """Return the number formats that fit each text column's first cells, by position."""
    places = [at for at, column in enumerate(columns) if pa.types.is_string(column.type)]
    found: dict[int, tuple[NumberFormat, ...]] = {}
    for group in _groups(places, _SAMPLE):
        first = _stack([columns[at].slice(0, _SAMPLE) for at in group])
        like = _matches(first.trimmed, f"{LIKE_NUMBER}|{INFINITE}")
        known, like = ((~first.missing).reshape(len(group), -1), like.reshape(len(group), -1))
        text = known.any(axis=1) & (2 * like.sum(axis=1) <= known.sum(axis=1))
        for at, is_text in zip(group, text, strict=True):
            found[at] = () if is_text else possible_formats(_first_cells(columns[at]), given)
    return found


def _first_cells(column: pa.ChunkedArray) -> list[str]:
    """Return the first cells that are neither missing nor infinite, trimmed."""
    cells = _known_cells(column.slice(0, 2 * _SAMPLE)) or _known_cells(column.slice(2 * _SAMPLE))
    return cells[:_SAMPLE]


def _known_cells(column: pa.ChunkedArray) -> list[str]:
    cells = (cell.strip() for cell in column.to_pylist())
    return [cell for cell in cells if cell.lower() not in MISSING and not _INFINITE.match(cell)]


def _groups(places: list[int], rows: int) -> list[list[int]]:
    """Return the positions of text columns in groups of about `_CELLS_AT_ONCE` cells."""
    together = max(1, _CELLS_AT_ONCE // max(rows, 1))
    return [places[first : first + together] for first in range(0, len(places), together)]


def _cells_of(columns: list[pa.ChunkedArray]) -> Iterator[_TextCells]:
    """Yield the cells of columns of equal length."""
    rows, group = len(columns[0]), _stack(columns)
    for column in range(len(columns)):
        yield _TextCells(group, slice(column * rows, (column + 1) * rows))


def _stack(columns: Sequence[pa.ChunkedArray]) -> _TextGroup:
    """Return columns of equal length as one group."""
    joined = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    return _TextGroup(joined.combine_chunks() if len(columns) > 1 else joined)


def _type_numbers(column: pa.ChunkedArray) -> TypedColumn:
    """Return a column that pyarrow read as numbers without loss."""
    missing: Mask = np.broadcast_to(np.bool_(False), len(column))  # takes no memory
    facts: tuple[Fact, ...] = ()
    if column.null_count:
        missing = _mask(column.is_null())
        facts = (Fact("missing", np.flatnonzero(missing), ""),)
    values = column.to_numpy()  # NaN where missing, which makes integers floats
    return TypedColumn(values, missing, PLAIN, facts)


def _type_text(
    text: _TextCells, options: Sequence[NumberFormat], decimal: str | None, delimiter: str
) -> TypedColumn:
    """Return numbers in the first format that fits all cells, or else text.

    Where other columns have decimal points and commas separate columns, decimal commas are text.
    """
    points_only = delimiter == "," and decimal == "."
    for number_format in options:
        if (text.is_number_in(number_format) | text.missing).all():
            if points_only and number_format.decimal != decimal:
                return _text_result(
                    text, text.number, _fact("sign", ~(text.number | text.missing), text.cells)
                )
            facts = _separator_facts(text, options, number_format, decimal)
            if delimiter == number_format.decimal:
                commas = _mask(pc.match_substring(text.trimmed, ",")) & ~text.missing
                facts.append(_fact("comma", commas, text.cells))
            return _number_result(text, number_format, facts)
    return _text_result(text, text.is_number_in(options[0]) if options else text.number)


def _separator_facts(
    text: _TextCells,
    options: Sequence[NumberFormat],
    number_format: NumberFormat,
    decimal: str | None,
) -> list[Fact | None]:
    """Return the facts about separators: removed, ambiguous, or different from other columns."""
    if number_format == PLAIN and decimal != ",":
        return []
    signs = f"[.,{number_format.separators}]"
    signed = _mask(pc.match_substring_regex(text.trimmed, signs)) & ~text.missing
    grouped = signed & ~text.is_number_in(NumberFormat(number_format.decimal))
    marked = _mask(pc.match_substring_regex(text.trimmed, "[.,]")) & ~text.missing
    mixed = decimal is not None and number_format.decimal != decimal
    return [
        _fact("grouped", grouped, text.cells),
        _fact("doubtful", marked, text.cells) if is_ambiguous(options) else None,
        _fact("mixed", marked, text.cells) if mixed else None,
    ]


def _number_result(
    text: _TextCells, number_format: NumberFormat, facts: list[Fact | None]
) -> TypedColumn:
    plain = number_format.to_plain(text.trimmed)
    nullable = pc.if_else(pa.array(text.missing), pa.scalar(None, pa.string()), plain)
    values = pc.cast(nullable, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    infinite = np.isinf(values)
    values[infinite] = np.nan  # as the missing are
    facts = [
        _fact("missing", text.missing, text.cells),
        _fact("infinite", infinite, text.cells),
        _fact("tiny", _became_zero(plain, values), text.cells),
        _fact("rounded", _lost_digits(plain, values), text.cells),
        _fact("zeros", _mask(pc.match_substring_regex(plain, _LEADING_ZERO)), text.cells),
        *facts,
    ]
    missing = text.missing | infinite
    numbers = _narrow(plain, values, missing)
    return TypedColumn(numbers, missing, number_format, tuple(filter(None, facts)))


def _narrow(
    text: pa.Array, values: npt.NDArray[np.float64], missing: Mask
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """Return whole numbers as int64, which is shown without a decimal point."""
    whole = not missing.any() and bool((np.abs(values) <= EXACT).all())
    if whole and _matches(text, _INTEGER).all():
        return values.astype(np.int64)
    return values


def _became_zero(text: pa.Array, values: npt.NDArray[np.float64]) -> Mask:
    """Return where a number other than 0 was read as 0."""
    zero: Mask = values == 0
    if zero.any():
        zero[zero] = _mask(pc.match_substring_regex(text.filter(pa.array(zero)), _NOT_ZERO))
    return zero


def _lost_digits(text: pa.Array, values: npt.NDArray[np.float64]) -> Mask:
    """Return where an integer in the file differs from its float64."""
    large: Mask = np.abs(values) >= EXACT  # NaN compares false
    if large.any():
        cells = text.filter(pa.array(large))
        whole = _matches(cells, _INTEGER)
        pairs = zip(cells.to_pylist(), values[large], whole, strict=True)
        large[large] = [w and _digits(cell) != int(value) for cell, value, w in pairs]
    return large


def _digits(cell: str) -> int:
    """Return an integer of at most 309 digits after any leading zeros."""
    size = int(cell.lstrip("+-").lstrip("0"))
    return -size if cell.startswith("-") else size


def _text_result(text: _TextCells, number: Mask, *more: Fact | None) -> TypedColumn:
    known = ~text.missing
    facts = [_fact("missing", text.missing, text.cells), *more]
    facts.append(_fact("spaces", text.spaces, text.cells))
    if not more and 2 * (number & known).sum() > known.sum():
        other = ~number & known
        word = other & ~_matches(text.trimmed, LIKE_NUMBER)
        facts.append(_fact("word", word, text.cells) or _fact("unlike", other, text.cells))
    return TypedColumn(text.as_text, text.missing, PLAIN, tuple(filter(None, facts)))


def fact_notices(facts: Sequence[Fact], lines: npt.NDArray[np.int64]) -> list[Notice]:
    """Return one notice per kind, over all columns; columns that stay text have their own."""
    notices = []
    for kind in _MESSAGES:
        found = [fact for fact in facts if fact.kind == kind]
        groups = [[fact] for fact in found] if kind in _PER_COLUMN else [found]
        notices += [_notice(group, lines) for group in groups if group]
    return notices


def _notice(facts: list[Fact], lines: npt.NDArray[np.int64]) -> Notice:
    count = sum(len(fact.rows) for fact in facts)
    first = np.unique(np.concatenate([fact.rows[:MAX_NOTICE_LINES] for fact in facts]))
    example = min(facts, key=lambda fact: fact.rows[0])  # the cell in the first line of the notice
    message = _MESSAGES[example.kind].format(
        cell=in_quotes(example.cell), column=in_quotes(example.column)
    )
    if len(facts) > 1 and count > 1:
        message += f" (and in {plural(len(facts) - 1, 'more column')})"
    return Notice(message, count, tuple(lines[first[:MAX_NOTICE_LINES]].tolist()))


def _fact(kind: str, where: Mask, text: pa.Array) -> Fact | None:
    rows = np.flatnonzero(where)
    return Fact(kind, rows, text[int(rows[0])].as_py()) if len(rows) else None


def _matches(text: pa.Array, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(text, f"^(?:{pattern})$"))


def _mask(array: pa.Array) -> Mask:
    # astype copies: Arrow's memory is read-only.
    return np.asarray(array.to_numpy(zero_copy_only=False)).astype(np.bool_)
