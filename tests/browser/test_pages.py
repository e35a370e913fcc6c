"""Each page opened by its address, as the first thing that a fresh server is asked for."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import serve
from tests.browser.visit import visit

ADDRESSES = {
    "Train": "/",
    "Runs": "/runs",
    "Data": "/dataset",
    "Chain rule": "/chain-rule",
    "Derivation": "/the-derivation",
    "Check": "/gradient-check",
    "Predict": "/predict",
    "Save": "/save",
}


@pytest.mark.parametrize("title", ["Train", "Data", "Check"])  # at /, and without and with a hyphen
def test_a_page_opened_first_has_its_frame(title: str, page: Page, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with serve(log) as (address, _):
        visit(page, address + ADDRESSES[title])
        expect(page).to_have_title(f"{title} · Chainscope")
        links = page.get_by_test_id("stTopNavLink")
        expect(links).to_have_count(len(ADDRESSES))
        for link, name in zip(links.all(), ADDRESSES, strict=True):
            expect(link).to_contain_text(name)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        page.goto("about:blank")  # or it would ask a server that is gone
    assert "Traceback" not in log.read_text()
