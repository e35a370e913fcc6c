"""Messages stand under the readout on the first screen; nothing moves as they come and go."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from pages.ui.train.messages import PREVIOUS_RUN
from tests.browser.film import Film, wait_until_idle
from tests.browser.visit import go, visit

SCREENS = [(1366, 768), (390, 844)]
HOSTILE: FilePayload = {
    "name": "<img src=x onerror=alert(1)> *b* $x$.csv",
    "mimeType": "text/csv",
    "buffer": b"x,y\n" + b"".join(b"%d,%d\n" % (i, i % 7) for i in range(30)),
}


@pytest.fixture(params=SCREENS, ids=lambda size: f"{size[0]}×{size[1]}")
def screen(request: pytest.FixtureRequest, page: Page) -> Page:
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    return page


def opened(page: Page, app: str, *, epoch: int = 0, **choices: Any) -> Film:
    """Open a run with these choices for the network at an epoch."""
    session = Session()
    session.begin(architecture=replace(session.architecture, **choices))
    visit(page, f"{app}/?{urlencode({**Permalink.of(session).address, 'epoch': epoch})}")
    film = Film(page)
    film.wait("paused")
    return film


def box(found: Locator) -> dict[str, float]:
    position = found.bounding_box()
    assert position is not None
    return {side: position[side] for side in ("x", "y", "width", "height")}


def assert_on_first_screen(film: Film, found: Locator) -> None:
    """Assert that it is visible without scrolling, below the numbers and above the switches."""
    expect(found).to_be_in_viewport(ratio=1)
    readout, switches = film.stage.locator(".readout"), film.switch("Gradients")
    assert box(readout)["y"] < box(found)["y"] < box(switches)["y"]


def assert_steady(film: Film, until: int) -> None:
    """Play to that epoch and pause there; assert that the drawings stay where they are."""
    matrix = film.heatmap("W1")
    before = box(matrix)
    film.press("Play")
    film.wait_for_epoch(until)
    while_playing = box(matrix)
    film.press("Pause")
    film.wait_at_rest()
    assert [while_playing, box(matrix)] == [pytest.approx(before, abs=1)] * 2


def test_a_divergence_and_the_run_before_it(screen: Page, app: str) -> None:
    film = opened(screen, app, output_activation="identity")
    film.press("Play")
    film.wait("diverged")
    back = film.messages.get_by_role("button", name=re.compile("^Go back to epoch"))
    assert_on_first_screen(film, back)
    assert_on_first_screen(film, film.messages.get_by_text("too large here"))
    assert_steady(film, 20)  # played again from the beginning
    expect(back).to_be_hidden()
    film.press("Last")
    film.wait("diverged")
    cost = film.cost_text()
    back.click()
    film.wait("paused")
    restore = film.messages.get_by_role("button", name="Bring it back")
    assert_on_first_screen(film, restore)
    assert_steady(film, 20)
    restore.click()
    expect(film.stage.locator(".readout")).to_contain_text(f"C = {cost}")  # as it stood
    expect(back).to_be_visible()


def test_a_plateau(screen: Page, app: str) -> None:
    film = opened(screen, app, epoch=120, scheme="zeros")
    advice = film.messages.get_by_text("All hidden units are the same")
    assert_on_first_screen(film, advice)
    assert_steady(film, 150)
    expect(advice).to_be_visible()
    film.drag(60)
    expect(advice).to_be_hidden()
    assert_on_first_screen(film, film.messages)


def test_figures_and_editor_below_are_of_the_epoch_where_the_film_rests(film: Film) -> None:
    page = film.page
    film.press("Play")
    film.wait_for_epoch(10)
    film.part("Explore epoch").click()
    film.wait("paused")
    expect(page.get_by_text(f"W⁽¹⁾ at epoch {film.epoch}", exact=True)).to_be_visible()
    expect(film.part(f"Explore epoch {film.epoch}")).to_have_attribute("aria-pressed", "true")
    film.press("Step")
    expect(page.get_by_text(f"W⁽¹⁾ at epoch {film.epoch}", exact=True)).to_be_visible()
    film.part("Edit weights").click()
    expect(page.get_by_text(f"Edit any weight of epoch {film.epoch}")).to_be_visible()
    wait_until_idle(page)
    page.reload()
    film.wait("paused")
    expect(film.part("Edit weights")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(f"Edit any weight of epoch {film.epoch}")).to_be_visible()


def test_the_name_of_a_file_is_text(page: Page, app: str) -> None:
    visit(page, f"{app}/dataset")
    page.get_by_text("Your own CSV", exact=True).click()
    page.locator("input[type=file]").first.set_input_files(HOSTILE)
    page.get_by_role("button", name="Use this data").click()
    expect(page.get_by_text(f"In use: {HOSTILE['name']}")).to_be_visible()
    wait_until_idle(page)
    go(page, "Train")
    film = Film(page)
    film.wait("paused")
    film.press("Step")
    film.wait_at_rest()
    film.press("Reset")
    expect(film.messages).to_contain_text(f"{PREVIOUS_RUN} {HOSTILE['name']}, epoch 1")
    expect(film.messages.locator("img, em, a")).to_have_count(0)
