"""A class on one server: `python -m benchmarks.crowd --sessions 50 --seconds 60`.

Simulated browsers (`benchmarks.imitation`) open the app one after another, then all play and click
as people do. It prints response times, the share of play without a new frame, CPU time and memory,
and how much of the machine the simulation itself took.

--processes 3 measures, besides one process, so many of them behind deploy/haproxy.cfg that share a
Redis; --check compares the messages of a simulated browser with a recorded Chromium's; --hog adds a
real browser that trains on a million rows; --comings 200 measures how the server's memory grows.
"""

import argparse
import asyncio
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.crowd_table import Result, limit, table
from benchmarks.hog import train_on_a_million_rows
from benchmarks.imitation import Imitation, Measurements
from benchmarks.process import Process
from benchmarks.recording import Act, Recording, record
from benchmarks.site import Site, behind_proxy, one_process
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
    parser.add_argument("--processes", type=int, default=1, help="behind a proxy, beside one (1)")
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
        compare(recording, sessions, chosen.seconds, chosen.processes, hog=chosen.hog)


def compare(
    recording: Recording, sessions: int, seconds: float, processes: int, *, hog: bool = False
) -> None:
    """Let `sessions` browsers play on one process, then on several; print the measurements."""
    with tempfile.TemporaryDirectory() as folder, one_process(Path(folder)) as site:
        results = [measure(site, recording, sessions, seconds, hog=hog)]
    if processes > 1:
        with tempfile.TemporaryDirectory() as folder, behind_proxy(Path(folder), processes) as site:
            results.append(measure(site, recording, sessions, seconds, hog=hog))
    print(table(results))
    for result in results:
        print(f"{result.name}: {limit(result, os.cpu_count() or 1)}")
        for error in sorted(set(result.errors))[:5]:
            print(f"  {error}")


def measure(
    site: Site, recording: Recording, sessions: int, seconds: float, *, hog: bool = False
) -> Result:
    """Let `sessions` browsers play; return what was measured, cores since the last one opened."""
    with ExitStack() as stack:
        for address in site.apps:
            asyncio.run(crowd(address, recording, 2, 1))  # loads the code before the measurement
        if hog:
            trains = stack.enter_context(train_on_a_million_rows(site.address))
        empty = site.usage()
        with ThreadPoolExecutor(1) as thread:  # the main thread may run --hog's browser
            staying = thread.submit(asyncio.run, crowd(site.address, recording, sessions, seconds))
            time.sleep(INTERVAL * sessions)
            full = site.usage()
            seen = staying.result()
        after = site.usage()
        if hog:
            print(f"  the browser with a million rows trained {trains()} epochs")
    return Result(site.name, seen, after.at - full.at, after.cores(full), after.growth(empty))


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


if __name__ == "__main__":
    main()
