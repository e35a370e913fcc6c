"""The chain rule for one weight, sample by sample in plain floats: nothing of core is used."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ByHand:
    """One sample's factors through one output, their products, and the gradient."""

    factors: dict[str, float]
    products: list[float]  # through each output
    gradient: float  # over all samples

    @property
    def contribution(self) -> float:
        return math.fsum(self.products)


@dataclass(frozen=True)
class Problem:
    """The network, data and loss that the factors depend on."""

    W1: Array
    W2: Array
    X: Array
    y: Array
    bias: tuple[bool, bool]
    hidden: str
    output: str
    loss: str


def by_hand(
    W1: Array,
    W2: Array,
    X: Array,
    y: Array,
    *,
    bias: tuple[bool, bool] = (True, True),
    weight: tuple[int, int, int],
    sample: int,
    output: int,
    activations: tuple[str, str] = ("sigmoid", "sigmoid"),
    loss: str = "half_mse",
) -> ByHand:
    """Return the page's numbers for W⁽layer⁾[row, column], `weight` = (layer, row, column).

    `activations` are the hidden layer's and the output's.
    """
    p = Problem(W1, W2, X, y, bias, *activations, loss)
    outputs = range(W2.shape[1])
    every = [[_factors(p, weight, i, o) for o in outputs] for i in range(len(X))]
    products = [[math.prod(factors.values()) for factors in row] for row in every]
    if weight[0] == 2:
        products = [[q if o == weight[2] else 0.0 for o, q in enumerate(row)] for row in products]
    gradient = math.fsum(q for row in products for q in row)
    return ByHand(every[sample][output], products[sample], gradient)


def _factors(p: Problem, weight: tuple[int, int, int], i: int, o: int) -> dict[str, float]:
    layer, k, column = weight
    x = [float(value) for value in p.X[i]] + [1.0] * p.bias[0]
    h = [_dot(x, p.W1[:, unit]) for unit in range(p.W1.shape[1])]
    z = [_value(p.hidden, value) for value in h]
    z1 = z + [1.0] * p.bias[1]
    O = _dot(z1, p.W2[:, o])
    y_hat = _value(p.output, O)
    factors = {
        "dC_dyhat": _error(p.loss, float(p.y[i, o]), y_hat, len(p.X)),
        "dyhat_dO": _slope(p.output, O),
    }
    if layer == 2:
        return {**factors, "dO_dW2": z1[k]}
    slope = _slope(p.hidden, h[column])
    return {**factors, "dO_dZ": float(p.W2[column, o]), "dZ_dH": slope, "dH_dW1": x[k]}


def _error(loss: str, y: float, y_hat: float, N: int) -> float:
    """Return ∂C/∂ŷ; for cross-entropy, the derivative of −[y ln ŷ + (1 − y) ln(1 − ŷ)]/N."""
    if loss == "cross_entropy":
        return -(y / y_hat - (1 - y) / (1 - y_hat)) / N
    return {"half_mse": 1 / N, "mse": 2 / N, "half_sse": 1.0}[loss] * (y_hat - y)


def _value(activation: str, x: float) -> float:
    if activation == "sigmoid":
        return 1 / (1 + math.exp(-x))
    if activation == "tanh":
        return math.sinh(x) / math.cosh(x)
    return max(x, 0.0) if activation == "relu" else x


def _slope(activation: str, x: float) -> float:
    """Return the slope in terms of the argument; core uses the value."""
    if activation == "sigmoid":
        return 1 / (2 + math.exp(x) + math.exp(-x))
    if activation == "tanh":
        return 1 / math.cosh(x) ** 2
    return 1.0 if activation == "identity" or x > 0 else 0.0


def _dot(values: list[float], weights: Array) -> float:
    return math.fsum(value * float(w) for value, w in zip(values, weights, strict=True))


# ∂C/∂ŷ on its card, in whose places the browser puts numbers.
ERROR_TEXTS = {
    "half_mse": "−(‹y› − ‹ŷ›) / ‹N›",
    "mse": "−(2 × (‹y› − ‹ŷ›)) / ‹N›",
    "half_sse": "−(‹y› − ‹ŷ›)",
    "cross_entropy": "(‹ŷ› − ‹y›) / (‹N› × ‹ŷ› × (1 − ‹ŷ›))",
}
SLOPE_TEXTS = {  # σ′ on its card, of a value a
    "sigmoid": "{a} × (1 − {a})",
    "tanh": "1 − {a}²",
    "relu": "(1 if {a} > 0, else 0)",
    "identity": "1",
}
