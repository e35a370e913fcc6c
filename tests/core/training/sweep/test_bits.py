"""A sweep gives what each run of its own gives, to the last bit, on any executor."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.network import Network
from core.training import kernel
from core.training.run import Run, Settings
from core.training.sweep import engine, sweep, task
from core.training.sweep.task import Data, Part, Task, train
from tests.core.oracles import XOR_X, XOR_Y
from tests.core.training.sweep.points import (
    BRIEF,
    VARIED,
    assert_equals_the_runs,
    network,
    points,
    run_of,
)
from tests.core.training.xor_runs import X_VAL, Y_VAL

XOR = Data(XOR_X, XOR_Y[:, np.newaxis], X_VAL, Y_VAL[:, np.newaxis])
NO_PATIENCE = [(net, replace(settings, patience=None, epochs=min(300, settings.epochs)))
               for net, settings in VARIED]  # fmt: skip


class AtOnce(Executor):
    """Computes what is submitted before `submit` returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def executors() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        yield processes
    yield AtOnce()


def test_processes_with_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SLICE", BRIEF)
    results = sweep(VARIED, XOR_X, XOR_Y, X_val=X_VAL, y_val=Y_VAL)
    assert_equals_the_runs(results, VARIED, validated=True)


def test_any_executor_without_validation() -> None:
    for executor in executors():
        results = sweep(NO_PATIENCE, XOR_X, XOR_Y, executor=executor)
        assert_equals_the_runs(results, NO_PATIENCE)


@pytest.mark.parametrize("point", VARIED)
def test_a_point_cut_into_slices_of_an_epoch(point: tuple[Network, Settings]) -> None:
    """All that an epoch depends on is in the position that the one before left."""
    net, settings = point
    settings = replace(settings, epochs=min(150, settings.epochs))
    parts: list[Part] = []
    while not parts or parts[-1].position:
        position = parts[-1].position if parts else None
        parts += train(XOR, [Task(0, net, settings, position)], 0.0)
        assert len(parts[-1].losses) <= 1 + (len(parts) == 1)
    run = run_of((net, settings), validated=True)
    assert parts[-1].ended == run.ended
    assert np.concatenate([part.losses for part in parts]).tobytes() == run.losses.tobytes()


@given(
    N=st.integers(1, 40),
    hidden=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    batch=st.none() | st.integers(1, 12),
    optimizer=st.sampled_from(["gd", "momentum", "adam"]),
    rate=st.floats(0.01, 1e4),
    patience=st.none() | st.integers(1, 4),
)
def test_any_point(
    N: int, hidden: list[int], batch: int | None, optimizer: str, rate: float, patience: int | None
) -> None:
    random = np.random.default_rng(N)
    X, y = random.normal(size=(N, 2)), random.random((N, 2))
    net = Network.init(2, hidden, 2, hidden_activation="relu", output_activation="identity")
    settings = Settings(rate, optimizer, batch, epochs=20, patience=patience)
    (part,) = train(Data(X, y, X, y), [Task(0, net, settings)], 60.0)
    run = Run(net, X, y, settings, X, y)
    run.advance(20)
    assert part.ended == run.ended
    assert part.losses.tobytes() == run.losses.tobytes()
    assert run.val_losses is not None
    assert part.val_losses.tobytes() == run.val_losses.tobytes()


def test_a_worker_uses_one_thread_and_a_run_may_use_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "THREADS_PAY", 0)
    monkeypatch.setattr(kernel, "cores", lambda: 2)
    shares: list[object] = []
    shared = kernel._run_on_threads

    def count(programs: Any) -> None:
        shares.append(programs)
        shared(programs)

    monkeypatch.setattr(kernel, "_run_on_threads", count)
    random = np.random.default_rng(0)
    X, y = random.normal(size=(200, 2)), random.random((200, 1))
    settings = Settings(epochs=3)
    (part,) = train(Data(X, y), [Task(0, network(), settings)], 60.0)
    assert not shares
    run = Run(network(), X, y, settings)
    run.advance(3)
    assert shares
    assert part.losses.tobytes() == run.losses.tobytes()


def test_a_cost_beyond_float64_is_a_result_with_a_reason() -> None:
    huge = network().with_weights(np.full((3, 3), 1.0), np.full((4, 1), 1e300))
    linear = Network(*huge.weights, output="identity")
    (result,) = sweep([(linear, Settings())], XOR_X, XOR_Y, executor=AtOnce())
    with pytest.raises(ValueError, match="too large") as refusal:
        Run(linear, XOR_X, XOR_Y)
    assert (result.ended, result.error) == ("failed", str(refusal.value))
    assert not result.losses.size


def test_workers_of_another_version_are_not_believed() -> None:
    task.version.cache_clear()
    train(replace(XOR, version=task.version()), [Task(0, *points(1)[0])], 1.0)
    with pytest.raises(RuntimeError, match="version"):
        train(replace(XOR, version="another"), [Task(0, *points(1)[0])], 1.0)
