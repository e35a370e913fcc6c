"""The app without a browser, and its widgets by their labels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, Selectbox, TextInput, Toggle

from core.checking.typed_number import read
from core.utils.number_text import typed_text
from pages.ui.state.session import KEY, Session
from tests.paths import APP


def open_app() -> AppTest:
    """The app as a visitor finds it."""
    return AppTest.from_file(APP, default_timeout=30).run()


def run_behind(app: AppTest) -> AppTest:
    """Run, then again as for a browser that answers before it has seen what came of the first.

    It sends what its fields held then, also of those that are gone.
    """
    seen = app._tree.get_widget_states()
    app.run()
    held = [state for state in seen.widgets if state.WhichOneof("value") != "trigger_value"]
    return app._run(WidgetStates(widgets=held))


def session(app: AppTest) -> Session:
    """The typed state behind the page."""
    state: Session = app.session_state[KEY]
    return state


def texts(app: AppTest) -> str:
    """All headings, Markdown and captions of the page."""
    return "\n".join(
        str(element.value) for element in [*app.title, *app.header, *app.markdown, *app.caption]
    )


def button(app: AppTest, label: str) -> Button:
    """The button with that label."""
    return next(widget for widget in app.button if widget.label == label)


@dataclass(frozen=True)
class NumberField:
    """A field for one number, as `number_field` and `number_entry` draw it."""

    box: TextInput

    @property
    def value(self) -> float:
        """The number in it."""
        return read(str(self.box.value)).value

    def set_value(self, value: float | str) -> TextInput:
        """Type a number, or whatever text is given."""
        return self.box.set_value(value if isinstance(value, str) else typed_text(value))


def number(app: AppTest, label: str) -> NumberField:
    """The field for a number with that label."""
    return NumberField(next(widget for widget in app.text_input if widget.label == label))


def number_of(app: AppTest, key: str) -> NumberField:
    """The field for a number with that key."""
    return NumberField(app.text_input(key=key))


def toggle(app: AppTest, label: str) -> Toggle:
    """The toggle with that label."""
    return next(widget for widget in app.toggle if widget.label == label)


def select(app: AppTest, label: str) -> Selectbox[Any]:
    """The select box with that label."""
    return next(widget for widget in app.selectbox if widget.label == label)


def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, Callable[[], str | bytes]]]:
    """The pages' download buttons from now on: by label the file's name and what gives it."""
    offered: dict[str, tuple[str, Callable[[], str | bytes]]] = {}
    real = st.download_button

    def noted(label: str, data: Any, file_name: str, *rest: Any, **options: Any) -> bool:
        offered[label] = file_name, (data if callable(data) else lambda: data)
        return real(label, data, file_name, *rest, **options)

    monkeypatch.setattr(st, "download_button", noted)
    return offered
