"""A process of its own that marks files, each within a limit of time and of memory.

with Worker(seconds=10, megabytes=1000) as worker:
    grades = [worker.mark(problem, path) for path in paths]

A file that exceeds a limit, or ends the process, is unreadable; the next one gets a new process.
"""

import multiprocessing
import signal
import sys
from collections.abc import Callable
from multiprocessing import context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from core.checking.grading import UNREADABLE, Grade, mark
from core.checking.problem import Problem

SECONDS, MEGABYTES = 10.0, 1000
START_SECONDS = 60.0  # to import what it needs
ADVICE = "keep only the gradients in it, or raise the limit with"

Mark = Callable[[Problem, Path], Grade]


class Worker:
    """Marks files in a process that is replaced after it had to be ended.

    The memory limit is on what a file takes beyond the process itself; only Linux keeps it.
    `mark` is the function that the process calls.
    """

    def __init__(
        self, seconds: float = SECONDS, megabytes: int = MEGABYTES, mark: Mark = mark
    ) -> None:
        self._seconds, self._megabytes, self._mark = seconds, megabytes, mark
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._problem: Problem | None = None  # that the process has

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def mark(self, problem: Problem, path: str | Path) -> Grade:
        """Return the grade of a file: unreadable if it exceeds a limit or ends the process."""
        path = Path(path).absolute()  # the process may be in another folder
        answer: object = None
        try:
            connection = self._connection or self._start()
            if problem is not self._problem:
                connection.send(problem)
                self._problem = problem
            connection.send(path)
            if not connection.poll(self._seconds):
                return self._refusal(path, f"took more than {self._seconds:g} s", "--seconds")
            answer = connection.recv()
        except (EOFError, OSError):
            return self._refusal(path, "ended its process", "--megabytes")
        if isinstance(answer, Grade):
            return answer
        return self._refusal(path, f"took more than {self._megabytes:,} MB", "--megabytes")

    def close(self) -> None:
        """End the process."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._connection = self._problem = None

    def _refusal(self, path: Path, reason: str, option: str) -> Grade:
        self.close()
        comment = f"{path.name}: marking it {reason}; {ADVICE} {option}."
        return Grade(path.name, UNREADABLE, comment=comment)

    def _start(self) -> Connection:
        start = _context()
        own, other = start.Pipe()
        process = start.Process(
            target=_answer, args=(other, self._megabytes, self._mark), daemon=True
        )
        process.start()
        other.close()
        self._connection, self._process = own, process
        if not own.poll(START_SECONDS):
            raise EOFError
        own.recv()  # that it has begun
        return own


def _context() -> "context.SpawnContext | context.ForkServerContext":
    """Return how processes start: from a server that has imported all once, where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    return server


def _answer(connection: Connection, megabytes: int, mark: Mark) -> None:
    """Mark the paths that come in, for the last problem that came; None if memory ran out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends this process itself
    _limit_memory(megabytes)
    connection.send("begun")
    problem: Problem | None = None
    while True:
        try:
            received = connection.recv()
            if isinstance(received, Problem):
                problem = received
            elif problem is not None:
                connection.send(mark(problem, received))
        except MemoryError:
            connection.send(None)
        except EOFError:
            return


def _limit_memory(megabytes: int) -> None:
    statistics = Path("/proc/self/statm")  # of Linux
    if sys.platform == "win32" or not statistics.exists():
        return
    import resource  # noqa: PLC0415 - Windows has none

    pages = int(statistics.read_text(encoding="ascii").split()[0])
    size = pages * resource.getpagesize() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
