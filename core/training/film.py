"""Weights of several epochs of a run as arrays, which a live view draws."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.training.kernel import Weights

Array = NDArray[np.float64]
Matrices = tuple[Array, ...]  # (n, rows, columns) for each matrix


@dataclass(frozen=True)
class Film:
    """The weights of some epochs, in order: (n, rows, columns) for each matrix, `epochs` (n,).

    `gradients`: ∂C/∂W of each at each epoch, over the whole training set, without L2.
    `updates`: the change of each since the epoch before; 0 at epoch 0.
    Both are None unless requested.
    """

    epochs: NDArray[np.int64]
    weights: Matrices
    gradients: Matrices | None = None
    updates: Matrices | None = None

    @property
    def W1(self) -> Array:
        """The weights of the first matrix, (n, d+1, m)."""
        return self.weights[0]

    @property
    def W2(self) -> Array:
        """The weights of the second matrix, (n, m+1, K) with one hidden layer."""
        return self.weights[1]


@dataclass
class FilmBuilder:
    """Builder of a film: one vector (P,) an epoch for weights, gradient and update."""

    weights: Weights
    epochs: list[int] = field(default_factory=list)
    weight_vectors: list[Array] = field(default_factory=list)
    gradients: list[Array] = field(default_factory=list)
    updates: list[Array] = field(default_factory=list)

    def add(self, epoch: int, gradient: Array | None, before: Array | None) -> None:
        """Add the current weights, their gradient and their change since `before`."""
        weights = self.weights.flat.copy()
        self.epochs.append(epoch)
        self.weight_vectors.append(weights)
        if gradient is not None:
            self.gradients.append(gradient)
        if before is not None:
            self.updates.append(weights - before)

    def build(self) -> Film:
        """Return the frames collected so far as a Film."""
        return Film(
            np.array(self.epochs, dtype=np.int64),
            self._as_matrices(self.weight_vectors),
            self._as_matrices(self.gradients) if self.gradients else None,
            self._as_matrices(self.updates) if self.updates else None,
        )

    def _as_matrices(self, vectors: list[Array]) -> Matrices:
        return self.weights.split(np.array(vectors).reshape(len(vectors), self.weights.flat.size))
