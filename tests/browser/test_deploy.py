"""Two processes of the app behind HAProxy as `deploy` sets it up, in a real browser."""

import http.client
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from pages.ui.runs.sweep.form import START
from tests.browser.conftest import PATIENCE
from tests.browser.film import Film
from tests.browser.test_dataset import GRADES, choose, upload, use
from tests.browser.test_save import click_download
from tests.browser.visit import errors_of, go, visit
from tests.paths import ROOT
from tests.services import CONFIGURATION, processes, proxy

PLOT = ".js-plotly-plot .main-svg"
UPLOAD = "/_stcore/upload_file/session/file"
SETTINGS = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
LARGEST = SETTINGS["server"]["maxUploadSize"] << 20  # bytes of a file
LARGE = LARGEST + (1 << 20)  # more than a file and the frame that a browser sends it in
# A violation of the content policy that is caught by the page would else not be logged.
LOG_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`${event.effectiveDirective}: ${event.blockedURI} in ${event.sourceFile}`))"""


@dataclass(frozen=True)
class School:
    """The proxy's address and its log."""

    address: str
    log: Path


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    with processes(folder, 2) as apps:
        ports = [urlsplit(address).port or 0 for address, _ in apps]
        with proxy(folder, ports) as (address, _):
            yield School(address, folder / "haproxy.txt")


@contextmanager
def visitor(browser: Browser, school: School) -> Iterator[Page]:
    """Yield a new visitor's page, on which nothing may be blocked or fail."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(LOG_VIOLATIONS)
    page = context.new_page()
    errors = errors_of(page)
    visit(page, school.address)
    Film(page).wait("paused")
    yield page
    context.close()
    assert errors == []


def process_of(page: Page) -> str:
    """Return the number of the process that a visitor stays with, from the proxy's cookie."""
    return next(
        cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "chainscope"
    )


def test_while_one_visitor_plays_another_uploads_and_downloads_on_another_process(
    school: School, browser: Browser, tmp_path: Path
) -> None:
    with visitor(browser, school) as first, visitor(browser, school) as second:
        assert {process_of(first), process_of(second)} == {"1", "2"}
        film = Film(first)
        film.press("Play")
        go(second, "Data")
        choose(second, "Your own CSV")
        upload(second, tmp_path / "grades.csv", GRADES)
        use(second, "grades.csv")
        go(second, "Save")
        path = click_download(second, "Predictions (CSV)", tmp_path)
        assert len(pd.read_csv(path)) == 4
        film.wait_for_epoch(60)
        film.press("Pause")
        film.wait_at_rest()
        epoch, ticket = film.epoch, parse_qs(urlsplit(first.url).query)["run"][0]
        first.reload()
        film.wait("paused")
        assert film.epoch == epoch
        number = process_of(second)
    log = school.log.read_text()
    requests = re.findall(r"process-(\d) .* (PUT /_stcore/upload_file|GET /media)/", log)
    assert {*requests} == {(number, "PUT /_stcore/upload_file"), (number, "GET /media")}
    assert ticket not in log


def test_the_content_policy_blocks_nothing_on_any_page(
    school: School, browser: Browser, tmp_path: Path
) -> None:
    with visitor(browser, school) as page:
        film = Film(page)
        film.switch("Decision surface").click()
        film.run_to(epoch=30)
        film.press("Present")
        present = film.stage.get_by_role("button", name="Present", exact=True)
        expect(present).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Escape")
        film.wait_at_rest()
        go(page, "Chain rule")
        page.get_by_test_id("chain-rule").wait_for()
        go(page, "Derivation")
        page.locator("math").first.wait_for()
        go(page, "Check")
        page.locator(PLOT).first.wait_for()
        go(page, "Predict")
        page.get_by_role("tab", name="Evaluation").click()
        page.locator(PLOT).first.wait_for()
        go(page, "Save")
        assert click_download(page, "Report (HTML)", tmp_path).stat().st_size > 10_000
        go(page, "Data")
        expect(page.get_by_text("Your own CSV")).to_be_visible()
        go(page, "Runs")
        page.get_by_role("tab", name="Landscape").click()
        page.get_by_test_id("landscape").wait_for()
        page.get_by_role("tab", name="Sweep").click()
        page.get_by_role("button", name=START).click()
        page.locator("button[data-cell]").first.wait_for()


@pytest.mark.parametrize("path", ["/", "/favicon.png", UPLOAD])
def test_every_answer_says_what_a_browser_may_do_with_it(path: str, school: School) -> None:
    reply, _ = request(school, "GET", path)
    assert "frame-ancestors 'self'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["Referrer-Policy"] == "same-origin"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("Content-Length", str(LARGE), 413), ("Transfer-Encoding", "chunked", 411)],
)
def test_an_upload_too_large_or_of_unknown_length_is_refused(
    header: str, value: str, status: int, school: School
) -> None:
    reply, sentence = request(school, "PUT", UPLOAD, {header: value})
    assert reply.status == status
    assert f'"{sentence}"' in CONFIGURATION.read_text()


def test_a_file_as_large_as_the_app_takes_reaches_it(school: School) -> None:
    reply, _ = request(school, "PUT", UPLOAD, {"Content-Length": str(LARGEST)})
    assert reply.headers["server"] == "uvicorn"


def request(
    school: School, method: str, path: str, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, str]:
    """Return the answer to a request that ends after its headers."""
    connection = http.client.HTTPConnection(urlsplit(school.address).netloc, timeout=10)
    connection.putrequest(method, path)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.endheaders()
    reply = connection.getresponse()
    text = reply.read().decode(errors="replace")
    connection.close()
    return reply, text
