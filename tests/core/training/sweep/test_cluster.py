"""Sweeps on a real Dask scheduler with two workers, and what becomes of them without it."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from core.training.sweep import SweepJob, cluster, engine
from core.training.sweep.cluster import INSTEAD, VARIABLE, ClusterEngine, ClusterError
from core.training.sweep.job import WORKER_LOSS
from tests.core.oracles import XOR_X, XOR_Y
from tests.core.training.sweep.dask_cluster import dask_cluster
from tests.core.training.sweep.points import (
    BRIEF,
    ENDLESS,
    FOREVER,
    LONG,
    PATIENCE,
    VARIED,
    assert_equals_the_runs,
    first_results,
    kill,
    needs_kill,
    points,
    rest,
    results_of,
    wait_until,
)
from tests.core.training.xor_runs import X_VAL, Y_VAL


@pytest.fixture(scope="module")
def dask() -> Iterator[tuple[str, int]]:
    """The address of a cluster, and its scheduler's process."""
    with dask_cluster(workers=2) as (address, scheduler):
        yield address, scheduler.pid


@pytest.fixture
def address(dask: tuple[str, int]) -> str:
    return dask[0]


@pytest.fixture(autouse=True)
def _brief_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SLICE", BRIEF)


def test_a_sweep_equals_its_runs(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, address)
    job = SweepJob(VARIED, XOR_X, XOR_Y, X_val=X_VAL, y_val=Y_VAL)
    assert (job.engine, job.workers) == ("Dask cluster, 2 workers", 2)
    assert_equals_the_runs(rest(job), VARIED, validated=True)
    assert (job.engine, job.notices) == ("Dask cluster, 2 workers", ())


def test_a_clients_executor_can_be_given(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    executor = cluster._client(address).get_executor()
    job = SweepJob(points(5), XOR_X, XOR_Y, executor=executor)
    assert_equals_the_runs(rest(job), points(5))
    assert job.engine == "Dask cluster, 2 workers"


def test_cancel_frees_the_workers(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, address)
    job = SweepJob([*points(4), *points(4, FOREVER)], XOR_X, XOR_Y)
    first_results(job)
    job.cancel()
    assert job.results(0.2) == []
    assert_equals_the_runs(rest(SweepJob(points(3), XOR_X, XOR_Y)), points(3))


def test_workers_of_another_version_are_not_used(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    monkeypatch.setattr(cluster, "version", lambda: "another")
    job = SweepJob(points(5), XOR_X, XOR_Y)
    assert_equals_the_runs(rest(job), points(5))
    (notice,) = job.notices
    assert "another version of core" in notice
    assert not job.engine.startswith("Dask")


@needs_kill
def test_a_worker_killed_in_the_middle_loses_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    pid = min(cluster._client(address).run(os.getpid).values())
    many = [*points(20), *points(6, LONG)]
    job = SweepJob([*many, ENDLESS], XOR_X, XOR_Y)
    results = first_results(job)
    kill(pid)
    assert_equals_the_runs([*results, *results_of(job, len(many) - len(results))], many)
    wait_until(lambda: job.notices == (WORKER_LOSS,))
    assert job.engine.startswith("Dask cluster")
    job.cancel()


@pytest.mark.parametrize(
    "address", ["http://host:8786", "tcp://host", "host:8786", "tcp://h:1\n", "tcp://" + "x" * 999]
)
def test_a_wrong_address_is_said_and_this_machine_sweeps(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    job = SweepJob(points(2), XOR_X, XOR_Y)
    (notice,) = job.notices
    assert notice.startswith(f"{VARIABLE} must be tcp://host:port")
    assert notice.endswith(INSTEAD)
    assert len(notice) < 200
    assert_equals_the_runs(rest(job), points(2))


@pytest.mark.parametrize("address", ["tls://127.0.0.1:9", f"tcp://{'x' * 250}:9"])
def test_a_connection_that_fails_in_any_way_is_said(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a configuration of TLS, for one, and with a name that no host can have."""
    monkeypatch.setenv(VARIABLE, address)
    job = SweepJob(points(2), XOR_X, XOR_Y)
    (notice,) = job.notices
    assert notice.startswith("No Dask cluster answers at ")
    assert notice.endswith(INSTEAD)
    assert len(notice) < 200
    assert_equals_the_runs(rest(job), points(2))


def test_nobody_waits_for_anothers_connection(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which one makes to a port here that takes it and says nothing."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", PATIENCE)
    with socket.create_server(("127.0.0.1", 0)) as mute, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(cluster._client, f"tcp://127.0.0.1:{mute.getsockname()[1]}")
        connection, _ = mute.accept()
        with connection:
            cluster._clients.pop(address, None)
            assert cluster._client(address).status == "running"
            assert not waiting.done()
        mute.close()
        assert isinstance(waiting.exception(), ClusterError)


def test_without_the_package_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    monkeypatch.setenv(VARIABLE, "tcp://127.0.0.1:9")
    (notice,) = SweepJob(points(1), XOR_X, XOR_Y).notices
    assert "distributed is not installed" in notice


@needs_kill
def test_when_the_cluster_is_lost_this_machine_goes_on(
    dask: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of them: afterwards there is no cluster any more."""
    address, scheduler = dask
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    monkeypatch.setenv(VARIABLE, address)
    many = points(6, LONG)
    job = SweepJob([*many, ENDLESS], XOR_X, XOR_Y)
    assert job.engine.startswith("Dask cluster")
    results = first_results(job)
    kill(scheduler)
    assert_equals_the_runs([*results, *results_of(job, len(many) - len(results))], many)
    loss = ClusterEngine.loss(job, CancelledError())  # type: ignore[arg-type]
    wait_until(lambda: job.notices == (loss,))
    job.cancel()
    assert not job.engine.startswith("Dask")
    again = SweepJob(points(2), XOR_X, XOR_Y)
    assert again.notices == (f"No Dask cluster answers at '{address}': {INSTEAD}",)
    assert_equals_the_runs(rest(again), points(2))
    cluster._clients.pop(address).close()
