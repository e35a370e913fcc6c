"""The session's runs: kept by name, branched, removed and brought back, and how many fit."""

from dataclasses import replace

import pytest

from core.network import Network
from core.training.run import Run, Settings
from core.training.run_file import MAX_RUNS
from pages.ui.state import run_list
from pages.ui.state.drafts import Draft
from pages.ui.state.run_list import MAX_BYTES, MAX_NAME, Experiment, RunList
from pages.ui.state.session import Session
from pages.ui.state.store.session_store import MAX_BYTES as BYTES_OF_ALL


def trained(epochs: int = 20) -> Session:
    session = Session()
    session.run.advance(epochs)
    session.show(epochs)
    return session


def with_kept(*names: str) -> Session:
    """A session whose kept runs began in that order; the last one is shown."""
    session = trained()
    for place, name in enumerate(names):
        if place:
            session.begin()
            session.run.advance(20)
        session.keep_run(session.current.identifier, name)
    return session


def names(session: Session) -> list[str]:
    return [each.name for each in session.runs.all]


def other(session: Session, name: str = "") -> Experiment:
    epoch = session.run.epoch
    return replace(session.current.branch(session.run.branch(epoch), epoch), name=name)


class TestWhatIsKept:
    def test_a_kept_run_that_is_trained_goes_on_as_itself(self) -> None:
        session = with_kept("A")
        kept = session.current
        session.run.advance(30)
        session.report(40, playing=False)
        assert (session.current.identifier, session.current.name) == (kept.identifier, "A")
        assert len(session.runs.all) == 1

    @pytest.mark.parametrize("playing", [False, True])
    def test_changed_settings_branch_and_the_kept_run_stays_as_it_was(self, playing: bool) -> None:
        session = with_kept("A")
        kept, losses = session.current, session.run.losses.tobytes()
        session.report(20, playing=playing)
        session.change(replace(session.settings, learning_rate=0.1))
        session.apply_pending()
        session.run.advance(5)
        assert names(session) == ["A", ""]
        assert session.current.name == ""
        found = session.runs.find(kept.identifier)
        assert found is not None
        assert (found.run, found.run.losses.tobytes()) == (kept.run, losses)
        assert session.previous is found

    def test_edited_weights_and_a_retry_branch_too(self) -> None:
        session = with_kept("A")
        session.edit(5, session.run.at(3), frozenset())
        assert names(session) == ["A", ""]
        session.open_run(session.runs.all[0].identifier)
        session.retry(4, session.settings)
        assert names(session) == ["A", ""]
        assert session.runs.all[0].run.epoch == 20

    def test_other_runs_never_replace_it(self) -> None:
        session = with_kept("A")
        for _ in range(3):
            session.begin()
            session.run.advance(3)
        assert names(session) == ["A", "", ""]  # the previous one, and that in use
        session.discard_previous()
        session.open_run(session.runs.all[0].identifier)
        session.begin()
        session.discard_previous()
        assert names(session) == ["A", ""]

    def test_a_kept_run_of_other_data_opens_with_its_data(self) -> None:
        session = with_kept("A")
        session.use(Draft.of_sample("iris"))
        token, forms = session.current.token, session.form_version
        session.open_run(session.runs.all[0].identifier)
        assert (session.source.title, session.epoch) == ("XOR", 20)
        assert session.current.token != token
        assert session.form_version > forms
        assert names(session) == ["A"]  # iris was not trained, so nothing is lost

    def test_a_second_tab_has_them_and_neither_affects_the_other(self) -> None:
        session = with_kept("A", "B")
        clone = session.clone()
        assert names(clone) == ["A", "B"]
        clone.run.advance(10)
        clone.keep_run(clone.current.identifier, "C")
        clone.remove_runs([clone.runs.all[0].identifier])
        assert names(session) == ["A", "B"]
        assert session.run.epoch == 20
        assert names(clone) == ["C"]


