"""Points that several modules of tests sweep, and the runs that they must equal."""

import os
import signal
import time
from collections.abc import Callable, Iterable

import pytest

from core.network import Network
from core.training.run import Run, Settings
from core.training.sweep import Point, SweepJob, SweepResult
from tests.core.oracles import XOR_X, XOR_Y
from tests.core.training.xor_runs import X_VAL, Y_VAL

SHORT = Settings(learning_rate=5.0, epochs=300)
LONG = Settings(learning_rate=5.0, epochs=8000)  # several slices of BRIEF
BRIEF = 0.01  # s
FOREVER = Settings(epochs=10_000_000)
ENDLESS: Point = (Network.init(2, 3), FOREVER)  # its worker has always something to do
PATIENCE = 60  # s for what takes far less
needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")


def network(seed: int = 0, hidden: int | list[int] = 3) -> Network:
    return Network.init(2, hidden, seed=seed)


def points(count: int, settings: Settings = SHORT) -> list[Point]:
    return [(network(seed), settings) for seed in range(count)]


VARIED: list[Point] = [
    *((network(), Settings(optimizer=name, learning_rate=0.05, epochs=40))
      for name in ("gd", "momentum", "nesterov", "rmsprop", "adam")),
    (network(1, [4, 3]), Settings(batch_size=3, epochs=30, seed=7, l2=0.01)),
    (network(2), Settings(batch_size=1, shuffle=False, epochs=30)),
    (network(3), Settings(learning_rate=20.0, epochs=3000, patience=3)),  # stops
    (network(4), Settings(learning_rate=1e6, l2=1.0, epochs=500)),  # diverges
    (Network.init(2, 3, bias_input=False), Settings(epochs=20)),
    (network(5), Settings(epochs=0)),
    (network(6), Settings(epochs=20, loss="cross_entropy", frozen=frozenset({(1, 0, 0)}))),
    (network(7), Settings(optimizer="adam", batch_size=2, epochs=3000)),  # several slices
]  # fmt: skip


def run_of(point: Point, *, validated: bool) -> Run:
    net, settings = point
    run = Run(net, XOR_X, XOR_Y, settings, *((X_VAL, Y_VAL) if validated else ()))
    run.advance(settings.epochs)
    return run


def assert_equals_the_runs(
    results: Iterable[SweepResult], points: list[Point], *, validated: bool = False
) -> None:
    """Each point has one result, with each bit of the losses of a run of its own."""
    by_index = {result.index: result for result in results}
    assert sorted(by_index) == list(range(len(points)))
    for index, point in enumerate(points):
        result, run = by_index[index], run_of(point, validated=validated)
        assert (result.ended, result.error) == (run.ended, "")
        assert result.losses.tobytes() == run.losses.tobytes()
        if validated:
            assert result.val_losses is not None
            assert run.val_losses is not None
            assert result.val_losses.tobytes() == run.val_losses.tobytes()
        else:
            assert result.val_losses is None


def rest(job: SweepJob) -> list[SweepResult]:
    """Return all results that are still to come."""
    results: list[SweepResult] = []
    deadline = time.monotonic() + PATIENCE
    while not job.done and time.monotonic() < deadline:
        results += job.results(0.1)
    assert job.done
    return results + job.results()


def first_results(job: SweepJob) -> list[SweepResult]:
    """Return the first results, as soon as there are any."""
    results = job.results(PATIENCE)
    assert results
    return results


def results_of(job: SweepJob, count: int) -> list[SweepResult]:
    """Return so many results, of a job that may have points without end besides."""
    results: list[SweepResult] = []
    deadline = time.monotonic() + PATIENCE
    while len(results) < count and time.monotonic() < deadline:
        results += job.results(0.1)
    return results


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
