"""Plane in the space of all weights: two orthonormal directions through an origin."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.network import Network
from core.training.kernel import Weights
from core.training.landscape.objective import Objective
from core.training.landscape.path import WeightPath
from core.training.landscape.steps import Steps, complete
from core.training.run import Run
from core.utils.arguments import array, instance, integer

Array = NDArray[np.float64]

PARALLEL = 1e-6  # of a direction: if less is left of it beside the others, that is rounding
BLOCK = 2**20  # numbers of a path's weights at a time


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

    @classmethod
    def of_path(cls, path: WeightPath, run: Run) -> Self:
        """Return the plane of the path's first two principal components, through its mean.

        Each points to the side of the latest epoch.
        """
        return complete(cls.steps(path, run))

    @classmethod
    def through(cls, run: Run, epochs: Sequence[int], path: WeightPath | None = None) -> Self:
        """Return the plane through three epochs of the run, its origin their mean.

        The first direction is from the first to the second of them. `share` is that of the path,
        without one that of the three. Raises ValueError for other than three trained epochs.
        """
        return complete(cls.steps(path or _corners(run, epochs), run, epochs))

    @classmethod
    def steps(cls, path: WeightPath, run: Run, epochs: Sequence[int] | None = None) -> Steps[Self]:
        """Return what `of_path` returns, or `through` for three epochs, in steps."""
        path = instance("path", path, WeightPath)
        run = instance("run", run, Run)
        if path.weights.shape[1] != run.template.size:
            raise ValueError("path must be one of the run")
        if epochs is None:
            origin, latest = path.weights.mean(axis=0), int(path.epochs[-1])
            components = yield from _principal_components(path.weights, origin)
            along = path.weights[-1] - path.weights[0]
            lines = [v if v @ along >= 0 else -v for v in components]
        else:
            first, second, third = corners = _corners(run, epochs).weights
            origin, latest = corners.mean(axis=0), max(epochs)
            lines = [second - first, third - first]
        found = yield from _orthonormal(lines, run, latest)
        # The path's own direction comes first and the gradient second, whichever there are.
        found.sort(key=lambda it: ("path", "weight", "gradient").index(it[0]))
        directions = np.array([direction for _, direction in found])
        sources = found[0][0], found[1][0]
        share = yield from _share(path.weights, directions)
        return cls(origin, directions, share, sources)

    def coordinates(self, weights: ArrayLike) -> Array:
        """Return a and b of weights (…, P), or of the points of the plane nearest: (…, 2)."""
        weights, P = array("weights", weights), self.origin.size
        if weights.shape[-1:] != (P,):
            raise ValueError(f"weights must be of shape (…, {P}), not {weights.shape}")
        result: Array = (weights - self.origin) @ self.directions.T
        return result

    def point(self, a: ArrayLike, b: ArrayLike) -> Array:
        """Return the weights (P,) at a point of the plane; (…, P) for a and b (…)."""
        first, second = self.directions
        result: Array = self.origin + np.multiply.outer(a, first) + np.multiply.outer(b, second)
        return result

    def network(self, template: Network, a: float, b: float) -> Network:
        """Return the network at a point; `template` is one of the run's form."""
        if instance("template", template, Network).size != self.origin.size:
            raise ValueError(f"template must have {self.origin.size} weights, not {template.size}")
        return template.with_weights(*Weights(template).split(self.point(a, b)))


def _corners(run: Run, epochs: Sequence[int]) -> WeightPath:
    """Return the weights of three epochs; ValueError for others than three trained ones."""
    run = instance("run", run, Run)
    if not isinstance(epochs, Iterable) or len(chosen := list(epochs)) != 3:
        raise ValueError(f"epochs must be three epochs of the run, not {epochs!r}")
    chosen = [integer("an epoch", epoch, 0, run.epoch) for epoch in chosen]
    return WeightPath(np.array(chosen), np.array([Weights(run.at(epoch)).flat for epoch in chosen]))


