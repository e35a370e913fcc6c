"""Activations, each beside its slope.

An activation swaps one factor of the chain rule and nothing else: the output's swaps ∂ŷ/∂O (the
second factor of eqs. 2 and 6), the hidden layer's ∂Z/∂H (eq. 8, the fourth factor of eq. 6). Each
slope is written in terms of the activation's own value a, which the forward pass has already:

    sigmoid     a = 1 / (1 + e⁻ˣ)     a (1 − a)
    tanh        a = tanh x            1 − a²
    relu        a = max(x, 0)         1 where a > 0, else 0
    identity    a = x                 1
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


def tanh(x: Array) -> Array:
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), elementwise."""
    return np.tanh(x)


def tanh_slope(a: Array) -> Array:
    """tanh′ written with a = tanh x itself: 1 − a²."""
    with np.errstate(under="ignore"):  # of the square of a tiny a
        return 1.0 - a * a


def relu(x: Array) -> Array:
    """max(x, 0), elementwise."""
    return np.maximum(x, 0.0)


def relu_slope(a: Array) -> Array:
    """1 where a > 0, else 0. The kink at x = 0 has no derivative: 0 is taken there, as usual."""
    return np.where(a > 0, 1.0, 0.0)


def identity(x: Array) -> Array:
    """The x it is given, as an array of its own: ŷ and O are never the same memory."""
    return x.copy()


def identity_slope(a: Array) -> Array:
    """1 everywhere, in the shape of a."""
    return np.ones_like(a)


@dataclass(frozen=True)
class Activation:
    """A function and its derivative, the latter in terms of the function's value."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS = {
    "sigmoid": Activation(sigmoid, sigmoid_slope),
    "tanh": Activation(tanh, tanh_slope),
    "relu": Activation(relu, relu_slope),
    "identity": Activation(identity, identity_slope),
}
HIDDEN = ("sigmoid", "tanh", "relu")  # the derivation's first, then what is offered beside it
OUTPUT = ("sigmoid", "identity")
