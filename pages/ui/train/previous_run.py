"""Loss curve of the previous run, as far as it is comparable with the current one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run

Array = NDArray[np.float64]

MAX_CURVE = 8192  # points of a curve; longer ones are sent as min and max of blocks


@dataclass(frozen=True)
class PreviousLosses:
    """Comparable losses of the previous run (n,); if there are none, the reason."""

    losses: Array
    reason: str = ""

    @property
    def levels(self) -> list[Array]:
        """The curve for each block length, MAX_CURVE blocks at most."""
        blocks = block_lengths(len(self.losses))
        return [extremes(self.losses[: block * MAX_CURVE], block) for block in blocks]

    @property
    def scene(self) -> dict[str, Any]:
        """Metadata for the browser, beside `levels`."""
        blocks = block_lengths(len(self.losses)) if len(self.losses) else []
        return {"why": self.reason, "count": len(self.losses), "blocks": blocks}


def comparable_losses(previous: Run, run: Run) -> PreviousLosses:
    """Return the previous run's losses, as long as samples and loss are the same."""
    if not (np.array_equal(previous.X, run.X) and np.array_equal(previous.y, run.y)):
        return PreviousLosses(np.empty(0), "other data")
    losses = previous.losses[: _same_loss_until(previous, run)]
    return PreviousLosses(losses, "" if len(losses) else "another loss")


def _same_loss_until(one: Run, other: Run) -> int | None:
    """Return the first epoch at which two runs minimise different losses, or None."""
    starts = sorted({0, *one.branch_epochs, *other.branch_epochs})
    differ = (e for e in starts if one.settings_at(e).loss != other.settings_at(e).loss)
    return next(differ, None)


def block_lengths(count: int) -> list[int]:
    """Return 1, 2, 4, … until MAX_CURVE blocks of that length cover so many losses."""
    blocks = [1]
    while blocks[-1] * MAX_CURVE < count:
        blocks.append(2 * blocks[-1])
    return blocks


def extremes(losses: Array, block: int) -> Array:
    """Return the losses, or each block's minimum and then each block's maximum."""
    if block == 1:
        return losses
    starts = np.arange(0, len(losses), block)
    minima, maxima = (of.reduceat(losses, starts) for of in (np.minimum, np.maximum))
    return np.concatenate([minima, maxima])
