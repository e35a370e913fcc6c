"""The live stage at five sizes, each with its own server and Chromium.

Each play lasts from a click on Play to one on Pause. Rates are per second: the page's frames
(requestAnimationFrame), the frames drawn, the distinct epochs among them, and the epochs passed.
Standstill is when the click on Pause was handled and nothing changes. A slider's time ends when the
epoch's picture is ready for the screen.
"""

import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Playwright, sync_playwright

from benchmarks.process import Process
from benchmarks.stage_cases import CASES, LEARNING_RATE, Case
from benchmarks.stage_visit import Play, Visitor
from tests.browser.chromium import launch
from tests.browser.server import serve

SPEEDS = (1, 10, 100, 1000)  # epochs a frame
PLAYS = 3  # at each speed
PLAY_S = 4.0  # of each
WARM_S = 20.0  # of the long play, after which memory may not grow
SCRUBS = 30  # random epochs
STANDSTILL_MS, SLIDER_MS = 50, 150  # at most
BOUND_MB = 64  # of the film in the browser, and of the checkpoints in the server
NEARLY_ALL = 0.95  # share of trained epochs drawn, if fewer than the frames
GROWTH, GROWTH_MB = 0.1, 30  # beyond that: the larger of the two


@dataclass(frozen=True)
class Moment:
    """Memory in use at one moment of the long play."""

    seconds: float
    epoch: int
    heap: float  # MB, of the page
    server: float | None  # MB


