"""The table of a page's samples: the columns as they were read, before any scaling.

A column that is an input or an output as it is refers to it; other numbers are an array of their
own, and texts a list of the distinct ones with each row's place in it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.table.column_summary import class_name
from pages.ui.save.page.content import PageContent

Arrays = Mapping[str, NDArray[np.float64]]
Column = tuple[dict[str, Any], Arrays]  # its part of the header, and its own array, if any


def sample_columns(of: PageContent) -> list[dict[str, Any]]:
    """Return each column: its name, the name of its array and which column of it, its texts."""
    return table_parts(of)[0]


def sample_arrays(of: PageContent) -> dict[str, NDArray[np.float64]]:
    """Return the arrays (samples, 1) of the columns that need one, by name: table/0 and so on."""
    return table_parts(of)[1]


def table_parts(of: PageContent) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.float64]]]:
    """Return both."""
    columns = list(_columns(of))
    arrays = {name: array for _, own in columns for name, array in own.items()}
    return [header for header, _ in columns], arrays


def _columns(of: PageContent) -> Iterator[Column]:
    data = of.shown.experiment.source.dataset
    names = dict.fromkeys([*data.features, data.target, *data.output_names])
    shown = [name for name in names if name in data.frame.columns]
    table = data.frame[shown].iloc[data.rows[of.rows]]
    inputs = _as_they_are("raw", data.feature_names, data.raw_X[of.rows])
    outputs = _as_they_are("y", data.output_names, data.y[of.rows])
    there = inputs | outputs
    for i, name in enumerate(shown):
        yield _column(f"table/{i}", name, table[name], there)


def _as_they_are(
    array: str, names: tuple[str, ...], values: NDArray[np.float64]
) -> dict[str, tuple[dict[str, Any], NDArray[np.float64]]]:
    """Return where each input or output is, and its numbers."""
    places = enumerate(zip(names, values.T, strict=True))
    return {name: ({"array": array, "column": k}, column) for k, (name, column) in places}


def _column(
    array: str,
    name: str,
    cells: pd.Series,
    there: Mapping[str, tuple[dict[str, Any], NDArray[np.float64]]],
) -> Column:
    place: dict[str, Any] = {"array": array, "column": 0}
    if not pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        codes, texts = pd.factorize(cells)
        header = {"name": name, **place, "texts": [class_name(text) for text in texts]}
        return header, {array: codes[:, np.newaxis].astype(np.float64)}
    numbers = cells.to_numpy(np.float64, na_value=np.nan)
    at, values = there.get(name, (place, None))
    if values is not None and np.array_equal(values, numbers):
        return {"name": name, **at}, {}
    return {"name": name, **place}, {array: numbers[:, np.newaxis]}
