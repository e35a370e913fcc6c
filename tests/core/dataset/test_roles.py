"""Identifiers are not offered as features first, and are said to be such; measurements are."""

from typing import Any

import pandas as pd
import pytest

from core.dataset.preparation import guess_roles, plan
from core.table.column import describe
from core.table.csv_table import Table

ROWS = 12
SCATTERED = [4821, 77, 9310, 15, 602, 3333, 48, 7001, 219, 5150, 864, 1209]


def table(**columns: Any) -> Table:
    others = {"a": [i % 4 + 0.5 for i in range(ROWS)], "y": [0, 1] * (ROWS // 2)}
    return Table(pd.DataFrame(columns | others), name="f.csv")


@pytest.mark.parametrize(
    "cells",
    [
        SCATTERED,
        list(range(ROWS)),
        [float(number) for number in SCATTERED],
        [f"key {number}" for number in SCATTERED],
    ],
)
def test_whole_numbers_or_strings_that_all_differ_are_not_offered_first(cells: list[Any]) -> None:
    roles = guess_roles(table(member=cells))
    assert roles.features == ("a",)
    assert "member (all values differ, like an identifier)" in roles.reason
    columns = plan(table(member=cells), features=["a"], target="y").columns
    assert columns[0].sentence == "member is not chosen (all values differ, like an identifier)"


@pytest.mark.parametrize(
    "cells",
    [
        [number + 0.5 for number in SCATTERED],  # measured
        [*SCATTERED[:-1], SCATTERED[0]],  # one value twice
        [f"{number} kg" for number in SCATTERED],  # a unit says that it is measured
    ],
)
def test_measurements_are_offered(cells: list[Any]) -> None:
    assert guess_roles(table(member=cells)).features == ("member", "a")


def test_an_identifier_with_gaps_is_one() -> None:
    gaps = [*SCATTERED[:-1], None]
    assert guess_roles(table(member=gaps)).features == ("a",)


def test_few_whole_numbers_may_differ_by_chance() -> None:
    few = Table(pd.DataFrame({"x": [3, 1, 7, 5], "a": [0.5, 1.5, 2.5, 1.5], "y": [0, 1, 0, 1]}))
    assert guess_roles(few).features == ("x", "a")


def test_where_nothing_else_is_left_an_identifier_is_offered() -> None:
    only = Table(pd.DataFrame({"x": SCATTERED, "y": [0, 1] * (ROWS // 2)}))
    assert guess_roles(only).features == ("x",)


def test_whole_numbers_that_all_differ_can_be_a_target() -> None:
    prices = Table(pd.DataFrame({"a": [i % 4 for i in range(ROWS)], "sold": SCATTERED}))
    roles = guess_roles(prices)
    assert (roles.target, roles.task) == ("sold", "regression")


def test_a_column_says_its_kind() -> None:
    kinds = Table(
        pd.DataFrame({"n": [1, 2], "w": ["x", "y"], "e": [None, None], "y": [0, 1]}), name="f.csv"
    )
    found = {name: describe(kinds, name).kind for name in kinds.frame.columns}
    assert found == {"n": "numeric", "w": "text", "e": "empty", "y": "numeric"}
