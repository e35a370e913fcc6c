"""Check my gradients in a real browser: paste, the files of a class, and a bundle for each."""

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from core.checking.assignment import read_bundle
from core.checking.grading import UNREADABLE
from core.checking.mistakes import wrong_gradients
from core.dataset.samples import prepare_sample
from core.gradients import gradients
from core.network import Network
from pages.ui.check import my_gradients, student_bundles
from pages.ui.check.cell_maps import CORRECT
from pages.ui.check.diagnosis_view import RIGHT_OR_WRONG, SHOW_CORRECT
from tests.browser.test_save import click_download
from tests.browser.visit import unfold, visit

NARROW = 400
XOR = prepare_sample("xor")
NET = Network.init(2, 3, seed=0)
TRUTH = gradients(NET, XOR.X, XOR.y)
VERDICT, MISTAKES = 2, 5  # columns of the table, after that of the boxes


@pytest.fixture
def tab(page: Page, app: str) -> Page:
    """Yield the tab as it opens: XOR, the initial weights."""
    visit(page, f"{app}/gradient-check")
    page.get_by_role("tab", name="Check my gradients").click()
    expect(page.get_by_text(my_gradients.START)).to_be_visible()
    return page


def as_text(matrices: Any) -> str:
    return "\n".join(f"dW{n} = {np.asarray(dW).tolist()}" for n, dW in enumerate(matrices, start=1))


def wrong(mistake: str) -> str:
    return as_text(wrong_gradients(NET, XOR.X, XOR.y, (mistake,)))


def file_of(name: str, content: str | bytes) -> FilePayload:
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def paste(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾").fill(text)
    page.get_by_role("button", name="Check", exact=True).click()


def alert(page: Page, text: str) -> Locator:
    return page.get_by_test_id("stAlert").filter(has_text=text)


def upload(page: Page, files: list[FilePayload]) -> None:
    page.locator(".st-key-mine_files input[type=file]").set_input_files(files)


def column(page: Page, place: int, rows: int) -> list[str]:
    table = page.locator(".st-key-mine_table")
    return [table.get_by_test_id(f"glide-cell-{place}-{row}").inner_text() for row in range(rows)]


def test_what_is_pasted_is_judged_number_by_number(tab: Page) -> None:
    paste(tab, as_text(TRUTH))
    expect(alert(tab, "Right.")).to_be_visible()
    expect(tab.get_by_text("✓ 13 right", exact=True)).to_be_visible()
    expect(tab.get_by_text(SHOW_CORRECT)).to_have_count(0)
    paste(tab, wrong("missing_hidden_derivative"))
    expect(alert(tab, "Not right yet.")).to_be_visible()
    expect(tab.get_by_text("missing_hidden_derivative", exact=True)).to_be_visible()
    expect(tab.get_by_text("✓ 4 right · ✗ 9 wrong")).to_be_visible()
    expect(tab.get_by_role("radio", name=RIGHT_OR_WRONG)).to_be_checked()
    figures = tab.get_by_role("figure")
    expect(figures).to_have_count(2)
    expect(figures.first).to_contain_text("✗" * 9)
    expect(figures.last).to_contain_text("✓" * 4)
    expect(figures.last).to_contain_text("bias")
    differing = tab.get_by_test_id("stDataFrame")
    expect(differing).to_contain_text("correct digits")
    expect(differing).not_to_contain_text(CORRECT)
    tab.get_by_text(SHOW_CORRECT).click()
    expect(differing).to_contain_text(CORRECT)


def test_an_example_of_a_form_is_one_click_away(tab: Page) -> None:
    tab.get_by_text("torch", exact=True).click()
    expect(tab.get_by_test_id("stCode")).to_contain_text("0.weight tensor([[")
    tab.get_by_role("button", name=my_gradients.USE_FORM).click()
    expect(tab.get_by_text("missing_hidden_derivative", exact=True)).to_be_visible()
    box = tab.get_by_role("textbox", name="∂C/∂W⁽¹⁾ and ∂C/∂W⁽²⁾")
    expect(box).to_have_value(re.compile(r"^0\.weight tensor"))


def test_the_files_of_a_class_give_a_table_of_verdicts(tab: Page) -> None:
    mistakes = ("missing_mean", "sign", "missing_w2", "factor_two")
    files = [file_of(f"{name}.txt", as_text(TRUTH)) for name in ("ada", "ben", "cleo")]
    files += [file_of(f"m{number}.py", wrong(name)) for number, name in enumerate(mistakes)]
    files += [
        file_of("notes.txt", "see the other file"),
        file_of("typo.csv", "dW1\n1,2\n3,x"),
        file_of("saved.pt", b"\x80\x02}q\x00."),
    ]
    tab.get_by_role("radio", name=my_gradients.UPLOAD).click()
    expect(tab.get_by_text(my_gradients.START_UPLOAD)).to_be_visible()
    upload(tab, files)
    expect(tab.get_by_text("3 of 10 files right.")).to_be_visible()
    expect(tab.get_by_role("heading", name="m0.py")).to_be_visible()  # the first that is wrong
    verdicts = ["right"] * 3 + ["wrong"] * 4 + [UNREADABLE] * 3
    assert column(tab, VERDICT, 10) == verdicts
    assert column(tab, MISTAKES, 10) == ["", "", "", *mistakes, "", "", ""]


def test_a_file_is_marked_by_the_bundle_of_its_student(tab: Page, tmp_path: Path) -> None:
    unfold(tab, student_bundles.TITLE)
    tab.get_by_role("textbox", name="Codes, one on each line").fill("mia-07\nben-12\n")
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_text("2 codes")).to_be_visible()
    tab.get_by_role("button", name=student_bundles.MAKE).click()
    with zipfile.ZipFile(click_download(tab, "Download 2 bundles", tmp_path)) as archive:
        text = as_text(read_bundle(archive.read("mia-07.zip")).truth)
    tab.get_by_role("radio", name=my_gradients.UPLOAD).click()
    tab.get_by_text(my_gradients.OF_VARIANTS).click()
    upload(tab, [file_of("hw_mia-07.txt", text), file_of("hw_ben-12.txt", text)])
    expect(tab.get_by_text("1 of 2 files right.")).to_be_visible()
    assert column(tab, VERDICT, 2) == ["right", "wrong"]
    tab.get_by_text(my_gradients.OF_VARIANTS).click()  # all by one bundle: neither is right
    expect(tab.get_by_text("0 of 2 files right.")).to_be_visible()


def test_on_a_phone_nothing_is_wider_than_the_window(tab: Page) -> None:
    tab.set_viewport_size({"width": NARROW, "height": 800})
    tab.get_by_role("button", name=my_gradients.EXAMPLE).click()
    expect(tab.get_by_text("✓ 4 right · ✗ 9 wrong")).to_be_visible()
    assert tab.get_by_test_id("stMain").evaluate("(it) => it.scrollWidth") <= NARROW
