"""Who is measured, each a module that trains a `BenchmarkProblem` its own way and process."""

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
    """One measurement: an epoch's seconds, and what they are made of where that is known."""

    seconds: float
    threads: int  # that the peer says it uses
    parts: dict[str, float] = field(default_factory=dict)
    worked: float = 0.0  # seconds of all its threads during the turn
    others: float = 0.0  # the share of all cores' time that others took meanwhile


class Peer(Protocol):
    """A problem, ready to be trained."""

    @property
    def threads(self) -> int:
        """How many threads it uses."""
        ...

    def train(self, epochs: int) -> None:
        """Full-batch gradient descent on C, from where it stands."""
        ...

    def weights(self) -> tuple[Array, Array] | None:
        """W1 and W2 as they stand; None for a peer whose network is not quite ours."""
        ...


def load(name: str) -> Callable[[BenchmarkProblem], Peer]:
    """The peer of that name. Raises ImportError when what it needs is not installed."""
    prepare: Callable[[BenchmarkProblem], Peer] = import_module(
        f"benchmarks.peers.{MODULES[name]}"
    ).prepare
    return prepare
