"""Tables from DataFrames: the same as from the file that pandas would write, but for no digit."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.dataset.preparation import DatasetError, guess_roles, plan, prepare
from core.dataset.samples import SAMPLES, load
from core.table.csv_table import Dialect, TableError, read_csv

AWKWARD = [0.1, -0.0, 1 / 3, 5e-324, 1.7976931348623157e308, np.nan, 123456789.123456789]
NUMBERS = {
    "float64": np.array(AWKWARD),
    "float32": np.array(AWKWARD[:3] + [2.5] * 4, np.float32),
    "int64": np.array([2**53, -(2**53), 0, 1, 2, 3, 4]),
    "uint8": np.arange(7, dtype=np.uint8),
    "Int64": pd.array([1, None, 3, 4, 5, 6, 2**53], dtype="Int64"),
    "Float64": pd.array([0.1, None, 3, 4, 5, 6, 7], dtype="Float64"),
    "categories": pd.Categorical([1.5, 0.1, 1.5, 0.1, 1.5, 1.5, 0.1]),
    "categories with a gap": pd.Categorical([1, None, 7, 7, 1, 1, 2]),
    "mixed cells": np.array([0.1, 1 / 3, 1e22, 7, np.float32(0.5), 1e-300, Decimal("0.25")], "O"),
}


def messages(notices: Any) -> str:
    return "\n".join(map(str, notices))


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_stay_to_the_last_bit(kind: str) -> None:
    frame = pd.DataFrame({"a": NUMBERS[kind], "b": range(7)})
    column = read_csv(frame).frame["a"]
    assert column.dtype in (np.int64, np.float64)
    for given, found in zip(frame["a"], column, strict=True):
        if pd.isna(given):
            assert np.isnan(found)
        else:
            assert found == float(given)
            assert np.signbit(found) == np.signbit(float(given))
    assert not read_csv(frame).notices or pd.isna(frame["a"]).any()


@pytest.mark.parametrize("key", SAMPLES)
def test_a_frame_read_by_pandas_is_the_table_of_its_file(key: str) -> None:
    of_file, of_frame = load(key), read_csv(pd.read_csv(SAMPLES[key].path), name=f"{key}.csv")
    pd.testing.assert_frame_equal(of_frame.frame, of_file.frame)
    np.testing.assert_array_equal(of_frame.lines, of_file.lines)
    assert messages(of_frame.notices) == messages(of_file.notices)


def test_other_cells_have_the_meaning_that_they_have_in_a_file() -> None:
    frame = pd.DataFrame({
        "rent": ["€ 1.234,50", "€ 800", "€ 912,25"] * 8,
        "day": pd.to_datetime(["2024-01-31", "2024-02-01", "NaT"] * 8),
        "when": [date(2024, 1, 31), datetime(2024, 2, 1, 14, 5), None] * 8,
        "warm": [True, False, True] * 8,
        "maybe": pd.array([True, None, False] * 8, dtype="boolean"),
        "floor": pd.Categorical(["one", "two", "one"] * 8),
        "word": ["x", None, "NA"] * 8,
        "y": np.arange(24.0),
    })  # fmt: skip
    features = [name for name in frame.columns if name != "y"]
    ours = prepare(frame, features=features, target="y", missing="fill")
    text = frame.to_csv(index=False)
    theirs = prepare(read_csv(text.encode()), features=features, target="y", missing="fill")
    assert ours.feature_names == theirs.feature_names
    np.testing.assert_array_equal(ours.X, theirs.X)
    np.testing.assert_array_equal(ours.y, theirs.y)


def test_what_is_changed_is_told() -> None:
    frame = pd.DataFrame({"a": [2**53 + 1, 2, 3], "b": [1.0, np.inf, 3.0]}, index=[7, 8, 9])
    table = read_csv(frame)
    told = messages(table.notices)
    assert "9007199254740993" in told
    assert "is rounded" in told
    assert "“inf” in column “b” is infinite in float64 and counts as missing (line 3)" in told
    assert "The index of the table is ignored" in told
    assert table.frame["a"].tolist() == [float(2**53), 2.0, 3.0]
    assert np.isnan(table.frame["b"][1])


def test_names_are_made_unique_and_text() -> None:
    frame = pd.DataFrame([[1, 2, 3, 4], [2, 3, 4, 5]], columns=["a", "a", 0, None])
    table = read_csv(frame)
    assert list(table.frame.columns) == ["a", "a (2)", "0", "column 4"]
    told = messages(table.notices)
    assert "Duplicate column names are numbered" in told
    assert "Column names that are not text become text, the first “0”" in told
    numbered = pd.DataFrame(np.arange(12.0).reshape(4, 3) % 5)
    assert prepare(numbered, features=[0, 1], target=2).features == ("0", "1")  # type: ignore[list-item, arg-type]


def test_the_frame_stays_its_owners() -> None:
    frame = pd.DataFrame({"a": [0.5, 1.5], "b": [1, 2]})
    table = read_csv(frame)
    frame.loc[0, "a"] = 9.0
    frame.loc[0, "b"] = 9
    assert table.frame.to_numpy().tolist() == [[0.5, 1], [1.5, 2]]


def test_a_dialect_says_how_its_texts_are_written() -> None:
    frame = pd.DataFrame({"a": ["1.234", "2.345"], "b": [1, 2]})
    assert read_csv(frame).frame["a"].tolist() == [1.234, 2.345]
    assert read_csv(frame, dialect=Dialect(thousands=".")).frame["a"].tolist() == [1234, 2345]


def test_what_takes_a_table_takes_a_frame() -> None:
    frame = pd.read_csv(StringIO("x1,x2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"))
    roles = guess_roles(frame)
    assert (roles.features, roles.target) == (("x1", "x2"), "y")
    assert plan(frame, features=roles.features, target="y").task == "binary"
    data = prepare(frame, features=roles.features, target="y", scaling="none")
    assert data.y.ravel().tolist() == [0, 1, 1, 0]


COMPLEX, LISTS = [1 + 2j, 0j], [[1], [2]]
REFUSED: dict[str, tuple[Callable[[], pd.DataFrame], str]] = {
    "complex": (lambda: pd.DataFrame({"a": COMPLEX, "b": [1, 2]}), "column “a”, row 1"),
    "lists": (lambda: pd.DataFrame({"b": [1, 2], "a": LISTS}), "column “a”, row 1"),
    "bytes": (lambda: pd.DataFrame({"b": [1, 2], "a": ["x", b"x"]}), "column “a”, row 2"),
    "levels": (
        lambda: pd.DataFrame([[1, 2]] * 2, columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
        "column names of 2 levels",
    ),
    "one column": (lambda: pd.DataFrame({"a": [1, 2]}), "1 column"),
    "one row": (lambda: pd.DataFrame({"a": [1], "b": [2]}), "only one row"),
    "no rows": (lambda: pd.DataFrame({"a": [], "b": []}), "no rows of values"),
    "too many columns": (lambda: pd.DataFrame(np.zeros((2, 10_001))), "10,001 columns"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_in_a_sentence(case: str) -> None:
    frame, words = REFUSED[case]
    with pytest.raises(TableError, match=words) as caught:
        read_csv(frame(), name="flats")
    assert str(caught.value).startswith("flats has ") or "flats holds" in str(caught.value)
    assert str(caught.value).endswith(".")
    with pytest.raises(DatasetError, match=words):
        prepare(frame(), features=["b"], target="a")
