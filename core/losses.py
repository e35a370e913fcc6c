"""Losses, each beside its derivative: the first factor of the chain rule, ∂C/∂ŷ (eq. 3)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Loss:
    """C(y, ŷ) as a number, and ∂C/∂ŷ with the shape of ŷ, both for (N, K) arrays."""

    value: Callable[[Array, Array], float]
    slope: Callable[[Array, Array], Array]


def half_mse(y: Array, y_hat: Array) -> float:
    """Eq. 1, summed over outputs: C = 1/(2N) Σᵢ Σₒ (yᵢₒ − ŷᵢₒ)²."""
    error = y - y_hat
    return float(np.vdot(error, error)) / (2 * len(y))


def half_mse_slope(y: Array, y_hat: Array) -> Array:
    """Eq. 3: ∂C/∂ŷ = −(y − ŷ) / N, shape (N, K)."""
    return -(y - y_hat) / len(y)


LOSSES = {"half_mse": Loss(half_mse, half_mse_slope)}
