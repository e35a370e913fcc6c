"""Awkward files through the file input: read, or refused in a sentence; what is in use stays."""

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Route, expect

from core.table import MAX_COLUMNS
from tests.browser.film import Film, settled
from tests.browser.test_dataset import open_upload, text, use
from tests.browser.visit import go

TABLES = Path(__file__).parents[1] / "data" / "tables"
AWKWARD = [
    "bank_de.csv",
    "census_thousands.csv",
    "cr_only.csv",
    "damaged.csv.gz",
    "duplicate_names.csv",
    "eurostat_footer.csv",
    "excel_unicode_text.txt",
    "gzip_named_csv.csv",
    "matlab_percent.txt",
    "no_header.csv",
]
SMALL = b"a,b,t\n" + b"".join(b"%d,%d,%d\n" % (i, i % 3, i % 2) for i in range(20))
OTHER = b"u;v;w\n" + b"".join(b"%d,5;%d;%d\n" % (i, i % 4, i % 2) for i in range(20))


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def give(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def test_awkward_files_are_read_or_refused_in_a_sentence(page: Page, app: str) -> None:
    open_upload(page, app)
    for name in AWKWARD:
        expected = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))
        page.locator("input[type=file]").set_input_files(TABLES / name)
        if "refused" in expected:
            alert = page.get_by_test_id("stAlertContentError")
            expect(alert).to_contain_text(expected["refused"])
            expect(main(page).get_by_text("The data in use stays.")).to_be_visible()
        else:
            expect(main(page).get_by_role("heading", name=name, exact=True)).to_be_visible()
            settled(page)
            assert expected["read as"] in text(main(page).get_by_text(re.compile("; read as ")))
        expect(main(page).get_by_text("In use: XOR, 4 training samples")).to_be_visible()
        settled(page)


def test_a_file_over_a_limit_is_refused_with_the_limit(page: Page, app: str) -> None:
    open_upload(page, app)
    names = ",".join(f"c{i}" for i in range(MAX_COLUMNS + 1))
    give(page, "wide.csv", f"{names}\n{names.replace('c', '')}\n".encode())
    alert = page.get_by_test_id("stAlertContentError")
    expect(alert).to_contain_text(re.compile(r"wide\.csv .*10.001 columns .* than the 10.000"))
    expect(main(page).get_by_text("In use: XOR, 4 training samples")).to_be_visible()


def test_an_upload_that_is_cancelled_changes_nothing(browser: Browser, app: str) -> None:
    page = browser.new_context().new_page()  # Streamlit logs the cancelling as an error
    open_upload(page, app)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)  # on its way, and never there

    page.route("**/_stcore/upload_file/**", hold)
    give(page, "slow.csv", SMALL)
    gone = page.get_by_role("button", name=re.compile("Remove|Cancel|Delete"))
    gone.first.click()
    expect(main(page).get_by_text("slow.csv")).to_have_count(0)
    page.unroute("**/_stcore/upload_file/**")
    give(page, "then.csv", SMALL)
    expect(main(page).get_by_text("Prepared data")).to_be_visible()
    expect(main(page).get_by_text("In use: XOR, 4 training samples")).to_be_visible()
    assert held
    page.context.close()


def test_a_file_is_replaced_by_another_while_training_runs(page: Page, app: str) -> None:
    open_upload(page, app)
    give(page, "first.csv", SMALL)
    page.get_by_text("Prepared data").wait_for()
    use(page, "first.csv")
    settled(page)
    go(page, "Train")
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait_for_epoch(20)
    go(page, "Data")
    expect(page.get_by_role("radio", name="Your own CSV")).to_be_checked()
    settled(page)
    give(page, "second.csv", OTHER)
    expect(main(page).get_by_role("heading", name="second.csv")).to_be_visible()
    expect(main(page).get_by_text("In use: first.csv")).to_be_visible()
    use(page, "second.csv")
    settled(page)
    go(page, "Train")
    film = Film(page)
    film.wait("paused")
    assert film.epoch == 0
    expect(film.stage).to_contain_text("u")
    page.get_by_role("button", name=re.compile("Bring it back")).click()
    expect(main(page).get_by_text("first.csv")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
