"""Interpretation of text columns: numbers with units, dates, yes and no; others stay text.

    table = interpret(read_csv("flats.csv"))
    table.frame["rent"]        # "€ 1.234,50" has become 1234.5
    table.meanings["rent"]     # a number, in €
    table.notices              # changes, with count and first lines

A column is interpreted if nearly all of its cells have one meaning; the others count as missing,
with a notice. `table.source` is the table as read, and each meaning can be refused. `new_cells`
reads further cells of a column with a known meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from core.table.column_blocks import Cells, cells_of, text_blocks
from core.table.csv_table import Table
from core.table.meaning.booleans import BOOLEAN_WORDS, find_boolean
from core.table.meaning.dates import find_date, find_time
from core.table.meaning.quantities import find_number
from core.table.meaning.text_column import Finder, Finding, Hints, Meaning, TextColumn
from core.table.notices import Notice, in_quotes
from core.table.reading.columns import Progress
from core.utils.number_text import cell_text

_FINDERS: tuple[Finder, ...] = (find_boolean, find_date, find_time, find_number)
_LETTER_FINDERS, _DIGIT = (find_boolean,), re.compile("[0-9]")
_SURE_SHARE = 0.9  # of the known cells must have the meaning, for the column to get it
_MIN_SHARE = 0.5  # of them must have it, for the meaning to be suggested
_SAMPLE = 200  # distinct cells that are tried before all are


@dataclass(frozen=True)
class MeaningChoices:
    """A user's choices: columns to keep as text, columns to interpret, and the order in 3/4.

    `as_meant` are columns to interpret although many of their cells do not fit.
    """

    as_text: tuple[str, ...] = ()
    as_meant: tuple[str, ...] = ()
    day_first: bool | None = None  # None: detect in each column


@dataclass(frozen=True, eq=False)
class InterpretedTable(Table):
    """A table with interpreted text columns; `source` is the table as read.

    `suggestions` are columns of which most, but not nearly all, cells have a meaning.
    """

    source: Table = field(default_factory=lambda: Table(pd.DataFrame()))
    choices: MeaningChoices = MeaningChoices()
    meanings: Mapping[str, Meaning] = field(default_factory=lambda: MappingProxyType({}))
    suggestions: tuple[str, ...] = ()


def interpret(
    table: Table, choices: MeaningChoices | None = None, *, progress: Progress | None = None
) -> InterpretedTable:
    """Return the table with text columns interpreted; an interpreted table stays as it is.

    Names in `choices` that the table does not have are ignored. `progress` is called with the
    number of columns done and their total; an exception in it ends the work.
    """
    if isinstance(table, InterpretedTable):
        if choices is None or choices == table.choices:
            return table
        table = table.source
    choices = choices or MeaningChoices()
    hints = hints_of(table, choices.day_first)
    frame = table.frame.copy(deep=False)
    meanings: dict[str, Meaning] = {}
    suggestions: list[str] = []
    notices: list[Notice] = []
    cells = cells_of(table)
    candidates = _candidates(cells)
    for done, (name, column) in enumerate(cells.items()):
        if progress:
            progress(done, len(cells))
        if name in choices.as_text:
            frame[name] = to_text(frame[name])
            notices.append(Notice(f"Column {in_quotes(name)} is kept as text, as you chose"))
            continue
        found = name in candidates and _find_meaning(
            TextColumn.of(name, column, table.lines), hints
        )
        if not found:
            continue
        if found.share < _SURE_SHARE:
            suggestions.append(name)
            if name not in choices.as_meant:
                continue
        frame[name] = found.cells
        meanings[name] = found.meaning
        notices += found.notices
    return InterpretedTable(
        frame,
        table.dialect,
        (*without_text_notices(table.notices, meanings), *notices),
        table.name,
        table.lines,
        source=table,
        choices=choices,
        meanings=MappingProxyType(meanings),
        suggestions=tuple(suggestions),
    )


def _candidates(columns: Mapping[str, Cells]) -> set[str]:
    """Return the text columns that may have a meaning: a cell has a digit, or is yes or no."""
    found: set[str] = set()
    boolean_words = pa.array(BOOLEAN_WORDS, pa.large_string())
    for names, cells in text_blocks(columns):
        boolean = pc.is_in(pc.utf8_lower(cells), value_set=boolean_words)
        may = pc.or_(boolean, pc.fill_null(pc.match_substring_regex(cells, _DIGIT.pattern), False))
        of_column = may.to_numpy(zero_copy_only=False).reshape(len(names), -1).any(axis=1)
        found.update(name for name, may_be in zip(names, of_column, strict=True) if may_be)
    return found


def _find_meaning(text: TextColumn, hints: Hints) -> Finding | None:
    """Return the meaning of most cells of a text column; None if they have none in common."""
    sample = text.head(_SAMPLE)
    for find in _FINDERS if _DIGIT.search("".join(sample.cells)) else _LETTER_FINDERS:
        seen = find(sample, hints)
        if seen is None or seen.share < _MIN_SHARE:
            continue
        found = find(text, hints) if len(text.cells) > _SAMPLE else seen
        if found is not None and found.share >= _MIN_SHARE:
            return found
    return None


def hints_of(table: Table, day_first: bool | None = None) -> Hints:
    """Return hints from the file's other columns: its decimal separator, if any has one."""
    dialect = table.dialect
    decimal = dialect.decimal if dialect.decimal == "," else None
    floats = (column.to_numpy() for _, column in table.frame.select_dtypes("float64").items())
    fraction = any((np.floor(values) < values).any() for values in floats)
    if decimal is None and (dialect.thousands == "," or fraction):
        decimal = "."
    return Hints(dialect.delimiter or ",", decimal, day_first)


def to_text(values: pd.Series) -> pd.Series:
    """Return numbers as text, whole ones without a decimal point; text stays."""
    if not pd.api.types.is_numeric_dtype(values):
        return values
    texts = list(map(cell_text, values.dropna()))
    return pd.Series(texts, index=values.dropna().index, dtype="str").reindex(values.index)


def without_text_notices(notices: Iterable[Notice], names: Iterable[str]) -> list[Notice]:
    """Return the reader's notices without those that these columns are read as text."""
    starts = tuple(f"Column {in_quotes(name)} is read as text" for name in names)
    return [n for n in notices if not starts or not n.message.startswith(starts)]


def new_notices(table: Table, interpreted: InterpretedTable) -> list[Notice]:
    """Return the notices that interpretation added; none if `table` was interpreted before."""
    before = set(table.notices)
    return [notice for notice in interpreted.notices if notice not in before]
