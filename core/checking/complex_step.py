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

from collections.abc import Callable
from typing import Any

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


def softmax(x: Numbers) -> Numbers:
    """Return eˣ divided by its sum over the last axis, without overflow."""
    e: Numbers = np.exp(_below_largest(x))
    total: Numbers = e.sum(axis=-1, keepdims=True)
    return e / total


def _below_largest(x: Numbers) -> Numbers:
    """Return x minus its largest element over the last axis, which no softmax depends on.

    The largest by its real part, but with its imaginary part: the largest becomes an exact 0, and
    where its ŷ is nearly 1, no derivative is lost beside that 1.
    """
    largest: Numbers = np.take_along_axis(x, x.real.argmax(axis=-1)[..., np.newaxis], axis=-1)
    return x - largest


ACTIVATIONS: dict[str, Callable[[Numbers], Numbers]] = {
    activation.__name__: activation for activation in (sigmoid, tanh, relu, identity, softmax)
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
    layer: int,
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
    layer: int,
    row: int,
    column: int,
    loss: str = "half_mse",
    h: float = STEP,
) -> complex:
    """Return C with ih added to W⁽layer⁾[row, column]: C + ih ∂C/∂W⁽layer⁾[row, column].

    X is (N, d), y (N,) or (N, K); row and column count from 0. The cost is that of a real forward
    pass: only one column of the layer's own H and Z, and what follows, become complex.
    Raises IndexError if there is no such weight; ValueError for shapes that do not fit, no samples,
    and a loss that does not fit the output activation or the targets.
    """
    layer, row, column = instance("net", net, Network).weight_index(layer, row, column)
    step = 1j * positive("h", h)
    check_loss(net, loss)
    X = net.check_inputs(X)
    y = targets(y, (len(X), net.outputs))
    check_targets(loss, y, net.output)
    total = 0j
    with np.errstate(all="ignore"):  # saturated units underflow, diverged networks overflow
        for start in range(0, len(X), BLOCK):
            rows = slice(start, start + BLOCK)
            O = _stepped_output(net, X[rows], layer, row, column, step)
            total += complex(stable_terms(net.output, loss, y[rows], O).sum())
    return total / DIVISORS[loss](len(X))


def delta(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    layer: int,
    column: int,
    loss: str = "half_mse",
    h: float = STEP,
) -> Array:
    """Return δ⁽layer⁾[i, column] of every sample, (N,), with ih added to that pre-activation.

    That is ∂C/∂H⁽layer⁾, of the last matrix ∂C/∂O. Shapes and errors are those of `stepped_cost`.
    """
    layer, _, column = instance("net", net, Network).weight_index(layer, 0, column)
    check_loss(net, loss)
    X = net.check_inputs(X)
    y = targets(y, (len(X), net.outputs))
    check_targets(loss, y, net.output)
    with np.errstate(all="ignore"):
        above = _pre_activations(net, X, 1, layer)[-1].astype(np.complex128)
        above[:, column] += 1j * positive("h", h)
        if layer < net.layers:
            value = ACTIVATIONS[net.hidden](above)
            above = _pre_activations(net, value, layer + 1, net.layers)[-1]
        of_sample: Array = stable_terms(net.output, loss, y, above).sum(axis=1).imag
    return of_sample / h / DIVISORS[loss](len(X))


def slope(function: Callable[[Numbers], Numbers], at: float, h: float = STEP) -> float:
    """Return f′(at) = Im f(at + ih) / h of a function of complex numbers."""
    with np.errstate(all="ignore"):
        return float(function(np.asarray(at + 1j * h)).imag) / h


def terms(loss: str, y: Numbers, y_hat: Numbers, output: str = "sigmoid") -> Numbers:
    """Return the loss's terms from ŷ, elementwise, before the sum and the division by `DIVISORS`.

    Cross-entropy is infinite where ŷ is 0 or 1 and y is not; `stepped_cost` has it from O.
    """
    if loss != "cross_entropy":
        return (y - y_hat) ** 2
    if output == "softmax":
        return -_weighted(y, np.log(y_hat))
    return -(_weighted(y, np.log(y_hat)) + _weighted(1.0 - y, np.log(1.0 - y_hat)))


def _pre_activations(net: Network, value: Numbers, first: int, last: int) -> list[Numbers]:
    """Return the pre-activations of W⁽first⁾ to W⁽last⁾, given the inputs of the first."""
    sums: list[Numbers] = []
    for layer in range(first, last + 1):
        sums.append(_affine(value, net.weights[layer - 1], bias=net.has_bias(layer)))
        value = ACTIVATIONS[net.hidden](sums[-1])
    return sums


def _stepped_output(
    net: Network, X: Array, layer: int, row: int, column: int, step: complex
) -> Numbers:
    """Return O (n, K) with `step` added to W⁽layer⁾[row, column]."""
    activation, sums = ACTIVATIONS[net.hidden], _pre_activations(net, X, 1, layer)
    value = activation(sums[-2]) if layer > 1 else X
    change = step * _input(value, row)
    if layer == net.layers:
        O = sums[-1].astype(np.complex128)
        O[:, column] += change
        return O
    Z = activation(sums[-1])
    moved = activation(sums[-1][:, column] + change) - Z[:, column]
    after = net.weights[layer]
    next_sum: Numbers = _affine(Z, after, bias=net.has_bias(layer + 1))
    next_sum = next_sum + np.multiply.outer(moved, after[column])
    if layer + 1 == net.layers:
        return next_sum
    return _pre_activations(net, activation(next_sum), layer + 2, net.layers)[-1]


def _input(A: Numbers, row: int) -> Numbers | float:
    """Return the input of that row of weights: a column of A, or 1 for the bias row."""
    return A[:, row] if row < A.shape[1] else 1.0


def _affine(A: Numbers, W: Numbers, *, bias: bool) -> Numbers:
    """Return A W, plus the last row of W if that is a bias."""
    return A @ W[:-1] + W[-1] if bias else A @ W


def stable_terms(output: str, loss: str, y: Array, O: Numbers) -> Numbers:
    """Return the loss's terms, for cross-entropy in the form that is finite for any O.

    −ln σ(O) = ln(1 + e⁻ᴼ) and −ln(1 − σ(O)) = ln(1 + eᴼ): both contain ln(1 + e^−|O|), and the one
    for which ŷ is on the wrong side contains |O| too.
    """
    if loss != "cross_entropy":
        return terms(loss, y, ACTIVATIONS[output](O))
    if output == "softmax":
        below = _below_largest(O)
        return _weighted(y, np.log(np.exp(below).sum(axis=1, keepdims=True)) - below)
    negative = O.real < 0
    size: Numbers = np.where(negative, -O, O)
    both: Numbers = np.log1p(np.exp(-size))
    wrong: Numbers = size * np.where(negative, y, 1.0 - y)
    return both + wrong


def _weighted(weight: Numbers, value: Numbers) -> Numbers:
    """Return their product; 0 where the weight is 0, even if the value is infinite."""
    return np.where(weight == 0, 0.0, weight * value)
