"""Sweeps beside one run after another: `python -m benchmarks.sweep`.

45 points of 1,000 epochs each, of XOR and of 300 rows × 4 columns with three classes, train one
after another in one process and as a sweep on this machine's processes, in turns. A turn waits for
other work on the machine to end, and one disturbed is repeated. The pool's start is told apart.

--crowd: while a sweep without end runs, browsers play and act as in `benchmarks.crowd`, and their
response times are printed beside those without it. The sweep is started by this process, beside the
server, in a pool like the server's own.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks import quiet
from benchmarks.crowd import crowd
from benchmarks.recording import record
from core.network import Network
from core.training.run import Run, Settings
from core.training.sweep import Point, SweepJob, sweep
from tests.browser.server import serve

Array = NDArray[np.float64]

EPOCHS, SEEDS = 1000, 5
RATES = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)
GOAL, CONTROL_GOAL = 1.6, 250  # times as fast; ms
TURNS, PATIENCE, TRIES = 5, 2.0, 3  # of each; s to wait for other work to end; of a disturbed turn


@dataclass(frozen=True)
class Case:
    """Data with the networks to train on it."""

    name: str
    X: Array
    y: Array
    network: Callable[[int], Network]  # by seed

    @property
    def points(self) -> list[Point]:
        """Return 45 points: nine learning rates, five seeds each."""
        return [
            (self.network(seed), Settings(learning_rate=rate, epochs=EPOCHS))
            for rate in RATES
            for seed in range(SEEDS)
        ]


def cases() -> Iterator[Case]:
    """Yield XOR and three classes."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    yield Case("XOR", X, np.array([0.0, 1, 1, 0]), lambda seed: Network.init(2, 3, seed=seed))
    random = np.random.default_rng(0)
    X, classes = random.normal(size=(300, 4)), np.eye(3)[random.integers(0, 3, 300)]
    yield Case("300×4, three classes", X, classes, _three_classes)


def _three_classes(seed: int) -> Network:
    return Network.init(4, 8, 3, seed=seed, output_activation="softmax")


@dataclass(frozen=True)
class Turn:
    """Seconds of a turn, and the share of the machine that others had meanwhile."""

    seconds: float
    others: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--crowd", action="store_true", help="response times during a sweep")
    parser.add_argument("--sessions", type=int, default=20, help="browsers of --crowd (20)")
    parser.add_argument("--seconds", type=float, default=30, help="that they play and act (30)")
    chosen = parser.parse_args()
    if chosen.crowd:
        measure_crowd(chosen.sessions, chosen.seconds)
        return
    _print_start()
    for case in cases():
        measure(case)


def _print_start() -> None:
    """Print how long the pool takes from nothing to its first result."""
    began = time.perf_counter()
    case = next(cases())
    job = SweepJob(case.points[:1], case.X, case.y)
    job.results(60.0)
    print(f"{job.engine}; their start takes {time.perf_counter() - began:.2f} s")


def measure(case: Case) -> None:
    """Print how much faster the sweep is: the median over pairs of turns."""
    points = case.points
    pairs = [
        (_turn(lambda: _one_after_another(case, points)), _turn(lambda: _sweep(case, points)))
        for _ in range(TURNS)
    ]
    ratio = median(one.seconds / other.seconds for one, other in pairs)
    alone, together = (
        1000 * median(turn.seconds for turn in turns) for turns in zip(*pairs, strict=True)
    )
    disturbed = sum(turn.others > quiet.BUSY for pair in pairs for turn in pair) / (2 * TURNS)
    print(
        f"{case.name}: {len(points)} × {EPOCHS} epochs one after another {alone:.0f} ms, "
        f"as a sweep {together:.0f} ms: {ratio:.2f} × as fast\n"
        f"  goal: {GOAL} ×  {'met' if ratio >= GOAL else 'MISSED'}"
        + (f"; {disturbed:.0%} of the turns were disturbed by other work" if disturbed else "")
    )


def _turn(work: Callable[[], float]) -> Turn:
    """Return the first undisturbed turn of a few, or the least disturbed one."""
    turns: list[Turn] = []
    while len(turns) < TRIES:
        quiet.wait(PATIENCE)
        before, began = quiet.times(), time.perf_counter()
        used = work()
        turns.append(Turn(time.perf_counter() - began, quiet.others(before, used)))
        if turns[-1].others <= quiet.BUSY:
            break
    return min(turns, key=lambda turn: turn.others)


def _one_after_another(case: Case, points: Sequence[Point]) -> float:
    """Train each point as a run of its own; return the seconds of the processor."""
    began = time.process_time()
    for network, settings in points:
        Run(network, case.X, case.y, settings).advance(settings.epochs)
    return time.process_time() - began


def _sweep(case: Case, points: Sequence[Point]) -> float:
    """Train them as a sweep; return the seconds of the processors."""
    began = time.process_time()
    trained = sum(result.seconds for result in sweep(points, case.X, case.y))
    return time.process_time() - began + trained


def measure_crowd(sessions: int, seconds: float) -> None:
    """Print the response times of a crowd without and with a sweep."""
    recording = record()
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, _),
    ):
        asyncio.run(crowd(address, recording, 2, 1))  # loads the code before the measurement
        for name, load in (("alone", _nothing), ("during a sweep", _endless_sweep)):
            with load() as trained:
                seen = asyncio.run(crowd(address, recording, sessions, seconds))
                half, most = 1000 * np.percentile([t for s in seen for t in s.controls], [50, 95])
                print(
                    f"{sessions} sessions {name}: control half {half:.0f}, 95th {most:.0f} ms; "
                    f"{trained()} epochs trained beside them"
                )
        print(f"  goal: {CONTROL_GOAL} ms  {'met' if most <= CONTROL_GOAL else 'MISSED'}")


@contextmanager
def _nothing() -> Iterator[Callable[[], int]]:
    yield lambda: 0


@contextmanager
def _endless_sweep() -> Iterator[Callable[[], int]]:
    """Sweep in the background; yield a function that returns the epochs trained."""
    case = next(cases())
    points = [(network, Settings(epochs=10_000_000)) for network, _ in case.points]
    job = SweepJob(points, case.X, case.y)
    try:
        yield lambda: job.epochs_done
    finally:
        job.cancel()


if __name__ == "__main__":
    main()
