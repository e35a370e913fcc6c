"""Rows kept of a run's epochs, in bounded memory: evenly spaced ones, and the latest."""

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BUDGET = 64 * 2**20  # bytes, of both together
LATEST = BUDGET // 4  # of them, where epochs are slow enough to be kept one by one


class Latest:
    """The rows of the latest epochs, one after another; the oldest gives way to the next."""

    def __init__(self, size: int, first: int, budget: int = LATEST) -> None:
        """For rows of `size` numbers from epoch `first` on, within `budget` bytes."""
        self._rows = np.empty((max(1, budget // (8 * size)), size))
        self._first, self._last = first, first - 1

    @property
    def nbytes(self) -> int:
        """Bytes this may come to hold."""
        return self._rows.nbytes

    def keep(self, write: Callable[[Array], None]) -> None:
        """Let `write` fill the next epoch's row."""
        self._last += 1
        write(self._rows[self._last % len(self._rows)])

    def before(self, epoch: int) -> tuple[int, Array] | None:
        """The latest kept epoch that is not after `epoch`, and its row; None if there is none."""
        kept = min(epoch, self._last)
        if kept < max(self._first, self._last - len(self._rows) + 1):
            return None
        return kept, self._rows[kept % len(self._rows)]


class Checkpoints:
    """One preallocated array: row r holds what was kept of epoch r · stride.

    When the rows are used up, every second one is dropped and the stride doubles, so any epoch is
    at most `stride - 1` epochs after a kept one. Memory is touched only as rows are filled.
    """

    def __init__(self, size: int, epochs: int, budget: int = BUDGET, stride: int = 1) -> None:
        """For rows of `size` numbers and a run of `epochs` epochs, within `budget` bytes.

        `stride` is the one to begin with.
        """
        self.budget = budget
        self._rows = np.zeros((max(2, min(-(-epochs // stride), budget // (8 * size))), size))
        self._count = 0
        self.stride = stride
        self.due = 0  # the next epoch to keep

    @classmethod
    def filled(
        cls, rows: Array, size: int, epochs: int, budget: int = BUDGET, stride: int = 1
    ) -> Self:
        """With the rows of epochs 0, stride, 2 stride, … kept, of `size` numbers at most."""
        kept = cls(size, epochs, budget, stride)
        while len(rows) > len(kept._rows):
            rows = rows[::2]
            kept.stride *= 2
        kept._count = len(rows)
        kept._rows[: len(rows), : rows.shape[1]] = rows
        kept.due = len(rows) * kept.stride
        return kept

    def thinned(self, most: int) -> tuple[Array, int]:
        """A copy of the rows, or of every 2nd, 4th, …, within `most` bytes; and their stride."""
        rows, stride = self._rows[: self._count], self.stride
        while rows.nbytes > most and len(rows) > 1:
            rows, stride = rows[::2], 2 * stride
        return rows.copy(), stride

    @property
    def nbytes(self) -> int:
        """Bytes this may come to hold."""
        return self._rows.nbytes

    def keep(self, write: Callable[[Array], None]) -> None:
        """Let `write` fill the row of the epoch that is `due`.

        When there is no room, rows are dropped, and that epoch may no longer be due.
        """
        epoch = self.due
        if self._count == len(self._rows):
            self._thin()
        if epoch == self.due:
            write(self._rows[self._count])
            self._count += 1
            self.due += self.stride

    def before(self, epoch: int) -> tuple[int, Array]:
        """The latest kept epoch that is not after `epoch`, and its row."""
        row = min(epoch // self.stride, self._count - 1)
        return row * self.stride, self._rows[row]

    def until(self, epoch: int, epochs: int, size: int) -> Self:
        """A copy with the rows before `epoch`, for a run of `epochs` > `epoch` epochs.

        Its rows have room for `size` numbers, and for no fewer than they have here.
        """
        kept = self._rows[: min(self._count, -(-epoch // self.stride))]
        size = max(self._rows.shape[1], size)
        return self.filled(kept, size, epochs, self.budget, self.stride)

    def _thin(self) -> None:
        kept = self._rows[: self._count : 2].copy()
        self._count = len(kept)
        self._rows[: self._count] = kept
        self.stride *= 2
        self.due = self._count * self.stride
