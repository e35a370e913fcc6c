"""The save page in a real browser: files are downloaded, and the report opens without network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import IDLE, go, visit

NARROW = 400


def click_download(page: Page, label: str, folder: Path) -> Path:
    """Return the file that a click downloads, under its own name."""
    with page.expect_download() as found:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name=label).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def record_traffic(page: Page) -> tuple[list[str], list[str]]:
    """Return two lists that grow: the page's requests, and its console messages."""
    wanted: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: wanted.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    return wanted, said


@pytest.mark.parametrize("sample", ["XOR", "Iris"])
def test_the_report_opens_without_network(
    sample: str, page: Page, browser: Browser, app: str, tmp_path: Path
) -> None:
    visit(page, f"{app}/dataset")
    page.get_by_role("button", name=sample, exact=True).click()
    page.locator(IDLE).wait_for()
    go(page, "Save")
    path = click_download(page, "Report (HTML)", tmp_path)
    for width in (1400, NARROW):
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        offline = context.new_page()
        wanted, said = record_traffic(offline)
        offline.goto(path.as_uri())
        expect(offline.locator("h1")).to_contain_text(sample)
        expect(offline.locator("svg[role=img]")).to_have_count(5)
        assert offline.locator("math mfrac").count() > 20
        box = offline.locator("math mfrac").first.bounding_box()
        assert box is not None
        assert box["height"] > 25  # it is set as a fraction
        assert offline.evaluate("document.documentElement.scrollWidth") <= width
        assert wanted == [path.as_uri()]
        assert said == []
        context.close()


def test_on_a_phone_nothing_is_wider_than_the_window(page: Page, app: str) -> None:
    page.set_viewport_size({"width": NARROW, "height": 800})
    visit(page, f"{app}/save")
    expect(page.get_by_role("button", name="Factors of the sample (CSV)")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate("(it) => it.scrollWidth") <= NARROW
