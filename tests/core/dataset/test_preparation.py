"""A table in, X and y out: roles, encoding, scaling, split, and the way back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.dataset import encoding, preparation
from core.dataset.preparation import (
    Dataset,
    DatasetError,
    from_exercise,
    guess_roles,
    plan,
    prepare,
)
from core.table.column import MAX_CLASSES
from core.table.csv_table import Table, read_csv


def table(**columns: Any) -> Table:
    return Table(pd.DataFrame(columns), name="f.csv")


def numbers(rows: int = 40, seed: int = 0) -> Table:
    random = np.random.default_rng(seed)
    return table(
        a=random.normal(5, 3, rows),
        b=random.integers(0, 9, rows),
        kind=random.choice(["x", "y", "z"], rows),
        y=random.normal(100, 20, rows),
    )


def refused(*args: Any, **kwargs: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        prepare(*args, **kwargs)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def told(data: Dataset, words: str) -> int:
    found = [notice for notice in data.notices if words in notice.message]
    assert len(found) == 1, (words, data.notices)
    return found[0].count


# A worked example, by hand.


def test_a_small_table_worked_by_hand() -> None:
    # a: mean 3, deviation √((4 + 0 + 4)/3) = √(8/3); y from 10…30 to 0…1
    small = table(a=[1, 3, 5], kind=["p", "q", "p"], y=[10.0, 30.0, 15.0])
    data = prepare(small, features=["a", "kind"], target="y")
    unit = 2 / np.sqrt(8 / 3)
    np.testing.assert_allclose(data.X, [[-unit, 1, 0], [0, 0, 1], [unit, 1, 0]], rtol=1e-15)
    assert data.y.tolist() == [[0.0], [1.0], [0.25]]
    assert data.feature_names == ("a", "kind = p", "kind = q")
    assert data.output_names == ("y",)
    assert data.task == "regression"
    assert data.X_val is None
    assert data.y_val is None
    assert data.rows.tolist() == [0, 1, 2]
    assert data.rows_val.tolist() == []
    assert data.raw_X.tolist() == [[1, 1, 0], [3, 0, 1], [5, 1, 0]]
    assert data.raw_y.tolist() == [[10.0], [30.0], [15.0]]
    assert data.unscale_y([[0.5]]).tolist() == [[20.0]]
    assert data.raw_row(1).to_dict() == {"a": 3, "kind": "q", "y": 30.0}


def test_minmax_worked_by_hand() -> None:
    data = prepare(table(a=[1, 3, 5], y=[0, 1, 0]), features=["a"], target="y", scaling="minmax")
    assert data.X.tolist() == [[0.0], [0.5], [1.0]]


def test_all_arrays_are_float64_and_read_only() -> None:
    data = prepare(numbers(), features=["a", "kind"], target="y")
    for array in (data.X, data.y, data.X_val, data.y_val, data.raw_X, data.raw_y):
        assert array is not None
        assert array.dtype == np.float64
        assert not array.flags.writeable
    assert not data.rows.flags.writeable
    assert not data.rows_val.flags.writeable


# Targets.


def test_a_binary_target_is_one_output_of_0_and_1() -> None:
    data = prepare(table(a=[1, 2, 3], y=["no", "yes", "no"]), features=["a"], target="y")
    assert (data.task, data.classes) == ("binary", ("no", "yes"))
    assert data.y.tolist() == [[0], [1], [0]]
    assert data.output_names == ("y = yes",)
    assert data.labels([[0.2], [0.5]]) == ["no", "yes"]
    told(data, "no → 0, yes → 1")


def test_a_target_of_0_and_1_stays_what_it_is() -> None:
    data = prepare(table(a=[1, 2, 3], y=[0.0, 1.0, 1.0]), features=["a"], target="y")
    assert data.y.tolist() == [[0], [1], [1]]
    assert data.output_names == ("y",)
    assert data.classes == ("0", "1")


def test_classes_are_one_output_each() -> None:
    data = prepare(table(a=[1, 2, 3, 4], y=["c", "a", "b", "a"]), features=["a"], target="y")
    assert data.task == "multiclass"
    assert data.y.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert data.output_names == ("y = a", "y = b", "y = c")
    assert data.labels([[0.1, 0.9, 0.3]]) == ["b"]


def test_numbers_can_be_classes_when_asked_or_few() -> None:
    quality = table(a=range(20), y=[3, 4, 10, 4] * 5)
    data = prepare(quality, features=["a"], target="y")
    assert (data.task, data.classes) == ("multiclass", ("3", "4", "10"))
    halves = prepare(
        table(a=[1, 2, 3], y=[0.5, 1.5, 2.0]), features=["a"], target="y", task="multiclass"
    )
    assert halves.classes == ("0.5", "1.5", "2")
    assert prepare(quality, features=["a"], target="y", task="regression").y.shape == (16, 1)


def test_two_classes_can_be_two_outputs_when_asked() -> None:
    data = prepare(table(a=[1, 2, 3], y=[0, 1, 0]), features=["a"], target="y", task="multiclass")
    assert data.y.tolist() == [[1, 0], [0, 1], [1, 0]]


def test_a_target_within_0_and_1_stays_without_scaling() -> None:
    small = table(a=[1, 2, 3], y=[0.25, 0.5, 0.75])
    assert prepare(small, features=["a"], target="y", scaling="none").y[:, 0].tolist() == [
        0.25, 0.5, 0.75,
    ]  # fmt: skip
    stays = plan(small, features=["a"], target="y", scaling="none").columns[1]
    assert (stays.becomes, stays.sentence) == (
        "numeric",
        "y lies between 0 and 1 and is not scaled",
    )
    outside = table(a=[1, 2, 3], y=[0.25, 0.5, 1.25])
    assert prepare(outside, features=["a"], target="y", scaling="none").y.max() == 1
    assert prepare(small, features=["a"], target="y").y[:, 0].tolist() == [0, 0.5, 1]
    assert prepare(small, features=["a"], target="y").labels([[0.5]]) == []


# Scaling.


def test_scaling_is_fitted_on_the_training_rows_only() -> None:
    frame = numbers().frame
    data = prepare(Table(frame), features=["a", "b"], target="y")
    assert data.X_val is not None
    assert data.y_val is not None
    training = frame[["a", "b"]].to_numpy()[data.rows]
    mean, deviation = training.mean(axis=0), training.std(axis=0)
    np.testing.assert_allclose(data.X, (training - mean) / deviation, rtol=0, atol=1e-13)
    held = frame[["a", "b"]].to_numpy()[data.rows_val]
    np.testing.assert_allclose(data.X_val, (held - mean) / deviation, rtol=0, atol=1e-13)
    y = frame["y"].to_numpy()
    low, high = y[data.rows].min(), y[data.rows].max()
    np.testing.assert_allclose(data.y_val[:, 0], (y[data.rows_val] - low) / (high - low))
    assert data.y.min() == 0
    assert data.y.max() == 1


def test_changed_validation_values_leave_the_training_rows_alone() -> None:
    frame = numbers().frame
    before = prepare(Table(frame), features=["a"], target="y")
    moved = frame.copy()
    moved.loc[before.rows_val, ["a", "y"]] = 1e6
    after = prepare(Table(moved), features=["a"], target="y")
    assert (after.X == before.X).all()
    assert (after.y == before.y).all()
    assert after.y_val is not None
    assert after.y_val.min() > 1


def test_categories_are_never_scaled() -> None:
    data = prepare(numbers(), features=["kind", "a"], target="y")
    assert set(np.unique(data.X[:, :3])) == {0.0, 1.0}
    assert (data.X[:, :3].sum(axis=1) == 1).all()


_FINITE = st.floats(-1e150, 1e150, allow_subnormal=True)


@settings(max_examples=100, deadline=None)
@given(X=arrays(np.float64, st.tuples(st.integers(2, 30), st.just(2)), elements=_FINITE))
def test_without_scaling_no_bit_of_x_changes(X: np.ndarray) -> None:
    if len(np.unique(X[:, 0])) < 2:
        return
    y = np.arange(len(X)) % 2
    data = prepare(table(a=X[:, 0], y=y), features=["a"], target="y", scaling="none")
    assert data.X.tobytes() == np.ascontiguousarray(X[data.rows, :1]).tobytes()
    assert data.unscale_X(data.X).tobytes() == data.X.tobytes()
    assert data.scale_X(data.X).tobytes() == data.X.tobytes()


@settings(max_examples=150, deadline=None)
@given(
    column=arrays(np.float64, st.integers(2, 30), elements=_FINITE),
    scaling=st.sampled_from(["standard", "minmax"]),
)
def test_scaling_is_finite_and_can_be_undone(column: np.ndarray, scaling: encoding.Scaling) -> None:
    scaler = encoding.fit_scaler(column[:, None], scaling)
    scaled = scaler.apply(column[:, None])
    assert np.isfinite(scaled).all()
    assert np.abs(scaled).max() <= np.sqrt(len(column)) * (1 + 1e-9)
    span = column.max() - column.min()
    reach = max(np.abs(column).max(), span)
    np.testing.assert_allclose(scaler.undo(scaled)[:, 0], column, rtol=0, atol=4e-15 * reach)


def test_a_column_constant_in_training_is_not_divided_by_zero() -> None:
    frame = numbers().frame
    rows = prepare(Table(frame), features=["a"], target="y").rows
    frame["c"] = 1.0
    frame.loc[rows, "c"] = 0.1
    data = prepare(Table(frame), features=["a", "c"], target="y")
    assert (data.X[:, 1] == 0).all()
    assert told(data, "c is constant in the training rows") == 1


def test_the_scaler_does_not_lose_tiny_or_huge_columns() -> None:
    for size in (1e-300, 5e-324, 1e150):
        column = np.array([[0.0], [size], [0.0], [size]])
        scaled = encoding.fit_scaler(column, "standard").apply(column)
        assert scaled[:, 0].tolist() == [-1, 1, -1, 1] or size == 5e-324
        assert np.isfinite(scaled).all()


# Missing values and columns that are no use.


def test_rows_with_missing_values_are_left_out_and_told() -> None:
    holes = read_csv(b"a,b,y\n1,x,0\n,x,1\n3,NA,1\n4,z,?\n5,x,1\n7,,0\n", name="f.csv")
    data = prepare(holes, features=["a"], target="y")
    assert data.rows.tolist() == [0, 2, 4, 5]
    notice = data.notices[0]
    assert "2 rows of 6 left out" in notice.message
    assert (notice.count, notice.lines) == (2, (3, 5))
    assert prepare(holes, features=["a", "b"], target="y").rows.tolist() == [0, 4]


def test_many_columns_with_gaps_are_told_shortly() -> None:
    columns = {f"c{i}": [np.nan, 1.0, 2.0, 3.0] for i in range(7)}
    data = prepare(table(**columns, y=[0, 1, 0, 1]), features=list(columns), target="y")
    assert told(data, "c4: 1 and 2 more columns") == 1


def test_unusable_features_are_dropped_and_told() -> None:
    rows = MAX_CLASSES + 10
    wide = table(
        a=range(rows),
        same=[7] * rows,
        none=[np.nan] * rows,
        words=[f"w{i}" for i in range(rows)],
        y=[0, 1] * (rows // 2),
    )
    data = prepare(wide, features=["a", "same", "none", "words"], target="y")
    assert data.feature_names == ("a",)
    assert data.features == ("a",)
    told(data, "Column “same” is constant, so it is not used")
    told(data, "Column “none” is empty, so it is not used")
    told(data, "Column “words” is text with 60 distinct values")
    sentence = refused(wide, features=["same", "none"], target="y")
    assert "“same” is constant; “none” is empty" in sentence


def test_constant_numbers_are_inputs_if_they_shall_be() -> None:
    image = table(edge=[0] * 4, name=["a"] * 4, ink=[1, 2, 3, 4], y=[0, 1, 0, 1])
    data = prepare(image, features=["edge", "name", "ink"], target="y", keep_constant=True)
    assert data.feature_names == ("edge", "ink")
    assert data.X[:, 0].tolist() == [0] * 4
    told(data, "Column “name” is constant, so it is not used")
    told(data, "edge is constant in the training rows")
    assert "keep_constant must be" in refused(
        image, features=["ink"], target="y", keep_constant="yes"
    )


# The split.


def test_fewer_than_20_rows_are_not_split() -> None:
    data = prepare(numbers(19), features=["a"], target="y")
    assert data.X_val is None
    assert len(data.X) == 19
    told(data, "19 rows are fewer than 20")
    asked = prepare(numbers(19), features=["a"], target="y", validation=0)
    assert not any("fewer than 20" in notice.message for notice in asked.notices)
    held = prepare(numbers(20), features=["a"], target="y")
    assert held.X_val is not None
    assert len(held.X_val) == 4
    assert prepare(numbers(20), features=["a"], target="y", validation=0.0).X_val is None


def test_rows_lead_back_to_the_table() -> None:
    source = numbers()
    data = prepare(source, features=["a"], target="y", scaling="none")
    assert data.X_val is not None
    assert sorted([*data.rows, *data.rows_val]) == list(range(40))
    assert (np.diff(data.rows) > 0).all()
    assert data.X[:, 0].tolist() == source.frame["a"].iloc[data.rows].tolist()
    assert data.X_val[:, 0].tolist() == source.frame["a"].iloc[data.rows_val].tolist()


@settings(max_examples=100, deadline=None)
@given(
    classes=st.lists(st.integers(0, 4), min_size=20, max_size=120),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 2**64 - 1),
)
def test_the_split_is_stratified_and_seeded(classes: list[int], share: float, seed: int) -> None:
    codes = np.unique(classes, return_inverse=True)[1]
    train, held = encoding.train_validation_split(codes, share, seed)
    assert sorted([*train, *held]) == list(range(len(codes)))
    sizes, taken = Counter(codes.tolist()), Counter(codes[held].tolist())
    for label, size in sizes.items():
        assert taken[label] < size
        assert abs(taken[label] - size * share) < 1 or taken[label] == size - 1
    assert len(held) <= round(len(codes) * share)
    again = encoding.train_validation_split(codes, share, seed)
    assert (again[0] == train).all()


def test_another_seed_splits_otherwise() -> None:
    splits = {
        tuple(prepare(numbers(), features=["a"], target="y", seed=seed).rows_val)
        for seed in range(20)
    }
    assert len(splits) == 20


def test_the_split_of_seed_0_is_pinned() -> None:
    _, held = encoding.train_validation_split(np.zeros(20, np.intp), 0.2, 0)
    expected = np.random.Generator(np.random.Philox(key=0)).permutation(20)[:4]
    assert held.tolist() == sorted(expected.tolist())


# The plan and the first guess.


def test_the_plan_says_what_becomes_of_each_column() -> None:
    source = numbers()
    columns = {c.name: c for c in plan(source, features=["a", "kind"], target="y").columns}
    assert list(columns) == ["a", "b", "kind", "y"]
    assert (columns["a"].role, columns["a"].becomes) == ("feature", "numeric")
    assert (columns["b"].role, columns["b"].becomes, columns["b"].makes) == (
        "unused",
        "unused",
        (),
    )
    assert columns["kind"].becomes == "one-hot"
    assert columns["kind"].makes == ("kind = x", "kind = y", "kind = z")
    assert "3 categories" in columns["kind"].sentence
    assert (columns["y"].role, columns["y"].becomes) == ("target", "scaled to [0, 1]")
    assert plan(source, features=["a"], target="kind").columns[2].becomes == "classes"


def test_the_plan_and_the_dataset_agree() -> None:
    source = numbers()
    planned = plan(source, features=["a", "kind"], target="y")
    data = prepare(source, features=["a", "kind"], target="y")
    assert planned.feature_names == data.feature_names
    assert planned.output_names == data.output_names
    assert planned.task == data.task
    assert sorted([*data.rows, *data.rows_val]) == planned.rows.tolist()


def test_the_guess_takes_the_last_column_and_says_so() -> None:
    roles = guess_roles(numbers())
    assert roles.target == "y"
    assert roles.features == ("a", "b", "kind")
    assert roles.task == "regression"
    assert roles.reason.startswith("Target: y, the last column; it has 40 distinct values")
    assert roles.reason.endswith("so this is a regression.")


def test_the_guess_knows_a_target_by_its_name() -> None:
    roles = guess_roles(table(species=["a", "b", "c", "a"], size=[1.5, 2, 3, 5]))
    assert roles.target == "species"
    assert "by its name; it has 3 distinct values, so this is a classification" in roles.reason


def test_the_guess_leaves_out_what_carries_nothing() -> None:
    rows = 60
    source = table(
        id=range(rows),
        a=np.linspace(0, 1, rows) ** 2,
        same=[1] * rows,
        holes=[1.0, 2.0] + [np.nan] * (rows - 2),
        y=[0, 1] * (rows // 2),
        note=[f"n{i}" for i in range(rows)],
    )
    roles = guess_roles(source)
    assert roles.features == ("a",)
    assert roles.target == "y"
    assert "the last possible column" in roles.reason or "by its name" in roles.reason
    left_out = "id (all values differ, like an identifier), same (constant), holes (mostly "
    left_out += "missing), note (free text)"
    assert roles.reason.endswith(f"Not selected at first: {left_out}.")


def test_the_guess_sees_row_names_but_keeps_small_counts() -> None:
    rows = read_csv(b'"","a","y"\n"1",0.5,0\n"2",0.7,1\n"3",0.1,1\n"4",0.2,0\n"5",0.3,1\n')
    assert guess_roles(rows).features == ("a",)
    names = table(name=["p", "q", "r", "s", "t"], a=[1, 5, 2, 6, 3], y=[0, 1, 0, 1, 0])
    assert guess_roles(names).features == ("a",)
    hours = table(hours=[1, 2, 3, 4, 5], score=[2.0, 4.0, 5.5, 8.0, 9.0])
    assert guess_roles(hours).features == ("hours",)
    assert guess_roles(table(id=[1, 2, 3, 4, 5], y=[0, 1, 0, 1, 0])).features == ("id",)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": ["x", "y"], "b": ["u", "v"]}, "no numeric column: all 2 columns are text"),
        ({"a": [1, 1], "b": [2, 2]}, "no column that could be a target"),
        ({"a": [1, 1], "b": [2, 3]}, "no usable feature besides “b”"),
        ({"a": [1, 2], "y": [3, 3]}, "both a feature and a target are needed: “y” is constant."),
    ],
)
def test_a_guess_that_cannot_be_made_says_why(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(DatasetError, match=r"^f\.csv has") as caught:
        guess_roles(table(**columns))
    assert words in str(caught.value)


# What cannot be trained on.


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"features": []}, "No feature is chosen"),
        ({"features": ["y"]}, "both target and feature"),
        ({"features": ["zz"]}, "f.csv has no column “zz”"),
        ({"target": "zz"}, "f.csv has no column “zz”"),
        ({"target": "same"}, "“same” is 7 in every usable row"),
        ({"target": "words", "task": "regression"}, "is text, which a regression cannot predict"),
        ({"target": "words"}, "has 60 classes, more than the maximum of 50"),
        (
            {"target": "words", "task": "binary"},
            "has 60 distinct values, but a binary task has two",
        ),
        ({"task": "magic"}, "task 'magic' is not one of"),
        ({"scaling": "magic"}, "scaling 'magic' is not one of"),
        ({"validation": 1.0}, "validation must be from 0 to 0.9, not 1.0"),
        ({"validation": float("nan")}, "validation must be from 0 to 0.9, not nan"),
        ({"seed": -1}, "seed must be from 0 to 2⁶⁴ − 1, not -1"),
        ({"features": ["hollow"]}, "0 rows with a value in every chosen column (missing values"),
        ({"features": ["huge"]}, "“huge” holds 1e+200 in line 2"),
    ],
)
def test_refusals_are_one_sentence(options: dict[str, Any], words: str) -> None:
    rows = 60
    source = table(
        a=range(rows),
        same=[7] * rows,
        words=[f"w{i}" for i in range(rows)],
        hollow=[1.0, 2.0] + [np.nan] * (rows - 2),
        huge=[1e200] + [0.0] * (rows - 1),
        y=[np.nan] * 2 + [0.0, 1.0] * (rows // 2 - 1),
    )
    if options.get("features") == ["huge"]:
        source = table(huge=[1e200, 1.0], y=[0, 1])
    assert words in refused(source, **({"features": ["a"], "target": "y"} | options))


def test_one_usable_row_is_refused() -> None:
    assert "1 row with" in refused(
        table(a=[1.0, np.nan, 2.0], y=[0, 1, np.nan]), features=["a"], target="y"
    )


def test_no_numeric_column_is_refused() -> None:
    text = table(a=["x", "y", "x"], y=["u", "v", "v"])
    assert "no numeric column" in refused(text, features=["a"], target="y")


def test_too_many_numbers_are_refused_before_they_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preparation, "MAX_CELLS", 100)
    assert "40 rows × 4 inputs" in refused(numbers(), features=["a", "kind"], target="y")


def test_a_single_feature_may_be_given_as_a_string() -> None:
    assert prepare(numbers(), features="a", target="y").features == ("a",)


# Numbers typed in from an exercise.


def test_an_exercise_is_used_exactly_as_typed() -> None:
    # Mazur's worked example: one sample, two inputs, two outputs
    data = from_exercise([[0.05, 0.10]], [[0.01, 0.99]])
    assert data.X.tolist() == [[0.05, 0.10]]
    assert data.y.tolist() == [[0.01, 0.99]]
    assert (data.task, data.scaling) == ("regression", "none")
    assert data.feature_names == ("x1", "x2")
    assert data.output_names == ("y1", "y2")
    assert data.X_val is None
    assert data.notices == ()
    assert data.raw_row(0).to_dict() == {"x1": 0.05, "x2": 0.1, "y1": 0.01, "y2": 0.99}
    assert data.unscale_y([[0.3, 0.4]]).tolist() == [[0.3, 0.4]]
    assert data.raw_X.tolist() == data.X.tolist()
    assert data.raw_y.tolist() == data.y.tolist()
    assert not data.y.flags.writeable


@pytest.mark.parametrize(
    ("y", "task", "classes"),
    [
        ([0, 1], "binary", ("0", "1")),
        ([[1], [1]], "binary", ("0", "1")),
        ([[1, 0], [0, 1]], "regression", ()),
        ([[1, 1], [0, 1]], "regression", ()),
        ([0.5, 1], "regression", ()),
    ],
)
def test_an_exercise_finds_its_task(y: Any, task: str, classes: tuple[str, ...]) -> None:
    data = from_exercise([[1, 2], [3, 4]], y)
    assert (data.task, data.classes) == (task, classes)
    assert data.y.tolist() == np.array(y, float).reshape(2, -1).tolist()
    assert data.target_names == data.output_names


def test_an_exercise_beyond_a_sigmoid_is_told() -> None:
    data = from_exercise([1, 2, 3], [0.5, 1.5, -1], ["hours"], ["score"])
    assert data.feature_names == ("hours",)
    notice = data.notices[0]
    assert "sigmoid" in notice.message
    assert (notice.count, notice.lines) == (2, (2, 3))


@pytest.mark.parametrize(
    ("X", "y", "names", "words"),
    [
        ([[1, 2]], [1, 2], None, "X has 1 row but y has 2"),
        ([], [], None, "X is empty"),
        ([[[1]]], [1], None, "X is empty or not a table"),
        ([[1, "x"]], [1], None, "X has a cell that is not a number"),
        ([[1, 2], [3]], [1, 2], None, "X has a cell that is not a number"),
        ([[1, 2]], [np.nan], None, "y has no usable number in row 1, column 1"),
        ([[1, np.inf]], [1], None, "X has no usable number in row 1, column 2"),
        ([[1, 2]], [1], ["a"], "X has 2 columns but 1 name"),
        ([[1, 2]], [1], ["a", "a"], "same name"),
    ],
)
def test_an_exercise_that_does_not_fit_says_why(X: Any, y: Any, names: Any, words: str) -> None:
    with pytest.raises(DatasetError) as caught:
        from_exercise(X, y, names)
    assert words in str(caught.value)
