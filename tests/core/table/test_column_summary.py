"""Summaries of columns against NumPy and pandas, and on columns with nothing usual in them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset.samples import load
from core.table.column_summary import (
    MOST_FREQUENT,
    NumericSummary,
    class_counts,
    correlations,
    summarize,
)
from tests.bounds import assert_ratio

NAN, INF = float("nan"), float("inf")
numbers_of_any_size = st.lists(
    st.floats(allow_subnormal=False) | st.integers(-5, 5).map(float), min_size=1, max_size=40
)


def numbers(values: list[float] | pd.Series, bins: int = 20) -> NumericSummary:
    found = summarize(pd.Series(values), bins).numbers
    assert found is not None
    return found


# One column


@pytest.mark.parametrize("column", ["mpg", "cylinders", "horsepower"])
def test_a_column_of_numbers_is_what_numpy_says(column: str) -> None:
    values = load("auto_mpg").frame[column]
    known = values.dropna().to_numpy(np.float64)
    found = summarize(values)
    assert (found.kind, found.name, found.rows) == ("numeric", column, 398)
    assert found.missing == values.isna().sum()
    assert found.missing_share == values.isna().mean()
    assert found.distinct == values.nunique()
    told = numbers(values)
    quartiles = (told.lower_quartile, told.median, told.upper_quartile)
    assert quartiles == pytest.approx(np.quantile(known, [0.25, 0.5, 0.75]), rel=1e-14)
    assert (told.low, told.high) == (known.min(), known.max())
    assert told.mean == pytest.approx(known.mean(), rel=1e-14)
    counts, _ = np.histogram(known, told.edges)
    assert told.counts.tolist() == counts.tolist()
    np.testing.assert_allclose(told.edges, np.histogram_bin_edges(known, 20), rtol=1e-14)


def test_a_column_of_text_is_what_a_counter_says() -> None:
    values = load("penguins").frame["island"]
    found = summarize(values)
    assert (found.kind, found.distinct, found.numbers) == ("text", 3, None)
    assert list(found.frequent) == Counter(values).most_common()


def test_of_many_categories_the_most_frequent_are_told() -> None:
    names = [f"n{k}" for k in range(100) for _ in range(k + 1)]
    found = summarize(pd.Series(names))
    assert found.distinct == 100
    assert found.frequent == tuple((f"n{k}", k + 1) for k in range(99, 99 - MOST_FREQUENT, -1))


def test_a_column_without_a_value_is_empty() -> None:
    for values in (pd.Series([NAN, NAN]), pd.Series([None, None], dtype="str")):
        found = summarize(values)
        assert (found.kind, found.missing_share, found.distinct) == ("empty", 1.0, 0)
        assert (found.numbers, found.frequent) == (None, ())
    assert summarize(pd.Series([], dtype=np.float64)).missing_share == 0.0


def test_a_constant_column_has_one_bin() -> None:
    told = numbers([0.1] * 7)
    assert (told.low, told.mean, told.high) == (0.1, 0.1, 0.1)
    assert told.counts.tolist() == [7]
    assert numbers([1e16, 1e16 + 2]).counts.tolist() == [2]  # no room for twenty between them


def test_infinities_are_counted_apart() -> None:
    found = summarize(pd.Series([1.0, INF, -INF, 3.0, NAN]))
    assert (found.infinite, found.missing, found.distinct) == (2, 1, 4)
    assert numbers([1.0, INF, -INF, 3.0, NAN]).mean == 2.0
    only = summarize(pd.Series([INF, INF]))
    assert (only.kind, only.numbers, only.infinite) == ("numeric", None, 2)


def test_the_largest_numbers_do_not_overflow() -> None:
    largest = np.finfo(np.float64).max
    told = numbers([-largest, largest, largest, largest])
    assert told.counts.tolist() == [1, *[0] * 18, 3]
    assert told.mean == pytest.approx(largest / 2)
    assert told.median == largest


def test_whole_numbers_beyond_float64_are_told_apart() -> None:
    assert summarize(pd.Series([2**53, 2**53 + 1])).distinct == 2


@settings(deadline=None)
@given(numbers_of_any_size)
def test_any_column_is_summed_up_within_its_range(values: list[float]) -> None:
    found = summarize(pd.Series(values, dtype=np.float64), 7)
    finite = [value for value in values if np.isfinite(value)]
    assert found.rows == len(values)
    assert found.missing == sum(np.isnan(value) for value in values)
    assert found.distinct == pd.Series(values).nunique()
    assert found.rows == found.missing + found.infinite + len(finite)
    assert (found.numbers is None) == (not finite)
    if (told := found.numbers) is None:
        return
    order = [told.low, told.lower_quartile, told.median, told.upper_quartile, told.high]
    assert order == sorted(order)
    assert told.low <= told.mean <= told.high
    assert (told.low, told.high) == (min(finite), max(finite))
    assert told.counts.sum() == len(finite)
    assert len(told.edges) == len(told.counts) + 1
    assert np.isfinite(told.edges).all()


# The target


def test_classes_are_counted_the_most_frequent_first() -> None:
    assert class_counts(load("penguins").frame["species"]) == (
        ("Adelie", 152),
        ("Gentoo", 124),
        ("Chinstrap", 68),
    )


def test_equally_frequent_classes_stand_in_order_and_numbers_as_they_are_written() -> None:
    assert class_counts(pd.Series([2.0, 1.0, NAN, 2.0, 1.0, 0.5])) == (
        ("1", 2),
        ("2", 2),
        ("0.5", 1),
    )
    assert class_counts(pd.Series([NAN, NAN])) == ()


def test_categories_that_no_row_has_do_not_count() -> None:
    values = pd.Series(pd.Categorical(["yes", "no", "yes"], categories=["maybe", "no", "yes"]))
    assert class_counts(values) == (("yes", 2), ("no", 1))
    assert summarize(values).frequent == (("yes", 2), ("no", 1))
    assert summarize(values).distinct == 2


# Correlations


def test_correlations_are_those_of_numpy() -> None:
    frame = load("auto_mpg").frame[["mpg", "weight", "acceleration"]]
    expected = np.corrcoef(frame.to_numpy(np.float64), rowvar=False)
    np.testing.assert_allclose(correlations(frame), expected, rtol=1e-12)


def test_each_pair_is_taken_over_the_rows_that_have_both() -> None:
    frame = load("auto_mpg").frame[["horsepower", "mpg"]].copy()
    frame.loc[3, "mpg"] = INF
    both = frame["horsepower"].notna() & np.isfinite(frame["mpg"])
    expected = np.corrcoef(frame[both].to_numpy(np.float64), rowvar=False)[0, 1]
    found = correlations(frame)
    assert found[0, 1] == found[1, 0] == pytest.approx(expected, rel=1e-12)


def test_a_correlation_without_variance_is_not_defined() -> None:
    frame = pd.DataFrame({
        "x": [1.0, 2.0, 3.0],
        "constant": [0.1, 0.1, 0.1],
        "empty": [NAN, NAN, NAN],
        "one": [NAN, 5.0, NAN],
    })  # fmt: skip
    found = correlations(frame)
    assert found[0, 0] == 1.0
    found[0, 0] = NAN
    assert np.isnan(found).all()


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_a_columns_unit_changes_no_correlation(factor: float) -> None:
    frame = load("iris").frame.iloc[:, :4]
    np.testing.assert_allclose(correlations(frame * factor), correlations(frame), rtol=1e-11)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=12))
def test_any_correlation_lies_between_minus_1_and_1_or_is_not_defined(
    rows: list[tuple[float, float]],
) -> None:
    found = correlations(pd.DataFrame(rows, columns=["a", "b"], dtype=np.float64))
    assert found.shape == (2, 2)
    assert np.array_equal(found, found.T, equal_nan=True)
    assert (np.isnan(found) | (np.abs(found) <= 1)).all()


@pytest.mark.slow
def test_a_million_rows_take_a_few_times_what_pandas_does() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{k}": random.standard_normal(1_000_000) for k in range(11)})
    for ours, theirs in (
        (lambda: [summarize(frame[name]) for name in frame], frame.describe),
        (lambda: correlations(frame), frame.corr),
    ):
        assert_ratio(8, ours, theirs)  # measured: 2.4 and 2.2
