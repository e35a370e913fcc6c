"""Any input is accepted or refused in a sentence, quickly and in bounded memory."""

import pytest

from tests.fuzz import KINDS, fuzz


@pytest.mark.parametrize("kind", KINDS)
def test_some_of_each_kind(kind: str) -> None:
    """A fiftieth of the inputs of `python -m tests.fuzz 5000`."""
    ends = fuzz(kind, 100)
    assert sum(ends.values()) >= 100
