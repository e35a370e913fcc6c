"""Weights of several epochs of a run as arrays, which a live view draws."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Matrices = tuple[Array, ...]  # (n, rows, columns) for each matrix


@dataclass(frozen=True)
class Film:
    """The weights of some epochs, in order: (n, rows, columns) for each matrix, `epochs` (n,).

    `gradients`: ∂C/∂W of each at each epoch, over the whole training set, without L2.
    `updates`: the change of each since the epoch before; 0 at epoch 0.
    `states`: the optimiser's state at each, as one vector, whose size depends on the settings.
    All are None unless requested.
    """

    epochs: NDArray[np.int64]
    weights: Matrices
    gradients: Matrices | None = None
    updates: Matrices | None = None
    states: tuple[Array, ...] | None = None

    @property
    def W1(self) -> Array:
        """The weights of the first matrix, (n, d+1, m)."""
        return self.weights[0]

    @property
    def W2(self) -> Array:
        """The weights of the second matrix, (n, m+1, K) with one hidden layer."""
        return self.weights[1]
