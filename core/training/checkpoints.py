"""Checkpoints of a run: evenly spaced epochs and the latest ones, in bounded memory."""

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BUDGET = 64 * 2**20  # bytes, for both together
RECENT_BUDGET = BUDGET // 4  # part of it, if epochs are slow enough to store each


class RecentEpochs:
    """Ring buffer of the latest epochs: each new row replaces the oldest."""

    def __init__(self, size: int, first: int, budget: int = RECENT_BUDGET) -> None:
        """Allocate rows of `size` numbers from epoch `first` on, within `budget` bytes."""
        self._rows = np.empty((max(1, budget // (8 * size)), size))
        self._first, self._last = first, first - 1

    @property
    def nbytes(self) -> int:
        """Size of the buffer in bytes."""
        return self._rows.nbytes

    def store(self, write: Callable[[Array], None]) -> None:
        """Add the next epoch: `write` fills its row."""
        self._last += 1
        write(self._rows[self._last % len(self._rows)])

    def at_or_before(self, epoch: int) -> tuple[int, Array] | None:
        """Return the last stored epoch at or before `epoch` and its row, or None."""
        found = min(epoch, self._last)
        if found < max(self._first, self._last - len(self._rows) + 1):
            return None
        return found, self._rows[found % len(self._rows)]


class Checkpoints:
    """Evenly spaced epochs in one preallocated array: row r belongs to epoch r · stride.

    When it is full, every second row is dropped and the stride doubles, so any epoch is at most
    `stride - 1` epochs after a stored one. Memory is touched only as rows are filled.
    """

    def __init__(self, size: int, epochs: int, budget: int = BUDGET, stride: int = 1) -> None:
        """Allocate rows of `size` numbers for `epochs` epochs, within `budget` bytes.

        `stride` is the initial stride.
        """
        self.budget = budget
        self._rows = np.zeros((max(2, min(-(-epochs // stride), budget // (8 * size))), size))
        self._count = 0
        self.stride = stride
        self.due = 0  # the next epoch to store

    @classmethod
    def from_rows(
        cls, rows: Array, size: int, epochs: int, budget: int = BUDGET, stride: int = 1
    ) -> Self:
        """Return checkpoints with `rows` for epochs 0, stride, 2 stride and so on."""
        new = cls(size, epochs, budget, stride)
        while len(rows) > len(new._rows):
            rows = rows[::2]
            new.stride *= 2
        new._count = len(rows)
        new._rows[: len(rows), : rows.shape[1]] = rows
        new.due = len(rows) * new.stride
        return new

    def copy_rows(self, max_bytes: int) -> tuple[Array, int]:
        """Return a copy of every row (or every 2nd, 4th, …) within `max_bytes`, and its stride."""
        rows, stride = self._rows[: self._count], self.stride
        while rows.nbytes > max_bytes and len(rows) > 1:
            rows, stride = rows[::2], 2 * stride
        return rows.copy(), stride

    @property
    def nbytes(self) -> int:
        """Size of the buffer in bytes."""
        return self._rows.nbytes

    def store(self, write: Callable[[Array], None]) -> None:
        """Add the epoch that is `due`: `write` fills its row.

        If the array is full, rows are dropped first, and the epoch may no longer be due.
        """
        epoch = self.due
        if self._count == len(self._rows):
            self._drop_every_second()
        if epoch == self.due:
            write(self._rows[self._count])
            self._count += 1
            self.due += self.stride

    def at_or_before(self, epoch: int) -> tuple[int, Array]:
        """Return the last stored epoch at or before `epoch`, and its row."""
        row = min(epoch // self.stride, self._count - 1)
        return row * self.stride, self._rows[row]

    def copy_until(self, epoch: int, epochs: int, size: int, budget: int | None = None) -> Self:
        """Return a copy of the rows before `epoch`, for a run of `epochs` ≥ `epoch` epochs.

        Its rows hold `size` numbers, or as many as the rows here if those are longer; `budget` is
        its limit in bytes, by default the same as here.
        """
        rows = self._rows[: min(self._count, -(-epoch // self.stride))]
        size = max(self._rows.shape[1], size)
        budget = self.budget if budget is None else budget
        return self.from_rows(rows, size, epochs, budget, self.stride)

    def _drop_every_second(self) -> None:
        rows = self._rows[: self._count : 2].copy()
        self._count = len(rows)
        self._rows[: self._count] = rows
        self.stride *= 2
        self.due = self._count * self.stride
