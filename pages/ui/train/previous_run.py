"""Loss curve of the previous run, as far as it is comparable with the current one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run
from core.utils.thinning import MAX_CURVE, block_lengths, extremes
from pages.ui.style.comparability import first_difference_of_losses, same_samples

Array = NDArray[np.float64]


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
    if not same_samples(previous, run):
        return PreviousLosses(np.empty(0), "other data")
    losses = previous.losses[: first_difference_of_losses(previous, run)]
    return PreviousLosses(losses, "" if len(losses) else "another loss")