def _centred(weights: Array, mean: Array) -> Iterator[tuple[slice, Array]]:
    """Yield some columns at a time of weights (n, P), their mean subtracted."""
    width = max(1, BLOCK // len(weights))
    for start in range(0, mean.size, width):
        columns = slice(start, start + width)
        yield columns, weights[:, columns] - mean[columns]


def _largest(weights: Array, mean: Array) -> Steps[float]:
    """Return the largest difference to the mean: relative to it no square overflows."""
    size = 0.0
    for columns, block in _centred(weights, mean):
        size = max(size, float(np.abs(block).max()))
        yield min(columns.stop, mean.size), mean.size
    return size


def _principal_components(weights: Array, mean: Array) -> Steps[list[Array]]:
    """Return two orthonormal directions of largest variance of weights (n, P), or fewer.

    Where P is large, from the n×n matrix of the rows' products. A direction whose spread is but
    rounding beside the first is none.
    """
    size, (n, P) = (yield from _largest(weights, mean)), weights.shape
    if not size:
        return []
    if n >= P:
        _, spreads, components = np.linalg.svd((weights - mean) / size, full_matrices=False)
    else:
        products = np.zeros((n, n))
        for columns, block in _centred(weights, mean):
            scaled = block / size
            products += scaled @ scaled.T
            yield min(columns.stop, P), P
        values, vectors = np.linalg.eigh(products)
        spreads = np.sqrt(np.maximum(values[::-1][:2], 0.0))
        components = np.empty((min(n, 2), P))
        for columns, block in _centred(weights, mean):
            components[:, columns] = vectors[:, ::-1][:, :2].T @ (block / size)
            yield min(columns.stop, P), P
    pairs = zip(spreads[:2], components[:2], strict=True)
    return [v / np.linalg.norm(v) for spread, v in pairs if spread > PARALLEL * spreads[0]]


def _orthonormal(lines: list[Array], run: Run, epoch: int) -> Steps[list[tuple[str, Array]]]:
    """Return two orthonormal directions and their sources.

    Of the lines, as far as they differ, then of the gradient, then of single weights.
    """
    found: list[tuple[str, Array]] = []
    for line in lines:
        _add(found, "path", line)
    if len(found) == 2:
        return found
    net = run.at(epoch)
    objective = Objective(net, run.X, run.y, run.settings_at(epoch))
    gradient = yield from objective.steps(Weights(net).flat)
    _add(found, "gradient", gradient)
    while len(found) < 2:  # the weight that the directions so far change least, not a frozen one
        change = sum((np.abs(direction) for _, direction in found), start=np.zeros(net.size))
        unit = np.zeros(net.size)
        unit[np.argmin(change + 0.5 * ~objective.trainable)] = 1.0
        _add(found, "weight", unit)
    return found


def _add(found: list[tuple[str, Array]], source: str, line: Array) -> None:
    """Add what of a line is orthogonal to the directions found, unless that is but rounding."""
    if not 0 < (size := np.abs(line).max()) < np.inf:
        return
    rest = line / size
    rest /= np.linalg.norm(rest)
    for _ in range(2):  # rounding leaves a part of the first, twice removes it
        for _, direction in found:
            rest = rest - (rest @ direction) * direction
    if np.linalg.norm(rest) > PARALLEL:
        found.append((source, rest / np.linalg.norm(rest)))


def _share(weights: Array, directions: Array) -> Steps[float]:
    """Return the share of the variance of weights (n, P) along orthonormal directions (2, P)."""
    mean = weights.mean(axis=0)
    size = yield from _largest(weights, mean)
    if not size:
        return 1.0
    along, total = np.zeros((len(weights), 2)), 0.0
    for columns, block in _centred(weights, mean):
        scaled = block / size
        along += scaled @ directions[:, columns].T
        total += float(np.vdot(scaled, scaled))
        yield min(columns.stop, mean.size), mean.size
    return min(1.0, float(np.vdot(along, along)) / total)
