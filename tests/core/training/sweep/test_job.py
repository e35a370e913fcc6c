"""A job in the background: shared fairly, ended at once, and nothing lost with a worker."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from core.training.kernel import cores
from core.training.sweep import SweepJob, engine, job, sweep, task
from core.training.sweep.curves import PointSummary
from core.training.sweep.folders import PREFIX
from tests.core.oracles import XOR_X, XOR_Y
from tests.core.training.sweep.points import (
    BRIEF,
    ENDLESS,
    FOREVER,
    LONG,
    PATIENCE,
    assert_equals_the_runs,
    first_results,
    kill,
    needs_kill,
    points,
    rest,
    results_of,
    wait_until,
)
from tests.paths import ROOT

LOSS = engine.Engine.loss(None, BrokenExecutor())  # type: ignore[arg-type]
LOCAL_LOSS = engine.LocalEngine.loss(None, BrokenExecutor())  # type: ignore[arg-type]
AFTER = 0.3  # s, in which a worker would have brought what it was not to bring


class Record(Executor):
    """One thread, and the data of each task submitted, which tells whose it is."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(1)
        self.sources: list[object] = []
        self._max_workers = 1

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sources.append(args[0])
        return self.threads.submit(fn, *args, **kwargs)


def pids_of(executor: Executor) -> set[int]:
    """Return the processes of the pool, once all have begun."""
    return set(executor.map(_pid, range(20)))


