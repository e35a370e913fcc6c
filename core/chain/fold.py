"""MatrixChain of factors from C to a weight matrix, and what is folded from it.

    δ⁽ᴸ⁾ = ∂C/∂O
    δ⁽ˡ⁾ = (δ⁽ˡ⁺¹⁾ W⁽ˡ⁺¹⁾ᵀ without the bias row) ⊙ σ′(H⁽ˡ⁾)
    ∂C/∂W⁽ˡ⁾ = Z1⁽ˡ⁻¹⁾ᵀ δ⁽ˡ⁾

With one hidden layer this is eqs. 5 and 10 of `core.gradients`, to the last bit; the symbols then
carry no layer. A softmax's ∂ŷ/∂O is a Jacobian; with cross-entropy ∂C/∂O is computed in one step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS, softmax_product
from core.chain.factors import Factor
from core.chain.partials import hidden_partials, output_partials, weight_partial
from core.losses import check_loss
from core.network import Forward, Network

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MatrixChain:
    """Chain from C to W⁽layer⁾, for a forward pass and targets y (N, K), which are not checked."""

    net: Network
    forward: Forward
    y: Array
    loss: str
    layer: int

    @property
    def factors(self) -> tuple[Factor, ...]:
        """All factors in order: ∂C/∂ŷ, ∂ŷ/∂O, two for each layer between, what W multiplies.

        A softmax's ∂ŷ/∂O is (N, K, K) here; nothing else needs it.
        """
        y_hat = self.forward.y_hat
        error, output = output_partials(self.loss, self.net.output)
        return (
            error.at(check_loss(self.net, self.loss).slope(self.y, y_hat)),
            output.at(ACTIVATIONS[self.net.output].slope(y_hat)),
            *self.between,
            self.weight,
        )

    @cached_property
    def dC_dO(self) -> Array:
        """The product of the first two factors, (N, K), in one step if the loss is fused."""
        return output_delta(self.net, self.forward, self.y, self.loss)

    @cached_property
    def between(self) -> tuple[Factor, ...]:
        """The factors from O back to the pre-activation of this layer; none for the last matrix."""
        layers = range(self.net.layers, self.layer, -1)
        return tuple(factor for upper in layers for factor in _back(self.net, self.forward, upper))

    @property
    def weight(self) -> Factor:
        """The last factor: what the weights multiply."""
        partial = weight_partial(self.layer, self.net.layers)
        return partial.at(self.forward.inputs[self.layer - 1])

    def delta(self) -> Array:
        """Return δ⁽ˡ⁾, ∂C by this layer's pre-activation: (N, columns)."""
        delta = self.dC_dO
        for factor in self.between:
            delta = factor.pull(delta)
        return delta

    def gradient(self) -> Array:
        """Return ∂C/∂W⁽layer⁾, in its shape."""
        return self.weight.pull(self.delta())

    def per_sample(self) -> Array:
        """Return each sample's part of the gradient, (N, rows, columns)."""
        return self.weight.value[:, :, np.newaxis] * self.delta()[:, np.newaxis, :]

    def contributions(self, row: int, column: int) -> Array:
        """Return each sample's part of one weight's gradient by the output o of O: (N, K).

        The part of o is (∂C/∂O)[i,o] · ∂O[i,o]/∂W⁽layer⁾[row,column]; all add up to the gradient.
        """
        if not self.between:
            parts = np.zeros_like(self.dC_dO)
            parts[:, column] = self.dC_dO[:, column] * self.weight.value[:, row]
            return parts
        *above, linear, slope = self.between
        change = linear.value[[column]]  # of the next pre-activation: one row for all samples
        for factor in reversed(above):
            change = factor.push(change)
        parts = self.dC_dO * change
        return parts * slope.value[:, [column]] * self.weight.value[:, [row]]


def output_delta(net: Network, forward: Forward, y: Array, loss: str) -> Array:
    """Return ∂C/∂O, (N, K): (ŷ − y)/N if the loss is fused, else the product of two factors."""
    chosen, y_hat = check_loss(net, loss), forward.y_hat
    if chosen.fused:
        return chosen.error_scale(len(y)) * (y_hat - y)
    dC_dyhat, output = chosen.slope(y, y_hat), ACTIVATIONS[net.output]
    if not output.full:
        return dC_dyhat * output.slope(y_hat)
    return softmax_product(dC_dyhat, y_hat)


def deltas(net: Network, forward: Forward, y: Array, loss: str) -> tuple[Array, ...]:
    """Return δ⁽ˡ⁾ (N, columns) of every matrix in one way back; y (N, K) is not checked."""
    found = [output_delta(net, forward, y, loss)]
    for layer in range(net.layers, 1, -1):
        delta = found[-1]
        for factor in _back(net, forward, layer):
            delta = factor.pull(delta)
        found.append(delta)
    return tuple(reversed(found))


def gradients_of(net: Network, forward: Forward, y: Array, loss: str) -> tuple[Array, ...]:
    """Return ∂C/∂W of every matrix; y (N, K) is not checked."""
    pairs = zip(forward.inputs, deltas(net, forward, y, loss), strict=True)
    return tuple(inputs.T @ delta for inputs, delta in pairs)


def _back(net: Network, forward: Forward, layer: int) -> Iterator[Factor]:
    """Yield the two factors from W⁽layer⁾'s pre-activation to that of the layer before."""
    linear, slope = hidden_partials(net.hidden, layer, net.layers)
    yield linear.at(net.weights[layer - 1][: net.rows(layer)])
    yield slope.at(ACTIVATIONS[net.hidden].slope(forward.values[layer - 2]))
