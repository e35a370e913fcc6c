"""One server and one Chromium for all browser tests; each test has its own page, a new visitor."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.dataset.samples import prepare_sample
from core.network import Network
from core.training.run import Run, Settings
from tests.browser.chromium import launch
from tests.browser.film import Film
from tests.browser.module_server import serve_modules
from tests.browser.server import serve
from tests.browser.visit import errors_of, visit

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
    contexts, pages = browser.contexts, context.pages
    yield
    for other in browser.contexts:
        if other not in contexts:
            other.close()
    for page in context.pages:
        if page not in pages:
            page.close()
    context.set_offline(False)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Yield a page of the test's own."""
    with _new_page(context) as page:
        yield page


@pytest.fixture(scope="module")
def module_page(context: BrowserContext) -> Iterator[Page]:
    """Yield one page to all tests of a module that leave it as it was, or do not mind."""
    with _new_page(context) as page:
        yield page


@contextmanager
def _new_page(context: BrowserContext) -> Iterator[Page]:
    """Yield a page that must log no error, show no traceback, and call no other host."""
    page = context.new_page()
    errors = errors_of(page)
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
