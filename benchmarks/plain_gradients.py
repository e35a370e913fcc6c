"""Backpropagation as a student writes it: plain NumPy from the formulas, each step replaceable.

It is independent of `core.gradients` and `core.checking`, which are judged by it: of core it takes
the weights and bias flags of a Network, and Problem as their container.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.checking.problem import Problem
from core.network import Network

Array = NDArray[np.float64]

Elementwise = Callable[[Array], Array]


def sigmoid(x: Array) -> Array:
    """Return σ(x)."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def softmax(x: Array) -> Array:
    """Return softmax of each row."""
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


VALUES: dict[str, Elementwise] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
    "identity": lambda x: x,
    "softmax": softmax,
}


def jacobian(values: Array) -> Array:
    """Return diag(a) − a aᵀ of each row a: (N, K, K)."""
    return np.asarray([np.diag(a) - np.outer(a, a) for a in values])


SLOPES: dict[str, Elementwise] = {  # of the activation's value a
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
    "relu": lambda a: (a > 0).astype(float),
    "identity": np.ones_like,
    "softmax": jacobian,
}


def scale_of(loss: str, samples: int) -> float:
    """Return the factor of ŷ − y in ∂C/∂ŷ, or in ∂C/∂O of a cross-entropy."""
    factors = {"half_mse": 1 / samples, "mse": 2 / samples, "half_sse": 1.0}
    return factors.get(loss, 1 / samples)


@dataclass(frozen=True)
class Steps:
    """What one backpropagation multiplies; a mistake replaces some of it.

    By hidden layer: `slopes` (N, units), `back` the matrices without bias rows, which δ passes
    through. A cross-entropy has `output_slope` None: there it cancels, and `error` times `scale`
    is ∂C/∂O.
    """

    problem: Problem
    scale: float
    error: Array  # (N, K)  ŷ − y
    output_slope: Array | None  # (N, K), or (N, K, K) of a softmax
    slopes: tuple[Array, ...]
    back: tuple[Array, ...]
    inputs: tuple[Array, ...]  # X1, then Z1 of each hidden layer
    sums: tuple[Array, ...]  # H of each hidden layer, then O
    values: tuple[Array, ...]  # Z of each hidden layer, then ŷ
    bias_inputs: tuple[bool, ...]

    @property
    def y_hat(self) -> Array:
        """The predictions (N, K)."""
        return self.values[-1]

    @property
    def upstream(self) -> Array:
        """∂C/∂ŷ without the scale, (N, K)."""
        net = self.problem.net
        if self.problem.loss != "cross_entropy":
            return self.error
        if net.output == "softmax":
            return np.asarray(-self.problem.y / self.y_hat)
        return np.asarray(self.error / SLOPES[net.output](self.y_hat))

    @property
    def delta(self) -> Array:
        """∂C/∂O (N, K)."""
        if self.output_slope is None:
            return self.scale * self.error
        if self.output_slope.ndim == 3:
            pulled = np.einsum("no,nok->nk", self.scale * self.upstream, self.output_slope)
            return np.asarray(pulled)
        return np.asarray(self.scale * self.upstream * self.output_slope)

    def gradients(self) -> list[Array]:
        """Return one matrix a layer, without any penalty."""
        return self.gradients_from(self.delta)

    def gradients_from(self, delta: Array) -> list[Array]:
        """Return one matrix a layer for this ∂C/∂O."""
        found = [self.inputs[-1].T @ delta]
        for W, slope, values in zip(
            reversed(self.back), reversed(self.slopes), reversed(self.inputs[:-1]), strict=True
        ):
            delta = (delta @ W.T) * slope
            found.append(values.T @ delta)
        return found[::-1]

    def of_sample(self, sample: int) -> "Steps":
        """Return the part of one sample, its 1/N kept."""
        rows = slice(sample, sample + 1)
        problem = self.problem
        one = Problem(problem.net, problem.X[rows], problem.y[rows], problem.loss)
        return replace(steps(one), scale=self.scale)


