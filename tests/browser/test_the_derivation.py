"""The derivation page in a real browser: by its address, by an equation's anchor, on a phone."""

import math

import pytest
from playwright.sync_api import Page, expect

from pages.ui.derivation.equations_live import SECTIONS
from tests.browser.visit import IDLE, go, visit

ANCHORS = [step.anchor for steps in SECTIONS.values() for step in steps]
NARROW = 400


def sides(page: Page, anchor: str) -> list[float]:
    """Return both numbers beside an equation."""
    numbers = page.get_by_test_id(f"live-{anchor}").locator("dd")
    expect(numbers).to_have_count(2)
    return [float(text.replace("−", "-")) for text in numbers.all_inner_texts()]


def test_it_opens_by_its_address_with_both_sides_of_every_equation(page: Page, app: str) -> None:
    visit(page, f"{app}/the-derivation")
    for anchor in ANCHORS:
        expect(page.locator(f"[id='{anchor}']")).to_have_count(1)
        left, right = sides(page, anchor)
        assert math.isclose(left, right, rel_tol=1e-9)
        digits = page.get_by_test_id(f"live-{anchor}").get_attribute("data-digits")
        assert int(digits or 0) >= 9
    assert page.locator(".katex-error").count() == 0


def test_an_anchor_in_the_address_leads_to_its_equation(page: Page, app: str) -> None:
    visit(page, f"{app}/the-derivation#eq-8")
    expect(page.locator("[id='eq-8']")).to_be_in_viewport()
    expect(page.locator("[id='eq-1']")).not_to_be_in_viewport()


def test_a_reader_goes_to_the_factors_and_back(page: Page, app: str) -> None:
    visit(page, f"{app}/the-derivation")
    before = sides(page, "eq-5")
    page.get_by_role("link", name="In the chain rule").nth(3).click()
    page.get_by_test_id("contribution").wait_for()
    go(page, "Derivation")
    page.get_by_test_id("live-eq-5").wait_for()
    assert sides(page, "eq-5") == before


@pytest.mark.parametrize("sample", [None, "Iris"])
def test_on_a_phone_nothing_is_wider_than_the_window(
    page: Page, app: str, sample: str | None
) -> None:
    if sample is None:
        visit(page, f"{app}/the-derivation")
    else:
        visit(page, f"{app}/dataset")
        page.get_by_role("button", name=sample, exact=True).click()
        page.locator(IDLE).wait_for()
        go(page, "Derivation")
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.get_by_test_id("live-eq-10").wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(it) => it.scrollWidth") <= NARROW
    parts = page.locator(".katex-display, .live, h3, [data-testid=stCaptionContainer]")
    outside = parts.evaluate_all(
        f"all => all.filter((it) => it.getBoundingClientRect().right > {NARROW}).length"
    )
    assert outside == 0
