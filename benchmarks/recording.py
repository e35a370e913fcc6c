"""Recording of a real Chromium's messages over Streamlit's WebSocket, for each user action."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import WebSocket, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.chromium import launch
from tests.browser.film import Film, wait_until_idle
from tests.browser.server import serve
from tests.browser.visit import IDLE, go

EVENTS = "__events"  # suffix of the widget id of a component's events
RATES = (8.0, 10.0, 5.0)
OPEN, PLAY, STEP, RATE = "open", "play 100 epochs and pause", "step", "another rate"
CHAIN_RULE, TRAIN, RESET = "chain rule", "train", "reset"


@dataclass(frozen=True)
class Recording:
    """Messages that one browser sent.

    `question` is the stage's request in `pull`; `follow` redraws what is below the stage.
    `acts`: messages sent and bytes received for each action.
    """

    opening: BackMsg
    pull: BackMsg
    follow: BackMsg
    question: dict[str, Any]
    rates: dict[float, BackMsg]
    chain_rule: BackMsg
    train: BackMsg
    acts: dict[str, Act]


@dataclass(frozen=True)
class Act:
    """Number of messages sent, by kind, and of bytes received."""

    sent: Counter[str]
    received: int


class _Log:
    """Log of what one page sends and receives."""

    def __init__(self) -> None:
        self.sent: list[BackMsg] = []
        self.received = 0

    def listen(self, socket: WebSocket) -> None:
        socket.on("framesent", self._note)
        socket.on("framereceived", self._count)

    def _note(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self.sent.append(BackMsg.FromString(data))

    def _count(self, data: str | bytes) -> None:
        self.received += len(data)


def record() -> Recording:
    """Drive a Chromium through all actions of the simulation, on its own server."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, _),
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        log, film = _Log(), Film(page)
        page.on("websocket", log.listen)
        acts: dict[str, Act] = {}

        def act(name: str, do: Callable[[], object], matches: Callable[[BackMsg], bool]) -> BackMsg:
            """Perform an action; return the first message after it for which `matches` is true."""
            before, received = len(log.sent), log.received
            do()
            while not (sent := [message for message in log.sent[before:] if matches(message)]):
                page.wait_for_timeout(20)
            wait_until_idle(page)
            page.wait_for_timeout(500)  # something may follow
            wait_until_idle(page)
            acts[name] = Act(Counter(map(kind, log.sent[before:])), log.received - received)
            return sent[0]

        def open_page() -> None:
            page.goto(address)
            page.locator(IDLE).wait_for()
            film.wait("paused")

        def play() -> None:
            film.press("Play")
            film.wait_for_epoch(100)
            film.press("Pause")
            film.wait("paused")

        def rate(value: float) -> Callable[[], None]:
            return lambda: film.set_learning_rate(value)

        opening = act(OPEN, open_page, _is_page)
        pull = act(PLAY, play, _is_pull)
        follow = act(STEP, lambda: film.press("Step"), lambda message: kind(message) == "follow")
        rates = {value: act(f"{RATE} {value:g}", rate(value), _is_page) for value in RATES}
        chain_rule = act(CHAIN_RULE, lambda: go(page, "Chain rule"), _is_page)
        train = act(TRAIN, lambda: go(page, "Train"), _is_page)
        act(RESET, lambda: film.press("Reset"), lambda message: kind(message) == "pull")
    question = _events(pull, "pull")[0]
    return Recording(opening, pull, follow, question, rates, chain_rule, train, acts)


def kind(message: BackMsg) -> str:
    """Return the kind of a message: a whole page, or a part of it."""
    if not message.HasField("rerun_script"):
        return "other"
    if not message.rerun_script.fragment_id:
        return "page"
    return "pull" if _events(message, "pull") else "follow" if _events(message, "to") else "part"


def _is_page(message: BackMsg) -> bool:
    return kind(message) == "page"


def _is_pull(message: BackMsg) -> bool:
    return any(question.get("frames") for question in _events(message, "pull"))


def _events(message: BackMsg, name: str) -> list[dict[str, Any]]:
    """Return the values of the components' events of that name."""
    states = message.rerun_script.widget_states.widgets
    events = [
        json.loads(s.json_trigger_value)
        for s in states
        if s.id.endswith(EVENTS) and s.json_trigger_value
    ]
    return [event["value"] for group in events for event in group if event["event"] == name]
