"""The chain rule page's first screen: the factors are seen without scrolling, and nothing jumps."""

from dataclasses import replace
from functools import cache
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from pages.ui.state.conventions import MAX_DIGITS, Conventions
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from tests.browser.visit import IDLE, next_frame, visit

LAPTOP, SMALL, PHONE, PROJECTOR = (1366, 768), (1280, 720), (390, 844), (2560, 1440)
SCREENS = (LAPTOP, SMALL, PHONE, PROJECTOR)
CARD = "[data-testid^=factor-]"
SAMPLES = ("xor", "iris", "breast_cancer")
MOST_SHIFT = 0.02  # of layout on load
LEAST_TYPE, THUMB = 13, 40  # px
EPOCHS = 20

# The sum of the layout shifts of the factors and of what is below since the page began to load.
# Streamlit draws its own inputs above them late: a shift that begins there is not counted.
SHIFT = """(section) => new Promise((done) => {
  const { top } = section.getBoundingClientRect();
  const below = ({ previousRect }) => previousRect.y >= top;
  new PerformanceObserver((list) => {
    const shifts = list.getEntries().filter(({ sources }) => sources.every(below));
    done(shifts.reduce((sum, { value }) => sum + value, 0));
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(0), 500); // there was none
})"""
# The letters' sizes in the component and in its canvases.
TYPE = """(section) => [...section.querySelectorAll("*")]
  .filter((part) => [...part.childNodes].some((it) => it.nodeType === 3 && it.textContent.trim()))
  .filter((part) => !part.closest("math, .hidden"))
  .map((part) => parseFloat(getComputedStyle(part).fontSize))"""


@cache
def link(sample: str, loss: str = "half_mse", digits: int = 4) -> str:
    """Return the address's query for a sample that was trained for a while."""
    session = Session()
    session.use(Draft.of_sample(sample))
    session.begin(settings=replace(session.settings, loss=loss))
    session.run.advance(EPOCHS)
    session.report(EPOCHS, playing=False)
    session.look(sample=2)
    session.conventions = Conventions(digits=digits)
    return urlencode(Permalink.of(session).params)


def open_page(page: Page, app: str, size: tuple[int, int], query: str) -> Locator:
    """Open the page in a window of that size and return the factors' section."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(page, f"{app}/chain-rule?{query}")
    page.get_by_test_id("contribution").wait_for()
    page.locator(IDLE).wait_for()
    next_frame(page)
    return page.get_by_test_id("chain-rule")


@pytest.fixture(scope="module")
def iris(module_page: Page, app: str) -> Locator:
    """Return the factors' section of a page for all tests that only resize it."""
    return open_page(module_page, app, PHONE, link("iris"))


def box(part: Locator) -> FloatRect:
    found = part.bounding_box()
    assert found is not None
    return found


def bottom(part: Locator) -> float:
    found = box(part)
    return found["y"] + found["height"]


def middle(part: Locator) -> float:
    found = box(part)
    return found["y"] + found["height"] / 2


