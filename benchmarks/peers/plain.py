"""Plain NumPy: the equations as one would type them, samples in rows.

The yardstick. It computes less than ours: no loss, no history.
"""

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks.rows import Array, BenchmarkProblem


class Plain:
    """The network as a list of matrices."""

    def __init__(self, problem: BenchmarkProblem) -> None:
        self.ones = np.ones((len(problem.X), 1))
        self.X1, self.y = np.hstack([problem.X, self.ones]), problem.y
        self.matrices = [W.copy() for W in problem.weights]
        self.softmax, self.rate = problem.softmax, problem.learning_rate

    @property
    def threads(self) -> int:
        """BLAS's default for its products."""
        return max(int(pool["num_threads"]) for pool in threadpool_info())

    def train(self, epochs: int) -> None:
        """Apply eqs. 5 and 10, or what becomes of them with more layers and a softmax."""
        if len(self.matrices) > 2 or self.softmax:
            for _ in range(epochs):
                self._deep()
            return
        X1, y, (W1, W2), N = self.X1, self.y, self.matrices, len(self.y)
        for _ in range(epochs):
            Z = 1 / (1 + np.exp(-(X1 @ W1)))
            Z1 = np.hstack([Z, self.ones])
            y_hat = 1 / (1 + np.exp(-(Z1 @ W2)))
            dO = -(y - y_hat) * y_hat * (1 - y_hat) / N
            dH = dO @ W2[:-1].T * Z * (1 - Z)
            W1 -= self.rate * (X1.T @ dH)
            W2 -= self.rate * (Z1.T @ dO)

    def _deep(self) -> None:
        inputs = [self.X1]
        for W in self.matrices[:-1]:
            inputs.append(np.hstack([1 / (1 + np.exp(-(inputs[-1] @ W))), self.ones]))
        O = inputs[-1] @ self.matrices[-1]
        if self.softmax:
            e = np.exp(O - O.max(axis=1, keepdims=True))
            delta = (e / e.sum(axis=1, keepdims=True) - self.y) / len(O)
        else:
            y_hat = 1 / (1 + np.exp(-O))
            delta = -(self.y - y_hat) * y_hat * (1 - y_hat) / len(O)
        for layer in range(len(self.matrices) - 1, -1, -1):
            W, values = self.matrices[layer], inputs[layer]
            gradient = values.T @ delta
            if layer:
                Z = values[:, :-1]
                delta = delta @ W[:-1].T * Z * (1 - Z)
            W -= self.rate * gradient

    def weights(self) -> tuple[Array, ...]:
        """Return the current weights."""
        return tuple(self.matrices)


prepare = Plain
