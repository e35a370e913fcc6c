"""The points of a sweep and its data, checked before anything starts; and what comes of a point."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from reprlib import repr as short

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gradients import targets
from core.network import MAX_WEIGHTS, Network
from core.training.settings import Settings
from core.training.sweep.task import Data, Ended
from core.utils.arguments import instance

Array = NDArray[np.float64]
Point = tuple[Network, Settings]

MAX_POINTS = 10_000  # of a sweep; all their networks have MAX_WEIGHTS at most


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What training a point gave, in the bits of a `Run` of its own.

    losses (epochs + 1,): C of every epoch, 0 among them. val_losses: likewise, or None without a
    validation set. seconds: of training. ended: as `Run.ended`; "failed" if it could not be
    trained, `error` being the sentence why, and the losses those of the epochs before, or none.
    """

    index: int
    losses: Array
    val_losses: Array | None
    seconds: float
    ended: Ended
    error: str = ""

    @property
    def nbytes(self) -> int:
        """Size of the losses in bytes."""
        return self.losses.nbytes + (0 if self.val_losses is None else self.val_losses.nbytes)


def check_points(
    points: Iterable[Point],
    X: ArrayLike,
    y: ArrayLike,
    X_val: ArrayLike | None,
    y_val: ArrayLike | None,
) -> tuple[list[Point], Data]:
    """Return the points and the data. Raises ValueError in a sentence that names what is wrong."""
    if (X_val is None) != (y_val is None):
        alone, absent = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{alone} is given without {absent}: validation takes both")
    checked = _points(points)
    first = checked[0][0]
    X, y = _samples(first, X, y, "")
    data = Data(X, y)
    if X_val is not None and y_val is not None:
        data = Data(X, y, *_samples(first, X_val, y_val, "_val"))
    _check_fit(checked, data)
    return checked, data


def _points(points: Iterable[Point]) -> list[Point]:
    """Return them as a list, each a network with settings, within the bounds."""
    if not isinstance(points, Iterable):
        raise ValueError(f"points must be pairs (Network, Settings), not {short(points)}")
    found = list(islice(points, MAX_POINTS + 1))
    if not found:
        raise ValueError("points is empty: there is nothing to train")
    if len(found) > MAX_POINTS:
        raise ValueError(f"points are more than {MAX_POINTS:,}: make several sweeps of them")
    for i, point in enumerate(found):
        if not isinstance(point, tuple | list) or len(point) != 2:
            raise ValueError(f"points[{i}] must be a pair (Network, Settings), not {short(point)}")
        instance(f"points[{i}][0]", point[0], Network)
        instance(f"points[{i}][1]", point[1], Settings)
    if sum(net.size for net, _ in found) > MAX_WEIGHTS:
        raise ValueError(f"points have more than {MAX_WEIGHTS:,} weights together")
    return [(net, settings) for net, settings in found]


def _samples(net: Network, X: ArrayLike, y: ArrayLike, suffix: str) -> tuple[Array, Array]:
    """Return copies of inputs and targets, checked against a network."""
    X = net.check_inputs(X, f"X{suffix}").copy()
    return X, targets(y, (len(X), net.outputs), f"y{suffix}").copy()


def _check_fit(points: list[Point], data: Data) -> None:
    """Raise ValueError unless each network fits the data and its settings fit both."""
    sizes = points[0][0].inputs, points[0][0].outputs
    suited: set[tuple[str, str]] = set()  # losses and outputs whose targets were looked at
    for i, (net, settings) in enumerate(points):
        if (net.inputs, net.outputs) != sizes:
            raise ValueError(
                f"points[{i}] does not fit X and y: its network has {net.inputs} inputs and "
                f"{net.outputs} outputs, and X and y have {sizes[0]} and {sizes[1]} columns"
            )
        way = settings.loss, net.output
        try:
            y = data.y[:1] if way in suited else data.y  # the other rows suit it, too
            settings.check(net, y, validated=data.X_val is not None)
        except ValueError as error:
            raise ValueError(f"points[{i}]: {error}") from error
        suited.add(way)
