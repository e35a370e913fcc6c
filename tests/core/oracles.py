"""What the tests of core compare with: the cost written anew, three other ways to differentiate.

Nothing here calls core's formulas; only shapes and parameters are taken from a `Network`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import autograd.numpy as anp
import mpmath
import numpy as np
from autograd import grad
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.losses import losses_for
from core.network import Network

Array = NDArray[np.float64]
Gradients = tuple[Array, Array]
Functions = dict[str, Callable[[Any], Any]]  # by name, for one kind of number

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([0.0, 1.0, 1.0, 0.0])


@dataclass(frozen=True)
class Problem:
    """A network with data that fits it, and a loss."""

    net: Network
    X: Array  # (N, d)
    y: Array  # (N, K)
    loss: str = "half_mse"


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Random shapes with and without each bias; |H| and |O| stay below 11.

    There ŷ (1 − ŷ) still has 11 digits. The entries come from a seeded generator, because
    hypothesis would steer towards exact cancellation, where no relative error means anything.
    """
    N, d = draw(st.integers(1, 20)), draw(st.integers(1, 6))
    m, K = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    bias_input, bias_hidden = draw(st.booleans()), draw(st.booleans())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    W1 = random.uniform(-1.5, 1.5, (d + bias_input, m))
    W2 = random.uniform(-1.5, 1.5, (m + bias_hidden, K))
    net = Network(W1, W2, bias_input, bias_hidden)
    return Problem(net, random.uniform(-1, 1, (N, d)), random.uniform(0, 1, (N, K)))


@st.composite
def swaps(draw: st.DrawFn) -> Problem:
    """Problems with any activations and any loss that goes with them, some with targets 0 and 1.

    Units that are not bounded by 1 get small weights on the way out, to keep |O| below 11.
    """
    p = draw(problems())
    hidden = draw(st.sampled_from(["sigmoid", "tanh", "relu"]))
    output = draw(st.sampled_from(["sigmoid", "identity"]))
    W2 = p.net.W2 / 8 if hidden == "relu" else p.net.W2
    net = replace(p.net, W2=W2, hidden=hidden, output=output)
    y = p.y.round() if draw(st.booleans()) else p.y
    return Problem(net, p.X, y, draw(st.sampled_from(losses_for(output))))


def relative_error(actual: Array, expected: Array) -> float:
    """‖actual − expected‖ / ‖expected‖; 0 where both are 0, as behind dead ReLU units."""
    error = np.linalg.norm(actual - expected)
    return float(error / np.linalg.norm(expected)) if error else 0.0


def cost(p: Problem) -> float:
    """C, without L2."""
    return float(_cost(p, p.net.W1, p.net.W2, 0.0, anp, AUTOGRAD))


def autograd_gradients(p: Problem, l2: float = 0.0) -> Gradients:
    """By reverse-mode differentiation of the cost (HIPS autograd)."""

    def cost(W1: Any, W2: Any) -> Any:
        return _cost(p, W1, W2, l2, anp, AUTOGRAD)

    return grad(cost, 0)(p.net.W1, p.net.W2), grad(cost, 1)(p.net.W1, p.net.W2)


def complex_step_gradients(p: Problem, l2: float = 0.0) -> Gradients:
    """By Im C(w + ih) / h with h so small that h² is nothing: no difference, no cancellation."""
    h = 1e-30

    def cost(W1: Any, W2: Any) -> complex:
        return complex(_cost(p, W1, W2, l2, np, COMPLEX))

    def derivatives(W: Array, cost_of: Callable[[Any], complex]) -> Array:
        slopes = np.empty_like(W)
        for index in np.ndindex(W.shape):
            stepped = W.astype(complex)
            stepped[index] += 1j * h
            slopes[index] = cost_of(stepped).imag / h
        return slopes

    dW1 = derivatives(p.net.W1, lambda W1: cost(W1, p.net.W2))
    return dW1, derivatives(p.net.W2, lambda W2: cost(p.net.W1, W2))


