"""Activations and their derivatives (slopes).

An activation changes one factor of the chain rule: the output's changes ∂ŷ/∂O (the second factor
of eqs. 2 and 6), the hidden layer's ∂Z/∂H (eq. 8, the fourth factor of eq. 6). Each slope is a
function of the activation's value a, which the forward pass has already computed:

    sigmoid     a = 1 / (1 + e⁻ˣ)     a (1 − a)
    tanh        a = tanh x            1 − a²
    relu        a = max(x, 0)         1 where a > 0, else 0
    identity    a = x                 1

Softmax is the one whose ∂ŷ/∂O is no number but, for each sample, a K×K Jacobian:

    softmax     aₒ = eˣᵒ / Σⱼ eˣʲ     ∂aₒ/∂xⱼ = aₒ (δₒⱼ − aⱼ), that is diag(a) − a aᵀ
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    """Return σ(x) = 1 / (1 + e⁻ˣ), elementwise, for any float64 without overflow or warning.

    Only e^−|x| is computed, which may underflow to 0 (harmless) but never overflows.
    """
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1.0, e) / (1.0 + e)


def sigmoid_slope(a: Array) -> Array:
    """Return σ′(x) from a = σ(x): a (1 − a) (eq. 8)."""
    return a * (1.0 - a)


def tanh(x: Array) -> Array:
    """Return (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), elementwise."""
    return np.tanh(x)


def tanh_slope(a: Array) -> Array:
    """Return tanh′(x) from a = tanh x: 1 − a²."""
    with np.errstate(under="ignore"):  # of the square of a tiny a
        return 1.0 - a * a


def relu(x: Array) -> Array:
    """Return max(x, 0), elementwise."""
    return np.maximum(x, 0.0)


def relu_slope(a: Array) -> Array:
    """Return 1 where a > 0, else 0; at the kink x = 0 the value 0 is the convention."""
    return np.where(a > 0, 1.0, 0.0)


def identity(x: Array) -> Array:
    """Return a copy of x, so that ŷ and O never share memory."""
    return x.copy()


def identity_slope(a: Array) -> Array:
    """Return 1 everywhere, in the shape of a."""
    return np.ones_like(a)


def softmax(x: Array) -> Array:
    """Return eˣᵒ / Σⱼ eˣʲ along the last axis, for any float64 without overflow or warning.

    The largest x is subtracted first, which changes nothing: the powers are from 0 to 1.
    """
    with np.errstate(under="ignore", over="ignore"):  # x − max x may be −∞, its power 0
        e: Array = np.exp(x - x.max(axis=-1, keepdims=True))
        total: Array = e.sum(axis=-1, keepdims=True)
        return e / total


def softmax_slope(a: Array) -> Array:
    """Return diag(a) − a aᵀ for each sample: (N, K, K) from a (N, K)."""
    with np.errstate(under="ignore"):
        return a[:, :, np.newaxis] * (np.eye(a.shape[1]) - a[:, np.newaxis, :])


def softmax_product(upstream: Array, a: Array) -> Array:
    """Return upstream (N, K) times each sample's Jacobian, (N, K), without N Jacobians."""
    with np.errstate(under="ignore"):
        mean: Array = (upstream * a).sum(axis=1, keepdims=True)
        return a * (upstream - mean)


@dataclass(frozen=True)
class Activation:
    """Function and its derivative, the latter in terms of the function's value, in all their forms.

    The slope is elementwise, unless `full`: then it is the Jacobian of each sample, (N, K, K).
    steepest: the largest slope; of a Jacobian, on its diagonal. saturation: |x| beyond which the
    slope is below 4 % of that. bounds: between which its values lie. rounded: whether the slope is
    rounded, not a 0 or 1.

    The forms are templates of {x} and {a}; in LaTeX {times} is put between factors. `numpy` may use
    a function that a script defines: sigmoid, softmax. title: its name in a sentence; symbol: its
    name as a function.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    title: str
    symbol: str
    latex: str
    latex_slope: str
    numpy: str
    numpy_slope: str
    torch: str
    steepest: float = 1.0
    saturation: float = inf
    bounds: tuple[float, float] = (-inf, inf)
    rounded: bool = False
    full: bool = False


ACTIVATIONS = {
    "sigmoid": Activation(
        sigmoid,
        sigmoid_slope,
        title="sigmoid",
        symbol="σ",
        latex=r"\sigma({x})",
        latex_slope="{a} {times} (1 - {a})",
        numpy="sigmoid({x})",
        numpy_slope="{a} * (1 - {a})",
        torch="torch.sigmoid({x})",
        steepest=0.25,
        saturation=float(np.log(99)),  # σ outside 0.01 … 0.99
        bounds=(0.0, 1.0),
        rounded=True,
    ),
    "tanh": Activation(
        tanh,
        tanh_slope,
        title="tanh",
        symbol="tanh",
        latex=r"\tanh({x})",
        latex_slope="1 - {a}^2",
        numpy="np.tanh({x})",
        numpy_slope="1 - {a}**2",
        torch="torch.tanh({x})",
        saturation=float(np.arctanh(0.98)),
        bounds=(-1.0, 1.0),
        rounded=True,
    ),
    "relu": Activation(
        relu,
        relu_slope,
        title="ReLU",
        symbol="ReLU",
        latex=r"\max({x}, 0)",
        latex_slope=r"(1 \text{{ if }} {a} > 0\text{{, else }} 0)",
        numpy="np.maximum({x}, 0.0)",
        numpy_slope="np.where({a} > 0, 1.0, 0.0)",
        torch="torch.relu({x})",
        bounds=(0.0, inf),
    ),
    "identity": Activation(
        identity,
        identity_slope,
        title="identity",
        symbol="id",
        latex="{x}",
        latex_slope="1",
        numpy="{x}",
        numpy_slope="np.ones_like({a})",
        torch="{x}",
    ),
    "softmax": Activation(
        softmax,
        softmax_slope,
        title="softmax",
        symbol="softmax",
        latex=r"\mathrm{{softmax}}({x})",
        latex_slope=r"\mathrm{{diag}}({a}) - {a} {a}^\top",
        numpy="softmax({x})",
        numpy_slope="{a}[:, :, None] * (np.eye({a}.shape[1]) - {a}[:, None, :])",
        torch="torch.softmax({x}, 1)",
        steepest=0.25,
        bounds=(0.0, 1.0),
        rounded=True,
        full=True,
    ),
}
HIDDEN = tuple(name for name, one in ACTIVATIONS.items() if not one.full)  # the derivation's first
OUTPUT = ("sigmoid", "identity", "softmax")
