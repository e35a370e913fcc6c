"""What words mean: units, currencies, dates, yes and no; each told, and nothing guessed loosely."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset.preparation import guess_roles, plan, prepare
from core.dataset.samples import SAMPLES, load
from core.table.csv_table import Table, read_csv
from core.table.meaning import InterpretedTable, MeaningChoices, interpret
from core.table.meaning.text_column import Meaning
from core.table.notices import Notice


def column(
    *cells: str | None, choices: MeaningChoices | None = None, **others: Any
) -> InterpretedTable:
    return interpret(Table(pd.DataFrame({"a": cells, **others}), name="f.csv"), choices)


def values(table: InterpretedTable) -> list[Any]:
    return [None if pd.isna(value) else value for value in table.frame["a"].tolist()]


def told(table: InterpretedTable, words: str) -> Notice:
    found = [notice for notice in table.notices if words in notice.message]
    assert len(found) == 1, (words, table.notices)
    return found[0]


# Numbers with a unit.


@pytest.mark.parametrize(
    ("cells", "unit", "expected"),
    [
        (("12 %", "1.5%", "0%"), "%", [12, 1.5, 0]),
        (("€ 1.234,50", "€ 2,5", "€ 3"), "€", [1234.5, 2.5, 3]),
        (("$5", "$1,234.50", "-$6"), "$", [5, 1234.5, -6]),
        (("1 234,5 CHF", "0,5 CHF", "2 CHF"), "CHF", [1234.5, 0.5, 2]),
        (("1'234.50 CHF", "2.25 CHF"), "CHF", [1234.5, 2.25]),
        (("EUR 5", "EUR -6", "EUR 1e3"), "EUR", [5, -6, 1000]),
        (("($5)", "$7.5"), "$", [-5, 7.5]),
        (("US$5", "US$7.5"), "US$", [5, 7.5]),
        (("5 kg", "−6 kg", "7.25kg"), "kg", [5, -6, 7.25]),
        (("20 °C", "-3.5 °C"), "°C", [20, -3.5]),
        (("3 m²", "4 m²"), "m²", [3, 4]),
        (("60 km/h", ".5 km/h"), "km/h", [60, 0.5]),
        (("−5", "6"), "", [-5, 6]),
    ],
)
def test_numbers_with_a_unit_become_numbers(
    cells: tuple[str, ...], unit: str, expected: list[float]
) -> None:
    table = column(*cells)
    assert values(table) == expected
    assert table.meanings["a"] == Meaning("number", unit)
    notice = told(table, "Column “a” is read as numbers")
    assert notice.lines[0] == 2
    assert (f"in {unit}:" in notice.message) == bool(unit)


@pytest.mark.parametrize(
    "cells",
    [
        ("5 kg", "300 g", "2 kg", "100 g"),  # units that differ: nothing is converted
        ("5k", "3M", "2k", "1M"),
        ("A12", "A13", "B14"),  # codes
        ("5-6", "7-8"),  # ranges
        ("1/2", "3/4"),
        ("<5", ">7"),
        ("1.2.3", "1.2.4"),  # versions
        ("5 € %", "6 € %"),
        ("€5€", "€6€"),
        ("(5", "6)"),
        ("+-5", "-+6"),
        ("Room 5", "Room 6"),
        ("1.234,5 €", "1,234.5 €"),  # no one notation
        ("192.168.0.1", "192.168.0.2"),
        ("12345678901234567890 a b", "x"),
        ("red", "green"),
    ],
)
def test_what_is_no_number_stays_text(cells: tuple[str, ...]) -> None:
    table = column(*cells)
    assert values(table) == list(cells)
    assert dict(table.meanings) == {}
    assert table.notices == ()


def test_a_unit_is_told_with_its_count_and_lines() -> None:
    notice = told(
        column(*[f"{i} %" for i in range(10)]), "“a” is read as numbers in %: “0 %” as “0”"
    )
    assert (notice.count, notice.lines) == (10, (2, 3, 4, 5, 6))


def test_a_number_without_the_unit_is_taken_to_have_it_and_told() -> None:
    table = column("5 kg", "6", "7 kg")
    assert values(table) == [5, 6, 7]
    notice = told(table, "“6” in column “a” has no unit: kg is assumed")
    assert (notice.count, notice.lines) == (1, (3,))


def test_odd_cells_between_numbers_count_as_missing_and_are_named() -> None:
    table = column(*["1"] * 17, "3+", "n.d.", "8")
    assert values(table)[16:] == [1, None, None, 8]
    notice = told(table, "Not a number: “3+”, “n.d.” in column “a”, counted as missing")
    assert (notice.count, notice.lines) == (2, (19, 20))


def test_another_unit_does_not_fit_and_is_named() -> None:
    table = column(*["5 kg"] * 10, "300 g")
    assert values(table) == [5] * 10 + [None]
    told(table, "Not a number in kg: “300 g” in column “a”, counted as missing")


def test_too_many_odd_cells_leave_text_unless_somebody_says_otherwise() -> None:
    cells = ["1", "2", "3", "none given"]
    assert values(column(*cells)) == cells
    assert column(*cells).suggestions == ("a",)
    asked = column(*cells, choices=MeaningChoices(as_meant=("a",)))
    assert values(asked) == [1, 2, 3, None]
    assert asked.suggestions == ("a",)
    assert column("1", "x", "y").suggestions == ()


def test_what_is_lost_in_a_number_is_told_as_the_reader_does() -> None:
    table = column("$9007199254740993", "$1e400", *["$5"] * 18)
    assert values(table)[:3] == [9007199254740992, None, 5]
    assert told(table, "beyond 2⁵³").lines == (2,)
    assert told(table, "infinite in float64").lines == (3,)
    assert told(column("007 s", "8 s"), "Leading zeros").lines == (2,)
    assert told(column("1,234 €", "2,345 €"), "could have a decimal separator").count == 2


def test_the_other_columns_decide_on_the_decimal_sign() -> None:
    german = read_csv(b"x;rent;y\n1,5;1.234 \xe2\x82\xac;0\n2,5;2.345 \xe2\x82\xac;1\n")
    assert interpret(german).frame["rent"].tolist() == [1234, 2345]
    english = read_csv(b"x;rent;y\n1.5;1,234 \xe2\x82\xac;0\n2.5;2,345 \xe2\x82\xac;1\n")
    assert interpret(english).frame["rent"].tolist() == [1234, 2345]


def test_the_reader_no_longer_says_that_a_column_is_text() -> None:
    rows = b"".join(b"%d,0\n" % i for i in range(20))
    table = read_csv(b"a,y\n" + rows + b"x,1\n")
    assert any("is read as text" in notice.message for notice in table.notices)
    assert not any("is read as text" in notice.message for notice in interpret(table).notices)


_UNITS = st.sampled_from(["%", "€", "CHF", "kg", "km/h", "°C"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=20), _UNITS, st.booleans())
def test_any_numbers_in_any_unit_come_back_exactly(
    numbers: list[float], unit: str, blank: bool
) -> None:
    table = column(*[f"{number!r}{' ' * blank}{unit}" for number in numbers])
    assert table.frame["a"].tolist() == numbers
    assert table.meanings["a"].unit == unit


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=1, max_size=30))
def test_no_text_breaks_it_and_what_changed_is_told(cells: list[str | None]) -> None:
    table = column(*cells)
    if "a" in table.meanings:
        assert table.notices or all(cell is None or float(cell) == float(cell) for cell in cells)
    else:
        assert values(table) == [None if cell is None else cell for cell in cells]
    assert len(table.frame) == len(cells)


# Yes and no.


@pytest.mark.parametrize(
    ("no", "yes"),
    [
        ("no", "yes"), ("false", "true"), ("nein", "ja"), ("off", "on"), ("n", "y"), ("non", "oui"),
        ("no", "sí"), ("F", "T"), ("NO", "YES"), ("não", "sim"), ("nee", "ja"), ("нет", "да"),
    ],
)  # fmt: skip
def test_the_affirmative_is_1(no: str, yes: str) -> None:
    table = Table(pd.DataFrame({"a": [yes, no, yes, None], "y": [no, yes, no, yes]}))
    data = prepare(table, features=["a"], target="y")
    assert data.X.shape == (3, 1)
    assert data.raw_X[:, 0].tolist() == [1, 0, 1]
    assert data.y[:, 0].tolist() == [0, 1, 0]
    assert data.feature_names == (f"a = {yes}",)
    assert data.output_names == (f"y = {yes}",)
    assert data.classes == (no, yes)
    assert (data.raw_X == data.X).all()  # 0 and 1 are not scaled


def test_spellings_of_yes_are_one_category_and_told() -> None:
    table = column("Yes", "yes", "no", "Y", "yes", None, "NO", "no")
    assert values(table) == ["yes", "yes", "no", "yes", "yes", None, "no", "no"]
    assert told(table, "“yes” counts as 1, “no” as 0").count == 7
    notice = told(table, "Other spellings in column “a”: “Yes”, “Y”, “NO”")
    assert (notice.count, notice.lines) == (3, (2, 5, 8))


@pytest.mark.parametrize(
    "cells", [("yes", "yes"), ("yes", "no", "maybe"), ("ja", "no"), ("oui", "nein"), ("m", "f")]
)
def test_other_words_are_not_yes_and_no(cells: tuple[str, ...]) -> None:
    assert dict(column(*cells).meanings) == {}


def test_a_table_of_yes_and_no_alone_can_be_learned() -> None:
    table = Table(pd.DataFrame({"a": ["yes", "no", "no"], "b": ["no", "no", "yes"]}))
    roles = guess_roles(table)
    assert (roles.features, roles.target, roles.task) == (("a",), "b", "binary")
    planned = plan(table, features=["a"], target="b")
    assert planned.columns[0].sentence == "a is one input: no → 0, yes → 1"


# Dates.


@pytest.mark.parametrize(
    ("cells", "unit", "expected"),
    [
        (("2020-02-28", "2020-03-01"), "days since 2020-02-28", [0, 2]),
        (("2021/3/1", "2021/2/28"), "days since 2021-02-28", [1, 0]),
        (("31.12.1999", "1.1.2000"), "days since 1999-12-31", [0, 1]),
        (("25/12/2020", "1/1/2021"), "days since 2020-12-25", [0, 7]),
        (("12/25/2020", "1/1/2021"), "days since 2020-12-25", [0, 7]),
        (("12-25-2020", "01-01-2021"), "days since 2020-12-25", [0, 7]),
        (("2020-01-01 00:00", "2020-01-03T00:00:00Z"), "days since 2020-01-01", [0, 2]),
        (
            ("2020-01-01 23:59:59.5", "2020-01-02 00:00"),
            "seconds since 2020-01-01 23:59:59",
            [0.5, 1],
        ),
        (
            ("2020-01-01T01:00+02:00", "2019-12-31T23:30Z"),
            "seconds since 2019-12-31 23:00:00",
            [0, 1800],
        ),
        (
            ("1/2/2020 12:30 AM", "1/2/2020 1:00 pm"),
            "seconds since 2020-02-01 00:30:00",
            [0, 45_000],
        ),
        (("0:00", "12:30:15", "23:59"), "seconds since midnight", [0, 45_015, 86_340]),
    ],
)
def test_dates_become_days_or_seconds_since_the_first(
    cells: tuple[str, ...], unit: str, expected: list[float]
) -> None:
    table = column(*cells)
    assert values(table) == expected
    assert (table.meanings["a"].kind, table.meanings["a"].unit) == ("date", unit)
    assert told(table, f"read as {unit}").count == len(cells)


def test_days_of_no_calendar_count_as_missing_and_are_named() -> None:
    table = column(*["2020-01-01"] * 20, "2021-02-29", "2021-13-01")
    assert values(table) == [0] * 20 + [None, None]
    told(table, "Not a date: “2021-02-29”, “2021-13-01” in column “a”, counted as missing")


def test_one_cell_settles_which_comes_first() -> None:
    table = column("3/4/2020", "5/6/2020", "13/1/2020")
    assert not table.meanings["a"].ambiguous
    told(table, "days since 2020-01-13, day before month")
    told(column("3/4/2020", "5/6/2020", "1/13/2020"), "month before day")


def test_doubt_is_told_and_somebody_can_settle_it() -> None:
    cells = ("3/4/2020", "5/6/2020", "7/7/2020")
    table = column(*cells)
    assert table.meanings["a"].ambiguous
    notice = told(table, "“3/4/2020” in column “a” is ambiguous: day before month is assumed")
    assert (notice.count, notice.lines) == (2, (2, 3))  # 7/7 is the same either way
    assert values(table)[1] == (date(2020, 6, 5) - date(2020, 4, 3)).days
    settled = column(*cells, choices=MeaningChoices(day_first=False))
    assert values(settled)[1] == (date(2020, 5, 6) - date(2020, 3, 4)).days
    assert settled.meanings["a"].ambiguous  # the choice stays on offer
    assert not any("could be day" in notice.message for notice in settled.notices)


def test_what_looks_like_a_date_and_is_none() -> None:
    for cells in (
        ("2020-13-01", "2020-14-01"),
        ("1/2", "3/4"),
        ("25:61", "24:00"),
        ("1.2.20",) * 2,
    ):
        assert dict(column(*cells).meanings) == {}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dates(date(1, 1, 1)), min_size=1, max_size=20),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"]),
)
def test_any_dates_are_counted_as_the_calendar_does(days: list[date], form: str) -> None:
    day_first = None if form[1] == "Y" or "." in form else form.startswith("%d")
    written = [
        form.replace("%Y", f"{d.year:04}").replace("%m", f"{d.month:02}").replace("%d", f"{d.day}")
        for d in days
    ]
    table = column(*written, choices=MeaningChoices(day_first=day_first))
    assert values(table) == [(d - min(days)).days for d in days]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.datetimes(), min_size=1, max_size=10))
def test_any_moments_are_counted_to_the_microsecond(moments: list[Any]) -> None:
    table = column(*[moment.isoformat(" ", "microseconds") for moment in moments])
    unit = timedelta(days=1) if "days" in table.meanings["a"].unit else timedelta(seconds=1)
    start = min(moments).replace(microsecond=0)  # the unit names it to the second
    expected = [(moment - start) / unit for moment in moments]
    np.testing.assert_allclose(np.array(values(table), float), expected, rtol=1e-15, atol=1e-9)


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2020-01-01T01:00+05:30", "2019-12-31T19:30Z"),
        ("2020-01-01T01:00-03:30", "2020-01-01T04:30Z"),
        ("2020-01-01T01:00+05:45", "2019-12-31T19:15Z"),
        ("2020-01-01T01:00+12:00", "2019-12-31T13:00Z"),
        ("2020-01-01T23:00-10:00", "2020-01-02T09:00Z"),
    ],
)
def test_a_zone_is_read_with_its_hours_minutes_and_sign(cell: str, utc: str) -> None:
    start, moment, same = values(column("1970-01-01T00:00Z", cell, utc))
    assert start == 0
    assert moment == same > 0


def test_times_that_a_zone_moves_and_days_without_a_time_are_told() -> None:
    table = column("2020-01-01T01:00+02:00", "2020-01-01T01:00Z", "2020-01-01")
    assert values(table) == [0, 7200, 3600]
    assert told(table, "Times with a time zone in column “a” are converted to UTC").lines == (2,)
    assert told(table, "Dates without a time in column “a” are read as 0:00").lines == (4,)
    assert len(column("2020-01-01", "2020-01-02").notices) == 1


# Choices, and what is understood already.


def test_a_column_can_stay_text() -> None:
    table = column(
        "5 %", "6 %", "7 %", n=[1, 2, 3], choices=MeaningChoices(as_text=("a", "n", "gone"))
    )
    assert values(table) == ["5 %", "6 %", "7 %"]
    assert table.frame["n"].tolist() == ["1", "2", "3"]
    assert dict(table.meanings) == {}
    told(table, "Column “a” is kept as text, as you chose")


def test_numbers_as_text_are_categories() -> None:
    code = Table(pd.DataFrame({"k": [1.0, 2.5, np.nan, 1.0], "y": [0, 1, 1, 0]}))
    table = interpret(code, MeaningChoices(as_text=("k",)))
    data = prepare(table, features=["k"], target="y")
    assert data.feature_names == ("k = 1", "k = 2.5")


def test_what_is_understood_stays_and_can_be_understood_otherwise() -> None:
    table = column("5 %", "6 %")
    assert interpret(table) is table
    assert interpret(table, MeaningChoices()) is table
    left = interpret(table, MeaningChoices(as_text=("a",)))
    assert values(left) == ["5 %", "6 %"]
    assert left.source is table.source
    assert values(interpret(left, MeaningChoices())) == [5, 6]


def test_prepare_understands_by_itself_and_tells_it_once() -> None:
    table = Table(pd.DataFrame({"a": ["5 %", "6 %", "8 %"], "y": [0, 1, 0]}))
    raw = prepare(table, features=["a"], target="y", scaling="none")
    assert raw.X[:, 0].tolist() == [5, 6, 8]
    assert raw.columns[0].unit == "%"
    assert raw.columns[0].sentence == "a is one numeric input, in %"
    assert sum("in %" in notice.message for notice in raw.notices) == 1
    known = prepare(interpret(table), features=["a"], target="y", scaling="none")
    assert not any("in %" in notice.message for notice in known.notices)


def test_the_table_that_was_read_is_left_alone() -> None:
    table = Table(pd.DataFrame({"a": ["5 %", "6 %"]}))
    interpret(table)
    assert table.frame["a"].tolist() == ["5 %", "6 %"]


@pytest.mark.parametrize("key", SAMPLES)
def test_the_samples_hold_nothing_to_be_understood(key: str) -> None:
    table = interpret(load(key))
    assert dict(table.meanings) == {}
    assert table.notices == load(key).notices
