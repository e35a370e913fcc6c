"""Python's garbage collector, kept from looking again and again at what stays.

Streamlit collects after every script run, which takes the longer the more there is: modules, and
what all visitors' sessions hold. What is frozen is not looked at.
"""

import gc
import time
from functools import cache
from threading import Thread

SECONDS_BETWEEN = 60


@cache
def _renew_now_and_then() -> None:
    Thread(target=_renew_forever, daemon=True).start()


def spare() -> None:
    """Freeze what is there, as soon as a session began."""
    _renew_now_and_then()
    gc.freeze()


def renew() -> None:
    """Let go of what sessions that ended have left, and freeze the rest anew."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _renew_forever() -> None:
    while True:
        renew()
        time.sleep(SECONDS_BETWEEN)
