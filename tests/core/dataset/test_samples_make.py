"""Samples made anew: any size, noise and seed, the same seed the same bits."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset.samples import SAMPLES, load
from core.dataset.samples.make import MAX_ROWS, SHIPPED, csv, draw, make

NAN = float("nan")


def values(key: str, rows: int, noise: float, seed: int = 0) -> np.ndarray:
    return make(key, rows=rows, noise=noise, seed=seed).frame.to_numpy(np.float64)


@pytest.mark.parametrize("key", SHIPPED)
def test_the_shipped_recipe_gives_the_shipped_rows(key: str) -> None:
    recipe = SHIPPED[key]
    table = make(key, rows=recipe.rows, noise=recipe.noise, seed=recipe.seed)
    assert table.name == SAMPLES[key].filename
    assert table.notices == ()
    np.testing.assert_allclose(table.frame, load(key).frame, rtol=0, atol=1.01e-4)
    assert table.frame.dtypes.tolist() == load(key).frame.dtypes.tolist()


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([*SHIPPED]),
    st.integers(4, 300),
    st.floats(0, 2),
    st.integers(0, 2**32 - 1),
)
def test_the_same_seed_gives_the_same_bits_and_both_classes(
    key: str, rows: int, noise: float, seed: int
) -> None:
    made = values(key, rows, noise, seed)
    assert made.shape == (rows, 3)
    assert made.tobytes() == values(key, rows, noise, seed).tobytes()
    assert set(made[:, 2]) == {0.0, 1.0}
    assert abs(2 * made[:, 2].sum() - rows) <= 1


def test_the_stream_is_the_one_that_was_always_drawn() -> None:
    """Another machine's cosines may differ in the last bit, which four decimals do not show."""
    text = csv(draw("moons", 50, 0.2, seed=3)).encode()
    assert hashlib.sha256(text).hexdigest().startswith("0e674fbf55d01fcf")


def test_another_seed_moves_every_point() -> None:
    one, other = values("circles", 40, 0.3, 1), values("circles", 40, 0.3, 2)
    assert (one[:, :2] != other[:, :2]).all(axis=1).all()


def test_noise_is_the_deviation_from_the_noiseless_points() -> None:
    moved = values("xor", 10_000, 0.25) - values("xor", 10_000, 0.0)
    assert moved[:, :2].std() == pytest.approx(0.25, rel=0.02)
    assert moved[:, :2].mean() == pytest.approx(0, abs=0.01)
    assert not moved[:, 2].any()


def test_without_noise_the_shapes_are_exact() -> None:
    x1, x2, y = values("circles", 101, 0.0).T
    np.testing.assert_allclose(np.hypot(x1, x2), np.where(y == 0, 1, 0.5), atol=1e-4)
    x1, x2, y = values("moons", 101, 0.0).T
    assert (x2[y == 0] >= 0).all()  # an upper half circle, also of an odd number of rows
    np.testing.assert_allclose(np.hypot(x1, x2)[y == 0], 1, atol=1e-4)
    np.testing.assert_allclose(np.hypot(x1 - 1, x2 - 0.5)[y == 1], 1, atol=1e-4)
    assert values("xor", 6, 0.0).tolist() == [
        [0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 0], [0, 1, 1],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "noise", "seed", "sentence"),
    [
        (3, 0.1, 0, "rows must be from 4 to 10000, not 3"),
        (MAX_ROWS + 1, 0.1, 0, "not 10001"),
        (50, -0.1, 0, "noise must be from 0 to 2, not -0.1"),
        (50, 2.1, 0, "from 0 to 2"),
        (50, NAN, 0, "not nan"),
        (50, 0.1, -1, "seed must be from 0 to 4294967295, not"),
        (50, 0.1, 2**32, "seed must be from 0 to 4294967295, not"),
    ],
)
def test_what_cannot_be_made_is_told(rows: int, noise: float, seed: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make("moons", rows=rows, noise=noise, seed=seed)


def test_a_measured_sample_is_not_made() -> None:
    with pytest.raises(KeyError):
        make("iris", rows=50, noise=0.1)
