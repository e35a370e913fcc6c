"""The curves of a sweep's cells: the median of C over the seeds, and its band."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pages.ui.runs.compare.loss_curves import EXTREMES, LEAST_QUARTILES, QUARTILES
from pages.ui.runs.sweep.outcome import EPOCHS, Outcome, chart_epochs

Array = NDArray[np.float64]

ROWS = 3  # of a band: its lower end, the median, its upper end
HUGE = 1e300  # in the place of infinity, of which there are no differences


def band(outcomes: Sequence[Outcome], epochs: int) -> Array:
    """Return the band of C over some runs, (3, EPOCHS), from epoch 0 to `epochs`.

    It is from quartile to quartile, of few runs from the lowest to the highest. A run that ended
    early keeps its last C; one that diverged is infinite from there on. NaN without any run.
    """
    at = chart_epochs(epochs)
    curves = [_losses(each, at) for each in outcomes if each.curve is not None]
    if not curves:
        return np.full((ROWS, EPOCHS), np.nan)
    low, high = QUARTILES if len(curves) >= LEAST_QUARTILES else EXTREMES
    losses = np.minimum(curves, HUGE)
    found: Array = np.quantile(losses, (low, 0.5, high), axis=0)
    return np.where(found > HUGE / 1e9, np.inf, found)


def _losses(outcome: Outcome, at: Array) -> Array:
    """Return C at the epochs, each exact: they are among those of the curve."""
    assert outcome.curve is not None
    end = np.inf if outcome.ended == "diverged" else outcome.final
    losses: Array = np.interp(at, outcome.curve.epochs, outcome.curve.losses, right=end)
    return losses
