"""Few checkpoints, and threads that take turns often."""

import sys
from collections.abc import Iterator
from functools import partial

import pytest

from core.training import history
from core.training import run as training
from core.training.checkpoints import Checkpoints, RecentEpochs


@pytest.fixture(params=["fast", "slow"])
def thinned(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Runs keep 5 checkpoints of the network as derived (13 weights), so they are soon thinned.

    Where epochs are slow they keep the 3 latest rows besides.
    """
    row = 8 * 13

    def checkpoints(size: int, epochs: int, _: int, stride: int) -> Checkpoints:
        return Checkpoints(size, epochs, 5 * row, stride)

    monkeypatch.setattr(history, "Checkpoints", checkpoints)
    if request.param == "slow":
        monkeypatch.setattr(training, "epoch_time", lambda *_: 1e9)
        monkeypatch.setattr(history, "RecentEpochs", partial(RecentEpochs, budget=3 * row))


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
