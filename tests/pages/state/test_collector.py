"""The garbage collector leaves alone what stays, and still finds what a session left behind."""

import gc
import math
import weakref

import pytest

from pages.ui.state import collector

renew = collector.collect_all


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run of before just now; and the thread that other tests have started freezes nothing."""
    monkeypatch.setattr(collector, "_last", -math.inf)
    monkeypatch.setattr(collector, "collect_all", lambda: None)


class Ring:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_frozen_is_not_looked_at_and_what_was_left_is_found_later() -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    collector.freeze_survivors()
    assert gc.get_freeze_count() > 1000
    del ring
    gc.collect()
    assert gone() is not None  # frozen: nobody looked at it
    renew()
    assert gone() is None
    assert gc.get_freeze_count() > 1000


def test_runs_that_follow_soon_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "SECONDS_BETWEEN", 600)
    collector.freeze_survivors()
    frozen = gc.get_freeze_count()
    kept = [Ring() for _ in range(100)]
    collector.freeze_survivors()
    assert gc.get_freeze_count() <= frozen
    assert len(kept) == 100
