"""Two runs at the same epochs: their weights and the difference of these, as frames.

    film = PairFilm(first, second, difference=True)
    film.advance(0.25)                   # recomputes frames; True once all are there
    film.arrays()                        # those so far
    pair_frame((first, second), 137, difference=True, seconds=0.25)    # any epoch, exactly

A run that ended before an epoch, or was not trained as far, stands there as at its last one.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from math import nan
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.run import Run
from core.utils.thinning import block_means, block_sizes, blocks_of, evenly_spaced
from pages.ui.live.codec import single

Array = NDArray[np.float64]
Matrices = tuple[Array, ...]
Pair = tuple[Run, Run]
Arrays = dict[str, NDArray[Any]]  # of a frame or several, by their names in the message

FRAMES, MIN_FRAMES = 240, 120
MAX_BYTES = 6 * 2**20  # of a film's frames, as they are sent
PASSES = (16, 4, 1)  # every so many frames: a film that is stopped early covers all epochs


class PairFilm:
    """The frames of two runs, evenly spaced over the epochs of the longer one.

    Neither run is changed or trained further. `difference`: whether their weights can be compared.
    """

    def __init__(self, first: Run, second: Run, *, difference: bool) -> None:
        self.runs, self._difference = (first, second), difference
        self.ends = first.epoch, second.epoch
        self.last = max(self.ends)
        cells = max(blocks_of(run.template.shapes) for run in self.runs)
        frames = min(FRAMES, max(MIN_FRAMES, MAX_BYTES // (12 * cells)))
        plan = sorted({*evenly_spaced(self.last + 1, frames).tolist(), *self.ends})
        passes = chain.from_iterable(plan[::every] for every in PASSES)
        self._order = list(dict.fromkeys((0, self.last, *passes)))
        self._frames: dict[int, Arrays] = {}  # by epoch

    @property
    def count(self) -> int:
        """The number of all frames."""
        return len(self._order)

    @property
    def done(self) -> int:
        """The number of frames that are there."""
        return len(self._frames)

    def advance(self, seconds: float) -> bool:
        """Recompute the first and the last epoch, and more for `seconds`; return whether all are.

        Where one epoch takes longer, it is continued by the next call.
        """
        deadline = perf_counter() + seconds
        for epoch in self._order[self.done :]:
            required = self.done < 2  # at hand: the runs keep their first and latest weights
            left = np.inf if required else max(0.0, deadline - perf_counter())
            frame = pair_frame(self.runs, epoch, difference=self._difference, seconds=left)
            if frame is None:
                break
            self._frames[epoch] = self._reduced(frame)
            if self.done >= 2 and perf_counter() >= deadline:
                break
        return self.done == self.count

    def arrays(self) -> Arrays:
        """Return the frames so far, in the order of their epochs, each array (frames, size)."""
        frames = [self._frames[epoch] for epoch in sorted(self._frames)]
        return {name: np.vstack([frame[name] for frame in frames]) for name in frames[0]}

    def _reduced(self, frame: Arrays) -> Arrays:
        """Return a frame as the film has it: float32, block means of large matrices."""
        return {name: self._cells(name, values) for name, values in frame.items()}

    def _cells(self, name: str, values: Array) -> NDArray[Any]:
        if name == "epochs":
            return values
        shape, size = self._blocks[name.replace("difference", "first")]
        return single(block_means(values.reshape(1, *shape), size).reshape(1, -1))

    @cached_property
    def _blocks(self) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
        """The shape of each matrix and of its blocks."""
        named = zip(("first", "second"), (run.template.shapes for run in self.runs), strict=True)
        return {
            f"{part}_W{layer}": (shape, size)
            for part, shapes in named
            for layer, (shape, size) in enumerate(zip(shapes, block_sizes(shapes), strict=True), 1)
        }


def pair_frame(runs: Pair, epoch: int, *, difference: bool, seconds: float) -> Arrays | None:
    """Return both runs at an epoch in full precision, each array (1, size).

    None if recomputing it takes longer than `seconds`: the next call continues.
    """
    deadline = perf_counter() + seconds
    epochs = [min(epoch, run.epoch) for run in runs]
    if not all(_seek(run, at, deadline) for run, at in zip(runs, epochs, strict=True)):
        return None
    first, second = (run.at(at).weights for run, at in zip(runs, epochs, strict=True))
    parts = {"first": first, "second": second}
    norm = share = nan
    if difference:
        parts["difference"] = tuple(b - a for a, b in zip(first, second, strict=True))
        norm, size = _norm(parts["difference"]), _norm(first)
        share = norm / size if size else nan
    losses = (run.losses[at] for run, at in zip(runs, epochs, strict=True))
    return {
        "epochs": np.array([[max(epochs), *losses, norm, share]]),
        **{f"{part}_{name}": cells for part, ws in parts.items() for name, cells in _rows(ws)},
    }


def _seek(run: Run, epoch: int, deadline: float) -> bool:
    """Bring a run to a trained epoch; return False if it is not there at the deadline."""
    while run.seek(epoch, max(0.0, deadline - perf_counter())) != epoch:
        if perf_counter() >= deadline:
            return False
    return True


def _rows(weights: Matrices) -> Iterator[tuple[str, Array]]:
    """Yield the name and the weights, (1, size), of each matrix."""
    for layer, matrix in enumerate(weights, start=1):
        yield f"W{layer}", matrix.reshape(1, -1)


def _norm(weights: Matrices) -> float:
    """Return the root of the sum of all squares."""
    return float(np.linalg.norm(np.concatenate([matrix.ravel() for matrix in weights])))
