"""The check page in the browser: every weight checked, a student's file named, a class marked."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from core.bundle import Bundle, read_bundle
from core.gradients import gradients
from tests.browser.film import Film, settled
from tests.browser.visit import go, visit

ERROR = "stAlertContentError"
SUCCESS = "stAlertContentSuccess"


@pytest.fixture
def trained(page: Page, app: str) -> int:
    """The check page after some epochs; the epoch that the app stands at."""
    visit(page, app)
    film = Film(page)
    film.wait("paused")
    film.press("Play")
    film.wait_for_epoch(40)
    film.press("Pause")
    film.wait("paused")
    settled(page)
    epoch = film.epoch
    go(page, "Check")
    expect(page.get_by_test_id(SUCCESS)).to_contain_text("The gradient is right")
    settled(page)
    return epoch


def tab(page: Page, name: str) -> Locator:
    page.get_by_role("tab", name=name).click()
    panel = page.get_by_role("tabpanel", name=name)
    panel.wait_for()
    settled(page)
    return panel


def bundle_of(page: Page, panel: Locator) -> Bundle:
    """The bundle that the page hands out."""
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="Download the bundle").click()
    return read_bundle(Path(waiting.value.path()).read_bytes())


def written(dW1: np.ndarray, dW2: np.ndarray) -> bytes:
    return json.dumps({"dW1": dW1.round(6).tolist(), "dW2": dW2.round(6).tolist()}).encode()


def test_every_weight_is_checked_at_the_epoch_that_was_on_stage(page: Page, trained: int) -> None:
    expect(page.get_by_label("Epoch", exact=True)).to_have_value(str(trained))
    maps = page.get_by_test_id("stPlotlyChart")
    expect(maps).to_have_count(3)
    expect(maps.nth(0).locator(".heatmaplayer image")).to_have_count(1)
    expect(maps.nth(2)).to_contain_text("h used")
    page.get_by_role("radio", name="Central differences").click()
    half = re.compile(r"e−1?[01]\d?$|e−[6-9]$")  # half the digits are lost
    expect(maps.nth(0).locator(".heatmap-label").filter(has_text=half)).not_to_have_count(0)


@pytest.mark.usefixtures("trained")
def test_a_students_file_without_the_mean_is_named(page: Page) -> None:
    panel = tab(page, "Check my gradients")
    given = bundle_of(page, panel)
    dW1, dW2 = gradients(given.net, given.X, given.y, given.loss)
    N = len(given.X)
    panel.get_by_role("radio", name="Upload files").click()
    upload = panel.locator("input[type=file]")
    upload.set_input_files(
        {"name": "mia.json", "mimeType": "application/json", "buffer": written(N * dW1, N * dW2)}
    )
    expect(panel.get_by_test_id(ERROR)).to_contain_text("Not right yet.")
    expect(panel).to_contain_text("1/N is forgotten")
    expect(panel).to_contain_text("Divide the sum over the samples by N.")
    expect(panel.get_by_text("missing_mean", exact=True)).to_be_visible()
    expect(panel).to_contain_text("eq. 3")


@pytest.mark.usefixtures("trained")
def test_right_gradients_pasted_are_right_and_corrected_ones_too(page: Page) -> None:
    panel = tab(page, "Check my gradients")
    given = bundle_of(page, panel)
    dW1, dW2 = gradients(given.net, given.X, given.y, given.loss)
    box, check = panel.get_by_role("textbox"), panel.get_by_role("button", name="Check", exact=True)
    box.fill(f"dW1 = {(-dW1).tolist()}\ndW2 = {(-dW2).tolist()}")
    check.click()
    expect(panel).to_contain_text("the sign is wrong")
    settled(page)
    box.fill(f"dW1 = {dW1.T.tolist()}\ndW2 = {dW2.ravel().tolist()}")
    check.click()
    expect(panel.get_by_test_id(SUCCESS)).to_contain_text("in 15 digits or more")
    expect(panel).to_contain_text("transposed")


@pytest.mark.usefixtures("trained")
def test_a_class_is_marked_and_the_table_saved(page: Page) -> None:
    panel = tab(page, "Check my gradients")
    given = bundle_of(page, panel)
    dW1, dW2 = gradients(given.net, given.X, given.y, given.loss)
    panel.get_by_role("radio", name="Upload files").click()
    files = {"ada.json": (dW1, dW2), "bob.json": (2 * dW1, 2 * dW2), "cyd.json": (-dW1, -dW2)}
    panel.locator("input[type=file]").set_input_files(
        [
            FilePayload(name=name, mimeType="application/json", buffer=written(*matrices))
            for name, matrices in files.items()
        ]
    )
    expect(panel).to_contain_text("1 of 3 files right.")
    settled(page)
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="Save the table").click()
    lines = Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["ada.json", "right"], ["bob.json", "wrong"], ["cyd.json", "wrong"],
    ]  # fmt: skip
    assert "factor_two" in lines[2]
    assert "sign" in lines[3]


def test_the_bundle_is_a_zip_with_what_loads_it(page: Page, trained: int) -> None:
    panel = tab(page, "Check my gradients")
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="Download the bundle").click()
    assert re.fullmatch(rf"gradients-epoch-{trained}\.zip", waiting.value.suggested_filename)
    data = Path(waiting.value.path()).read_bytes()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert {"X.csv", "y.csv", "W1.csv", "W2.csv", "bundle.json", "load.py"} == set(
            archive.namelist()
        )
