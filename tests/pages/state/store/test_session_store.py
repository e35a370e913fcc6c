"""Sessions kept through a reload: whose they are, for how long, and how many."""

import json
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.table.csv_table import read_csv
from pages.ui.state.drafts import Draft, File
from pages.ui.state.open_from_url import CHANGED_NOTICE, REMOVAL_TEXTS, UNTRAINED_NOTICE
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import (
    COPY_NOTICE,
    KEY,
    RETURN_NOTICE,
    TAKEOVER_NOTICE,
    Session,
    StepState,
    tab_id,
)
from pages.ui.state.store.run_store import HOURS
from pages.ui.state.store.session_store import SessionStore, session_store
from pages.ui.state.ticket import new_ticket
from tests.pages.driving import button, texts
from tests.pages.test_chain_rule import APP, trained

SECRET = b"what the browser keeps"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def kept_for(tab: str, state: Session | None = None) -> Session:
    """A session with a ticket that this tab has."""
    state = state or Session()
    state.ticket, state.owner = new_ticket(SECRET), tab
    return state


def nobody(_tab: str) -> bool:
    return False


def test_whoever_comes_back_finds_the_session_itself() -> None:
    kept, session = SessionStore(nobody), kept_for("before the reload")
    session.matrices_sent, session.step = "some", StepState(sent=frozenset({"some"}))
    kept.add(session)
    assert kept.acquire(session.ticket) is session
    assert session.owner == tab_id()
    assert (session.matrices_sent, session.step.sent) == ("", frozenset())


def test_a_second_claimant_gets_a_copy_that_disturbs_nobody() -> None:
    kept, session = SessionStore("first".__eq__), kept_for("first", trained("as derived", 20))
    kept.add(session)
    copy = kept.acquire(session.ticket)
    assert copy is not None
    assert copy is not session
    assert (copy.ticket, copy.notice, session.owner) == ("", COPY_NOTICE, "first")
    assert (copy.epoch, copy.focus, copy.run.epoch) == (session.epoch, session.focus, 20)
    copy.run.advance(10)
    copy.look(sample=0)
    assert session.run.epoch == 20
    session.run.advance(10)
    assert session.run.at(27).W1.tobytes() == copy.run.at(27).W1.tobytes()


def test_what_nobody_named_is_nobodys() -> None:
    kept = SessionStore(nobody)
    kept.add(Session())  # without a ticket: where the browser keeps no cookie
    assert len(kept) == 0
    assert kept.acquire("") is None
    assert kept.acquire("guessed") is None


def there(kept: SessionStore, sessions: list[Session]) -> list[bool]:
    return [kept.acquire(session.ticket) is not None for session in sessions]


def test_the_oldest_go_first_when_there_are_too_many() -> None:
    kept, sessions = (
        SessionStore(nobody, Clock(), max_sessions=3),
        [kept_for(f"{i}") for i in range(4)],
    )
    for age, session in enumerate(sessions[:3]):
        session.last_used = age
        kept.add(session)
    sessions[0].last_used = 3  # played on: no page was drawn, so nobody kept it again
    sessions[3].last_used = 4
    kept.add(sessions[3])
    assert there(kept, sessions) == [True, False, True, True]
    assert kept.removal_reason(sessions[1].ticket) == "room"


def test_and_when_they_take_too_much_memory() -> None:
    sessions = [kept_for(f"{i}") for i in range(3)]
    kept = SessionStore(nobody, Clock(), max_bytes=2 * sessions[0].nbytes)
    for age, session in enumerate(sessions):
        session.last_used = age
        kept.add(session)
    assert there(kept, sessions) == [False, True, True]


def test_files_and_tables_count_and_samples_do_not() -> None:
    session, before = Session(), Session().nbytes
    data = b"a,b\n" + b"".join(b"%d.5,%d\n" % (n, n % 2) for n in range(5000))
    file = File("1", "some.csv", data)
    session.upload = Draft.of_table(read_csv(data, name=file.name), file)
    assert session.nbytes - before >= len(data) + 2 * 5000 * 16
    held = session.nbytes
    session.use(session.upload)
    assert session.nbytes - held >= 2 * 4000 * 16  # the samples, but the table only once
    session.upload = None
    assert session.nbytes - before > len(data) + 4 * 4000 * 16


