"""Python's garbage collector, kept from looking again and again at what stays.

Streamlit collects after every script run, which takes the longer the more there is: modules, and
what all visitors' sessions hold. What is frozen is not looked at. As a run begins, ten times a
second at most, what is left of the runs before is frozen; what was frozen while it was still at
work, and is garbage by now, is found when all is looked at, now and then: while there are runs,
often enough that there is not much of it, since to find it halts everybody.
"""

import gc
import time
from functools import cache
from threading import Lock, Thread

SECONDS_BETWEEN, SECONDS_BETWEEN_ALL = 0.1, 30
_lock = Lock()
_last = -float(SECONDS_BETWEEN)


def freeze_survivors() -> None:
    """Freeze what is left of the runs so far, if that was not done just now."""
    global _last  # noqa: PLW0603 - there is one collector
    with _lock:
        _start_collecting()
        if time.monotonic() - _last < SECONDS_BETWEEN:
            return
        _last = time.monotonic()
    gc.collect()
    gc.freeze()


def collect_all() -> None:
    """Let go of all garbage, and freeze the rest anew."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@cache
def _start_collecting() -> None:
    Thread(target=_collect_forever, daemon=True).start()


def _collect_forever() -> None:
    while True:
        collect_all()
        time.sleep(SECONDS_BETWEEN_ALL)
