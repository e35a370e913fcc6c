"""The run as a file, with all that the app knows of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.network import Network
from core.table.csv_table import read_csv
from core.training.run import Run
from core.training.run_file import RunFileError, SavedRun, read_run, write_run
from pages.ui.state import run_list
from pages.ui.state.drafts import Draft, File
from pages.ui.state.permalink import PermalinkError
from pages.ui.state.session import Session, Weight
from pages.ui.state.session_file import load, run_bytes
from tests.pages.driving import open_app
from tests.pages.driving import session as session_of
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


def with_kept_runs() -> Session:
    """A session of an uploaded file with two kept runs of it, one of iris, and one in use."""
    session = uploaded()
    session.run.advance(9)
    session.report(7, playing=False)
    session.keep_run(session.current.identifier, "*first*")
    session.begin(settings=replace(session.settings, optimizer="adam"))
    session.run.advance(5)
    session.keep_run(session.current.identifier, "second")
    session.use(Draft.of_sample("iris"))
    session.keep_run(session.current.identifier, "other data")
    session.open_run(session.runs.all[1].identifier)
    return session


def test_the_kept_runs_go_along_when_asked_and_are_added_by_their_names() -> None:
    session, there = with_kept_runs(), trained("as derived", 20)
    there.keep_run(there.current.identifier, "second")
    assert load(there, run_bytes(session, kept=True)) == (3, 0)
    names = ["second", "second (2)", "*first*", "other data"]
    assert [each.name for each in there.runs.all] == names
    assert there.current.name == "second (2)"
    for name, saved in (("*first*", 0), ("other data", 2)):
        found = next(each for each in there.runs.kept if each.name == name)
        before = session.runs.all[saved]
        assert found.epoch == before.epoch
        assert found.architecture == before.architecture
        assert found.source.draft.choices == before.source.draft.choices  # type: ignore[union-attr]
        for each in (found, before):
            each.run.advance(10)
        assert found.run.losses.tobytes() == before.run.losses.tobytes()


def test_what_they_share_is_stored_and_prepared_once() -> None:
    session, there = with_kept_runs(), Session()
    load(there, run_bytes(session, kept=True))
    first = next(each for each in there.runs.kept if each.name == "*first*")
    assert first.source is there.source
    assert first.run.X is there.run.X


def test_without_being_asked_for_they_and_the_name_stay_here() -> None:
    found = read_run(run_bytes(with_kept_runs()))
    assert (found.runs, found.about["name"]) == ((), "")


def test_kept_runs_that_do_not_fit_are_refused_and_the_run_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, there = run_bytes(with_kept_runs(), kept=True), Session()
    monkeypatch.setattr(run_list, "MAX_RUNS", 2)
    assert load(there, data) == (0, 0)
    assert there.source.title == "mine.csv"
    assert there.runs_error
    assert there.runs.kept == ()


def test_a_kept_run_of_nowhere_is_refused_and_changes_nothing() -> None:
    found, there = read_run(run_bytes(with_kept_runs(), kept=True)), Session()
    lost = SavedRun(found.runs[0].run, {})
    before = there.runs
    with pytest.raises(PermalinkError, match="does not say where its data is from"):
        load(there, write_run(found.run, found.about, found.table, [*found.runs, lost]))
    assert there.runs is before


def test_the_checkbox_is_there_once_a_run_is_kept() -> None:
    app = open_app().switch_page("pages/save.py").run()
    assert not app.checkbox
    state = session_of(app)
    state.keep_run(state.current.identifier, "A")
    (included,) = app.run().checkbox
    assert (included.label, included.value) == ("Include the kept runs (1)", False)


def test_a_file_that_is_loaded_twice_adds_its_runs_once() -> None:
    session, there = with_kept_runs(), trained("as derived", 20)
    saved = run_bytes(session, kept=True)
    assert (load(there, saved), load(there, saved)) == ((3, 0), (0, 3))
    assert len(there.runs.kept) == 3
    there.runs.kept[0].run.advance(5)  # it is another one now
    assert load(there, saved) == (1, 2)
