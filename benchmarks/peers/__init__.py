"""Peers to compare with: each module trains a `BenchmarkProblem` with one library."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol

from benchmarks.rows import Array, BenchmarkProblem

OURS, FLOOR = "ours", "floor"
MODULES = {
    OURS: "ours",
    "plain NumPy": "plain",
    "scikit-learn": "scikit_learn",
    "torch eager": "torch_eager",
    "torch.compile": "torch_compile",
    FLOOR: "floor",
}
NAMES = tuple(name for name in MODULES if name not in (OURS, FLOOR))


@dataclass(frozen=True)
class Turn:
    """One measurement: seconds per epoch, and their parts if known."""

    seconds: float
    threads: int  # as reported by the peer
    parts: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0  # of all its threads during the turn
    others: float = 0.0  # share of all cores' time used by other processes


class Peer(Protocol):
    """A trainer of one problem."""

    @property
    def threads(self) -> int:
        """Number of threads it uses."""
        ...

    def train(self, epochs: int) -> None:
        """Run full-batch gradient descent on C from the current weights."""
        ...

    def weights(self) -> tuple[Array, ...] | None:
        """Return the current matrices; None for a peer with a different network."""
        ...


def load(name: str) -> Callable[[BenchmarkProblem], Peer]:
    """Return the constructor of that peer; ImportError if its library is not installed."""
    prepare: Callable[[BenchmarkProblem], Peer] = import_module(
        f"benchmarks.peers.{MODULES[name]}"
    ).prepare
    return prepare
