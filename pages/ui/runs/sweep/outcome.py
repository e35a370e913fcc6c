"""What is kept of a run of a sweep: what is exact of it, and few points of its curves."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.training.sweep import SweepResult
from core.training.sweep.curves import PointSummary, ThinCurve

EPOCHS = 61  # of the curves that are drawn, evenly spaced as far as whole epochs are
GROWTH = 1000  # of C since epoch 0, from which on a run counts as diverged
BYTES = 200  # of numbers, beside the curve


def chart_epochs(epochs: int) -> NDArray[np.float64]:
    """Return the epochs (EPOCHS,) at which all curves of a sweep are drawn."""
    return np.linspace(0, epochs, EPOCHS).round()


@dataclass(frozen=True, eq=False)
class Outcome:
    """A run's C at epoch 0 and at the end, its lowest, and its curve; NaN if it could not train.

    first_validation, validation: C over the validation samples at epoch 0 and at the end, NaN
    without them. ended: "diverged" also if C is GROWTH times that of epoch 0 at the end.
    """

    index: int
    first: float
    final: float
    lowest: float
    lowest_epoch: int
    first_validation: float
    validation: float
    ended: str
    epochs: int
    seconds: float
    curve: ThinCurve | None
    error: str

    @classmethod
    def of(cls, result: SweepResult, at: NDArray[np.float64]) -> Self:
        """Return what is kept of a result, its curve at the epochs `at`."""
        summary, (first, _) = PointSummary.of(result), _ends(result.losses)
        first_validation, validation = _ends(result.val_losses)
        grown = summary.final > GROWTH * first or np.isinf(summary.final)
        return cls(
            result.index,
            first,
            summary.final,
            summary.lowest,
            summary.lowest_epoch,
            first_validation,
            validation,
            "diverged" if grown else summary.ended,
            summary.epochs,
            summary.seconds,
            ThinCurve.of(result, at) if len(result.losses) else None,
            result.error,
        )

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return BYTES + (self.curve.nbytes if self.curve else 0)


def _ends(losses: NDArray[np.float64] | None) -> tuple[float, float]:
    """Return the first and the last loss."""
    if losses is None or not len(losses):
        return np.nan, np.nan
    return float(losses[0]), float(losses[-1])