def main(names: Sequence[str], minutes: float) -> None:
    """Measure and print the named cases."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load}.")
    print(f"{PLAYS} plays of {PLAY_S:g} s at each speed; medians, and in brackets the worst.")
    with sync_playwright() as playwright:
        for name in names:
            _case(playwright, CASES[name], minutes)


def _case(playwright: Playwright, case: Case, minutes: float) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, process),
        launch(playwright) as browser,
    ):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        visitor = Visitor(page, address, Process(process.pid))
        seconds, samples = visitor.load(case.write(Path(folder)))
        print(f"\n({case.name}) {case.shapes}: {case.rows:,} rows in the file, so {samples}")
        print(f"   upload, reading and use took {seconds:.1f} s; η = {LEARNING_RATE:g}", flush=True)
        visitor.train(case)
        memory, long = _long(visitor, 60 * minutes)
        _print_long(long, memory)
        plays = {speed: _plays(visitor, speed) for speed in SPEEDS}
        _print_plays(plays)
        scrubs = _scrubs(visitor, case)
        print(*_goals(case, memory, plays, scrubs), sep="\n")
        for problem in visitor.problems:
            print(f"   problem: {problem}", flush=True)


def _long(visitor: Visitor, seconds: float) -> tuple[list[Moment], Play]:
    """Play for `seconds`, one epoch per frame; return the memory at five moments."""
    warm = min(WARM_S, seconds / 5)
    memory = [_moment(visitor, 0.0)]
    visitor.start()
    started = time.perf_counter()
    for due in (warm, *(seconds * quarter / 4 for quarter in (1, 2, 3, 4))):
        visitor.page.wait_for_timeout(max(0.0, 1000 * (due + started - time.perf_counter())))
        memory.append(_moment(visitor, time.perf_counter() - started))
    return memory, visitor.stop()


def _moment(visitor: Visitor, seconds: float) -> Moment:
    return Moment(seconds, visitor.film.epoch, visitor.heap(), visitor.server.megabytes())


def _plays(visitor: Visitor, speed: int) -> list[Play]:
    visitor.speed(speed)
    return [visitor.play(PLAY_S) for _ in range(PLAYS)]


def _scrubs(visitor: Visitor, case: Case) -> list[float]:
    """Set the slider to random epochs, of a separate run if the case has one."""
    if case.slider:
        visitor.begin(case, case.slider)
        visitor.start()
        visitor.film.wait("done")
    last = visitor.furthest
    epochs = np.random.default_rng(4).choice(last, min(SCRUBS, last), replace=False)
    times = [visitor.scrub(int(epoch)) for epoch in epochs]
    print(
        f"   slider to picture, {len(times)} random epochs of {last:,}: "
        f"median {median(times):.0f} ms, 95th percentile {_p95(times):.0f} ms",
        flush=True,
    )
    return times


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


def _print_long(play: Play, memory: list[Moment]) -> None:
    print(f"   played for {memory[-1].seconds:.0f} s at one epoch a frame: {_rates(play)};")
    print(f"   longest without another epoch {play.stall:.0f} ms; {_cores(play.cores)}")
    for at in memory:
        print(
            f"     after {at.seconds:4.0f} s, epoch {at.epoch:>7,}: "
            f"page's heap {at.heap:6.1f} MB, server {_megabytes(at.server)}",
            flush=True,
        )


def _rates(play: Play) -> str:
    return f"{play.ticks:.1f} frames/s of the page, {play.frames:.1f} drawn"


def _cores(share: float | None) -> str:
    return "server's CPU not measured" if share is None else f"server's CPU {share:.0%} of a core"


def _megabytes(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.0f} MB"


def _print_plays(plays: dict[int, list[Play]]) -> None:
    for speed, runs in plays.items():
        print(f"   up to {speed} a frame:".ljust(24), end="")
        print(f"page {_low([run.ticks for run in runs])} frames/s", end=", ")
        print(f"drawn {_low([run.frames for run in runs])} frames/s", end=", ")
        print(f"{_low([run.distinct for run in runs])} distinct epochs/s", end=" of ")
        print(f"{median(run.passed for run in runs):,.0f}/s", end="; ")
        cores = [run.cores for run in runs if run.cores is not None]
        print(_cores(median(cores) if cores else None))
    stills = [run.standstill for runs in plays.values() for run in runs]
    print(f"   Pause to standstill: {median(stills):.0f} ms ({max(stills):.0f})", flush=True)


def _low(values: list[float]) -> str:
    return f"{median(values):.1f} ({min(values):.1f})"


def _goals(
    case: Case, memory: list[Moment], plays: dict[int, list[Play]], scrubs: list[float]
) -> list[str]:
    """Return a line for each goal and whether it is met."""
    ticks = median(play.ticks for play in plays[1])
    frames = median(play.frames for play in plays[1])
    trained = median(play.passed for play in plays[1])  # what is not trained cannot be drawn
    still = max(play.standstill for runs in plays.values() for play in runs)
    goals = [
        _goal(f"page ≥ {case.frames} frames/s", f"{ticks:.1f}", ticks >= case.frames),
        _goal(
            f"drawn ≥ {case.frames} frames/s, or every epoch",
            f"{frames:.1f} of {trained:.1f}",
            frames >= min(case.frames, NEARLY_ALL * trained),
        ),
        _goal(
            f"standstill ≤ {STANDSTILL_MS} ms, the worst", f"{still:.0f}", still <= STANDSTILL_MS
        ),
    ]
    if case.slider:
        slow = _p95(scrubs)
        goals.append(_goal(f"slider ≤ {SLIDER_MS} ms at 95 %", f"{slow:.0f}", slow <= SLIDER_MS))
    warm, last = memory[1], memory[-1]
    browser = _growth(warm.heap, last.heap, _film_growth(4 * case.cells, warm, last))
    goals.append(_goal("page's heap flat", *browser))
    if warm.server is not None and last.server is not None:
        goals.append(
            _goal(
                "server's memory flat",
                *_growth(warm.server, last.server, _film_growth(8 * case.weights, warm, last)),
            )
        )
    return goals


def _film_growth(size: int, warm: Moment, last: Moment) -> float:
    """Return the MB by which the film may have grown: `size` bytes per epoch, up to its bound."""
    before, after = (min(BOUND_MB, at.epoch * size / 2**20) for at in (warm, last))
    return after - before


def _growth(before: float, after: float, film: float) -> tuple[str, bool]:
    beyond = after - before - film
    text = f"{after - before:+.0f} MB, of which {film:.0f} may be the film's"
    return text, beyond <= max(GROWTH * before, GROWTH_MB)


def _goal(goal: str, reached: str, met: bool) -> str:
    return f"   goal: {goal:<32}{reached}  {'met' if met else 'MISSED'}"