def mpmath_gradients(p: Problem) -> Gradients:
    """By central differences at 50 digits, h = 10⁻¹⁶: right to some 30 digits."""

    def cost(net: Network, layer: str, index: tuple[int, ...], step: Any) -> Any:
        W = {"W1": _exact(net.W1), "W2": _exact(net.W2)}
        W[layer][index] += step
        return _cost(p, W["W1"], W["W2"], 0.0, np, EXACT)

    def derivatives(layer: str) -> Array:
        slopes = np.empty(getattr(p.net, layer).shape)
        h = mpmath.mpf(10) ** -16
        for index in np.ndindex(slopes.shape):
            rise = cost(p.net, layer, index, h) - cost(p.net, layer, index, -h)
            slopes[index] = rise / (2 * h)
        return slopes

    with mpmath.workdps(50):
        return derivatives("W1"), derivatives("W2")


def descent(p: Problem, learning_rate: float, epochs: int, l2: float = 0.0) -> list[Network]:
    """The networks of epochs 0 to `epochs`: W ← W − η ∂C/∂W, the gradient from autograd."""
    networks = [p.net]
    for _ in range(epochs):
        net = networks[-1]
        dW1, dW2 = autograd_gradients(replace(p, net=net), l2)
        W1, W2 = net.W1 - learning_rate * dW1, net.W2 - learning_rate * dW2
        networks.append(replace(net, W1=W1, W2=W2))
    return networks


def same_bits(a: Network, b: Network) -> bool:
    """Both weight matrices are equal to the last bit."""
    return a.W1.tobytes() == b.W1.tobytes() and a.W2.tobytes() == b.W2.tobytes()


def _cost(p: Problem, W1: Any, W2: Any, l2: float, xp: Any, of: Functions) -> Any:
    """C plus (l2/2) ‖W without bias rows‖², for any kind of number; no array is changed.

    The bias rows are added, not multiplied by a column of ones.
    """
    d, m = p.net.inputs, p.net.units
    H = xp.dot(p.X, W1[:d])
    if p.net.bias_input:
        H = H + W1[d]
    O = xp.dot(of[p.net.hidden](H), W2[:m])
    if p.net.bias_hidden:
        O = O + W2[m]
    penalty = xp.sum(W1[:d] * W1[:d]) + xp.sum(W2[:m] * W2[:m])
    return _loss(p, O, xp, of) + l2 / 2 * penalty


def _loss(p: Problem, O: Any, xp: Any, of: Functions) -> Any:
    """C; cross-entropy as the negative log-likelihood: −ln ŷ = ln(1 + e⁻ᴼ)."""
    N = len(p.X)
    if p.loss == "cross_entropy":
        return xp.sum(p.y * of["softplus"](-O) + (1 - p.y) * of["softplus"](O)) / N
    error = of[p.net.output](O) - p.y
    divisor = {"half_mse": 2 * N, "mse": N, "half_sse": 2}[p.loss]
    return xp.sum(error * error) / divisor


def _complex_sigmoid(x: NDArray[np.complex128]) -> Any:
    """σ, branched on the real part: |x| is not analytic and would lose the derivative."""
    e = np.exp(np.where(x.real < 0, x, -x))
    return np.where(x.real < 0, e, 1) / (1 + e)


def _exact(W: Array) -> Any:
    return np.vectorize(mpmath.mpf, otypes=[object])(W)


def _elementwise(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return np.vectorize(function, otypes=[object])


AUTOGRAD: Functions = {
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "tanh": anp.tanh,
    "relu": lambda x: anp.where(x > 0, x, 0.0),
    "identity": lambda x: x,
    "softplus": lambda x: anp.log(1 + anp.exp(x)),
}
COMPLEX: Functions = {
    "sigmoid": _complex_sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.where(x.real > 0, x, 0),  # branched like σ
    "identity": lambda x: x,
    "softplus": lambda x: np.log(1 + np.exp(x)),
}
EXACT: Functions = {
    "sigmoid": _elementwise(lambda x: 1 / (1 + mpmath.exp(-x))),
    "tanh": _elementwise(mpmath.tanh),
    "relu": _elementwise(lambda x: x if x > 0 else mpmath.mpf(0)),
    "identity": lambda x: x,
    "softplus": _elementwise(lambda x: mpmath.log(1 + mpmath.exp(x))),
}
