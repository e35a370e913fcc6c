"""The save page without a browser: every file is made, for any run, and holds what it says."""

import csv
import json
import zipfile
from io import BytesIO, StringIO

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui.fields.download_button import Content
from pages.ui.save import downloads as save_downloads
from pages.ui.save.downloads import GROUPS, Download, content, download_groups
from pages.ui.save.page.controls import BUTTON, TITLE
from pages.ui.state.drafts import mazur
from pages.ui.state.session import KEY, Session, Weight
from tests.pages.driving import downloads, texts
from tests.pages.test_chain_rule import APP, CASES, trained

OFFERS = [offer for group in download_groups(2).values() for offer in group]


def offer(label: str) -> Download:
    return next(offer for offer in OFFERS if offer.label == label)


def page(session: Session) -> AppTest:
    at = AppTest.from_file(APP, default_timeout=60)
    at.session_state[KEY] = session
    at.run()
    at.switch_page("pages/save.py").run()
    assert not at.exception
    return at


def table(text: Content) -> list[dict[str, str]]:
    assert isinstance(text, str)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:])))


@pytest.mark.parametrize("case", ["as derived", "three outputs", "regression"])
def test_the_page_offers_every_file(case: str) -> None:
    at = page(trained(case))
    assert [heading.value for heading in at.header] == [TITLE, *GROUPS]
    buttons = [b.proto for b in at.get("download_button") if b.proto.label != "Save the run"]
    assert [button.label for button in buttons] == [BUTTON, *(offer.label for offer in OFFERS)]
    assert all(button.help for button in buttons)


def test_it_computes_nothing_before_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("a file was made")

    monkeypatch.setattr(save_downloads, "content", refuse)
    page(trained("three outputs"))


FILES = {
    "NumPy script": "xor-epoch0-numpy.py",
    "Notebook": "xor-epoch0-notebook.ipynb",
    "PyTorch script": "xor-epoch0-torch.py",
    "W⁽¹⁾ (CSV)": "xor-epoch0-W1.csv",
    "Weights (npz)": "xor-epoch0-weights.npz",
    "Predictions (CSV)": "xor-epoch0-predictions.csv",
}


def test_files_are_downloaded_under_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    page(Session())
    for label, name in FILES.items():
        given, content = offered[label]
        assert given == name
        assert len(content()) > 50


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.file)
def test_every_file_is_made(case: str, offer: Download) -> None:
    assert len(content(offer, trained(case))) > 20


def test_it_opens_before_anything_was_trained() -> None:
    session = Session()
    assert "Epoch 0 of XOR" in texts(page(session))
    assert all(content(each, session) for each in OFFERS)


def test_it_says_which_sample_and_weight_files_are_about() -> None:
    session = trained("three outputs")
    session.look(sample=16, weight=Weight(2, 1, 2))
    told = texts(page(session))
    assert "sample 17 and the weight in row 2, column 3 of W⁽²⁾" in told


def test_what_is_offered_is_the_run_as_the_page_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage may go on while the page is open."""
    session, offered = trained("as derived"), []
    monkeypatch.setattr(
        st,
        "download_button",
        lambda label, data, name, *_, **__: offered.append((label, data, name)),
    )
    save_downloads.download_buttons(session)
    before = json.dumps(session.at_epoch().W1.tolist())
    session.report(9, playing=False)
    found = next(one for one in offered if one[0] == "Weights (JSON)")
    told = json.loads(found[1]())
    assert (told["epoch"], json.dumps(told["W1"])) == (6, before)
    assert found[2] == "xor-epoch6-weights.json"


def test_large_data_comes_along_in_a_zip() -> None:
    session = trained("three outputs")
    packed = content(offer("NumPy script"), session)
    assert isinstance(packed, bytes)
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        names = {"train_numpy.py", "X.csv", "y.csv", "X_val.csv", "y_val.csv", "W1.csv", "W2.csv"}
        assert set(archive.namelist()) == names
        X = np.loadtxt(archive.open("X.csv"), delimiter=",")
    assert np.array_equal(X, session.run.X)
    assert isinstance(content(offer("NumPy script"), trained("as derived")), str)


def test_the_weights_have_their_names_and_all_their_digits() -> None:
    session = trained("three outputs")
    net = session.at_epoch()
    for label, matrix, first, corner in (
        ("W⁽¹⁾ (CSV)", net.W1, "sepal_length_cm", "W1"),
        ("W⁽²⁾ (CSV)", net.W2, "h1", "W2"),
    ):
        rows = table(content(offer(label), session))
        assert rows[0].pop(corner) == first
        assert rows[-1].pop(corner) == "bias"
        for row, truth in zip((rows[0], rows[-1]), (matrix[0], matrix[-1]), strict=True):
            assert [float(value) for value in row.values()] == truth.tolist()
    assert list(table(content(offer("W⁽²⁾ (CSV)"), session))[0])[1:] == list(
        session.source.dataset.classes
    )


def test_an_exercise_is_predicted_in_its_own_numbers() -> None:
    session = Session()
    session.use(mazur())
    rows = table(content(offer("Predictions (CSV)"), session))
    assert [list(row.values())[:4] for row in rows] == [["training", "1", "0.01", "0.99"]]
    values = [float(value) for value in list(rows[0].values())[4:]]
    assert values == session.at_epoch().predict(session.run.X)[0].tolist()


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Iris", "iris"), ("../../etc/x.csv", "etc-x-csv"), ("שלום", "run"), ("a" * 99, "a" * 40)],
)
def test_a_file_is_named_after_the_data(title: str, slug: str) -> None:
    assert save_downloads._slug(title) == slug
