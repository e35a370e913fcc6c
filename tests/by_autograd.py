"""The chain rule of any depth by torch's autograd: nothing of core's mathematics is used.

Each number comes with its size, the sum of the magnitudes of the terms that it is made of: rounding
is measured by it. Sizes are worked out layer by layer in plain NumPy.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.network import Network

Array = NDArray[np.float64]

HIDDEN: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


@dataclass(frozen=True)
class Path:
    """Units from the weight's column to the output, and the product of the factors on the way."""

    units: tuple[int, ...]
    product: float


class ByAutograd:
    """Every number of the chain rule page for a network, X (N, d), y (N, K) and a loss."""

    def __init__(self, net: Network, X: Array, y: Array, loss: str) -> None:
        self.net, self.loss = net, loss
        self.y = torch.tensor(y)
        self.W = [torch.tensor(W, requires_grad=True) for W in net.weights]
        self.inputs: list[Tensor] = []
        self.H: list[Tensor] = []  # pre-activations, O last
        self.Z: list[Tensor] = []  # activations, ŷ last
        value = torch.tensor(X)
        for layer, W in enumerate(self.W, start=1):
            ones = torch.ones(len(X), 1, dtype=torch.float64)
            self.inputs.append(torch.cat([value, ones], 1) if net.has_bias(layer) else value)
            self.H.append(self.inputs[-1] @ W)
            value = self._activation(layer)(self.H[-1])
            self.Z.append(value)
        for tensor in (*self.H, *self.Z):
            tensor.retain_grad()
        self._cost(self.H[-1]).backward(retain_graph=True)

    def _activation(self, layer: int) -> Callable[[Tensor], Tensor]:
        if layer < self.net.layers:
            return HIDDEN[self.net.hidden]
        return torch.sigmoid if self.net.output == "sigmoid" else partial(torch.softmax, dim=1)

    def _cost(self, O: Tensor) -> Tensor:
        """Return C from O."""
        return self._costs(O).sum()

    def _costs(self, O: Tensor) -> Tensor:
        """Return the samples' shares of C: in torch's own way where ln ŷ is needed."""
        N = len(O)
        if self.loss == "half_mse":
            return ((self._activation(self.net.layers)(O) - self.y) ** 2).sum(1) / (2 * N)
        if self.net.output == "softmax":
            return torch.nn.functional.cross_entropy(O, self.y, reduction="none") / N
        entropy = torch.nn.functional.binary_cross_entropy_with_logits
        return entropy(O, self.y, reduction="none").sum(1) / N

    @cache  # noqa: B019
    def costs(self) -> Array:
        """Return each sample's share of C, (N,)."""
        return np.asarray(self._costs(self.H[-1]).detach())

    def cost_size(self, sample: int) -> Array:
        """Return the size of a sample's share of C, (1,)."""
        y_hat, y, O = (t[sample].detach().abs() for t in (self.Z[-1], self.y, self.H[-1]))
        if self.loss == "half_mse":
            return np.asarray(((y_hat + y) ** 2).sum() / (2 * len(self.y))).reshape(1)
        return np.asarray((2 * O + 1).sum() / len(self.y)).reshape(1)  # ln(1 + eᴼ) − y O

    def error_size(self, sample: int) -> Array:
        """Return the sizes of `dC_dyhat` of a sample, (K,)."""
        if self.loss == "half_mse":
            y_hat, y = (np.asarray(t[sample].detach()) for t in (self.Z[-1], self.y))
            return np.asarray((np.abs(y_hat) + np.abs(y)) / len(self.y))
        size: Array = np.abs(self.dC_dyhat[sample])
        return size

    @cached_property
    def dC_dyhat(self) -> Array:
        """∂C/∂ŷ, (N, K), from C as a function of ŷ alone."""
        y_hat, y = self.Z[-1].detach().requires_grad_(), self.y
        if self.loss == "half_mse":
            C = ((y_hat - y) ** 2).sum()
            scale = 2
        else:
            others = (1 - y) * torch.log(1 - y_hat) if self.net.output == "sigmoid" else 0
            C, scale = -(torch.xlogy(y, y_hat) + others).sum(), 1
        (found,) = torch.autograd.grad(C / (scale * len(y)), y_hat)
        return np.asarray(found)

    @cache  # noqa: B019 - one object a test
    def jacobian(self, sample: int) -> Array:
        """Return ∂ŷ/∂O of a sample, (K, K)."""
        at = self.H[-1][sample : sample + 1].detach()
        output = self._activation(self.net.layers)
        found = torch.autograd.functional.jacobian(lambda O: output(O[None])[0], at[0])
        return np.asarray(found)

    @cache  # noqa: B019
    def slopes(self, layer: int, sample: int) -> Array:
        """Return ∂Z/∂H of a hidden layer's units for a sample."""
        H = self.H[layer - 1][sample].detach().requires_grad_()
        (found,) = torch.autograd.grad(HIDDEN[self.net.hidden](H).sum(), H)
        return np.asarray(found)

    def delta(self, layer: int, sample: int) -> Array:
        """Return ∂C by W⁽layer⁾'s pre-activation for a sample."""
        grad = self.H[layer - 1].grad
        assert grad is not None
        return np.asarray(grad[sample])

    def through_values(self, layer: int, sample: int) -> Array:
        """Return ∂C by a hidden layer's values for a sample."""
        grad = self.Z[layer - 1].grad
        assert grad is not None
        return np.asarray(grad[sample])

    def gradient(self, layer: int) -> Array:
        """Return ∂C/∂W⁽layer⁾."""
        grad = self.W[layer - 1].grad
        assert grad is not None
        return np.asarray(grad)

    def input(self, layer: int, sample: int) -> Array:
        """Return what the rows of W⁽layer⁾ multiply for a sample."""
        return np.asarray(self.inputs[layer - 1][sample].detach())

    @cache  # noqa: B019
    def weights(self, layer: int) -> Array:
        """Return W⁽layer⁾ without its bias row."""
        return np.asarray(self.W[layer - 1].detach())[: self.net.rows(layer)]

    # ---- sizes

    @cache  # noqa: B019
    def delta_sizes(self, sample: int) -> dict[str, Array]:
        """Return the sizes of ∂C by O, Z and H of every layer, by (letter, layer)."""
        size = self._output_sizes(sample) / len(self.y)
        found = {"O": size}
        for layer in range(self.net.layers - 1, 0, -1):
            size = found[f"Z{layer}"] = np.abs(self.weights(layer + 1)) @ size
            size = found[f"H{layer}"] = size * self._slope_sizes(layer, sample)
        return found

    def _output_sizes(self, sample: int) -> Array:
        """Return the sizes of ∂C/∂O, but for 1/N."""
        y_hat, y = (np.asarray(t[sample].detach()) for t in (self.Z[-1], self.y))
        error: Array = y_hat + y
        if self.loss == "cross_entropy":
            return error
        slope: Array = np.diag(y_hat * (1 + y_hat))
        if self.net.output == "softmax":
            slope = y_hat * (np.eye(len(y_hat)) + y_hat[:, None])
        size: Array = error @ slope
        return size

    def _slope_sizes(self, layer: int, sample: int) -> Array:
        Z: Array = np.asarray(self.Z[layer - 1][sample].detach())
        sizes: dict[str, Array] = {"sigmoid": Z + Z**2, "tanh": 1 + Z**2, "relu": np.ones_like(Z)}
        return sizes[self.net.hidden]

    def size_of_delta(self, layer: int, sample: int) -> Array:
        """Return the sizes of `delta`."""
        sizes = self.delta_sizes(sample)
        return sizes["O" if layer == self.net.layers else f"H{layer}"]

    def gradient_size(self, layer: int, row: int, column: int) -> float:
        """Return the size of one weight's gradient."""
        return math.fsum(
            abs(self.input(layer, i)[row]) * self.size_of_delta(layer, i)[column]
            for i in range(len(self.y))
        )

    # ---- paths

    def factors(
        self, weight: tuple[int, int, int], sample: int, path: tuple[int, ...]
    ) -> list[float]:
        """Return the factors of a path after ∂C/∂O, in the order of the chain."""
        layer, row, _ = weight
        found: list[float] = []
        for n in range(self.net.layers - 1, layer - 1, -1):
            here, there = path[n - layer], path[n - layer + 1]
            found += [self.weights(n + 1)[here, there], self.slopes(n, sample)[here]]
        return [*found, self.input(layer, sample)[row]]

    def paths(self, weight: tuple[int, int, int], sample: int) -> Iterator[Path]:
        """Yield every path of a weight with its product, one after another."""
        layer, _, column = weight
        later = [range(W.shape[1]) for W in self.net.weights[layer:]]
        error = self.delta(self.net.layers, sample)
        for units in product([column], *later):
            factors = self.factors(weight, sample, units)
            yield Path(units, error[units[-1]] * math.prod(factors))
