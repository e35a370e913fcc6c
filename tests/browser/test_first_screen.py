"""What is in sight without scrolling, the stage presented to a class, and a layout that stays."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.film import Film, wait_until_idle
from tests.browser.test_pages import ADDRESSES
from tests.browser.test_reload import params
from tests.browser.visit import next_frame, visit

SCREENS = [(1366, 768), (1280, 720), (390, 844), (2560, 1440)]
SURFACE = "Decision surface over x1 and x2"
LOSS = "Loss at every epoch"
MAX_SHIFT = 0.02  # in all
SKELETONS = (
    0.01  # more at the first visit on a phone: of Streamlit's links, before their code is there
)

# Records how far elements in the main part of the page move, but for Streamlit's own frame: its
# root, its main container, navigation and sidebar.
RECORD_SHIFTS = """
globalThis.shifts = [];
const FRAME = ["stMain", "stMainBlockContainer", "stTopNav", "stSidebarUserContent"];
const isOurs = ({ node }) => {
  const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
  const inside = element?.closest("[data-testid=stMainBlockContainer]");
  return inside && !FRAME.includes(element.dataset.testid);
};
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) {
    const ours = sources.filter(isOurs);
    const move = ({ node, previousRect: from, currentRect: to }) =>
      `${node.dataset?.testid ?? node.nodeName}: ${from.y} to ${to.y}`;
    if (ours.length) shifts.push([value, ours.map(move).join("; ")]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# The sizes in px of all letters that can be seen: of texts, and of what canvases write.
LETTERS = """(stage) => {
  const visible = (element) => element.checkVisibility() && element.getClientRects().length;
  const sizes = {};
  for (const element of stage.querySelectorAll("*")) {
    if (!visible(element) || element.closest(".hidden")) continue;
    const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    const text = texts.map((node) => node.textContent.trim()).join("");
    if (text) sizes[text] = parseFloat(getComputedStyle(element).fontSize);
    const pen = element.tagName === "CANVAS" && element.getContext("2d");
    if (pen) sizes[element.ariaLabel] = parseFloat(pen.font);
  }
  return sizes;
}"""
# The labels of links to pages that are wider than their links.
CUT_LABELS = """[...document.querySelectorAll("[data-testid=stPageLink-NavLink] p")]
  .filter((label) => label.scrollWidth > label.clientWidth).map((label) => label.textContent)"""


@pytest.fixture(params=SCREENS, ids=lambda size: f"{size[0]}x{size[1]}")
def screen(request: pytest.FixtureRequest, browser: Browser, app: str) -> Iterator[Film]:
    """Yield the train page in a window of that size, with the decision surface switched on."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.add_init_script(RECORD_SHIFTS)
    yield _open(page, app)
    context.close()


def _open(page: Page, app: str) -> Film:
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    film.switch("Decision surface").click()
    expect(film.drawing(SURFACE)).to_be_visible()
    return film


def _is_in_sight(place: Locator) -> bool:
    """Return whether all of it lies within the window."""
    box, size = place.bounding_box(), place.page.viewport_size
    assert box is not None
    assert size is not None
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    return min(box["x"], box["y"]) >= 0 and right <= size["width"] and bottom <= size["height"]


def _assert_in_sight(places: Iterable[Locator]) -> None:
    for place in places:
        assert _is_in_sight(place), place.bounding_box()


def _play(film: Film) -> Locator:
    return film.stage.get_by_role("button", name="Play", exact=True)


def test_play_the_surface_and_the_loss_are_in_sight_and_large_when_presented(
    screen: Film,
) -> None:
    """On a wide screen nothing has to be scrolled for it."""
    wide = (screen.page.viewport_size or {"width": 0})["width"] > 600
    surface, play = screen.drawing(SURFACE), _play(screen)
    places = play, surface, screen.drawing(LOSS)
    if wide:
        _assert_in_sight(places)
    else:
        surface.scroll_into_view_if_needed()
        surface.evaluate("(it) => it.scrollIntoView({ block: 'end' })")
        next_frame(screen.page)
    expect(play).to_be_in_viewport(ratio=1)
    expect(surface).to_be_in_viewport(ratio=0.98)
    before = surface.bounding_box()
    screen.press("Present")
    expect(screen.stage.get_by_role("dialog")).to_be_visible()
    next_frame(screen.page)
    _assert_in_sight(places)
    after = surface.bounding_box()
    if wide:
        assert before is not None
        assert after is not None
        assert after["width"] > 1.2 * before["width"]


@pytest.mark.parametrize(
    ("screen", "least"), [((1280, 720), 20), ((1920, 1080), 24)], indirect=["screen"]
)
def test_letters_can_be_read_from_the_back_row(screen: Film, least: int) -> None:
    for name in ("Gradients", "Network", "Hidden units", "Accuracy"):
        screen.switch(name).click()
    screen.press("Present")
    next_frame(screen.page)
    sizes: dict[str, float] = screen.stage.evaluate(LETTERS)
    assert len(sizes) > 15
    assert {text: size for text, size in sizes.items() if size < least} == {}


def test_presented_matrices_below_one_another_have_their_numbers(film: Film, app: str) -> None:
    film.page.set_viewport_size({"width": 1280, "height": 720})
    visit(film.page, f"{app}/?data=iris&epoch=20")
    film.wait("paused")
    film.switch("Decision surface").click()
    expect(film.drawing("Decision surface")).to_be_visible()
    film.press("Present")
    next_frame(film.page)
    first, second = (film.heatmap(name).bounding_box() for name in ("W1", "W2"))
    assert first is not None
    assert second is not None
    assert second["y"] > first["y"] + first["height"]
    for box, rows in ((first, 5), (second, 4)):
        assert box["height"] > 26 * rows


def test_a_link_opens_the_presentation_and_escape_leaves_it(
    film: Film, browser: Browser, app: str
) -> None:
    page, before = film.page, params(film.page)["setup"]
    film.press("Present")
    page.wait_for_function("was => !location.search.includes(`setup=${was}`)", arg=before)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    other = Film(context.new_page())
    visit(other.page, f"{app}/?" + urlencode({**params(page), "session": ""}))
    other.wait("paused")
    dialog = other.stage.get_by_role("dialog")
    expect(dialog).to_be_visible()
    other.press("Play")
    other.wait_for_epoch(5)
    other.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(other.stage.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    expect(other.stage.get_by_role("button", name="Present", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    context.close()


def test_while_it_is_presented_drawings_are_chosen_and_never_none(film: Film) -> None:
    film.press("Present")
    expect(film.switch("Weights")).to_be_hidden()
    film.press("Drawings")
    expect(film.switch("Weights")).to_be_disabled()  # in place of them there would be nothing
    film.switch("Network").click()
    film.switch("Weights").click()
    expect(film.drawing("The network as a diagram")).to_be_visible()
    expect(film.heatmap("W1")).to_be_hidden()
    film.press("Present")
    expect(film.heatmap("W1")).to_be_visible()
    expect(film.switch("Weights")).to_be_hidden()


@pytest.mark.parametrize("screen", [SCREENS[0], SCREENS[2]], indirect=True)
def test_nothing_of_ours_jumps_on_load_or_on_the_way_back(screen: Film) -> None:
    page = screen.page
    narrow = (page.viewport_size or {"width": 0})["width"] < 600
    assert _shifts(page, MAX_SHIFT + SKELETONS * narrow) == []
    page.get_by_test_id("stPageLink-NavLink").filter(has_text="Chain rule").click()
    page.get_by_test_id("chain-rule").wait_for()
    page.get_by_test_id("stPlotlyChart").wait_for()
    wait_until_idle(page)
    page.evaluate("shifts.length = 0")
    page.get_by_test_id("stPageLink-NavLink").filter(has_text="Train").first.click()
    screen.wait("paused")
    expect(screen.drawing(SURFACE)).to_be_visible()
    wait_until_idle(page)
    assert _shifts(page, MAX_SHIFT) == []


@pytest.mark.parametrize("address", ADDRESSES.values())
def test_links_keep_free_what_their_labels_need(address: str, page: Page, app: str) -> None:
    visit(page, app + address)
    page.get_by_test_id("stPageLink-NavLink").first.wait_for()
    assert page.evaluate(CUT_LABELS) == []


def _shifts(page: Page, most: float) -> list[Any]:
    """Return the shifts of our elements that together exceed that bound, if they do."""
    shifts: list[Any] = page.evaluate("shifts")
    return shifts if sum(value for value, _ in shifts) > most else []