class TestBranches:
    def test_a_branch_of_any_run_is_shown_and_has_no_name(self) -> None:
        session = with_kept("A", "B")
        source = session.runs.all[0]
        session.branch_run(source.identifier, 7)
        assert (session.epoch, session.run.epoch, session.current.name) == (7, 7, "")
        assert session.run.at(7).W1.tobytes() == source.run.at(7).W1.tobytes()
        assert session.current.lineage != source.lineage
        assert names(session) == ["A", "B", ""]

    @pytest.mark.parametrize(("epoch", "reached"), [(-3, 0), (10**9, 20)])
    def test_the_epoch_is_one_that_was_trained(self, epoch: int, reached: int) -> None:
        session = with_kept("A")
        session.branch_run(session.current.identifier, epoch)
        assert session.run.epoch == reached

    def test_an_unknown_run_changes_nothing(self) -> None:
        session = with_kept("A")
        before = session.runs
        session.branch_run("nobody", 3)
        session.open_run("nobody")
        session.keep_run("nobody", "B")
        session.remove_runs(["nobody"])
        assert session.runs == before


class TestNames:
    @pytest.mark.parametrize(
        ("wanted", "name"),
        [
            ("", "Run 1"),
            (" \n ", "Run 1"),
            ("  wide\n net ", "wide net"),
            ("<b>*x*</b>", "<b>*x*</b>"),
            ("a\u202eb\ud800\x00", "ab"),
            ("x" * 500, "x" * MAX_NAME),
        ],
    )
    def test_a_name_is_one_line_of_bounded_length(self, wanted: str, name: str) -> None:
        assert names(with_kept(wanted)) == [name]

    def test_names_are_unique(self) -> None:
        session = with_kept("A", "A", "x" * 60, "x" * 99, "")
        assert names(session) == ["A", "A (2)", "x" * 60, "x" * 54, "Run 5"]
        session.keep_run(session.current.identifier, "x" * 60)
        assert names(session)[-1] == "x" * 54 + " (2)"
        assert max(map(len, names(session))) <= MAX_NAME

    def test_kept_again_without_a_name_it_has_the_one_it_had(self) -> None:
        session = with_kept("A")
        session.keep_run(session.current.identifier)
        assert names(session) == ["A"]
        session.keep_run(session.current.identifier, "B")
        assert names(session) == ["B"]


class TestRemoval:
    def test_undo_brings_runs_back_in_their_old_places(self) -> None:
        session = with_kept("A", "B", "C", "D")
        first, _, third, _ = session.runs.all
        session.remove_runs([first.identifier, third.identifier])
        assert names(session) == ["B", "D"]
        session.begin()
        session.run.advance(3)
        session.keep_run(session.current.identifier, "E")
        session.restore_removed()
        assert names(session) == ["A", "B", "C", "D", "E"]
        session.restore_removed()
        assert names(session) == ["A", "B", "C", "D", "E"]

    def test_the_run_in_use_is_never_removed(self) -> None:
        session = with_kept("A", "B")
        session.remove_runs([each.identifier for each in session.runs.all])
        assert names(session) == ["B"]

    def test_a_name_that_was_taken_meanwhile_is_numbered(self) -> None:
        session = with_kept("A", "B")
        session.remove_runs([session.runs.all[0].identifier])
        session.keep_run(session.current.identifier, "A")
        session.restore_removed()
        assert names(session) == ["A (2)", "A"]

    def test_the_previous_run_comes_back_as_the_previous_run(self) -> None:
        session = trained()
        session.begin()
        previous, token = session.previous, session.current.token
        assert previous is not None
        session.remove_runs([previous.identifier])
        assert session.previous is None
        assert session.current.token != token  # the stage removes its curve
        session.restore_removed()
        assert session.previous is not None
        assert session.previous.run is previous.run
        assert names(session) == ["", ""]

    def test_or_with_a_name_if_another_one_is_that_by_now(self) -> None:
        session = trained()
        session.begin()
        session.run.advance(1)
        session.remove_runs([session.runs.all[0].identifier])
        session.begin()
        session.restore_removed()
        assert names(session) == ["Run 1", "", ""]

    @pytest.mark.parametrize("name", ["", "A"])
    def test_nothing_names_a_previous_run_that_is_gone(self, name: str) -> None:
        session = trained()
        if name:
            session.keep_run(session.current.identifier, name)
        session.begin()
        before = session.runs
        session.remove_runs([before.previous_identifier])
        assert session.runs.previous_identifier == ""
        session.restore_removed()
        assert session.runs.previous_identifier == before.previous_identifier
        assert names(session) == [name, ""]


