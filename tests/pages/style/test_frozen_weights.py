"""Frozen weights by the epoch from which on they are."""

from dataclasses import replace

from core.network import Network
from core.training.run import Run
from pages.ui.state.session import Session
from pages.ui.style.frozen_weights import MOST_MARKED, frozen_changes, frozen_weights

FIRST, SECOND = (1, 0, 2), (2, 3, 0)


def test_a_run_without_frozen_weights_sends_nothing() -> None:
    session = Session()
    session.run.advance(3)
    session.retry(2, replace(session.settings, learning_rate=1.0))
    assert frozen_changes(session.run) == []


def test_each_change_is_told_with_its_epoch() -> None:
    session = Session()
    session.run.advance(30)
    for epoch, frozen in ((10, {FIRST}), (15, {FIRST}), (20, {FIRST, SECOND}), (25, set())):
        settings = replace(session.settings, frozen=frozenset(frozen), learning_rate=1.0 + epoch)
        session.retry(epoch, settings)
        session.run.advance(5)
    changes = frozen_changes(session.run)
    assert [(change["epoch"], change["places"]) for change in changes] == [
        (0, []),
        (10, [FIRST]),
        (20, [FIRST, SECOND]),
        (25, []),
    ]
    assert [change["counts"] for change in changes] == [[0, 0], [1, 0], [1, 1], [0, 0]]
    for epoch in range(session.run.epoch + 1):
        told = [change for change in changes if change["epoch"] <= epoch][-1]
        assert frozenset(told["places"]) == session.run.settings_at(epoch).frozen


def test_of_too_many_in_a_matrix_only_their_number_is_sent() -> None:
    many = {(1, row, 0) for row in range(MOST_MARKED + 1)}
    told = frozen_weights(frozenset({*many, SECOND}), 2)
    assert told == {"places": [SECOND], "counts": [MOST_MARKED + 1, 1]}


def test_frozen_from_the_start() -> None:
    settings = replace(Session().settings, frozen=frozenset({FIRST}))
    run = Run(Network.init(2, 3), [[0, 1], [1, 0]], [[0], [1]], settings)
    assert frozen_changes(run) == [{"epoch": 0, "places": [FIRST], "counts": [1, 0]}]
