"""A class on one server: `python -m benchmarks.crowd --sessions 50 --seconds 60`.

Simulated browsers (`benchmarks.imitation`) open the app one after another, then all play and click
as people do. It prints response times, the share of play without a new frame, and the server's CPU
time and memory.

--check compares the messages of a simulated browser with a recorded Chromium's; --hog adds a real
browser that trains on a million rows; --comings 200 measures how the server's memory grows.
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
from benchmarks.imitation import Imitation, Measurements
from benchmarks.process import Process
from benchmarks.recording import Act, Recording, record
from tests.browser.server import serve

STAY = 3  # s of a short visit
RELEASE_TIME = 130  # s after which Streamlit has freed a closed tab
BYTES_TOLERANCE = 0.1  # relative: names differ in length, times in digits
INTERVAL = 0.2  # s from one browser's opening to the next


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="*", default=[50], help="browsers (50)")
    parser.add_argument("--seconds", type=float, default=60, help="that they play and act (60)")
    parser.add_argument(
        "--comings",
        type=int,
        default=0,
        help="browsers that come and go: the server's memory",
    )
    parser.add_argument("--check", action="store_true", help="compare with a real browser")
    parser.add_argument("--hog", action="store_true", help="add a browser with a million rows")
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
    """Let `sessions` browsers play, and print the measurements."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
        ExitStack() as stack,
    ):
        server = Process(process.pid)
        asyncio.run(crowd(address, recording, 2, 1))  # loads the code before the measurement
        if hog:
            trains = stack.enter_context(train_on_a_million_rows(address))
        before, memory = server.seconds() or 0.0, server.megabytes() or 0.0
        began = time.monotonic()
        with ThreadPoolExecutor(1) as thread:  # the main thread may run --hog's browser
            staying = thread.submit(asyncio.run, crowd(address, recording, sessions, seconds))
            seen = staying.result()
        if hog:
            print(f"  the browser with a million rows trained {trains()} epochs")
        passed = time.monotonic() - began
        cores = ((server.seconds() or 0.0) - before) / passed
        grown = (server.megabytes() or 0.0) - memory
    errors = [error for one in seen for error in one.errors]
    played = sum(one.played for one in seen)
    starved = sum(one.starved for one in seen) / played if played else 0.0
    print(
        f"{sessions} sessions, {passed:.0f} s on {os.cpu_count()} cores:\n"
        f"  starved of frames {100 * starved:.2f} % of {played:.0f} s of play\n"
        f"  control {_percentiles([t for one in seen for t in one.controls])}\n"
        f"  pull    {_percentiles([t for one in seen for t in one.pulls])}\n"
        f"  opening {_percentiles([one.opened for one in seen])}\n"
        f"  server  {cores:.2f} cores, {memory:.0f} MB and {grown:.0f} MB more, "
        f"{sum(one.received for one in seen) / 2**20 / passed:.2f} MB/s sent\n"
        f"  errors  {len(errors)}" + "".join(f"\n    {error}" for error in sorted(set(errors))[:5])
    )


def come_and_go(recording: Recording, sessions: int) -> None:
    """Let `sessions` browsers play briefly and leave, three times; print the server's memory."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
    ):
        server = Process(process.pid)
        for turn in range(1, 4):
            asyncio.run(_pass(address, recording, sessions))
            time.sleep(RELEASE_TIME)
            print(f"{turn * sessions} sessions came and went: {server.megabytes() or 0:.0f} MB")


async def _pass(address: str, recording: Recording, sessions: int) -> None:
    """Let browsers open one after the other, each for STAY seconds."""
    visits = []
    for seed in range(sessions):
        visits.append(asyncio.create_task(Imitation(address, recording, seed).visit(STAY)))
        await asyncio.sleep(INTERVAL)
    await asyncio.gather(*visits)


async def crowd(
    address: str, recording: Recording, sessions: int, seconds: float
) -> list[Measurements]:
    """Let browsers open one after the other and stay `seconds` after the last; return results."""
    browsers = [Imitation(address, recording, seed) for seed in range(sessions)]
    staying = seconds + INTERVAL * sessions
    visits = []
    for number, browser in enumerate(browsers):
        visits.append(asyncio.create_task(browser.visit(staying - INTERVAL * number)))
        await asyncio.sleep(INTERVAL)
    await asyncio.gather(*visits)
    return [browser.measured for browser in browsers]


def check(recording: Recording) -> int:
    """Compare the messages of a real and a simulated browser; return the number of differences."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, _),
    ):
        imitated = asyncio.run(Imitation(address, recording, 0).replay())
    differ = 0
    for name, real in recording.acts.items():
        other = imitated[name]
        alike = (
            real.sent == other.sent and abs(other.received / real.received - 1) <= BYTES_TOLERANCE
        )
        differ += not alike
        print(f"  {name:26} {'like' if alike else 'UNLIKE'} a real browser: {_act_text(other)}")
        if not alike:
            print(f"  {'':26} it: {_act_text(real)}")
    return differ


def _act_text(act: Act) -> str:
    sent = ", ".join(f"{count} × {kind}" for kind, count in sorted(act.sent.items()))
    return f"{sent}; {act.received:,} bytes received"


def _percentiles(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    half, most, longest = 1000 * np.percentile(seconds, [50, 95, 100])
    return f"{len(seconds):6,} × half {half:5.0f}, 95th {most:5.0f}, longest {longest:5.0f} ms"


if __name__ == "__main__":
    main()
