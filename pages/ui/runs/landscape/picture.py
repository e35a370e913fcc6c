"""Picture of a landscape: C on a grid over a plane, and the run's path seen on that plane."""

import secrets
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.training.landscape import (
    Plane,
    Steps,
    WeightPath,
    complete,
    costs,
    random_sample,
    surface,
)
from core.training.run import Run

Result = TypeVar("Result")
Array = NDArray[np.float64]
Places = NDArray[np.int64]

MARGIN = 1.4  # times half the path's extent, from its middle to an edge of the grid
FLAT = 1e-9  # of the path's extent: below it the other direction has none
COST = 1e11  # samples × their cost × points of a computation, at most
POINT_COST = 1e8  # samples × their cost at a point, at most: a step stays short
UNIT_COST = 20  # weights that take as long as a unit's activation
LEAST = 10  # samples
TELLING = 1000  # times the C of epoch 0, above which the end of a path is not drawn
ROUNDING = 1e-12  # of the weights' length: a smaller distance is none


class Progress(NamedTuple):
    """How far a long computation is: what it does, and how many steps of how many are done."""

    title: str
    at: int
    of: int


def progress_of(title: str, steps: Steps[Result]) -> Generator[Progress, None, Result]:
    """Return what the steps return; after each one yield the progress under that title."""
    while True:
        try:
            at, of = next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield Progress(title, at, of)


@dataclass(frozen=True)
class PlaneChoice:
    """Which plane, and which part of it.

    epochs: three of them, through which the plane goes; () for the path's principal components.
    extent: of the grid, times the path's. points: of the grid, a side. until: the epoch up to which
    the path is drawn; None for `telling_epoch`.
    """

    epochs: tuple[int, ...] = ()
    extent: float = 1.0
    points: int = 51
    until: int | None = None

    def last(self, run: Run) -> int:
        """Return the epoch up to which the path is drawn."""
        return telling_epoch(run) if self.until is None else min(self.until, run.epoch)


@dataclass(frozen=True, eq=False)
class PathOnPlane:
    """Epochs of the path (n,) and where they are seen.

    places (n, 2): their coordinates on the plane. losses: C, NaN at an epoch at which the run
    minimised another loss. plane_losses: C at those coordinates. distances: from the plane.
    """

    epochs: Places
    places: Array
    losses: Array
    plane_losses: Array
    distances: Array

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Return the epochs of all parts, in order, each once."""
        epochs, first = np.unique(np.concatenate([p.epochs for p in parts]), return_index=True)
        columns = ("places", "losses", "plane_losses", "distances")
        values = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
        return cls(epochs, **{name: column[first] for name, column in values.items()})


@dataclass(frozen=True, eq=False)
class Picture:
    """C on a grid over a plane, and the path on it.

    a, b (n,): the grid's coordinates; C (n, n): one row for each b. loss: which C is.
    rows: the samples that C is over; None for all. token: names it to the browser.
    """

    plane: Plane
    choice: PlaneChoice
    loss: str
    rows: Places | None
    a: Array
    b: Array
    C: Array
    path: PathOnPlane
    token: str = field(default_factory=lambda: secrets.token_hex(6))

    @property
    def shares(self) -> tuple[float, float]:
        """The share of the path's variance that lies along each axis."""
        return axis_shares(self.plane, self.path.places)

    def show(self, run: Run, epoch: int) -> Self:
        """Return the picture with that epoch among the path's, unless that ends before."""
        if epoch in self.path.epochs or epoch > self.path.epochs[-1]:
            return self
        one = complete(
            _path_on_plane(run, self.plane, _weights(run, [epoch]), self.loss, self.rows)
        )
        return replace(self, path=PathOnPlane.join([self.path, one]), token=secrets.token_hex(6))


