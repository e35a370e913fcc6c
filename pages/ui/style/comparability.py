"""Which losses mean the same: the same loss function of the same targets, on one scale.

measure(run, dataset) == measure(other, its_dataset)    # their C may share a picture
first_difference_of_losses(run, other)                  # the epoch up to which they do
"""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd

from core.dataset.preparation import Dataset
from core.training.run import Run
from core.utils.latest import latest
from pages.ui.style.labels import LOSS_NAMES

OF_CLASSES = "cross-entropy of classes"


@dataclass(frozen=True)
class Measure:
    """What a loss measures: only losses of one measure can be compared.

    The split may be another one: that is said, but a mean over other rows is still a mean. table: a
    digest of the data. samples: of a sum over them, which grows with their number; 0 for a mean.
    shift, scale: by which the targets are scaled.
    """

    table: str
    target: tuple[str, ...]
    loss: str
    samples: int
    shift: tuple[float, ...]
    scale: tuple[float, ...]


def measure(run: Run, data: Dataset, epoch: int) -> Measure:
    """Return what a run's C measures at an epoch."""
    loss = run.settings_at(epoch).loss
    fused = loss == "cross_entropy" and run.template.output == "softmax"
    scaler = data.y_scaler
    return Measure(
        table_digest(data),
        data.target_names,
        OF_CLASSES if fused else LOSS_NAMES[loss],
        len(run.X) if loss == "half_sse" else 0,
        tuple(scaler.shift.tolist()),
        tuple(scaler.scale.tolist()),
    )


def same_samples(one: Run, other: Run) -> bool:
    """Return whether two runs are trained on the same inputs and targets, to the bit."""
    return np.array_equal(one.X, other.X) and np.array_equal(one.y, other.y)


def first_difference_of_losses(one: Run, other: Run) -> int | None:
    """Return the first epoch at which two runs minimise different losses, or None."""
    starts = sorted({0, *one.branch_epochs, *other.branch_epochs})
    differ = (e for e in starts if one.settings_at(e).loss != other.settings_at(e).loss)
    return next(differ, None)


def table_digest(data: Dataset) -> str:
    """Return a digest of the rows that the samples were taken from."""
    return latest(data, (), _table_digest)


def _table_digest(data: Dataset) -> str:
    rows = pd.util.hash_pandas_object(data.frame, index=False)
    return digest(rows.to_numpy(), np.array([str(name) for name in data.frame.columns]))


def rows_digest(data: Dataset) -> str:
    """Return a digest of which rows are for training, and which for validation."""
    return latest(data, (), _rows_digest)


def _rows_digest(data: Dataset) -> str:
    sets = (data.rows, data.rows_val)
    return digest(*(np.append(np.sort(rows), -1) for rows in sets))


def digest(*arrays: np.typing.NDArray[np.generic]) -> str:
    """Return eight letters that differ for other numbers."""
    found = blake2b(digest_size=4)
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
