"""torch.compile: loss, gradient and update as one compiled function, the fastest found.

Compiling the loss alone and leaving `backward` and the optimiser as they are is slower by far on
small data. Needs a C++ compiler.
"""

import torch

from benchmarks.peers.torch_eager import cost, matrices, network
from benchmarks.rows import Array, BenchmarkProblem

Parameters = dict[str, torch.Tensor]


class TorchCompile:
    """Parameters, and the compiled step."""

    def __init__(self, problem: BenchmarkProblem) -> None:
        net, X, y = network(problem), torch.from_numpy(problem.X), torch.from_numpy(problem.y)
        self._parameters = {name: p.detach().clone() for name, p in net.named_parameters()}

        def loss(parameters: Parameters) -> torch.Tensor:
            return cost(problem, torch.func.functional_call(net, parameters, (X,)), y)

        def step(parameters: Parameters) -> torch.Tensor:
            gradients, C = torch.func.grad_and_value(loss)(parameters)
            for name, parameter in parameters.items():
                parameter.sub_(gradients[name], alpha=problem.learning_rate)
            return C

        self._step = torch.compile(step)

    @property
    def threads(self) -> int:
        """Torch's default."""
        return int(torch.get_num_threads())

    def train(self, epochs: int) -> None:
        """Make one compiled call per epoch."""
        with torch.no_grad():
            for _ in range(epochs):
                self._step(self._parameters)

    def weights(self) -> tuple[Array, ...]:
        """Return the current weights."""
        return matrices(list(self._parameters.values()))


prepare = TorchCompile
