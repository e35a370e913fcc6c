"""What a run minimises, with the Hessian's products from the complex step of its gradient.

    E(w) = C(w) + (λ/2) ‖W without bias rows‖², over the weights that are not frozen

The gradient is analytic where no ReLU is at its kink, so that with a real v

    ∇E(w + ihv) = ∇E(w) + ih ∇²E(w) v + O(h²),     ∇²E(w) v = Im ∇E(w + ihv) / h

No difference is taken: h is so small that h² vanishes, and the product is as exact as a gradient
(see `core.checking.complex_step`, which is independent of the chain rule; this is not). For the
same reason an activation's complex value is a + ih a′: its own slope gives the imaginary part.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS, softmax_product
from core.losses import loss_of
from core.network import Network
from core.training.kernel import Weights
from core.training.landscape.steps import Steps, complete
from core.training.settings import Settings
from core.training.trainer import ignore_float_errors

Array = NDArray[np.float64]
Numbers = NDArray[Any]  # float64 or complex128

STEP = 1e-100  # h
BLOCK = 2**17  # numbers of the widest layer at a time, so that memory does not grow with N
COST = 2**25  # samples × weights at a time, so that a step stays short


class Objective:
    """E of networks like `net` on X (N, d) and y (N, K), at vectors (P,) of all weights."""

    def __init__(self, net: Network, X: Array, y: Array, settings: Settings) -> None:
        self._net, self._X, self._y, self._settings = net, X, y, settings
        self._split = Weights(net).split
        self._decay = np.zeros(net.size)
        self.trainable = np.ones(net.size, dtype=bool)  # (P,) False where frozen
        for layer, matrix in enumerate(self._split(self._decay), start=1):
            matrix[: net.rows(layer)] = settings.l2
        matrices = self._split(self.trainable)
        for layer, row, column in settings.frozen:
            matrices[layer - 1][row, column] = False

    def gradient(self, weights: Numbers) -> Numbers:
        """Return ∇E (P,), 0 for frozen weights, of real or complex weights (P,)."""
        return complete(self.steps(weights))

    def steps(self, weights: Numbers) -> Steps[Numbers]:
        """Return what `gradient` returns, a block of samples a step."""
        done, matrices = 0, self._split(weights)
        with ignore_float_errors():  # a network that diverges overflows
            total: Numbers = self._decay * weights
        for X, y in self._blocks():
            with ignore_float_errors():
                total += self._sum_over(X, y, matrices)
            done += len(X)
            yield done, len(self._X)
        total[~self.trainable] = 0.0
        return total

    def hessian_product(self, weights: Array, v: Array) -> Array:
        """Return ∇²E v (P,); v (P,), of length 1 or so, is 0 for frozen weights."""
        point = np.empty(weights.size, dtype=np.complex128)
        point.real, point.imag = weights, STEP * v
        with ignore_float_errors():
            return self.gradient(point).imag / STEP

    def _blocks(self) -> Iterator[tuple[Array, Array]]:
        widest = max(columns for _, columns in self._net.shapes)
        size = max(1, min(BLOCK // max(widest, self._net.inputs), COST // self._net.size))
        for start in range(0, len(self._X), size):
            yield self._X[start : start + size], self._y[start : start + size]

    def _sum_over(self, X: Array, y: Array, matrices: tuple[Numbers, ...]) -> Numbers:
        """Return those samples' part of ∂C/∂W (P,)."""
        net, inputs, values = self._net, [], [X]
        for layer, W in enumerate(matrices, start=1):
            inputs.append(_with_ones(values[-1]) if net.has_bias(layer) else values[-1])
            name = net.hidden if layer < net.layers else net.output
            values.append(_activation(name, _product(inputs[-1], W)))
        delta = self._output_delta(y, values[-1])
        parts = []
        for layer in range(net.layers, 0, -1):
            parts.append(_product(inputs[layer - 1].T, delta).ravel())
            if layer > 1:
                back = delta @ matrices[layer - 1][: net.rows(layer)].T
                delta = back * ACTIVATIONS[net.hidden].slope(values[layer - 1])
        return np.concatenate(parts[::-1])

    def _output_delta(self, y: Array, y_hat: Numbers) -> Numbers:
        """Return ∂C/∂O, (n, K): ŷ − y times a constant, and times ∂ŷ/∂O unless it is fused."""
        output = ACTIVATIONS[self._net.output]
        loss = loss_of(self._net.output, self._settings.loss)
        error = loss.error_scale(len(self._X)) * (y_hat - y)
        if loss.fused:
            return error
        return softmax_product(error, y_hat) if output.full else error * output.slope(y_hat)


def _activation(name: str, x: Numbers) -> Numbers:
    """Return the value of real numbers, or a + i Im(x) a′ of numbers with a tiny imaginary part."""
    activation = ACTIVATIONS[name]
    a = activation.value(x.real)
    if not np.iscomplexobj(x):
        return a
    change = softmax_product(x.imag, a) if activation.full else activation.slope(a) * x.imag
    return a + 1j * change


def _product(A: Numbers, B: Numbers) -> Numbers:
    """Return A B; a real A, such as X, is not made complex for it."""
    apart = np.iscomplexobj(B) and not np.iscomplexobj(A)
    result: Numbers = A @ B.real + 1j * (A @ B.imag) if apart else A @ B
    return result


def _with_ones(A: Numbers) -> Numbers:
    return np.hstack([A, np.ones((len(A), 1))])
