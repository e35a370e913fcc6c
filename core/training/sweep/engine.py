"""The workers of a job: by default processes of this machine, which all jobs of the app share.

An engine is an `Executor` together with a job's data where its workers find it. Processes read the
data from a folder of the job's own. When the job ends, the folder goes, and what still waits in the
executor's queue has nothing to do: so a pool is free again within a slice of time.
"""

import atexit
import os
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from threading import Lock

from core.training.kernel import cores
from core.training.sweep.folders import new_folder, remove_folder, remove_old_folders
from core.training.sweep.task import Data, Part, Task, begin, train
from core.utils.sentence import plural

SLICE = 0.1  # s that a task trains: how soon workers are free for another session
IDLE = 300  # s after which a worker process without work ends


class SharedPool:
    """The pool of processes that all jobs share, once a sweep has begun."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool: Executor | None = None

    def get(self) -> Executor:
        """Return the pool, started unless it is there."""
        with self._lock:
            if self._pool is None:
                self._pool = new_pool(cores())
            return self._pool

    def drop(self, pool: Executor | None = None) -> None:
        """Forget the pool, or only that one, which is broken: the next job starts another."""
        with self._lock:
            if pool is None or pool is self._pool:
                self._pool = None


shared_pool = SharedPool()
atexit.register(shared_pool.drop)  # before the modules go that its end needs


class Engine:
    """An executor with a job's data. `workers` is their number, `name` what it is in words."""

    def __init__(self, executor: Executor, data: Data, source: object = None) -> None:
        """Use that executor, whose workers are on this machine, or have the data from `source`."""
        self.workers: int = getattr(executor, "_max_workers", cores())
        self.name = f"{type(executor).__name__}, {plural(self.workers, 'worker')}"
        self._executor, self._data = executor, data
        self._source = data if isinstance(executor, ThreadPoolExecutor) else source
        self._release: Callable[[], object] | None = None
        if self._source is None:
            folder = new_folder()
            self._release = weakref.finalize(self, remove_folder, folder)
            data.write(folder)
            self._source = str(folder)

    @property
    def lost(self) -> int:
        """Workers lost since the job began that the executor replaced by itself."""
        return 0

    @property
    def answers(self) -> bool:
        """Whether what was submitted can still come."""
        return True

    @property
    def most_tasks(self) -> int:
        """Tasks of a job at a time: one for each worker, and one that waits for the next to end."""
        return self.workers + 1

    def submit(self, tasks: Sequence[Task]) -> Future[list[Part]]:
        """Submit points to train for a slice of time; raises what the executor raises."""
        return self._executor.submit(train, self._source, tasks, SLICE)  # type: ignore[arg-type]

    def survives(self, error: BaseException) -> bool:
        """Return whether tasks can be submitted after one ended with this error."""
        return not isinstance(error, BrokenExecutor | CancelledError)

    def loss(self, error: BaseException) -> str:  # noqa: ARG002 - it may depend on it
        """Return the sentence to show when an error ended it and its `replacement` goes on."""
        return "A worker was lost: its points run again, on this machine."

    def replacement(self) -> "Engine":
        """Return the engine to go on with when this one is broken: this machine's."""
        return LocalEngine(self._data)

    def isolation(self) -> "Engine":
        """Return an engine where a point that may end its worker harms no other."""
        return self

    def close(self) -> None:
        """Release the data."""
        self._source = None
        if self._release:
            self._release()


class LocalEngine(Engine):
    """The processes of this machine, as many as cores, that all jobs share and that stay warm."""

    def __init__(self, data: Data) -> None:
        super().__init__(shared_pool.get(), data)
        self.name = plural(self.workers, "process", "processes")

    def loss(self, error: BaseException) -> str:  # noqa: ARG002
        """Return the sentence to show when a process has ended and others take its place."""
        return "A worker process was lost: its points run again."

    def replacement(self) -> Engine:
        """Return the engine of a new pool, or of the one that another job has put in its place."""
        shared_pool.drop(self._executor)
        return LocalEngine(self._data)

    def isolation(self) -> Engine:
        """Return an engine with one process of its own."""
        return SingleEngine(self._data)


class SingleEngine(Engine):
    """One process for one job, which ends with the engine."""

    def __init__(self, data: Data) -> None:
        super().__init__(new_pool(1), data)

    def close(self) -> None:
        """Release the data, and end the process when it has nothing more to do."""
        super().close()
        self._executor.shutdown(wait=False)


def new_pool(workers: int) -> Executor:
    """Return a pool of processes that import `core.training` alone, not the app.

    loky's own reusable pool is one for each thread, and the app has a thread for each session.
    """
    from loky import ProcessPoolExecutor  # noqa: PLC0415 - only who sweeps needs it

    remove_old_folders()
    pool: Executor = ProcessPoolExecutor(
        workers, timeout=IDLE, initializer=begin, initargs=(os.getpid(),)
    )
    return pool
