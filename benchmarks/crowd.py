"""A class on one server: `python -m benchmarks.crowd --sessions 50 --seconds 60`.

Imitated browsers (`benchmarks.imitation`) open the app one after another, then all play and act
as people do. Printed is how long what they did took, how much of the play they had no frame to
show, and what the server took of the machine.

--check prints what a real Chromium gets for each act; --comings 200 how the server's memory grows.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.imitation import Imitation, Seen
from benchmarks.process import Process
from benchmarks.recording import Recording, record
from tests.browser.server import serve

STAY = 3  # s of one that comes and goes
FORGOTTEN = 130  # s after which Streamlit has let go of a tab that is gone
BETWEEN = 0.2  # s from one browser that opens the app to the next


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="*", default=[50], help="browsers (50)")
    parser.add_argument("--seconds", type=float, default=60, help="that they play and act (60)")
    parser.add_argument(
        "--comings",
        type=int,
        default=0,
        help="browsers that come and go, twice: the server's memory",
    )
    parser.add_argument("--check", action="store_true", help="beside a real browser")
    chosen = parser.parse_args()
    recording = record()
    if chosen.check:
        check(recording)
    if chosen.comings:
        come_and_go(recording, chosen.comings)
        return
    for sessions in chosen.sessions:
        measure(recording, sessions, chosen.seconds)


def measure(recording: Recording, sessions: int, seconds: float) -> None:
    """Have so many play, and print what they met with."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
    ):
        server = Process(process.pid)
        asyncio.run(crowd(address, recording, 2, 1))  # code that is loaded once is nobody's share
        before, memory = server.seconds() or 0.0, server.megabytes() or 0.0
        began = time.monotonic()
        seen = asyncio.run(crowd(address, recording, sessions, seconds))
        passed = time.monotonic() - began
        cores = ((server.seconds() or 0.0) - before) / passed
        grown = (server.megabytes() or 0.0) - memory
    errors = [error for one in seen for error in one.errors]
    played = sum(one.played for one in seen)
    starved = sum(one.starved for one in seen) / played if played else 0.0
    print(
        f"{sessions} sessions, {passed:.0f} s on {os.cpu_count()} cores:\n"
        f"  starved of frames {100 * starved:.2f} % of {played:.0f} s of play\n"
        f"  control {_spread([t for one in seen for t in one.controls])}\n"
        f"  pull    {_spread([t for one in seen for t in one.pulls])}\n"
        f"  opening {_spread([one.opened for one in seen])}\n"
        f"  server  {cores:.2f} cores, {memory:.0f} MB and {grown:.0f} MB more, "
        f"{sum(one.received for one in seen) / 2**20 / passed:.2f} MB/s sent\n"
        f"  errors  {len(errors)}" + "".join(f"\n    {error}" for error in sorted(set(errors))[:5])
    )


def come_and_go(recording: Recording, sessions: int) -> None:
    """Have so many come, play for a moment and go, and as many again; print what is left."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
    ):
        server = Process(process.pid)
        for turn in range(1, 4):
            asyncio.run(_pass(address, recording, sessions))
            time.sleep(FORGOTTEN)
            print(f"{turn * sessions} sessions came and went: {server.megabytes() or 0:.0f} MB")


async def _pass(address: str, recording: Recording, sessions: int) -> None:
    """Have them come one after the other, each for a moment."""
    visits = []
    for seed in range(sessions):
        visits.append(asyncio.create_task(Imitation(address, recording, seed).visit(STAY)))
        await asyncio.sleep(BETWEEN)
    await asyncio.gather(*visits)


async def crowd(address: str, recording: Recording, sessions: int, seconds: float) -> list[Seen]:
    """Let them come one after the other, and stay for so long after the last has come."""
    browsers = [Imitation(address, recording, seed) for seed in range(sessions)]
    staying = seconds + BETWEEN * sessions
    visits = []
    for number, browser in enumerate(browsers):
        visits.append(asyncio.create_task(browser.visit(staying - BETWEEN * number)))
        await asyncio.sleep(BETWEEN)
    await asyncio.gather(*visits)
    return [browser.seen for browser in browsers]


def check(recording: Recording) -> None:
    """Print what a real browser received for each act."""
    for name, size in recording.sizes.items():
        print(f"  {name:20} a real browser received {size:,} bytes")


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    half, most, longest = 1000 * np.percentile(seconds, [50, 95, 100])
    return f"{len(seconds):6,} × half {half:5.0f}, 95th {most:5.0f}, longest {longest:5.0f} ms"


if __name__ == "__main__":
    main()
