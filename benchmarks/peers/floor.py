"""Lower bound of an epoch's time with NumPy on one thread of this machine.

The sum of three parts, each measured alone and at its best, on arrays that lie in cache:
e⁻ˣ for every unit and output of every sample, the five matrix products at the problem's shapes,
and reading X from memory once. Everything else that an epoch needs is ours to keep small.
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
        N, m, K = len(problem.X), problem.W1.shape[1], problem.W2.shape[1]
        widths = [width for width in WIDTHS if width < N] or [N]
        candidates = [(_products(problem, width), N / width) for width in widths]
        self._parts = {
            "exp": (_exp(min(EXP_LENGTH, N * (m + K))), max(1, N * (m + K) / EXP_LENGTH)),
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
    """Return the products for a block: H, O, ∂C/∂W2, ∂C/∂Z, ∂C/∂W1, units × samples."""
    W1, W2 = problem.W1, problem.W2
    X1 = np.vstack([problem.X[:width].T, np.ones(width)])
    Z1, E = np.ones((len(W2), width)), np.ones((W2.shape[1], width))
    D = np.ones((W1.shape[1], width))
    G1, G2 = np.empty_like(W1), np.empty_like(W2)

    def products() -> None:
        np.dot(W1.T, X1, D)
        np.dot(W2.T, Z1, E)
        np.dot(Z1, E.T, G2)
        np.dot(W2[:-1], E, D)
        np.dot(X1, D.T, G1)

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
