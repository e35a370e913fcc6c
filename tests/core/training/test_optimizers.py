"""Update rules by hand, weight decay and frozen weights. `test_recorded` follows torch's own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.training.kernel import run
from core.training.optimizers import Optimizer, gradient_scale
from core.training.settings import OPTIMIZERS, Settings

Array = NDArray[np.float64]


def updated(
    settings: Settings,
    gradients: list[list[float]],
    *,
    decay: Array | None = None,
    held: Array | None = None,
) -> Array:
    """The weights (1, −2) after an update with each gradient."""
    w, g = np.array([1.0, -2.0]), np.empty(2)
    optimizer = Optimizer(settings, w, g, decay, held)
    for gradient in gradients:
        g[:] = np.array(gradient) * gradient_scale(settings)
        run(optimizer.calls)
    return w


def test_plain_descent() -> None:
    # w = (1, −2) − 0.1 · (2, 4)
    np.testing.assert_allclose(updated(Settings(0.1), [[2, 4]]), [0.8, -2.4], rtol=1e-15)


def test_momentum() -> None:
    # v = 2, w = 1 − 0.1·2 = 0.8; then v = 0.5·2 + 1 = 2, w = 0.8 − 0.1·2 = 0.6
    # v = 4, w = −2 − 0.4 = −2.4; then v = 0.5·4 + 0 = 2, w = −2.4 − 0.2 = −2.6
    settings = Settings(0.1, "momentum", momentum=0.5)
    np.testing.assert_allclose(updated(settings, [[2, 4], [1, 0]]), [0.6, -2.6], rtol=1e-14)


def test_nesterov() -> None:
    # v = 2, step = 2 + 0.5·2 = 3, w = 1 − 0.3 = 0.7; v = 0.5·2 + 1 = 2, step = 1 + 0.5·2 = 2, 0.5
    # v = 4, step = 4 + 2 = 6, w = −2.6; v = 2, step = 0 + 1 = 1, w = −2.7
    settings = Settings(0.1, "nesterov", momentum=0.5)
    np.testing.assert_allclose(updated(settings, [[2, 4], [1, 0]]), [0.5, -2.7], rtol=1e-14)


def test_rmsprop() -> None:
    # s = 0.25·g², √s = 0.5·|g|, so the step is η g / (0.5·|g| + ε) ≈ 2 η sign g
    settings = Settings(0.1, "rmsprop", alpha=0.75, epsilon=1e-12)
    np.testing.assert_allclose(updated(settings, [[2, -4]]), [0.8, -1.8], rtol=1e-10)


def test_adam_s_first_step_has_the_length_of_the_learning_rate() -> None:
    settings = Settings(0.1, "adam", epsilon=1e-12)
    np.testing.assert_allclose(updated(settings, [[2, -4]]), [0.9, -1.9], rtol=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_decay_is_a_gradient_of_its_own(name: str) -> None:
    decay = np.array([0.5, 0.0])  # the second weight is of a bias row
    with_decay = updated(Settings(0.1, name), [[2, 4]], decay=decay)
    by_hand = updated(Settings(0.1, name), [[2 + 0.5 * 1.0, 4]])
    np.testing.assert_allclose(with_decay, by_hand, rtol=1e-14)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_frozen_weight_stays_and_the_others_go_their_way(name: str) -> None:
    gradients = [[2.0, 4.0], [1.0, 3.0], [-1.0, 1.0]]
    free = updated(Settings(0.1, name), gradients)
    held = updated(Settings(0.1, name), gradients, held=np.array([1.0, 0.0]))
    assert held[1] == -2.0
    assert held[0] == free[0]
