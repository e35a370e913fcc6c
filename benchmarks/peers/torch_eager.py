"""Eager torch, with the training loop of its tutorials: float64 on the CPU."""

import numpy as np
import torch

from benchmarks.rows import Array, BenchmarkProblem


def network(problem: BenchmarkProblem) -> torch.nn.Sequential:
    """Return the network; torch stores matrices transposed and biases separately."""
    (rows, m), K = problem.W1.shape, problem.W2.shape[1]
    net = torch.nn.Sequential(
        torch.nn.Linear(rows - 1, m), torch.nn.Sigmoid(), torch.nn.Linear(m, K), torch.nn.Sigmoid()
    ).double()
    with torch.no_grad():
        for layer, W in ((net[0], problem.W1), (net[2], problem.W2)):
            layer.weight.copy_(torch.from_numpy(W[:-1].T))
            layer.bias.copy_(torch.from_numpy(W[-1]))
    return net


def matrices(parameters: list[torch.Tensor]) -> tuple[Array, Array]:
    """Return W1 and W2 from weight, bias, weight, bias."""
    V1, b1, V2, b2 = (parameter.detach().numpy() for parameter in parameters)
    return np.vstack([V1.T, b1]), np.vstack([V2.T, b2])


class TorchEager:
    """A model and its optimiser."""

    def __init__(self, problem: BenchmarkProblem) -> None:
        self._X, self._y = torch.from_numpy(problem.X), torch.from_numpy(problem.y)
        self._net = network(problem)
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=problem.learning_rate)

    @property
    def threads(self) -> int:
        """Torch's default."""
        return int(torch.get_num_threads())

    def train(self, epochs: int) -> None:
        """Run forward, backward and step."""
        N = len(self._y)
        for _ in range(epochs):
            self._optimizer.zero_grad()
            loss = (self._net(self._X) - self._y).square().sum() / (2 * N)
            loss.backward()
            self._optimizer.step()

    def weights(self) -> tuple[Array, Array]:
        """Return the current weights."""
        return matrices(list(self._net.parameters()))


prepare = TorchEager