def _pid(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_a_job_counts_what_is_done_and_what_is_left() -> None:
    endless = SweepJob([*points(6), ENDLESS], XOR_X, XOR_Y)
    assert (endless.count, endless.epochs_total) == (7, 6 * 300 + FOREVER.epochs)
    first_results(endless)
    assert endless.seconds_left is not None
    assert 0 < endless.epochs_done < endless.epochs_total
    assert 0 < endless.finished < 7
    endless.cancel()
    job = SweepJob(points(8), XOR_X, XOR_Y)
    assert job.workers == cores()
    assert job.engine == f"{job.workers} process{'es' * (job.workers > 1)}"
    rest(job)
    assert (job.finished, job.epochs_done, job.seconds_left) == (8, job.epochs_total, 0.0)
    assert (job.notices, job.cancelled) == ((), False)
    assert repr(job) == f"SweepJob(8 of 8 points, {job.engine})"


def test_a_worker_imports_core_training_alone() -> None:
    """Asked of a process whose parent holds all that pytest does."""
    pool = engine.new_pool(1)
    assert_equals_the_runs(sweep(points(2), XOR_X, XOR_Y, executor=pool), points(2))
    modules = pool.submit(eval, "[*__import__('sys').modules]").result()
    assert "core.training.sweep.task" in modules
    absent = {"streamlit", "pandas", "plotly", "jinja2", "pyarrow", "distributed", "pytest", "app"}
    assert {name.partition(".")[0] for name in modules} & {*absent, "pages", "tests"} == set()
    if os.name == "posix":
        assert pool.submit(os.nice, 0).result() == min(19, os.nice(0) + task.NICENESS)
    pool.shutdown()


def test_importing_core_training_starts_nothing() -> None:
    code = "import sys, core.training.sweep; print({'loky', 'distributed'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


KILLED = """
import os, sys, time
from core.training.sweep import SweepJob
from tests.core.training.sweep.points import FOREVER, LONG, XOR_X, XOR_Y, points
job = SweepJob([*points(1), *points(9, FOREVER)], XOR_X, XOR_Y)
if sys.argv[1] == "result":
    job.results(60)
    print(*job._engine._executor._processes)
else:
    time.sleep(float(sys.argv[1]))
sys.stdout.flush()
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")
def test_nothing_stays_of_a_process_that_was_killed(tmp_path: Path) -> None:
    """Whether its workers were ready or still on their way, found by their TMPDIR."""
    delays = ["0", "0.1", "0.2", "0.4", "0.6", "0.8", "result"]
    folders = {delay: tmp_path / delay for delay in delays}
    killed = {}
    for delay, folder in folders.items():
        folder.mkdir()
        with (folder / "told").open("wb") as told:  # a pipe would end with the last worker
            killed[delay] = subprocess.Popen(
                [sys.executable, "-c", KILLED, delay],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(folder)},
                stdout=told,
            )
    assert {each.wait(PATIENCE) for each in killed.values()} == {-9}
    workers = (folders["result"] / "told").read_text().split()
    assert len(workers) == cores()  # that had begun
    wait_until(lambda: not any(map(processes_of, folders.values())))
    assert not list(folders["result"].glob(f"{PREFIX}*"))


def processes_of(folder: Path) -> list[str]:
    """Return the processes, but for ended ones, that have this folder as their temporary one."""
    found, mark = [], f"TMPDIR={folder}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is another user's
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(process.name)
    return found


@pytest.mark.skipif(os.name != "posix", reason="folders stay on Windows")
def test_folders_of_dead_processes_are_removed_when_a_pool_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    old, elsewhere, ours = (
        tmp_path / f"{name}_1"
        for name in (f"{PREFIX}{dead.pid}-", f"sweep-{dead.pid}-", f"{PREFIX}{os.getpid()}-")
    )
    for folder in (old, elsewhere, ours):
        folder.mkdir()
        (folder / "X.npy").touch()
    link = tmp_path / f"{PREFIX}{dead.pid}-link"
    link.symlink_to(elsewhere)
    file = tmp_path / f"{PREFIX}{dead.pid}-file"
    file.touch()
    engine.new_pool(1).shutdown()
    left = {path for path in tmp_path.iterdir() if path.name.startswith((PREFIX, "sweep-"))}
    assert left == {elsewhere, ours, link, file}
    assert (elsewhere / "X.npy").exists()


def test_cancel_returns_at_once_and_nothing_comes_after() -> None:
    job = SweepJob([*points(5), *points(3, FOREVER)], XOR_X, XOR_Y)
    first_results(job)
    folder = Path(str(job._engine._source))
    assert folder.exists()
    job.cancel()
    assert (job.cancelled, job.done, job.seconds_left) == (True, True, 0.0)
    assert job.results(AFTER) == []
    assert not folder.exists()
    wait_until(lambda: not job._tasks)
    other = SweepJob(points(2), XOR_X, XOR_Y)  # the workers are free
    assert_equals_the_runs(rest(other), points(2))


def test_the_data_is_released_when_a_job_ends() -> None:
    job = SweepJob(points(3), XOR_X, XOR_Y)
    folder = Path(str(job._engine._source))
    rest(job)
    assert not folder.exists()


def test_two_jobs_share_a_queue_fairly() -> None:
    record = Record()
    first = SweepJob(points(4, FOREVER), XOR_X, XOR_Y, executor=record)
    second = SweepJob(points(4, FOREVER), XOR_X, XOR_Y, executor=record)
    theirs = second._engine._source
    wait_until(lambda: record.sources.count(theirs) == 8)
    under_way = len(first._tasks)
    first.cancel()
    second.cancel()
    record.threads.shutdown()
    begun = record.sources.index(theirs)
    turns = record.sources[begun : begun + 8]
    assert under_way <= 2
    assert 3 <= turns.count(theirs) <= 5


def test_nothing_is_submitted_while_it_is_not_wanted() -> None:
    record, wanted = Record(), threading.Event()
    job = SweepJob(points(4), XOR_X, XOR_Y, executor=record, wanted=wanted.is_set)
    assert job.results(AFTER) == []
    assert not record.sources
    wanted.set()
    assert_equals_the_runs(rest(job), points(4))
    record.threads.shutdown()


def test_results_that_nobody_takes_stop_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BACKLOG", 1)
    record = Record()
    waiting = SweepJob(points(40, LONG), XOR_X, XOR_Y, executor=record)
    wait_until(lambda: waiting.finished > 0 and not waiting._tasks)
    assert 1 <= waiting.finished <= 3
    assert waiting.notices == (job.FULL,)
    assert waiting.seconds_left is None  # its clock starts anew, when it goes on
    assert waiting.nbytes > 8 * 8001
    stopped = waiting._work._clock
    assert waiting.results()
    assert waiting._work._clock > stopped
    assert job.FULL not in waiting.notices
    waiting.cancel()
    record.threads.shutdown()


def test_what_is_kept_of_a_result_does_not_stop_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BACKLOG", 1)
    kept = SweepJob(points(40), XOR_X, XOR_Y, reduce=PointSummary.of)
    before = kept.nbytes
    wait_until(lambda: kept.done)
    assert kept.nbytes == before
    summaries = kept.results()
    assert len(summaries) == 40
    assert {summary.epochs for summary in summaries} == {300}


def test_a_reduction_that_fails_is_told() -> None:
    failing = SweepJob(points(5), XOR_X, XOR_Y, reduce=lambda result: 1 // result.index)
    wait_until(lambda: failing.done)
    with pytest.raises(ZeroDivisionError):
        failing.results()
    assert failing.cancelled


@needs_kill
def test_a_worker_killed_in_the_middle_loses_nothing() -> None:
    pid = min(pids_of(engine.shared_pool.get()))
    many, few = [*points(60), *points(5, LONG)], points(5, LONG)
    job = SweepJob([*many, ENDLESS], XOR_X, XOR_Y)
    others = SweepJob([*few, ENDLESS], XOR_X, XOR_Y)  # shares the pool that breaks
    results = first_results(job)
    kill(pid)
    assert_equals_the_runs([*results, *results_of(job, len(many) - len(results))], many)
    assert_equals_the_runs(results_of(others, len(few)), few)
    wait_until(lambda: job.notices == others.notices == (LOCAL_LOSS,))
    for each in (job, others):
        trained = each.epochs_done
        wait_until(lambda each=each, trained=trained: each.epochs_done > trained)  # type: ignore[misc]
        each.cancel()


@needs_kill
def test_a_given_executor_that_breaks_is_replaced_by_this_machine() -> None:
    many = points(3, LONG)
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        (pid,) = pids_of(executor)
        job = SweepJob([*many, ENDLESS], XOR_X, XOR_Y, executor=executor)
        assert job.engine == "ProcessPoolExecutor, 1 worker"
        results = first_results(job)
        kill(pid)
        assert_equals_the_runs([*results, *results_of(job, len(many) - len(results))], many)
        wait_until(lambda: job.notices == (LOSS,))
    assert job.engine.endswith(("process", "processes"))
    job.cancel()


def test_a_point_that_kills_its_worker_is_given_up_and_the_others_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As one does that takes all memory; its tasks end their worker here."""
    monkeypatch.setattr(engine, "train", deadly)
    many = points(12)
    results = rest(SweepJob(many, XOR_X, XOR_Y))
    failures = [result for result in results if result.ended == "failed"]
    assert [result.index for result in failures] == [5]
    assert failures[0].error.startswith(job.FAILURE)
    assert not failures[0].losses.size
    others = [result for result in results if result.index != 5]
    assert sorted(result.index for result in others) == [i for i in range(12) if i != 5]
    assert {result.ended for result in others} == {"done"}


def deadly(source: Any, tasks: Sequence[task.Task], seconds: float) -> list[task.Part]:
    """Train, but die of point 5."""
    for each in tasks:
        if each.index == 5:
            os._exit(1)
    return task.train(source, tasks, seconds)


def test_a_sweep_whose_points_all_fail_ends() -> None:
    class Refusal(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(TypeError("no such thing"))
            return future

    results = rest(SweepJob(points(9), XOR_X, XOR_Y, executor=Refusal()))
    assert sorted(result.index for result in results) == [*range(9)]
    errors = {result.error for result in results}
    assert f"{job.FAILURE}: no such thing" in errors


class Unreplaced(engine.Engine):
    """Of an executor that breaks, and in whose place none can be started."""

    def replacement(self) -> engine.Engine:
        raise OSError(28, "No space left on device")

    isolation = replacement


@pytest.mark.parametrize("broken", [True, False])
def test_a_sweep_whose_workers_cannot_be_replaced_ends(
    broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by others nor, where the executor lost a point twice and goes on, by one process."""
    error = BrokenExecutor("gone") if broken else RuntimeError("lost")
    lost: list[Future[Any]] = []
    monkeypatch.setattr(job, "engine_of", lambda executor, data: (Unreplaced(executor, data), []))

    class Loss(Executor):
        _max_workers = 1

        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            lost.append(Future())
            return lost[-1]

    failing = SweepJob(points(9), XOR_X, XOR_Y, executor=Loss())
    for future in lost:  # the list grows with what is submitted meanwhile
        future.set_exception(error)
    results = failing.results(PATIENCE)
    assert failing.done
    assert sorted(result.index for result in results) == [*range(9)]
    (message,) = {result.error for result in results}
    assert message.startswith(job.NO_REPLACEMENT if broken else job.NO_ISOLATION)
    assert "No space left" in message
    assert failing.seconds_left == 0.0


def test_progress_is_told_often_and_ends_the_sweep() -> None:
    jobs: list[SweepJob] = []

    def progress(job: SweepJob) -> bool:
        jobs.append(job)
        return len(jobs) == 4

    assert list(sweep(points(2, FOREVER), XOR_X, XOR_Y, progress=progress)) == []
    assert len(jobs) == 4
    assert jobs[0].cancelled


def test_a_sweep_closed_is_cancelled_and_one_never_begun_submits_nothing() -> None:
    jobs: set[SweepJob] = set()
    results = sweep([*points(2), *points(1, FOREVER)], XOR_X, XOR_Y, progress=jobs.add)
    next(results)
    results.close()
    assert [job.cancelled for job in jobs] == [True]
    record = Record()
    sweep(points(2), XOR_X, XOR_Y, executor=record)
    assert not record.sources
    record.threads.shutdown()


@pytest.fixture(autouse=True)
def _brief_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SLICE", BRIEF)


@pytest.fixture(scope="module", autouse=True)
def _no_pool_left() -> Iterator[None]:
    yield
    engine.shared_pool.get().shutdown()
    engine.shared_pool.drop()
