"""Plane in the space of all weights: two orthonormal directions through an origin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.network import Network
from core.training.kernel import Weights
from core.training.landscape.objective import Objective
from core.training.landscape.path import WeightPath
from core.training.run import Run
from core.utils.arguments import instance, integer

Array = NDArray[np.float64]

PARALLEL = 1e-6  # of a direction: if less is left of it beside the others, that is rounding


@dataclass(frozen=True, eq=False)
class Plane:
    """The points origin + a · directions[0] + b · directions[1].

    origin (P,), directions (2, P), orthonormal.
    share: of the variance of a path's weights, how much lies along the directions, 0 to 1.
    sources: where each direction comes from: "path" (a principal component, or a line through
    chosen epochs), "gradient" (of what is minimised at the latest epoch, where the path or the
    chosen epochs span no plane), or "weight" (one weight alone, where the gradient does not help
    either).
    """

    origin: Array
    directions: Array
    share: float
    sources: tuple[str, str]

    @property
    def second_is_gradient(self) -> bool:
        """Whether the second direction is the gradient's, as far as orthogonal to the first."""
        return self.sources[1] == "gradient"

    @classmethod
    def of_path(cls, path: WeightPath, run: Run) -> Self:
        """Return the plane of the path's first two principal components, through its mean.

        Each points to the side of the latest epoch.
        """
        origin = path.weights.mean(axis=0)
        components = _principal_components(path.weights, origin)
        along = path.weights[-1] - path.weights[0]
        components = [v if v @ along >= 0 else -v for v in components]
        return cls._of_lines(origin, components, run, int(path.epochs[-1]), path)

    @classmethod
    def through(cls, run: Run, epochs: Sequence[int], path: WeightPath | None = None) -> Self:
        """Return the plane through three epochs of the run, its origin their mean.

        The first direction is from the first to the second of them. `share` is that of the path,
        without one that of the three. Raises ValueError for other than three trained epochs.
        """
        if len(epochs) != 3:
            raise ValueError(f"a plane goes through 3 epochs, not {len(epochs)}")
        latest = instance("run", run, Run).epoch
        chosen = [integer("an epoch", epoch, 0, latest) for epoch in epochs]
        points = np.array([Weights(run.at(epoch)).flat for epoch in chosen])
        corners = WeightPath(np.array(chosen), points)
        first, second, third = points
        lines = [second - first, third - first]
        return cls._of_lines(points.mean(axis=0), lines, run, max(chosen), path or corners)

    @classmethod
    def _of_lines(
        cls, origin: Array, lines: list[Array], run: Run, epoch: int, path: WeightPath
    ) -> Self:
        found = _orthonormal(lines, run, epoch)
        # The path's own direction comes first and the gradient second, whichever there are.
        found.sort(key=lambda it: ("path", "weight", "gradient").index(it[0]))
        directions = np.array([direction for _, direction in found])
        first, second = (source for source, _ in found)
        return cls(origin, directions, _share(path.weights, directions), (first, second))

    def coordinates(self, weights: ArrayLike) -> Array:
        """Return a and b of weights (…, P), or of the points of the plane nearest: (…, 2)."""
        result: Array = (np.asarray(weights, dtype=np.float64) - self.origin) @ self.directions.T
        return result

    def point(self, a: ArrayLike, b: ArrayLike) -> Array:
        """Return the weights (P,) at a point of the plane; (…, P) for a and b (…)."""
        first, second = self.directions
        result: Array = self.origin + np.multiply.outer(a, first) + np.multiply.outer(b, second)
        return result

    def network(self, template: Network, a: float, b: float) -> Network:
        """Return the network at a point; `template` is one of the run's form."""
        return template.with_weights(*Weights(template).split(self.point(a, b)))


def _principal_components(weights: Array, mean: Array) -> list[Array]:
    """Return two orthonormal directions of largest variance of weights (n, P), or fewer.

    Where P is large, from the n×n matrix of the rows' products. A direction whose spread is but
    rounding beside the first is none.
    """
    scaled = weights - mean
    size = np.abs(scaled).max()
    if not size:
        return []
    scaled /= size  # a diverging path's squares would overflow
    if len(scaled) < mean.size:
        values, vectors = np.linalg.eigh(scaled @ scaled.T)
        components = vectors[:, ::-1][:, :2].T @ scaled
        spreads = np.sqrt(np.maximum(values[::-1][:2], 0.0))
    else:
        _, spreads, components = np.linalg.svd(scaled, full_matrices=False)
    pairs = zip(spreads[:2], components[:2], strict=True)
    return [v / np.linalg.norm(v) for spread, v in pairs if spread > PARALLEL * spreads[0]]


def _orthonormal(lines: list[Array], run: Run, epoch: int) -> list[tuple[str, Array]]:
    """Return two orthonormal directions and their sources: of the lines, as far as they differ."""
    found: list[tuple[str, Array]] = []
    for source, line in _candidates(lines, run, epoch, found):
        if not 0 < (size := np.abs(line).max()) < np.inf:
            continue
        unit = line / size
        unit /= np.linalg.norm(unit)
        rest = unit
        for _ in range(2):  # rounding leaves a part of the first, twice removes it
            for _, direction in found:
                rest = rest - (rest @ direction) * direction
        if np.linalg.norm(rest) > PARALLEL:
            found.append((source, rest / np.linalg.norm(rest)))
        if len(found) == 2:
            break
    return found


def _candidates(
    lines: list[Array], run: Run, epoch: int, found: list[tuple[str, Array]]
) -> Iterator[tuple[str, Array]]:
    """Yield directions to take: the lines, the gradient, then single weights."""
    for line in lines:
        yield "path", line
    net, settings = run.at(epoch), run.settings_at(epoch)
    objective = Objective(net, run.X, run.y, settings)
    yield "gradient", objective.gradient(Weights(net).flat)
    while True:  # the weight that the directions so far change least, rather one not frozen
        change = sum((np.abs(direction) for _, direction in found), start=np.zeros(net.size))
        unit = np.zeros(net.size)
        unit[np.argmin(change + 0.5 * ~objective.trainable)] = 1.0
        yield "weight", unit


def _share(weights: Array, directions: Array) -> float:
    """Return the share of the variance of weights (n, P) along orthonormal directions (2, P)."""
    centred = weights - weights.mean(axis=0)
    size = np.abs(centred).max()
    if not size:
        return 1.0
    centred /= size
    along = centred @ directions.T
    return min(1.0, float(np.vdot(along, along) / np.vdot(centred, centred)))
