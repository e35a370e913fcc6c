"""The loss curve's marks: each change of the training, in few words, at its epoch."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pages.ui.state.session import Session
from pages.ui.style import figures
from pages.ui.style.change_marks import change_marks, loss_changes


@pytest.fixture
def session() -> Session:
    session = Session()
    session.run.advance(30)
    return session


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"learning_rate": 2.0}, "η 10 → 2"),
        ({"optimizer": "momentum"}, "Momentum"),
        ({"batch_size": 2}, "batch all → 2"),
        ({"l2": 0.01}, "λ 0 → 0.01"),
        ({"loss": "mse"}, "C: MSE"),
        ({"optimizer": "adam", "learning_rate": 0.05}, "η 10 → 0.05, Adam"),
        ({"frozen": frozenset({(1, 0, 0)})}, "1 weight frozen"),
    ],
)
def test_a_change_is_told(session: Session, changed: dict[str, object], told: str) -> None:
    session.report(20, playing=False)
    session.change(replace(session.settings, **changed))  # type: ignore[arg-type]
    assert change_marks(session.run) == [(20, told)]


def test_a_longer_run_is_no_mark(session: Session) -> None:
    session.report(20, playing=False)
    session.change(replace(session.settings, epochs=900))
    assert session.run.branch_epochs == (20,)
    assert change_marks(session.run) == []


def test_weights_typed_in_are_one(session: Session) -> None:
    net = session.run.at(12)
    session.edit(12, replace(net, W1=net.W1 + 1), frozenset())
    assert change_marks(session.run) == [(12, "weights edited")]


def test_changes_follow_one_another(session: Session) -> None:
    for epoch, rate in ((10, 5.0), (20, 1.0)):
        session.run.advance(10)
        session.report(epoch, playing=False)
        session.change(replace(session.settings, learning_rate=rate))
    assert change_marks(session.run) == [(10, "η 10 → 5"), (20, "η 5 → 1")]


def test_where_another_loss_begins_the_curve_begins_anew() -> None:
    session = Session()
    session.run.advance(100)
    changes: tuple[tuple[int, dict[str, Any]], ...] = (
        (20, {"l2": 0.1}), (40, {"loss": "mse"}), (60, {"learning_rate": 1.0}),
    )  # fmt: skip
    for epoch, changed in changes:
        session.report(epoch, playing=False)
        session.change(replace(session.settings, **changed))
        session.run.advance(60)
    assert loss_changes(session.run) == [40]
    curve = figures.losses(session.run.losses, None, 50, loss_changes(session.run)).data[0]
    gaps = np.flatnonzero(np.isnan(curve.y))
    assert gaps.tolist() == [40]
    np.testing.assert_array_equal(np.delete(curve.x, gaps), np.arange(session.run.epoch + 1))
    np.testing.assert_array_equal(np.delete(curve.y, gaps), session.run.losses)


def test_back_to_the_first_loss_is_a_change_too() -> None:
    session = Session()
    for loss in ("mse", "half_mse"):
        session.run.advance(5)
        session.report(session.run.epoch, playing=False)
        session.change(replace(session.settings, loss=loss))
    assert loss_changes(session.run) == [5, 10]


def test_a_branch_without_a_change_is_no_mark(session: Session) -> None:
    session.retry(12, session.settings)
    assert session.run.branch_epochs == (12,)
    assert change_marks(session.run) == []
