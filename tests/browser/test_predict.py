"""The predict page in a real browser: a row typed in, a file uploaded and saved again."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.film import Film, settled
from tests.browser.visit import go


def test_a_row_that_is_typed_is_predicted(film: Film) -> None:
    page = film.page
    go(page, "Predict")
    expect(page.get_by_text("No training yet.")).to_be_visible()
    answer = page.get_by_role("heading", name="Predicted y: ")
    expect(answer).to_be_visible()
    said = page.get_by_text("so the predicted class is")
    before = said.inner_text()
    page.get_by_label("x1", exact=True).fill("0.25")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(said).not_to_have_text(before)
    page.get_by_role("button", name="As in the table").click()
    expect(said).to_have_text(before)
    settled(page)  # until then the former field stands there too
    expect(page.get_by_label("x1", exact=True)).to_have_value("1")


def test_new_rows_are_uploaded_predicted_and_saved(film: Film, tmp_path: Path) -> None:
    page = film.page
    go(page, "Predict")
    page.get_by_role("tab", name="A file of rows").click()
    rows = _saved(page, "An example to fill in")
    assert rows[0] == ["x1", "x2"]
    file = tmp_path / "new.csv"
    file.write_text("x1,x2,note\n1,0,=1+1\n0.5,many,b\n0,0,c\n")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("2 rows of 3 predicted")).to_be_visible()
    expect(page.get_by_text("“many” in column “x2” is no number (line 3)")).to_be_visible()
    names, *saved = _saved(page, "Download with predictions (CSV)")
    assert names == ["line", "predicted y", "P(0)", "P(1)", "x1", "x2", "note"]
    assert [(row[0], row[-1]) for row in saved] == [("2", "'=1+1"), ("4", "c")]


def test_how_good_it_is_is_drawn(film: Film) -> None:
    page = film.page
    go(page, "Predict")
    page.get_by_role("tab", name="Evaluation").click()
    expect(page.get_by_text("Training: ")).to_be_visible()
    charts = page.get_by_test_id("stPlotlyChart")
    expect(charts.first).to_contain_text("actual", timeout=20_000)  # the library comes first
    expect(charts.last).to_contain_text("AUC = ")


def _saved(page: Page, button: str) -> list[list[str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text)))
