"""Weights of a run at epochs evenly spaced along the path that they take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.training.landscape.steps import Steps, complete
from core.training.run import Run
from core.utils.arguments import instance, integer

Array = NDArray[np.float64]
Epochs = NDArray[np.int64]

MOST_EPOCHS = 500
CANDIDATES = 2000  # epochs whose weights are looked at, evenly spaced in time
MAX_BYTES = 128 * 2**20  # of the weights: with a million of them, 16 epochs
SLICE = 0.05  # seconds for which the run is locked at a time


@dataclass(frozen=True, eq=False)
class WeightPath:
    """The weights of some epochs in order: `epochs` (n,) and `weights` (n, P).

    A row is all matrices of `Network.weights` in order, row by row, bias rows included.
    """

    epochs: Epochs
    weights: Array

    @classmethod
    def of(cls, run: Run, most: int = MOST_EPOCHS) -> Self:
        """Return `most` epochs at most, evenly spaced along the path's length.

        Epoch 0 and the latest are always among them. Of a long run CANDIDATES epochs are looked
        at; MAX_BYTES bounds the weights. The run stays as it is, and is locked for SLICE seconds
        at a time.
        """
        return complete(cls.steps(run, most))

    @classmethod
    def steps(cls, run: Run, most: int = MOST_EPOCHS, latest: int | None = None) -> Steps[Self]:
        """Return what `of` returns, in steps of SLICE seconds at most.

        latest: the path ends there; None for all trained epochs.
        """
        run, most = instance("run", run, Run), integer("most", most, 2)
        latest, P = run.epoch if latest is None else latest, run.template.size
        latest = integer("latest", latest, 0, run.epoch)
        candidates, length = _evenly_in_time(latest, run.checkpoint_stride), _Length()
        for reached in _walk(run, candidates, length.add):
            yield reached, 2 * latest
        most = max(2, min(most, MAX_BYTES // (8 * P)))
        epochs = candidates[_evenly_along(np.cumsum(length.steps), most)]
        weights = np.empty((len(epochs), P))
        for reached in _walk(run, epochs, weights.__setitem__):
            yield latest + reached, 2 * latest
        return cls(epochs, weights)


def _evenly_in_time(latest: int, checkpoint_stride: int) -> Epochs:
    """Return CANDIDATES epochs at most, the first and the latest among them.

    Where checkpoints are close enough they are taken, which saves replaying.
    """
    stride = max(1, -(-latest // (CANDIDATES - 1)))
    if stride >= checkpoint_stride:
        stride = -(-stride // checkpoint_stride) * checkpoint_stride
    return np.array([*range(0, latest, stride), latest], dtype=np.int64)


class _Length:
    """The steps of a path, whose sums are its length up to each point, in halves.

    The square of half a difference is finite if those of both points are.
    """

    def __init__(self) -> None:
        self.steps: list[float] = []
        self._before: Array | None = None

    def add(self, _: int, point: Array) -> None:
        """Go on to the next point."""
        before = point if self._before is None else self._before
        self.steps.append(float(np.linalg.norm(point / 2 - before / 2)))
        self._before = point


def _evenly_along(lengths: Array, most: int) -> NDArray[np.intp]:
    """Return the places nearest to `most` even steps along the length, both ends included."""
    wanted = np.linspace(0.0, lengths[-1], most)
    after = np.searchsorted(lengths, wanted)
    before = np.maximum(after - 1, 0)
    nearest = np.where(wanted - lengths[before] <= lengths[after] - wanted, before, after)
    nearest[-1] = len(lengths) - 1  # also of a path that stands still at its end
    return np.unique(nearest)


def _walk(run: Run, epochs: Epochs, visit: Callable[[int, Array], object]) -> Iterator[int]:
    """Call `visit` with the place and the weights (P,) of each of some epochs, which rise.

    Yield the epoch reached, after SLICE seconds at most.
    """
    reached = -1
    for place, epoch in enumerate(epochs.tolist()):
        while reached < epoch:
            film = run.film(reached, 1, epoch - reached, SLICE)
            reached = int(film.epochs[-1])
            yield reached
        visit(place, np.concatenate([matrices[-1].ravel() for matrices in film.weights]))
