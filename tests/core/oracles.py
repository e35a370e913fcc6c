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
from autograd.tracer import getval
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.activations import HIDDEN, OUTPUT
from core.losses import losses_for
from core.network import Network

Array = NDArray[np.float64]
Gradients = tuple[Array, ...]
Functions = dict[str, Callable[[Any], Any]]  # by name, for one kind of number

ELEMENTWISE = ("sigmoid", "identity")  # output activations
UNBOUNDED = ("relu", "identity")  # hidden activations

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
    net = Network(W1, W2, bias_input=bias_input, bias_hidden=bias_hidden)
    return Problem(net, random.uniform(-1, 1, (N, d)), random.uniform(0, 1, (N, K)))


@st.composite
def swaps(draw: st.DrawFn, outputs: tuple[str, ...] = OUTPUT) -> Problem:
    """Problems with any activations and any loss that goes with them, some with targets 0 and 1.

    Units that are not bounded by 1 get small weights on the way out, to keep |O| below 11.
    """
    p = draw(problems())
    hidden = draw(st.sampled_from(HIDDEN))
    output = draw(st.sampled_from(_possible(outputs, p.net.outputs)))
    W2 = p.net.W2 / 8 if hidden in UNBOUNDED else p.net.W2
    net = replace(p.net, W2=W2, hidden=hidden, output=output)
    return draw(with_targets(net, p.X))


