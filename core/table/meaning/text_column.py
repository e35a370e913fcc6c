"""A text column by its distinct cells, and what a look at them can find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.table.column_blocks import Cells
from core.table.notices import Notice, in_quotes, notice

Mask = npt.NDArray[np.bool_]

_MAX_EXAMPLES = 3  # odd cells that a notice quotes


@dataclass(frozen=True)
class Meaning:
    """What a column of words means; `unit` is "" where there is none."""

    kind: Literal["number", "date", "boolean"]
    unit: str = ""
    ambiguous: bool = False  # day and month could change places
    day_first: bool | None = None  # of dates that could be read either way: which way was taken


@dataclass(frozen=True)
class Hints:
    """What the rest of the file, or somebody, says of how cells are to be read."""

    delimiter: str = ","
    decimal: str | None = None  # None: not known
    day_first: bool | None = None


@dataclass(frozen=True, eq=False)
class Finding:
    """A column with its meaning; `share` of the cells that are there have it."""

    cells: pd.Series
    meaning: Meaning
    share: float
    notices: tuple[Notice, ...]


@dataclass(frozen=True, eq=False)
class TextColumn:
    """N cells of text: `codes` (N,) says which of the distinct `cells` a row holds, −1 for none."""

    name: str
    codes: npt.NDArray[np.intp]
    cells: tuple[str, ...]
    lines: npt.NDArray[np.int64]

    @classmethod
    def of(cls, name: str, column: Cells, lines: npt.NDArray[np.int64]) -> TextColumn:
        """Take a text column apart."""
        codes, cells = column.factorize()
        return cls(name, codes.astype(np.intp), tuple(map(str, cells)), lines)

    def head(self, count: int) -> TextColumn:
        """Return the same with no more than the first distinct cells, the others missing."""
        codes = np.where(self.codes < count, self.codes, -1)
        return TextColumn(self.name, codes, self.cells[:count], self.lines)

    def rows_with(self, cells: Sequence[bool] | Mask) -> Mask:
        """Return the rows (N,) whose cell is among the distinct ones that are marked."""
        return np.append(np.asarray(cells, np.bool_), False)[self.codes]

    def share(self, fits: Sequence[bool] | Mask) -> float:
        """Return which part of the cells that are there is marked."""
        known = int((self.codes >= 0).sum())
        return float(self.rows_with(fits).sum()) / known if known else 0.0

    def to_rows(self, values: npt.NDArray[np.float64], fits: Mask) -> pd.Series:
        """Return the value of each row's cell: whole numbers as int64, NaN where none fits."""
        column = np.append(np.where(fits, values, np.nan), np.nan)[self.codes]
        whole = bool((np.rint(column) == column).all())  # NaN is no whole number
        return pd.Series(column.astype(np.int64) if whole else column)

    def notices_of(self, message: str, cells: Sequence[bool] | Mask) -> list[Notice]:
        """Return a notice of the rows with such cells; none where there are none."""
        rows = self.rows_with(cells)
        return [notice(message, self.lines[rows])] if rows.any() else []

    def misfit_notices(self, fits: Mask, what: str) -> list[Notice]:
        """Tell the cells that do not fit what the column means, and so count as missing."""
        others = [in_quotes(cell) for cell, fit in zip(self.cells, fits, strict=True) if not fit]
        named = ", ".join(others[:_MAX_EXAMPLES]) + (", …" if len(others) > _MAX_EXAMPLES else "")
        verb = "is" if len(others) == 1 else "are"
        message = f"{named} in column {in_quotes(self.name)} {verb} no {what}: counted as missing"
        return self.notices_of(message, ~fits)


Finder = Callable[[TextColumn, Hints], Finding | None]
