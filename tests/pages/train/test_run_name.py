"""The run in use kept by a name, beside its settings."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.state import run_list
from pages.ui.style.markdown import plain
from tests.pages.driving import button, open_app
from tests.pages.driving import session as session_of

HOSTILE = "<b>*bold*</b> :material/home:"


def name_it(app: AppTest, name: str, label: str) -> None:
    """Type a name and press the button."""
    app.text_input(key=f"run_name_{session_of(app).current.identifier}").set_value(name)
    button(app, label).click()
    app.run()
    assert not app.exception


def popover_label(app: AppTest) -> str:
    found: str = app.get("popover")[0].proto.popover.label
    return found


def test_a_run_is_kept_and_renamed() -> None:
    app = open_app()
    assert popover_label(app) == "Keep"
    name_it(app, "mine", "Keep")
    assert session_of(app).current.name == popover_label(app) == "mine"
    name_it(app, "yours", "Rename")
    assert [each.name for each in session_of(app).runs.all] == ["yours"]


def test_a_name_is_shown_as_text() -> None:
    app = open_app()
    name_it(app, HOSTILE, "Keep")
    assert session_of(app).current.name == HOSTILE
    assert popover_label(app).startswith("\\<b")


def test_the_run_that_follows_has_no_name_yet() -> None:
    app = open_app()
    name_it(app, "mine", "Keep")
    state = session_of(app)
    state.change(replace(state.settings, learning_rate=0.5))
    app.run()
    assert popover_label(app) == "Keep"
    name_it(app, "", "Keep")
    assert [each.name for each in state.runs.kept] == ["mine", "Run 2"]


def test_without_room_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_list, "MAX_RUNS", 0)
    app = open_app()
    name_it(app, "mine", "Keep")
    state = session_of(app)
    assert state.runs.kept == ()
    assert [each.value for each in app.warning] == [plain(state.runs_error)]
    button(app, "Dismiss").click()
    assert not app.run().warning
