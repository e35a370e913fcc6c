"""The bug lab in a real browser: the film shows both runs as they are, and the page follows it."""

import re
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.checking.bug_lab import Comparison, PairedRuns
from core.dataset.samples import prepare_sample
from core.network import Network
from core.training.run import Settings
from tests.browser.film import CELL, SCAN, WATCH
from tests.browser.visit import STANDING, go, visit

DRAG = """(slider, epoch) => {
  slider.value = epoch;
  for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind));
}"""
# Clicks a link; whether the click was kept from the page.
HELD = """(link) => {
  let held = true;
  document.addEventListener("click", () => (held = false), { once: true });
  link.click();
  return held;
}"""
FOLLOWED_AND_BACK = """([link, back]) => new Promise((done) => {
  const home = location.pathname;
  const look = () => location.pathname === home
    ? requestAnimationFrame(look) : setTimeout(() => done(back.click()), 100);
  look(link.click());
})"""
EXAMPLE, MISTAKE = "σ′(H) forgotten", "missing_hidden_derivative"


@pytest.fixture(scope="module")
def both() -> Comparison:
    """The same two runs, computed apart from the app."""
    data = prepare_sample("xor")
    settings = Settings(learning_rate=10)
    lab = PairedRuns(Network.init(2, 3, seed=0), data.X, data.y, (MISTAKE,), settings, epochs=500)
    lab.advance()
    return lab.comparison()


def turn(page: Page) -> None:
    """Open the tab, once Streamlit has looked for the first tab's file, which then is gone."""
    page.get_by_role("tab", name="Bug lab").wait_for()
    page.locator(STANDING).wait_for()
    page.wait_for_load_state("networkidle")
    page.get_by_role("tab", name="Bug lab").click()


def open_tab(page: Page, app: str) -> None:
    visit(page, f"{app}/gradient-check")
    turn(page)
    page.get_by_role("button", name=EXAMPLE).wait_for()
    page.locator(STANDING).wait_for()


@pytest.fixture
def film(page: Page, app: str) -> Locator:
    """The example's film, as it stands when it has come: at its last epoch."""
    open_tab(page, app)
    page.get_by_role("button", name=EXAMPLE).click()
    stands(page, 500)
    return page.get_by_test_id("bug-lab")


def stands(page: Page, epoch: int) -> None:
    """Wait until the film stands at that epoch, and the page's check with it."""
    film = page.get_by_test_id("bug-lab")
    expect(film).to_have_attribute("data-state", "paused")
    expect(film).to_have_attribute("data-epoch", str(epoch))
    page.get_by_role("heading", name=f"Gradient check at epoch {epoch:,}", exact=True).wait_for()
    page.locator(STANDING).wait_for()


def epoch_of(film: Locator) -> int:
    return int(film.get_attribute("data-epoch") or "")


def shown(film: Locator, name: str) -> list[float]:
    """A matrix as the tip reads it out, cell by cell."""
    cells = film.locator(f"canvas[data-layer={name}]").evaluate(SCAN, CELL)
    return [float(cell["value"]) for cell in cells.values()]


def test_with_reduced_motion_pictures_are_few(page: Page, app: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_tab(page, app)
    page.get_by_role("button", name=EXAMPLE).click()
    stands(page, 500)
    film = page.get_by_test_id("bug-lab")
    film.evaluate(WATCH)
    page.get_by_role("button", name="Play").click()
    expect(film).to_have_attribute("data-epoch", re.compile(r"^[4-9]\d$|^\d{3}$"))
    page.get_by_role("button", name="Pause").click()
    epochs = page.evaluate("shownEpochs")[1:]  # after the end, where it stood
    assert {after - before for before, after in pairwise(epochs)} == {15}


def train_long(page: Page, app: str) -> Locator:
    """Some ten seconds of training, just begun."""
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name="Breast cancer").click()
    page.locator(STANDING).wait_for()
    page.wait_for_load_state("networkidle")
    go(page, "Check")
    turn(page)
    page.get_by_label("Epochs", exact=True).fill("10000")
    page.get_by_label("Epochs", exact=True).press("Enter")
    page.get_by_role("button", name=EXAMPLE).click()
    film = page.get_by_test_id("bug-lab")
    expect(film).to_have_attribute("data-state", "training")
    return film


def test_a_long_training_shows_how_far_it_is_and_can_be_cancelled(page: Page, app: str) -> None:
    film = train_long(page, app)
    expect(film.get_by_role("progressbar")).to_be_visible()
    page.get_by_text(re.compile(r"Training both runs: epoch [\d,]+ of 10,000")).wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text(re.compile(r"Cancelled at epoch [\d,]+ of 10,000\.")).wait_for()
    stands(page, epoch_of(film))


