"""A bundle for each student, from codes, and the files that are marked by it."""

import io
import zipfile

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking.assignment import read_bundle
from core.checking.classroom.variants import variant
from pages.ui.check import my_gradients, student_bundles
from tests.pages.check.driving import open_tab, states, upload, written
from tests.pages.driving import button, downloads, number, texts
from tests.pages.test_chain_rule import trained


def enter_codes(at: AppTest, codes: str) -> AppTest:
    at.text_area(key=student_bundles.CODES).set_value(codes).run()
    assert not at.exception
    return at


def check_of_variants(at: AppTest) -> AppTest:
    at.segmented_control(key="mine_way").set_value(my_gradients.UPLOAD).run()
    at.checkbox(key="mine_of_variants").check().run()
    return at


def test_codes_give_bundles_by_which_files_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = downloads(monkeypatch)
    session = trained("as derived", 40)
    at = enter_codes(open_tab(session), "mia-07\nben-12\n")
    button(at, student_bundles.MAKE).click().run()
    name, content = offered["Download 2 bundles"]
    assert name == "bundles.zip"
    with zipfile.ZipFile(io.BytesIO(bytes(content()))) as archive:  # type: ignore[arg-type]
        assert set(archive.namelist()) == {
            "mia-07.zip",
            "ben-12.zip",
            "for-marking/bundle.zip",
            "for-marking/codes.txt",
        }
        mia = read_bundle(archive.read("mia-07.zip"))
        original = read_bundle(archive.read("for-marking/bundle.zip"))
        assert archive.read("for-marking/codes.txt") == b"mia-07\nben-12\n"
    for again, W in zip(variant(original, "mia-07").net.weights, mia.net.weights, strict=True):
        np.testing.assert_array_equal(again, W)
    check_of_variants(at)
    text = written(*mia.truth)
    upload(at, {"hw1_mia-07.txt": text, "hw1_ben-12.txt": text, "hw1.txt": text})
    assert list(at.dataframe[0].value["verdict"]) == ["right", "wrong", "unreadable"]
    assert "its name holds no code of the list of codes" in at.dataframe[0].value["comment"][2]
    upload(at, {"hw1_mia-07.txt": text})
    assert {sign for matrix in states(at) for row in matrix for sign in row} == {"✓"}


def test_files_of_variants_need_codes() -> None:
    at = check_of_variants(open_tab(trained("as derived", 3)))
    assert at.info[0].value == my_gradients.NO_CODES
    assert not [each for each in at.file_uploader if each.key == "mine_files"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ("mia 07", "line 1: “mia 07” is no code"),
        ("mia\nMIA", "line 2: MIA is the code of an earlier line"),
        ("\n".join(map(str, range(student_bundles.MAX_BUNDLES + 1))), student_bundles.TOO_MANY),
    ],
)
def test_unusable_codes_are_refused_in_a_sentence(codes: str, message: str) -> None:
    at = enter_codes(open_tab(trained("as derived", 3)), codes)
    assert message in at.error[0].value.replace("\\", "")
    assert button(at, student_bundles.MAKE).disabled


def test_large_bundles_are_left_to_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student_bundles, "MAX_NUMBERS", 20)
    at = enter_codes(open_tab(trained("as derived", 3)), "mia\nben")
    assert at.error[0].value == student_bundles.TOO_LARGE


def test_codes_come_from_a_file_too() -> None:
    at = open_tab(trained("as derived", 3))
    at.file_uploader(key=student_bundles.FILE).set_value(("c.txt", b"a-1\nb-2", "text/plain")).run()
    assert at.text_area(key=student_bundles.CODES).value == "a-1\nb-2"
    assert "2 codes" in texts(at)
    at.file_uploader(key=student_bundles.FILE).set_value(("c.txt", b"a b", "text/plain")).run()
    assert "c.txt, line 1" in at.error[0].value.replace("\\", "")


def test_codes_of_another_bundle_are_made_anew() -> None:
    session = trained("as derived", 40)
    at = enter_codes(open_tab(session), "mia\nben")
    button(at, student_bundles.MAKE).click().run()
    assert at.get("download_button")[1].proto.label == "Download 2 bundles"
    number(at, "Epoch").set_value(3).run()
    assert "Download 2 bundles" not in [each.proto.label for each in at.get("download_button")]
