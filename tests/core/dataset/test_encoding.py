"""Gaps filled from the training rows, and told apart by an indicator; nothing leaks back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset.encoding import MISSINGS, Encoder, Indicator, Missing, design_matrix
from core.dataset.preparation import Dataset, DatasetError, plan, prepare
from core.table.csv_table import Table, read_csv

HOLES = Table(
    pd.DataFrame(
        {
            "a": [1.0, 4.0, np.nan, 2.0, np.nan],
            "kind": ["q", None, "p", "q", "q"],
            "y": [0.0, 1.0, 0.0, 1.0, np.nan],
        }
    ),
    name="f.csv",
)


def prepared(missing: Missing, **more: Any) -> Dataset:
    return prepare(
        HOLES, features=["a", "kind"], target="y", scaling="none", missing=missing, **more
    )


def test_dropping_is_what_happens_unless_asked_otherwise() -> None:
    assert prepared("drop").X.tolist() == [[1, 1], [2, 1]]
    assert prepare(HOLES, features=["a"], target="y").rows.tolist() == [0, 1, 3]


def test_filling_worked_by_hand() -> None:
    # the median of 1, 4, 2 is 2; q is more frequent than p among the rows with a target
    data = prepared("fill")
    assert data.feature_names == ("a", "kind = p", "kind = q")
    assert data.X.tolist() == [[1, 0, 1], [4, 0, 1], [2, 1, 0], [2, 0, 1]]
    assert data.rows.tolist() == [0, 1, 2, 3]
    assert data.raw_X.tolist() == data.X.tolist()
    assert np.isnan(data.raw_row(2)["a"])  # as it stands in the table


def test_an_indicator_says_where_something_was_missing() -> None:
    data = prepared("indicator")
    assert data.feature_names == ("a", "a is missing", "kind = p", "kind = q", "kind is missing")
    assert data.X[:, 1].tolist() == [0, 0, 1, 0]
    assert data.X[:, 4].tolist() == [0, 1, 0, 0]
    assert data.X[:, [0, 2, 3]].tolist() == prepared("fill").X.tolist()
    assert data.features == ("a", "kind")


def test_what_is_filled_is_told_with_count_and_lines() -> None:
    data = prepared("fill")
    left, filled, values = data.notices[:3]
    assert "1 row of 5 left out, since a value is missing (y: 1)" in left.message
    assert (left.count, left.lines) == (1, (6,))
    assert filled.message == (
        "2 missing values filled from the training rows (a: 1 with the median, kind: 1 with the "
        "most frequent value)"
    )
    assert (filled.count, filled.lines) == (2, (3, 4))
    assert values.message == "Missing values filled from the training rows: a with 2, kind with q"
    indicated = plan(HOLES, features=["a"], target="y", missing="indicator")
    assert "with an indicator input" in indicated.notices[1].message
    assert indicated.columns[0].makes == ("a", "a is missing")
    assert indicated.columns[0].sentence.endswith("; one more input is 1 where it is missing")


def test_a_column_without_gaps_gets_no_indicator() -> None:
    full = Table(pd.DataFrame({"a": [1, 2, 3], "y": [0, 1, 0]}))
    for missing in MISSINGS:
        data = prepare(full, features=["a"], target="y", missing=missing)
        assert data.feature_names == ("a",)
        assert not any("fill" in notice.message.lower() for notice in data.notices)


def test_many_filled_columns_are_told_shortly() -> None:
    columns = {f"c{i}": [np.nan, 1.0, 2.0, 3.0] for i in range(7)}
    table = Table(pd.DataFrame({**columns, "y": [0, 1, 0, 1]}))
    notices = prepare(table, features=list(columns), target="y", missing="fill").notices
    assert "7 missing values" in notices[0].message
    assert sum("and 2 more columns" in notice.message for notice in notices) == 2


def test_yes_and_no_are_filled_with_the_more_frequent() -> None:
    table = Table(pd.DataFrame({"a": ["yes", "no", "no", None], "y": [0, 1, 0, 1]}))
    data = prepare(table, features=["a"], target="y", missing="fill")
    assert data.X[:, 0].tolist() == [1, 0, 0, 0]
    assert data.encoders[0].fill == "no"


@pytest.mark.parametrize("missing", ["fill", "indicator"])
def test_a_column_that_no_training_row_knows_becomes_0(missing: Missing) -> None:
    rows = 30
    whole = Table(pd.DataFrame({"a": np.arange(rows) % 7, "y": [0, 1] * (rows // 2)}))
    held = prepare(whole, features=["a"], target="y").rows_val
    frame = whole.frame.assign(b=np.nan, c=pd.Series([None] * rows, dtype="str"))
    frame.loc[held, "b"] = np.arange(len(held)) + 1.0
    frame.loc[held, "c"] = [f"k{i % 2}" for i in range(len(held))]
    data = prepare(Table(frame), features=["a", "b", "c"], target="y", missing=missing)
    names = [name for name in data.feature_names if name[0] in "bc" and "missing" not in name]
    at = [data.feature_names.index(name) for name in names]
    assert (data.X[:, at] == 0).all()
    assert np.isfinite(data.X).all()


def test_another_way_is_refused() -> None:
    for call in (plan, prepare):
        with pytest.raises(DatasetError, match="missing 'guess' is not one of drop, fill"):
            call(HOLES, features=["a"], target="y", missing="guess")  # type: ignore[arg-type]


_CELL = st.one_of(st.none(), st.integers(0, 5).map(float))


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(_CELL, min_size=20, max_size=50),
    seed=st.integers(0, 9),
    missing=st.sampled_from(["fill", "indicator"]),
    scaling=st.sampled_from(["standard", "minmax", "none"]),
)
def test_no_value_of_a_validation_row_reaches_the_training_rows(
    cells: list[float | None], seed: int, missing: Missing, scaling: Any
) -> None:
    known = [cell for cell in cells if cell is not None]
    if len(set(known)) < 2:
        return
    rows = len(cells)
    words = [None if cell is None else f"k{cell:.0f}" for cell in cells]
    frame = pd.DataFrame({"a": cells, "k": words, "n": np.arange(rows), "y": np.arange(rows) % 2})

    def data(frame: pd.DataFrame) -> Dataset:
        features = ["n", "a", "k"]
        return prepare(
            Table(frame), features=features, target="y", missing=missing, seed=seed, scaling=scaling
        )

    before = data(frame)
    held = before.rows_val
    moved = frame.copy()  # gaps and categories stay in number, so the inputs are the same
    moved.loc[held, "a"] += 1e6
    moved.loc[held, "k"] = frame["k"].to_numpy()[held[::-1]]
    after = data(moved)
    assert after.feature_names == before.feature_names
    assert (after.X == before.X).all()
    assert [e.fill for e in after.encoders] == [e.fill for e in before.encoders]
    training = frame["a"].iloc[before.rows]
    filled = next(e for e in before.encoders if e.column == "a").fill
    assert filled == (training.median() if training.notna().any() else 0)


def test_encoders_write_what_they_are_fitted_to() -> None:
    values = pd.Series([3.0, np.nan, 5.0])
    encoder = Encoder("a").fit(values)
    assert encoder.fill == 4
    frame = pd.DataFrame({"a": [np.nan, 1.0]})
    assert design_matrix(frame, [encoder, Indicator("a")]).tolist() == [[4, 1], [1, 0]]
    tied = Encoder("a", ("p", "q")).fit(pd.Series(["q", "p", None]))
    assert tied.fill == "p"  # the first in order, so that it is the same everywhere
    assert Encoder("a", ("p",)).fit(pd.Series([None], dtype="str")).fill is None


def test_awkward_files_can_be_filled_from_bytes() -> None:
    table = read_csv(b"a,b,y\n1,x,yes\n,y,no\n3,,yes\n4,y,?\n")
    data = prepare(table, features=["a", "b"], target="y", missing="fill", scaling="none")
    assert data.X.tolist() == [[1, 1, 0], [2, 0, 1], [3, 1, 0]]
    assert data.y[:, 0].tolist() == [1, 0, 1]
