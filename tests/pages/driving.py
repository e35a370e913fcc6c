"""The app without a browser, its widgets by their labels, and the stage’s messages."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, Selectbox, TextInput, Toggle

from core.checking.typed_number import read
from core.utils.number_text import typed_text
from pages.ui.state.session import KEY, Session
from tests.pages.unpacking import decode
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


def stage_bytes(app: AppTest) -> bytes:
    """The latest answer to the stage."""
    sent: bytes = _stage(app).bytes
    return sent


def messages(app: AppTest) -> list[dict[str, Any]]:
    """The messages that the stage shows."""
    header, _ = decode(stage_bytes(app))
    found: list[dict[str, Any]] = header["messages"]
    return found


def stage_texts(app: AppTest) -> str:
    """The messages' texts."""
    return "\n".join(message["text"] for message in messages(app))


def press_on_stage(app: AppTest, label: str) -> AppTest:
    """Press the button with that label of a message."""
    offered = {a["label"]: a["name"] for message in messages(app) for a in message["actions"]}
    return ask_stage(app, action=offered[label])


def switch_on(app: AppTest, part: str) -> AppTest:
    """Show a part of the page below the stage."""
    return ask_stage(app, views=sorted(session(app).views | {part}))


def ask_stage(app: AppTest, **fields: object) -> AppTest:
    """Send a request as the stage does at rest, and run the page."""
    state = session(app)
    plane = {f"plane_{name}": value for name, value in vars(state.plane).items()}
    request = {
        "token": state.current.token,
        "epoch": state.epoch,
        "rest": True,
        "views": sorted(state.views),
        **plane,
        **fields,
    }
    widgets = app._tree.get_widget_states()
    widgets.widgets.add(
        id=_make_trigger_id(_stage(app).id, "events"),
        json_trigger_value=json.dumps([{"event": "pull", "value": request}]),
    )
    return app._run(widgets)


def _stage(app: AppTest) -> Any:
    protos = [component.proto for component in app.get("bidi_component")]
    return next(proto for proto in protos if proto.component_name == "chainscope_stage")


def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, Callable[[], str | bytes]]]:
    """The pages' download buttons from now on: by label the file's name and what gives it."""
    offered: dict[str, tuple[str, Callable[[], str | bytes]]] = {}
    real = st.download_button

    def noted(label: str, data: Any, file_name: str, *rest: Any, **options: Any) -> bool:
        offered[label] = file_name, (data if callable(data) else lambda: data)
        return real(label, data, file_name, *rest, **options)

    monkeypatch.setattr(st, "download_button", noted)
    return offered
