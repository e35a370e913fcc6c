"""The curves of a sweep's cells: quartiles of C over the seeds, at epochs common to all cells."""

from collections.abc import Sequence

import numpy as np
from core.training.sweep.curves import ThinCurve
from numpy.typing import NDArray

Array = NDArray[np.float64]

EPOCHS = 61  # of a band, evenly spaced
QUARTILES = (0.25, 0.5, 0.75)


def band(curves: Sequence[ThinCurve], epochs: int) -> Array:
    """Return the quartiles of C over some runs, (3, EPOCHS), from epoch 0 to `epochs`.

    A run counts up to its own last epoch; NaN where there is none any more.
    """
    at = np.linspace(0, epochs, EPOCHS)
    losses = np.array([np.interp(at, c.epochs, c.losses, right=np.nan) for c in curves])
    quartiles = np.full((len(QUARTILES), EPOCHS), np.nan)
    lasting = ~np.isnan(losses).all(axis=0)
    with np.errstate(over="ignore"):  # of losses near the largest float, before a run diverges
        quartiles[:, lasting] = np.nanquantile(losses[:, lasting], QUARTILES, axis=0)
    return quartiles
