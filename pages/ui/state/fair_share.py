"""A long computation lets short ones pass: one large table must not hold up a class."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, get_native_id

LONG_SECONDS = 0.05  # s from which on a computation is long
NICENESS = 10  # of 19

_slot = BoundedSemaphore(max(1, (os.cpu_count() or 1) - 1))


@contextmanager
def fair_share(seconds: float) -> Iterator[None]:
    """Compute for about so many seconds: what is long waits for others that are long.

    From there on this thread gives way to all that do something short; Streamlit runs each script
    in a thread of its own, so the next answer begins as everybody's does.
    """
    if seconds < LONG_SECONDS:
        yield
        return
    _lower_priority()
    with _slot:
        yield


def _lower_priority() -> None:
    if sys.platform == "linux":  # where a thread has a priority of its own
        of_thread = os.PRIO_PROCESS, get_native_id()
        os.setpriority(*of_thread, max(NICENESS, os.getpriority(*of_thread)))
