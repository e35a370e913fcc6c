"""Pictures of the app at work.

python -m tests.browser.pictures            the README's, into tests/pictures/
python -m tests.browser.pictures --all DIR  every page, wide and narrow, light and dark, to look at
                                 --deep     likewise, of Iris with three hidden layers and softmax
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urlsplit

import pandas as pd
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from core.dataset.samples import load
from pages.ui.check.bug_lab import ONE_HIDDEN_LAYER
from pages.ui.runs.sweep.form import START
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from tests.browser.chromium import launch
from tests.browser.server import serve
from tests.browser.visit import visit
from tests.paths import ROOT

PICTURES = ROOT / "tests" / "pictures"
LARGEST = 300_000  # bytes of a picture that the repository keeps
SWITCHES = ("Gradients", "Network", "Decision surface", "Hidden units", "Accuracy", "Last update")
UPLOADED = "Flats of a town\n\nrent;rooms;lift;zone;liked\n" + "".join(
    f"{400 + 37 * i},50 €;{i % 4 + 1};{('nein', 'ja')[i % 3 > 0]};{('N', 'NA')[i == 7]};{i % 2}\n"
    for i in range(40)
)
NEW_ROWS = pd.DataFrame({"x1": [0, 1, 0.5, 2], "x2": [1, 1, "many", 2], "y": [1, 0, 1, 0]})
STOPS = ("H", "H1", "dC_dO", "dC_dH", "dC_dW1", "update")  # of the step through
SWEEP_TIME = 300_000  # ms, of three hidden layers
MID_RUN = 90  # epochs: the loss is on its way down
WIDE, NARROW = 1400, 400
SCREEN = 800  # its height

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description="Pictures of the app at work.")
    parser.add_argument("--all", type=Path, metavar="DIR", help="every page, to look at")
    parser.add_argument("--deep", action="store_true", help="with three hidden layers")
    options = parser.parse_args()
    folder: Path | None = options.all
    start = _deep_network() if options.deep else ""
    with sync_playwright() as playwright, _app() as address:
        chromium = launch(playwright)
        if folder is None:
            take(chromium, address, PICTURES, WIDE, "light")
        else:
            for width, theme in product((WIDE, NARROW), THEMES):
                take(chromium, address, folder, width, theme, f"-{width}-{theme}", start)
        chromium.close()


def take(
    chromium: Browser,
    address: str,
    folder: Path,
    width: int,
    theme: Theme,
    suffix: str = "",
    start: str = "",
) -> None:
    """Photograph a run trained half-way and its chain rule; with a suffix, all pages.

    `start`: the parameters of the address that opens it; by default it is XOR.
    """
    with _visitor(chromium, width, theme) as page:
        visit(page, f"{address}/?{start}")
        if suffix:
            _shoot(page, folder / f"opened{suffix}.png")
        _play(page)
        _shoot(page, folder / f"train{suffix}.png")
        for name in SWITCHES if suffix else SWITCHES[:3]:
            page.get_by_role("button", name=name, exact=True).click()
        _shoot(page, folder / f"stage{suffix}.png", None if suffix else "stage")
        page.get_by_test_id("stPageLink-NavLink").filter(has_text="Chain rule").click()
        page.wait_for_url("**/chain-rule*")
        _shoot(page, folder / f"chain-rule{suffix}.png", None if suffix else "gradient")
        run = urlsplit(page.url).query  # by which each page finds it
        _step(page, folder, suffix)
        _runs(page, f"{address}/runs?{run}", folder, suffix)
        visit(page, f"{address}/gradient-check?{run}")
        _check(page, folder, suffix)
        if suffix:
            for name in ("the-derivation", "save", "dataset"):
                visit(page, f"{address}/{name}?{run}")
                _shoot(page, folder / f"{name}{suffix}.png")
            _data(page, folder, suffix)
            visit(page, f"{address}/predict?{run}")
            _predict(page, folder, suffix, load("iris").frame if start else NEW_ROWS)


def _deep_network() -> str:
    """Return the parameters of Iris with three hidden layers and a softmax."""
    session = Session()
    deep = Architecture((4, 3, 5), hidden_activation="tanh", output_activation="softmax")
    session.use(Draft.of_sample("iris"), deep)
    session.change(replace(session.settings, loss="cross_entropy", learning_rate=0.1))
    return urlencode(Permalink.of(session).params)


def _step(page: Page, folder: Path, suffix: str) -> None:
    """Photograph δ of the hidden layer in the step through; with a suffix, further stops."""
    page.get_by_role("button", name="Step through").click()
    walk = page.get_by_test_id("walk")
    walk.wait_for()
    before = None
    while before != (stop := walk.get_attribute("data-stop")):
        before = stop
        if stop in (STOPS if suffix else ("dC_dH",)):
            name = f"{stop}{suffix}" if suffix else "step-through"
            _shoot(page, folder / f"{name}.png", None if suffix else "walk")
        walk.press("ArrowRight")


def _runs(page: Page, address: str, folder: Path, suffix: str) -> None:
    """Photograph a sweep with its best cell open; with a suffix, the page's other tabs too."""
    visit(page, address)
    if suffix:
        page.get_by_role("button", name="Compare two seeds").click()
        _shoot(page, folder / f"compare{suffix}.png")
        page.get_by_role("tab", name="Landscape").click()
        page.locator("[data-testid=landscape][data-state=done]").wait_for()
        _shoot(page, folder / f"landscape{suffix}.png")
    page.get_by_role("tab", name="Sweep").click()
    page.get_by_role("button", name=START).click()
    page.locator("[data-testid=sweep][data-state=done]").wait_for(timeout=SWEEP_TIME)
    page.locator("button[data-cell]").last.click()
    page.mouse.move(0, 0)
    _shoot(page, folder / f"sweep{suffix}.png", None if suffix else "sweep")


