"""Eager torch, with the training loop of its tutorials: float64 on the CPU."""

import numpy as np
import torch

from benchmarks.rows import Array, BenchmarkProblem


def network(problem: BenchmarkProblem) -> torch.nn.Sequential:
    """Return the network; torch stores matrices transposed and biases separately.

    With a softmax it ends in O: torch's cross-entropy takes the softmax itself.
    """
    linear = [torch.nn.Linear(len(W) - 1, W.shape[1]) for W in problem.weights]
    layers = [module for one in linear for module in (one, torch.nn.Sigmoid())]
    net = torch.nn.Sequential(*(layers[:-1] if problem.softmax else layers)).double()
    with torch.no_grad():
        for layer, W in zip(linear, problem.weights, strict=True):
            layer.weight.copy_(torch.from_numpy(W[:-1].T))
            layer.bias.copy_(torch.from_numpy(W[-1]))
    return net


def cost(problem: BenchmarkProblem, output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return C from the network's output."""
    if problem.softmax:
        return torch.nn.functional.cross_entropy(output, y)
    return (output - y).square().sum() / (2 * len(y))


def matrices(parameters: list[torch.Tensor]) -> tuple[Array, ...]:
    """Return the matrices from weight, bias, weight, bias and so on."""
    arrays = [parameter.detach().numpy() for parameter in parameters]
    return tuple(np.vstack([V.T, b]) for V, b in zip(arrays[::2], arrays[1::2], strict=True))


class TorchEager:
    """A model and its optimiser."""

    def __init__(self, problem: BenchmarkProblem) -> None:
        self._problem = problem
        self._X, self._y = torch.from_numpy(problem.X), torch.from_numpy(problem.y)
        self._net = network(problem)
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=problem.learning_rate)

    @property
    def threads(self) -> int:
        """Torch's default."""
        return int(torch.get_num_threads())

    def train(self, epochs: int) -> None:
        """Run forward, backward and step."""
        for _ in range(epochs):
            self._optimizer.zero_grad()
            loss = cost(self._problem, self._net(self._X), self._y)
            loss.backward()
            self._optimizer.step()

    def weights(self) -> tuple[Array, ...]:
        """Return the current weights."""
        return matrices(list(self._net.parameters()))


prepare = TorchEager
