"""Opening a page and waiting until it stands."""

from playwright.sync_api import Page

STANDING = (
    "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
)


def visit(page: Page, address: str) -> None:
    """Open that address and wait until its script has run."""
    page.goto(address)
    page.locator(STANDING).wait_for()


def go(page: Page, title: str) -> None:
    """Take the navigation's link to that page."""
    page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
