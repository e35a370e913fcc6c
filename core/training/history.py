"""History of a run: its losses, where settings or weights changed, and its checkpoints.

A checkpoint is a state vector, all that the next epochs depend on
(`core.training.trainer.Trainer.write`): from it every later epoch is recomputed, to the last bit.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.training.checkpoints import BUDGET, LATEST, Checkpoints, Latest
from core.training.settings import Settings

Array = NDArray[np.float64]

REPLAY = 1e6  # ns: epochs are kept no closer than this lets one compute them again


@dataclass(frozen=True, eq=False)
class Segment:
    """Epochs from `start` on, their settings, and the trainer's state vector at the beginning.

    edited: a user changed the weights in that state vector.
    """

    start: int
    settings: Settings
    state_vector: Array
    edited: bool = False


@dataclass(frozen=True, eq=False)
class HistorySnapshot:
    """A history as plain arrays, which a run file holds.

    losses (epochs + 1,); val_losses likewise, or (0,); head: the state vector of the latest epoch;
    rows: those of epochs 0, stride, 2 stride, …; diverged: whether the next epoch is not finite.
    """

    segments: tuple[Segment, ...]
    losses: Array
    val_losses: Array
    head: Array
    rows: Array
    stride: int
    diverged: bool


class History:
    """The epochs of a run so far, the latest of them `epoch`.

    losses, val_losses: of every epoch up to `epoch`, with room for the rest of the run; val_losses
    is empty without a validation set. best: the epoch with the least validation loss of those since
    the loss was last changed. diverged: the epoch after the latest is not finite.
    """

    def __init__(self, first: Segment, *, validated: bool, epoch_time: float) -> None:
        """Without an epoch yet, for a run that starts with `first`; an epoch takes so many ns."""
        epochs, size = first.settings.epochs, first.state_vector.size
        self.losses = np.empty(epochs + 1)
        self.val_losses = np.empty(epochs + 1 if validated else 0)
        self.segments: list[Segment] = []
        self._validated = validated
        stride = 1
        while 2 * stride * epoch_time < REPLAY:
            stride *= 2
        self._slow = stride == 1
        budget = BUDGET - LATEST if self._slow else BUDGET
        self._checkpoints = Checkpoints(size, epochs + 1, budget, stride)
        self.begin(first)

    @property
    def settings(self) -> Settings:
        """The settings in force at the latest epoch."""
        return self.segments[-1].settings

    @property
    def nbytes(self) -> int:
        """Bytes that it may come to hold: curves, rows and starts of segments."""
        curves = self.losses.nbytes + self.val_losses.nbytes
        starts = sum(segment.state_vector.nbytes for segment in self.segments)
        latest = self._latest.nbytes if self._latest else 0
        return curves + starts + latest + self._checkpoints.nbytes

    @property
    def stride(self) -> int:
        """Epochs from one checkpoint to the next."""
        return self._checkpoints.stride

    def begin(self, segment: Segment) -> None:
        """Go on with a segment: what follows is recorded from its start on."""
        self.segments.append(segment)
        self.epoch = segment.start - 1
        self.diverged = False
        self.head = segment.state_vector  # of the latest epoch, once the trainer stands elsewhere
        # A film that stands still or goes on asks for the latest epochs again.
        self._latest = Latest(segment.state_vector.size, segment.start) if self._slow else None
        since = self.same_loss_since()
        past = self.val_losses[since : segment.start]
        self.best = since + int(np.argmin(past)) if past.size else segment.start

    def record(self, C: float, val_loss: float | None, write: Callable[[Array], None]) -> int:
        """Make the next epoch the latest: its losses, and its row where it is to be kept."""
        self.epoch = epoch = self.epoch + 1
        self.losses[epoch] = C
        if val_loss is not None:
            self.val_losses[epoch] = val_loss
            if val_loss < self.val_losses[self.best]:
                self.best = epoch
        if epoch == self._checkpoints.due:
            self._checkpoints.keep(write)
        if self._latest:
            self._latest.keep(write)
        return epoch

    def segment(self, epoch: int) -> Segment:
        """The one whose settings make the update that leaves `epoch`."""
        return next(s for s in reversed(self.segments) if s.start <= epoch)

    def kept(self, epoch: int) -> tuple[int, Segment, Array]:
        """The latest epoch at or before `epoch` whose row is there, its segment and its row."""
        segment = self.segment(epoch)
        if epoch == self.epoch and not self.diverged:
            return epoch, segment, self.head
        latest = self._latest.before(epoch) if self._latest else None
        kept, state_vector = latest or self._checkpoints.before(epoch)
        if kept <= segment.start:
            return segment.start, segment, segment.state_vector
        return kept, segment, state_vector

    def same_loss_since(self) -> int:
        """The epoch from which on the losses are of the loss now in force."""
        loss, since = self.settings.loss, 0
        for segment in reversed(self.segments):
            if segment.settings.loss != loss:
                break
            since = segment.start
        return since

    def out_of_patience(self) -> bool:
        """Whether the validation loss was not lower for as long as the settings allow."""
        patience = self.settings.patience
        if patience is None:
            return False
        return self.epoch - max(self.best, self.segments[-1].start) >= patience

    def branched(self, segment: Segment) -> Self:
        """A copy up to the segment's start, which goes on with the segment."""
        epoch, epochs = segment.start, segment.settings.epochs
        clone = copy(self)
        clone.segments = [s for s in self.segments if s.start < epoch]
        clone.losses = _resized(self.losses, epoch, epochs + 1)
        if self._validated:
            clone.val_losses = _resized(self.val_losses, epoch, epochs + 1)
        clone._checkpoints = self._checkpoints.until(epoch, epochs + 1, segment.state_vector.size)
        clone.begin(segment)
        return clone

    def snapshot(self, most: int) -> HistorySnapshot:
        """All of it, the rows thinned to `most` bytes; `head` must be that of the latest epoch."""
        rows, stride = self._checkpoints.thinned(most)
        return HistorySnapshot(
            tuple(self.segments),
            self.losses[: self.epoch + 1].copy(),
            self.val_losses[: self.epoch + 1 if self._validated else 0].copy(),
            self.head.copy(),
            rows,
            stride,
            self.diverged,
        )

    @classmethod
    def from_snapshot(cls, kept: HistorySnapshot, *, epoch_time: float) -> Self:
        """The history that was written."""
        epochs, last = kept.segments[-1].settings.epochs, kept.segments[-1]
        history = cls(kept.segments[0], validated=kept.val_losses.size > 0, epoch_time=epoch_time)
        history.segments = list(kept.segments[:-1])
        history.losses = _resized(kept.losses, len(kept.losses), epochs + 1)
        if history._validated:
            history.val_losses = _resized(kept.val_losses, len(kept.val_losses), epochs + 1)
        history.begin(last)
        history._checkpoints = Checkpoints.filled(
            kept.rows,
            max(kept.rows.shape[1], last.state_vector.size),
            epochs + 1,
            history._checkpoints.budget,
            kept.stride,
        )
        history.epoch = len(kept.losses) - 1
        history.head, history.diverged = kept.head, kept.diverged
        if history._validated:
            since = history.same_loss_since()
            history.best = since + int(np.argmin(kept.val_losses[since:]))
        if history._latest:
            history._latest = Latest(last.state_vector.size, history.epoch + 1)
        return history


def _resized(values: Array, kept: int, size: int) -> Array:
    """A new array of `size` that begins with the first `kept` values."""
    resized = np.empty(size)
    resized[:kept] = values[:kept]
    return resized
