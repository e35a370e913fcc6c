"""The tab "Check my gradients" without a browser: what is handed in, and what it shows."""

from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from core.gradients import gradients
from pages.ui.check import my_gradients
from pages.ui.state.session import Session
from tests.pages.driving import button
from tests.pages.test_gradient_check import figures, page

MINE = "Check my gradients"


def open_tab(session: Session) -> AppTest:
    return page(session, MINE)


def truth_of(session: Session) -> tuple[Any, ...]:
    run, settings = session.run, session.settings
    return gradients(session.at_epoch(), run.X, run.y, settings.loss, settings.l2)


def upload(at: AppTest, files: dict[str, bytes | str]) -> AppTest:
    at.segmented_control(key="mine_way").set_value(my_gradients.UPLOAD).run()
    at.file_uploader(key="mine_files").set_value(
        [
            (name, content.encode() if isinstance(content, str) else content, "text/plain")
            for name, content in files.items()
        ]
    ).run()
    assert not at.exception
    return at


def upload_bundle(at: AppTest, name: str, data: bytes) -> AppTest:
    at.segmented_control(key="mine_bundle_way").set_value(my_gradients.EARLIER).run()
    at.file_uploader(key="mine_bundle").set_value((name, data, "application/zip")).run()
    assert not at.exception
    return at


def hand_in(at: AppTest, text: str) -> AppTest:
    at.text_area(key="mine_text").set_value(text)
    button(at, "Check").click().run()
    assert not at.exception
    return at


def written(dW1: Any, dW2: Any) -> str:
    return f"dW1 = {np.asarray(dW1).tolist()}\ndW2 = {np.asarray(dW2).tolist()}"


def literal(markdown: str) -> str:
    """Return the text that Markdown shows for escaped signs."""
    return markdown.replace("\\", "")


def states(at: AppTest) -> list[list[list[str]]]:
    return [chart["data"][0]["text"] for chart in figures(at)]
