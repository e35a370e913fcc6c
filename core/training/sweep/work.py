"""What is left of a sweep: the points that wait for a worker, and how long they will take."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.kernel import epoch_time
from core.training.settings import Settings
from core.training.sweep.engine import SLICE
from core.training.sweep.points import Point, SweepResult
from core.training.sweep.task import Ended, Part, Position, Task

Array = NDArray[np.float64]

SHORTEST = 0.005  # s that a task trains at least, unless fewer points are left
MOST_POINTS = 250  # of a task


@dataclass(eq=False)
class PointWork:
    """A point on its way: what came of it so far, and how often its worker was lost."""

    index: int
    network: Network
    settings: Settings
    epoch_work: float  # estimated ns
    position: Position | None = None
    losses: list[Array] = field(default_factory=list)
    val_losses: list[Array] = field(default_factory=list)
    seconds: float = 0.0
    worker_losses: int = 0

    @property
    def epochs_left(self) -> int:
        """Epochs that it may still have to train."""
        return self.settings.epochs - (self.position.epoch if self.position else 0)

    @property
    def task(self) -> Task:
        """What a worker needs to go on with it."""
        return Task(self.index, self.network, self.settings, self.position)

    def add(self, part: Part) -> None:
        """Add what a slice of time brought."""
        self.losses.append(part.losses)
        self.val_losses.append(part.val_losses)
        self.seconds += part.seconds
        self.position = part.position

    def result(self, ended: Ended, error: str = "") -> SweepResult:
        """Return the result of all slices."""
        losses, val_losses = (
            np.concatenate([np.empty(0), *parts]) for parts in (self.losses, self.val_losses)
        )
        validation = val_losses if val_losses.size else None
        return SweepResult(self.index, losses, validation, self.seconds, ended, error)


class WorkQueue:
    """The points that wait, in order; points begun are first, so that few are on their way.

    epochs, epochs_left: of all points; an end before the last epoch leaves none of a point.
    nbytes: of the losses of points on their way.
    """

    def __init__(self, points: Iterable[Point], samples: int) -> None:
        self._waiting = deque(
            PointWork(i, net, settings, epoch_time(net, samples, settings.batch_size))
            for i, (net, settings) in enumerate(points)
        )
        self.epochs = self.epochs_left = sum(point.epochs_left for point in self._waiting)
        self._work_left = sum(point.epoch_work * point.epochs_left for point in self._waiting)
        self.nbytes = 0
        self._work, self._seconds = 0.0, 0.0  # trained, and how long workers took for it
        self.start_clock()

    def __len__(self) -> int:
        return len(self._waiting)

    def start_clock(self) -> None:
        """Measure from now on how fast all workers are together."""
        self._clock, self._work_before = perf_counter(), self._work

    @property
    def seconds_left(self) -> float | None:
        """Estimated time until all is trained; None until something is."""
        work = self._work - self._work_before
        if not work:
            return None if self.epochs_left else 0.0
        return self._work_left * (perf_counter() - self._clock) / work

    def take(self, workers: int) -> list[PointWork]:
        """Remove and return the points of the next task.

        They fill a slice of time, as far as is known; towards the end less, so that all workers
        have some to the last.
        """
        speed = self._seconds / self._work if self._work else 1e-9
        seconds = min(SLICE, max(SHORTEST, speed * self._work_left / (2 * workers)))
        points: list[PointWork] = []
        while self._waiting and seconds > 0 and len(points) < MOST_POINTS:
            point = self._waiting.popleft()
            seconds -= speed * point.epoch_work * point.epochs_left
            points.append(point)
        return points

    def put_back(self, points: Sequence[PointWork]) -> None:
        """Return points to the queue's front, in their order."""
        self._waiting.extendleft(reversed(points))

    def add(self, point: PointWork, part: Part) -> None:
        """Add to a point what a slice of time brought of it."""
        before = point.epochs_left
        point.add(part)
        self.nbytes += part.losses.nbytes + part.val_losses.nbytes
        trained = max(0, len(point.losses[-1]) - (len(point.losses) == 1))
        self._work += trained * point.epoch_work
        self._seconds += part.seconds
        self._pass(point, before - point.epochs_left if part.position else before)

    def drop(self, point: PointWork) -> None:
        """Leave out what remains of a point that has failed."""
        self._pass(point, point.epochs_left)

    def clear(self) -> list[PointWork]:
        """Remove and return all points."""
        points = list(self._waiting)
        self._waiting.clear()
        return points

    def _pass(self, point: PointWork, epochs: int) -> None:
        self.epochs_left -= epochs
        self._work_left -= epochs * point.epoch_work
