"""Plain NumPy: the equations as one would type them, samples in rows.

The yardstick. It computes less than ours: no loss, no history.
"""

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks.rows import Array, BenchmarkProblem


class Plain:
    """The network as two matrices."""

    def __init__(self, problem: BenchmarkProblem) -> None:
        self.ones = np.ones((len(problem.X), 1))
        self.X1, self.y = np.hstack([problem.X, self.ones]), problem.y
        self.W1, self.W2 = problem.W1.copy(), problem.W2.copy()
        self.rate = problem.learning_rate

    @property
    def threads(self) -> int:
        """BLAS's default for its products."""
        return max(int(pool["num_threads"]) for pool in threadpool_info())

    def train(self, epochs: int) -> None:
        """Apply eqs. 5 and 10."""
        X1, y, W1, W2, N = self.X1, self.y, self.W1, self.W2, len(self.y)
        for _ in range(epochs):
            Z = 1 / (1 + np.exp(-(X1 @ W1)))
            Z1 = np.hstack([Z, self.ones])
            y_hat = 1 / (1 + np.exp(-(Z1 @ W2)))
            dO = -(y - y_hat) * y_hat * (1 - y_hat) / N
            dH = dO @ W2[:-1].T * Z * (1 - Z)
            W1 -= self.rate * (X1.T @ dH)
            W2 -= self.rate * (Z1.T @ dO)

    def weights(self) -> tuple[Array, Array]:
        """Return the current weights."""
        return self.W1, self.W2


prepare = Plain
