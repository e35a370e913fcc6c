"""What a plan warns of: leakage, rows lost to gaps, more classes than rows carry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.dataset.column_plan import Plan, plan
from core.dataset.roles import GapsError, guess_roles

ROWS = 20
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=ROWS)
CLASSES = ["no", "yes", "no", "no"] * (ROWS // 4)
COPY = ["lost" if value == "no" else "kept" for value in CLASSES]
NUMBERS = RANDOM.normal(size=ROWS).round(3)


def planned(**columns: Any) -> Plan:
    """The plan of a table whose target is y, of all its other columns."""
    table = pd.DataFrame(columns)
    return plan(table, features=[name for name in columns if name != "y"], target="y")


def leaks(found: Plan) -> list[str]:
    return [notice.message for notice in found.notices if "leakage" in notice.message]


@pytest.mark.parametrize(
    ("copy", "target"),
    [(COPY, CLASSES), (NUMBERS * 1.8 + 32, NUMBERS), (-NUMBERS, NUMBERS)],
)
def test_a_feature_that_says_the_same_as_the_target_is_told(copy: Any, target: Any) -> None:
    found = planned(a=NOISE, copy=copy, y=target)
    assert leaks(found) == [
        "“copy” determines the target “y” (leakage): the network can copy it and "
        "learns nothing else"
    ]
    roles = guess_roles(pd.DataFrame({"a": NOISE, "copy": copy, "y": target}))
    assert (roles.features, roles.target) == (("a",), "y")
    assert "copy (determines y)" in roles.reason


def test_what_nearly_says_the_same_is_a_feature() -> None:
    nearly = [*COPY[:-1], "kept"]
    assert not leaks(planned(a=NOISE, copy=nearly, y=CLASSES))
    assert not leaks(planned(a=NOISE, copy=NUMBERS + 1e-3 * NOISE, y=NUMBERS))
    assert not leaks(planned(a=NOISE, copy=NUMBERS**2, y=NUMBERS))


def test_a_line_or_few_rows_are_no_leakage() -> None:
    assert not leaks(planned(x=NUMBERS, y=2 * NUMBERS))
    assert not leaks(planned(a=[0, 0, 1, 1], b=[0, 1, 0, 1], y=[0, 1, 0, 1]))


def test_rows_lost_to_gaps_are_counted_apart_from_those_without_a_target() -> None:
    holes = [np.nan, np.nan, np.nan, *NUMBERS[3:]]
    lost = planned(a=holes, b=NOISE, y=[*CLASSES[:2], None, *CLASSES[3:-1], None])
    assert (lost.gaps, len(lost.rows)) == (2, ROWS - 4)
    table = pd.DataFrame({"a": holes, "b": NOISE, "y": CLASSES})
    assert plan(table, features=["a", "b"], target="y", missing="fill").gaps == 0


def test_gaps_that_leave_no_row_are_told_from_a_target_that_is_missing() -> None:
    half = [*NUMBERS[: ROWS // 2], *[np.nan] * (ROWS // 2)]
    with pytest.raises(GapsError, match="has 0 rows with a value in every chosen column"):
        planned(a=half, b=half[::-1], y=CLASSES)
    with pytest.raises(ValueError, match="has 1 row with a value") as caught:
        planned(a=NOISE, y=["no", *[None] * (ROWS - 1)])
    assert not isinstance(caught.value, GapsError)


def test_more_classes_than_rows_carry_are_told() -> None:
    def told(classes: int) -> list[str]:
        found = planned(a=NOISE, y=[f"c{i % classes}" for i in range(ROWS)])
        return [notice.message for notice in found.notices if "too few" in notice.message]

    assert told(7) == [
        "“y” has 7 classes in 20 rows: fewer than 5 rows per class are too few to learn from"
    ]
    assert told(4) == []
