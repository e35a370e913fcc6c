"""Derivatives by the complex step, without the chain rule.

For an analytic f, f(w + ih) = f(w) + ih f′(w) − h²/2 f″(w) − …, so that

    f′(w) = Im f(w + ih) / h + O(h²)

No difference is taken, so no digits cancel, and h can be so small that h² vanishes beside 1: what
remains is the rounding of one forward pass (Squire & Trapp, "Using complex variables to estimate
derivatives of real functions", SIAM Review 40, 1998; Martins, Sturdza & Alonso, "The complex-step
derivative approximation", ACM TOMS 29, 2003).

`Network` is real, so the forward pass is repeated here for complex weights; of `core.activations`
and `core.losses` only the names are used. Comparisons use the real part: |x| is not analytic and
would lose the derivative.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gradients import targets
from core.losses import check_loss, check_targets
from core.network import Network
from core.utils.arguments import instance, positive

Array = NDArray[np.float64]
Numbers = NDArray[Any]  # float64 or complex128

STEP = 1e-100  # h² vanishes beside 1; h times a slope of 1e-200 is still a normal number
BLOCK = 8192  # samples at a time, so that memory does not grow with N


def sigmoid(x: Numbers) -> Numbers:
    """Return 1 / (1 + e⁻ˣ), elementwise, without overflow."""
    negative = x.real < 0
    e = np.exp(np.where(negative, x, -x))
    return np.where(negative, e, 1.0) / (1.0 + e)


def tanh(x: Numbers) -> Numbers:
    """Return (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), elementwise."""
    return np.tanh(x)


def relu(x: Numbers) -> Numbers:
    """Return x where its real part is above 0, else 0, elementwise."""
    return np.where(x.real > 0, x, 0.0)


def identity(x: Numbers) -> Numbers:
    """Return x."""
    return x


ACTIVATIONS: dict[str, Callable[[Numbers], Numbers]] = {
    activation.__name__: activation for activation in (sigmoid, tanh, relu, identity)
}

# C is the sum of its terms divided by this.
DIVISORS: dict[str, Callable[[int], int]] = {
    "half_mse": lambda N: 2 * N,
    "mse": lambda N: N,
    "half_sse": lambda N: 2,  # noqa: ARG005
    "cross_entropy": lambda N: N,
}


def derivative(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: Literal[1, 2],
    row: int,
    column: int,
    loss: str = "half_mse",
    h: float = STEP,
) -> float:
    """Return ∂C/∂W⁽layer⁾[row, column] = Im C(W + ih) / h, with ih added to that weight.

    Shapes, cost and errors are those of `stepped_cost`.
    """
    return stepped_cost(net, X, y, layer, row, column, loss, h).imag / h


def stepped_cost(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: Literal[1, 2],
    row: int,
    column: int,
    loss: str = "half_mse",
    h: float = STEP,
) -> complex:
    """Return C with ih added to W⁽layer⁾[row, column]: C + ih ∂C/∂W⁽layer⁾[row, column].

    X is (N, d), y (N,) or (N, K); row and column count from 0. The cost is that of a real forward
    pass: only one column of H and Z, and O, become complex for W1, one column of O for W2.
    Raises IndexError if there is no such weight; ValueError for shapes that do not fit, no samples,
    and a loss that does not fit the output activation or the targets.
    """
    layer, row, column = instance("net", net, Network).weight_index(layer, row, column)
    h = positive("h", h)
    reach = _output_by_first if layer == 1 else _output_by_second

    def output(X: Array) -> Numbers:
        return reach(net, X, row, column, 1j * h)

    return _cost(net, X, y, loss, output)


def cost(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "half_mse",
    *,
    W1: ArrayLike | None = None,
    W2: ArrayLike | None = None,
) -> complex:
    """Return C for complex W1 and W2; those of `net` by default.

    X is (N, d), y (N,) or (N, K), W1 and W2 have the shapes of those in `net`.
    Raises ValueError for other shapes, and as `stepped_cost` does.
    """
    V1, V2 = (_matrix(*pair) for pair in (("W1", net.W1, W1), ("W2", net.W2, W2)))

    def output(X: Array) -> Numbers:
        Z = ACTIVATIONS[net.hidden](_affine(X, V1, bias=net.bias_input))
        return _affine(Z, V2, bias=net.bias_hidden)

    return _cost(net, X, y, loss, output)


def slope(function: Callable[[Numbers], Numbers], at: float, h: float = STEP) -> float:
    """Return f′(at) = Im f(at + ih) / h of a function of complex numbers."""
    with np.errstate(all="ignore"):
        return float(function(np.asarray(at + 1j * h)).imag) / h


def terms(loss: str, y: Numbers, y_hat: Numbers) -> Numbers:
    """Return the loss's terms from ŷ, elementwise, before the sum and the division by `DIVISORS`.

    Cross-entropy is infinite where ŷ is 0 or 1 and y is not; `cost` computes it from O instead.
    """
    if loss != "cross_entropy":
        return (y - y_hat) ** 2
    return -(_weighted(y, np.log(y_hat)) + _weighted(1.0 - y, np.log(1.0 - y_hat)))


def _output_by_first(net: Network, X: Array, row: int, column: int, step: complex) -> Numbers:
    """Return O (n, K) with `step` added to W1[row, column]."""
    activation = ACTIVATIONS[net.hidden]
    H = _affine(X, net.W1, bias=net.bias_input)
    Z = activation(H)
    moved = activation(H[:, column] + step * _input(X, row))
    change: Numbers = np.multiply.outer(moved - Z[:, column], net.W2[column])
    return _affine(Z, net.W2, bias=net.bias_hidden) + change


def _output_by_second(net: Network, X: Array, row: int, column: int, step: complex) -> Numbers:
    """Return O (n, K) with `step` added to W2[row, column]."""
    Z = ACTIVATIONS[net.hidden](_affine(X, net.W1, bias=net.bias_input))
    O = _affine(Z, net.W2, bias=net.bias_hidden).astype(np.complex128)
    O[:, column] += step * _input(Z, row)
    return O


def _input(A: Array, row: int) -> Array | float:
    """Return the input of that row of weights: a column of A, or 1 for the bias row."""
    return A[:, row] if row < A.shape[1] else 1.0


def _affine(A: Numbers, W: Numbers, *, bias: bool) -> Numbers:
    """Return A W, plus the last row of W if that is a bias."""
    return A @ W[:-1] + W[-1] if bias else A @ W


def _cost(
    net: Network, X: ArrayLike, y: ArrayLike, loss: str, output: Callable[[Array], Numbers]
) -> complex:
    """Return C from O = output(X), in blocks of samples."""
    check_loss(net, loss)
    X = net.check_inputs(X)
    y = targets(y, (len(X), net.outputs))
    check_targets(loss, y)
    total = 0j
    with np.errstate(all="ignore"):  # saturated units underflow, diverged networks overflow
        for rows in _blocks(len(X)):
            total += complex(_stable_terms(net, loss, y[rows], output(X[rows])).sum())
    return total / DIVISORS[loss](len(X))


def _stable_terms(net: Network, loss: str, y: Array, O: Numbers) -> Numbers:
    """Return the loss's terms, for cross-entropy in the form that is finite for any O.

    −ln σ(O) = ln(1 + e⁻ᴼ) and −ln(1 − σ(O)) = ln(1 + eᴼ): both contain ln(1 + e^−|O|), and the one
    for which ŷ is on the wrong side contains |O| too.
    """
    if loss != "cross_entropy":
        return terms(loss, y, ACTIVATIONS[net.output](O))
    negative = O.real < 0
    size: Numbers = np.where(negative, -O, O)
    both: Numbers = np.log1p(np.exp(-size))
    wrong: Numbers = size * np.where(negative, y, 1.0 - y)
    return both + wrong


def _weighted(weight: Numbers, value: Numbers) -> Numbers:
    """Return their product; 0 where the weight is 0, even if the value is infinite."""
    return np.where(weight == 0, 0.0, weight * value)


def _blocks(N: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, N, BLOCK))


def _matrix(name: str, real: Array, given: ArrayLike | None) -> Numbers:
    """Return the given matrix, or the real one; check the shape."""
    matrix = real if given is None else np.asarray(given, dtype=np.complex128)
    if matrix.shape != real.shape:
        raise ValueError(f"{name} has shape {matrix.shape}; this network's is {real.shape}")
    return matrix
