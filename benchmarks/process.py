"""CPU time and memory of a process; None on systems other than Linux."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A running process, threads included."""

    pid: int

    def seconds(self) -> float | None:
        """Return the CPU time so far."""
        if (fields := self._stat()) is None:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float | None:
        """Return the resident memory."""
        if (text := self._read("statm")) is None:
            return None
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def parent(self) -> int | None:
        """Return the process that started it."""
        return None if (fields := self._stat()) is None else int(fields[1])

    def program(self) -> str | None:
        """Return its program's name."""
        return None if (text := self._read("comm")) is None else text.strip()

    def _stat(self) -> list[str] | None:
        """Return the fields after the name, which may hold anything."""
        return None if (text := self._read("stat")) is None else text.rpartition(")")[2].split()

    def _read(self, name: str) -> str | None:
        path = PROC / str(self.pid) / name
        return path.read_text() if path.exists() else None


def children(program: str) -> Iterator[Process]:
    """Yield this process's children that run that program; none on systems other than Linux."""
    for path in PROC.glob("[0-9]*"):
        process = Process(int(path.name))
        if process.parent() == os.getpid() and process.program() == program:
            yield process
