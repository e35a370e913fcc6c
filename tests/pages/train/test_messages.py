"""What the stage says of a run, when it says it, and what its buttons do: each only once."""

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from core.table.csv_table import Table
from core.training.run import Settings
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from pages.ui.state.stage_request import ACTIONS, StageRequest
from pages.ui.train.messages import HIDE, PREVIOUS_RUN, WELCOME, act, messages
from pages.ui.train.stage import respond
from tests.pages.driving import messages as shown
from tests.pages.driving import open_app, press_on_stage
from tests.pages.driving import session as session_of
from tests.pages.train.test_stage import ask
from tests.pages.unpacking import unpack

HOSTILE = "<img src=x onerror=alert(1)> *b* $x$ :material/home:"


def diverged() -> Session:
    session = Session()
    session.begin(architecture=replace(session.architecture, output_activation="identity"))
    session.run.advance(500)
    session.show(session.run.epoch)
    return session


def stalled() -> Session:
    session = Session()
    session.begin(architecture=replace(session.architecture, scheme="zeros"))
    session.run.advance(100)
    session.show(100)
    return session


def stopped() -> Session:
    session = Session()
    session.use(Draft.of_sample("circles"))
    session.change(replace(session.settings, patience=5))
    session.run.advance(1000)
    session.show(session.run.epoch)
    return session


def frozen() -> Session:
    session = Session()
    session.run.advance(5)
    session.edit(5, None, frozenset({(1, 0, 0)}))
    return session


ARRANGED = {
    "reset": Session,
    "retry": diverged,
    "best": stopped,
    "unfreeze": frozen,
    "restore": frozen,
    "keep": frozen,
    "discard": frozen,
}


def offered(session: Session) -> list[str]:
    return [action["name"] for message in messages(session) for action in message["actions"]]


def texts(session: Session) -> str:
    return "\n".join(message["text"] for message in messages(session))


def test_a_session_that_has_trained_nothing_says_what_the_app_is_for() -> None:
    session = Session()
    assert [message["text"] for message in messages(session)] == [WELCOME]
    session.playing = True
    assert messages(session) == []
    session.run.advance(1)
    session.playing = False
    assert messages(session) == []


def test_what_is_urgent_comes_first() -> None:
    session = frozen()
    session.conventions = Conventions(loss="mse", transposed=True)
    starts = ("1 weight is frozen", f"{PREVIOUS_RUN} XOR, epoch 0", "On this page: C is the")
    assert all(m["text"].startswith(s) for m, s in zip(messages(session), starts, strict=True))
    assert [message["kind"] for message in messages(diverged())] == ["warning"]


@pytest.mark.parametrize("arranged", [diverged, stalled, stopped])
def test_what_is_about_an_epoch_names_it_and_is_not_said_while_the_film_plays(
    arranged: Any,
) -> None:
    session = arranged()
    (message,) = messages(session)
    assert message["epoch"] == session.epoch
    session.playing = True
    assert messages(session) == []


def test_what_is_about_the_run_is_said_while_it_plays() -> None:
    session = frozen()
    session.playing = True
    assert offered(session) == ["unfreeze", "restore", "keep", "discard"]


def test_it_comes_when_a_run_opens_and_with_answers_at_rest_only() -> None:
    session = stalled()
    said = messages(session)
    opening = unpack(respond(session, StageRequest())).header["messages"]
    resting = ask(session, epoch=100, rest=True).header["messages"]
    assert opening == resting == json.loads(json.dumps(said))
    assert "messages" not in ask(session, epoch=100, seek=90).header
    assert "messages" not in ask(session, epoch=100, rest=True, playing=True).header


def test_of_an_epoch_it_is_computed_once() -> None:
    session = stalled()
    once, again = (messages(session)[0]["text"] for _ in range(2))
    assert once is again


def test_names_are_sent_as_they_are_for_the_browser_inserts_text() -> None:
    frame = pd.DataFrame({"x": range(40), HOSTILE: [0.5 * i * i for i in range(40)]})
    draft = Draft.of_table(Table(frame))
    session = Session()
    session.use(replace(draft, title=HOSTILE))
    session.run.advance(3)
    session.report(3, playing=False)
    assert f"RMSE of {HOSTILE} at epoch 3" in texts(session)
    session.begin()
    assert f"{PREVIOUS_RUN} {HOSTILE}, epoch 3" in texts(session)


def test_every_action_of_a_request_is_one_that_can_be_carried_out() -> None:
    assert ARRANGED.keys() == set(ACTIONS)
    for name, arranged in ARRANGED.items():
        assert name == "reset" or name in offered(arranged())
        assert StageRequest.parse({"action": name}).action == name
    for odd in ("", "explode", None, ["reset"], 3):
        assert StageRequest.parse({"action": odd}).action == ""


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_that_is_asked_twice_is_carried_out_once(action: str) -> None:
    session = ARRANGED[action]()
    request = {"token": session.current.token, "epoch": session.epoch, "action": action}
    opened = ask(session, **request, rest=True)
    after = session.current, session.previous
    assert opened.header["token"] == session.current.token != request["token"]
    ask(session, **request, rest=True)
    assert (session.current, session.previous) == after


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "reset"])
def test_what_is_not_offered_changes_nothing(action: str) -> None:
    session = Session()
    session.run.advance(5)
    before = session.current
    act(session, action)
    assert session.current is before


def test_all_weights_are_trained_again() -> None:
    session = frozen()
    act(session, "unfreeze")
    assert "frozen" not in texts(session)
    session.run.advance(1)
    assert session.run.at(6).W1[0, 0] != session.run.at(5).W1[0, 0]


def test_the_previous_run_is_swapped_and_swapped_back_or_discarded() -> None:
    session = frozen()
    now, before = session.run, session.previous and session.previous.run
    act(session, "restore")
    assert session.run is before
    act(session, "restore")
    assert session.run is now
    act(session, "discard")
    assert offered(session) == ["unfreeze"]


def test_the_previous_run_is_kept_and_then_only_hidden() -> None:
    session = frozen()
    previous = session.previous
    assert previous is not None
    act(session, "keep")
    assert f"{PREVIOUS_RUN} Run 1 (XOR), epoch 0" in texts(session)
    assert offered(session) == ["unfreeze", "restore", "discard"]
    assert [each["label"] for each in messages(session)[1]["actions"]][1] == HIDE.label
    session.keep_run(previous.identifier, "mine")
    act(session, "keep")
    act(session, "discard")
    assert session.previous is None
    assert [each.name for each in session.runs.kept] == ["mine"]


def test_the_settings_beside_the_stage_follow_an_action() -> None:
    app = open_app()
    state = session_of(app)
    state.run.advance(20)
    state.report(20, playing=False)
    state.change(replace(state.settings, learning_rate=0.5))
    app.run()
    assert shown(app)[0]["text"].startswith(PREVIOUS_RUN)
    press_on_stage(app, "Bring it back")
    assert not app.exception
    assert app.text_input(key="training-learning_rate").value == "10"
    assert state.settings == Settings(learning_rate=10.0, epochs=500)
