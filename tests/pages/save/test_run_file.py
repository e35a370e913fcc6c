"""The run as a file, with all that the app knows of it."""

from collections.abc import Callable
from typing import Any

import pytest

from core.network import Network
from core.table.csv_table import read_csv
from core.training.run import Run
from core.training.run_file import RunFileError, read_run, write_run
from pages.ui.save.run_file import load, run_bytes
from pages.ui.state.drafts import Draft, File
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import Session, Weight
from tests.pages.state.test_permalink import (
    CSV,
    assert_same,
    columns_chosen,
    exercise,
    made_anew,
    typed_weights,
)
from tests.pages.test_chain_rule import CASES, trained


def uploaded() -> Session:
    session = Session()
    session.use(Draft.of_table(read_csv(CSV, name="mine.csv"), File("1", "mine.csv", CSV)))
    return session


MAKES = [columns_chosen, made_anew, exercise, typed_weights, uploaded]


def loaded(session: Session) -> Session:
    there = Session()
    load(there, run_bytes(session))
    return there


@pytest.mark.parametrize("make", MAKES)
def test_a_run_that_is_loaded_stands_where_it_stood_and_goes_on(
    make: Callable[[], Session],
) -> None:
    session = make()
    session.run.advance(9)
    session.report(5, playing=False)
    session.look(sample=3, weight=Weight(2, 0, 0))
    there = loaded(session)
    assert there.run.epoch == 9
    assert_same(there, session)
    for each in (session, there):
        each.run.advance(20)
    assert there.run.losses.tobytes() == session.run.losses.tobytes()
    assert there.source.title == session.source.title


@pytest.mark.parametrize(
    ("hidden", "kinds", "told"),
    [
        ([3, 2], {}, r"trains Network\(3×3, 4×2, 3×1, sigmoid, sigmoid\), but its settings"),
        (3, {"hidden_activation": "identity"}, r"trains Network\(3×3, 4×1, identity, sigmoid\)"),
        (4, {}, r"describe Network\(3×3, 4×1, sigmoid, sigmoid\): save the run again"),
    ],
)
def test_a_network_that_its_settings_do_not_describe_is_refused(
    hidden: Any, kinds: dict[str, str], told: str
) -> None:
    session = Session()
    before, run = session.run, session.run
    other = Run(Network.init(2, hidden, **kinds), run.X, run.y, run.settings)  # type: ignore[arg-type]
    data = write_run(other, read_run(run_bytes(session)).about)
    with pytest.raises(PermalinkError, match=told):
        load(session, data)
    assert session.run is before


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_run_can_be_loaded(case: str) -> None:
    session = trained(case)
    assert_same(loaded(session), session)


def test_weights_typed_over_on_the_way_are_in_the_file() -> None:
    session = trained("as derived", 20)
    net = session.run.at(5)
    session.edit(5, session.run.at(3), frozenset({(1, 0, 1)}))
    session.run.advance(10)
    session.report(12, playing=False)
    there = loaded(session)
    assert_same(there, session)
    assert there.run.at(5).W1.tobytes() != net.W1.tobytes()


def test_the_run_before_can_be_brought_back() -> None:
    there = trained("three outputs", 20)
    load(there, run_bytes(trained("as derived")))
    assert there.source.title == "XOR"
    there.restore_previous()
    assert there.source.title == "Iris"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: {}, "does not say where its data is from"),
        (lambda about: {**about, "fields": 3}, "does not say where its data is from"),
        (lambda about: {**about, "places": {**about["places"], "data": "nowhere"}}, "no sample"),
        (
            lambda about: {**about, "places": {**about["places"], "data": "moons"}},
            "differ from those",
        ),
        (
            lambda about: {**about, "places": {**about["places"], "data": "file-1"}},
            "needs the file",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused_and_changes_nothing(
    change: Callable[[dict[str, object]], dict[str, object]], told: str
) -> None:
    found, there = read_run(run_bytes(trained("as derived"))), Session()
    before = there.current
    with pytest.raises(PermalinkError, match=told):
        load(there, write_run(found.run, change(found.about)))
    assert there.current is before


def test_what_is_no_run_is_refused() -> None:
    with pytest.raises(RunFileError):
        load(Session(), b"a,b\n1,2\n")
