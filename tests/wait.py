"""Waiting for what other processes do."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SECONDS_BETWEEN = 0.05  # two questions


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Ask again and again until it is so; raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it is not so after {seconds:g} s")
        time.sleep(SECONDS_BETWEEN)


def wait_for_start(
    process: subprocess.Popen[bytes], log: Path, is_ready: Callable[[], bool], seconds: float
) -> None:
    """Wait until a program is ready; raises RuntimeError with its log if it ends or is not."""
    with suppress(TimeoutError):
        wait_until(lambda: is_ready() or process.poll() is not None, seconds)
    if not is_ready():
        raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')}")
