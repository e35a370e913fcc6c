"""Scheduling of Python's garbage collector: long-lived objects are frozen, so it skips them.

Streamlit collects after every script run, which takes longer the more objects there are: modules
and all visitors' sessions. Frozen objects are skipped. When a run starts, at most ten times a
second, the survivors of earlier runs are frozen. Objects that were frozen while in use and are
garbage by now are found by a full collection every SECONDS_BETWEEN_ALL; it is frequent because it
halts everybody for as long as there is garbage to free.
"""

import gc
import time
from functools import cache
from threading import Lock, Thread

SECONDS_BETWEEN, SECONDS_BETWEEN_ALL = 0.1, 30
_lock = Lock()
_last = -float(SECONDS_BETWEEN)


def freeze_survivors() -> None:
    """Collect, then freeze what survived, unless that was done just now."""
    global _last  # noqa: PLW0603 - there is one collector
    with _lock:
        _start_collecting()
        if time.monotonic() - _last < SECONDS_BETWEEN:
            return
        _last = time.monotonic()
    gc.collect()
    gc.freeze()


def collect_all() -> None:
    """Collect all garbage, frozen objects included, and freeze the rest again."""
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
