"""The app without a browser, and its widgets by their labels."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, NumberInput, Selectbox, Toggle

from pages.shared.session import KEY, Session

APP = Path(__file__).parents[2] / "app.py"


def open_app() -> AppTest:
    """The app as a visitor finds it."""
    return AppTest.from_file(APP, default_timeout=30).run()


def session(app: AppTest) -> Session:
    """The typed state behind the page."""
    state: Session = app.session_state[KEY]
    return state


def texts(app: AppTest) -> str:
    """All Markdown and captions of the page."""
    return "\n".join(str(element.value) for element in [*app.markdown, *app.caption])


def button(app: AppTest, label: str) -> Button:
    """The button with that label."""
    return next(widget for widget in app.button if widget.label == label)


def number(app: AppTest, label: str) -> NumberInput:
    """The number input with that label."""
    return next(widget for widget in app.number_input if widget.label == label)


def toggle(app: AppTest, label: str) -> Toggle:
    """The toggle with that label."""
    return next(widget for widget in app.toggle if widget.label == label)


def select(app: AppTest, label: str) -> Selectbox[Any]:
    """The select box with that label."""
    return next(widget for widget in app.selectbox if widget.label == label)
