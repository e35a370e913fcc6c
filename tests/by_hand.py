"""The chain rule for one weight, sample by sample in plain floats: nothing of core is used."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ByHand:
    """One sample's factors through one output, and what comes of them."""

    factors: dict[str, float]
    products: list[float]  # through each output
    gradient: float  # over all samples

    @property
    def contribution(self) -> float:
        return math.fsum(self.products)


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
) -> ByHand:
    """Everything that the page shows of W⁽layer⁾[row, column], `weight` = (layer, row, column)."""
    outputs = range(W2.shape[1])
    every = [[_factors(W1, W2, X, y, bias, weight, i, o) for o in outputs] for i in range(len(X))]
    products = [[math.prod(factors.values()) for factors in row] for row in every]
    if weight[0] == 2:
        products = [[p if o == weight[2] else 0.0 for o, p in enumerate(row)] for row in products]
    gradient = math.fsum(p for row in products for p in row)
    return ByHand(every[sample][output], products[sample], gradient)


def _factors(
    W1: Array,
    W2: Array,
    X: Array,
    y: Array,
    bias: tuple[bool, bool],
    weight: tuple[int, int, int],
    i: int,
    o: int,
) -> dict[str, float]:
    layer, k, column = weight
    x = [float(value) for value in X[i]] + [1.0] * bias[0]
    z = [_sigmoid(_dot(x, W1[:, unit])) for unit in range(W1.shape[1])]
    z1 = z + [1.0] * bias[1]
    y_hat = _sigmoid(_dot(z1, W2[:, o]))
    factors = {
        "dC_dyhat": -(float(y[i, o]) - y_hat) / len(X),
        "dyhat_dO": y_hat * (1 - y_hat),
    }
    if layer == 2:
        return {**factors, "dO_dW2": z1[k]}
    slope = z[column] * (1 - z[column])
    return {**factors, "dO_dZ": float(W2[column, o]), "dZ_dH": slope, "dH_dW1": x[k]}


def _dot(values: list[float], weights: Array) -> float:
    return math.fsum(value * float(w) for value, w in zip(values, weights, strict=True))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))
