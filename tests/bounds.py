"""Limits on the time and memory that something takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 64.0  # of growth allowed, beside ten times the size of the input
_SELF = Path("/proc/self")  # of Linux; elsewhere memory is not measured


@dataclass
class Usage:
    """Seconds, and MB beyond the memory resident before."""

    seconds: float = 0.0
    megabytes: float = 0.0


@contextmanager
def limit_usage(case: object, size: int, seconds: float) -> Iterator[Usage]:
    """Measure work on `size` bytes; raises AssertionError if it takes more than allowed."""
    spent, before = Usage(), _resident("VmRSS")
    if _SELF.exists():
        (_SELF / "clear_refs").write_text("5")  # forget the peak so far
    began = time.perf_counter()
    yield spent
    spent.seconds = time.perf_counter() - began
    spent.megabytes = _resident("VmHWM") - before
    assert spent.seconds < seconds, f"{case} took {spent.seconds:.1f} s"
    allowed = MEGABYTES + 10 * size / 2**20
    assert spent.megabytes < allowed, f"{case} took {spent.megabytes:.0f} MB"


def _resident(field: str) -> float:
    """Return MB of the process's memory: now (VmRSS), or at most (VmHWM)."""
    if not _SELF.exists():
        return 0.0
    lines = (_SELF / "status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith(field)).split()[1]) / 1024
