"""Activations, each beside its derivative.

An activation swaps one factor of the chain rule and nothing else (DESIGN: the third factor from
the left of eq. 5 for the output, ∂Z/∂H of eq. 10 for the hidden layer).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    """σ(x) = 1 / (1 + e⁻ˣ), elementwise, for any float64 without overflow or warning.

    e is only ever raised to −|x|, which can underflow to 0 (harmless) but never overflow.
    """
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1.0, e) / (1.0 + e)


def sigmoid_slope(a: Array) -> Array:
    """σ′ written with the activation a = σ(x) itself: a (1 − a) (eq. 8)."""
    return a * (1.0 - a)


@dataclass(frozen=True)
class Activation:
    """A function and its derivative, the latter in terms of the function's value."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS = {"sigmoid": Activation(sigmoid, sigmoid_slope)}
