"""On a phone: labels lie beside buttons, equations end on the screen, the drawer closes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import unfold, visit

WIDTH, HEIGHT = 390, 844
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 7) Chrome/130.0 Mobile Safari/537.36"
RUN = "epoch=20&data="
CHARTS = {"Target": "Rows of each class", "Scatter": " over ", "Correlation": "Correlations of"}
COVERED = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((plot) => {
  const isBeside = (a, b) => a.left >= b.right || b.left >= a.right;
  const isBelow = (a, b) => a.top >= b.bottom || b.top >= a.bottom;
  const all = [...plot.querySelectorAll(".modebar-btn")];
  const buttons = all.map((it) => it.getBoundingClientRect());
  const texts = [...plot.querySelectorAll("text")].filter((it) => {
    const box = it.getBoundingClientRect();
    return !buttons.every((button) => isBeside(box, button) || isBelow(box, button));
  });
  return buttons.length ? texts.map((it) => it.textContent) : ["no buttons"];
})"""
WIDE = """() => [...document.querySelectorAll("p:has(.katex)")].filter((it) => {
  return it.scrollWidth > it.clientWidth;
}).map((it) => it.textContent)"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Yield a page of a phone: narrow, and touched instead of pointed at."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        has_touch=True,
        is_mobile=True,
        user_agent=PHONE,
    )
    yield context.new_page()
    context.close()


def expect_free_labels(phone: Page, charts: int) -> None:
    """Fail if a chart is missing or a text of one lies under its buttons."""
    expect(phone.locator(".js-plotly-plot .modebar")).to_have_count(charts)
    assert phone.evaluate(COVERED) == []


def test_buttons_of_the_charts_cover_no_text(phone: Page, app: str) -> None:
    visit(phone, f"{app}/chain-rule?{RUN}iris")
    expect_free_labels(phone, 1)
    phone.get_by_role("radio", name="Vanishing gradient?").click()
    expect_free_labels(phone, 2)
    visit(phone, f"{app}/gradient-check?{RUN}iris")
    expect_free_labels(phone, 3)
    for data, charts in (("iris", 3), ("breast_cancer", 3), ("auto_mpg", 2)):
        visit(phone, f"{app}/predict?{RUN}{data}")
        phone.get_by_role("tab", name="Evaluation").click()
        expect_free_labels(phone, charts)
    visit(phone, f"{app}/dataset?{RUN}iris")
    for view, name in CHARTS.items():
        phone.get_by_role("radio", name=view).click()
        phone.get_by_role("figure", name=name).wait_for()
        expect_free_labels(phone, 1)
    visit(phone, f"{app}/?{RUN}breast_cancer")
    phone.get_by_text("Explore epoch 20").click()
    expect_free_labels(phone, 3)


@pytest.mark.parametrize("data", ["xor", "iris"])
def test_equations_end_on_the_screen(data: str, phone: Page, app: str) -> None:
    visit(phone, f"{app}/the-derivation?{RUN}{data}")
    phone.locator("#eq-10").wait_for()
    assert phone.evaluate(WIDE) == []
    visit(phone, f"{app}/chain-rule?{RUN}{data}")
    unfold(phone, "Equations and notes")
    expect(phone.locator(".katex").first).to_be_visible()
    assert phone.evaluate(WIDE) == []


def test_the_drawer_closes_when_a_page_was_chosen(phone: Page, app: str) -> None:
    visit(phone, app)
    phone.get_by_test_id("stExpandSidebarButton").click()
    phone.get_by_test_id("stSidebarNavLink").filter(has_text="Check").click()
    phone.wait_for_url("**/gradient-check*")
    expect(phone.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(phone.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()