@pytest.mark.parametrize(
    ("shown", "previous", "told"),
    [
        (2, None, "neither in use nor kept"),
        (2, 2, "the previous one, too"),
        (None, 1, "none of its runs"),
        (1, 0, "neither in use nor kept"),
    ],
)
def test_a_list_of_runs_that_no_session_has_is_refused(
    shown: int | None, previous: int | None, told: str
) -> None:
    session = with_kept("A")
    runs = [session.current, other(session), other(session)]
    first, second = ("" if of is None else runs[of].identifier for of in (shown, previous))
    with pytest.raises(ValueError, match=told):
        RunList(tuple(runs), first, second)
    with pytest.raises(ValueError, match="one identifier"):
        RunList((*runs, runs[0]), runs[2].identifier, runs[1].identifier)
    assert RunList(tuple(runs), runs[2].identifier, runs[1].identifier).shown is runs[2]


class TestMemory:
    def test_eight_sessions_that_keep_all_they_may_fit_beside_each_other(self) -> None:
        assert 8 * MAX_BYTES == BYTES_OF_ALL

    def test_a_run_that_is_kept_but_not_shown_is_compact(self) -> None:
        session = Session()
        wide = Run(Network.init(2, 256), session.run.X, session.run.y, Settings(epochs=20_000))
        session.add_runs([replace(other(session), run=wide)])
        (kept,) = session.runs.kept
        assert kept.run.nbytes < 1 << 20
        kept.run.advance(1)  # as a film of it would
        assert kept.run.nbytes > 2 << 20
        session.open_run(kept.identifier)
        session.begin()
        assert kept.run.nbytes < 1 << 20

    def test_runs_of_the_same_data_share_it(self) -> None:
        session = with_kept("A", "B")
        session.begin()
        assert len({id(each.run.X) for each in session.runs.all}) == 1
        assert session.clone().run.X is session.run.X

    @pytest.mark.parametrize("limit", ["MAX_RUNS", "MAX_BYTES"])
    def test_at_the_limit_nothing_is_kept_and_nothing_is_dropped(
        self, limit: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = with_kept("A", "B")
        session.begin()
        session.run.advance(10)
        before = session.runs
        monkeypatch.setattr(run_list, limit, {"MAX_RUNS": 2, "MAX_BYTES": 1000}[limit])
        for more in ([session.current], [other(session, "C"), other(session, "D")]):
            session.add_runs(more)
            assert session.runs == before
            assert session.runs_error.endswith(
                "remove some on the Runs page, or save them to a file first."
            )
        session.keep_run(before.all[0].identifier, "renamed")
        assert (names(session)[0], session.runs_error) == ("renamed", "")

    def test_undo_ends_when_its_memory_is_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        session = with_kept("A", "B")
        session.remove_runs([session.runs.all[0].identifier])
        held = session.nbytes
        assert [each.name for each in session.runs.removed] == ["A"]
        monkeypatch.setattr(run_list, "MAX_BYTES", session.runs.nbytes - 1)
        session.add_runs([])
        assert session.runs.removed == ()
        assert session.nbytes < held
        session.restore_removed()
        assert names(session) == ["B"]

    def test_so_many_runs_can_be_kept(self) -> None:
        session = Session()
        session.add_runs([other(session) for _ in range(MAX_RUNS)])
        assert len(session.runs.kept) == MAX_RUNS
        session.keep_run(session.current.identifier)
        assert session.runs_error.startswith(f"{MAX_RUNS} runs can be kept at most")


def test_runs_that_are_added_are_not_shown_and_have_names() -> None:
    session = with_kept("A")
    shown, added = session.current, [other(session, "A"), other(session)]
    session.add_runs([*added, added[0]])
    assert session.current is shown
    assert names(session) == ["A", "A (2)", "Run 3"]
    assert [each.identifier for each in session.runs.all[1:]] == [e.identifier for e in added]
