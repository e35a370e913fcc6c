"""CPU time and memory of a process; None on systems other than Linux."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A running process, threads included."""

    pid: int

    def seconds(self) -> float | None:
        """Return the CPU time so far."""
        if (text := self._read("stat")) is None:
            return None
        fields = text.rpartition(")")[2].split()  # those after the name, which may hold anything
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float | None:
        """Return the resident memory."""
        if (text := self._read("statm")) is None:
            return None
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _read(self, name: str) -> str | None:
        path = PROC / str(self.pid) / name
        return path.read_text() if path.exists() else None
