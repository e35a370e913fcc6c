"""Damaged files end in a table or in one sentence, soon, and within memory."""

from __future__ import annotations

import pytest

from tests.core.table.fuzz import fuzz


def test_some_damaged_files() -> None:
    ends = fuzz(200)
    assert ends["read"] > 20
    assert ends["refused"] > 20


@pytest.mark.slow
def test_many_damaged_files() -> None:
    """A tenth of the 20 000 that `python -m tests.core.table.fuzz 20000` goes through."""
    fuzz(2000)
