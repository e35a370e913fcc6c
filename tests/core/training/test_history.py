"""A history's snapshot: parts that do not fit each other or the network are refused."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.training import history
from core.training.history import HistorySnapshot
from tests.core.training.xor_runs import trained

P = 13  # weights of the network as derived


@pytest.fixture
def snapshot(monkeypatch: pytest.MonkeyPatch) -> HistorySnapshot:
    """A run of 20 epochs with a branch at epoch 12; each is a checkpoint."""
    monkeypatch.setattr(history, "REPLAY_TIME", 0)
    run = trained(15).branch(12)
    run.advance(8)
    return run.snapshot(10**6)


def with_branch(snapshot: HistorySnapshot, **changed: object) -> HistorySnapshot:
    """Return it with the branch at epoch 12 changed."""
    first, last = snapshot.segments
    return replace(snapshot, segments=(first, replace(last, **changed)))  # type: ignore[arg-type]


def test_a_run_s_own_snapshot_passes(snapshot: HistorySnapshot) -> None:
    snapshot.check(P)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda s: with_branch(s, start=0), "its branches start at [0, 0], in 20 epochs"),
        (lambda s: with_branch(s, start=21), "its branches start at [0, 21], in 20 epochs"),
        (
            lambda s: replace(s, segments=s.segments[1:]),
            "its branches start at [12], in 20 epochs",
        ),
        (
            lambda s: with_branch(s, state_vector=s.head[1:]),
            "the weights of epoch 12 belong to another network",
        ),
        (lambda s: replace(s, head=s.head[1:]), "its checkpoints belong to another network"),
        (lambda s: replace(s, rows=s.rows[:, 1:]), "its checkpoints belong to another network"),
        (lambda s: replace(s, rows=s.rows[:0]), "its checkpoints do not match its epochs"),
        (lambda s: replace(s, stride=2), "its checkpoints do not match its epochs"),
        (lambda s: replace(s, losses=s.losses[:13]), "its checkpoints do not match its epochs"),
    ],
)
def test_a_damaged_one_is_refused(
    snapshot: HistorySnapshot,
    damage: Callable[[HistorySnapshot], HistorySnapshot],
    sentence: str,
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        damage(snapshot).check(P)
