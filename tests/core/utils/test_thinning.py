"""Downsampling for display."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.utils.thinning import (
    MOST_CELLS,
    block_means,
    block_sizes,
    blocks_of,
    evenly_spaced,
    min_max_indices,
    random_sample,
)

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("count", "most", "indices"),
    [(4, 10, [0, 1, 2, 3]), (10, 10, range(10)), (1001, 11, range(0, 1001, 100)), (6, 2, [0, 5])],
)
def test_samples_are_all_or_evenly_spaced(count: int, most: int, indices: object) -> None:
    np.testing.assert_array_equal(evenly_spaced(count, most), indices)


def test_random_samples_are_all_or_the_same_ones_each_time() -> None:
    np.testing.assert_array_equal(random_sample(5, 5), range(5))
    picks = random_sample(1000, 50)
    np.testing.assert_array_equal(picks, random_sample(1000, 50))
    assert len(picks) == 50 == len({*picks.tolist()})
    assert (np.diff(picks) > 0).all()


def test_a_curve_keeps_its_ends_and_the_extremes_of_its_blocks() -> None:
    values = RANDOM.uniform(1, 2, 10_000)
    values[4_321], values[1_234] = 9.0, 0.5
    kept = min_max_indices(values, 100)
    assert {0, 1_234, 4_321, 9_999} <= {*kept.tolist()}
    assert 50 <= len(kept) <= 102
    np.testing.assert_array_equal(min_max_indices(values, 10_000), np.arange(10_000))


@given(st.integers(1, 700), st.integers(1, 700))
def test_there_are_few_enough_and_no_more_than_needed(rows: int, columns: int) -> None:
    [(tall, wide)] = block_sizes([(rows, columns)])
    cells = -(-rows // tall) * -(-columns // wide)
    assert cells <= MOST_CELLS
    assert (tall, wide) == (1, 1) or cells > MOST_CELLS // 4


def test_a_matrix_that_is_not_large_is_sent_as_it_is() -> None:
    W = RANDOM.normal(size=(2, 64, 64))
    assert block_sizes([(64, 64)]) == [(1, 1)]
    assert block_means(W, (1, 1)) is W


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=1, max_size=7))
def test_matrices_share_the_cells_and_the_largest_gives_way(shapes: list[tuple[int, int]]) -> None:
    sizes = block_sizes(shapes)
    blocks = [
        -(-rows // tall) * -(-columns // wide)
        for (rows, columns), (tall, wide) in zip(shapes, sizes, strict=True)
    ]
    assert blocks_of(shapes) == sum(blocks) <= MOST_CELLS
    whole = [count for count, size in zip(blocks, sizes, strict=True) if size == (1, 1)]
    halves = [count for count, size in zip(blocks, sizes, strict=True) if size != (1, 1)]
    assert max(whole, default=0) <= 2 * min(halves, default=MOST_CELLS) + 300
    if sum(rows * columns for rows, columns in shapes) <= MOST_CELLS:
        assert not halves


def test_matrices_as_of_digits_are_halved_from_the_largest_on() -> None:
    assert block_sizes([(65, 64), (65, 32), (33, 10)]) == [(2, 2), (1, 1), (1, 1)]


@given(st.integers(60, 200), st.integers(60, 200))
def test_each_is_the_mean_of_its_cells(rows: int, columns: int) -> None:
    W = RANDOM.normal(size=(2, rows, columns))
    [(tall, wide)] = block_sizes([(rows, columns)])
    found = block_means(W, (tall, wide))
    for i in (0, found.shape[1] - 1):
        for j in (0, found.shape[2] - 1):
            cells = W[1, i * tall : (i + 1) * tall, j * wide : (j + 1) * wide]
            assert found[1, i, j] == pytest.approx(cells.mean(), rel=1e-12)
