"""The garbage collector leaves alone what stays, and still finds what a session left behind."""

import gc
import weakref

from pages.shared import collector


class Ring:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_frozen_is_not_looked_at_and_what_was_left_is_found_later() -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    collector.spare()
    assert gc.get_freeze_count() > 1000
    del ring
    gc.collect()
    assert gone() is not None  # frozen: nobody looked at it
    collector.renew()
    assert gone() is None
    assert gc.get_freeze_count() > 1000
