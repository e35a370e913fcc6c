"""Limits on the time and memory that something takes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from timeit import timeit

LEAST = 0.005  # s: what takes less is not told from no time at all
TRIES = 3
MEGABYTES = 64.0  # of growth allowed, beside ten times the size of the input
_SELF = Path("/proc/self")  # of Linux; elsewhere memory is not measured


@dataclass
class Usage:
    """Seconds of the processor, and MB beyond the memory resident before."""

    seconds: float = 0.0
    megabytes: float = 0.0


def assert_proportional(work: Callable[[int], object], size: int) -> None:
    """Raise AssertionError if `work(size)` takes far more than ten times `work(size // 10)`.

    What grows with the square takes a hundred times as long, on a machine of any speed.
    """
    assert_ratio(30, partial(work, size), partial(work, size // 10))


def assert_ratio(times: float, work: Callable[[], object], peer: Callable[[], object]) -> None:
    """Raise AssertionError if `work` takes more than so many times what `peer` takes.

    Only if it does so each time: a thread that an earlier test left behind adds to one of them.
    """
    ours = theirs = inf
    for _ in range(TRIES):
        ours = min(ours, _processor_seconds(work))
        theirs = min(theirs, _processor_seconds(peer))
        if ours < times * max(theirs, LEAST):
            return
    raise AssertionError(f"{ours:.2f} s, {ours / max(theirs, LEAST):.0f} times its peer's")


def _processor_seconds(work: Callable[[], object]) -> float:
    """Return the time of this process's threads, without collecting others' garbage."""
    return timeit(work, timer=time.process_time, number=1)


@contextmanager
def limit_usage(case: object, size: int, seconds: float = inf) -> Iterator[Usage]:
    """Measure work on `size` bytes; raises AssertionError if it takes more than allowed."""
    spent, before = Usage(), _resident("VmRSS")
    if _SELF.exists():
        (_SELF / "clear_refs").write_text("5")  # forget the peak so far
    began = time.process_time()  # of this process: others may be at work on the machine
    yield spent
    spent.seconds = time.process_time() - began
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
