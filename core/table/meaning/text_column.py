"""A text column by its distinct cells, and the result of interpreting it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.table.column_blocks import Cells
from core.table.notices import Notice, in_quotes, notice

Mask = npt.NDArray[np.bool_]

_MAX_EXAMPLES = 3  # invalid cells that a notice quotes


@dataclass(frozen=True)
class Meaning:
    """Meaning of a text column; `unit` is "" if there is none."""

    kind: Literal["number", "date", "boolean"]
    unit: str = ""
    ambiguous: bool = False  # day and month could be swapped
    day_first: bool | None = None  # the order used for dates that allow both


@dataclass(frozen=True)
class Hints:
    """Hints on how to read cells, from the rest of the file or from the user."""

    delimiter: str = ","
    decimal: str | None = None  # None: unknown
    day_first: bool | None = None


@dataclass(frozen=True, eq=False)
class Finding:
    """A column with its meaning; `share` of the known cells have it."""

    cells: pd.Series
    meaning: Meaning
    share: float
    notices: tuple[Notice, ...]


@dataclass(frozen=True, eq=False)
class TextColumn:
    """N cells of text: `codes` (N,) are indices into the distinct `cells`, −1 where missing."""

    name: str
    codes: npt.NDArray[np.intp]
    cells: tuple[str, ...]
    lines: npt.NDArray[np.int64]

    @classmethod
    def of(cls, name: str, column: Cells, lines: npt.NDArray[np.int64]) -> TextColumn:
        """Return the text column with its distinct cells."""
        codes, cells = column.factorize()
        return cls(name, codes.astype(np.intp), tuple(map(str, cells)), lines)

    def head(self, count: int) -> TextColumn:
        """Return the column with the first distinct cells only, all others missing."""
        codes = np.where(self.codes < count, self.codes, -1)
        return TextColumn(self.name, codes, self.cells[:count], self.lines)

    def rows_with(self, cells: Sequence[bool] | Mask) -> Mask:
        """Return the rows (N,) whose distinct cell is True in `cells`."""
        return np.append(np.asarray(cells, np.bool_), False)[self.codes]

    def share(self, fits: Sequence[bool] | Mask) -> float:
        """Return the share of the known cells that fit."""
        known = int((self.codes >= 0).sum())
        return float(self.rows_with(fits).sum()) / known if known else 0.0

    def to_rows(self, values: npt.NDArray[np.float64], fits: Mask) -> pd.Series:
        """Return each row's value: whole numbers as int64, NaN where the cell does not fit."""
        column = np.append(np.where(fits, values, np.nan), np.nan)[self.codes]
        whole = bool((np.rint(column) == column).all())  # NaN is no whole number
        return pd.Series(column.astype(np.int64) if whole else column)

    def notices_of(self, message: str, cells: Sequence[bool] | Mask) -> list[Notice]:
        """Return a notice of the rows whose cell is True in `cells`; [] without such rows."""
        rows = self.rows_with(cells)
        return [notice(message, self.lines[rows])] if rows.any() else []

    def misfit_notices(self, fits: Mask, what: str) -> list[Notice]:
        """Return a notice of the cells that do not fit the meaning and so count as missing."""
        others = [in_quotes(cell) for cell in compress(self.cells, ~fits)]
        named = ", ".join(others[:_MAX_EXAMPLES]) + (", …" if len(others) > _MAX_EXAMPLES else "")
        message = f"Not a {what}: {named} in column {in_quotes(self.name)}, counted as missing"
        return self.notices_of(message, ~fits)


Finder = Callable[[TextColumn, Hints], Finding | None]
