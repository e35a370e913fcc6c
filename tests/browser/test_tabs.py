"""Two tabs, a lost connection, and a busy server: nothing is disturbed, lost or skipped."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from core.dataset.samples import prepare_sample
from core.network import Network
from core.table.csv_table import read_csv
from core.training.run import Run, Settings
from pages.ui.state.drafts import Draft
from pages.ui.state.session import Session
from pages.ui.train.messages import PREVIOUS_RUN
from tests.browser.film import Film, wait_until_idle
from tests.browser.server import serve
from tests.browser.visit import go, unfold, visit


@pytest.fixture(params=["one visitor", "two visitors"])
def two_films(request: pytest.FixtureRequest, browser: Browser, app: str) -> Iterator[list[Film]]:
    """Yield the train page twice, side by side."""
    contexts = [browser.new_context(viewport={"width": 1400, "height": 900}) for _ in range(2)]
    first = contexts[0].new_page()
    visit(first, app)
    second = open_second_page(first) if request.param == "one visitor" else contexts[1].new_page()
    visit(second, app)
    films = [Film(first), Film(second)]
    for film in films:
        film.wait("paused")
    yield films
    for context in contexts:
        context.close()


def open_second_page(page: Page) -> Page:
    """Open a second page in its own window: a background tab is hardly drawn."""
    with page.context.expect_page() as opened:
        page.evaluate("open(location, '', 'popup, noopener')")
    return opened.value


@pytest.fixture
def film(page: Page, app: str) -> Film:
    """The train page as it opens."""
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    return film


def train_xor(epochs: int, rate: float = 10) -> Run:
    """Return a run on XOR, computed without the app."""
    data = prepare_sample("xor")
    settings = Settings(learning_rate=rate, epochs=500)
    run = Run(Network.init(2, 3, seed=0), data.X, data.y, settings)
    run.advance(epochs)
    return run


def assert_exact(film: Film, run: Run) -> None:
    """Assert that the weights on display are the run's latest, to the last bit."""
    film.wait_for_full_precision()
    np.testing.assert_array_equal(film.values("W1"), run.network.W1.ravel())
    np.testing.assert_array_equal(film.values("W2"), run.network.W2.ravel())


def test_two_pages_play_at_once_each_every_epoch_of_its_own_run(two_films: list[Film]) -> None:
    two_films[1].set_learning_rate(2)
    wait_until_idle(two_films[1].page)
    for film in two_films:
        film.watch()
        film.press("Play")
    for film in two_films:
        film.wait_for_epoch(150)
    for film in two_films:
        film.press("Pause")
    for film, rate in zip(two_films, (10, 2), strict=True):
        film.wait("paused")
        assert film.epochs() == list(range(film.epoch + 1))
        assert_exact(film, train_xor(film.epoch, rate))


def test_the_connection_lost_for_over_five_seconds_and_back_loses_no_epoch(film: Film) -> None:
    page = film.page
    film.watch()
    film.press("Play")
    film.wait_for_epoch(30)
    page.context.set_offline(True)
    page.evaluate("window.streamlitDebug.disconnectWebsocket()")
    film.switch("Gradients").click()  # the frames that it holds are without them
    film.wait("lost")  # three questions, two seconds each, were not answered
    expect(film.stage).to_contain_text("No answer from the server; retrying …")
    left = film.epoch
    assert 30 < left < 500
    page.context.set_offline(False)
    film.wait("done")
    assert film.epochs() == list(range(501))
    assert_exact(film, train_xor(500))


@pytest.mark.parametrize("pause", [True, False])
def test_another_page_opens_at_the_epoch_on_display_however_late_the_server_hears_of_it(
    page: Page, tmp_path: Path, pause: bool
) -> None:
    with serve(tmp_path / "log.txt") as (address, process):
        visit(page, address)
        film = Film(page)
        film.wait("paused")
        film.press("Play")
        film.wait_for_epoch(40)
        with standstill(process):
            if pause:
                film.press("Pause")
            page.get_by_test_id("stTopNavLink").filter(has_text="Chain rule").click()
            film.wait("lost")  # seconds later it has not heard
            epoch = film.epoch
        expect(page.get_by_role("textbox", name="Epoch", exact=True)).to_have_value(str(epoch))
        page.goto("about:blank")  # before the server goes


