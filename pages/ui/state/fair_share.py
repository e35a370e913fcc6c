"""Lower priority for long computations: one large table must not hold up a class."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, get_native_id

LONG_SECONDS = 0.05  # a computation from this on is long
NICENESS = 10  # of at most 19

_slot = BoundedSemaphore(max(1, (os.cpu_count() or 1) - 1))


@contextmanager
def fair_share(seconds: float) -> Iterator[None]:
    """Run a computation of about that many seconds; long ones take turns.

    A long one also lowers its thread's priority. Streamlit runs each script in a thread of its own,
    so the next script run has normal priority again.
    """
    if seconds < LONG_SECONDS:
        yield
        return
    _lower_priority()
    with _slot:
        yield


def _lower_priority() -> None:
    if sys.platform == "linux":  # elsewhere priority belongs to the whole process
        of_thread = os.PRIO_PROCESS, get_native_id()
        os.setpriority(*of_thread, max(NICENESS, os.getpriority(*of_thread)))