def resize(page: Page, size: tuple[int, int]) -> None:
    """Give the window that size and wait until the page is drawn in it."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    next_frame(page)
    next_frame(page)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_factors_are_on_the_first_screen(sample: str, page: Page, app: str) -> None:
    section = open_page(page, app, LAPTOP, link(sample))
    for size in SCREENS:
        resize(page, size)
        first = section.locator(CARD).first
        assert box(first)["y"] > 0
        assert bottom(first.locator(".value")) <= size[1], size
        assert bottom(first.locator(".symbol math")) <= size[1], size
        if size in (LAPTOP, PROJECTOR):
            check_wide(section, size)
    if sample == "xor":
        resize(page, LAPTOP)
        for tile in ("contribution", "contribution-sum", "gradient"):
            assert bottom(section.get_by_test_id(tile)) <= LAPTOP[1]


def check_wide(section: Locator, size: tuple[int, int]) -> None:
    """Check that all cards are seen, right of the matrices and above the diagram."""
    figures = section.locator(".matrices figure").all()
    left = max(box(figure)["x"] + box(figure)["width"] for figure in figures)
    below = box(section.get_by_test_id("path"))["y"]
    cards = section.locator(CARD).all()
    assert len(cards) == 5
    for card in cards:
        assert bottom(card) <= min(size[1], below)
        assert box(card)["x"] >= left
    if size == PROJECTOR:
        assert len({box(card)["y"] for card in cards}) == 1


def test_sample_and_epoch_are_picked_in_one_line_or_two_on_a_phone(iris: Locator) -> None:
    page = iris.page
    steps = [
        *page.get_by_role("button", name="−", exact=True).all(),
        *page.get_by_role("button", name="+", exact=True).all(),
    ]
    parts = [page.get_by_label(name, exact=True) for name in ("Sample i", "Epoch")] + steps
    parts.append(page.get_by_test_id("stSlider"))
    assert len(steps) == 4
    for size in (LAPTOP, SMALL, PHONE):
        resize(page, size)
        lines = {round(middle(part) / THUMB) for part in parts}
        assert len(lines) <= (2 if size == PHONE else 1)
        for part in parts:
            assert box(part)["x"] + box(part)["width"] <= size[0]
        for step in steps:
            assert min(box(step)["width"], box(step)["height"]) >= THUMB


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_what_is_below_keeps_its_place_when_the_factors_arrive(
    size: tuple[int, int], page: Page, app: str
) -> None:
    assert open_page(page, app, size, "").evaluate(SHIFT) <= MOST_SHIFT


@pytest.mark.parametrize("sample", ["xor", "iris"])
def test_no_weight_sample_or_epoch_moves_what_is_below(sample: str, page: Page, app: str) -> None:
    section = open_page(page, app, LAPTOP, link(sample))
    path, details = section.get_by_test_id("path"), page.get_by_role("radio", name="Every sample")
    places = [box(path)["y"], box(details)["y"]]
    for layer in ("W2", "W1"):
        weight = section.get_by_role("table", name=layer, exact=True).locator("button").last
        weight.hover()
        expect(section).not_to_have_attribute("data-hover", "")
        assert [box(path)["y"], box(details)["y"]] == pytest.approx(places, abs=0.5)
        weight.click()
        expect(section).to_have_attribute("data-synced", "true")
        page.locator(IDLE).wait_for()
        assert [box(path)["y"], box(details)["y"]] == pytest.approx(places, abs=0.5)
    for i, (attribute, number) in enumerate({"data-sample": 2, "data-epoch": EPOCHS - 1}.items()):
        page.get_by_role("button", name="−", exact=True).nth(i).click()
        expect(section).to_have_attribute(attribute, str(number))
    page.locator(IDLE).wait_for()
    assert [box(path)["y"], box(details)["y"]] == pytest.approx(places, abs=0.5)


def test_a_row_of_the_table_is_chosen_without_losing_the_place(page: Page, app: str) -> None:
    section = open_page(page, app, LAPTOP, link("iris"))
    place = box(section)["y"]
    assert page.get_by_test_id("stDataFrame").count() == 0
    page.get_by_role("button", name="Samples").click()
    table = page.get_by_test_id("stDataFrame")
    table.get_by_test_id("glide-cell-1-3").wait_for(state="attached")
    table.locator(".dvn-scroller").click(position={"x": 20, "y": 35 * 5.5})
    expect(section).to_have_attribute("data-sample", "4")
    expect(page.get_by_label("Sample i", exact=True)).to_have_value("4")
    expect(table).to_be_visible()
    assert box(section)["y"] == place


def test_letters_grow_with_the_room_and_are_never_small(iris: Locator) -> None:
    largest = []
    for size in (PHONE, LAPTOP, PROJECTOR):
        resize(iris.page, size)
        sizes = iris.evaluate(TYPE)
        assert min(sizes) >= LEAST_TYPE
        largest.append(max(sizes))
    assert largest[2] > 1.3 * largest[1]


def test_a_thumb_reaches_every_control(iris: Locator) -> None:
    resize(iris.page, PHONE)
    controls = iris.locator("button, select, a").all()
    assert len(controls) > 20
    for control in controls:
        assert box(control)["height"] >= THUMB


def test_what_scrolls_shows_that_it_does(page: Page, app: str) -> None:
    section = open_page(page, app, PHONE, link("breast_cancer", "cross_entropy", MAX_DIGITS))
    matrix, numbers = section.locator(".scroll").first, section.locator(".numbers").first
    assert "below" in (matrix.get_attribute("data-more") or "")
    assert "right" in (numbers.get_attribute("data-more") or "")
    for part in (matrix, numbers):
        assert part.evaluate("(it) => getComputedStyle(it).maskImage") != "none"
    numbers.evaluate("(it) => it.scrollTo({ left: it.scrollWidth })")
    expect(numbers).to_have_attribute("data-more", "left")
