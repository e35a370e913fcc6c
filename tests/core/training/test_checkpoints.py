from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.training.checkpoints import BUDGET, RECENT_BUDGET, Checkpoints, RecentEpochs

SIZE = 3  # numbers of a row
ROW = 8 * SIZE  # bytes


def _fill(row: NDArray[np.float64], epoch: int) -> None:
    row[:] = epoch


def store(checkpoints: Checkpoints, epoch: int, value: int | None = None) -> None:
    """Offer the row (e, 10 e, −e) of an epoch, as a run does; `value` stands in for e."""
    e = epoch if value is None else value

    def write(row: np.ndarray) -> None:
        row[:SIZE] = e, 10 * e, -e

    if epoch == checkpoints.due:
        checkpoints.store(write)


def checkpoints_until(epochs: int, rows: int) -> Checkpoints:
    """Room for `rows` rows, after the epochs 0 to `epochs`."""
    checkpoints = Checkpoints(SIZE, 10_000, budget=rows * ROW)
    for epoch in range(epochs + 1):
        store(checkpoints, epoch)
    return checkpoints


def test_every_epoch_is_kept_while_there_is_room() -> None:
    checkpoints = checkpoints_until(7, rows=8)
    for epoch in range(8):
        kept, weights = checkpoints.at_or_before(epoch)
        assert kept == epoch
        np.testing.assert_array_equal(weights, [epoch, 10 * epoch, -epoch])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 300), st.integers(2, 20))
def test_thinned_every_epoch_has_one_kept_within_a_stride(epochs: int, rows: int) -> None:
    checkpoints = checkpoints_until(epochs, rows)
    for epoch in range(epochs + 1):
        kept, weights = checkpoints.at_or_before(epoch)
        assert epoch - checkpoints.stride < kept <= epoch
        np.testing.assert_array_equal(weights, [kept, 10 * kept, -kept])


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 300), st.integers(2, 20))
def test_no_more_is_dropped_than_the_room_demands(epochs: int, rows: int) -> None:
    checkpoints = checkpoints_until(epochs, rows)
    assert checkpoints.stride == 1 or epochs // (checkpoints.stride // 2) + 1 > rows


def test_the_budget_bounds_the_bytes_and_the_run_s_length_does_too() -> None:
    assert Checkpoints(SIZE, 10_000_000, budget=1000).nbytes <= 1000
    assert Checkpoints(SIZE, 5, budget=1_000_000).nbytes == 5 * ROW


def test_the_default_budget_is_64_mb() -> None:
    assert Checkpoints(SIZE, 10_000_000).nbytes <= 64 * 2**20


def test_a_copy_goes_its_own_way() -> None:
    original = checkpoints_until(6, rows=10)
    copy = original.copy_until(4, 10_000, SIZE)
    for epoch in range(4, 7):
        store(copy, epoch, -epoch)
    assert original.at_or_before(5)[1][0] == 5
    assert copy.at_or_before(5)[1][0] == -5
    assert copy.at_or_before(3)[1][0] == 3


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 200), st.integers(2, 12), st.data())
def test_a_copy_for_another_length_still_holds_its_epochs(
    epochs: int, rows: int, data: st.DataObject
) -> None:
    until = data.draw(st.integers(0, epochs))
    length = data.draw(st.integers(until, 2 * epochs))
    copy = checkpoints_until(epochs, rows).copy_until(until, length + 1, SIZE)
    for epoch in range(until, length + 1):
        store(copy, epoch)
    for epoch in range(length + 1):
        kept, weights = copy.at_or_before(epoch)
        assert epoch - copy.stride < kept <= epoch
        assert weights[0] == kept


@pytest.mark.parametrize("epochs", [0, 1])
def test_the_shortest_runs(epochs: int) -> None:
    checkpoints = Checkpoints(SIZE, epochs + 1, budget=ROW)
    for epoch in range(epochs + 1):
        store(checkpoints, epoch)
    assert checkpoints.at_or_before(epochs)[0] == epochs


@pytest.mark.parametrize(("first", "count"), [(0, 1), (0, 4), (0, 5), (7, 2), (7, 23)])
def test_the_latest_rows_are_there_and_no_others(first: int, count: int) -> None:
    latest = RecentEpochs(SIZE, first, budget=4 * ROW)
    assert latest.at_or_before(10**6) is None
    for epoch in range(first, first + count):
        latest.store(partial(_fill, epoch=epoch))
    last = first + count - 1
    for epoch in range(last + 3):
        found = latest.at_or_before(epoch)
        if epoch < max(first, last - 3):
            assert found is None
        else:
            assert found is not None
            assert found[0] == min(epoch, last)
            np.testing.assert_array_equal(found[1], found[0])


def test_the_latest_rows_and_the_others_share_the_budget() -> None:
    assert 0 < RECENT_BUDGET < BUDGET == 64 * 2**20
    assert RecentEpochs(10**5, 0).nbytes <= RECENT_BUDGET
