"""Lower bound of an epoch's time with NumPy on one thread of this machine.

The sum of three parts, each measured alone and at its best, on arrays that lie in cache:
e⁻ˣ for every unit and output of every sample, the matrix products at the problem's shapes (three a
matrix, two for the first), and reading X from memory once. Everything else that an epoch needs is
ours to keep small.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.peers import Turn
from benchmarks.rows import Array, BenchmarkProblem

EXP_LENGTH = 16_384  # 128 kB: what lies in L2
WIDTHS = (128, 256, 512, 1_024, 2_048, 4_096, 8_192)  # blocks of samples; the fastest counts


class Floor:
    """Parts of an epoch: calls, and how many an epoch needs."""

    threads = 1

    def __init__(self, problem: BenchmarkProblem) -> None:
        threadpool_limits(1, user_api="blas")
        N, units = len(problem.X), sum(W.shape[1] for W in problem.weights)
        widths = [width for width in WIDTHS if width < N] or [N]
        candidates = [(_products(problem, width), N / width) for width in widths]
        self._parts = {
            "exp": (_exp(min(EXP_LENGTH, N * units)), max(1, N * units / EXP_LENGTH)),
            "products": min(candidates, key=lambda part: _seconds(part[0], 0.05) * part[1]),
            "reading X": (_reading(problem.X), 1),
        }

    def measure(self, seconds: float) -> Turn:
        """Return the seconds per epoch of each part, and their sum."""
        share = seconds / len(self._parts)
        parts = {name: _seconds(call, share) * times for name, (call, times) in self._parts.items()}
        return Turn(sum(parts.values()), self.threads, parts)


def _exp(length: int) -> Callable[[], object]:
    x = np.linspace(-3, 3, length)
    out = np.empty(length)
    return lambda: np.exp(x, out)


def _reading(X: Array) -> Callable[[], object]:
    x = X.ravel()
    return lambda: np.dot(x, x)


def _products(problem: BenchmarkProblem, width: int) -> Callable[[], object]:
    """Return the products for a block, units × samples: each H and O, ∂C/∂W and ∂C/∂Z."""
    X1 = np.vstack([problem.X[:width].T, np.ones(width)])
    calls: list[tuple[Array, Array, Array]] = []
    for layer, W in enumerate(problem.weights):
        values = np.ones((len(W), width)) if layer else X1
        sums = np.ones((W.shape[1], width))
        calls += [(W.T, values, sums), (values, sums.T, np.empty_like(W))]
        if layer:
            calls.append((W[:-1], sums, np.ones((len(W) - 1, width))))

    def products() -> None:
        for arguments in calls:
            np.dot(*arguments)

    return products


def _seconds(call: Callable[[], object], budget: float) -> float:
    """Return the mean time of a call, measured for `budget` seconds after a warm-up."""
    call()
    calls, started = 0, perf_counter()
    while (passed := perf_counter() - started) < budget or not calls:
        call()
        calls += 1
    return passed / calls


prepare = Floor