def compute_picture(run: Run, choice: PlaneChoice, loss: str) -> Generator[Progress, None, Picture]:
    """Return the picture, in steps: after each one yield how far it is."""
    rows = sampled_rows(run, points=choice.points**2)
    path = yield from progress_of(
        "Reading the path, epochs replayed", WeightPath.steps(run, latest=choice.last(run))
    )
    plane = yield from progress_of(
        "The plane, weights", Plane.steps(path, run, choice.epochs or None)
    )
    seen = yield from _path_on_plane(run, plane, path, loss, rows)
    corners = [plane.coordinates(_weights(run, [epoch]).weights[0]) for epoch in choice.epochs]
    a, b = grid_axes(np.array(corners) if corners else seen.places, choice)
    C = yield from progress_of("C on the plane, points", surface(run, plane, a, b, loss, rows=rows))
    return Picture(plane, choice, loss, rows, a, b, C, seen)


def telling_epoch(run: Run) -> int:
    """Return the last epoch at which C is at most TELLING times that of epoch 0, but 1 at least.

    What comes after it is so far away that nothing else would be seen.
    """
    losses = run.losses[: run.epoch + 1]
    below = np.flatnonzero(losses <= TELLING * losses[0])
    return max(int(below[-1]), min(1, run.epoch))


def sampled_rows(run: Run, points: float) -> Places | None:
    """Return the samples over which C is taken at so many points; None for all of them.

    So few that all points together, and each of them, cost no more than a bound.
    """
    net = run.template
    cost = net.size + UNIT_COST * sum(columns for _, columns in net.shapes)
    most = int(min(COST / points, POINT_COST) / cost)
    return random_sample(len(run.X), max(LEAST, most))


def grid_axes(places: Array, choice: PlaneChoice) -> tuple[Array, Array]:
    """Return the coordinates of the grid around places (n, 2), each (points,).

    Each axis has the places' extent along it; one without any has that of the other.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    largest = float(half.max()) or 1.0
    reach = np.where(half > FLAT * largest, half, largest) * MARGIN * choice.extent
    a, b = np.linspace(middle - reach, middle + reach, choice.points).T
    return a, b


def axis_shares(plane: Plane, places: Array) -> tuple[float, float]:
    """Return how the plane's share of the path's variance divides between its two axes."""
    scaled = places / (np.abs(places).max() or 1.0)  # squares of a diverging path overflow
    variances = scaled.var(axis=0)
    total = float(variances.sum()) or 1.0
    first, second = (plane.share * float(variance) / total for variance in variances)
    return first, second


def _weights(run: Run, epochs: Sequence[int]) -> WeightPath:
    """Return the weights of some epochs."""
    rows = [np.concatenate([W.ravel() for W in run.at(epoch).weights]) for epoch in epochs]
    return WeightPath(np.array(epochs), np.array(rows))


def _path_on_plane(
    run: Run, plane: Plane, path: WeightPath, loss: str, rows: Places | None
) -> Generator[Progress, None, PathOnPlane]:
    """Return where epochs are seen on the plane, and C there, in steps."""
    places, distances = np.empty((len(path.epochs), 2)), np.empty(len(path.epochs))
    for i, weights in enumerate(path.weights):
        places[i] = plane.coordinates(weights)
        distances[i] = _distance(weights, plane.point(*places[i]))
        yield Progress("The path on the plane, epochs", i + 1, len(path.epochs))
    on_plane = yield from progress_of(
        "C of the path on the plane, epochs", costs(run, plane, places, loss, rows=rows)
    )
    same = [run.settings_at(int(epoch)).loss == loss for epoch in path.epochs]
    losses = np.where(same, run.losses[path.epochs], np.nan)
    return PathOnPlane(path.epochs, places, losses, on_plane, distances)


def _distance(weights: Array, nearest: Array) -> float:
    """Return the distance of two points (P,), 0 if it is but rounding."""
    scale = float(np.abs(weights).max()) or 1.0  # the squares of a diverging path overflow
    distance = float(np.linalg.norm((weights - nearest) / scale))
    return 0.0 if distance <= ROUNDING * np.linalg.norm(weights / scale) else scale * distance
