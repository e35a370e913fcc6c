"""Other load on the machine: measure it, and wait until there is none.

Only Linux reports it; elsewhere it counts as none.
"""

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")  # Linux
REST = 0.15  # seconds, long enough for the last turn's threads to sleep
BUSY = 0.1  # share of all cores' time above which the machine is busy


def wait(seconds: float) -> bool:
    """Wait until the machine is idle, `seconds` at most; return whether it is."""
    until = time.perf_counter() + seconds
    while not (idle := _is_idle()) and time.perf_counter() < until:
        pass
    return idle


def _is_idle() -> bool:
    before = times()
    time.sleep(REST)
    return others(before, 0.0) <= BUSY


def others(before: tuple[int, int], own: float) -> float:
    """Return the share of all cores' time used since `before`, without `own` seconds."""
    busy, passed = (now - then for now, then in zip(times(), before, strict=True))
    return (busy - own * os.sysconf("SC_CLK_TCK")) / passed if passed else 0.0


def times() -> tuple[int, int]:
    """Return the ticks of all cores since the start: busy ones, and all."""
    if not STAT.exists():
        return 0, 0
    ticks = [int(value) for value in STAT.read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # without idle and waiting for a disk
