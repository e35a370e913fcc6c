"""Confusion, ROC and residuals, against counting by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset.metrics import (
    Residuals,
    accuracy,
    base_rate,
    class_indices,
    class_scores,
    confusion,
    residuals,
    roc,
    score,
)
from core.dataset.preparation import prepare
from core.dataset.samples import prepare_sample

CALLS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40)
FEW_SCORES = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])  # so that many are tied
RANKED = st.lists(st.tuples(st.booleans(), FEW_SCORES), min_size=2, max_size=40).filter(
    lambda rows: len({positive for positive, _ in rows}) == 2
)


def columns(rows: list[Any]) -> tuple[Any, Any]:
    return tuple(zip(*rows, strict=True)) or ((), ())  # type: ignore[return-value]


# Classes


def test_a_confusion_matrix_by_hand() -> None:
    table = confusion([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], 3)
    assert table.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert accuracy(table) == 4 / 6
    scores = class_scores(table)
    assert scores.rows.tolist() == [3, 2, 1]
    assert scores.precision.tolist() == [1, 1 / 2, 1 / 2]
    assert scores.recall.tolist() == [2 / 3, 1 / 2, 1]
    assert scores.f1 == pytest.approx([4 / 5, 1 / 2, 2 / 3], abs=1e-15)


def test_the_base_rate_is_the_accuracy_of_the_training_rows_commonest_class() -> None:
    table = pd.DataFrame({"x": range(40), "y": ["a"] * 10 + ["b"] * 26 + ["c"] * 4})
    data = prepare(table, features=["x"], target="y")
    assert base_rate(data, data.y) == ("b", np.mean(class_indices(data.y) == 1))
    assert base_rate(data, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]) == ("b", 1 / 4)
    halves = prepare_sample("xor")
    assert base_rate(halves, halves.y) == ("0", 1 / 2)
    with pytest.raises(ValueError, match="a regression has no base rate"):
        base_rate(prepare(table, features=["y"], target="x", task="regression"), [[0.5]])


@given(CALLS)
def test_every_cell_counts_its_pairs(rows: list[tuple[int, int]]) -> None:
    table = confusion(*columns(rows), 4)
    assert [[rows.count((i, k)) for k in range(4)] for i in range(4)] == table.tolist()
    scores = class_scores(table)
    for k in range(4):
        both = scores.precision[k] + scores.recall[k]
        if both > 0:
            harmonic = 2 * scores.precision[k] * scores.recall[k] / both
            assert scores.f1[k] == pytest.approx(harmonic)


def test_what_has_nothing_to_divide_by_is_nan() -> None:
    scores = class_scores(confusion([0, 0], [0, 0], 2))
    assert np.isnan([scores.precision[1], scores.recall[1], scores.f1[1]]).all()
    assert np.isnan(accuracy(confusion([], [], 2)))


@pytest.mark.parametrize(
    ("actual", "predicted", "words"),
    [
        ([0, 1], [0], "2 actual classes, but 1 predicted"),
        ([0, 2], [0, 1], "between 0 and 1"),
        ([0, -1], [0, 1], "between 0 and 1"),
        ([0, 1], [0, 2], "between 0 and 1"),
    ],
)
def test_what_cannot_be_counted_is_refused(actual: Any, predicted: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        confusion(actual, predicted, 2)


def test_outputs_stand_for_classes() -> None:
    assert class_indices([[0.5], [np.nextafter(0.5, 0)]]).tolist() == [1, 0]
    assert class_indices([[0.1, 0.3, 0.3], [0.9, 0.3, 0.1]]).tolist() == [1, 0]


# ROC


def test_a_curve_by_hand() -> None:
    curve = roc([1, 1, 0, 1, 0], [0.9, 0.7, 0.7, 0.4, 0.1])
    assert curve.thresholds.tolist() == [np.inf, 0.9, 0.7, 0.4, 0.1]
    assert curve.true_positive == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])
    assert curve.false_positive.tolist() == [0, 0, 0.5, 0.5, 1]
    # Of 3 × 2 pairs the positive is ahead in 4, and tied in 1.
    assert curve.auc == 4.5 / 6


@given(RANKED)
def test_the_area_is_mann_whitney_s_u(rows: list[tuple[bool, float]]) -> None:
    ups = [score for positive, score in rows if positive]
    downs = [score for positive, score in rows if not positive]
    wins = sum((up > down) + (up == down) / 2 for up in ups for down in downs)
    curve = roc(*columns(rows))
    assert curve.auc == wins / (len(ups) * len(downs))
    under = np.trapezoid(curve.true_positive, curve.false_positive)
    assert under == pytest.approx(curve.auc, abs=1e-14)


@given(RANKED)
def test_each_point_counts_those_at_or_above_its_threshold(rows: list[tuple[bool, float]]) -> None:
    positive, scores = map(np.array, columns(rows))
    curve = roc(positive, scores)
    for k, threshold in enumerate(curve.thresholds):
        called = scores >= threshold
        assert curve.true_positive[k] == called[positive].mean()
        assert curve.false_positive[k] == called[~positive].mean()
    assert (curve.false_positive[-1], curve.true_positive[-1]) == (1, 1)
    assert len(curve.thresholds) == len(set(scores)) + 1


def test_a_curve_needs_both_kinds_and_numbers() -> None:
    with pytest.raises(ValueError, match="all are of one"):
        roc([True, True], [0.1, 0.2])
    with pytest.raises(ValueError, match="NaN"):
        roc([True, False], [0.1, np.nan])


# Residuals


def test_residuals_by_hand() -> None:
    found = Residuals(np.array([[1.0], [2.0], [6.0]]), np.array([[2.0], [2.0], [4.0]]))
    assert found.errors.ravel().tolist() == [-1, 0, 2]
    assert found.mae == pytest.approx([1.0])
    assert found.rmse == pytest.approx([np.sqrt(5 / 3)])
    assert found.r2 == pytest.approx([1 - 5 / 14])  # Σ (y − 3)² = 4 + 1 + 9


def test_of_several_outputs_each_has_its_own() -> None:
    actual = np.array([[0.0, 5.0], [1.0, 5.0]])
    found = Residuals(actual, actual + np.array([0, 1]))
    assert found.rmse.tolist() == [0, 1]
    assert found.r2[0] == 1
    assert np.isnan(found.r2[1])  # constant


def test_large_errors_do_not_overflow() -> None:
    found = Residuals(np.array([[1e200], [-1e200]]), np.zeros((2, 1)))
    assert found.rmse == pytest.approx([1e200])
    assert found.r2 == pytest.approx([0.0])


def test_they_are_in_the_target_s_own_units() -> None:
    data = prepare_sample("auto_mpg")
    found = residuals(data, data.y, np.full_like(data.y, 0.5))
    np.testing.assert_allclose(found.actual, data.raw_y, rtol=1e-14)
    middle = (data.raw_y.min() + data.raw_y.max()) / 2
    np.testing.assert_allclose(found.predicted, middle)
    assert found.mae[0] == pytest.approx(np.abs(data.raw_y - middle).mean())


def test_the_score_is_the_accuracy_or_r2() -> None:
    y, y_hat = np.array([[0.0], [1.0], [1.0], [0.0]]), np.array([[0.6], [0.5], [0.8], [0.1]])
    assert score("binary", y, y_hat) == 0.75
    assert score("regression", y, y) == 1.0
    assert score("regression", y, np.full_like(y, y.mean())) == 0.0
    one_hot = np.eye(3)
    assert score("multiclass", one_hot, one_hot[[0, 1, 1]]) == pytest.approx(2 / 3)
    assert np.isnan(score("binary", y[:0], y_hat[:0]))
    assert np.isnan(score("regression", np.ones((3, 1)), np.ones((3, 1))))


def test_a_score_of_an_unknown_task_or_of_two_shapes_is_refused() -> None:
    y = np.ones((3, 1))
    with pytest.raises(ValueError, match="unknown task"):
        score("nonsense", y, y)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="different shapes"):
        score("binary", y, np.ones((2, 1)))
