"""Columns taken out of a table some at a time hold what the frame holds."""

import numpy as np
import pandas as pd
import pytest

from core.table import column_blocks
from core.table.column import describe
from core.table.column_blocks import cells_of, numeric_blocks, text_blocks
from core.table.csv_table import Table, read_csv
from core.table.meaning import interpret

KINDS = ("text", "numeric", "empty", "boolean", "numeric", "text")
LINES = ["red,1,,yes,2024-01-05,x", "green,2.5,,no,2024-02-05,", ",,,yes,2024-03-05,x"]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """Seven columns of each kind, of which no more than two are taken at once."""
    monkeypatch.setattr(column_blocks, "TEXTS_AT_ONCE", 6)
    monkeypatch.setattr(column_blocks, "NUMBERS_AT_ONCE", 6)
    names = [f"{kind}{number}" for number in range(7) for kind in "abcdef"]
    rows = [",".join([line] * 7) for line in LINES]
    return read_csv("\n".join([",".join(names), *rows]).encode())


def test_all_columns_are_there_in_their_order(table: Table) -> None:
    cells = cells_of(table)
    assert list(cells) == list(table.frame.columns)
    assert all(pd.Series(cells[name]).equals(table.frame[name]) for name in cells)


def test_text_stands_column_below_column(table: Table) -> None:
    seen: dict[str, list[str | None]] = {}
    for names, below in text_blocks(cells_of(table)):
        assert len(names) <= 2
        held = below.to_pylist()
        assert len(held) == 3 * len(names)
        seen |= {name: held[3 * at : 3 * at + 3] for at, name in enumerate(names)}
    assert [name for name in cells_of(table) if name[0] in "adef"] == list(seen)
    assert (seen["a0"], seen["f6"]) == (["red", "green", None], ["x", None, "x"])


def test_numbers_stand_beside_each_other(table: Table) -> None:
    numeric = [name for name in cells_of(table) if name[0] == "b"]
    values = np.hstack([values for _, values in numeric_blocks(table, numeric)])
    np.testing.assert_array_equal(values, table.frame[numeric].to_numpy())


def test_a_column_is_described_the_same_wherever_it_stands(table: Table) -> None:
    understood = interpret(table)
    for name in map(str, table.frame.columns):
        of_source, column = describe(table, name), describe(understood, name)
        assert of_source.distinct == column.distinct == table.frame[name].nunique()
        assert of_source.missing == column.missing == table.frame[name].isna().sum()
        assert column.kind == dict(zip("abcdef", KINDS, strict=True))[name[0]]
