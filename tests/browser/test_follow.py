"""Which part of the Train page is redrawn while a film plays, changes or pauses: not all of it."""

import pytest
from playwright.sync_api import Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.ui.train.messages import PREVIOUS_RUN
from tests.browser.film import Film, wait_until_idle
from tests.browser.visit import visit


class RunCounter:
    """The number of runs of the whole page, from the messages to its browser."""

    def __init__(self, page: Page) -> None:
        self.pages = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, data: str | bytes) -> None:
        assert isinstance(data, bytes)
        message = ForwardMsg.FromString(data)
        if message.WhichOneof("type") == "script_finished":
            self.pages += message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


@pytest.fixture
def counter(page: Page, app: str) -> RunCounter:
    counter = RunCounter(page)
    visit(page, app)
    Film(page).wait("paused")
    wait_until_idle(page)
    counter.pages = 0
    return counter


def test_a_paused_film_redraws_only_what_is_below_it(page: Page, counter: RunCounter) -> None:
    film = Film(page)
    film.press("Play")
    film.wait_for_epoch(30)
    film.press("Pause")
    film.wait_at_rest()
    film.press("Step")
    film.wait_at_rest()
    assert f"epoch={film.epoch}&" in page.url
    wait_until_idle(page)
    assert counter.pages == 0


def test_a_change_while_it_plays_draws_the_page_once(page: Page, counter: RunCounter) -> None:
    film = Film(page)
    film.press("Play")
    film.wait_for_epoch(30)
    before = page.url
    film.set_learning_rate(8)
    expect(page.get_by_text(PREVIOUS_RUN)).to_be_visible()
    expect(page).not_to_have_url(before)
    film.press("Pause")
    wait_until_idle(page)
    assert counter.pages == 1
