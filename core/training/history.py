"""History of a run: its losses, where settings or weights changed, and its checkpoints.

A checkpoint is a state vector, all that the next epochs depend on
(`core.training.trainer.Trainer.write`): from it every later epoch is recomputed, to the last bit.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from core.training.checkpoints import BUDGET, RECENT_BUDGET, Checkpoints, RecentEpochs
from core.training.optimizers import state_size
from core.training.settings import Settings

Array = NDArray[np.float64]

REPLAY_TIME = 1e6  # ns: checkpoints are no closer than replaying for so long


@dataclass(frozen=True, eq=False)
class Segment:
    """Epochs from `start` on: their settings, and the trainer's state vector at `start`.

    edited: a user changed the weights in that state vector.
    """

    start: int
    settings: Settings
    state_vector: Array
    edited: bool = False


@dataclass(frozen=True, eq=False)
class HistorySnapshot:
    """A history as plain arrays, as stored in a run file.

    losses (epochs + 1,); val_losses likewise, or (0,); head: the state vector of the latest epoch;
    rows: those of epochs 0, stride, 2 stride, …; diverged: the next epoch is not finite; seconds:
    of training, None where unknown.
    """

    segments: tuple[Segment, ...]
    losses: Array
    val_losses: Array
    head: Array
    rows: Array
    stride: int
    diverged: bool
    seconds: float | None = None

    def check(self, weights: int) -> None:
        """Raise ValueError if its parts do not fit each other or a network of so many weights."""
        starts, epochs = [segment.start for segment in self.segments], len(self.losses)
        if starts[0] != 0 or any(b <= a for a, b in pairwise(starts)) or starts[-1] >= epochs:
            raise ValueError(f"its branches start at {starts}, in {epochs - 1} epochs")
        for segment in self.segments:
            size = weights + state_size(segment.settings, weights)
            if segment.state_vector.shape != (size,):
                raise ValueError(f"the weights of epoch {segment.start} belong to another network")
        if self.head.shape != (size,) or self.rows.shape[1] < weights:
            raise ValueError("its checkpoints belong to another network")
        if not (len(self.rows) - 1) * self.stride < epochs <= len(self.rows) * self.stride:
            raise ValueError("its checkpoints do not match its epochs")


class History:
    """The epochs of a run so far; `epoch` is the latest.

    losses, val_losses: of every epoch up to `epoch`, with space for the rest of the run; val_losses
    is empty without a validation set. best: the epoch with the lowest validation loss since the
    loss function was last changed. diverged: the epoch after the latest is not finite. seconds: of
    training, None where unknown.
    """

    def __init__(self, first: Segment, *, validated: bool, epoch_time: float) -> None:
        """Create the empty history of a run that starts with `first`; `epoch_time` is in ns."""
        epochs, size = first.settings.epochs, first.state_vector.size
        self.losses = np.empty(epochs + 1)
        self.val_losses = np.empty(epochs + 1 if validated else 0)
        self.segments: list[Segment] = []
        self.seconds: float | None = 0.0
        stride = 1
        while 2 * stride * epoch_time < REPLAY_TIME:
            stride *= 2
        self._slow = stride == 1
        budget = BUDGET - RECENT_BUDGET if self._slow else BUDGET
        self._checkpoints = Checkpoints(size, epochs + 1, budget, stride)
        self._budget = self._checkpoints.budget
        self._compact = False
        self.begin(first)

    @property
    def settings(self) -> Settings:
        """Settings at the latest epoch."""
        return self.segments[-1].settings

    @property
    def ended(self) -> Literal["", "done", "diverged", "stopped"]:
        """Why training is over, "" if it is not."""
        if self.diverged:
            return "diverged"
        if self.epoch >= self.settings.epochs:
            return "done"
        return "stopped" if self.out_of_patience() else ""

    @property
    def nbytes(self) -> int:
        """Largest size in bytes: curves, checkpoints, the latest epoch and starts of segments."""
        curves = self.losses.nbytes + self.val_losses.nbytes + self.head.nbytes
        starts = sum(segment.state_vector.nbytes for segment in self.segments)
        latest = self._latest.nbytes if self._latest else 0
        return curves + starts + latest + self._checkpoints.nbytes

    @property
    def stride(self) -> int:
        """Epochs from one checkpoint to the next."""
        return self._checkpoints.stride

    def begin(self, segment: Segment) -> None:
        """Start a segment: the next epoch recorded is its first."""
        self.segments.append(segment)
        self.epoch = segment.start - 1
        self.diverged = False
        self.head = segment.state_vector  # of the latest epoch, once the trainer has left it
        size = segment.state_vector.size
        self._forget_latest(size, segment.start)
        self._find_best(segment.start)

    def _forget_latest(self, size: int, epoch: int) -> None:
        """Store each epoch from that one on, of `size` numbers, if epochs are slow.

        A film that pauses or continues asks for the latest epochs again.
        """
        self._latest = RecentEpochs(size, epoch) if self._slow else None

    def compact(self, max_bytes: int) -> None:
        """Keep `max_bytes` of checkpoints at most, and no space for more epochs.

        Every epoch can still be recomputed; `expand` makes space again.
        """
        if not self._compact:
            self._fit(self.epoch + 1, max_bytes)
            self._latest, self._compact = None, True

    def expand(self) -> None:
        """Make space for the whole run, if there is none: before it is trained further."""
        if self._compact:
            self._fit(self.settings.epochs + 1, self._budget)
            self._forget_latest(self.head.size, self.epoch + 1)
            self._compact = False

    def _fit(self, epochs: int, budget: int) -> None:
        """Give the curves and the checkpoints space for so many epochs."""
        count, size = self.epoch + 1, self.head.size
        self.losses = _resize(self.losses, count, epochs)
        self.val_losses = _resize(self.val_losses, count, epochs)
        self._checkpoints = self._checkpoints.copy_until(count, epochs, size, budget)

    def _find_best(self, stop: int) -> None:
        """Set `best` among the epochs before `stop`; to `stop` if there are none with its loss."""
        since = self.same_loss_since(stop)
        past = self.val_losses[since:stop]
        self.best = since + int(np.argmin(past)) if past.size else stop

    def record(self, C: float, val_loss: float | None, write: Callable[[Array], None]) -> int:
        """Add the next epoch: its losses, and a checkpoint if one is due. Return the epoch."""
        self.epoch = epoch = self.epoch + 1
        self.losses[epoch] = C
        if val_loss is not None:
            self.val_losses[epoch] = val_loss
            if val_loss < self.val_losses[self.best]:
                self.best = epoch
        if epoch == self._checkpoints.due:
            self._checkpoints.store(write)
        if self._latest:
            self._latest.store(write)
        return epoch

    def segment(self, epoch: int) -> Segment:
        """Return the segment whose settings the update after `epoch` uses."""
        return next(s for s in reversed(self.segments) if s.start <= epoch)

    def nearest_checkpoint(self, epoch: int) -> tuple[int, Segment, Array]:
        """Return the last stored epoch at or before `epoch`, its segment and its state vector."""
        segment = self.segment(epoch)
        if epoch == self.epoch and not self.diverged:
            return epoch, segment, self.head
        latest = self._latest.at_or_before(epoch) if self._latest else None
        nearest, state_vector = latest or self._checkpoints.at_or_before(epoch)
        if nearest <= segment.start:
            return segment.start, segment, segment.state_vector
        return nearest, segment, state_vector

    def same_loss_since(self, epoch: int) -> int:
        """Return the latest epoch, up to `epoch`, at which the loss function changed; else 0."""
        pairs = pairwise(segment for segment in self.segments if segment.start <= epoch)
        return max((b.start for a, b in pairs if a.settings.loss != b.settings.loss), default=0)

    def out_of_patience(self) -> bool:
        """Return whether the validation loss has not improved for `patience` epochs."""
        patience = self.settings.patience
        if patience is None:
            return False
        return self.epoch - max(self.best, self.segments[-1].start) >= patience

    def branch(self, segment: Segment) -> Self:
        """Return a copy up to the start of `segment` that continues with it."""
        epoch, epochs = segment.start, segment.settings.epochs
        clone = copy(self)
        clone.segments = [s for s in self.segments if s.start < epoch]
        clone.losses = _resize(self.losses, epoch, epochs + 1)
        clone.val_losses = _resize(self.val_losses, epoch, epochs + 1)
        size = segment.state_vector.size
        clone._checkpoints = self._checkpoints.copy_until(epoch, epochs + 1, size, self._budget)
        clone._compact = False
        clone.seconds = self.seconds and self.seconds * epoch / max(1, self.epoch)
        clone.begin(segment)
        return clone

    def snapshot(self, max_bytes: int) -> HistorySnapshot:
        """Return plain arrays, at most `max_bytes` of checkpoints; `head` must be up to date."""
        rows, stride = self._checkpoints.copy_rows(max_bytes)
        return HistorySnapshot(
            tuple(self.segments),
            self.losses[: self.epoch + 1].copy(),
            self.val_losses[: self.epoch + 1].copy(),
            self.head.copy(),
            rows,
            stride,
            self.diverged,
            self.seconds,
        )

    @classmethod
    def from_snapshot(cls, snapshot: HistorySnapshot, *, epoch_time: float) -> Self:
        """Return the history that a snapshot holds."""
        first, last = snapshot.segments[0], snapshot.segments[-1]
        count, epochs = len(snapshot.losses), last.settings.epochs
        history = cls(first, validated=snapshot.val_losses.size > 0, epoch_time=epoch_time)
        history.segments = list(snapshot.segments[:-1])
        history.losses = _resize(snapshot.losses, count, epochs + 1)
        history.val_losses = _resize(snapshot.val_losses, count, epochs + 1)
        history.begin(last)
        history._checkpoints = Checkpoints.from_rows(
            snapshot.rows,
            max(snapshot.rows.shape[1], last.state_vector.size),
            epochs + 1,
            history._budget,
            snapshot.stride,
        )
        history.seconds = snapshot.seconds
        history.epoch, history.head = count - 1, snapshot.head
        history.diverged = snapshot.diverged
        history._find_best(count)
        history._forget_latest(last.state_vector.size, count)
        return history


def _resize(values: Array, count: int, size: int) -> Array:
    """Return a new array (size,) that begins with the first `count` values; (0,) without values."""
    resized = np.empty(size if values.size else 0)
    resized[:count] = values[:count]
    return resized
