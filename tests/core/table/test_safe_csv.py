"""CSV for spreadsheets: nothing of the user's runs as a formula, and numbers come back exactly."""

import csv
import io
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.table.safe_csv import plain_cell, rows_to_csv, to_csv


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "-", "=", "＝1", "-x"],
)
def test_a_formula_becomes_text(formula: str) -> None:
    assert plain_cell(formula) == f"'{formula}"


@pytest.mark.parametrize(
    "text", ["", "a", "-5", "+5", "-1.5e-3", "-inf", "a=b", "1-2", "kind = x", "'=1"]
)
def test_what_is_no_formula_stays(text: str) -> None:
    assert plain_cell(text) == text


@settings(deadline=None)
@given(st.text())
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(text: str) -> None:
    safe = plain_cell(text)
    assert safe in (text, f"'{text}")
    if safe.lstrip().startswith(("=", "+", "-", "@")):
        assert (
            math.isfinite(float(safe)) or "e" in safe.lower()
        )  # 1e999 is a number, if a large one


@settings(deadline=None)
@given(st.lists(st.floats(), min_size=1), st.integers(-(2**63), 2**63 - 1))
def test_numbers_are_read_back_to_the_last_bit(floats: list[float], whole: int) -> None:
    frame = pd.DataFrame({"a": floats, "b": [whole] * len(floats)})
    rows = list(csv.DictReader(io.StringIO(to_csv(frame))))
    back = [float(row["a"] or "nan") for row in rows]
    assert list(map(str, back)) == list(map(str, floats))
    assert {int(row["b"]) for row in rows} == {whole}


def test_a_frame_is_written_by_hand() -> None:
    frame = pd.DataFrame({"=a": ["x", None, "-1+1"], "b": [0.1, math.nan, -2.0]})
    assert to_csv(frame) == "'=a,b\nx,0.1\n,\n'-1+1,-2.0\n"


def test_two_columns_of_one_name_are_both_written() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert to_csv(frame) == "a,a\n1,2\n"


def test_rows_of_text_are_quoted_where_they_must_be() -> None:
    assert rows_to_csv(["a"], [["x,y"], ["@z"]]) == 'a\n"x,y"\n\'@z\n'
