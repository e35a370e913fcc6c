"""Many runs at once, on threads.

curves: few points of a result's curves, and what is exact of them
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from threading import RLock
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from core.network import Network
from core.training.run import Run
from core.training.settings import Settings

__all__ = ["Point", "SweepJob", "SweepResult"]

Array = NDArray[np.float64]
Point = tuple[Network, Settings]


@dataclass(frozen=True, eq=False)
class SweepResult:
    """The losses of one point's run."""

    index: int
    losses: Array
    val_losses: Array | None
    seconds: float
    ended: str


@cache
def _threads() -> Executor:
    return ThreadPoolExecutor(2)


class SweepJob:
    """A sweep in the background."""

    def __init__(
        self,
        points: Sequence[Point],
        X: Array,
        y: Array,
        *,
        X_val: Array | None = None,
        y_val: Array | None = None,
        executor: Executor | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Start."""
        self._points, self._data = list(points), (X, y, X_val, y_val)
        self._executor, self._wanted = executor or _threads(), wanted
        self._next = self._under_way = 0
        self._lock, self._arrived = RLock(), SimpleQueue[SweepResult]()
        self.count, self.finished, self.cancelled = len(self._points), 0, False
        self.epochs_done, self.epochs_total = 0, sum(s.epochs for _, s in self._points)
        self.workers, self.engine = 2, "2 threads"
        self.notices: tuple[str, ...] = ()
        self._start = perf_counter()
        self._submit()

    @property
    def seconds_left(self) -> float | None:
        """Seconds left; None while unknown."""
        if not self.epochs_done:
            return None
        took = perf_counter() - self._start
        return took * (self.epochs_total / self.epochs_done - 1)

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return self.finished == self.count or (self.cancelled and not self._under_way)

    def cancel(self) -> None:
        """Submit nothing more."""
        self.cancelled = True

    def results(self, seconds: float = 0.0) -> list[SweepResult]:
        """Return the results since the last call."""
        self._submit(asked=True)
        found: list[SweepResult] = []
        try:
            while True:
                found.append(self._arrived.get(timeout=0 if found else max(seconds, 1e-9)))
        except Empty:
            return found

    def _submit(self, *, asked: bool = False) -> None:
        with self._lock:
            while (
                self._under_way < self.workers
                and self._next < self.count
                and not self.cancelled
                and (asked or self._wanted())
            ):
                self._under_way += 1
                future = self._executor.submit(self._train, self._next)
                self._next += 1
                future.add_done_callback(self._arrive)

    def _train(self, index: int) -> SweepResult:
        network, settings = self._points[index]
        start = perf_counter()
        X, y, X_val, y_val = self._data
        run = Run(network, X, y, settings, X_val, y_val)
        run.advance(settings.epochs)
        took = perf_counter() - start
        return SweepResult(index, run.losses, run.val_losses, took, run.ended)

    def _arrive(self, future: Future[SweepResult]) -> None:
        with self._lock:
            self._under_way -= 1
            self.finished += 1
            result = future.result()
            self.epochs_done += self._points[result.index][1].epochs
            self._arrived.put(result)
        self._submit()
