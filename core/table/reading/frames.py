"""Columns of a pandas DataFrame as from a file: numbers as they are, all else as text.

Numbers stay the same to the last bit, as int64 or float64. All else (an integer beyond 2⁵³, text,
a date, a boolean, a cell of a mixed column) is written as `to_csv` writes it, and then typed like
the cells of a file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from core.table.notices import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Notice, TableError, in_quotes
from core.table.reading.layout import Layout
from core.utils.arguments import EXACT
from core.utils.sentence import plural

HEADER = 1  # the line of the names in a file
_NUMBERS = (bool, np.bool_, int, float, np.integer, np.floating, Decimal)
_CELLS = (str, *_NUMBERS, date, time, timedelta, pd.Period)


def columns_of(frame: pd.DataFrame, name: str) -> tuple[list[pa.ChunkedArray], Layout]:
    """Return a frame's columns, like those parsed from a file, and the layout with their names.

    The index is ignored, with a notice unless it only counts the rows. Raises TableError for a
    frame that is too large, for column names of several levels, and for cells that no table can
    hold: complex numbers, lists, bytes and the like.
    """
    rows, width = frame.shape
    if rows > MAX_ROWS or width > MAX_COLUMNS or rows * width > MAX_CELLS:
        raise TableError(
            f"{name} has {plural(rows, 'row')} and {plural(width, 'column')}; "
            f"{plural(MAX_ROWS, 'row')}, {plural(MAX_COLUMNS, 'column')} and "
            f"{plural(MAX_CELLS, 'cell')} can be read: keep fewer."
        )
    if frame.columns.nlevels > 1:
        raise TableError(
            f"{name} has column names of {frame.columns.nlevels} levels: give each column one name."
        )
    names = tuple(map(_name, frame.columns))
    layout = Layout(",", HEADER, names, HEADER + 1, width, notices=tuple(_notices(frame)))
    columns = [
        pa.chunked_array([_column(frame.iloc[:, place], in_quotes(label or f"{place + 1}"), name)])
        for place, label in enumerate(names)
    ]
    return columns, layout


def _name(label: object) -> str:
    """Return a column's name as text; "" if it has none."""
    return "" if _is_missing(label) else str(label).strip()


def _notices(frame: pd.DataFrame) -> Iterator[Notice]:
    """Yield notices of changes to the names and the index."""
    odd = [_name(label) for label in frame.columns if not isinstance(label, str) and _name(label)]
    if odd:
        message = f"Column names that are not text become text, the first {in_quotes(odd[0])}"
        yield Notice(message)
    if not frame.index.equals(pd.RangeIndex(len(frame))):
        yield Notice("The index of the table is ignored")


def _column(values: pd.Series, label: str, name: str) -> pa.Array:
    """Return numbers without loss, null where missing; else text, empty where missing."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object if values.hasnans else values.cat.categories.dtype)
    numbers = _numbers(values)
    if numbers is not None:
        return numbers
    if isinstance(values.dtype, pd.StringDtype):
        return pa.array(values.fillna("").to_numpy(object), pa.string())
    return pa.array(_texts(values, label, name), pa.string())


def _numbers(values: pd.Series) -> pa.Array | None:
    """Return int64, or float64 with null for NaN; None if they cannot hold every value."""
    kind = getattr(values.dtype, "kind", "O")
    if kind not in "iuf":
        return None
    missing = values.isna().to_numpy(bool)
    if kind == "f":
        floats = np.array(values.to_numpy(np.float64, na_value=np.nan))  # a copy
        return None if np.isinf(floats).any() else pa.array(floats, mask=missing)
    there = values[~missing]
    known = there.to_numpy(np.uint64) if kind == "u" else there.to_numpy(np.int64)
    if len(known) and max(int(known.max()), -int(known.min())) > EXACT:
        return None
    whole = np.zeros(len(values), np.int64)
    whole[~missing] = known
    return pa.array(whole, mask=missing)


def _texts(values: pd.Series, label: str, name: str) -> list[str]:
    """Return each cell as `to_csv` writes it, empty if missing."""
    texts: list[str] = []
    for row, cell in enumerate(values.array):
        if _is_missing(cell):
            texts.append("")
        elif isinstance(cell, _CELLS):
            texts.append(str(cell))
        else:
            raise TableError(
                f"{name} holds {in_quotes(repr(cell))} in column {label}, row {row + 1}: "
                "keep numbers, text and dates only."
            )
    return texts


def _is_missing(cell: object) -> bool:
    """Return whether a cell is None, NaN, NaT or NA."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return True
    return isinstance(cell, float | np.floating | Decimal) and math.isnan(cell)
