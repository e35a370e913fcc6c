"""Widgets bound to the session: who decides, and what a late click brings."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.driving import number, open_app, run_behind, session, toggle


def bound_page() -> None:
    """Widgets that the session decides; without small letters there are fewer, and no size."""
    import streamlit as st  # noqa: PLC0415

    from pages.ui.fields.binding import bind  # noqa: PLC0415

    state = st.session_state.setdefault("state", {"letter": "c", "small": True, "size": 4})

    def write(**changed: object) -> None:
        state.update(changed)

    letters = ["A", "B", "c"] if state["small"] else ["A", "B"]
    st.selectbox("L", **bind("letter", state["letter"], lambda new: write(letter=new), letters))
    st.toggle("Small", **bind("small", state["small"], lambda on: write(small=on, letter="B")))
    if state["small"]:
        st.slider("Size", 0, 9, **bind("size", state["size"], lambda new: write(size=new)))


def starting_page() -> None:
    """A widget that starts with the session's value, and is not there while hidden."""
    import streamlit as st  # noqa: PLC0415

    from pages.ui.fields.binding import bind  # noqa: PLC0415

    if not st.session_state.setdefault("hidden", False):
        start = st.session_state.setdefault("start", "B")
        st.selectbox("L", **bind("letter", start, options=["A", "B", "c"]))


def callback_page() -> None:
    """Calls of a callback without a widget, at last without a value."""
    import streamlit as st  # noqa: PLC0415

    from pages.ui.fields.binding import on_new_value  # noqa: PLC0415

    written: list[int] = []
    callback = on_new_value("key", 0, written.append)
    for shown in (1, 1, 0, 0, 2):
        st.session_state["key"] = shown
        callback()
    del st.session_state["key"]
    callback()
    st.session_state["written"] = written


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(bound_page).run()


def test_the_session_decides_and_hears_of_each_change(app: AppTest) -> None:
    app.slider[0].set_value(7)
    app.selectbox[0].set_value("A").run()
    assert app.session_state["state"] == {"letter": "A", "small": True, "size": 7}
    app.session_state["state"]["letter"] = "B"
    app.run()
    assert app.selectbox[0].value == "B"


def test_a_late_click_brings_neither_a_former_option_nor_what_a_widget_showed(
    app: AppTest,
) -> None:
    app.slider[0].set_value(7).run()
    app.session_state["state"]["size"] = 5
    app.toggle[0].set_value(False)
    run_behind(app)
    assert not app.exception
    assert app.session_state["state"] == {"letter": "B", "small": False, "size": 5}


def test_without_a_callback_the_widget_decides_until_its_page_is_left() -> None:
    app = AppTest.from_function(starting_page).run()
    assert app.selectbox[0].value == "B"
    app.selectbox[0].set_value("c").run()
    app.session_state["start"] = "A"
    assert app.run().selectbox[0].value == "c"
    for hidden in (True, False):
        app.session_state["hidden"] = hidden
        app.run()
    assert app.selectbox[0].value == "A"


def test_each_change_is_written_once_also_before_the_widget_is_drawn_again() -> None:
    app = AppTest.from_function(callback_page).run()
    assert not app.exception
    assert app.session_state["written"] == [1, 0, 2]


def test_a_late_click_does_not_turn_mini_batches_on_again() -> None:
    app = open_app()
    toggle(app, "Mini-batches").set_value(True).run()
    number(app, "Batch size B").set_value(3).run()
    toggle(app, "Mini-batches").set_value(False)
    run_behind(app)
    assert session(app).settings.batch_size is None
