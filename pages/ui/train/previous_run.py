"""The loss curve of the previous run, behind this run's: only where its C means the same."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run

Array = NDArray[np.float64]

MAX_CURVE = 8192  # points of a loss curve sent at once; longer ones go as min and max of blocks


@dataclass(frozen=True)
class PreviousLosses:
    """The losses of the previous run (n,) that can be compared; if there are none, why."""

    losses: Array
    why: str = ""

    @property
    def blocks(self) -> list[int]:
        """Of 1, 2, 4, … epochs, until all losses are within MAX_CURVE blocks."""
        blocks = [1]
        while blocks[-1] * MAX_CURVE < len(self.losses):
            blocks.append(2 * blocks[-1])
        return blocks

    @property
    def levels(self) -> list[bytes]:
        """The curve in blocks of each length, as far as MAX_CURVE of them reach."""
        return [extremes(self.losses[: block * MAX_CURVE], block) for block in self.blocks]

    @property
    def scene(self) -> dict[str, Any]:
        """What the browser is told of it beside `levels`."""
        blocks = self.blocks if len(self.losses) else []
        return {"why": self.why, "count": len(self.losses), "blocks": blocks}


def comparable_losses(previous: Run, run: Run) -> PreviousLosses:
    """What of the previous run's losses is comparable: over the same samples, by the same loss."""
    if not (np.array_equal(previous.X, run.X) and np.array_equal(previous.y, run.y)):
        return PreviousLosses(np.empty(0), "other data")
    losses = previous.losses[: _same_loss_until(previous, run)]
    return PreviousLosses(losses, "" if len(losses) else "another loss")


def _same_loss_until(one: Run, other: Run) -> int | None:
    """The first epoch at which two runs minimise different losses; None if they never do."""
    starts = sorted({0, *one.branch_epochs, *other.branch_epochs})
    differ = (e for e in starts if one.settings_at(e).loss != other.settings_at(e).loss)
    return next(differ, None)


def extremes(losses: Array, block: int) -> bytes:
    """The losses as they are, or the minima of the blocks and then their maxima."""
    if block == 1:
        return losses.tobytes()
    starts = np.arange(0, len(losses), block)
    return (
        np.minimum.reduceat(losses, starts).tobytes()
        + np.maximum.reduceat(losses, starts).tobytes()
    )
