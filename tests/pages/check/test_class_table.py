"""The table of a class, and its downloads."""

import csv
import io
import json
import zipfile

import pytest

from core.gradients import gradients
from pages.ui.check.class_table import CSV, GRADESCOPE
from tests.pages.check.driving import open_tab, truth_of, upload, written
from tests.pages.driving import downloads, texts
from tests.pages.test_chain_rule import trained


def test_the_files_of_a_class_give_a_table_to_save(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    net, run = session.at_epoch(), session.run
    dW1, dW2 = gradients(net, run.X, run.y)
    at = open_tab(session)
    files: dict[str, bytes | str] = {
        "ada.txt": written(dW1, dW2),
        "bob.txt": written(4 * dW1, 4 * dW2),
        "cyd.txt": "no numbers",
        "dan.txt": written(2 * dW1, 2 * dW2),
        "eva.txt": written(-dW1, -dW2),
    }
    upload(at, files)
    assert "**1 of 5 files right.**" in texts(at)
    table = at.dataframe[0].value
    verdicts = ["right", "wrong", "unreadable", "wrong", "wrong"]
    assert list(table["verdict"]) == verdicts
    assert list(table["mistakes"]) == ["", "missing_mean", "", "factor_two", "sign"]
    name, content = offered[CSV]
    assert name == "marked.csv"
    lines = list(csv.reader(io.StringIO(str(content()).removeprefix("\ufeff"))))
    assert [line[:2] for line in lines[1:]] == [
        [*pair] for pair in zip(files, verdicts, strict=True)
    ]
    assert "factor_two" in lines[4]
    assert "sign" in lines[5]
    assert "`missing_mean`" in texts(at)  # the first that is not right, in detail


def test_gradescope_gets_a_result_for_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    dW1, dW2 = truth_of(session)
    files: dict[str, bytes | str] = {
        "ada.txt": written(dW1, dW2),
        "bob.txt": written(2 * dW1, dW2),
        "bob.csv": "none",
    }
    upload(open_tab(session), files)
    name, content = offered[GRADESCOPE]
    assert name == "gradescope.zip"
    with zipfile.ZipFile(io.BytesIO(bytes(content()))) as archive:  # type: ignore[arg-type]
        results = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert {name: result["score"] for name, result in results.items()} == {
        "ada.results.json": 2.0,
        "bob.results.json": 1.0,
        "bob-2.results.json": 0.0,
    }
