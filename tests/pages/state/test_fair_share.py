"""What is long waits for its turn and lets what is short pass; what is short does not wait."""

import os
import sys
from threading import BoundedSemaphore, Event, Thread, get_native_id

import pytest

from pages.ui.state import fair_share
from pages.ui.state.fair_share import LONG_SECONDS


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Event:
    """One slot, which another one has until this is set."""
    monkeypatch.setattr(fair_share, "_slot", BoundedSemaphore(1))
    there, ends = Event(), Event()

    def compute() -> None:
        with fair_share.fair_share(LONG_SECONDS):
            there.set()
            ends.wait(20)

    Thread(target=compute, daemon=True).start()
    assert there.wait(20)
    return ends


def test_a_long_one_waits_for_another_and_a_short_one_does_not(busy: Event) -> None:
    done: list[str] = []

    def compute(name: str, seconds: float) -> None:
        with fair_share.fair_share(seconds):
            done.append(name)

    long, short = (
        Thread(target=compute, args=each, daemon=True) for each in (("long", 1.0), ("short", 0.01))
    )
    long.start()
    short.start()
    short.join(20)
    assert done == ["short"]
    busy.set()
    long.join(20)
    assert done == ["short", "long"]


@pytest.mark.skipif(sys.platform != "linux", reason="no thread has a priority of its own")
@pytest.mark.parametrize(
    ("seconds", "stands_back"), [(LONG_SECONDS, True), (LONG_SECONDS / 2, False)]
)
def test_only_who_computes_for_long_gives_way(seconds: float, stands_back: bool) -> None:
    found: list[int] = []

    def compute() -> None:
        with fair_share.fair_share(seconds):
            found.append(os.getpriority(os.PRIO_PROCESS, get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, get_native_id())
    thread = Thread(target=compute)
    thread.start()
    thread.join(20)
    assert (found[0] > before) == stands_back
    assert os.getpriority(os.PRIO_PROCESS, get_native_id()) == before
