"""A real browser that trains on a million rows as fast as the server allows."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from tests.browser.chromium import launch
from tests.browser.film import Film
from tests.browser.visit import IDLE, go, visit

ROWS, COLUMNS = 1_000_000, 10


@contextmanager
def train_on_a_million_rows(address: str) -> Iterator[Callable[[], int]]:
    """Upload a table and play; yield a function that returns the epoch on display.

    Reduced motion keeps the cost of drawing low.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        page = browser.new_page(reduced_motion="reduce")
        page.set_default_timeout(120_000)
        film = Film(page)
        visit(page, f"{address}/dataset")
        page.get_by_role("radio", name="Your own CSV").click()
        page.locator("input[type=file]").set_input_files(_table(Path(folder)))
        page.get_by_role("button", name="Use this data").click()
        page.get_by_text("In use: million.csv").wait_for()
        page.locator(IDLE).wait_for()
        go(page, "Train")
        film.set_length(100_000)
        film.press("Play")
        film.wait_for_epoch(3)
        yield lambda: film.epoch


def _table(folder: Path) -> Path:
    """Write a table of numbers whose last column is a class."""
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, COLUMNS)).round(3)
    y = X[:, :2].sum(axis=1) > 0
    path = folder / "million.csv"
    names = ",".join([*(f"x{i}" for i in range(COLUMNS)), "y"])
    np.savetxt(path, np.column_stack([X, y]), "%g", ",", header=names, comments="")
    return path
