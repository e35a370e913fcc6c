"""What the words of a table mean: numbers with units, dates, yes or no; all else stays text.

    table = understand(read_csv("flats.csv"))
    table.frame["rent"]        # "€ 1.234,50" has become 1234.5
    table.meanings["rent"]     # a number, in €
    table.notices              # what was changed, with count and first lines

A column becomes what nearly all of its cells are; the few others count as missing and are named.
Nothing is lost: `table.source` is the table as it was read, and each meaning can be refused.
`new_cells` reads further cells as those of the column were.
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

__all__ = [
    "Choices",
    "Meaning",
    "Understood",
    "as_words",
    "hints_of",
    "newly_told",
    "still_true",
    "understand",
]

_FINDERS: tuple[Finder, ...] = (find_boolean, find_date, find_time, find_number)
_LETTER_FINDERS, _DIGIT = (find_boolean,), re.compile("[0-9]")
_SURE_SHARE = 0.9  # of the cells that are there have the meaning, for the column to take it
_MIN_SHARE = 0.5  # have it, for the meaning to be offered
_SAMPLE = 200  # distinct cells that are looked at before all are


@dataclass(frozen=True)
class MeaningChoices:
    """What somebody says of the columns: leave as text, take as numbers, which comes first in 3/4.

    `as_meant` are columns that take a meaning although only most of their cells have it.
    """

    as_text: tuple[str, ...] = ()
    as_meant: tuple[str, ...] = ()
    day_first: bool | None = None  # None: as the column itself shows


@dataclass(frozen=True, eq=False)
class InterpretedTable(Table):
    """A table whose words have been given their meanings; `source` is the table as it was read.

    `offered` are the meanings that only most cells have, so that their columns stayed text.
    """

    source: Table = field(default_factory=lambda: Table(pd.DataFrame()))
    choices: MeaningChoices = MeaningChoices()
    meanings: Mapping[str, Meaning] = field(default_factory=lambda: MappingProxyType({}))
    offered: tuple[str, ...] = ()


def interpret(
    table: Table, choices: MeaningChoices | None = None, *, progress: Progress | None = None
) -> InterpretedTable:
    """Return the table with numbers where words mean numbers; one that is understood stays so.

    Names in `choices` that the table does not have are passed over. `progress` is called for each
    column with how many are done, of how many; what it raises ends the work.
    """
    if isinstance(table, InterpretedTable):
        if choices is None or choices == table.choices:
            return table
        table = table.source
    choices = choices or MeaningChoices()
    hints = hints_of(table, choices.day_first)
    frame = table.frame.copy(deep=False)
    meanings: dict[str, Meaning] = {}
    offered: list[str] = []
    told: list[Notice] = []
    cells = cells_of(table)
    candidates = _candidates(cells)
    for done, (name, column) in enumerate(cells.items()):
        if progress:
            progress(done, len(cells))
        if name in choices.as_text:
            frame[name] = to_text(frame[name])
            told.append(Notice(f"Column {in_quotes(name)} is taken as text, as you chose"))
            continue
        found = name in candidates and _find_meaning(
            TextColumn.of(name, column, table.lines), hints
        )
        if not found:
            continue
        if found.share < _SURE_SHARE:
            offered.append(name)
            if name not in choices.as_meant:
                continue
        frame[name] = found.cells
        meanings[name] = found.meaning
        told += found.notices
    return InterpretedTable(
        frame,
        table.dialect,
        (*without_text_notices(table.notices, meanings), *told),
        table.name,
        table.lines,
        source=table,
        choices=choices,
        meanings=MappingProxyType(meanings),
        offered=tuple(offered),
    )


def _candidates(columns: Mapping[str, Cells]) -> set[str]:
    """Return the text columns that may mean something: a cell has a digit, or says yes or no."""
    found: set[str] = set()
    for names, cells in text_blocks(columns):
        said = pc.is_in(pc.utf8_lower(cells), value_set=pa.array(BOOLEAN_WORDS, pa.large_string()))
        may = pc.or_(said, pc.fill_null(pc.match_substring_regex(cells, _DIGIT.pattern), False))
        of_column = may.to_numpy(zero_copy_only=False).reshape(len(names), -1).any(axis=1)
        found.update(name for name, may_be in zip(names, of_column, strict=True) if may_be)
    return found


def _find_meaning(words: TextColumn, hints: Hints) -> Finding | None:
    """Return what most cells of a text column mean, if they mean anything."""
    sample = words.head(_SAMPLE)
    for find in _FINDERS if _DIGIT.search("".join(sample.cells)) else _LETTER_FINDERS:
        seen = find(sample, hints)
        if seen is None or seen.share < _MIN_SHARE:
            continue
        found = find(words, hints) if len(words.cells) > _SAMPLE else seen
        if found is not None and found.share >= _MIN_SHARE:
            return found
    return None


def hints_of(table: Table, day_first: bool | None = None) -> Hints:
    """Return what the file's other columns show: its decimal sign, if any of them has one."""
    dialect = table.dialect
    decimal = dialect.decimal if dialect.decimal == "," else None
    floats = (column.to_numpy() for _, column in table.frame.select_dtypes("float64").items())
    fraction = any((np.floor(values) < values).any() for values in floats)
    if decimal is None and (dialect.thousands == "," or fraction):
        decimal = "."
    return Hints(dialect.delimiter or ",", decimal, day_first)


def to_text(values: pd.Series) -> pd.Series:
    """Return numbers as they are written, whole ones without a point; text stays."""
    if not pd.api.types.is_numeric_dtype(values):
        return values
    written = [str(int(v)) if float(v).is_integer() else repr(float(v)) for v in values.dropna()]
    return pd.Series(written, index=values.dropna().index, dtype="str").reindex(values.index)


def without_text_notices(notices: Iterable[Notice], understood: Iterable[str]) -> list[Notice]:
    """Return the reader's notices, but not that a column stays text which is understood now."""
    gone = tuple(f"Column {in_quotes(name)} is read as text" for name in understood)
    return [n for n in notices if not gone or not n.message.startswith(gone)]


def new_notices(table: Table, understood: InterpretedTable) -> list[Notice]:
    """Return what only the understanding of the table told; nothing if it was understood before."""
    before = set(table.notices)
    return [notice for notice in understood.notices if notice not in before]
