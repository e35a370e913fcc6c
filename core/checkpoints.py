"""The weights of evenly spaced epochs in a bounded block of memory, thinned as a run grows."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.network import Network

Array = NDArray[np.float64]

BUDGET = 64 * 2**20  # bytes


class Checkpoints:
    """Rows of one preallocated array: row r holds the weights of epoch r · stride.

    When the rows are used up, every second one is dropped and the stride doubles, so any epoch is
    at most `stride - 1` updates after a kept one. Memory is touched only as rows are filled.
    """

    def __init__(self, size: int, epochs: int, budget: int = BUDGET) -> None:
        """For `size` weights and a run of `epochs` epochs, within `budget` bytes."""
        self._budget = budget
        rows = max(2, min(epochs, budget // (8 * size)))
        self._rows = np.empty((rows, size))
        self.stride = 1
        self._count = 0

    @property
    def nbytes(self) -> int:
        """Bytes this may come to hold."""
        return self._rows.nbytes

    def keep(self, epoch: int, network: Network) -> None:
        """Keep the weights of `epoch` if it is due: the next multiple of the stride."""
        if epoch != self._count * self.stride:
            return
        if self._count == len(self._rows):
            self._thin()
            if epoch != self._count * self.stride:
                return
        np.concatenate([network.W1.ravel(), network.W2.ravel()], out=self._rows[self._count])
        self._count += 1

    def before(self, epoch: int) -> tuple[int, Array]:
        """The latest kept epoch that is not after `epoch`, and its weights, W1 then W2."""
        row = min(epoch // self.stride, self._count - 1)
        return row * self.stride, self._rows[row]

    def until(self, epoch: int, epochs: int) -> Self:
        """A copy with the rows before `epoch`, for a run of `epochs` epochs, more than `epoch`."""
        twin = type(self)(self._rows.shape[1], epochs, self._budget)
        twin.stride = self.stride
        kept = self._rows[: min(self._count, -(-epoch // self.stride))]
        twin._count = len(kept)
        twin._rows[: len(kept)] = kept
        return twin

    def _thin(self) -> None:
        kept = self._rows[: self._count : 2].copy()
        self._count = len(kept)
        self._rows[: self._count] = kept
        self.stride *= 2
