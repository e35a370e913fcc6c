"""Uploads at awkward moments: one that is cancelled, one while training runs."""

import re

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.film import Film, wait_until_idle
from tests.browser.test_dataset import open_upload, use
from tests.browser.visit import go

SMALL = b"a,b,t\n" + b"".join(b"%d,%d,%d\n" % (i, i % 3, i % 2) for i in range(20))
OTHER = b"u;v;w\n" + b"".join(b"%d,5;%d;%d\n" % (i, i % 4, i % 2) for i in range(20))


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def give(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


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
    wait_until_idle(page)
    go(page, "Train")
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait_for_epoch(20)
    go(page, "Data")
    expect(page.get_by_role("radio", name="Your own CSV")).to_be_checked()
    wait_until_idle(page)
    give(page, "second.csv", OTHER)
    expect(main(page).get_by_role("heading", name="second.csv")).to_be_visible()
    expect(main(page).get_by_text("In use: first.csv")).to_be_visible()
    use(page, "second.csv")
    wait_until_idle(page)
    go(page, "Train")
    film = Film(page)
    film.wait("paused")
    assert film.epoch == 0
    expect(film.stage).to_contain_text("u")
    page.get_by_role("button", name=re.compile("Bring it back")).click()
    expect(main(page).get_by_text("first.csv", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
