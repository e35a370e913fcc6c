"""Description of each column of a table: its kind, its counts, and whether it can be a feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from core.table.column_blocks import Array, Cells, cells_of, numeric_blocks, text_blocks
from core.table.csv_table import Table
from core.table.meaning import InterpretedTable
from core.table.target_names import is_key
from core.utils.latest import latest

MAX_CLASSES = 50  # K outputs; also the most categories of one feature
MIN_ROWS_PER_CLASS = 5  # to learn from

_MAX_CODES = 10  # distinct whole numbers up to which they count as classes
_MIN_ROWS_OF_KEY = 5
MIN_ROWS_OF_RULE = 10  # with fewer, what all rows have in common may be chance
_UNNAMED = "column "  # how a column without a name is called, before its number
_ROUNDING = 1e-9  # tolerance of a linear relation, relative to the largest value


class DatasetError(ValueError):
    """A choice from which no dataset can be made; the message says what to do."""


@dataclass(frozen=True)
class Column:
    """Kind and counts of a column, over all rows.

    `kind` is numeric, boolean (two words, the affirmative last), text or empty; `unit` is that of
    its numbers if the file names one, else "".
    """

    name: str
    kind: Literal["numeric", "boolean", "text", "empty"]
    missing: int
    distinct: int
    whole: bool  # numeric, and every value an integer
    rows: int
    unit: str = ""
    counts: bool = False  # each value is one more than in the row above
    date: bool = False
    largest: float = 0.0  # of the absolute values of a numeric one

    @property
    def unusable(self) -> str | None:
        """Return why the column cannot be a feature, as a predicate; None if it can."""
        if self.kind == "empty":
            return "is empty"
        if self.distinct == 1:
            return "is constant"
        if self.kind == "text" and self.distinct > MAX_CLASSES:
            return f"is text with {self.distinct} distinct values (at most {MAX_CLASSES} allowed)"
        return None

    @property
    def is_constant_number(self) -> bool:
        """Return whether it has one number in every row: a second bias, as a feature."""
        return self.kind == "numeric" and self.distinct == 1

    @property
    def known(self) -> int:
        """Return the number of cells that are not missing."""
        return self.rows - self.missing

    @property
    def sparse(self) -> bool:
        """Return whether more than half of the cells are missing."""
        return 2 * self.missing > self.rows

    @property
    def is_categorical(self) -> bool:
        """Return whether it holds words, or few distinct whole numbers with many rows each."""
        few = self.distinct <= min(_MAX_CODES, self.known // MIN_ROWS_PER_CLASS)
        return self.kind != "numeric" or (self.whole and few)

    @property
    def is_key(self) -> bool:
        """Return whether it only identifies rows: by name, running number, or unique text."""
        if self.known < _MIN_ROWS_OF_KEY:
            return False
        if is_key(self.name) and 2 * self.distinct > self.known:
            return True
        if self.distinct < self.known:
            return False
        long = self.known >= MIN_ROWS_OF_RULE
        return self.kind == "text" or (self.counts and (long or self.name.startswith(_UNNAMED)))


def describe(table: Table, name: str) -> Column:
    """Return the description of column `name`; raise DatasetError if there is none."""
    found = latest(table, (), _columns).get(name)
    if found is None:
        raise DatasetError(f"{table.name} has no column “{name}”: choose one of its columns.")
    return found


def numeric_columns(table: Table) -> list[str]:
    """Return the names of the numeric columns."""
    kinds = table.frame.dtypes.items()
    return [str(name) for name, kind in kinds if pd.api.types.is_numeric_dtype(kind)]


def _columns(table: Table) -> dict[str, Column]:
    """Describe all columns, by name and in their order."""
    cells = cells_of(table)
    numeric = [name for name, column in cells.items() if pd.api.types.is_numeric_dtype(column)]
    found = {
        column.name: column
        for names, values in numeric_blocks(table, numeric)
        for column in _numeric_columns(table, names, values)
    }
    for names, below in text_blocks(cells):
        found |= {column.name: column for column in _text_columns(names, below)}
    return {
        name: found.get(name) or _boolean_column(name, column) for name, column in cells.items()
    }


def _text_columns(names: Sequence[str], cells: pa.Array) -> Iterator[Column]:
    """Describe text columns, whose cells are concatenated column by column."""
    codes = pc.fill_null(pc.dictionary_encode(cells).indices, -1).to_numpy()
    ranked = np.sort(codes.reshape(len(names), -1), axis=1)  # missing first
    missing = (ranked < 0).sum(axis=1)
    distinct = (ranked[:, 1:] > ranked[:, :-1]).sum(axis=1) + (ranked[:, 0] >= 0)
    rows = ranked.shape[1]
    for name, void, count in zip(names, missing.tolist(), distinct.tolist(), strict=True):
        yield Column(name, "text" if count else "empty", void, count, False, rows)


def _boolean_column(name: str, cells: Cells) -> Column:
    """Describe a boolean column."""
    missing, rows = int(cells.isna().sum()), len(cells)
    kind: Literal["boolean", "empty"] = "boolean" if missing < rows else "empty"
    return Column(name, kind, missing, len(cells.unique().dropna()), False, rows)


def _numeric_columns(table: Table, names: Sequence[str], values: Array) -> Iterator[Column]:
    """Describe numeric columns, `values` (N, number of names)."""
    rows = len(values)
    void = np.isnan(values)
    missing = void.sum(axis=0)
    whole = ((values == np.rint(values)) | void).all(axis=0)
    steps = np.diff(values, axis=0)
    counts = whole & (missing == 0) & (steps == 1).all(axis=0)
    largest = np.abs(values).max(axis=0, initial=0, where=~void)
    ranked = np.sort(values, axis=0)  # NaN last
    distinct = (ranked[1:] > ranked[:-1]).sum(axis=0) + (missing < rows)
    for at, name in enumerate(names):
        if missing[at] == rows:
            yield Column(name, "empty", rows, 0, False, rows)
            continue
        meaning = table.meanings.get(name) if isinstance(table, InterpretedTable) else None
        yield Column(
            name,
            "numeric",
            int(missing[at]),
            int(distinct[at]),
            bool(whole[at]),
            rows,
            unit=meaning.unit if meaning else "",
            counts=bool(counts[at]),
            date=meaning is not None and meaning.kind == "date",
            largest=float(largest[at]),
        )


def copies_of(table: Table, columns: Sequence[Column], target: Column) -> frozenset[str]:
    """Return the names of columns that determine the target: value for value, or linearly.

    Classes must have two rows each on average, else any two columns would match; and with fewer
    than 10 rows a match may be chance.
    """
    if target.known < MIN_ROWS_OF_RULE:
        return frozenset()
    alike = [column for column in columns if column is not target]
    if target.kind == "numeric" and target.distinct > 2:
        numeric = [column.name for column in alike if column.kind == "numeric"]
        y = table.frame[target.name].to_numpy(np.float64, na_value=np.nan)
        return frozenset(
            name
            for names, values in numeric_blocks(table, numeric)
            for name in compress(names, _are_linear(values, y))
        )
    often = 2 * target.distinct <= target.known
    alike = [column for column in alike if often and column.distinct == target.distinct]
    return frozenset(c.name for c in alike if _is_recoded(table.frame, c, target))


def _is_recoded(frame: pd.DataFrame, column: Column, target: Column) -> bool:
    """Return whether the column's values map one to one to the target's."""
    pairs = frame[[column.name, target.name]].dropna().drop_duplicates()
    return len(pairs) == target.distinct


def _are_linear(X: Array, y: Array) -> npt.NDArray[np.bool_]:
    """Return for which columns x of X (N, d) y = a x + b, a ≠ 0, wherever both are known: (d,)."""
    known = ~(np.isnan(X) | np.isnan(y)[:, None])
    low = np.where(known, X, np.inf).argmin(axis=0)
    high = np.where(known, X, -np.inf).argmax(axis=0)
    at = np.arange(X.shape[1])
    with np.errstate(all="ignore"):  # constant columns divide by zero
        slope = (y[high] - y[low]) / (X[high, at] - X[low, at])
        off = np.abs(y[low] + (X - X[low, at]) * slope - y[:, None])
        close = ~known | (off <= _ROUNDING * np.nanmax(np.abs(y)))
    found: npt.NDArray[np.bool_] = close.all(axis=0) & np.isfinite(slope) & (slope != 0)
    found &= known.sum(axis=0) >= MIN_ROWS_OF_RULE
    return found
