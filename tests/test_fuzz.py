"""Whatever strangers hand in is taken or refused in a sentence, soon, and within memory."""

import pytest

from tests.fuzz import KINDS, fuzz


@pytest.mark.parametrize("kind", KINDS)
def test_some_of_each_kind(kind: str) -> None:
    """A fiftieth of what `python -m tests.fuzz 5000` goes through."""
    ends = fuzz(kind, 100)
    assert sum(ends.values()) >= 100
