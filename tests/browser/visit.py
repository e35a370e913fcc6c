"""Opening a page and waiting until it is idle."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

IDLE = (
    "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
)


def visit(page: Page, address: str) -> None:
    """Open that address and wait until its script has run."""
    page.goto(address)
    page.locator(IDLE).wait_for()


def go(page: Page, title: str) -> None:
    """Follow the navigation's link to that page and wait until its script has begun.

    Streamlit writes the address when the page's script begins: a click before that on the next
    link would leave this page out of the browser's history.
    """
    link = page.get_by_test_id("stTopNavLink").filter(has_text=title)
    path = urlsplit(link.evaluate("(it) => it.href")).path
    link.click()
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def unfold(page: Page, title: str) -> None:
    """Open that expander and wait for its end: a list that opens while it moves closes again.

    While a script runs, there may still be one of before.
    """
    page.locator(IDLE).wait_for()
    page.get_by_text(title, exact=True).click()
    expander = page.get_by_test_id("stExpander").filter(has_text=title).element_handle()
    page.wait_for_function(
        "(it) => it.querySelector('details').open"
        " && it.getAnimations({ subtree: true }).every((one) => one.playState === 'finished')",
        arg=expander,
    )


def choose(page: Page, label: str, name: str) -> None:
    """Choose from a list, scrolled into view first: scrolling closes an open list."""
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    next_frame(page)
    box.click()
    page.get_by_role("option", name=name, exact=True).click()


def next_frame(page: Page) -> None:
    """Wait until the page has drawn its latest state."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def errors_of(page: Page) -> list[str]:
    """Return a list to which all is added that a page must not do: log an error, call a host."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.extend(_error(message)))
    page.on("request", lambda request: errors.extend(_foreign(request)))
    return errors


def _error(message: ConsoleMessage) -> list[str]:
    # Opened by an address such as /dataset, Streamlit looks for its server below it first.
    probe = message.location.get("url", "").endswith(("/_stcore/health", "/_stcore/host-config"))
    return [message.text] if message.type == "error" and not probe else []


def _foreign(request: Request) -> list[str]:
    url = urlsplit(request.url)
    local = url.scheme in ("data", "blob", "file") or url.hostname == "localhost"
    return [] if local else [f"a request to {url.hostname}"]
