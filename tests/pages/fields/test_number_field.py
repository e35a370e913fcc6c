"""Fields for a number: what was typed is what is used, or a sentence says why it is not."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.fields.number_field import UNSENT
from pages.ui.state.session import Session
from tests.pages.driving import button, number, open_app, session, texts

READ = [("0,5", 0.5), ("1/3", 1 / 3), ("2e-3", 2e-3), ("(0.5)", 0.5), ("½", 0.5), ("٣٫٥", 3.5)]
REFUSED = ["abc", "1.2.3", "−0.5", "50%", "", "1e7", "1 000"]


@pytest.fixture
def app() -> AppTest:
    return open_app()


def said(app: AppTest) -> str:
    return texts(app).replace("\\", "")


@pytest.mark.parametrize(("text", "value"), READ)
def test_a_number_is_read_as_it_is_meant(app: AppTest, text: str, value: float) -> None:
    number(app, "Learning rate η").set_value(text).run()
    assert session(app).settings.learning_rate == value
    assert number(app, "Learning rate η").box.value == text
    assert (f"= {value}" in said(app)) == (text != "2e-3")


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_number_here_is_refused_and_the_last_one_holds(app: AppTest, text: str) -> None:
    number(app, "Learning rate η").set_value("0,25").run()
    number(app, "Learning rate η").set_value(text).run()
    assert session(app).settings.learning_rate == 0.25
    assert number(app, "Learning rate η").box.value == text
    assert "Until then it is 0.25." in said(app)
    number(app, "Learning rate η").set_value("0.75").run()
    assert session(app).settings.learning_rate == 0.75
    assert "Until then" not in said(app)


def test_a_refused_text_gives_way_to_a_value_that_comes_from_elsewhere(app: AppTest) -> None:
    number(app, "Learning rate η").set_value("fast").run()
    state = session(app)
    state.change(settings := state.settings.__class__(learning_rate=0.125, epochs=500))
    app.run()
    assert state.settings == settings
    assert number(app, "Learning rate η").box.value == "0.125"
    assert "Until then" not in said(app)


def sent(app: AppTest) -> bool:
    """Whether the browser is told what the field shows: it then forgets what is entered now."""
    return number(app, "Learning rate η").box.proto.set_value


def a_field(*, breaks_off: bool) -> None:
    """A page that is run to its end, or the first time not."""
    import streamlit as st  # noqa: PLC0415

    from core.checking.typed_number import Range  # noqa: PLC0415
    from pages.ui.fields.number_field import end_run, number_field  # noqa: PLC0415

    rate = st.session_state.setdefault("rate", 10.0)
    number_field("Learning rate η", rate, lambda _: None, Range(0, 99), key="field")
    if breaks_off and "again" not in st.session_state:
        st.session_state["again"] = True
        st.stop()
    end_run()


def test_the_browser_is_told_a_number_only_where_it_changes() -> None:
    app = AppTest.from_function(a_field, kwargs={"breaks_off": False}).run()
    assert sent(app)
    assert not sent(app.run())
    assert number(app, "Learning rate η").box.proto.default == "10"  # in a popover that opens now
    app.session_state["rate"] = 0.125
    assert sent(app.run())
    assert not sent(app.run())


def test_the_browser_is_told_again_what_a_run_said_that_was_broken_off() -> None:
    app = AppTest.from_function(a_field, kwargs={"breaks_off": True}).run()
    assert sent(app.run())
    assert not sent(app.run())


def test_the_app_says_where_a_run_ends() -> None:
    assert UNSENT not in open_app().session_state


WHOLE = ["2,5", "1/3", "10.0", "1,000", "0", "300", "−4"]


@pytest.mark.parametrize("text", WHOLE)
def test_a_form_with_a_number_that_is_refused_starts_nothing(app: AppTest, text: str) -> None:
    before = session(app).current
    number(app, "Hidden units").set_value(text)
    button(app, "Start a new run").click().run()
    assert session(app).current is before
    assert "type a whole number from 1 to 256." in said(app)
    assert len(app.error) == 1
    number(app, "Hidden units").set_value("４")
    button(app, "Start a new run").click().run()
    assert session(app).architecture.hidden == (4,)


def page(path: str) -> AppTest:
    app = open_app()
    session(app).run.advance(20)
    session(app).report(20, playing=False)
    return app.switch_page(path).run()


PLACES: list[tuple[str, str, Callable[[Session], float]]] = [
    ("pages/chain-rule.py", "Sample i", lambda state: state.focus.sample + 1),
    ("pages/chain-rule.py", "Epoch", lambda state: state.epoch),
    ("pages/predict.py", "Start from sample", lambda state: state.focus.sample + 1),
]


@pytest.mark.parametrize(("path", "label", "value"), PLACES)
def test_steps_go_one_up_or_down_as_far_as_there_are_numbers(
    path: str, label: str, value: Callable[[Session], float]
) -> None:
    app = page(path)
    state = session(app)
    number(app, label).set_value("2").run()
    key = number(app, label).box.key
    app.button(key=f"{key}+").click().run()
    assert value(state) == number(app, label).value == 3
    app.button(key=f"{key}−").click().run()
    app.button(key=f"{key}−").click().run()
    assert value(state) == number(app, label).value == 1
    number(app, label).set_value("1/3").run()
    assert value(state) == 1
    assert "type a whole number" in said(app)


def test_the_least_and_the_greatest_have_no_step_beyond() -> None:
    app = page("pages/chain-rule.py")
    number(app, "Sample i").set_value("1").run()
    assert app.button(key="chain_sample−").disabled
    number(app, "Sample i").set_value("4").run()
    assert app.button(key="chain_sample+").disabled


def test_a_row_with_a_number_that_is_refused_is_not_predicted() -> None:
    app = page("pages/predict.py")
    number(app, "x1").set_value("1.2.3")
    button(app, "Predict").click().run()
    assert "Predicted" not in said(app)
    assert len(app.error) == 1
    number(app, "x1").set_value("0,25")
    button(app, "Predict").click().run()
    assert "Predicted" in said(app)
    assert not app.error
