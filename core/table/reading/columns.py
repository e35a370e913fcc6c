"""From columns as they were parsed to typed ones: numbers where every cell is one, else categories.

Decimal fractions are read to the nearest float64, as Python does. What a reader would not expect is
kept as a fact (which rows, and one example) and told: see `fact_notices`.
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

Mask = npt.NDArray[np.bool_]
Progress = Callable[[int, int], object]  # takes how many columns are done, of how many

_INTEGER = "[+-]?[0-9]+"
_NOT_ZERO = r"^[+-]?[0.]*[1-9]"
_INFINITE = re.compile(f"{INFINITE}$")
_LEADING_ZERO = "^[+-]?0[0-9]"
_SAMPLE = 200  # cells by which the notation of a column's numbers is judged
_CELLS_AT_ONCE = 200_000  # of narrow columns together: pyarrow's calls cost more than their cells

_DONE = pa.chunked_array([], pa.null())  # stands for a column that is done with
# Kinds that each column tells for itself: what is understood later is not text.
_PER_COLUMN = ("sign", "word", "unlike")

# What is told of a kind of fact; {cell} and {column} stand for its first example.
_MESSAGES = {
    "missing": "Cells that are empty or hold a marker such as NA, null or - count as missing,"
    " the first in column {column}",
    "infinite": "{cell} in column {column} is infinite in float64 and counts as missing",
    "tiny": "{cell} in column {column} is smaller than any float64 and becomes 0",
    "rounded": "{cell} in column {column} is an integer beyond 2⁵³ and is rounded to the nearest"
    " float64",
    "zeros": "Zeros before a number are left out, the first {cell} in column {column}",
    "grouped": "Thousands separators are taken out of numbers, the first {cell} in column {column}",
    "doubtful": "{cell} in column {column} could be read with a decimal sign or a thousands"
    " separator, and is read as the other columns and the delimiter suggest",
    "comma": "{cell} in column {column} is read with a decimal comma, though commas separate the"
    " columns",
    "mixed": "{cell} in column {column} has another decimal sign than other columns have",
    "sign": "Column {column} is read as text, since {cell} has another decimal sign than other"
    " columns have",
    "word": "Column {column} is read as text, since {cell} is not a number",
    "unlike": "Column {column} is read as text, since {cell} is not written as its other numbers"
    " are",
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
class TypedColumn:
    """A typed column: int64, float64 (NaN where missing) or text (None or NaN where missing)."""

    cells: npt.NDArray[np.generic] | pd.api.extensions.ExtensionArray
    missing: Mask
    notation: NumberFormat
    facts: tuple[Fact, ...]


class _TextGroup:
    """Cells of text as they are and without the blanks around them, and what they look like."""

    def __init__(self, cells: pa.Array) -> None:
        self.cells = cells
        self.trimmed = pc.utf8_trim_whitespace(cells)
        self.missing = _mask(pc.is_in(pc.utf8_lower(self.trimmed), value_set=pa.array(MISSING)))
        self.number = _matches(self.trimmed, f"{PLAIN.pattern}|{INFINITE}")

    @cached_property
    def words(self) -> pd.api.extensions.ExtensionArray:
        """As a frame holds them: None where missing."""
        held = pc.if_else(pa.array(self.missing), pa.scalar(None, pa.string()), self.trimmed)
        words: pd.api.extensions.ExtensionArray = held.to_pandas().array
        return words

    @cached_property
    def spaces(self) -> Mask:
        """Where there are blanks around what is not missing."""
        return _mask(pc.not_equal(self.cells, self.trimmed)) & ~self.missing


class _TextCells:
    """The N cells of a column among those of its group."""

    def __init__(self, group: _TextGroup, place: slice) -> None:
        self._group, self._place = group, place
        self.cells, self.trimmed = group.cells[place], group.trimmed[place]
        self.missing, self.number = group.missing[place], group.number[place]

    @property
    def words(self) -> pd.api.extensions.ExtensionArray:
        return self._group.words[self._place]

    @property
    def spaces(self) -> Mask:
        return self._group.spaces[self._place]

    def in_notation(self, notation: NumberFormat) -> Mask:
        """Return where a cell is a number in that notation."""
        if notation == PLAIN:
            return self.number
        return _matches(self.trimmed, f"{notation.pattern}|{INFINITE}")


def type_columns(
    columns: list[pa.ChunkedArray],
    delimiter: str,
    given: Dialect,
    progress: Progress | None = None,
) -> list[TypedColumn]:
    """Return each column of N cells typed; numbers in the notation that is given or that fits.

    Empties `columns` as it goes, so that only those at work are held twice.
    """
    if progress:
        progress(0, len(columns))
    options = _possible_formats(columns, given)
    floats = [(PLAIN,)] * sum(pa.types.is_float64(column.type) for column in columns)
    decimal = given.decimal or common_decimal([*options.values(), *floats])
    typed: dict[int, TypedColumn] = {}
    for group in _groups(list(options), len(columns[0])):
        for at, text in zip(group, _texts([columns[at] for at in group]), strict=True):
            preferred = sort_by_decimal(options[at], decimal, delimiter)
            typed[at] = _type_text(text, preferred, decimal, delimiter)
            columns[at] = _DONE
        _release_memory()
        if progress:
            progress(len(typed), len(columns))

    def take(at: int) -> TypedColumn:
        column = _type_parsed(columns[at])
        columns[at] = _DONE
        _release_memory()
        return column

    numbers = [at for at in range(len(columns)) if at not in typed]
    with ThreadPoolExecutor(2) as threads:  # most of it is to get memory from the system
        typed |= zip(numbers, threads.map(take, numbers), strict=True)
    return [typed[at] for at in range(len(columns))]


def _release_memory() -> None:
    """Return to the system what Arrow would keep for later columns of its own."""
    pa.default_memory_pool().release_unused()


def _possible_formats(
    columns: Sequence[pa.ChunkedArray], given: Dialect
) -> dict[int, tuple[NumberFormat, ...]]:
    """Return the notations in which each text column's first cells are numbers, by its place."""
    places = [at for at, column in enumerate(columns) if pa.types.is_string(column.type)]
    found: dict[int, tuple[NumberFormat, ...]] = {}
    for group in _groups(places, _SAMPLE):
        first = _stack([columns[at].slice(0, _SAMPLE) for at in group])
        like = _matches(first.trimmed, f"{LIKE_NUMBER}|{INFINITE}")
        known, like = ((~first.missing).reshape(len(group), -1), like.reshape(len(group), -1))
        words = known.any(axis=1) & (2 * like.sum(axis=1) <= known.sum(axis=1))
        for at, is_words in zip(group, words, strict=True):
            found[at] = () if is_words else possible_formats(_first_cells(columns[at]), given)
    return found


