"""Other work on the machine: waiting until there is none, where the system tells."""

import time
from pathlib import Path

STAT = Path("/proc/stat")  # Linux; elsewhere there is only a short rest
REST = 0.15  # seconds, in which the threads of the last turn fall asleep too
BUSY = 0.1  # the share of all cores' time from which on others are at work


def wait(seconds: float) -> bool:
    """Rest until the machine is idle for a moment, about so long at most; tells whether it was."""
    until = time.perf_counter() + seconds
    while not (idle := _rest()) and time.perf_counter() < until:
        pass
    return idle


def _rest() -> bool:
    before = _times()
    time.sleep(REST)
    worked, passed = (now - then for now, then in zip(_times(), before, strict=True))
    return worked <= BUSY * passed


def _times() -> tuple[int, int]:
    """Ticks of all cores since the start: those at work, and all."""
    if not STAT.exists():
        return 0, 0
    ticks = [int(value) for value in STAT.read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # without idle and waiting for a disk
