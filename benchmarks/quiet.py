"""Other work on the machine: waiting until there is none, and how much there was.

Where the system tells; elsewhere there is none.
"""

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")  # Linux
REST = 0.15  # seconds, in which the threads of the last turn fall asleep too
BUSY = 0.1  # the share of all cores' time from which on others are at work


def wait(seconds: float) -> bool:
    """Rest until the machine is idle for a moment, about so long at most; tells whether it was."""
    until = time.perf_counter() + seconds
    while not (idle := _rest()) and time.perf_counter() < until:
        pass
    return idle


def _rest() -> bool:
    before = times()
    time.sleep(REST)
    return others(before, 0.0) <= BUSY


def others(before: tuple[int, int], own: float) -> float:
    """The share of all cores' time that others took since `times` said so; `own` seconds not."""
    worked, passed = (now - then for now, then in zip(times(), before, strict=True))
    return (worked - own * os.sysconf("SC_CLK_TCK")) / passed if passed else 0.0


def times() -> tuple[int, int]:
    """Ticks of all cores since the start: those at work, and all."""
    if not STAT.exists():
        return 0, 0
    ticks = [int(value) for value in STAT.read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # without idle and waiting for a disk