def test_and_after_some_hours() -> None:
    clock = Clock()
    kept, session, other = SessionStore(nobody, clock), kept_for("one"), kept_for("other")
    session.last_used = other.last_used = 0.0
    kept.add(session)
    kept.add(other)
    clock.now = other.last_used = 3600 * HOURS + 1
    kept.evict()
    assert len(kept) == 1
    assert there(kept, [session, other]) == [False, True]
    assert kept.removal_reason(session.ticket) == "time"
    assert kept.removal_reason("guessed") == "unknown"


def test_never_while_its_tab_is_open() -> None:
    clock = Clock()
    kept, sessions = (
        SessionStore("open".__eq__, clock, max_sessions=1),
        [kept_for("open"), kept_for("closed")],
    )
    for session in sessions:
        session.last_used = 0.0
        kept.add(session)
    clock.now = 3600 * HOURS + 1
    kept.evict()
    assert there(kept, sessions) == [True, False]


# In the app


def opened(params: dict[str, str], page: str = "") -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60)
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    if page:
        at.switch_page(page).run()
    assert not at.exception
    return at


def state(at: AppTest) -> Session:
    found: Session = at.session_state[KEY]
    return found


@pytest.fixture
def _browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that keeps cookies."""
    monkeypatch.setattr("pages.ui.state.open_from_url.browser_secret", lambda: SECRET)


@pytest.mark.usefixtures("_browser")
def test_a_reload_brings_the_run_back() -> None:
    session = kept_for("", trained("as derived", 20))
    session_store().add(session)
    session.go_to_stop("X")
    place = {"epoch": "17", "stop": "H"}  # further than the server was told
    at = opened({"run": session.ticket, **place})
    assert state(at) is session
    assert (session.epoch, session.stop) == (17, "H")
    assert not at.warning


@pytest.mark.usefixtures("_browser")
def test_an_address_beyond_what_is_trained_says_so() -> None:
    session = kept_for("", trained("as derived", 20))
    session_store().add(session)
    at = opened({"run": session.ticket, "epoch": "33"})
    assert (session.epoch, session.run.epoch) == (20, 20)
    assert at.info[0].value == UNTRAINED_NOTICE.format(asked=33, trained=20)


@pytest.mark.usefixtures("_browser")
def test_a_copy_beyond_what_is_trained_says_both(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SessionStore("another".__eq__)
    monkeypatch.setattr("pages.ui.state.open_from_url.session_store", lambda: store)
    session = kept_for("another", trained("as derived", 20))
    store.add(session)
    at = opened({"run": session.ticket, "epoch": "33"})
    untrained = UNTRAINED_NOTICE.format(asked=33, trained=20)
    assert at.info[0].value == f"{COPY_NOTICE} {untrained}"


@pytest.mark.usefixtures("_browser")
@pytest.mark.parametrize("changed", [False, True])
def test_an_address_of_another_run_than_the_server_has_says_so(changed: bool) -> None:
    session = kept_for("", trained("as derived", 20))
    session_store().add(session)
    there = trained("as derived", 20)
    there.views = frozenset({"surface"})  # no matter
    if changed:
        there.begin(settings=replace(there.settings, l2=0.1))
    at = opened({**Permalink.of(there).params, "run": session.ticket})
    assert [it.value for it in at.info] == [CHANGED_NOTICE] * changed


@pytest.mark.usefixtures("_browser")
def test_a_lost_run_stays_in_the_address_on_every_page() -> None:
    session = kept_for("", trained("as derived", 20))
    params = {**Permalink.of(session).params, "run": session.ticket}
    at = opened(params, "pages/dataset.py")
    (link,) = (
        json.loads(it.proto.json or "{}")
        for it in at.get("bidi_component")
        if "Copy" in it.proto.json or "setup" in it.proto.json
    )
    assert link["params"]["run"] == session.ticket
    assert link["params"]["setup"] == params["setup"]


def test_an_epoch_without_a_run_says_nothing() -> None:
    assert not opened({"epoch": "33"}).info


@pytest.mark.usefixtures("_browser")
def test_another_browsers_ticket_is_none() -> None:
    session = trained("as derived", 20)
    session.ticket = new_ticket(b"what another one keeps")
    session_store().add(session)
    at = opened({"run": session.ticket, **Permalink.of(session).params})
    assert not at.warning
    assert state(at) is not session
    assert state(at).ticket not in ("", session.ticket)
    assert state(at).run.epoch == 10  # where the link leads to


def test_without_a_cookie_there_is_no_ticket() -> None:
    session = kept_for("")
    session_store().add(session)
    at = opened({"run": session.ticket})
    assert state(at) is not session
    assert state(at).ticket == ""


@pytest.mark.parametrize(("stop", "opens"), [("dC_dH", "dC_dH"), ("H7", "")])
def test_a_stop_alone_opens_the_step_through(stop: str, opens: str) -> None:
    assert state(opened({"stop": stop})).stop == opens


@pytest.mark.usefixtures("_browser")
def test_a_tab_that_is_back_goes_on_with_a_copy_and_both_are_told() -> None:
    at = opened({})
    session = state(at)
    session.owner = "another tab"  # which took it over in between
    at.run()
    assert not at.exception
    assert state(at) is not session
    assert state(at).ticket not in ("", session.ticket)
    assert (state(at).notice, session.notice) == (TAKEOVER_NOTICE, RETURN_NOTICE)
    assert at.info[0].value == TAKEOVER_NOTICE
    button(at, "Dismiss").click().run()
    assert not at.info


def test_a_link_leads_to_its_numbers_and_is_settled() -> None:
    session = trained("three outputs", 20)
    session.look(sample=7)
    at = opened(Permalink.of(session).params)
    there = state(at)
    assert there.run.at(10).W1.tobytes() == session.run.at(10).W1.tobytes()
    assert (there.epoch, there.focus) == (10, session.focus)
    there.report(3, playing=False)
    at.run()
    assert state(at).epoch == 3


@pytest.mark.usefixtures("_browser")
def test_a_run_that_is_gone_is_said_and_can_be_begun_again() -> None:
    session = trained("as derived", 20)
    at = opened({"run": new_ticket(SECRET), **Permalink.of(session).params})
    assert "This run is gone" in at.warning[0].value
    assert REMOVAL_TEXTS["unknown"] in at.warning[0].value
    assert state(at).lost_reason
    button(at, "Train again").click().run()
    assert not at.exception
    assert not at.warning
    there = state(at)
    assert not there.lost_reason
    assert there.run.at(10).W1.tobytes() == session.run.at(10).W1.tobytes()


@pytest.mark.usefixtures("_browser")
def test_or_dismissed() -> None:
    at = opened({"run": new_ticket(SECRET), "data": "iris"})
    button(at, "Start with XOR instead").click().run()
    assert not at.warning
    assert not state(at).lost_reason
    assert state(at).source.title == "XOR"


@pytest.mark.parametrize("params", [{"data": "none"}, {"data": "iris", "setup": "AAAA"}])
def test_an_address_that_leads_nowhere_says_so(params: dict[str, str]) -> None:
    at = opened(params)
    assert len(at.warning) == 1
    button(at, "Dismiss").click().run()
    assert not at.warning
    assert state(at).source.title == "XOR"


def test_a_link_about_a_file_asks_for_it_and_goes_on_with_it() -> None:
    content = b"a,b,t\n" + b"".join(f"{i},{i % 5},{i % 2}\n".encode() for i in range(30))
    first = opened({})
    first.switch_page("pages/dataset.py").run()
    first.segmented_control(key="way").set_value("Your own CSV").run()
    first.file_uploader[0].set_value(("mine.csv", content, "text/csv")).run()
    button(first, "Use this data").click().run()
    session = state(first)
    session.run.advance(8)
    session.report(6, playing=False)
    second = opened(Permalink.of(session).params)
    assert "an uploaded file" in second.info[0].value
    second.switch_page("pages/dataset.py").run()
    assert second.segmented_control(key="way").value == "Your own CSV"
    second.file_uploader[0].set_value(("other.csv", content + b"1,2,0\n", "text/csv")).run()
    assert "is a different file" in second.info[0].value
    second.file_uploader[0].set_value(("mine.csv", content, "text/csv")).run()
    second.run()
    assert not second.exception
    there = state(second)
    assert there.epoch == 6
    assert there.run.at(6).W1.tobytes() == session.run.at(6).W1.tobytes()
    assert "an uploaded file" not in texts(second)
