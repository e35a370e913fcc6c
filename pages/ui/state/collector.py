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


def spare() -> None:
    """Freeze what is left of the runs so far, if that was not done just now."""
    global _last  # noqa: PLW0603 - there is one collector
    with _lock:
        _renew_now_and_then()
        if time.monotonic() - _last < SECONDS_BETWEEN:
            return
        _last = time.monotonic()
    gc.collect()
    gc.freeze()


def renew() -> None:
    """Let go of all garbage, and freeze the rest anew."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@cache
def _renew_now_and_then() -> None:
    Thread(target=_renew_forever, daemon=True).start()


def _renew_forever() -> None:
    while True:
        renew()
        time.sleep(SECONDS_BETWEEN_ALL)