@pytest.mark.parametrize("asks", ["the stage", "the loader"])
def test_a_link_is_followed_though_something_is_asked_right_after_it(film: Film, asks: str) -> None:
    """A request right after a change of page makes Streamlit drop the change."""
    link = film.page.get_by_test_id("stTopNavLink").filter(has_text="Chain rule")
    view = film.switch("accuracy").element_handle()
    asking = "view.click()" if asks == "the stage" else "chainscope.onReconnect()"
    film.page.evaluate(
        f"([link, view]) => {{ link.click(); {asking}; }}", [link.element_handle(), view]
    )
    expect(film.page.get_by_test_id("contribution")).to_be_visible()


@contextmanager
def standstill(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Suspend the server, as if it were too busy to answer."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def many_rows() -> bytes:
    """Return a file of 2,500 points, inside a circle or not."""
    random = np.random.default_rng(2)
    points = random.uniform(size=(2500, 2)).round(3)
    inside = ((points - 0.5) ** 2).sum(axis=1) < 0.1
    lines = [f"{a},{b},{'yes' if c else 'no'}" for (a, b), c in zip(points, inside, strict=True)]
    return "\n".join(["a,b,inside", *lines]).encode()


@pytest.fixture
def busy(film: Film) -> Film:
    """Return a film whose epochs take some 15 ms, so that the server uses all its time limit."""
    page = film.page
    go(page, "Data")
    page.get_by_role("radio", name="Your own CSV").click()
    file: FilePayload = {"name": "many.csv", "mimeType": "text/csv", "buffer": many_rows()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Use this data").click()
    expect(page.get_by_text("In use: many.csv, 2,000 training samples")).to_be_visible()
    go(page, "Train")
    film.wait("paused")
    unfold(page, "More settings")
    page.get_by_text("Mini-batches").click()
    size = page.get_by_role("textbox", name="Batch size B")
    size.fill("1")
    size.press("Enter")
    expect(page.get_by_text("An epoch is 2,000 steps")).to_be_visible()
    wait_until_idle(page)
    film.wait("paused")
    return film


# Questions that overtake one another, all at once: Pause, Play, and two switches there and back.
FLURRY = """(stage) => {
  const play = stage.querySelector("button.primary");
  const [gradients, updates] = stage.querySelectorAll("[aria-label=Show] button");
  for (const button of [play, gradients, play, updates, gradients, updates]) button.click();
}"""


def test_newer_triggers_and_a_widget_moved_while_a_chunk_is_trained_lose_nothing(
    busy: Film,
) -> None:
    """Each question overtakes the one at work; the learning rate comes from beside it."""
    page, film = busy.page, busy
    rate_box = page.get_by_role("textbox", name="Learning rate η")
    kept = page.get_by_text(PREVIOUS_RUN)
    film.watch()
    film.press("Play")
    for rate in (0.5, 0.25, 0.125):
        film.wait_for_epoch(film.epoch + 8)
        before = kept.all_inner_texts()
        rate_box.fill(f"{rate:g}")
        page.keyboard.press("Enter")
        film.stage.evaluate(FLURRY)
        kept.filter(has_not_text=(before or ["-"])[0]).wait_for()
    film.wait_for_epoch(film.epoch + 8)
    film.press("Pause")
    film.wait("paused")
    assert film.epochs() == list(range(film.epoch + 1))
    assert list(film.marks().values()) == ["η 5 → 0.5", "η 0.5 → 0.25", "η 0.25 → 0.125"]
    run = replay(film.marks())
    run.advance(film.epoch - run.epoch)
    assert_exact(film, run)


def replay(changes: dict[int, str]) -> Run:
    """Return the same run, computed without the app, with its changes at these epochs."""
    session = Session()
    session.use(Draft.of_table(read_csv(many_rows(), name="many.csv")))
    run = session.run.branch(0, settings=replace(session.settings, batch_size=1))
    for epoch, told in changes.items():
        run.advance(epoch - run.epoch)
        rate = float(told.split()[-1])
        run = run.branch(epoch, settings=replace(run.settings, learning_rate=rate))
    return run
