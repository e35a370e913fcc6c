"""Thin curves and summaries of results."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from core.training.sweep import SweepResult
from core.training.sweep.curves import MOST, PointSummary, ThinCurve

MOST_BYTES = 64 * 2**20


def result(epochs: int, *, validated: bool = True, seed: int = 0) -> SweepResult:
    random = np.random.default_rng(seed)
    val_losses = random.random(epochs + 1) if validated else None
    return SweepResult(0, random.random(epochs + 1), val_losses, 0.5, "done")


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("epochs", [0, 1, 199, 200, 201, 5000])
def test_a_thin_curve_has_exact_ends_and_extremes(epochs: int, validated: bool) -> None:
    full = result(epochs, validated=validated)
    thin = ThinCurve.of(full)
    assert min(MOST // 2, epochs + 1) <= len(thin.epochs) <= MOST
    assert (thin.epochs[0], thin.epochs[-1]) == (0, epochs)
    assert np.array_equal(thin.losses, full.losses[thin.epochs])
    assert (thin.losses.min(), thin.losses.max()) == (full.losses.min(), full.losses.max())
    if full.val_losses is None:
        assert thin.val_losses is None
    else:
        assert thin.val_losses is not None
        assert np.array_equal(thin.val_losses, full.val_losses[thin.epochs])
        assert thin.val_losses.min() == full.val_losses.min()


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("reached", [0, 30, 999, 5000])
def test_a_thin_curve_has_the_epochs_that_are_asked_for(reached: int, validated: bool) -> None:
    """Up to where the run got: it may end before the epochs planned."""
    at = np.linspace(0, 5000, 61).round()
    full = result(reached, validated=validated)
    thin = ThinCurve.of(full, at)
    assert len(thin.epochs) <= MOST
    assert set(at[at <= reached]) <= set(thin.epochs.tolist())
    assert np.array_equal(thin.losses, full.losses[thin.epochs])
    assert (thin.losses.min(), thin.epochs[-1]) == (full.losses.min(), reached)


@pytest.mark.parametrize("at", [range(101), [-1], [0.5], [np.nan], [np.inf], ["1"], [None]])
def test_what_are_no_epochs_is_refused(at: Any) -> None:
    with pytest.raises(ValueError, match="at must be 100 epochs at most"):
        ThinCurve.of(result(5), at)


@pytest.mark.parametrize("of", [ThinCurve.of, PointSummary.of])
def test_what_is_no_result_is_refused(of: Any) -> None:
    with pytest.raises(ValueError, match="result must be a SweepResult"):
        of(None)


def test_ten_thousand_points_take_less_than_64_megabytes() -> None:
    full = result(1000)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        curves = [(ThinCurve.of(full), PointSummary.of(full)) for _ in range(500)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / len(curves) * 10_000 < MOST_BYTES
    assert curves[0][0].nbytes * 10_000 < MOST_BYTES


def test_a_summary_is_exact() -> None:
    losses = np.array([0.5, 0.25, 0.125, 0.125, 0.75])
    summary = PointSummary.of(SweepResult(3, losses, None, 0.25, "diverged"))
    assert summary == PointSummary(0.75, 0.125, 2, "diverged", 0.25, 4)


def test_a_point_that_failed_at_once_has_neither_curve_nor_numbers() -> None:
    failure = SweepResult(3, np.empty(0), None, 0.0, "failed", "there is not enough memory")
    assert not len(ThinCurve.of(failure).epochs)
    summary = PointSummary.of(failure)
    assert np.isnan([summary.final, summary.lowest]).all()
    assert (summary.ended, summary.epochs) == ("failed", 0)
