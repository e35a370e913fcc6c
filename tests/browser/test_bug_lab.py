"""The bug lab in a real browser: the film shows both runs as they are, and the page follows it."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.checking.bug_lab import Comparison, PairedRuns
from core.dataset.samples import prepare_sample
from core.network import Network
from core.training.run import Settings
from tests.browser.film import CELL, SCAN
from tests.browser.visit import IDLE, go, visit

DRAG = """(slider, epoch) => {
  slider.value = epoch;
  for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind));
}"""
# Clicks a link; returns whether the click was kept from the page.
IS_CLICK_PREVENTED = """(link) => {
  let held = true;
  document.addEventListener("click", () => (held = false), { once: true });
  link.click();
  return held;
}"""
GO_AND_BACK = """([link, back]) => new Promise((done) => {
  const home = location.pathname;
  const look = () => location.pathname === home
    ? requestAnimationFrame(look) : setTimeout(() => done(back.click()), 100);
  look(link.click());
})"""
EXAMPLE, MISTAKE = "σ′(H) forgotten", "missing_hidden_derivative"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Return the same two runs, computed without the app."""
    data = prepare_sample("xor")
    settings = Settings(learning_rate=10)
    lab = PairedRuns(Network.init(2, 3, seed=0), data.X, data.y, (MISTAKE,), settings, epochs=500)
    lab.advance()
    return lab.comparison()


def open_bug_lab(page: Page) -> None:
    """Open the tab after Streamlit has fetched the first tab's file, which is then deleted."""
    page.get_by_role("tab", name="Bug lab").wait_for()
    page.locator(IDLE).wait_for()
    page.wait_for_load_state("networkidle")
    page.get_by_role("tab", name="Bug lab").click()


def open_tab(page: Page, app: str) -> None:
    visit(page, f"{app}/gradient-check")
    open_bug_lab(page)
    page.get_by_role("button", name=EXAMPLE).wait_for()
    page.locator(IDLE).wait_for()


def open_film(page: Page, app: str) -> Locator:
    """Return the example's film, paused at its last epoch."""
    open_tab(page, app)
    page.get_by_role("button", name=EXAMPLE).click()
    wait_at(page, 500)
    return page.get_by_test_id("bug-lab")


@pytest.fixture
def film(module_page: Page, app: str) -> Locator:
    """Return that film in one page for several tests, each of which ends in it."""
    film = module_page.get_by_test_id("bug-lab")
    if not film.is_visible():
        return open_film(module_page, app)
    module_page.get_by_role("button", name="Last", exact=True).click()
    wait_at(module_page, 500)
    return film


def wait_at(page: Page, epoch: int) -> None:
    """Wait until the film is paused at that epoch and the page's check is of it."""
    film = page.get_by_test_id("bug-lab")
    expect(film).to_have_attribute("data-state", "paused")
    expect(film).to_have_attribute("data-epoch", str(epoch))
    page.get_by_role("heading", name=f"Gradient check at epoch {epoch:,}", exact=True).wait_for()
    page.locator(IDLE).wait_for()


def epoch_of(film: Locator) -> int:
    """Return the epoch on display, once there is one."""
    expect(film).to_have_attribute("data-epoch", re.compile(r"\d"))
    return int(film.get_attribute("data-epoch") or "")


def cells_of(film: Locator, name: str) -> list[float]:
    """Return a matrix from the tooltips of its cells."""
    cells = film.locator(f"canvas[data-layer={name}]").evaluate(SCAN, [CELL])
    return [float(cell["value"]) for cell in cells.values()]


def train_long(page: Page, app: str) -> Locator:
    """Start a training of some ten seconds."""
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name="Breast cancer").click()
    page.locator(IDLE).wait_for()
    page.wait_for_load_state("networkidle")
    go(page, "Check")
    open_bug_lab(page)
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
    wait_at(page, epoch_of(film))


def test_it_lets_go_when_another_page_is_asked_for(page: Page, app: str) -> None:
    """A message that arrives after the change of page would leave that page blank."""
    film = train_long(page, app)
    link = page.get_by_test_id("stTopNavLink").filter(has_text="Train")
    assert link.evaluate(IS_CLICK_PREVENTED)  # until the server has answered
    page.get_by_test_id("stage").wait_for()
    go(page, "Check")
    open_bug_lab(page)
    expect(film).to_have_attribute("data-state", "paused", timeout=60_000)  # it has gone on
    wait_at(page, 10_000)
    page.get_by_role("button", name="Play").click()
    go(page, "Train")
    page.get_by_test_id("stage").wait_for()


def test_who_comes_back_at_once_is_not_sent_away_again(page: Page, app: str) -> None:
    open_film(page, app)
    links = [
        page.get_by_test_id("stTopNavLink").filter(has_text=title).element_handle()
        for title in ("Train", "Check")
    ]
    page.evaluate(GO_AND_BACK, links)
    expect(page).to_have_url(re.compile("/gradient-check"))
    open_bug_lab(page)  # which waits until nothing has been asked for a while
    page.get_by_role("button", name="First", exact=True).click()
    wait_at(page, 0)
    expect(page).to_have_url(re.compile("/gradient-check"))


def test_the_choice_is_there_again_after_another_page(film: Locator) -> None:
    page = film.page
    page.get_by_role("button", name="First", exact=True).click()
    wait_at(page, 0)
    go(page, "Train")
    page.get_by_test_id("stage").wait_for()
    go(page, "Check")
    open_bug_lab(page)
    wait_at(page, 0)
    assert film.locator("canvas").count() == 5


def test_the_film_shows_both_runs_and_how_they_end(film: Locator, comparison: Comparison) -> None:
    page = film.page
    assert page.get_by_text(comparison.sentence).is_visible()
    assert page.get_by_text("Fails. The gradient is wrong").is_visible()
    assert page.get_by_text("✓ all 4 entries checked agree").is_visible()
    assert f"C = {comparison.broken.losses[-1]:.4g}" in film.inner_text()
    log = page.get_by_role("button", name="Log scale")
    assert log.get_attribute("aria-pressed") == "true"  # the two losses are far apart
    canvas = film.locator(".curve canvas")
    before = canvas.evaluate("(canvas) => canvas.toDataURL()")
    log.click()
    assert log.get_attribute("aria-pressed") == "false"
    assert canvas.evaluate("(canvas) => canvas.toDataURL()") != before
    log.click()
    for epoch in (500, 137, 0):
        film.locator("input[type=range]").evaluate(DRAG, epoch)
        wait_at(page, epoch)
        for run, course in (("true", comparison.true), ("broken", comparison.broken)):
            for name, matrix in (("W1", course.W1), ("W2", course.W2)):
                expected = matrix[epoch].astype(np.float32).ravel()
                assert cells_of(film, f"{run}_{name}") == pytest.approx(expected.tolist(), rel=1e-6)
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 800})
    expect(film.locator(".main")).not_to_have_class(re.compile("wide"))
    assert film.evaluate("(film) => film.scrollWidth <= film.clientWidth")
    right = film.evaluate(
        "(film) => Math.max(...[...film.querySelectorAll('canvas, button, select')]"
        ".map((part) => part.getBoundingClientRect().right))"
    )
    assert right <= 360
    assert size is not None
    page.set_viewport_size(size)


def test_it_plays_to_its_end_and_the_page_follows(film: Locator) -> None:
    page = film.page
    page.get_by_role("button", name="First", exact=True).click()
    wait_at(page, 0)
    film.get_by_role("combobox", name="Speed").select_option("100")
    film.focus()
    film.press("Space")
    wait_at(page, 500)
