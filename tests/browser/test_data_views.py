"""Looking at data in a real browser: each view is drawn, its names are read as they stand."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.test_dataset import PHONE, choose, open_upload, overflow, settle, upload
from tests.browser.visit import IDLE, visit

VIEWS = ("Columns", "Target", "Scatter", "Correlation")
NAMES = ["<b>", "%{y}", "$x$", "<a href='http://x'>y</a>"]
ROWS = [",".join(f"{i * k % 11}" for k in range(1, 5)) for i in range(30)]


def test_a_point_tells_its_class_its_values_and_its_line(page: Page, app: str) -> None:
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name="Iris", exact=True).click()
    page.get_by_text("In use: Iris").wait_for()
    choose(page, "Scatter")
    chart = page.get_by_test_id("stPlotlyChart")
    chart.locator(".legendtext").first.wait_for()
    expect(chart.locator(".legendtext")).to_have_text(
        ["setosa (50)", "versicolor (50)", "virginica (50)"]
    )
    page.locator(IDLE).wait_for()  # or the chart may still move
    box = chart.locator(".trace.scatter .point").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told = chart.locator(".hoverlayer .hovertext")
    expect(told).to_contain_text("setosa")
    expect(told).to_contain_text("sepal_length_cm: 5.1")
    expect(told).to_contain_text("line ")


def test_names_from_a_file_are_read_as_they_stand_in_figures(
    page: Page, app: str, tmp_path: Path
) -> None:
    open_upload(page, app)
    upload(page, tmp_path / "t.csv", "\n".join([",".join(NAMES), *ROWS]).encode())
    page.get_by_text("Prepared data").wait_for()
    choose(page, "Correlation")
    chart = page.get_by_test_id("stPlotlyChart")
    expect(chart.locator(".xtick text")).to_have_text(["<a href='http:/…", *NAMES[:3]])
    choose(page, "Scatter")
    expect(chart.locator(".xtitle")).to_have_text("<b>")
    expect(chart.locator(".ytitle")).to_have_text("%{y}")


def test_a_phone_shows_each_view_without_scrolling_sideways(browser: Browser, app: str) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name="Breast cancer", exact=True).click()
    page.get_by_text("In use: Breast cancer").wait_for()
    for view in VIEWS:
        choose(page, view)
        settle(page)
        page.locator("[data-testid=stPlotlyChart], [data-testid=stDataFrame]").nth(2).wait_for()
        assert overflow(page) <= 0
    context.close()
