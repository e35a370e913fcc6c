"""axe-core finds nothing of ours on any page, light or dark; Streamlit's own is listed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from pages.ui.runs.sweep.form import START
from tests.browser.film import Film
from tests.browser.pictures import SWITCHES, THEMES
from tests.browser.test_pages import ADDRESSES
from tests.browser.visit import IDLE, unfold, visit

RUN = "data=iris&epoch=20"  # three outputs, validation samples, a run with a past
DETAILS = ("Update", "Vanishing gradient?", "Raw and scaled", "Practice", "Export")
HEADINGS = {"Raw and scaled": "Raw and scaled values"}
SOURCES = {  # and what each shows
    "Your own CSV": "[data-testid=stFileUploaderDropzone]",
    "Paste": "textarea",
    "An exercise": "[data-testid=data-grid-canvas]",
}

# Idle in that theme, with nothing that moves and each grid's own table, which comes after it.
SETTLED = """([light, idle]) => {
  const colour = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor;
  const isLight = Number(colour.match(/\\d+/)[0]) > 127;
  const moving = document.getAnimations().filter((one) => one.playState === "running");
  const grids = [...document.querySelectorAll("[data-testid=data-grid-canvas]")];
  return document.querySelector(idle) && isLight === light
    && moving.every((one) => one.effect.getTiming().iterations === Infinity)
    && grids.every((grid) => grid.querySelector("th") || !grid.checkVisibility());
}"""
# What a theme can break: all else is in the elements, which are the same in both.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# For each node, which of the selectors first matches it; −1 if none. A node in a shadow root is
# given by the selectors of its hosts and its own.
MATCHES = """([nodes, selectors]) => nodes.map((path) => {
  const find = (root, part) => (root.shadowRoot ?? root).querySelector(part);
  const element = path.flat().reduce(find, document);
  return selectors.findIndex((selector) => element?.matches(selector));
})"""


@dataclass(frozen=True)
class Exemption:
    """A rule that nodes with that selector break, on those pages, and why that stays."""

    rule: str
    selector: str
    pages: frozenset[str]
    why: str


STREAMLITS = (
    Exemption(
        "empty-table-header",
        "[data-testid=data-grid-canvas] th",
        frozenset({"Train", "Data"}),
        "The grid's own table for screen readers has no name for the column of row numbers.",
    ),
    Exemption(
        "presentation-role-conflict",
        "[data-testid=stFileUploaderDropzone]",
        frozenset({"Data", "Predict", "Save"}),
        "The place for files has a label and the role of none.",
    ),
    Exemption(
        "color-contrast",
        "[data-tag] *",
        frozenset({"Check"}),
        "White on the accent, which on dark must be legible itself: no colour is both.",
    ),
)


# Each opens parts of a page and yields what of it was seen before: a selector, or nothing.
def visit_train(page: Page) -> Iterator[str]:
    film = Film(page)
    film.wait("paused")
    for name in SWITCHES:
        film.switch(name).click()
    film.press("Run to …")
    for label in ("Explore epoch 20", "Edit weights"):
        page.get_by_text(label).click()
    for title in ("More settings", "Activations"):
        unfold(page, title)
    page.get_by_test_id("stPlotlyChart").nth(2).wait_for()
    yield ""
    film.press("Present")
    film.press("Drawings")
    film.stage.get_by_role("dialog").wait_for()
    yield ""


def visit_runs(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Compare two seeds").click()
    page.get_by_test_id("stPlotlyChart").wait_for()
    yield ""
    page.get_by_role("tab", name="Sweep").click()
    page.get_by_role("button", name=START).click()
    page.locator("[data-testid=sweep][data-state=done]").wait_for()
    page.locator("button[data-cell]").last.click()
    yield ""
    page.get_by_role("tab", name="Landscape").click()
    page.locator("[data-testid=landscape][data-state=done]").wait_for()
    page.get_by_role("button", name="Compute the curvature").click()
    page.get_by_test_id("stPlotlyChart").wait_for()
    yield ""


def visit_data(page: Page) -> Iterator[str]:
    page.get_by_test_id("data-grid-canvas").first.wait_for()
    yield ""
    for source, part in SOURCES.items():
        page.get_by_role("radio", name=source).click()
        page.locator(part).first.wait_for()
        yield ""


def visit_chain_rule(page: Page) -> Iterator[str]:
    page.get_by_test_id("chain-rule").wait_for()
    unfold(page, "Equations and notes")
    page.get_by_test_id("stPlotlyChart").wait_for()
    yield ""
    for title in DETAILS:
        page.get_by_role("radio", name=title).click()
        page.get_by_role("heading", name=HEADINGS.get(title, title)).wait_for()
        yield ".st-key-factors"  # seen above
    page.get_by_role("button", name="Notation").click()
    page.get_by_test_id("stPopoverBody").wait_for()
    yield ""


def visit_derivation(page: Page) -> Iterator[str]:
    page.locator("#eq-10").wait_for()
    yield ""


def visit_check(page: Page) -> Iterator[str]:
    for title in ("Table of all weights", "The two independent checks"):
        unfold(page, title)
    yield ""
    page.get_by_role("tab", name="Check my gradients").click()
    yield ""
    page.get_by_role("tab", name="Bug lab").click()
    page.get_by_role("button", name="Wrong sign").click()
    page.get_by_test_id("bug-lab").wait_for()
    yield ""


def visit_predict(page: Page) -> Iterator[str]:
    for tab in ("One row", "A file of rows", "Evaluation"):
        page.get_by_role("tab", name=tab).click()
        yield ""


def visit_save(_: Page) -> Iterator[str]:
    yield ""


VISITS: dict[str, Callable[[Page], Iterator[str]]] = {
    "Train": visit_train,
    "Runs": visit_runs,
    "Data": visit_data,
    "Chain rule": visit_chain_rule,
    "Derivation": visit_derivation,
    "Check": visit_check,
    "Predict": visit_predict,
    "Save": visit_save,
}


@pytest.fixture
def still(browser: Browser) -> Iterator[Page]:
    """Yield a page whose transitions take no time."""
    context = browser.new_context(
        viewport={"width": 1400, "height": 900}, reduced_motion="reduce", color_scheme="light"
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("title", VISITS)
def test_nothing_of_ours_breaks_a_rule(title: str, still: Page, app: str) -> None:
    visit(still, f"{app}{ADDRESSES[title]}?{RUN}")
    expect(still.get_by_role("heading", level=1)).to_have_count(1)
    exemptions = [one for one in STREAMLITS if title in one.pages]
    found: list[str] = []
    used: set[Exemption] = set()
    themes = list(THEMES)
    for seen in VISITS[title](still):
        for theme in themes:
            for rule, path, text in violations(still, theme == "light", seen, theme == themes[0]):
                rules = [one for one in exemptions if one.rule == rule]
                at = still.evaluate(MATCHES, [[path], [one.selector for one in rules]])[0]
                used |= {rules[at]} if at >= 0 else set()
                found += [f"{rule} ({theme}): {text}"] if at < 0 else []
        themes.reverse()  # the page stays in the second: each change of theme draws all anew
    assert found == []
    assert used == set(exemptions)  # else it is no longer needed


def violations(
    page: Page, light: bool, seen: str, colours_only: bool
) -> Iterator[tuple[str, list[Any], str]]:
    """Yield the rule, the node's path and a description of all that axe finds in that theme.

    In the first of two themes, only of the colours: in the second, more has been drawn.

    seen: the selector of what it leaves out.
    """
    page.emulate_media(color_scheme="light" if light else "dark")
    page.wait_for_function(SETTLED, arg=[light, IDLE])
    context = {"exclude": [[seen]]} if seen else None
    options = {"resultTypes": ["violations"], **(COLOURS if colours_only else {})}
    for violation in Axe().run(page, context, options).response["violations"]:
        for node in violation["nodes"]:
            yield (
                violation["id"],
                node["target"],
                f"{node['target'][-1]}\n{node['html'][:200]}\n{node['failureSummary']}",
            )


def test_a_pressed_switch_keeps_its_name_and_width(film: Film) -> None:
    switch = film.switch("Gradients")
    before = switch.bounding_box()
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(switch).to_have_accessible_name("Gradients")
    assert before is not None
    after = switch.bounding_box()
    assert after is not None
    assert after["width"] == before["width"]
