"""Progress of a long computation, reported ten times a second; it can be cancelled."""

import math
from collections.abc import Callable
from concurrent.futures import CancelledError
from time import perf_counter

from core.training.replay import REPORT_EVERY
from core.utils.arguments import function

Callback = Callable[[int, int], object]  # of what is done and of all; True cancels


class Progress:
    """Calls `callback(done, total)` ten times a second; None: never."""

    def __init__(self, callback: Callback | None, total: int) -> None:
        self._callback = callback and function("progress", callback)
        self._total = total
        self._due = perf_counter() + REPORT_EVERY if callback else math.inf

    def report(self, done: int) -> None:
        """Report if it is time. Raises CancelledError if the callback returns True."""
        if self._callback is None or perf_counter() < self._due:
            return
        if self._callback(done, self._total) is True:
            raise CancelledError
        self._due = perf_counter() + REPORT_EVERY
