"""A class on one server: `python -m benchmarks.crowd --sessions 50 --seconds 60`.

Imitated browsers (`benchmarks.imitation`) open the app one after another, then all play and act
as people do. Printed is how long what they did took, how much of the play they had no frame to
show, and what the server took of the machine.

--check has an imitation do what a real Chromium was recorded doing, and fails where it says or gets
something else; --hog has a real browser train on a million rows meanwhile; --comings 200 tells how
the server's memory grows.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.hog import train_on_a_million_rows
from benchmarks.imitation import Imitation, Seen
from benchmarks.process import Process
from benchmarks.recording import Act, Recording, record
from tests.browser.server import serve

STAY = 3  # s of one that comes and goes
FORGOTTEN = 130  # s after which Streamlit has let go of a tab that is gone
ALIKE = 0.1  # of the bytes may be more or less: names differ in length, times in digits
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
    parser.add_argument("--hog", action="store_true", help="and one more, with a million rows")
    chosen = parser.parse_args()
    recording = record()
    if chosen.check:
        raise SystemExit(check(recording))
    if chosen.comings:
        come_and_go(recording, chosen.comings)
        return
    for sessions in chosen.sessions:
        measure(recording, sessions, chosen.seconds, hog=chosen.hog)


def measure(recording: Recording, sessions: int, seconds: float, *, hog: bool = False) -> None:
    """Have so many play, and print what they met with."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
        ExitStack() as stack,
    ):
        server = Process(process.pid)
        asyncio.run(crowd(address, recording, 2, 1))  # code that is loaded once is nobody's share
        if hog:
            trains = stack.enter_context(train_on_a_million_rows(address))
        before, memory = server.seconds() or 0.0, server.megabytes() or 0.0
        began = time.monotonic()
        with ThreadPoolExecutor(1) as thread:  # this one may be another browser's
            staying = thread.submit(asyncio.run, crowd(address, recording, sessions, seconds))
            seen = staying.result()
        if hog:
            print(f"  it has trained {trains()} epochs meanwhile")
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


def check(recording: Recording) -> int:
    """Print what a real browser and an imitation said and received; return how often it differs."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, _),
    ):
        imitated = asyncio.run(Imitation(address, recording, 0).do_as_recorded())
    differ = 0
    for name, real in recording.acts.items():
        other = imitated[name]
        alike = real.said == other.said and abs(other.received / real.received - 1) <= ALIKE
        differ += not alike
        print(f"  {name:26} {'as' if alike else 'NOT as'} a real browser: {_act(other)}")
        if not alike:
            print(f"  {'':26} it: {_act(real)}")
    return differ


def _act(act: Act) -> str:
    said = ", ".join(f"{count} × {kind}" for kind, count in sorted(act.said.items()))
    return f"{said}; {act.received:,} bytes came back"


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    half, most, longest = 1000 * np.percentile(seconds, [50, 95, 100])
    return f"{len(seconds):6,} × half {half:5.0f}, 95th {most:5.0f}, longest {longest:5.0f} ms"


if __name__ == "__main__":
    main()