def test_it_lets_go_when_another_page_is_asked_for(page: Page, app: str) -> None:
    """A question that comes after the change of page would leave that page blank."""
    film = train_long(page, app)
    link = page.get_by_test_id("stTopNavLink").filter(has_text="Train")
    assert link.evaluate(HELD)  # until the last word is answered, and then it is followed
    page.get_by_test_id("stage").wait_for()
    go(page, "Check")
    turn(page)
    expect(film).to_have_attribute("data-state", "paused", timeout=60_000)  # it has gone on
    stands(page, 10_000)
    page.get_by_role("button", name="Play").click()
    go(page, "Train")
    page.get_by_test_id("stage").wait_for()


def test_who_comes_back_at_once_is_not_sent_away_again(film: Locator) -> None:
    page = film.page
    links = [
        page.get_by_test_id("stTopNavLink").filter(has_text=title).element_handle()
        for title in ("Train", "Check")
    ]
    page.evaluate(FOLLOWED_AND_BACK, links)
    expect(page).to_have_url(re.compile("/gradient-check"))
    turn(page)  # which waits until nothing has been asked for a while
    page.get_by_role("button", name="First", exact=True).click()
    stands(page, 0)
    expect(page).to_have_url(re.compile("/gradient-check"))


def test_the_choice_is_there_again_after_another_page(page: Page, film: Locator) -> None:
    page.get_by_role("button", name="First", exact=True).click()
    stands(page, 0)
    go(page, "Train")
    page.get_by_test_id("stage").wait_for()
    go(page, "Check")
    turn(page)
    stands(page, 0)
    assert film.locator("canvas").count() == 5


def test_the_film_shows_both_runs_as_they_are_and_what_becomes_of_them(
    page: Page, film: Locator, both: Comparison
) -> None:
    assert page.get_by_text(both.sentence).is_visible()
    assert page.get_by_text("Fails. The gradient is wrong").is_visible()
    assert page.get_by_text("✓ all 4 entries checked agree").is_visible()
    assert f"C = {both.broken.losses[-1]:.4g}" in film.inner_text()
    log = page.get_by_role("button", name="Log scale")
    assert log.get_attribute("aria-pressed") == "true"  # the two losses are far apart
    canvas = film.locator(".curve canvas")
    before = canvas.evaluate("(canvas) => canvas.toDataURL()")
    log.click()
    assert log.get_attribute("aria-pressed") == "false"
    assert canvas.evaluate("(canvas) => canvas.toDataURL()") != before
    for epoch in (500, 137, 0):
        film.locator("input[type=range]").evaluate(DRAG, epoch)
        stands(page, epoch)
        for run, course in (("true", both.true), ("broken", both.broken)):
            for name, matrix in (("W1", course.W1), ("W2", course.W2)):
                expected = matrix[epoch].astype(np.float32).ravel()
                assert shown(film, f"{run}_{name}") == pytest.approx(expected.tolist(), rel=1e-6)
    page.set_viewport_size({"width": 360, "height": 800})
    expect(film.locator(".main")).not_to_have_class(re.compile("wide"))
    assert film.evaluate("(film) => film.scrollWidth <= film.clientWidth")
    right = film.evaluate(
        "(film) => Math.max(...[...film.querySelectorAll('canvas, button, select')]"
        ".map((part) => part.getBoundingClientRect().right))"
    )
    assert right <= 360


def test_it_plays_every_epoch_and_the_page_follows_where_it_stands(
    page: Page, film: Locator
) -> None:
    film.focus()
    film.press("ArrowLeft")
    film.press("ArrowLeft")
    stands(page, 498)
    film.press("Home")
    stands(page, 0)
    film.press("Space")
    expect(film).to_have_attribute("data-state", "playing")
    film.press("Space")
    stands(page, epoch_of(film))
    page.get_by_role("button", name="First", exact=True).click()
    stands(page, 0)
    film.evaluate(WATCH)
    page.get_by_role("button", name="Play").click()
    expect(film).to_have_attribute("data-state", "playing")
    expect(film).to_have_attribute("data-epoch", re.compile(r"[4-9]\d|\d{3}"))
    page.get_by_role("button", name="Pause").click()
    stands(page, epoch_of(film))
    epochs = page.evaluate("shownEpochs")
    assert [after - before for before, after in pairwise(epochs)] == [1] * (len(epochs) - 1)
    film.get_by_role("combobox", name="Speed").select_option("100")
    page.get_by_role("button", name="Play").click()
    expect(film).to_have_attribute("data-state", "playing")
    stands(page, 500)
