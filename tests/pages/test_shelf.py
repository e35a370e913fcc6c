"""Sessions kept through a reload: whose they are, for how long, and how many."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import KEY, Session
from pages.shared.setup import Setup
from pages.shared.shelf import HOURS, Shelf, shelf
from tests.pages.driving import button, texts
from tests.pages.test_chain_rule import APP, trained


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_whoever_comes_back_finds_the_session_itself() -> None:
    kept, session = Shelf(lambda _: False), Session()
    kept.keep(session, "before the reload")
    assert kept.claim(session.ticket, "after it") is session


def test_a_second_claimant_gets_a_copy_that_disturbs_nobody() -> None:
    kept, session = Shelf(lambda owner: owner == "first"), trained("as derived", 20)
    kept.keep(session, "first")
    copy = kept.claim(session.ticket, "second")
    assert copy is not None
    assert copy is not session
    assert copy.ticket != session.ticket
    assert (copy.epoch, copy.focus, copy.run.epoch) == (session.epoch, session.focus, 20)
    copy.run.advance(10)
    copy.look(sample=0)
    assert session.run.epoch == 20
    session.run.advance(10)
    assert session.run.at(27).W1.tobytes() == copy.run.at(27).W1.tobytes()
    assert kept.claim(session.ticket, "first") is session


def test_what_nobody_named_is_nobodys() -> None:
    kept = Shelf(lambda _: False)
    kept.keep(Session(), "one")
    assert kept.claim("", "two") is None
    assert kept.claim("guessed", "two") is None


def test_tickets_cannot_be_guessed() -> None:
    tickets = {Session().ticket for _ in range(100)}
    assert len(tickets) == 100
    assert min(map(len, tickets)) >= 20


def test_the_oldest_go_first_when_there_are_too_many() -> None:
    kept, sessions = Shelf(lambda _: False, most=3), [Session() for _ in range(4)]
    for session in sessions[:3]:
        kept.keep(session, "")
    kept.keep(sessions[0], "")  # seen again
    kept.keep(sessions[3], "")
    there = [kept.claim(session.ticket, "") is not None for session in sessions]
    assert there == [True, False, True, True]


def test_and_when_they_take_too_much_memory() -> None:
    sessions = [Session() for _ in range(3)]
    kept = Shelf(lambda _: False, most_bytes=2 * sessions[0].nbytes)
    for session in sessions:
        kept.keep(session, "")
    there = [kept.claim(session.ticket, "") is not None for session in sessions]
    assert there == [False, True, True]


def test_and_after_some_hours() -> None:
    clock = Clock()
    kept, session, other = Shelf(lambda _: False, clock), Session(), Session()
    kept.keep(session, "")
    clock.now = 3600 * HOURS + 1
    kept.keep(other, "")
    assert kept.claim(session.ticket, "") is None
    assert len(kept) == 1


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


def test_a_reload_brings_the_run_back() -> None:
    session = trained("as derived", 20)
    shelf().keep(session, "")
    at = opened({"run": session.ticket})
    assert state(at) is session
    assert not at.warning


def test_a_link_leads_to_its_numbers_and_is_settled() -> None:
    session = trained("three outputs", 20)
    session.look(sample=7)
    at = opened(Setup.of(session).params)
    there = state(at)
    assert there.run.at(10).W1.tobytes() == session.run.at(10).W1.tobytes()
    assert (there.epoch, there.focus) == (10, session.focus)
    there.report(3, playing=False)
    at.run()
    assert state(at).epoch == 3


def test_a_run_that_is_gone_is_said_and_can_be_begun_again() -> None:
    session = trained("as derived", 20)
    at = opened({"run": "gone", **Setup.of(session).params})
    assert "This run is gone" in at.warning[0].value
    assert state(at).lost
    button(at, "Begin again").click().run()
    assert not at.exception
    assert not at.warning
    there = state(at)
    assert not there.lost
    assert there.run.at(10).W1.tobytes() == session.run.at(10).W1.tobytes()


def test_or_dismissed() -> None:
    at = opened({"run": "gone", "data": "iris"})
    button(at, "Start with XOR instead").click().run()
    assert not at.warning
    assert not state(at).lost
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
    second = opened(Setup.of(session).params)
    assert "a file of one’s own" in second.info[0].value
    second.switch_page("pages/dataset.py").run()
    second.segmented_control(key="way").set_value("Your own CSV").run()
    second.file_uploader[0].set_value(("other.csv", content + b"1,2,0\n", "text/csv")).run()
    assert "is another file" in second.info[0].value
    second.file_uploader[0].set_value(("mine.csv", content, "text/csv")).run()
    second.run()
    assert not second.exception
    there = state(second)
    assert there.epoch == 6
    assert there.run.at(6).W1.tobytes() == session.run.at(6).W1.tobytes()
    assert "a file of one’s own" not in texts(second)
