"""Picture of a landscape: C on a grid over a plane, and the run's path seen on that plane."""

import secrets
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.training.landscape import Plane, WeightPath, random_sample, surface
from core.training.run import Run

Array = NDArray[np.float64]
Places = NDArray[np.int64]

MARGIN = 1.4  # times half the path's extent, from its middle to an edge of the grid
FLAT = 1e-9  # of the path's extent: below it the other direction has none
COST = 4e9  # samples × weights × points of a grid, at most, but for LEAST samples
LEAST = 1000


class Progress(NamedTuple):
    """How far a long computation is: what it does, `at` which step `of` how many."""

    title: str
    at: int
    of: int


@dataclass(frozen=True)
class PlaneChoice:
    """Which plane, and which part of it.

    epochs: three of them, through which the plane goes; () for the path's principal components.
    extent: of the grid, times the path's. points: of the grid, a side.
    """

    epochs: tuple[int, ...] = ()
    extent: float = 1.0
    points: int = 51


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
        """Return the picture with that epoch among the path's."""
        if epoch in self.path.epochs:
            return self
        weights = WeightPath(np.array([epoch]), _weights(run, epoch)[np.newaxis])
        one = _path_on_plane(run, self.plane, weights, self.loss, self.rows)
        return replace(self, path=PathOnPlane.join([self.path, one]), token=secrets.token_hex(6))


def compute_picture(run: Run, choice: PlaneChoice, loss: str) -> Generator[Progress, None, Picture]:
    """Return the picture, in steps: before each one yield how far it is."""
    rows = sampled_rows(run, points=choice.points**2)
    weights = yield from _read_path(run)
    plane = _plane(run, choice, weights)
    a, b = grid_axes(plane.coordinates(weights.weights), choice)
    C, parts = np.empty((len(b), len(a))), []
    for i in range(len(b)):
        yield Progress("C on the plane, rows", i, len(b))
        C[i] = surface(run, plane, a, b[i : i + 1], loss=loss, rows=rows)
    for i in range(len(weights.epochs)):
        yield Progress("The path on the plane, epochs", i, len(weights.epochs))
        one = WeightPath(weights.epochs[i : i + 1], weights.weights[i : i + 1])
        parts.append(_path_on_plane(run, plane, one, loss, rows))
    return Picture(plane, choice, loss, rows, a, b, C, PathOnPlane.join(parts))


def _read_path(run: Run) -> Generator[Progress, None, WeightPath]:
    steps = WeightPath.steps(run)
    while True:
        try:
            at, of = next(steps)
        except StopIteration as end:
            path: WeightPath = end.value
            return path
        yield Progress("Reading the path, epochs replayed", at, of)


def sampled_rows(run: Run, points: int) -> Places | None:
    """Return the samples over which C is taken at so many points; None for all of them."""
    most = max(LEAST, int(COST / (points * run.template.size)))
    return random_sample(len(run.X), most)


def grid_axes(places: Array, choice: PlaneChoice) -> tuple[Array, Array]:
    """Return the coordinates of the grid around places (n, 2) of a path, each (points,).

    Each axis has the path's extent along it; one without any has that of the other.
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


def _plane(run: Run, choice: PlaneChoice, path: WeightPath) -> Plane:
    if choice.epochs:
        return Plane.through(run, choice.epochs, path)
    return Plane.of_path(path, run)


def _weights(run: Run, epoch: int) -> Array:
    return np.concatenate([matrix.ravel() for matrix in run.at(epoch).weights])


def _path_on_plane(
    run: Run, plane: Plane, path: WeightPath, loss: str, rows: Places | None
) -> PathOnPlane:
    places = plane.coordinates(path.weights)
    with np.errstate(over="ignore"):  # a diverging path
        nearest = plane.origin + places @ plane.directions
        distances = np.linalg.norm(path.weights - nearest, axis=1)
    on_plane = [surface(run, plane, [a], [b], loss=loss, rows=rows)[0, 0] for a, b in places]
    same = [run.settings_at(int(epoch)).loss == loss for epoch in path.epochs]
    losses = np.where(same, run.losses[path.epochs], np.nan)
    return PathOnPlane(path.epochs, places, losses, np.array(on_plane), distances)