def _check(page: Page, folder: Path, suffix: str) -> None:
    """Photograph the bug lab with a wrong sign; with a suffix, the other tabs too."""
    for tab in ("Gradient check", "Check my gradients") if suffix else ():
        page.get_by_role("tab", name=tab).click()
        _shoot(page, folder / f"{tab.lower().replace(' ', '-')}{suffix}.png")
    page.get_by_role("tab", name="Bug lab").click()
    mistake = page.get_by_role("button", name="Wrong sign")
    mistake.or_(page.get_by_role("button", name=ONE_HIDDEN_LAYER)).first.wait_for()
    if mistake.count():  # else the network has several hidden layers
        mistake.click()
        page.get_by_test_id("bug-lab").wait_for()
    _shoot(page, folder / f"bug-lab{suffix}.png", None if suffix else "bug-lab")


def _data(page: Page, folder: Path, suffix: str) -> None:
    """Photograph a file that is refused, then one from a spreadsheet."""
    page.get_by_text("Your own CSV", exact=True).click()
    for name, content in (("refused", b"\x89PNG\r\n\x1a\n"), ("uploaded", UPLOADED.encode())):
        _upload(page, f"{name}.csv", content)
        page.get_by_text(f"{name}.csv is" if name == "refused" else "Prepared data").wait_for()
        _shoot(page, folder / f"dataset-{name}{suffix}.png")


def _predict(page: Page, folder: Path, suffix: str, rows: pd.DataFrame) -> None:
    """Photograph each tab of the predict page, one with these rows."""
    for tab in ("One row", "A file of rows", "Evaluation"):
        page.get_by_role("tab", name=tab).click()
        if tab == "A file of rows":
            _upload(page, "new.csv", rows.to_csv(index=False).encode())
            page.get_by_text("predicted, with the weights").wait_for()
        _shoot(page, folder / f"{tab.lower().replace(' ', '-')}{suffix}.png")


def _upload(page: Page, name: str, content: bytes) -> None:
    """Upload a file to the page."""
    file = FilePayload(name=name, mimeType="text/csv", buffer=content)
    page.locator("input[type=file]").first.set_input_files(file)


@contextmanager
def _app() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as (address, _),
    ):
        yield address


@contextmanager
def _visitor(chromium: Browser, width: int, theme: Theme) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": width, "height": SCREEN}, color_scheme=theme)
    yield context.new_page()
    context.close()


def _play(page: Page) -> None:
    """Play to the middle of the run and pause there."""
    page.get_by_role("button", name="Play", exact=True).click()
    stage = page.get_by_test_id("stage")
    for _ in range(600):  # half a minute
        if int(stage.get_attribute("data-epoch") or 0) >= MID_RUN:
            break
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Pause", exact=True).click()


def _shoot(page: Page, path: Path, last: str | None = None) -> None:
    """Photograph the idle page: down to the element with that test id, or all of it."""
    width = page.viewport_size["width"] if page.viewport_size else WIDE
    page.set_viewport_size({"width": width, "height": SCREEN})
    page.wait_for_timeout(1500)  # transitions, and the rest of the page following the film
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    box = page.get_by_test_id(last).bounding_box() if last else None
    if box is not None:
        height = int(box["y"] + box["height"] + 60)
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)
    path.parent.mkdir(parents=True, exist_ok=True)
    size = len(page.screenshot(path=path))
    print(f"{path.name}: {width}×{height}, {size / 1000:.0f} kB")
    if path.parent == PICTURES and size > LARGEST:
        raise SystemExit(f"{path.name} is larger than {LARGEST} bytes")


if __name__ == "__main__":
    main()
