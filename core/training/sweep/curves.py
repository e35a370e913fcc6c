"""Results of a sweep in little memory: 10,000 of them take less than 64 MB."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.training.sweep.points import SweepResult
from core.training.sweep.task import Ended
from core.utils.arguments import EXACT, instance
from core.utils.thinning import min_max_indices

Array = NDArray[np.float64]

MOST, MOST_WANTED = 200, 100  # points of a curve, and those of them that may be asked for


@dataclass(frozen=True, eq=False)
class ThinCurve:
    """At most 200 epochs (n,) of a point with their losses, each exact; the rest is replayed.

    The first and the last are among them, and the extremes of each stretch between: so the lowest,
    too; and the epochs that were asked for. val_losses (n,): None without a validation set, whose
    extremes then are among them as well.
    """

    epochs: NDArray[np.int32]
    losses: Array
    val_losses: Array | None

    @classmethod
    def of(cls, result: SweepResult, at: ArrayLike = ()) -> Self:
        """Return the curve of a result, with those epochs of `at` that it reached.

        Raises ValueError for more than 100 of them, and for others than epochs.
        """
        result = instance("result", result, SweepResult)
        wanted = _epochs(at)
        curves = [c for c in (result.losses, result.val_losses) if c is not None and len(c)]
        most = (MOST - len(wanted)) // max(1, len(curves)) - 2  # beside both ends
        picks = [min_max_indices(curve, most) for curve in curves]
        epochs = np.unique(np.concatenate([wanted[wanted < len(result.losses)], *picks]))
        val_losses = None if result.val_losses is None else result.val_losses[epochs]
        return cls(epochs.astype(np.int32), result.losses[epochs], val_losses)

    @property
    def nbytes(self) -> int:
        """Size of the arrays in bytes."""
        validation = 0 if self.val_losses is None else self.val_losses.nbytes
        return self.epochs.nbytes + self.losses.nbytes + validation


@dataclass(frozen=True)
class PointSummary:
    """What is exact of a point: C at the end, and its lowest with the first epoch that has it.

    epochs: trained, seconds: that it took. NaN, and epoch 0, for a point that failed at once.
    """

    final: float
    lowest: float
    lowest_epoch: int
    ended: Ended
    seconds: float
    epochs: int

    @classmethod
    def of(cls, result: SweepResult) -> Self:
        """Return the summary of a result."""
        result = instance("result", result, SweepResult)
        losses, ended, seconds = result.losses, result.ended, result.seconds
        if not len(losses):
            return cls(np.nan, np.nan, 0, ended, seconds, 0)
        lowest = int(np.argmin(losses))
        final = float(losses[-1])
        return cls(final, float(losses[lowest]), lowest, ended, seconds, len(losses) - 1)


def _epochs(at: ArrayLike) -> NDArray[np.intp]:
    """Return the distinct epochs (n,) of `at`; ValueError unless they are 100 whole numbers."""
    epochs = np.unique(np.asarray(at))
    whole = not epochs.size or (epochs.dtype.kind in "iuf" and np.all(epochs == np.floor(epochs)))
    if not whole or epochs.size > MOST_WANTED or np.any((epochs < 0) | (epochs > EXACT)):
        raise ValueError(f"at must be {MOST_WANTED} epochs at most, whole numbers from 0 on")
    return epochs.astype(np.intp)
