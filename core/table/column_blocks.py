"""Blocks of columns: pandas' cost per column is higher than that of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from core.table.csv_table import Table
from core.utils.latest import latest

Array = npt.NDArray[np.float64]
Cells = pd.api.extensions.ExtensionArray

NUMBERS_AT_ONCE = 1_000_000
TEXTS_AT_ONCE = 200_000


def cells_of(table: Table) -> Mapping[str, Cells]:
    """Return the N cells of each column, by name, in the table's order."""
    return latest(table, (), _cells_of)


def _cells_of(table: Table) -> dict[str, Cells]:
    return {str(name): column.array for name, column in table.frame.items()}


def numeric_blocks(table: Table, names: Sequence[str]) -> Iterator[tuple[Sequence[str], Array]]:
    """Yield blocks of numeric columns: their names, and their values (N, number of names)."""
    places = table.frame.columns.get_indexer(pd.Index(names))
    for some in _spans(len(names), len(table.frame), NUMBERS_AT_ONCE):
        yield names[some], table.frame.iloc[:, places[some]].to_numpy(np.float64, na_value=np.nan)


def text_blocks(columns: Mapping[str, Cells]) -> Iterator[tuple[Sequence[str], pa.Array]]:
    """Yield blocks of text columns: their names, and their cells, concatenated column by column."""
    names = [name for name, cells in columns.items() if _is_text(cells)]
    rows = len(next(iter(columns.values()), ()))
    for some in _spans(len(names), rows, TEXTS_AT_ONCE):
        chunks = [chunk for name in names[some] for chunk in _chunks(columns[name])]
        yield names[some], pa.chunked_array(chunks).combine_chunks()


def _spans(columns: int, rows: int, at_once: int) -> Iterator[slice]:
    """Yield the columns of each block, so that it has about `at_once` cells."""
    together = max(1, at_once // max(rows, 1))
    return (slice(first, first + together) for first in range(0, columns, together))


def _is_text(cells: Cells) -> bool:
    return not isinstance(cells, pd.Categorical) and not pd.api.types.is_numeric_dtype(cells)


def _chunks(cells: Cells) -> list[pa.Array]:
    held = pa.array(cells, pa.large_string(), from_pandas=True)
    return held.chunks if isinstance(held, pa.ChunkedArray) else [held]