def steps(problem: Problem) -> Steps:
    """Return the right steps of a problem."""
    net = problem.net
    inputs, sums, values = forward(net, problem.X)
    fused = problem.loss == "cross_entropy"
    return Steps(
        problem=problem,
        scale=scale_of(problem.loss, len(problem.X)),
        error=values[-1] - problem.y,
        output_slope=None if fused else SLOPES[net.output](values[-1]),
        slopes=tuple(SLOPES[net.hidden](Z) for Z in values[:-1]),
        back=tuple(without_bias(net, layer, W) for layer, W in weights_from(net, 2)),
        inputs=tuple(inputs),
        sums=tuple(sums),
        values=tuple(values),
        bias_inputs=tuple(net.has_bias(layer) for layer, _ in weights_from(net, 1)),
    )


def forward(
    net: Network, X: Array, rounded: Elementwise = lambda value: value
) -> tuple[list[Array], list[Array], list[Array]]:
    """Return what each matrix multiplies, H of each layer and Z of each, `rounded` on the way."""
    inputs, sums, values = [], [], []
    value = X
    for layer, W in weights_from(net, 1):
        inputs.append(add_ones(value) if net.has_bias(layer) else value)
        sums.append(rounded(inputs[-1] @ W))
        name = net.hidden if layer < net.layers else net.output
        value = rounded(VALUES[name](sums[-1]))
        values.append(value)
    return inputs, sums, values


def weights_from(net: Network, first: int) -> list[tuple[int, Array]]:
    """Return (layer, W) from that layer on."""
    return list(enumerate(net.weights, start=1))[first - 1 :]


def add_ones(A: Array) -> Array:
    """Append a column of ones."""
    return np.column_stack([A, np.ones(len(A))])


def without_bias(net: Network, layer: int, W: Array) -> Array:
    """Return W without its bias row."""
    return np.asarray(W[:-1] if net.has_bias(layer) else W)


def penalties(problem: Problem, l2: float | None = None, on_bias: bool = False) -> list[Array]:
    """Return λW of each matrix, 0 in its bias row unless `on_bias`."""
    terms = []
    for layer, W in weights_from(problem.net, 1):
        term = (problem.l2 if l2 is None else l2) * W
        if problem.net.has_bias(layer) and not on_bias:
            term[-1] = 0.0
        terms.append(term)
    return terms


def add(left: Sequence[Array], right: Sequence[Array]) -> list[Array]:
    """Return the sums of the matrices."""
    return [a + b for a, b in zip(left, right, strict=True)]


def truth(problem: Problem) -> list[Array]:
    """Return ∂C/∂W1, ∂C/∂W2 and so on, the penalty included."""
    return add(steps(problem).gradients(), penalties(problem))


def hand(problem: Problem, digits: int, *, mean_first: bool = False) -> list[Array]:
    """Return the gradients as by hand: each intermediate rounded to that many decimals.

    These are H, Z, O, ŷ, ŷ − y, the slopes, δ, each sample's products, their sums, and what the
    1/N makes of them; or with `mean_first` the 1/N belongs to δ, as in eq. 3.
    """

    def rounded(value: Array) -> Array:
        return np.asarray(np.round(value, digits))

    right = steps(problem)
    inputs, _, values = forward(problem.net, problem.X, rounded)
    slope = right.output_slope
    if slope is not None:
        slope = rounded(SLOPES[problem.net.output](values[-1]))
    own = replace(
        right,
        scale=right.scale if mean_first else 1.0,
        error=rounded(values[-1] - problem.y),
        output_slope=slope,
        slopes=tuple(rounded(SLOPES[problem.net.hidden](Z)) for Z in values[:-1]),
        inputs=tuple(inputs),
        values=tuple(values),
    )
    delta = rounded(own.delta)
    found = [_sum_of_products(own.inputs[-1], delta, rounded)]
    for layer in range(len(own.back) - 1, -1, -1):
        delta = rounded(rounded(delta @ own.back[layer].T) * own.slopes[layer])
        found.append(_sum_of_products(own.inputs[layer], delta, rounded))
    rest = right.scale / own.scale
    data = [rounded(rest * total) for total in reversed(found)]
    return [rounded(total) for total in add(data, penalties(problem))]


def cut_off(problem: Problem, digits: int) -> list[Array]:
    """Return the right gradients with all further decimals cut off, not rounded."""
    power = 10.0**digits
    return [np.asarray(np.trunc(dW * power) / power) for dW in truth(problem)]


def _sum_of_products(values: Array, delta: Array, rounded: Elementwise) -> Array:
    products = rounded(values[:, :, np.newaxis] * delta[:, np.newaxis, :])
    return np.asarray(products.sum(axis=0))