@st.composite
def deep_problems(draw: st.DrawFn) -> Problem:
    """Networks of 1 to 6 hidden layers with any biases, activations and losses."""
    N, d, K = draw(st.integers(1, 12)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    sizes = [d, *draw(st.lists(st.integers(1, 5), min_size=1, max_size=6)), K]
    hidden = draw(st.sampled_from(HIDDEN))
    output = draw(st.sampled_from(_possible(OUTPUT, K)))
    bias_input, bias_hidden = draw(st.booleans()), draw(st.booleans())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    biases = [bias_input] + [bias_hidden] * (len(sizes) - 2)
    bound = 0.8 if hidden in UNBOUNDED else 1.5  # |O| stays below 11
    matrices = [
        random.uniform(-bound, bound, (rows + bias, columns))
        for bias, rows, columns in zip(biases, sizes[:-1], sizes[1:], strict=True)
    ]
    net = Network(
        *matrices, bias_input=bias_input, bias_hidden=bias_hidden, hidden=hidden, output=output
    )
    return draw(with_targets(net, random.uniform(-1, 1, (N, d))))


def _possible(outputs: tuple[str, ...], K: int) -> list[str]:
    return [output for output in outputs if K > 1 or output != "softmax"]


@st.composite
def with_targets(draw: st.DrawFn, net: Network, X: Array) -> Problem:
    """A loss that goes with the network, and targets that go with both, some of them 0 and 1."""
    loss = draw(st.sampled_from(losses_for(net.output)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape, whole = (len(X), net.outputs), draw(st.booleans())
    if net.output == "softmax":
        classes = np.eye(net.outputs)[random.integers(0, net.outputs, len(X))]
        return Problem(net, X, classes if whole else shares(random, shape), loss)
    y = random.uniform(0, 1, shape)
    return Problem(net, X, y.round() if whole else y, loss)


def shares(random: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Targets from 0 to 1 that add up to 1 in each sample."""
    return random.dirichlet(np.ones(shape[1]), shape[0])


def relative_error(actual: Array, expected: Array) -> float:
    """‖actual − expected‖ / ‖expected‖; 0 where both are 0, as behind dead ReLU units."""
    error = np.linalg.norm(actual - expected)
    return float(error / np.linalg.norm(expected)) if error else 0.0


def cost(p: Problem) -> float:
    """C, without L2."""
    return float(_cost(p, p.net.weights, 0.0, anp, AUTOGRAD))


def autograd_gradients(p: Problem, l2: float = 0.0) -> Gradients:
    """By reverse-mode differentiation of the cost (HIPS autograd)."""

    def cost(matrices: Any) -> Any:
        return _cost(p, matrices, l2, anp, AUTOGRAD)

    return tuple(grad(cost)(p.net.weights))


def complex_step_gradients(p: Problem, l2: float = 0.0) -> Gradients:
    """By Im C(w + ih) / h with h so small that h² is nothing: no difference, no cancellation."""
    h = 1e-30

    def derivative(layer: int, index: tuple[int, ...]) -> float:
        matrices = [W.astype(complex) for W in p.net.weights]
        matrices[layer][index] += 1j * h
        return complex(_cost(p, matrices, l2, np, COMPLEX)).imag / h

    return _each_weight(p, derivative)


def mpmath_gradients(p: Problem) -> Gradients:
    """By central differences at 50 digits, h = 10⁻¹⁶: right to some 30 digits."""

    def cost(layer: int, index: tuple[int, ...], step: Any) -> Any:
        matrices = [_exact(W) for W in p.net.weights]
        matrices[layer][index] += step
        return _cost(p, matrices, 0.0, np, EXACT)

    def derivative(layer: int, index: tuple[int, ...]) -> float:
        h = mpmath.mpf(10) ** -16
        return float((cost(layer, index, h) - cost(layer, index, -h)) / (2 * h))

    with mpmath.workdps(50):
        return _each_weight(p, derivative)


def _each_weight(p: Problem, derivative: Callable[[int, tuple[int, ...]], float]) -> Gradients:
    """The derivatives by all weights, in the matrices' shapes."""
    slopes = tuple(np.empty_like(W) for W in p.net.weights)
    for layer, matrix in enumerate(slopes):
        for index in np.ndindex(matrix.shape):
            matrix[index] = derivative(layer, index)
    return slopes


def descent(p: Problem, learning_rate: float, epochs: int, l2: float = 0.0) -> list[Network]:
    """The networks of epochs 0 to `epochs`: W ← W − η ∂C/∂W, the gradient from autograd."""
    networks = [p.net]
    for _ in range(epochs):
        net = networks[-1]
        steps = autograd_gradients(replace(p, net=net), l2)
        pairs = zip(net.weights, steps, strict=True)
        networks.append(net.with_weights(*(W - learning_rate * dW for W, dW in pairs)))
    return networks


def same_bits(a: Network, b: Network) -> bool:
    """All weight matrices are equal to the last bit."""
    pairs = zip(a.weights, b.weights, strict=True)
    return all(one.tobytes() == other.tobytes() for one, other in pairs)


def _cost(p: Problem, matrices: Any, l2: float, xp: Any, of: Functions) -> Any:
    """C plus (l2/2) ‖W without bias rows‖², for any kind of number; no array is changed.

    The bias rows are added, not multiplied by a column of ones.
    """
    net, value, penalty = p.net, p.X, 0.0
    for i, W in enumerate(matrices):
        bias = net.bias_hidden if i else net.bias_input
        inner = W[:-1] if bias else W
        O = xp.dot(value, inner) + W[-1] if bias else xp.dot(value, inner)
        value = of[net.hidden](O)
        penalty = penalty + xp.sum(inner * inner)
    return _loss(p, O, xp, of) + l2 / 2 * penalty


def _loss(p: Problem, O: Any, xp: Any, of: Functions) -> Any:
    """C; cross-entropy as the negative log-likelihood: −ln ŷ = ln(1 + e⁻ᴼ)."""
    N = len(p.X)
    if p.net.output == "softmax":
        e = of["exp"](O - np.max(_value(O), axis=1, keepdims=True))
        y_hat = e / xp.sum(e, axis=1, keepdims=True)
    else:
        y_hat = of[p.net.output](O)
    if p.loss == "cross_entropy" and p.net.output == "softmax":
        return -xp.sum(p.y * of["log"](y_hat)) / N
    if p.loss == "cross_entropy":
        return xp.sum(p.y * of["softplus"](-O) + (1 - p.y) * of["softplus"](O)) / N
    error = y_hat - p.y
    divisor = {"half_mse": 2 * N, "mse": N, "half_sse": 2}[p.loss]
    return xp.sum(error * error) / divisor


def _value(O: Any) -> Array:
    """The real numbers behind autograd's, complex or long ones: what a softmax may subtract."""
    plain = np.asarray(getval(O))
    return plain.astype(np.float64) if plain.dtype == object else plain.real


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
    "exp": anp.exp,
    "log": anp.log,
}
COMPLEX: Functions = {
    "sigmoid": _complex_sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.where(x.real > 0, x, 0),  # branched like σ
    "identity": lambda x: x,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "exp": np.exp,
    "log": np.log,
}
EXACT: Functions = {
    "sigmoid": _elementwise(lambda x: 1 / (1 + mpmath.exp(-x))),
    "tanh": _elementwise(mpmath.tanh),
    "relu": _elementwise(lambda x: x if x > 0 else mpmath.mpf(0)),
    "identity": lambda x: x,
    "softplus": _elementwise(lambda x: mpmath.log(1 + mpmath.exp(x))),
    "exp": _elementwise(mpmath.exp),
    "log": _elementwise(mpmath.log),
}
