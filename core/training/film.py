"""Some epochs of a run, as arrays: what a live view draws."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.training.kernel import Weights

Array = NDArray[np.float64]
Pair = tuple[Array, Array]  # what belongs to W1 (n, d+1, m), and to W2 (n, m+1, K)


@dataclass(frozen=True)
class Film:
    """The weights of some epochs, in order: W1 (n, d+1, m) and W2 (n, m+1, K) for `epochs` (n,).

    `gradients`: ∂C/∂W1 and ∂C/∂W2 there, over the whole training set, without L2.
    `updates`: what the epoch before that one added to W1 and W2; 0 at epoch 0.
    Both are None unless they were asked for.
    """

    epochs: NDArray[np.int64]
    W1: Array
    W2: Array
    gradients: Pair | None = None
    updates: Pair | None = None


@dataclass
class FilmBuilder:
    """A film in the making: vectors (P,) of the epochs so far."""

    weights: Weights
    epochs: list[int] = field(default_factory=list)
    flats: list[Array] = field(default_factory=list)
    gradients: list[Array] = field(default_factory=list)
    updates: list[Array] = field(default_factory=list)

    def add(self, epoch: int, gradient: Array | None, before: Array | None) -> None:
        """The weights as they stand at `epoch`, their gradient, and what they were before."""
        flat = self.weights.flat.copy()
        self.epochs.append(epoch)
        self.flats.append(flat)
        if gradient is not None:
            self.gradients.append(gradient)
        if before is not None:
            self.updates.append(flat - before)

    def film(self) -> Film:
        """All of it."""
        return Film(
            np.array(self.epochs, dtype=np.int64),
            *self._split(self.flats),
            self._split(self.gradients) if self.gradients else None,
            self._split(self.updates) if self.updates else None,
        )

    def _split(self, flats: list[Array]) -> Pair:
        first, second = self.weights.shapes
        rows = np.array(flats).reshape(len(flats), self.weights.flat.size)
        size = first[0] * first[1]
        return rows[:, :size].reshape(-1, *first), rows[:, size:].reshape(-1, *second)
