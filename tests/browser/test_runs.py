"""The Runs page in a real browser: runs kept and compared, a sweep, and the landscape of a run."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.gradients import cost
from core.network import Network
from core.training.landscape import Plane, WeightPath
from core.training.run import Run, Settings
from pages.ui.runs.sweep.form import START
from tests.browser.film import CELL, SCAN, Film
from tests.browser.test_bug_lab import DRAG
from tests.browser.visit import IDLE, go, visit
from tests.core.oracles import XOR_X, XOR_Y

EPOCHS = 500  # of the preset


def xor(seed: int = 0, **changed: float) -> Run:
    """Return the preset's run with another seed or settings, trained to its end."""
    settings = Settings(**({"learning_rate": 10.0, "epochs": EPOCHS} | changed))  # type: ignore[arg-type]
    run = Run(Network.init(2, 3, seed=seed), XOR_X, XOR_Y, settings)
    run.advance(settings.epochs)
    return run


def play_to_the_end(page: Page) -> Film:
    film = Film(page)
    film.wait("paused")
    film.stage.get_by_role("combobox", name="Speed").select_option("100")
    film.press("Play")
    film.wait("done")
    return film


def keep(page: Page, name: str) -> None:
    """Keep the run in use by a name, on the Train page."""
    page.get_by_test_id("stPopover").get_by_role("button", name="Keep").click()
    field = page.get_by_role("textbox", name="Name of this run")
    field.fill(name)
    field.press("Enter")
    page.get_by_test_id("stPopover").get_by_role("button", name=name).wait_for()
    page.keyboard.press("Escape")


def cells_of(view: Locator, name: str) -> list[float]:
    """Return a matrix from the tooltips of its cells."""
    cells = view.locator(f"canvas[data-layer={name}]").evaluate(SCAN, [CELL])
    return [float(cell["value"]) for cell in cells.values()]


def open_tab(page: Page, title: str) -> None:
    page.get_by_role("tab", name=title).click()
    page.locator(IDLE).wait_for()


def test_two_runs_are_kept_compared_and_opened_again(page: Page, app: str) -> None:
    visit(page, app)
    play_to_the_end(page)
    keep(page, "seed zero")
    page.get_by_role("textbox", name="Seed", exact=True).fill("1")
    page.get_by_role("button", name="Start a new run").click()
    page.locator(IDLE).wait_for()
    play_to_the_end(page)
    keep(page, "seed one")
    go(page, "Runs")
    page.locator(IDLE).wait_for()
    page.get_by_role("combobox", name="Selected runs").click()
    for name in ("seed zero", "seed one"):
        page.get_by_role("option", name=name).click()  # the list stays open
        page.locator(IDLE).wait_for()
    page.keyboard.press("Escape")
    pair = page.get_by_test_id("run-pair")
    expect(pair).to_have_attribute("data-state", "paused")
    runs = xor(), xor(1)
    for epoch in (EPOCHS, 0):
        pair.locator("input[type=range]").evaluate(DRAG, epoch)
        expect(pair).to_have_attribute("data-epoch", str(epoch))
        for layer in (1, 2):
            matrices = [run.at(epoch).weights[layer - 1].ravel() for run in runs]
            both = dict(zip(("first", "second"), matrices, strict=True))
            for name, matrix in {**both, "difference": matrices[1] - matrices[0]}.items():
                shown = cells_of(pair, f"{name}_W{layer}")
                assert shown == pytest.approx(matrix.tolist(), rel=1e-6, abs=1e-6)
    page.get_by_role("button", name="Open seed zero at epoch 0").click()
    film = Film(page)
    film.wait("paused")
    assert (film.epoch, film.trained) == (0, EPOCHS)
    assert film.cost() == pytest.approx(runs[0].losses[0], rel=1e-3)


def test_a_sweep_is_cancelled_then_run_and_opens_the_run_behind_a_cell(
    page: Page, app: str
) -> None:
    visit(page, f"{app}/runs")
    open_tab(page, "Sweep")
    view = page.get_by_test_id("sweep")
    epochs = page.get_by_role("textbox", name="Epochs of each run")
    epochs.fill("1000000")
    epochs.press("Enter")
    page.get_by_role("button", name=START).click()
    expect(view).to_have_attribute("data-state", "running")
    view.get_by_role("button", name="Cancel").click()
    expect(view).to_have_attribute("data-state", "cancelled")
    finished = view.get_attribute("data-finished")
    epochs.fill("300")
    epochs.press("Enter")
    page.locator(IDLE).wait_for()
    page.get_by_role("button", name=START).click()
    expect(view).to_have_attribute("data-state", "done")
    assert view.get_attribute("data-finished") == view.get_attribute("data-count") != finished
    view.get_by_role("button", name=re.compile("η.* = 3.*m.* = 3")).click()
    details = page.get_by_test_id("sweep-details")
    details.get_by_role("button", name="Open the run of seed 2").click()
    expect(details.locator("tr[data-state=used]")).to_have_count(1)
    page.locator(IDLE).wait_for()
    go(page, "Train")
    film = Film(page)
    film.wait("done")
    run = xor(2, learning_rate=3.0, epochs=300)
    assert film.epoch == 300
    for layer, matrix in enumerate(run.network.weights, start=1):
        assert cells_of(film.stage, f"W{layer}") == matrix.ravel().tolist()


def test_the_landscape_follows_the_film_and_has_the_numbers_of_the_run(
    page: Page, app: str
) -> None:
    visit(page, app)
    play_to_the_end(page)
    go(page, "Runs")
    open_tab(page, "Landscape")
    view = page.get_by_test_id("landscape")
    expect(view).to_have_attribute("data-state", "done")
    run = xor()
    path = WeightPath.of(run)
    plane = Plane.of_path(path, run)
    before = ""
    for epoch in (EPOCHS, 0):
        view.locator("input[type=range]").evaluate(DRAG, epoch)
        expect(view).to_have_attribute("data-epoch", str(epoch))
        weights = path.weights[int(np.flatnonzero(path.epochs == epoch)[0])]
        on_plane = plane.network(run.template, *plane.coordinates(weights))
        C = re.search(r"C on the plane: ([\d.]+(?:e−\d+)?)", view.inner_text())
        assert C is not None
        expected = cost(on_plane, XOR_X, XOR_Y)
        assert float(C[1].replace("−", "-")) == pytest.approx(expected, rel=1e-3)
        picture = view.locator("canvas").first.evaluate("(canvas) => canvas.toDataURL()")
        assert picture != before  # the point has moved
        before = picture
    view.focus()
    view.press("Space")
    expect(view).to_have_attribute("data-film", "playing")
    expect(view).to_have_attribute("data-epoch", str(EPOCHS))
    page.get_by_role("button", name="Curvature").click()
    page.get_by_text("2/η").first.wait_for()
