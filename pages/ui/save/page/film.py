"""The film of a page: weights, losses and more at its epochs, read from the run in order.

How much work that is, is estimated from the sizes alone: a page must not depend on what else the
machine has had to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from time import sleep
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.training.film import Film, Matrices
from core.training.kernel import epoch_time
from core.training.run import Run
from core.training.settings import OPTIMIZERS, Settings
from pages.ui.save.page.coding import encode_rows

PIECE = 5e7  # ns of work between two moments when others may use the run
PAUSE = 0.001  # s of such a moment: without it the waiting thread would come too late

Array = NDArray[np.float64]
Epochs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FilmRows:
    """What a page records of n `epochs`, a row each: see `content`.

    tables: the rows by the names of their arrays, such as "film/weights", (n, columns).
    """

    epochs: Epochs
    tables: dict[str, Array]

    def at(self, places: NDArray[Any]) -> Self:
        """Return some of the epochs, by their places or by a mask."""
        tables = {name: rows[places] for name, rows in self.tables.items()}
        return type(self)(self.epochs[places], tables)

    def arrays(self) -> dict[str, NDArray[np.uint8]]:
        """Return the coded arrays."""
        tables = {"film/epochs": self.epochs[:, np.newaxis].astype(np.float64), **self.tables}
        return {name: encode_rows(rows) for name, rows in tables.items()}


def state_names(run: Run) -> list[str]:
    """Return the names of all vectors that the optimiser has where an epoch is one update."""
    used = {name for epoch in (0, *run.branch_epochs) for name in _names(run, epoch)}
    return [name for name in ("v", "m", "s") if name in used]


def _names(run: Run, epoch: int) -> tuple[str, ...]:
    settings = run.settings_at(epoch)
    return OPTIMIZERS[settings.optimizer] if _one_update(settings, len(run.X)) else ()


def _one_update(settings: Settings, samples: int) -> bool:
    return settings.batch_size is None or settings.batch_size >= samples


def read_film(run: Run, epochs: Epochs, *, gradients: bool) -> FilmRows:
    """Return the film of these epochs, which are in order."""
    names = state_names(run)
    films = list(_films(run, epochs, gradients=gradients, states=bool(names)))
    curves = [losses[epochs] for losses in (run.losses, run.val_losses) if losses is not None]
    tables = {
        "film/weights": np.concatenate([_rows(film.weights) for film in films]),
        "film/losses": np.column_stack(curves),
    }
    if gradients:
        tables["film/gradients"] = np.concatenate([_rows(film.gradients or ()) for film in films])
    if names:
        states = (state for film in films for state in film.states or ())
        tables["film/state"] = np.stack(
            [_state_row(run, int(e), state, names) for e, state in zip(epochs, states, strict=True)]
        )
    return FilmRows(epochs, tables)


def film_work(run: Run, epochs: Epochs, *, gradients: bool) -> float:
    """Estimate the ns of training steps and gradients that reading a film of these epochs takes.

    Each is replayed from the one before it, or from a checkpoint where that is nearer.
    """
    starts = np.array([0, *run.branch_epochs])
    segments = np.searchsorted(starts, epochs, side="right") - 1
    stored = np.maximum(epochs // run.checkpoint_stride * run.checkpoint_stride, starts[segments])
    steps = epochs - np.maximum(stored, np.concatenate([[0], epochs[:-1]]))
    own = np.array([step_time(run, int(start)) for start in starts])
    return float(steps @ own[segments]) + gradients * len(epochs) * gradient_time(run)


def step_time(run: Run, epoch: int) -> float:
    """Estimate the ns from that epoch to the next."""
    return epoch_time(run.template, len(run.X), run.settings_at(epoch).batch_size)


def gradient_time(run: Run) -> float:
    """Estimate the ns of ∂C/∂W over all samples."""
    return epoch_time(run.template, len(run.X))


def _films(run: Run, epochs: Epochs, *, gradients: bool, states: bool) -> Iterator[Film]:
    """Yield films that together have these epochs, each of one stride and no more than a piece."""
    after = int(epochs[0]) - 1
    for stride, group in groupby(np.diff(epochs, prepend=after).tolist()):
        left = len(list(group))
        while left:
            each = stride * step_time(run, after + stride) + gradients * gradient_time(run)
            frames = min(left, max(1, int(PIECE / each)))
            yield run.film(after, frames, stride, gradients=gradients, states=states)
            after += frames * stride
            left -= frames
            sleep(PAUSE)


def _rows(matrices: Matrices) -> Array:
    return np.concatenate([matrix.reshape(len(matrix), -1) for matrix in matrices], axis=1)


def _state_row(run: Run, epoch: int, state: Array, names: list[str]) -> Array:
    """Return the optimiser's state in the order of the film's vectors, then t."""
    P, own = run.template.size, _names(run, epoch)
    row = np.full(len(names) * P + 1, np.nan)
    for place, name in enumerate(own):
        start = names.index(name) * P
        row[start : start + P] = state[place * P : (place + 1) * P]
    if own:
        row[-1] = state[-1] if len(state) > len(own) * P else 0.0  # t is Adam's
    return row
