"""Weights of a run at epochs evenly spaced along the path that they take."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.training.landscape.progress import Callback, Progress
from core.training.run import Run
from core.utils.arguments import instance, integer

Array = NDArray[np.float64]
Epochs = NDArray[np.int64]

MOST_EPOCHS = 500
CANDIDATES = 2000  # epochs whose weights are looked at, evenly spaced in time
MAX_BYTES = 128 * 2**20  # of the weights: with a million of them, 16 epochs
SLICE = 0.1  # seconds for which the run is locked at a time


@dataclass(frozen=True, eq=False)
class WeightPath:
    """The weights of some epochs in order: `epochs` (n,) and `weights` (n, P).

    A row is all matrices of `Network.weights` in order, row by row, bias rows included.
    """

    epochs: Epochs
    weights: Array

    @classmethod
    def of(cls, run: Run, most: int = MOST_EPOCHS, *, progress: Callback | None = None) -> Self:
        """Return `most` epochs at most, evenly spaced along the path's length.

        Epoch 0 and the latest are always among them. Of a long run CANDIDATES epochs are looked
        at; MAX_BYTES bounds the weights. The run stays as it is, and is locked for SLICE seconds
        at a time. `progress(epochs done, epochs)` is called ten times a second; if it returns
        True, concurrent.futures.CancelledError is raised.
        """
        run, most = instance("run", run, Run), integer("most", most, 2)
        candidates = _evenly_in_time(run.epoch, run.checkpoint_stride)
        most = max(2, min(most, MAX_BYTES // (8 * run.template.size)))
        walk = _Walk(run, Progress(progress, max(1, 2 * run.epoch)))
        epochs = candidates[_evenly_along(_lengths(walk.through(candidates)), most)]
        weights = np.empty((len(epochs), run.template.size))
        for row, vector in zip(weights, walk.through(epochs), strict=True):
            row[:] = vector
        return cls(epochs, weights)


def _evenly_in_time(latest: int, checkpoint_stride: int) -> Epochs:
    """Return CANDIDATES epochs at most, the first and the latest among them.

    Where checkpoints are close enough they are taken, which saves replaying.
    """
    stride = max(1, -(-latest // (CANDIDATES - 1)))
    if stride >= checkpoint_stride:
        stride = -(-stride // checkpoint_stride) * checkpoint_stride
    return np.array([*range(0, latest, stride), latest], dtype=np.int64)


def _lengths(rows: Iterable[Array]) -> Array:
    """Return the path's length up to each row, in halves.

    The square of half a difference is finite if those of both rows are.
    """
    steps = [0.0]
    steps += [float(np.linalg.norm(after / 2 - before / 2)) for before, after in pairwise(rows)]
    return np.cumsum(steps)


def _evenly_along(lengths: Array, most: int) -> NDArray[np.intp]:
    """Return the places nearest to `most` even steps along the length, both ends included."""
    wanted = np.linspace(0.0, lengths[-1], most)
    after = np.searchsorted(lengths, wanted)
    before = np.maximum(after - 1, 0)
    nearest = np.where(wanted - lengths[before] <= lengths[after] - wanted, before, after)
    nearest[-1] = len(lengths) - 1  # also of a path that stands still at its end
    return np.unique(nearest)


class _Walk:
    """Walks through a run's trained epochs, in slices of time."""

    def __init__(self, run: Run, progress: Progress) -> None:
        self._run, self._progress, self._done = run, progress, 0

    def through(self, epochs: Epochs) -> Iterator[Array]:
        """Yield the weights (P,) at those epochs, which rise."""
        reached = -1
        for epoch in epochs.tolist():
            while reached < epoch:
                film = self._run.film(reached, 1, epoch - reached, SLICE)
                reached = int(film.epochs[-1])
                self._progress.report(self._done + reached)
            yield np.concatenate([matrices[-1].ravel() for matrices in film.weights])
        self._done += reached
