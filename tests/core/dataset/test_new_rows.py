"""New rows: encoded, scaled and predicted as the training's, or told why not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset import new_rows
from core.dataset.new_rows import (
    NewRows,
    categories_of,
    class_outputs,
    predictions,
    rows_of,
    targets_of,
)
from core.dataset.preparation import Dataset, DatasetError, from_exercise, prepare
from core.dataset.samples import SAMPLES, load, prepare_sample
from core.network import Network
from core.table.csv_table import TO_PREDICT, Table, TableError, read_csv
from core.table.meaning import MeaningChoices, interpret

FLATS = (
    "rent;built;lift;heating;rooms;zone;price\n"
    "1.234,50 €;31.1.2000;ja;gas;2;007;100\n"
    "€ 900,00;1.2.2000;nein;oil;3;011;200\n"
    "1.000,00 €;29.2.2000;ja;gas;4;007;300\n"
    "700,00 €;1.1.2000;nein;oil;5;011;400\n"
).encode()
FEATURES = ["rent", "built", "lift", "heating", "rooms", "zone"]


def table(**columns: Any) -> Table:
    return Table(pd.DataFrame(columns), name="new.csv")


def flats(**choices: Any) -> Dataset:
    read = interpret(read_csv(FLATS, name="flats.csv"), MeaningChoices(as_text=("zone",)))
    return prepare(read, features=FEATURES, target="price", **choices)


def flat(**changed: Any) -> Table:
    """The first flat, changed; a list is a row for each of its values."""
    same = dict(zip(FEATURES, ("1.234,50 €", "31.1.2000", "ja", "gas", 2, 7), strict=True))
    rows = max((len(v) for v in changed.values() if isinstance(v, list)), default=1)
    both = {**same, **changed}
    return table(**{k: v if isinstance(v, list) else [v] * rows for k, v in both.items()})


def refused(data: Dataset, new: Table) -> str:
    with pytest.raises(DatasetError) as caught:
        rows_of(data, new)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def told(new: NewRows) -> list[str]:
    return [str(notice) for notice in (*new.readings, *new.notices)]


# What was trained on comes out as it went in


@pytest.mark.parametrize("key", SAMPLES)
def test_the_training_s_rows_become_the_training_s_inputs_to_the_last_bit(key: str) -> None:
    data, raw = prepare_sample(key), load(key)
    new = rows_of(data, raw)
    place = {int(row): at for at, row in enumerate(new.rows)}
    np.testing.assert_array_equal(new.X[[place[int(row)] for row in data.rows]], data.X)
    if data.X_val is not None:
        np.testing.assert_array_equal(new.X[[place[int(row)] for row in data.rows_val]], data.X_val)


@pytest.mark.parametrize("scaling", ["standard", "minmax", "none"])
def test_units_dates_and_answers_come_out_as_they_went_in(scaling: str) -> None:
    data = flats(scaling=scaling)
    np.testing.assert_array_equal(rows_of(data, read_csv(FLATS)).X, data.X)


@pytest.mark.parametrize("missing", ["fill", "indicator"])
def test_gaps_are_filled_as_in_training(missing: Any) -> None:
    holes = pd.DataFrame(
        {"a": [1.0, np.nan, 3.0, 9.0], "k": ["x", None, "y", "x"], "y": [0, 1, 0, 1]}
    )
    data = prepare(Table(holes), features=["a", "k"], target="y", missing=missing)
    new = rows_of(data, Table(holes))
    np.testing.assert_array_equal(new.X, data.X)
    assert told(new) == [
        "“a” is missing and filled with 3, from the training rows (line 3)",
        "“k” is missing and filled with x, from the training rows (line 3)",
    ]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
@settings(deadline=None)
def test_numbers_are_scaled_by_the_training_rows_alone(values: list[float]) -> None:
    raw = np.array([1.0, 2.0, 6.0])
    data = prepare(table(a=raw, y=[0, 1, 0]), features=["a"], target="y")
    X = rows_of(data, table(a=values)).X
    np.testing.assert_allclose(X[:, 0], (values - raw.mean()) / raw.std(), rtol=1e-12, atol=1e-12)


def test_an_exercise_takes_its_numbers_as_they_are() -> None:
    data = from_exercise([[0.05, 0.1]], [[0.01, 0.99]])
    new = rows_of(data, table(x2=[5.0], x1=[0.25]))
    assert new.X.tolist() == [[0.25, 5.0]]


# Other ways to write the same


def at(new: NewRows, data: Dataset, name: str) -> float:
    """An input of the first row, in its own unit."""
    return float(data.unscale_X(new.X)[0, data.feature_names.index(name)])


@pytest.mark.parametrize(
    ("changed", "name", "expected"),
    [
        ({"rent": 950.5}, "rent", 950.5),
        ({"rent": "950,50"}, "rent", 950.5),
        ({"built": "2000-01-31"}, "built", 30),
        ({"built": "2000-01-31 12:00"}, "built", 30.5),
        ({"built": "1999-12-31"}, "built", -1),
        ({"lift": "JA"}, "lift = ja", 1),
        ({"lift": "Nein"}, "lift = ja", 0),
        ({"lift": "falsch"}, "lift = ja", 0),
        ({"zone": "011"}, "zone = 11", 1),
        ({"zone": 11.0}, "zone = 11", 1),
        ({"rooms": "3"}, "rooms", 3),
    ],
)
def test_another_spelling_is_the_same(changed: Any, name: str, expected: float) -> None:
    data = flats()
    assert at(rows_of(data, flat(**changed)), data, name) == pytest.approx(expected, abs=1e-9)


def test_day_and_month_stand_as_they_did_in_training() -> None:
    dates = table(d=["1/31/2024", "2/1/2024", "2/2/2024"], y=[0, 1, 0])
    data = prepare(dates, features=["d"], target="y", scaling="none")
    assert data.X.ravel().tolist() == [0, 1, 2]
    assert rows_of(data, table(d=["3/2/2024"])).X.tolist() == [[31]]
    assert "“13/1/2024” in column “d” is not a date" in refused(data, table(d=["13/1/2024"]))


def test_seconds_and_times_of_day_count_from_where_they_did() -> None:
    when = ["2024-01-01 00:00:30.5", "2024-01-02", "2024-01-03"]
    data = prepare(
        table(t=when, c=["0:10", "1:00", "2:00"], y=[0, 1, 0]),
        features=["t", "c"],
        target="y",
        scaling="none",
    )
    np.testing.assert_array_equal(
        rows_of(data, table(t=when[1:], c=["1:00", "2:00"])).X, data.X[1:]
    )
    assert rows_of(data, table(t=["2024-01-01 00:01:30.25"], c=["3:00"])).X.tolist() == [
        [60.25, 10_800]
    ]


def test_a_number_without_a_unit_is_told() -> None:
    first, second, *_ = told(rows_of(flats(), flat(rent=1000)))
    assert first == "Column “rent” has no unit: € is assumed (line 2)"
    assert second == (  # the training's first date, not the only one that is new
        "Column “built” holds dates, read as days since 2000-01-01 (line 2)"
    )


def test_one_row_and_one_column_are_enough_of_a_file() -> None:
    data = from_exercise([[1.0], [2.0]], [0, 1])
    assert rows_of(data, read_csv(b"x1\n1.5\n", least=TO_PREDICT)).X.tolist() == [[1.5]]
    with pytest.raises(TableError, match="no rows of values: add at least one"):
        read_csv(b"x1\n", least=TO_PREDICT)


# What cannot be used


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"heating": "sun"}, "“sun” in column “heating” did not occur in training; enter one of"),
        ({"lift": "maybe"}, "“maybe” in column “lift” did not occur in training; enter one of"),
        ({"zone": 12}, "“12” in column “zone” did not occur in training; enter one of “11”, “7”"),
        ({"rooms": "many"}, "“many” in column “rooms” is not a number; enter a number"),
        ({"rooms": None}, "“rooms” is missing; fill it in"),
        ({"heating": None}, "“heating” is missing; fill it in"),
        ({"rooms": 1e200}, "“rooms” is larger than 1e+150; enter a smaller number"),
        ({"rent": "5 $"}, "“5 $” in column “rent” is not a number in €; enter a number in €"),
        ({"rooms": "5 kg"}, "“5 kg” in column “rooms” is not a number; enter a number"),
        ({"built": "soon"}, "“soon” in column “built” is not a date; enter a date"),
        ({"built": 2000}, "“2000” in column “built” is not a date; enter a date"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_what_to_do(changed: Any, sentence: str) -> None:
    found = refused(flats(), flat(**changed))
    assert found.startswith(f"new.csv cannot be predicted: {sentence}")


def test_of_several_rows_the_first_is_named() -> None:
    found = refused(flats(), flat(heating=["gas", "sun"], rooms=["many", "5"]))
    assert found.startswith("new.csv has no row that can be predicted: “many” in column “rooms”")
    assert found.endswith(" is not a number (line 2); enter a number.")


def test_rows_that_cannot_be_used_are_left_out_and_counted() -> None:
    new = rows_of(flats(), flat(heating=["gas", "sun", "wind", "oil"], rooms=[2, 2, None, 3]))
    assert new.rows.tolist() == [0, 3]
    assert len(new.X) == 2
    left_out = {str(n): n.count for n in new.notices if n.message.startswith("Left out")}
    assert left_out == {
        "Left out: “sun”, “wind” in column “heating” did not occur in training (lines 3, 4)": 2,
        "Left out: “rooms” is missing (line 4)": 1,
    }


def test_an_odd_cell_is_told_once() -> None:
    new = rows_of(flats(), flat(built=["31.1.2000", "soon"], rent=["5 €", "much"]))
    assert new.rows.tolist() == [0]
    assert not [line for line in told(new) if "counted as missing" in line]


def test_a_missing_column_is_named_with_those_there() -> None:
    assert refused(flats(), table(rent=["1 €"], lift=["ja"], room=[2])) == (
        "new.csv has no columns “built”, “heating”, “rooms” and 1 more, which the network was "
        "trained on: add them with the same name (the file has “rent”, “lift”, “room”)."
    )


def test_no_rows_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(flats(), flat(rooms=[])) == "new.csv has no rows: add at least one."
    monkeypatch.setattr(new_rows, "MAX_CELLS", 5)
    assert "predict fewer rows at once" in refused(flats(), flat())


def test_what_lies_outside_the_training_is_told() -> None:
    inside, outside = flat(rooms=[2, 5]), flat(rooms=[2, 9])
    assert not [line for line in told(rows_of(flats(), inside)) if "range" in line]
    assert told(rows_of(flats(), outside))[-1] == (
        "“rooms” lies outside the training range: the network extrapolates (line 3)"
    )


# Predictions


def test_a_number_is_predicted_in_the_target_s_own_units() -> None:
    data = prepare_sample("auto_mpg")
    net = Network.init(data.X.shape[1], 3)
    frame = predictions(data, net, data.X)
    assert list(frame) == ["predicted mpg"]
    low, high = data.raw_y.min(), data.raw_y.max()
    np.testing.assert_allclose(
        frame["predicted mpg"], low + net.predict(data.X)[:, 0] * (high - low)
    )


@pytest.mark.parametrize(("key", "classes"), [("iris", 3), ("breast_cancer", 2)])
def test_a_class_is_predicted_with_its_share(key: str, classes: int) -> None:
    data = prepare_sample(key)
    net = Network.init(data.X.shape[1], 3, data.y.shape[1], seed=4)
    frame = predictions(data, net, data.X)
    assert list(frame)[1:] == [f"P({name})" for name in data.classes]
    shares = frame.iloc[:, 1:].to_numpy()
    assert shares.shape == (len(data.X), classes)
    best = [data.classes[k] for k in shares.argmax(axis=1)]
    assert frame.iloc[:, 0].tolist() == best == data.labels(net.predict(data.X))
    identity = Network(net.W1, net.W2, output="identity")
    assert f"ŷ({data.classes[0]})" in predictions(data, identity, data.X)


@pytest.mark.parametrize("key", SAMPLES)
def test_the_targets_in_a_file_are_the_training_s_to_the_last_bit(key: str) -> None:
    data, raw = prepare_sample(key), load(key)
    new = rows_of(data, raw)
    known = targets_of(data, raw, new)
    assert known is not None
    place = {int(row): at for at, row in enumerate(new.rows[known.places])}
    np.testing.assert_array_equal(known.y[[place[int(row)] for row in data.rows]], data.y)
    assert known.notices == ()


def test_targets_are_read_with_unit_and_spelling_as_in_training() -> None:
    lots = "".join(f"{i},{'ja' if i % 2 else 'nein'},{i + 1}.5 km\n" for i in range(8))
    read = read_csv(f"a,lift,way\n{lots}".encode())
    answer = prepare(read, features=["a"], target="lift")
    new = table(a=[1, 2, 3, 4], lift=["JA", "No", "Nein", None])
    known = targets_of(answer, new, rows_of(answer, new))
    assert known is not None
    assert (known.y.tolist(), known.places.tolist()) == ([[1.0], [0.0]], [0, 2])
    assert [str(n) for n in known.notices] == [
        "Not evaluated: “No” in column “lift” did not occur in training (line 3)"
    ]
    way = prepare(read, features=["a"], target="way", task="regression")
    new = table(a=[1, None, 3, 4], way=["2 km", "3 km", "5 kg", "4.5 km"])
    known = targets_of(way, new, rows_of(way, new))
    assert known is not None
    assert way.unscale_y(known.y)[:, 0].tolist() == pytest.approx([2, 4.5], rel=1e-15)
    assert known.places.tolist() == [0, 2]  # of the three rows that have an a
    assert "“5 kg” in column “way” is not a number in km (line 4)" in str(known.notices[0])


def test_without_a_target_nothing_is_judged() -> None:
    data = prepare_sample("iris")
    raw = load("iris").frame
    for frame in (raw.drop(columns="species"), raw.assign(species="rose"), raw.assign(species="")):
        new = Table(frame)
        assert targets_of(data, new, rows_of(data, new)) is None
    exercise = from_exercise([[0.0, 1.0]], [[1.0, 0.5]])
    new = table(x1=[0.0], x2=[1.0], y1=[1.0])
    assert targets_of(exercise, new, rows_of(exercise, new)) is None


def test_a_single_output_speaks_for_both_classes() -> None:
    assert class_outputs(np.array([[0.25]])).tolist() == [[0.75, 0.25]]


def test_outputs_that_are_no_numbers_stand_for_no_class() -> None:
    data = prepare_sample("iris")
    huge = np.full((4, 3), 1e308)
    net = Network(np.full((5, 3), 1e3), huge, output="identity", hidden="relu")
    assert set(predictions(data, net, np.abs(data.X) * 1e6).iloc[:, 0]) == {""}


def test_each_output_of_an_exercise_has_its_own_column() -> None:
    data = from_exercise([[0.05, 0.1]], [[0.01, 0.99]])
    net = Network.init(2, 2, 2)
    frame = predictions(data, net, [[1.0, 2.0]])
    assert list(frame) == ["predicted y1", "predicted y2"]
    np.testing.assert_array_equal(frame.to_numpy(), net.predict([[1.0, 2.0]]))


def test_the_categories_of_training_are_known() -> None:
    data = flats()
    assert categories_of(data, "lift") == ("nein", "ja")
    assert categories_of(data, "heating") == ("gas", "oil")
    assert categories_of(data, "rooms") == ()
