import numpy as np
import pytest

from core.losses import LOSSES, half_mse, half_mse_slope

Y = np.array([[1.0, 0.0], [0.0, 1.0]])
Y_HAT = np.array([[0.75, 0.5], [0.25, 0.5]])


def test_half_mse_by_hand() -> None:
    # errors y − ŷ: 0.25, −0.5, −0.25, 0.5; squares 0.0625 + 0.25 + 0.0625 + 0.25 = 0.625
    # C = 0.625 / (2 · 2)
    assert half_mse(Y, Y_HAT) == 0.15625


def test_half_mse_is_a_mean_over_samples_and_a_sum_over_outputs() -> None:
    twice = half_mse(np.vstack([Y, Y]), np.vstack([Y_HAT, Y_HAT]))
    wide = half_mse(np.hstack([Y, Y]), np.hstack([Y_HAT, Y_HAT]))
    assert twice == half_mse(Y, Y_HAT)
    assert wide == 2 * half_mse(Y, Y_HAT)


def test_half_mse_slope_by_hand() -> None:
    # −(y − ŷ) / 2
    np.testing.assert_array_equal(half_mse_slope(Y, Y_HAT), [[-0.125, 0.25], [0.125, -0.25]])


@pytest.mark.parametrize("name", LOSSES)
def test_slope_is_the_derivative_of_the_value(name: str) -> None:
    loss, h = LOSSES[name], 1e-6
    slope = loss.slope(Y, Y_HAT)
    for index in np.ndindex(Y_HAT.shape):
        step = np.zeros_like(Y_HAT)
        step[index] = h
        rise = loss.value(Y, Y_HAT + step) - loss.value(Y, Y_HAT - step)
        assert rise / (2 * h) == pytest.approx(slope[index], rel=1e-8)
