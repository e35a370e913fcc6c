"""Few points of a result's curves, and what is exact of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.training.sweep import SweepResult
from core.utils.thinning import min_max_indices

Array = NDArray[np.float64]
MOST = 200


@dataclass(frozen=True, eq=False)
class ThinCurve:
    """At most 200 points of a result's curves, first and last exact."""

    epochs: NDArray[np.intp]
    losses: Array
    val_losses: Array | None

    @classmethod
    def of(cls, result: SweepResult) -> Self:
        """Return those of a result."""
        places = min_max_indices(result.losses, MOST - 2)
        validation = None if result.val_losses is None else result.val_losses[places]
        return cls(places, result.losses[places], validation)


@dataclass(frozen=True)
class PointSummary:
    """What is exact of a run."""

    final: float
    lowest: float
    lowest_epoch: int
    ended: str
    seconds: float
    epochs: int

    @classmethod
    def of(cls, result: SweepResult) -> Self:
        """Return that of a result."""
        losses = result.losses
        at = int(losses.argmin())
        return cls(
            float(losses[-1]), float(losses[at]), at, result.ended, result.seconds, len(losses) - 1
        )