def _first_cells(column: pa.ChunkedArray) -> list[str]:
    """Return the first cells that are neither missing nor infinite, without blanks around them."""
    cells = _known(column.slice(0, 2 * _SAMPLE))
    return cells[:_SAMPLE] if cells or len(column) <= 2 * _SAMPLE else _known(column)[:_SAMPLE]


def _known(column: pa.ChunkedArray) -> list[str]:
    cells = (cell.strip() for cell in column.to_pylist())
    return [cell for cell in cells if cell.lower() not in MISSING and not _INFINITE.match(cell)]


def _groups(places: list[int], rows: int) -> list[list[int]]:
    """Return the places of text columns, so many together as are looked at at once."""
    together = max(1, _CELLS_AT_ONCE // max(rows, 1))
    return [places[first : first + together] for first in range(0, len(places), together)]


def _texts(columns: list[pa.ChunkedArray]) -> Iterator[_TextCells]:
    """Yield columns of equal length, looked at together."""
    rows, group = len(columns[0]), _stack(columns)
    for column in range(len(columns)):
        yield _TextCells(group, slice(column * rows, (column + 1) * rows))


def _stack(columns: Sequence[pa.ChunkedArray]) -> _TextGroup:
    """Return columns of equal length below each other."""
    joined = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    return _TextGroup(joined.combine_chunks() if len(columns) > 1 else joined)


def _type_parsed(column: pa.ChunkedArray) -> TypedColumn:
    """Take over what pyarrow read without loss."""
    missing: Mask = np.broadcast_to(np.bool_(False), len(column))  # which takes no memory
    facts: tuple[Fact, ...] = ()
    if column.null_count:
        missing = _mask(column.is_null())
        facts = (Fact("missing", np.flatnonzero(missing), ""),)
    values = column.to_numpy()  # NaN where missing, which makes integers floats
    return TypedColumn(values, missing, PLAIN, facts)


def _type_text(
    text: _TextCells, options: Sequence[NumberFormat], decimal: str | None, delimiter: str
) -> TypedColumn:
    """Return numbers in the first notation that all cells have, or else words.

    Among decimal points and with commas between the columns, no column has decimal commas.
    """
    alone = delimiter == "," and decimal == "."
    for notation in options:
        if (text.in_notation(notation) | text.missing).all():
            if alone and notation.decimal != decimal:
                return _text_result(
                    text, text.number, _fact("sign", ~(text.number | text.missing), text.cells)
                )
            told = _notation_facts(text, options, notation, decimal)
            if delimiter == notation.decimal:
                commas = _mask(pc.match_substring(text.trimmed, ",")) & ~text.missing
                told.append(_fact("comma", commas, text.cells))
            return _number_result(text, notation, told)
    return _text_result(text, text.in_notation(options[0]) if options else text.number)


def _notation_facts(
    text: _TextCells, options: Sequence[NumberFormat], notation: NumberFormat, decimal: str | None
) -> list[Fact | None]:
    """Return what is to be told of separators: taken out, in doubt, or unlike other columns'."""
    if notation == PLAIN and decimal != ",":
        return []
    signs = f"[.,{notation.separators}]"
    signed = _mask(pc.match_substring_regex(text.trimmed, signs)) & ~text.missing
    grouped = signed & ~text.in_notation(NumberFormat(notation.decimal))
    marked = _mask(pc.match_substring_regex(text.trimmed, "[.,]")) & ~text.missing
    mixed = decimal is not None and notation.decimal != decimal
    return [
        _fact("grouped", grouped, text.cells),
        _fact("doubtful", marked, text.cells) if is_ambiguous(options) else None,
        _fact("mixed", marked, text.cells) if mixed else None,
    ]


def _number_result(
    text: _TextCells, notation: NumberFormat, told: list[Fact | None]
) -> TypedColumn:
    plain = notation.plain(text.trimmed)
    held = pc.if_else(pa.array(text.missing), pa.scalar(None, pa.string()), plain)
    values = pc.cast(held, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    infinite = np.isinf(values)
    values[infinite] = np.nan  # as the missing are
    facts = [
        _fact("missing", text.missing, text.cells),
        _fact("infinite", infinite, text.cells),
        _fact("tiny", _became_zero(plain, values), text.cells),
        _fact("rounded", _lost_digits(plain, values), text.cells),
        _fact("zeros", _mask(pc.match_substring_regex(plain, _LEADING_ZERO)), text.cells),
        *told,
    ]
    missing = text.missing | infinite
    kept = tuple(fact for fact in facts if fact is not None)
    return TypedColumn(_narrow(plain, values, missing), missing, notation, kept)


def _narrow(
    text: pa.Array, values: npt.NDArray[np.float64], missing: Mask
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """Keep whole numbers as int64, which shows them without a decimal point."""
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
    """Return where an integer as written is not the float64 that it became."""
    large: Mask = np.abs(values) >= EXACT  # NaN compares false
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


def _text_result(text: _TextCells, number: Mask, *told: Fact | None) -> TypedColumn:
    known = ~text.missing
    facts = [_fact("missing", text.missing, text.cells), *told]
    facts.append(_fact("spaces", text.spaces, text.cells))
    if not told and 2 * (number & known).sum() > known.sum():
        other = ~number & known
        word = other & ~_matches(text.trimmed, LIKE_NUMBER)
        facts.append(_fact("word", word, text.cells) or _fact("unlike", other, text.cells))
    kept = tuple(fact for fact in facts if fact is not None)
    return TypedColumn(text.words, text.missing, PLAIN, kept)


def fact_notices(facts: Sequence[Fact], lines: npt.NDArray[np.int64]) -> list[Notice]:
    """Return one notice a kind, over all columns; a column that stays text has its own."""
    notices = []
    for kind in _MESSAGES:
        found = [fact for fact in facts if fact.kind == kind]
        groups = [[fact] for fact in found] if kind in _PER_COLUMN else [found]
        notices += [_notice(group, lines) for group in groups if group]
    return notices


def _notice(facts: list[Fact], lines: npt.NDArray[np.int64]) -> Notice:
    count = sum(len(fact.rows) for fact in facts)
    first = np.unique(np.concatenate([fact.rows[:MAX_NOTICE_LINES] for fact in facts]))[
        :MAX_NOTICE_LINES
    ]
    example = min(facts, key=lambda fact: fact.rows[0])  # so that it stands in the first line told
    message = _MESSAGES[example.kind].format(
        cell=in_quotes(example.cell), column=in_quotes(example.column)
    )
    if len(facts) > 1 and count > 1:
        message += f" (and in {len(facts) - 1} more of the columns)"
    return Notice(message, count, tuple(int(line) for line in lines[first]))


def _fact(kind: str, where: Mask, text: pa.Array) -> Fact | None:
    rows = np.flatnonzero(where)
    return Fact(kind, rows, text[int(rows[0])].as_py()) if len(rows) else None


def _matches(text: pa.Array, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(text, f"^(?:{pattern})$"))


def _mask(array: pa.Array) -> Mask:
    # astype copies: Arrow's own memory is read-only.
    return np.asarray(array.to_numpy(zero_copy_only=False)).astype(np.bool_)
