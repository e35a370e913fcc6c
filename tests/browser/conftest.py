"""One server and one Chromium for all browser tests; each test has its own page, a new visitor."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from core.dataset.samples import prepare_sample
from core.network import Network
from core.training.run import Run, Settings
from tests.browser.chromium import launch
from tests.browser.film import Film
from tests.browser.module_server import serve_modules
from tests.browser.server import serve
from tests.browser.visit import visit

PATIENCE = 20_000  # ms, of a busy machine
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a browser, before `-m` selects."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a running app."""
    with serve(tmp_path_factory.mktemp("server") / "log.txt") as (address, _):
        yield address


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Yield the address of a blank page that can import the browser's modules."""
    with serve_modules() as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser: Browser, app: str) -> BrowserContext:
    """Return a context shared by all pages: it caches Streamlit's code, which loads in a second.

    Its first page stays open, for the others to open in the same process.
    """
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.new_page().goto(f"{app}/_stcore/health")
    return context


@pytest.fixture(autouse=True)
def _leave_nothing_open(browser: Browser, context: BrowserContext) -> Iterator[None]:
    """Close what a failed test left open: a film that plays on would slow down the next test."""
    yield
    for other in browser.contexts:
        if other is not context:
            other.close()
    for page in context.pages[1:]:
        page.close()
    context.set_offline(False)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Yield a page that must log no error, show no traceback, and call no other host."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.extend(_error(message)))
    page.on("request", lambda request: errors.extend(_foreign(request)))
    yield page
    exceptions = page.get_by_test_id("stException").count()
    page.close()
    assert errors == []
    assert exceptions == 0


@pytest.fixture
def film(page: Page, app: str) -> Film:
    """Return the train page as it opens: XOR, the network as derived."""
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    return film


@pytest.fixture(scope="session")
def xor() -> Run:
    """Return the same run, computed without the app."""
    data = prepare_sample("xor")
    run = Run(Network.init(2, 3, seed=0), data.X, data.y, Settings(learning_rate=10, epochs=500))
    run.advance(500)
    return run


def _error(message: ConsoleMessage) -> list[str]:
    # Opened by an address such as /dataset, Streamlit looks for its server below it first.
    probe = message.location.get("url", "").endswith(("/_stcore/health", "/_stcore/host-config"))
    return [message.text] if message.type == "error" and not probe else []


def _foreign(request: Request) -> list[str]:
    url = urlsplit(request.url)
    local = url.scheme in ("data", "blob", "file") or url.hostname == "localhost"
    return [] if local else [f"a request to {url.hostname}"]
