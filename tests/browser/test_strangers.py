"""Whose a run is: a link gives nobody another one's run, and two tabs never drive the same one."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Page,
    WebSocketRoute,
    expect,
)

from pages.ui.state.session import RETURN_NOTICE, TAKEOVER_NOTICE
from tests.browser.film import Film, wait_until_idle
from tests.browser.test_reload import params, play_to
from tests.browser.visit import IDLE, go, visit

SECRETS: FilePayload = {
    "name": "secrets.csv",
    "mimeType": "text/csv",
    "buffer": b"weight,height,ill\n" + b"80,1.8,1\n61,1.6,0\n75,1.9,0\n54,1.5,1\n" * 5,
}


@pytest.fixture
def people(browser: Browser) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """Yield an attacker's and a victim's browser."""
    both = browser.new_context(), browser.new_context()
    yield both
    for one in both:
        one.close()


def ticket_of(page: Page) -> str:
    """Wait for the ticket in the address and return it."""
    page.wait_for_function("() => new URL(location).searchParams.has('run')")
    return params(page)["run"]


def upload(page: Page) -> None:
    go(page, "Data")
    page.get_by_role("radio", name="Your own CSV").click()
    page.locator("input[type=file]").set_input_files(SECRETS)
    page.get_by_role("button", name="Use this data").click()
    expect(page.get_by_text("In use: secrets.csv")).to_be_visible()
    wait_until_idle(page)


def test_who_prepared_a_link_reads_nothing_of_who_follows_it(
    people: tuple[BrowserContext, BrowserContext], app: str
) -> None:
    attacker, victim = people
    trap = attacker.new_page()
    visit(trap, app)
    ticket = ticket_of(trap)
    address = trap.url
    trap.close()
    page = victim.new_page()
    visit(page, address)
    page.wait_for_function("old => new URL(location).searchParams.get('run') !== old", arg=ticket)
    assert ticket_of(page) != ticket
    upload(page)
    page.close()
    trap = attacker.new_page()
    visit(trap, address)
    wait_until_idle(trap)
    assert ticket_of(trap) == ticket  # the attacker's own
    expect(trap.get_by_text("XOR", exact=False).first).to_be_visible()
    assert "secrets.csv" not in trap.locator("body").inner_text()


@pytest.mark.parametrize("open_still", [True, False])
def test_who_saw_an_address_gets_what_a_link_without_a_ticket_leads_to(
    people: tuple[BrowserContext, BrowserContext], app: str, open_still: bool
) -> None:
    attacker, victim = people
    page = victim.new_page()
    visit(page, app)
    upload(page)
    ticket = ticket_of(page)
    address = page.url
    if not open_still:
        page.close()
    thief = attacker.new_page()
    visit(thief, address)
    expect(thief.get_by_text("This link uses an uploaded file")).to_be_visible()
    expect(thief.get_by_text("This run is gone.")).to_have_count(0)
    wait_until_idle(thief)
    body = thief.locator("body").inner_text()
    assert "secrets.csv" not in body
    assert ticket not in thief.evaluate("document.body.outerHTML")
    again = victim.new_page()
    visit(again, address)
    go(again, "Data")
    expect(again.get_by_text("In use: secrets.csv")).to_be_visible()


def test_in_a_frame_without_cookies_there_is_no_ticket_and_everything_works(
    browser: Browser, app: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{app}/_stcore/health".replace("localhost", "127.0.0.1"))  # of another site
    context.clear_cookies()
    page.set_content(f"<iframe src={app} width=1300 height=700></iframe>")
    frame = page.frame_locator("iframe")
    stage = frame.get_by_test_id("stage")
    expect(stage).to_have_attribute("data-state", "paused")
    expect(frame.get_by_role("button", name="Copy link")).to_be_visible()
    stage.get_by_role("button", name="Play").click()
    expect(stage).to_have_attribute("data-epoch", "500")
    address = page.frames[1].url
    assert "data=xor" in address
    assert "run=" not in address
    context.close()


class Connection:
    """The connection of a page, which a test can interrupt."""

    def __init__(self, page: Page) -> None:
        self.cut = False
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/_stcore/stream", self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        if self.cut:
            socket.close()
            return
        self.sockets.append(socket)
        socket.connect_to_server()

    def lose(self) -> None:
        self.cut = True
        self.sockets[-1].close()


def test_a_tab_that_was_away_and_the_one_that_took_over_disturb_each_other_no_more(
    browser: Browser, app: str
) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    first = context.new_page()
    line = Connection(first)
    visit(first, app)
    epoch = play_to(first, 30)
    address, ticket = first.url, params(first)["run"]
    line.lose()
    away = first.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])")
    away.wait_for(state="attached")
    second = context.new_page()
    visit(second, address)
    film = Film(second)
    film.wait("paused")
    assert film.epoch == epoch
    assert params(second)["run"] == ticket
    line.cut = False
    first.locator(IDLE).wait_for()
    expect(first.get_by_text(TAKEOVER_NOTICE)).to_be_visible()
    wait_until_idle(first)
    first.wait_for_function("old => new URL(location).searchParams.get('run') !== old", arg=ticket)
    play_to(first, epoch + 40)
    film.set_learning_rate(3)
    expect(second.get_by_text(RETURN_NOTICE)).to_be_visible()
    assert film.epoch == epoch
    context.close()


def test_the_address_goes_along_while_it_plays(page: Page, app: str) -> None:
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    wait_until_idle(page)
    film.press("Play")
    page.wait_for_function("() => new URL(location).searchParams.get('epoch') > 0")
    first = int(params(page)["epoch"])
    page.wait_for_function(
        "first => new URL(location).searchParams.get('epoch') > first", arg=first
    )


def test_nobody_else_is_told_the_address(
    page: Page, app: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    visit(page, app)
    wait_until_idle(page)
    ticket = ticket_of(page)
    for title in ("Data", "Save"):
        go(page, title)
        wait_until_idle(page)
    assert page.locator("meta[name=referrer]").get_attribute("content") == "same-origin"
    logs = list(tmp_path_factory.getbasetemp().glob("server*/log.txt"))
    assert logs
    assert not any(ticket in log.read_text(errors="replace") for log in logs)
    assert urlsplit(page.url).path == "/save"
